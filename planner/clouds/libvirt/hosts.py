"""The connections to some hosts, opened when needed, and again after a libvirtd has gone and come back."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from planner.clouds.protocol import CloudError, UnknownError
from planner.clouds.secrets import refuse_password, without_secrets

if TYPE_CHECKING:
    from collections.abc import Iterable

KEEPALIVE_S, KEEPALIVE_COUNT = 5, 3
"""A host that says nothing for this long, so many times, has not answered."""


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
        try:
            connection = self.lib.openReadOnly(uri) if self._read_only else self.lib.open(uri)
        except self.lib.libvirtError as error:
            raise UnknownError(f"{without_secrets(uri)}: {told(error)}") from None
        self._open[uri] = connection
        return connection

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
