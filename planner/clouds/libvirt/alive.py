"""Connections that break where their host falls silent.

libvirt waits for an answer for ever. That a host says nothing any more, as one without power, it sees only by
the signs of life that its loop of events asks for; and that loop runs only where somebody runs it.
"""

from __future__ import annotations

import time
from contextlib import suppress
from threading import Lock, Thread
from typing import Any

KEEPALIVE_S, KEEPALIVE_COUNT = 5, 3
"""A host that says nothing for this long, so many times, has not answered."""

AGAIN_S = 1.0
"""Seconds before the loop is run again after an error in it."""

_running: dict[int, Any] = {}
_one_at_a_time = Lock()


def connected(lib: Any, uri: str, *, read_only: bool = False) -> Any:
    """Connect to a host.

    Parameters
    ----------
    lib
        The library.

    Raises
    ------
    libvirtError
        It does not answer. One that takes the connection and is silent from then on is waited for for ever.
    """
    _run_loop(lib)
    connection = lib.openReadOnly(uri) if read_only else lib.open(uri)
    # A driver within this process knows of no such thing; it has nobody to wait for.
    with suppress(lib.libvirtError):
        connection.setKeepAlive(KEEPALIVE_S, KEEPALIVE_COUNT)
    return connection


def _run_loop(lib: Any) -> None:
    """Run the loop of events of this process, once; it must be there before the first connection."""
    with _one_at_a_time:
        if id(lib) in _running:
            return
        lib.virEventRegisterDefaultImpl()
        _running[id(lib)] = lib
        Thread(target=_loop, args=(lib,), name="vmplan-libvirt", daemon=True).start()


def _loop(lib: Any) -> None:
    while True:
        try:
            lib.virEventRunDefaultImpl()
        except lib.libvirtError:
            time.sleep(AGAIN_S)
