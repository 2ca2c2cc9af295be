"""When each step of a rolling plan runs, and what it waits for. ALGORITHM.md, "Rolling".

To the scheduler an update is a migration: of a guest that fills its host whole, from the host as it is once
updated to the host as it was. So nobody is there when it begins, and nobody comes before it has ended.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import accumulate, chain
from math import ceil, inf
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from heuristics.tasks import Task, Work, everyone
from models.actions import Action, Migration, Start, Step, Stop, Update, ends_of
from models.clock import Clock
from models.pool import Pool
from models.precopy import migration_seconds
from models.replay_rolling import updated, with_versions
from models.rolling_plan import RollingPlan
from models.rules import Filter
from models.schedule import Schedule
from models.vm import VM
from models.ways import Ways
from planner.rolling.twins import UPDATED, seen_by_name, with_twins
from planner.scheduling.judging import judge_schedule
from planner.scheduling.precedences import precedences, reduced
from planner.scheduling.rehearsal import rehearse
from planner.scheduling.timetable import work_of_actions
from planner.scheduling.waves import waves

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from heuristics.deadline import Deadline
    from models.host import Host
    from models.state import PoolState
    from planner.scheduling.parameters import ScheduleParameters

GUESTS = "rolling: guests"
"""A resource of which each VM takes one, and an update as much as a host could ever hold."""

ENOUGH_ALIKE = 2
"""Hosts that are alike of which one is another than any given host."""


class TimedSteps(NamedTuple):
    """The steps of a rolling plan, in an order that is safe one by one too, and their schedule."""

    steps: tuple[Step, ...]
    schedule: Schedule


def in_time(
    pool: Pool, steps: Sequence[Step], at_once: int, deadline: Deadline, parameters: ScheduleParameters
) -> TimedSteps | None:
    """Schedule a rolling plan that the replay accepts.

    Parameters
    ----------
    pool
        The placements before and after all updates, with what is said of time.
    at_once
        Updates that run at the same time at most.
    deadline
        Looked at between the parts of it.
    parameters
        Of what waits for what, and of the waves.

    Returns
    -------
    TimedSteps or None
        In an order that is safe one by one and follows the waves; None where the time was up first.
    """
    steps = _stops_late(steps)
    work = _work_of(pool.current, steps)
    lasting = _a_second_each(work)
    serial = _serial_starts(lasting)
    if deadline.over:
        return None
    after = [set(waits) for waits in precedences(lasting, serial[:-1], parameters.waiting)]
    updates = [place for place, step in enumerate(steps) if isinstance(step, Update)]
    # Of more updates than may run at once two are in the same chain of these pairs, so in no wave are more.
    apart: list[list[int]] = [[] for _ in steps]
    for earlier, later in zip(updates, updates[at_once:], strict=False):
        after[later].add(earlier)
        apart[later].append(earlier)
    _hold_back_stops(steps, after, apart)
    waits = reduced(after, list(range(len(steps))))
    if deadline.over:
        return None
    starts = _rehearsed(work, waits, serial)
    turns = starts if lasting is work else _rehearsed(lasting, waits, serial)
    wave = waves(lasting, turns, waits, apart, parameters.waves)
    order = sorted(range(len(steps)), key=lambda place: (wave[place], starts[place], turns[place], place))
    number_of = {place: number for number, place in enumerate(order, 1)}
    times = Schedule(
        start_s=tuple(starts[place] for place in order),
        end_s=tuple(starts[place] + work.tasks[place].seconds for place in order),
        after=tuple(tuple(sorted(number_of[it] for it in waits[place])) for place in order),
        wave=tuple(wave[place] for place in order),
        makespan_bound_s=_bound_s(pool.current, steps, at_once),
    )
    return None if deadline.over else _judged(pool, [steps[place] for place in order], times)


def _stops_late(steps: Sequence[Step]) -> list[Step]:
    """Move each stop to just before the update of its host, or the next arrival there or of its VM.

    It frees room on its host alone, which nobody wants until then.
    """
    found: list[Step] = []
    waiting: dict[str, list[Stop]] = {}
    host_of: dict[str, str] = {}
    for step in steps:
        if isinstance(step, Stop):
            waiting.setdefault(step.host, []).append(step)
            host_of[step.vm] = step.host
            continue
        if isinstance(step, Update):
            hosts: tuple[str | None, ...] = (step.host,)
        else:
            hosts = ends_of(step)[1], host_of.pop(step.vm, None)
        for host in hosts:
            found += waiting.pop(host or "", ())
        found.append(step)
    return [*found, *chain.from_iterable(waiting.values())]


def _hold_back_stops(steps: Sequence[Step], after: Sequence[set[int]], apart: Sequence[list[int]]) -> None:
    """Let each stop wait for all else that the update of its host waits for: its VM is off for no longer.

    In waves, for the updates among it.
    """
    stops: dict[str, list[int]] = {}
    for place, step in enumerate(steps):
        if isinstance(step, Stop):
            stops.setdefault(step.host, []).append(place)
        elif isinstance(step, Update):
            late = stops.pop(step.host, [])
            others = after[place].difference(late)
            for stop in late:
                after[stop].update(it for it in others if it < stop)
                apart[stop] += [it for it in apart[place] if it < stop]
        else:
            stops.pop(ends_of(step)[1] or "", None)


def one_by_one(pool: Pool, steps: Sequence[Step], at_once: int) -> TimedSteps:
    """Schedule a rolling plan without a search: each step waits for the one before it.

    Parameters
    ----------
    pool, at_once
        As for :func:`in_time`.
    """
    starts = _serial_starts(_work_of(pool.current, steps))
    numbers = range(1, len(steps) + 1)
    times = Schedule(
        start_s=tuple(starts[:-1]),
        end_s=tuple(starts[1:]),
        after=tuple((number - 1,) if number > 1 else () for number in numbers),
        wave=tuple(numbers),
        makespan_bound_s=_bound_s(pool.current, steps, at_once),
    )
    return _judged(pool, steps, times)


def _work_of(state: PoolState, steps: Sequence[Step]) -> Work:
    """Give the steps as tasks on hosts that stand twice."""
    doubled = _DoubledPool(state, steps)
    problem = everyone(doubled.pool)
    work = work_of_actions(problem, Clock(problem), doubled.actions)
    # An update copies no memory: it takes no wire and no slot, and may take no time at all.
    tasks = [
        Task(task.vm, task.src, task.dst, state.timing.update_s, ()) if isinstance(step, Update) else task
        for step, task in zip(steps, work.tasks, strict=True)
    ]
    return Work(problem, work.clock, tuple(tasks))


def _a_second_each(work: Work) -> Work:
    """Let what takes no time take a second, so that whoever waits for it starts later than it does."""
    if all(task.seconds for task in work.tasks):
        return work
    tasks = tuple(Task(task.vm, task.src, task.dst, max(1, task.seconds), task.uses) for task in work.tasks)
    return Work(work.problem, work.clock, tasks)


def _rehearsed(work: Work, waits: Sequence[Sequence[int]], serial: Sequence[int]) -> list[int]:
    """Give when each task starts if it waits for these alone, and for wires and slots."""
    seconds = [task.seconds for task in work.tasks]
    return [round(start) for start in rehearse(work, waits, seconds, serial).start_s]


def _serial_starts(work: Work) -> list[int]:
    """Give when each task starts if it waits for the one before, and when the last one ends."""
    return list(accumulate((task.seconds for task in work.tasks), initial=0))


def _judged(pool: Pool, steps: Sequence[Step], times: Schedule) -> TimedSteps:
    if broken := judge_schedule(pool, RollingPlan.of(pool.current, steps), times):
        raise RuntimeError(f"the replay rejects the schedule found: {broken[0]}")
    return TimedSteps(tuple(steps), times)


def _bound_s(state: PoolState, steps: Sequence[Step], at_once: int) -> int:
    """Give what every rolling update of these hosts takes at least.

    Before the first update its host is emptied, which takes as long as the slowest way out of one of its VMs
    at least; then all updates run, ``at_once`` side by side.
    """
    hosts = [step.host for step in steps if isinstance(step, Update)]
    on: dict[str, int] = dict.fromkeys(hosts, 0)
    fastest = _fastest_out(state, hosts)
    for vm, host in state.placement.items():
        if host in on and not state.vm(vm).offline:
            seconds = migration_seconds(state.timing, state.vm(vm), fastest[host])
            on[host] = max(on[host], seconds)
    return ceil(len(hosts) / at_once) * state.timing.update_s + min(on.values(), default=0)


def _fastest_out(state: PoolState, hosts: Iterable[str]) -> dict[str, float]:
    """Give the highest rate at which anybody could leave each host, in Mb/s.

    Hosts with NICs of the same speed behind the same links are alike as destinations: two of each will do,
    as one of them may be the host itself.
    """
    ways = Ways(state.timing)
    alike: dict[object, list[Host]] = defaultdict(list)
    for host in state.hosts:
        few = alike[host.bandwidth_mbps, ways.links_of(host.name)]
        if len(few) < ENOUGH_ALIKE:
            few.append(host)
    ends = [host for few in alike.values() for host in few]
    return {
        name: max(
            (ways.between(state.host(name), end).rate_mbps for end in ends if end.name != name), default=inf
        )
        for name in hosts
    }


class _DoubledPool:
    """The pool as the scheduler sees it: each host twice, and an update of it as a guest that moves."""

    def __init__(self, state: PoolState, steps: Sequence[Step]) -> None:
        guests = max(1, len(state.vms))
        renewed = {step.host for step in steps if isinstance(step, Update)}
        before = with_versions(state.hosts)
        hosts = [_roomy(host, host.name, guests) for host in before]
        # Rules of one's own may say something else of a host once it is newer.
        hosts += [_roomy(updated(host), _later(host.name), guests) for host in before if host.name in renewed]
        vms = [replace(vm, demand={**vm.demand, GUESTS: 1}) for vm in state.vms]
        vms += [
            VM(_update_of(host.name), {GUESTS: guests}, migration_s=max(1, state.timing.update_s))
            for host in state.hosts
            if host.name in renewed
        ]
        here = {**state.placement, **{_update_of(host): _later(host) for host in renewed}}
        current = state.changed(
            hosts=hosts,
            vms=vms,
            placement=here,
            # Filters do not depend on time, and the plan has been judged by them.
            rules=[seen_by_name(rule) for rule in state.extra_rules if not isinstance(rule, Filter)],
            timing=with_twins(state.timing, renewed),
        )
        self.actions, end = _doubled(steps, here)
        self.pool = Pool(current, current.placed(end))


def _roomy(host: Host, name: str, guests: int) -> Host:
    capacity = {**host.capacity, GUESTS: guests}
    return replace(host, name=name, capacity=capacity)


def _later(host: str) -> str:
    """Name a host as it is once updated."""
    return host + UPDATED


def _update_of(host: str) -> str:
    return f"{host}\0update"


def _doubled(steps: Sequence[Step], here: dict[str, str]) -> tuple[list[Action], dict[str, str]]:
    """Give the steps as actions on the doubled pool, and where they lead."""
    at, done = dict(here), set[str]()
    actions: list[Action] = []

    def now(host: str) -> str:
        return _later(host) if host in done else host

    for step in steps:
        action: Action
        match step:
            case Update(host):
                action = Migration(_update_of(host), _later(host), host)
                at[action.vm] = host
                done.add(host)
            case Migration(vm, _, destination):
                action = Migration(vm, at[vm], now(destination))
                at[vm] = action.destination
            case Stop(vm, _):
                action = Stop(vm, at.pop(vm))
            case Start(vm, host):
                action = Start(vm, now(host))
                at[vm] = action.host
            case _:
                raise ValueError(f"no step of a rolling plan: {step}")
        actions.append(action)
    return actions, at
