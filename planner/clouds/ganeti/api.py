"""The requests to Ganeti's remote API, version 2 (https://docs.ganeti.org/docs/ganeti/3.0/html/rapi.html).

User and password come from ``GANETI_RAPI_USER`` and ``GANETI_RAPI_PASSWORD``, or from ``.netrc``;
certificates are checked, against ``REQUESTS_CA_BUNDLE`` where the cluster signs its own.
"""

from __future__ import annotations

import importlib
import os
from typing import Any
from urllib.parse import quote, urlsplit

from planner.clouds.protocol import CloudError, RefusedError, UnknownError
from planner.clouds.secrets import without_secrets

Json = dict[str, Any]

TIMEOUT_S = 60

PENDING = ("queued", "waiting", "canceling", "running")
"""States of a job that has not ended."""


class Api:
    """The remote API of one cluster.

    Parameters
    ----------
    url
        Such as ``https://cluster.example.org:5080``; a user and password in it are taken out of it at once.

    Raises
    ------
    CloudError
        No URL, or a missing extra.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("https", "http") or not parts.hostname:
            raise CloudError(f"ganeti: {without_secrets(url)!r} is no URL, such as https://cluster:5080")
        port = f":{parts.port}" if parts.port else ""
        self.url = f"{parts.scheme}://{parts.hostname}{port}"
        try:
            self._errors: Any = importlib.import_module("requests").RequestException
            self._session: Any = importlib.import_module("requests").Session()
        except ImportError:
            raise CloudError("this needs requests: pip install 'vm-migration-planner[ganeti]'") from None
        user = parts.username or os.environ.get("GANETI_RAPI_USER")
        if user:
            password = parts.password or os.environ.get("GANETI_RAPI_PASSWORD", "")
            self._session.auth = (user, password)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def get(self, path: str) -> Any:
        """Read; None where there is no such thing.

        Raises
        ------
        UnknownError
            No answer came, or one that is no answer.
        CloudError
            It may not be asked.
        """
        answer = self._send("GET", path, None)
        if answer.status_code == 404:
            return None
        if answer.status_code in (401, 403):
            raise CloudError(f"{self.url}: {answer.status_code}, wrong user or password, or no right to ask")
        if not answer.ok:
            raise UnknownError(f"{self.url}{path}: {answer.status_code} {_message(answer)}")
        return answer.json()

    def ask(self, method: str, path: str, body: Json | None = None) -> Any:
        """Ask for a deed; give what it answers: a job, mostly.

        Raises
        ------
        RefusedError
            It says no.
        UnknownError
            No answer came; it may have been taken.
        """
        answer = self._send(method, path, body)
        if answer.status_code >= 500:
            raise UnknownError(f"{self.url}{path}: {answer.status_code} {_message(answer)}")
        if not answer.ok:
            # 429: the queue of jobs is full or drained.
            raise RefusedError(_message(answer), transient=answer.status_code == 429)
        return answer.json()

    def _send(self, method: str, path: str, body: Json | None) -> Any:
        try:
            return self._session.request(method, self.url + path, json=body, timeout=TIMEOUT_S)
        except self._errors as error:
            raise UnknownError(f"{self.url}: {without_secrets(' '.join(str(error).split()))}") from None


def part(name: str) -> str:
    """Give a name as part of a path."""
    return quote(name, safe="")


def _message(answer: Any) -> str:
    try:
        body = answer.json()
        return without_secrets(str(body.get("explain") or body.get("message") or body))
    except (ValueError, AttributeError):
        return without_secrets(answer.text[:200])
