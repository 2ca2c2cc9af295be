"""What is seen of a cloud: hosts, VMs, who is where and in the middle of what.

An import and a running plan look through the same eyes: ``Host`` and ``VM`` are what a pool file of this
cloud would hold, and everything that changes from minute to minute stands beside them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models.host import Host
    from models.vm import VM


class Power(StrEnum):
    """Whether a VM runs."""

    ON = "on"
    OFF = "off"
    PAUSED = "paused"
    """Paused or suspended by somebody: there, taking room, not to be touched, and well."""
    OTHER = "other"
    """In error, or in a state that says nothing better of it: as if paused, but not well."""

    @property
    def why_not(self) -> str:
        """Say why nobody migrates a VM with such a power; empty where it runs."""
        return WHY_NOT[self]


WHY_NOT = {
    Power.ON: "",
    Power.OFF: "is shut off",
    Power.PAUSED: "is paused",
    Power.OTHER: "does not run properly",
}


STATE = "state"
"""The label of a VM that does not run with what its cloud calls that; an import makes it ``why``."""


@dataclass(frozen=True, slots=True)
class SeenHost:
    """One host as it is now.

    Parameters
    ----------
    host
        As an import gives it; ``accepts`` is false where it is down, disabled or in maintenance.
    up
        False: it does not answer. What runs there cannot be moved off it live.
    why
        Why it does not accept, in the cloud's words.
    """

    host: Host
    up: bool = True
    why: str = ""

    @property
    def name(self) -> str:
        """What the cloud and the pool call it."""
        return self.host.name


@dataclass(frozen=True, slots=True)
class SeenVM:
    """One VM as it is now.

    Parameters
    ----------
    vm
        As an import gives it; ``labels["id"]`` is the cloud's own id.
    host
        The host it is on, by name. While it migrates: its source, whatever else lists it. None: the cloud
        has it nowhere (it is off, and takes no room).
    power
        Whether it runs.
    busy
        What it is in the middle of, in the cloud's words; empty where it is idle. A VM that is migrating
        is busy until the cloud has finished with it, whatever its status says.
    goes_to
        The host a running migration takes it to; None where it does not migrate, or nobody says where.
    handle
        The handle of what runs on it, where the cloud has one: what :meth:`Cloud.start` would have given. Of
        one that is idle what it would give, where its adapter wants to be asked by that how an action stands
        whose answer was lost and that has come to its end meanwhile; None where it need not be.
    locked
        Nobody is to touch it.
    """

    vm: VM
    host: str | None
    power: Power = Power.ON
    busy: str = ""
    goes_to: str | None = None
    handle: str | None = None
    locked: bool = False

    @property
    def name(self) -> str:
        """What people call it."""
        return self.vm.name

    @property
    def ref(self) -> str:
        """What the cloud is asked by: its own id, or the name where it has none."""
        return self.vm.labels.get("id", self.vm.name)

    @property
    def why_not(self) -> str:
        """Say why nobody migrates it, by its power; in the cloud's own word where ours says little."""
        state = self.vm.labels.get(STATE)
        named = f" ({state})" if state and self.power is Power.OTHER else ""
        return f"{self.power.why_not}{named}"


@dataclass(frozen=True, slots=True)
class SeenMigration:
    """A migration that is under way or queued, whoever has asked for it.

    Parameters
    ----------
    vm
        The :attr:`SeenVM.ref` of its VM.
    source, destination
        Names of hosts; None where nobody says, as of one that the cloud has not chosen yet.
    """

    vm: str
    source: str | None
    destination: str | None


@dataclass(frozen=True, slots=True)
class Seen:
    """A whole cloud as it is now.

    Parameters
    ----------
    hosts, vms
        All of them; a VM that two hosts list during a migration is there once.
    anti_affinity
        Groups of VM names, no two of a group on one host.
    warnings
        What the cloud says and a pool cannot, a sentence each.
    """

    hosts: tuple[SeenHost, ...]
    vms: tuple[SeenVM, ...]
    anti_affinity: tuple[tuple[str, ...], ...] = ()
    warnings: tuple[str, ...] = ()
