"""What decides when a schedule ends, and what would shorten it: a faster NIC or one more slot where.

Asked by scheduling the plan again in a pool that has it, as long as the plan is scheduled again as it is:
the difference of the two is what the change brings. Both begin in the order of the schedule at hand.
"""

from __future__ import annotations

from itertools import pairwise
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from models.actions import Migration
from models.amounts import FASTEST_MBPS
from models.durations import Durations
from models.plan import describe
from models.pool import Pool
from models.sizes import span
from models.ways import DEFAULT_RATE_MBPS, Slot, Wire
from planner.explaining.explanation import Decisive, Quicker
from planner.explaining.parameters import DEFAULT
from planner.scheduling.critical_path import critical_path, waited_for
from planner.scheduling.schedule import in_the_same_order, scheduled_again

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from heuristics.deadline import Deadline
    from models.host import Host
    from models.objective import Objective
    from models.plan import Plan
    from models.schedule import Schedule
    from models.timing import Timing
    from planner.cp.solve import Effort
    from planner.explaining.parameters import ExplainParameters
    from planner.scheduling.critical_path import ChainLink

AT_ONCE_S = 0.1
"""Seconds that trying a change may take once the time is up, for another to follow: most take far less."""


class Change(NamedTuple):
    """A pool with something changed.

    Parameters
    ----------
    field
        As in the pool file.
    words
        What it is, for people.
    pool
        The pool with it.
    """

    field: str
    words: str
    pool: Pool


class Tried(NamedTuple):
    """What came of changes.

    Parameters
    ----------
    quicker
        Those that help, the best first.
    tried
        So many were tried: those that the end waits for longest.
    known
        So many there are.
    """

    quicker: list[Quicker]
    tried: int
    known: int


def what_decides(pool: Pool, plan: Plan, schedule: Schedule) -> Iterator[Decisive]:
    """Give the chain of actions that ends last, each with what it waited for."""
    for link in critical_path(pool.current, plan, schedule):
        place = link.number - 1
        start, end = schedule.start_s[place], schedule.end_s[place]
        waits_for = None if link.why == "start" else waited_for(link)
        why = "" if waits_for is None else f", waits for {waits_for}"
        when = f"{span(start)} to {span(end)}"
        text = f"{when}: step {link.number}, {describe(plan.actions[place])}{why}"
        yield Decisive(link.number, start, end, waits_for, text)


def what_would_shorten(
    pool: Pool,
    plan: Plan,
    schedule: Schedule,
    objective: Objective,
    deadline: Deadline,
    effort: Effort,
    parameters: ExplainParameters = DEFAULT,
) -> Tried:
    """Try changes at what the end waits for longest; give those that help.

    Whatever the time, none of these is missed with which the same order would end earlier; but of a plan so
    large that this alone takes a while, where the time is up.
    """
    known = _held_up(pool, plan, schedule)
    changes = [_eased(pool, where) for where in known[: parameters.most_quicker]]
    found: list[Quicker] = []
    if not changes:
        return Tried(found, 0, len(known))
    each = deadline.left_s / (len(changes) + 1)

    def makespan_s(of: Pool) -> int:
        asked = of, plan, objective, deadline.within(each), effort
        return scheduled_again(*asked, begun=schedule, parameters=parameters.goal.plan.schedule)

    if deadline.over:
        # How long this takes tells how large the plan is; to list it anew, below, takes longer yet.
        began = monotonic()
        in_the_same_order(pool, plan, schedule)
        if monotonic() - began > AT_ONCE_S:
            return Tried(found, 0, len(known))
    before = makespan_s(pool)
    tried = 0
    for change in changes:
        began, over = monotonic(), deadline.over
        after = in_the_same_order(change.pool, plan, schedule) if over else makespan_s(change.pool)
        tried += 1
        # The plan had more time than either: only what ends before it too is a gain.
        saved = min(before, schedule.makespan_s) - after
        if saved > 0:
            text = f"{change.words}: {span(saved)} earlier, after {span(after)}"
            found.append(Quicker(change.field, after, saved, text))
        if over and monotonic() - began > AT_ONCE_S:
            break
    return Tried(sorted(found, key=lambda one: -one.saved_s), tried, len(known))


def _held_up(pool: Pool, plan: Plan, schedule: Schedule) -> list[Slot | Wire | None]:
    """Give the slots and wires that hold the critical path up, and None where the cap on all rates does.

    Those first with which it spends the most seconds; of as many, the one it comes to first.
    """
    path = critical_path(pool.current, plan, schedule)
    places: dict[Slot | Wire | None, set[int]] = {}
    for where, place in (*_waits(path), *_held_back(pool, plan, path)):
        places.setdefault(_either_way(where), set()).add(place)

    def seconds(where: Slot | Wire | None) -> int:
        return sum(schedule.end_s[place] - schedule.start_s[place] for place in places[where])

    return sorted((it for it in places if not _is_fastest(pool, it)), key=lambda where: -seconds(where))


