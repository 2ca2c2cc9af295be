"""HTTP to the API of a cluster, where it needs no client of its own: credentials, certificates, errors.

Certificates are checked, by ``REQUESTS_CA_BUNDLE`` where an authority of one's own has signed them. One that
a cluster made for itself may name no host, so that no such check can pass: a copy of it can be named instead,
and then it is trusted, with what it has signed, and nothing else.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from planner.clouds.protocol import CloudError, SlowError, UnknownError
from planner.clouds.secrets import refuse_password, without_secrets

if TYPE_CHECKING:
    from collections.abc import Mapping

TIMEOUT_S = 60
"""Seconds without a byte after which no answer will come."""


@dataclass(frozen=True, slots=True)
class Address:
    """A URL taken apart: where, and by whom."""

    url: str
    user: str


def address(url: str, example: str) -> Address:
    """Take a URL apart.

    Parameters
    ----------
    example
        What one looks like.

    Raises
    ------
    CloudError
        It is none, or has a password in it.
    """
    refuse_password(url)
    wrong = CloudError(f"{without_secrets(url)!r} is no URL, such as {example}")
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        raise wrong from None
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise wrong
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return Address(f"{parts.scheme}://{host}{port}", unquote(parts.username or ""))


class Web:
    """A session with one cluster.

    Parameters
    ----------
    url
        Scheme, host and port.
    extra
        The extra of this package that brings what is needed.
    user, password
        For basic authentication; without a user ``.netrc`` is asked.
    headers
        Sent with every request.
    certificate
        Variable of the environment, and the file that it names: the one certificate to trust. Empty: as
        usual.

    Raises
    ------
    CloudError
        A missing extra, or a certificate that is not there.
    """

    def __init__(
        self,
        url: str,
        *,
        extra: str,
        user: str = "",
        password: str = "",
        headers: Mapping[str, str] | None = None,
        certificate: tuple[str, str] = ("", ""),
    ) -> None:
        self.url = url
        try:
            self._requests: Any = importlib.import_module("requests")
        except ImportError:
            raise CloudError(f"this needs requests: pip install 'vm-migration-planner[{extra}]'") from None
        self._session: Any = self._requests.Session()
        self._session.auth = (user, password) if user else None
        self._session.headers.update(headers or {})
        self._variable, self._certificate = certificate
        if self._certificate:
            self._trust_alone()

    def _trust_alone(self) -> None:
        if not Path(self._certificate).is_file():
            raise CloudError(f"{self._variable} is {self._certificate!r}, which is no file")
        transport = self._requests.adapters.HTTPAdapter()
        transport.poolmanager.connection_pool_kw["assert_hostname"] = False
        self._session.mount("https://", transport)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def send(self, method: str, path: str, body: Any = None) -> Any:
        """Send a request, once; give the answer, whatever its status.

        Raises
        ------
        CloudError
            Its certificate is not trusted.
        UnknownError
            No answer came; :class:`SlowError` where its time is up.
        """
        # The certificate here, not on the session, where REQUESTS_CA_BUNDLE would come before it. No
        # redirects: they would send a request again.
        how = {"timeout": TIMEOUT_S, "verify": self._certificate or None, "allow_redirects": False}
        try:
            return self._session.request(method, self.url + path, json=body, **how)
        except self._requests.exceptions.SSLError as error:
            hint = (
                f"; {self._variable} may name a copy of it"
                if self._variable and not self._certificate
                else ""
            )
            raise CloudError(f"{self.url}: its certificate is not trusted: {_reason(error)}{hint}") from None
        except self._requests.Timeout as error:
            raise SlowError(f"{self.url}: {_reason(error)}") from None
        except self._requests.RequestException as error:
            raise UnknownError(f"{self.url}: {_reason(error)}") from None


def is_not_there(answer: Any) -> bool:
    """Tell whether an API says that there is no such thing.

    A proxy in front of it says 404 too, in HTML, where the API itself is being restarted: taken for the API's
    word, VMs would be gone that run.
    """
    if answer.status_code != HTTPStatus.NOT_FOUND:
        return False
    try:
        return isinstance(answer.json(), dict)
    except ValueError:
        return False


def _reason(error: BaseException) -> str:
    """Give the innermost reason of an error, which its wrappers repeat with much around it."""
    while isinstance(inner := getattr(error, "reason", None) or next(iter(error.args), None), Exception):
        error = inner
    return without_secrets(" ".join(str(error).split()))
