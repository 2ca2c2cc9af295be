"""How cheap a rolling update could be at best, and who makes it impossible. ALGORITHM.md, "Rolling"."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from heuristics.tracker import Tracker
from models.problem import OFF

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.rolling.upgrade import Upgrade


def least_costs(upgrade: Upgrade, *, home: bool) -> list[int | None]:
    """Give what each VM pays at least, 0 on hosts that are not updated; None: it cannot get out of there.

    It leaves once, and once more to come home; or it is stopped, and started wherever that is.
    """
    problem, todo = upgrade.problem, set(upgrade.todo)
    found: list[int | None] = []
    for vm, host in enumerate(problem.src):
        live = (2 if home else 1) * problem.cost[vm] if can_leave(upgrade, vm, home=home) else None
        if home and upgrade.moves_once[vm]:
            live = None
        costs = [cost for cost in (live, upgrade.stop_cost[vm]) if cost is not None]
        found.append(min(costs, default=None) if host in todo else 0)
    return found


def can_leave(upgrade: Upgrade, vm: int, *, home: bool) -> bool:
    """Tell whether another host, updated or not, could ever take the VM."""
    problem, here = upgrade.problem, upgrade.problem.src[vm]
    if not problem.vms[vm].movable:
        return False
    return any(
        host % upgrade.num_hosts != here
        and upgrade.could_take(vm, host)
        and upgrade.could_go(vm, here, host, home=home)
        for host in upgrade.places()
    )


def who_cannot_return(upgrade: Upgrade) -> tuple[int, bool] | None:
    """Give a VM of a host to update that can never come back there, and whether room is what it lacks.

    All of such a host arrive on it once it is updated. The last of those that take some of a resource, or
    count in a group, finds all others there, and is refused if together they are above the limit: in which
    order they come does not matter.
    """
    tracker = Tracker(upgrade.problem)
    for host in upgrade.todo:
        twin = upgrade.twin(host)
        for vm in list(tracker.on[host]):
            if not _may_arrive(upgrade, vm, twin):
                return vm, False
            if not tracker.fits(vm, twin):
                return vm, True
            tracker.go(vm, twin)
    return None


def _may_arrive(upgrade: Upgrade, vm: int, host: int) -> bool:
    """Tell whether the filters let the VM come to a host, by a migration from anywhere or by a start."""
    problem = upgrade.problem
    if problem.vms[vm].offline and upgrade.could_go(vm, OFF, host, home=True):
        return True
    sources = (place for place in upgrade.places() if place % upgrade.num_hosts != host % upgrade.num_hosts)
    return problem.vms[vm].movable and any(
        upgrade.could_go(vm, source, host, home=True) for source in sources
    )


class TooFew(NamedTuple):
    """What VMs take that may not be stopped, and the other hosts do not have, when a host shall be empty.

    Parameters
    ----------
    host
        The host.
    resource, group
        Of what there is too little; one of them is None.
    taken, room
        What those VMs take or how many they are, and what the other hosts can hold of it.
    """

    host: int
    resource: int | None
    group: int | None
    taken: int
    room: int


def who_cannot_be_emptied(upgrade: Upgrade) -> TooFew | None:
    """Find a host to update without which the others cannot hold all that may not be stopped.

    When it is updated they are all on other hosts. None of these ever holds more of a resource, or of a
    group, than it may or than it did at first; one that accepts nobody, no more than at first.
    """
    problem = upgrade.problem
    staying = [vm for vm in range(problem.num_vms) if upgrade.stop_cost[vm] is None]
    tracker = Tracker(problem)
    for resource in range(len(problem.resources)):
        taken = sum(problem.demand[vm][resource] for vm in staying)
        held = [sum(problem.demand[vm][resource] for vm in on) for on in tracker.on]
        room = _rooms(upgrade, held, [row[resource] for row in problem.usable])
        if found := _without(upgrade, taken, room):
            return TooFew(found[0], resource, None, taken, found[1])
    for group, members in enumerate(problem.members):
        taken = len(set(staying).intersection(members))
        held = [len(on.intersection(members)) for on in map(set, tracker.on)]
        room = _rooms(upgrade, held, [problem.limit(group, host) for host in range(len(held))])
        if found := _without(upgrade, taken, room):
            return TooFew(found[0], None, group, taken, found[1])
    return None


def _rooms(upgrade: Upgrade, held: Sequence[int], limits: Sequence[int]) -> list[int]:
    """Give what each host can hold at most, updated or not, by what it holds at first and may hold."""
    places = range(upgrade.num_hosts)
    return [
        max(held[host], limits[host], limits[upgrade.twin(host)])
        if upgrade.before[host].accepts
        else held[host]
        for host in places
    ]


def _without(upgrade: Upgrade, taken: int, room: Sequence[int]) -> tuple[int, int] | None:
    """Give a host to update without which there is too little room, and the room of the others."""
    largest = max(upgrade.todo, key=lambda host: room[host], default=None)
    if largest is None:
        return None
    left = sum(room) - room[largest]
    return (largest, left) if left < taken else None


def first_batch(upgrade: Upgrade) -> int | None:
    """Give what those pay beyond their least who leave the first host, before any is updated.

    They go to hosts that are to be updated as well, and so leave again, unless a host that is not to be
    updated could take them. Whoever is stopped and started, in place of moving, may pay nothing more. None:
    no host can be the first, for on each is one who takes no detours, and would have to leave again.
    """
    problem, todo = upgrade.problem, set(upgrade.todo)
    outside = [host for host in range(upgrade.num_hosts) if host not in todo]
    paid: dict[int, int] = dict.fromkeys(upgrade.todo, 0)
    for vm, host in enumerate(problem.src):
        if host not in paid or upgrade.stop_cost[vm] is not None:
            continue
        if not any(upgrade.could_take(vm, other) and upgrade.could_go(vm, host, other) for other in outside):
            if upgrade.moves_once[vm]:
                del paid[host]
            else:
                paid[host] += problem.cost[vm]
    return min(paid.values(), default=None if upgrade.todo else 0)


def bound(upgrade: Upgrade, least: list[int], *, home: bool) -> int | None:
    """Give what any rolling update costs at least; None: no host can be the first.

    With a way home at the end all leave and come back, so those who leave first pay nothing more.
    """
    first = 0 if home else first_batch(upgrade)
    return None if first is None else sum(least) + first
