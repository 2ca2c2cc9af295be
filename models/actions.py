"""The actions of a plan: what is done to one VM."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shutdown:
    """The VM, which the target does not keep, is shut down on ``host``."""

    vm: str
    host: str


@dataclass(frozen=True, slots=True)
class Migration:
    """The VM migrates live; until it arrives it counts on both hosts."""

    vm: str
    source: str
    destination: str


@dataclass(frozen=True, slots=True)
class Stop:
    """The VM, which may be offline, is stopped on ``host``; while it is off it takes no room."""

    vm: str
    host: str


@dataclass(frozen=True, slots=True)
class Start:
    """The stopped VM is started on ``host``."""

    vm: str
    host: str


@dataclass(frozen=True, slots=True)
class Provision:
    """The VM, which the current placement does not have, is provisioned on ``host``."""

    vm: str
    host: str


Action = Shutdown | Migration | Stop | Start | Provision


@dataclass(frozen=True, slots=True)
class Update:
    """The host, on which no VM is left, is updated: its version rises by one."""

    host: str


Step = Action | Update
"""What a rolling plan is made of."""


def hosts_of(step: Step) -> tuple[str, ...]:
    """Give the hosts that a step concerns: of a migration the source, then the destination."""
    return (step.source, step.destination) if isinstance(step, Migration) else (step.host,)


def ends_of(step: Step) -> tuple[str | None, str | None]:
    """Give the host that a VM leaves and the one where it arrives: neither, where a host is updated."""
    match step:
        case Migration():
            return step.source, step.destination
        case Shutdown() | Stop():
            return step.host, None
        case Start() | Provision():
            return None, step.host
        case Update():
            return None, None
