"""The requests to Ganeti's remote API, version 2 (https://docs.ganeti.org/docs/ganeti/3.0/html/rapi.html).

User and password come from ``GANETI_RAPI_USER`` and ``GANETI_RAPI_PASSWORD``, or from ``.netrc``. The
certificate that Ganeti makes for itself names no host (``CN = ganeti.example.com``): ``GANETI_RAPI_CERT``
names a copy of it (``rapi.pem``), and then that certificate is trusted, and no other.
"""

from __future__ import annotations

import os
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from planner.clouds.protocol import CloudError, RefusedError, UnknownError
from planner.clouds.secrets import without_secrets
from planner.clouds.web import Web, address, is_not_there

Json = dict[str, Any]

PENDING = ("queued", "waiting", "canceling", "running")
"""States of a job that has not ended."""


class Rapi:
    """The remote API of one cluster.

    Parameters
    ----------
    url
        Such as ``https://cluster.example.org:5080``; there may be a user in it, and no password.

    Raises
    ------
    CloudError
        No URL, a missing extra, or a certificate that is not there.
    """

    def __init__(self, url: str) -> None:
        where = address(url, "https://cluster:5080")
        self.url = where.url
        self._web = Web(
            where.url,
            extra="ganeti",
            user=where.user or os.environ.get("GANETI_RAPI_USER", ""),
            password=os.environ.get("GANETI_RAPI_PASSWORD", ""),
            certificate=("GANETI_RAPI_CERT", os.environ.get("GANETI_RAPI_CERT", "")),
        )

    def close(self) -> None:
        """Close the connections."""
        self._web.close()

    def get(self, path: str) -> Any:
        """Read; None where there is no such thing.

        Raises
        ------
        UnknownError
            No answer came, or one that is no answer.
        CloudError
            It may not be asked.
        """
        answer = self._web.send("GET", path)
        if is_not_there(answer):
            return None
        if answer.status_code in (401, 403):
            raise CloudError(f"{self.url}: {answer.status_code}, wrong user or password, or no right to ask")
        if not answer.ok:
            raise UnknownError(f"{self.url}{path}: {answer.status_code} {_message(answer)}")
        return self._read(answer, path)

    def ask(self, method: str, path: str, body: Json | None = None) -> Any:
        """Ask for a deed; give what it answers: a job, mostly.

        Raises
        ------
        RefusedError
            It says no.
        UnknownError
            No answer came; it may have been taken.
        """
        answer = self._web.send(method, path, body)
        is_of_a_proxy = answer.status_code == HTTPStatus.NOT_FOUND and not is_not_there(answer)
        if answer.status_code >= 500 or is_of_a_proxy:
            raise UnknownError(f"{self.url}{path}: {answer.status_code} {_message(answer)}")
        if not answer.ok:
            # 429: the queue of jobs is full or drained.
            raise RefusedError(_message(answer), transient=answer.status_code == 429)
        return self._read(answer, path)

    def _read(self, answer: Any, path: str) -> Any:
        try:
            return answer.json()
        except ValueError:
            raise UnknownError(f"{self.url}{path}: no JSON; is this Ganeti's remote API?") from None


def part(name: str) -> str:
    """Give a name as part of a path."""
    return quote(name, safe="")


def _message(answer: Any) -> str:
    try:
        body = answer.json()
        return without_secrets(str(body.get("explain") or body.get("message") or body))
    except (ValueError, AttributeError):
        return without_secrets(answer.text[:200])