def _is_fastest(pool: Pool, where: Slot | Wire | None) -> bool:
    """Tell whether a pool cannot say that a wire, or the cap, is any faster."""
    match where:
        case Slot():
            return False
        case Wire():
            return Durations(pool.current).capacity_mbps(where) >= FASTEST_MBPS
    return (pool.current.timing.rate_mbps or DEFAULT_RATE_MBPS) >= FASTEST_MBPS


def _either_way(where: Slot | Wire | None) -> Slot | Wire | None:
    """Give one wire for both directions: a NIC or link is eased for what it takes and for what it sends."""
    match where:
        case Wire("in", host):
            return Wire("out", host)
        case Wire("down", link):
            return Wire("up", link)
    return where


def _waits(path: Sequence[ChainLink]) -> Iterator[tuple[Slot | Wire, int]]:
    """Give (slot or wire, place of the action during which a chain waits for it)."""
    for before, link in pairwise(path):
        if isinstance(link.where, Slot | Wire):
            yield link.where, before.number - 1


def _held_back(pool: Pool, plan: Plan, path: Sequence[ChainLink]) -> Iterator[tuple[Wire | None, int]]:
    """Give (wire, place of a migration that goes no faster because of it); None: because of the cap."""
    times, cap = Durations(pool.current), pool.current.timing.rate_mbps
    if cap is None and not any(host.bandwidth_mbps for host in pool.hosts):
        cap = DEFAULT_RATE_MBPS
    for link in path:
        action = plan.actions[link.number - 1]
        # What was measured takes as long by a faster wire.
        if isinstance(action, Migration) and pool.current.vm(action.vm).migration_s is None:
            way, place = times.way(action.source, action.destination), link.number - 1
            yield from ((wire, place) for wire in way.wires if times.capacity_mbps(wire) == way.rate_mbps)
            if way.rate_mbps == cap:
                yield None, place


def _eased(pool: Pool, where: Slot | Wire | None) -> Change:
    """Give the pool with one more slot, or with a NIC, a link or a cap twice as fast."""
    timing = pool.current.timing
    match where:
        case None:
            twice = _twice(timing.rate_mbps or DEFAULT_RATE_MBPS)
            words = f"migrations at {twice:g} Mb/s each"
            changed = _with_timing(pool, replace(timing, rate_mbps=twice))
            return Change(f"timing.rate_mbps={_written(twice)}", words, changed)
        case Slot("max_parallel"):
            more = (timing.max_parallel or 0) + 1
            words = f"{more} migrations at a time in the pool"
            changed = _with_timing(pool, replace(timing, max_parallel=more))
            return Change(f"timing.max_parallel={more}", words, changed)
        case Slot(field, host):
            more = (getattr(pool.current.host(host), field) or 0) + 1
            way = {"max_in": "into", "max_out": "out of"}.get(field, "in and out of")
            words = f"{more} migrations at a time {way} {host}"
            return Change(f"hosts.{host}.{field}={more}", words, _with_host(pool, host, **{field: more}))
        case Wire("out" | "in", host):
            twice = _twice(pool.current.host(host).bandwidth_mbps or 0)
            words = f"a NIC of {twice:g} Mb/s on {host}"
            changed = _with_host(pool, host, bandwidth_mbps=twice)
            return Change(f"hosts.{host}.bandwidth_mbps={_written(twice)}", words, changed)
        case Wire(_, name):
            links = tuple(
                replace(link, mbps=_twice(link.mbps)) if link.name == name else link for link in timing.links
            )
            mbps = next(link.mbps for link in links if link.name == name)
            words = f"{mbps:g} Mb/s on the link {name}"
            changed = _with_timing(pool, replace(timing, links=links))
            return Change(f"timing.links.{name}.mbps={_written(mbps)}", words, changed)


def _twice(mbps: float) -> float:
    return min(2 * mbps, FASTEST_MBPS)


def _written(mbps: float) -> str:
    """Give a rate with all its digits: rounded it may be another end than the one that was found."""
    return repr(mbps).removesuffix(".0")


def _with_host(pool: Pool, name: str, **fields: object) -> Pool:
    hosts: list[Host] = [replace(it, **fields) if it.name == name else it for it in pool.hosts]
    return pool.rebuilt(hosts=hosts)


def _with_timing(pool: Pool, timing: Timing) -> Pool:
    current = pool.current.changed(timing=timing)
    return Pool(current, current.placed(pool.target.placement))
