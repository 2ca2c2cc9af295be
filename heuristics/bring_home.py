"""From one safe interval to the next: VMs step aside where there is room for a while.

Given in which order most VMs go home, which is kept, each of the others waits on its source as long as
nobody needs its room, then goes from host to host, each time to where it can stay longest, until its target
has room for good. ALGORITHM.md, "A start from the limbo".
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from heuristics.profile import Profile, SafeInterval, Visit, interval_at
from heuristics.room import Room
from models.problem import OFF

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from heuristics.deadline import Deadline
    from models.problem import Move, Problem

Path = list[tuple[int, int]]
"""(instant, host) of every migration of a VM."""


@dataclass(frozen=True, slots=True)
class Brought:
    """What came of the VMs that wait.

    Parameters
    ----------
    moves
        A whole plan; None where some VM found no way, or the time was up.
    times
        ``times[vm]``: how often the VM migrates; None where it found no way. Stopped VMs are not in it.
    """

    moves: list[Move] | None
    times: dict[int, int | None]


def bring_home(
    problem: Problem,
    order: Sequence[Move],
    waiting: Collection[int],
    deadline: Deadline,
    hosts_drawn: int = 400,
) -> Brought:
    """Find each waiting VM the fewest migrations beside the others, largest VMs first.

    Parameters
    ----------
    order
        Migrations of other VMs, each directly to its target: safe if those that wait were not there.
    waiting
        The VMs that go between them. One that may be stopped is, where that is cheaper.
    deadline
        When to give up: then there is no plan, and ``times`` tells of those alone that had their turn.
    hosts_drawn
        Hosts at which a VM looks, drawn where there are more: so it takes no longer in a larger pool.
    """
    room = Room(problem)
    profile = Profile(room.tracker, order, waiting)
    largest_first = sorted(waiting, key=lambda vm: (-room.size[vm], vm))
    # Where they are at first and where they end is claimed before anybody looks for a place in between.
    for vm in largest_first:
        profile.put(vm, _ends(profile, vm))
    stopped: list[int] = []
    paths: dict[int, Path | None] = {}
    for vm in largest_first:
        if deadline.over:
            break
        profile.take(vm)
        path = path_home(profile, vm, hosts_drawn)
        stop = problem.stop_cost[vm]
        if stop is not None and (path is None or stop < len(path) * problem.cost[vm]):
            stopped.append(vm)
            continue
        paths[vm] = path
        if path is not None:
            profile.put(vm, visits_of_path(profile, vm, path))
    times = {vm: None if path is None else len(path) for vm, path in paths.items()}
    found = {vm: path for vm, path in paths.items() if path is not None}
    all_home = len(found) + len(stopped) == len(largest_first)
    return Brought(_merged(problem, order, found, stopped) if all_home else None, times)


def _merged(
    problem: Problem, order: Sequence[Move], paths: dict[int, Path], stopped: Sequence[int]
) -> list[Move]:
    timed = [(2 * number + 1, move) for number, move in enumerate(order)]
    timed += [(instant, (vm, host)) for vm, path in paths.items() for instant, host in path]
    timed.sort(key=lambda item: item[0])
    stops = [(vm, OFF) for vm in stopped]
    starts = [(vm, problem.dst[vm]) for vm in stopped]
    return [*stops, *(move for _, move in timed), *starts]


def _ends(profile: Profile, vm: int) -> list[Visit]:
    """Let the VM stay on its source as long, and on its target from as early on, as others allow."""
    source, target = profile.problem.src[vm], profile.problem.dst[vm]
    until, since = profile.until(vm, source), profile.since(vm, target)
    visits = [Visit(source, 0, until)]
    if since is not None and since > until:
        visits.append(Visit(target, since, profile.last))
    return visits


def visits_of_path(profile: Profile, vm: int, path: Path) -> list[Visit]:
    """Give the visits that a path comes to."""
    visits, here, since = [], profile.problem.src[vm], 0
    for instant, host in path:
        visits.append(Visit(here, since, instant))
        here, since = host, instant
    return [*visits, Visit(here, since, profile.last)]


def path_home(profile: Profile, vm: int, hosts_drawn: int) -> Path | None:
    """Give the fewest migrations that take the VM home, as late as can be; None where none were found."""
    problem = profile.problem
    source, target = problem.src[vm], problem.dst[vm]
    since, until = profile.since(vm, target), profile.until(vm, source)
    if since is None:
        return None
    if target == source and until >= profile.last:
        return []
    may_step = problem.vms[vm].may_step_aside
    some: Sequence[int] = range(problem.num_hosts)
    if problem.num_hosts > hosts_drawn:
        some = Random(vm).sample(some, hosts_drawn)
    safe: dict[int, list[SafeInterval]] = {}
    reach: dict[int, tuple[int, Path]] = {source: (until, [])}
    border = dict(reach)
    while border:
        latest_first = sorted(border.items(), key=lambda item: (-item[1][0], item[0]))
        for host, (end, path) in latest_first:
            if end >= since and host != target and problem.may_go(vm, host, target):
                return [*path, (max(since, path[-1][0] if path else 0), target)]
        if not may_step:
            return None
        border = {}
        for host in some:
            # Only from where the VM can come latest: whoever stays longer elsewhere reaches later intervals.
            for here, (end, path) in latest_first:
                if here == host or not problem.may_go(vm, here, host):
                    continue
                if host not in safe:
                    safe[host] = profile.safe_intervals(vm, host)
                interval = interval_at(safe[host], end)
                if interval is not None and interval.last > max(end, reach[host][0] if host in reach else -1):
                    border[host] = reach[host] = (interval.last, [*path, (end, host)])
                break
    return None
