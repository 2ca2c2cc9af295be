"""The connections to some hosts, opened when needed, and again after a libvirtd has gone and come back."""

from __future__ import annotations

import importlib
from concurrent.futures import Future, wait
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING, Any

from planner.clouds.libvirt.alive import connected
from planner.clouds.protocol import CloudError, SlowError, UnknownError
from planner.clouds.secrets import refuse_password, without_secrets

if TYPE_CHECKING:
    from collections.abc import Iterable

OPEN_S = 30.0
"""Seconds after which a host that has not taken a connection has not answered."""


class Hosts:
    """Connections by URI.

    Parameters
    ----------
    uris
        One for each host.
    read_only
        Connect without the right to change anything.

    Raises
    ------
    CloudError
        A missing extra, no URI at all, or a password in one: a pool would keep it.
    """

    def __init__(self, uris: Iterable[str], *, read_only: bool = False) -> None:
        self.uris = tuple(dict.fromkeys(uris))
        if not self.uris:
            raise CloudError("libvirt: no URI of any host")
        for uri in self.uris:
            refuse_password(uri)
        try:
            self.lib: Any = importlib.import_module("libvirt")
        except ImportError:
            raise CloudError(
                "this needs libvirt-python: pip install 'vm-migration-planner[libvirt]'"
                " (it is built against the libvirt of this machine: libvirt-dev, pkg-config)"
            ) from None
        self._read_only = read_only
        self._open: dict[str, Any] = {}
        self._opening: dict[str, tuple[Future[Any], float]] = {}
        # Otherwise libvirt prints every error to stderr itself, whatever is in it.
        self.lib.registerErrorHandler(lambda *_: None, None)

    def at(self, uri: str) -> Any:
        """Give the connection to a host.

        Raises
        ------
        UnknownError
            It does not answer.
        """
        known = self._open.get(uri)
        if known is not None and known.isAlive():
            return known
        # A thread that is not answered is left to itself, and waited for no more: it may be for ever.
        opening, until = self._opening.get(uri) or self._begin(uri)
        if not wait([opening], max(0.0, until - monotonic())).done:
            raise SlowError(f"{without_secrets(uri)}: no connection within {OPEN_S:.0f} s")
        del self._opening[uri]
        try:
            self._open[uri] = opening.result()
        except self.lib.libvirtError as error:
            raise UnknownError(f"{without_secrets(uri)}: {told(error)}") from None
        return self._open[uri]

    def _begin(self, uri: str) -> tuple[Future[Any], float]:
        """Begin to connect, in a thread; give its answer, and until when that is waited for."""
        opening: Future[Any] = Future()
        self._opening[uri] = opening, monotonic() + OPEN_S

        def connect() -> None:
            try:
                opening.set_result(connected(self.lib, uri, read_only=self._read_only))
            except Exception as error:  # whatever it is, it is raised where it is waited for
                opening.set_exception(error)

        Thread(target=connect, name="vmplan-connect", daemon=True).start()
        return self._opening[uri]

    def close(self) -> None:
        """Close all connections."""
        for connection in self._open.values():
            try:
                connection.close()
            except self.lib.libvirtError:
                continue  # it is gone already
        self._open.clear()


def told(error: Exception) -> str:
    """Give what libvirt says, in one line without secrets."""
    return without_secrets(" ".join(str(error).split()))
