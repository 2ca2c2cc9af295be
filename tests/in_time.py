"""Pools with durations and limits, drawn, and a judge of schedules that looks at every second."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from heuristics import Deadline, SqueakyWheel
from heuristics.justify import short_schedule
from heuristics.tasks import Task, Work, everyone
from models import Plan
from models.clock import Clock
from models.moves import OFF
from models.problem import Problem
from planner.scheduling.precedences import precedences
from planner.scheduling.timetable import work_of_plan
from tests import slow_time
from tests.builders import action_of
from tests.heuristics.finding import found_by
from tests.strategies import parsed, planted_pools, random_pools

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from random import Random

    from hypothesis.strategies import DrawFn

    from models import Pool
    from models.moves import Move
    from tests.slow_replay import Json


@st.composite
def timed_pools(draw: DrawFn, pools: st.SearchStrategy[Json] | None = None) -> Json:
    """Small pools with measured durations, narrow NICs, links and slots."""
    if pools is None:
        pools = st.one_of(planted_pools().map(lambda it: it.pool), random_pools())
    pool = draw(pools)
    rng = draw(st.randoms(use_true_random=False))
    for host in pool["hosts"]:
        if rng.random() < 0.5:
            host["bandwidth_mbps"] = rng.choice((100, 200, 1000))
        for field in ("max_in", "max_out", "max_moves"):
            if rng.random() < 0.4:
                host[field] = rng.randint(1, 3)
    for vm in pool["vms"]:
        vm["copied_mib"] = rng.randint(0, 60)
        if rng.random() < 0.3:
            vm["migration_s"] = rng.randint(1, 5)
    names = [host["name"] for host in pool["hosts"]]
    timing: Json = {"overhead_s": 0, "shutdown_s": rng.randint(1, 3), "provision_s": rng.randint(1, 3)}
    if rng.random() < 0.3:
        timing["max_parallel"] = rng.randint(1, 3)
    if rng.random() < 0.4:
        inside = rng.sample(names, rng.randint(1, len(names)))
        timing["links"] = [{"name": "up", "hosts": inside, "mbps": rng.choice((100, 300, 5000))}]
    if rng.random() < 0.4:
        timing["rate_mbps"] = rng.choice((50, 100))
    return {**pool, "timing": timing}


def told_times(data: Json, rng: Random, walk: Sequence[Json] = ()) -> Json:
    """Give a pool that says all there is to say of time, in figures that are not whole.

    Two links share hosts. Who would never end a migration of the walk, or of the way home, was measured.
    """
    hosts = [dict(host) for host in data["hosts"]]
    for host in hosts:
        if rng.random() < 0.5:
            host["bandwidth_mbps"] = rng.choice((100, 200, 33.3, 0.7, 1 / 3, 1000))
        for field in ("max_in", "max_out", "max_moves"):
            if rng.random() < 0.5:
                host[field] = rng.randint(1, 3)
    names = [host["name"] for host in hosts]
    timing: Json = {
        "overhead_s": rng.choice((0, 0.5, 2, 3.25)),
        "efficiency": rng.choice((1, 0.9, 0.37)),
        "shutdown_s": rng.randint(0, 3),
        "provision_s": rng.randint(0, 3),
        "links": [
            {"name": name, "hosts": rng.sample(names, rng.randint(1, len(names))), "mbps": mbps}
            for name, mbps in (("rack", rng.choice((100, 66.6))), ("room", rng.choice((300, 0.9))))
            if rng.random() < 0.6
        ],
    }
    if rng.random() < 0.3:
        timing["max_parallel"] = rng.randint(1, 3)
    if rng.random() < 0.4:
        timing["rate_mbps"] = rng.choice((0.3, 33.3, 50, 1 / 7, 5000))
    vms = []
    for vm in data["vms"]:
        told = {
            "copied_mib": rng.choice((0, 7, 60.5)),
            "dirty_mib_s": rng.choice((0.01, 3, 11, 90)),
            "hot_mib": rng.choice((0, 1.5)),
            "migration_s": rng.randint(1, 5),
        }
        vms.append({**vm, **{field: value for field, value in told.items() if rng.random() < 0.4}})
    timed = {**data, "hosts": hosts, "vms": vms, "timing": timing}
    by_name = {host["name"]: host for host in hosts}
    for vm in vms:
        name = vm["name"]
        ways = [(step["from"], step["to"]) for step in walk if step["vm"] == name and "from" in step]
        home = data["current"].get(name), data["target"].get(name)
        ways += [home] if None not in home and home[0] != home[1] else []
        if not all(slow_time.converges(timed, vm, by_name[old], by_name[new]) for old, new in ways):
            vm["migration_s"] = rng.randint(1, 5)
    return timed


def of_hosts_alone(data: Json) -> Json:
    """Leave out what migrations between other hosts share."""
    timing = {name: value for name, value in data["timing"].items() if name not in ("links", "max_parallel")}
    return {**data, "timing": timing}


def work_of(problem: Problem, clock: Clock, moves: Iterable[Move]) -> Work:
    """Give the tasks of the moves of a plan, in its order, shutdowns first and provisions last.

    Parameters
    ----------
    problem
        With everyone in it.
    moves
        What the plan does between its shutdowns and its provisions; VMs counted as in ``problem``.
    """
    at = list(problem.src)
    first = [(vm, OFF) for vm in problem.displaced if problem.dst[vm] == OFF]
    last = [(vm, problem.dst[vm]) for vm in problem.displaced if problem.src[vm] == OFF]
    tasks = []
    for vm, host in [*first, *moves, *last]:
        seconds, uses = clock.seconds(vm, at[vm], host), clock.uses(at[vm], host)
        tasks.append(Task(vm, at[vm], host, seconds, uses))
        at[vm] = host
    return Work(problem, clock, tuple(tasks))


def some_work(pool: Pool) -> Work | None:
    """Give the tasks of a plan of the squeaky wheel; None where it finds none."""
    problem = Problem(pool)
    moves = found_by(SqueakyWheel(patience=2), pool).moves
    if moves is None:
        return None
    whole = everyone(pool)
    number = {vm.name: vm_number for vm_number, vm in enumerate(whole.vms)}
    return work_of(whole, Clock(whole), [(number[problem.vms[vm].name], host) for vm, host in moves])


def listed(work: Work) -> tuple[list[int], list[list[int]]]:
    """Give the starts of a list schedule, and its precedences."""
    starts = short_schedule(work, Deadline(60.0), shakes=2)
    return starts, precedences(work, starts)


@st.composite
def works_with_stops(draw: DrawFn) -> Work:
    """Tasks of a legal walk on which somebody is stopped for a while."""
    planted = draw(planted_pools().filter(lambda it: any(step["action"] == "stop" for step in it.walk)))
    of = parsed(draw(timed_pools(st.just(planted.pool))))
    return work_of_plan(of, Plan.of(of, [action_of(entry) for entry in planted.walk]))


def broken(work: Work, starts: Sequence[int]) -> list[str]:
    """Give what a schedule breaks: room and groups at every arrival, channels at every second, chains."""
    problem, found = work.problem, []
    spans = [(start, start + task.seconds) for start, task in zip(starts, work.tasks, strict=True)]
    at, free_from = list(work.at_first), [0] * problem.num_vms
    for number in sorted(range(len(spans)), key=lambda it: (spans[it], it)):
        task, (start, end) = work.tasks[number], spans[number]
        if start < free_from[task.vm] or at[task.vm] != task.src:
            found.append(f"task {number}: its VM is not there")
        at[task.vm], free_from[task.vm] = task.dst, end
    if at != list(problem.src if work.turned else problem.dst):
        found.append("not at the target")
    for number, task in enumerate(work.tasks):
        if task.dst != OFF:
            there = _there(work, spans, number)
            for resource, usable in enumerate(problem.usable[task.dst]):
                if (
                    problem.demand[task.vm][resource]
                    and sum(problem.demand[v][resource] for v in there) > usable
                ):
                    found.append(f"task {number}: no {problem.resources[resource]}")
            for group in problem.groups_of[task.vm]:
                if sum(group in problem.groups_of[vm] for vm in there) > problem.limit(group, task.dst):
                    found.append(f"task {number}: too many of a group")
        held = [0] * len(work.clock.limits)
        for other, (start, end) in zip(work.tasks, spans, strict=True):
            if start <= spans[number][0] < end:
                for channel, amount in other.uses:
                    held[channel] += amount
        found += [
            f"second {spans[number][0]}: {work.clock.names[channel]}"
            for channel, amount in enumerate(held)
            if amount > work.clock.limits[channel]
        ]
    return found


def _there(work: Work, spans: Sequence[tuple[int, int]], number: int) -> list[int]:
    """Give the VMs on the destination of a task at the second in which it starts, itself among them.

    Of the others it counts whoever has come by then, and has not left before.
    """
    now, host = spans[number][0], work.tasks[number].dst
    there = {vm for vm, first in enumerate(work.at_first) if first == host}
    by_start = sorted(range(len(spans)), key=lambda it: (spans[it], it))
    for other in by_start:
        task = work.tasks[other]
        if task.dst == host and spans[other][0] <= now:
            there.add(task.vm)
        if task.src == host and spans[other][1] <= now:
            there.discard(task.vm)
    return sorted(there | {work.tasks[number].vm})
