"""What ``explain`` says, as data: the shape that ``vmplan explain --json`` prints, ``vm-explanation/1``.

Every statement also comes as a sentence in ``text``. ``vmplan schema explanation`` prints the JSON Schema.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from models.plan_file import StatusName
from planner.verdict.statements import ConflictTold, Detour, Obstacle


class Route(Struct, frozen=True, rename={"source": "from", "destination": "to"}):
    """A VM that must move: from where to where."""

    vm: str
    source: str
    destination: str


class RoomTold(Struct, frozen=True):
    """One resource of a host that others wait for, or a group of which it may hold only so many.

    ``free``: what is free now; ``need``: what the VMs that come from hosts of the component take together;
    ``leaving``: what the VMs that shall leave give back. ``need`` above ``free`` is why the order matters.
    """

    resource: str
    free: int
    need: int
    leaving: int


class TightHost(Struct, frozen=True):
    """A host of a component: its room, the scarcest resource first, and who comes there from the others."""

    host: str
    room: tuple[RoomTold, ...]
    waiting: tuple[str, ...]


class TightComponent(Struct, frozen=True):
    """Hosts that wait for each other: only among these can there be a deadlock.

    ``vms`` move between them; ``fits_now`` of them could go to their targets at once.
    """

    hosts: tuple[TightHost, ...]
    vms: tuple[str, ...]
    fits_now: int


class MoreRoom(Struct, frozen=True):
    """Extra capacity of one host with which a plan exists.

    ``least_proven``: with one unit less on this host no plan exists. ``cost``: of the plan found with it.
    ``bound``: proven, less than so much does on no single host.
    """

    host: str
    resource: str
    amount: int
    least_proven: bool
    cost: int
    text: str
    bound: int


class RoomTogether(Struct, frozen=True):
    """Extra capacity of one host, of several resources at once, with which a plan exists.

    ``amounts``: resource -> how much. ``cost``: of the plan found with them.
    """

    host: str
    amounts: dict[str, int]
    cost: int
    text: str


class StopOne(Struct, frozen=True):
    """A VM that unlocks the pool if it is stopped for a while; ``cost`` is that of the plan found."""

    vm: str
    host: str
    cost: int
    text: str


class Unlock(Struct, frozen=True):
    """What would unlock an impossible pool, each confirmed by planning again with it.

    ``more_room``: for a resource the least found on any one host. ``stop``: single VMs, those
    of the proof first, and of these the smallest. ``complete``: every single host and VM was tried; else
    the time was up before. ``useless``: resources of which more on a single host is proven to be of no use.
    ``together``: where more of one resource did on no host, more of several on one; null where it was not
    wanted, or none was found.
    """

    more_room: tuple[MoreRoom, ...]
    stop: tuple[StopOne, ...]
    complete: bool
    text: str
    useless: tuple[str, ...] = ()
    together: RoomTogether | None = None


class Quicker(Struct, frozen=True):
    """A change of the pool that would let a plan end earlier.

    Parameters
    ----------
    change
        What is changed, as a field of the pool file: ``hosts.h7.bandwidth_mbps=20000``.
    makespan_s
        When the plan would end.
    saved_s
        How much earlier that is.
    text
        The same as a sentence.
    """

    change: str
    makespan_s: int
    saved_s: int
    text: str


class Decisive(Struct, frozen=True):
    """One action of the chain that decides when a plan ends: late by a second, the end is late by a second.

    Parameters
    ----------
    step
        The number of the action, from 1.
    start_s, end_s
        When it runs.
    waits_for
        What it started after: room on a host, a NIC, a link, a slot, or its own VM; null for the first.
    text
        The same as a sentence.
    """

    step: int
    start_s: int
    end_s: int
    waits_for: str | None
    text: str


class ScheduleTold(Struct, frozen=True):
    """How long the plan takes, what decides its end, and what would let it end earlier, the best first.

    ``makespan_bound_s``: proven, no such plan ends earlier; null where nothing is. ``critical_path``: from
    the first action to the one that ends last. ``tried``: so many changes were tried, of ``known`` that ease
    what it waits for: those that it waits for longest.
    """

    makespan_s: int
    makespan_bound_s: int | None
    quicker: tuple[Quicker, ...]
    critical_path: tuple[Decisive, ...] = ()
    tried: int = 0
    known: int = 0


class Explanation(Struct, frozen=True, kw_only=True):
    """All that can be said about a pool without running anything."""

    format: Literal["vm-explanation/1"] = "vm-explanation/1"
    status: StatusName
    objective: str
    cost: int | None
    bound: int | None
    reason: str
    num_hosts: int
    moves: tuple[Route, ...]
    shut_down: tuple[str, ...]
    provisioned: tuple[str, ...]
    roomy: tuple[str, ...]
    components: tuple[TightComponent, ...]
    conflicts: tuple[ConflictTold, ...]
    detours: tuple[Detour, ...]
    obstacles: tuple[Obstacle, ...]
    unlock: Unlock | None
    schedule: ScheduleTold | None = None
    interrupted: bool = False
