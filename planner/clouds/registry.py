"""Which clouds there are: by kind, loaded when asked for."""

from __future__ import annotations

import importlib
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from planner.clouds.protocol import CloudError

if TYPE_CHECKING:
    from types import ModuleType

    from models.state import PoolState
    from planner.clouds.protocol import Cloud

KINDS = {
    "openstack": "planner.clouds.openstack",
    "libvirt": "planner.clouds.libvirt",
    "ganeti": "planner.clouds.ganeti",
    "simulated": "planner.clouds.simulated",
}
"""Kind -> the module whose ``connect`` opens it. Each needs the extra of its name, where there is one."""

GROUP = "vmplan.clouds"
"""Entry points of this group are kinds too: a package of one's own names its ``connect`` there."""


class Connect(Protocol):
    """What opens a cloud."""

    def __call__(self, name: str, pool: PoolState | None) -> Cloud:
        """Connect.

        Parameters
        ----------
        name
            What follows the colon in ``KIND:NAME``; empty where nothing does.
        pool
            The pool whose plan is to run: what a simulated cloud starts from. Others need not look at it.

        Raises
        ------
        CloudError
            It cannot be opened, and why.
        """
        ...


def open_cloud(spec: str, pool: PoolState | None = None) -> Cloud:
    """Open the cloud that ``KIND`` or ``KIND:NAME`` says.

    Raises
    ------
    CloudError
        No such kind, its extra is missing, or it cannot be opened.
    """
    kind, _, name = spec.partition(":")
    return _connect_of(kind)(name, pool)


def from_anywhere(spec: str) -> str:
    """Say a cloud so that it is the same one in every folder: one that is simulated is a file."""
    kind, _, name = spec.partition(":")
    file, mark, settings = name.partition("?")
    if kind != "simulated" or not file:
        return spec
    return f"{kind}:{Path(file).absolute()}{mark}{settings}"


def _connect_of(kind: str) -> Connect:
    if kind in KINDS:
        return cast("Connect", _module(kind).connect)
    others = entry_points(group=GROUP)
    if kind not in others.names:
        meant, mark, settings = kind.partition("?")
        if mark and meant in KINDS:
            raise CloudError(
                f"cloud {kind!r}: what follows a kind stands behind a colon: {meant}:?{settings}"
            )
        known = ", ".join(dict.fromkeys([*KINDS, *sorted(others.names)]))
        raise CloudError(f"cloud {kind!r}: no such kind, known are {known}")
    return cast("Connect", others[kind].load())


def _module(kind: str) -> ModuleType:
    try:
        return importlib.import_module(KINDS[kind])
    except ModuleNotFoundError as error:
        raise CloudError(
            f"cloud {kind!r} needs {error.name}: pip install 'vm-migration-planner[{kind}]'"
        ) from None
