"""A libvirt that only pretends."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any


def library(connection: Any, **more: Any) -> SimpleNamespace:
    """Give a stand-in for the library, which opens this connection whatever the URI."""
    if not hasattr(connection, "setKeepAlive"):
        connection.setKeepAlive = lambda *_: 0
    own = {
        "libvirtError": OSError,
        "registerErrorHandler": lambda *_: None,
        "virEventRegisterDefaultImpl": lambda: None,
        "virEventRunDefaultImpl": threading.Event().wait,  # nothing ever happens
        "open": lambda _: connection,
        "openReadOnly": lambda _: connection,
    }
    return SimpleNamespace(**own | more)
