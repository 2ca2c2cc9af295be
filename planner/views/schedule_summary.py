"""What ``vmplan plan --schedule`` says: how long, how many at once, what bounds it, what was assumed."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

from models.actions import Migration, Provision, Shutdown, Start, Stop, Update
from models.durations import Durations
from models.sizes import span
from models.timing import UNSAID
from models.ways import DEFAULT_RATE_MBPS
from planner.scheduling.critical_path import critical_path, kind, waited_for, waited_for_any
from planner.verdict.sentences import number_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.plan import Plan
    from models.rolling_plan import RollingPlan
    from models.schedule import Schedule
    from models.state import PoolState
    from planner.scheduling.critical_path import ChainLink

MOST_PLACES = 3
"""Of what the actions wait for that decide the end, so many are named."""


def schedule_lines(state: PoolState, plan: Plan, schedule: Schedule) -> Iterator[str]:
    """Give the sentences of the summary, one a line."""
    yield how_long(state, plan, schedule)
    yield proven(schedule)
    if plan.actions:
        yield what_bounds(state, plan, schedule)
    yield from off_meanwhile(plan, schedule)
    yield from assumed(state, plan)


def how_long(state: PoolState, plan: Plan | RollingPlan, schedule: Schedule) -> str:
    """Say how long it takes, against one after another, and how many migrations run at a time."""
    times = Durations(state)
    serial = sum(times.of(action) for action in plan.actions)
    most = _most_at_once(plan, schedule)
    return (
        f"It takes {span(schedule.makespan_s)} (one after another: {span(serial)}), "
        f"with up to {number_of(most, 'migration')} at a time; "
        f"in waves: {schedule.num_waves}."
    )


def _most_at_once(plan: Plan | RollingPlan, schedule: Schedule) -> int:
    changes = []
    for action, start, end in zip(plan.actions, schedule.start_s, schedule.end_s, strict=True):
        if isinstance(action, Migration):
            changes += [(start, 1), (end, -1)]
    most = now = 0
    for _, change in sorted(changes):
        now += change
        most = max(most, now)
    return most


def off_meanwhile(plan: Plan | RollingPlan, schedule: Schedule) -> Iterator[str]:
    """Say for how long VMs are off on their way, where any are: from the stop until the start has ended."""
    stopped: dict[str, int] = {}
    off_s: dict[str, int] = {}
    for action, start, end in zip(plan.actions, schedule.start_s, schedule.end_s, strict=True):
        if isinstance(action, Stop):
            stopped[action.vm] = start
        elif isinstance(action, Start) and action.vm in stopped:
            off_s[action.vm] = off_s.get(action.vm, 0) + end - stopped.pop(action.vm)
    if off_s:
        longest = max(off_s, key=off_s.__getitem__)
        up_to = span(off_s[longest])
        yield (
            f"{longest} is off for {up_to} on its way."
            if len(off_s) == 1
            else f"{len(off_s)} VMs are off on their way, each for up to {up_to} ({longest})."
        )


def proven(schedule: Schedule) -> str:
    """Say what was proven of the makespan."""
    bound = schedule.makespan_bound_s
    if bound is None:
        return "How early such a plan could end is not proven."
    if schedule.is_proven:
        return "Proven that no such plan ends earlier."
    return f"Proven that no such plan ends before {span(bound)}, a gap of {schedule.makespan_gap:.2%}."


def what_bounds(state: PoolState, plan: Plan | RollingPlan, schedule: Schedule) -> str:
    """Say what the chain of actions that ends last waits for, most seconds first.

    Of more than ``MOST_PLACES`` slots, wires and hosts their kinds are told, and of how many hosts they are.
    """
    path = critical_path(state, plan, schedule)
    if len(path) == 1:
        return f"What bounds it is how long action {path[-1].number} takes."
    for sorts in (waited_for, kind):
        waits: dict[object, list[ChainLink]] = {}
        for link in path[1:]:
            waits.setdefault(sorts(link), []).append(link)
        if len(waits) <= MOST_PLACES:
            break
    took = {
        link: schedule.end_s[before.number - 1] - schedule.start_s[before.number - 1]
        for before, link in pairwise(path)
    }
    spent = Counter({waited_for_any(links): sum(map(took.__getitem__, links)) for links in waits.values()})
    reasons = [f"{what} ({span(seconds)})" for what, seconds in spent.most_common(MOST_PLACES)]
    more = len(spent) - len(reasons)
    decides = number_of(len(path), "action that decides the end waits", "actions that decide the end wait")
    return f"The {decides} for {', '.join(reasons)}" + (f" and {more} more." if more else ".")


def assumed(state: PoolState, plan: Plan | RollingPlan) -> Iterator[str]:
    """Say which defaults the durations of a plan rest on, where any are."""
    if found := _assumptions(state, plan):
        yield f"Assumed, as the pool says nothing of it: {', '.join(found)}."


def _assumptions(state: PoolState, plan: Plan | RollingPlan) -> list[str]:
    """Give the defaults that the durations of a plan rest on."""
    timing, hosts = state.timing, state.hosts
    kinds = {type(action) for action in plan.actions}
    found = []
    if Migration in kinds:
        times = Durations(state)
        ways = (times.way(it.source, it.destination) for it in plan.migrations)
        if timing.rate_mbps is None and any(not way.wires for way in ways):
            found.append(f"{DEFAULT_RATE_MBPS:g} Mb/s a migration")
        if all(host.max_in == host.max_out == 1 and host.max_moves is None for host in hosts):
            found.append("1 migration into and 1 out of a host at a time")
        if timing.overhead_s == UNSAID.overhead_s:
            found.append(f"{UNSAID.overhead_s:g} s beside copying")
        if timing.efficiency == UNSAID.efficiency:
            found.append(f"{UNSAID.efficiency:.0%} of the rate carries pages")
    if kinds & {Shutdown, Stop} and timing.shutdown_s == UNSAID.shutdown_s:
        found.append(f"{UNSAID.shutdown_s} s a shutdown or stop")
    if kinds & {Provision, Start} and timing.provision_s == UNSAID.provision_s:
        found.append(f"{UNSAID.provision_s} s a provision or start")
    if Update in kinds and timing.update_s == UNSAID.update_s:
        found.append(f"{UNSAID.update_s // 60} min an update")
    return found
