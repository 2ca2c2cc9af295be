"""Who waits for whom from host to host, held against schedules and against exhaustive search."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import assume, event, given

from heuristics import Deadline
from heuristics.justify import short_schedule
from heuristics.tasks import everyone
from models.clock import Clock
from models.moves import OFF
from models.timing import Timing
from planner.cp.solve import Effort
from planner.scheduling.bounds import makespan_bound
from planner.scheduling.freedom import Freedom, any_way, at_no_more_than, cost_of
from planner.scheduling.freedom_in_time import FreedomInTime
from planner.scheduling.heads import margins, raised_by_waiting
from planner.scheduling.least import Least
from planner.scheduling.one_host import raised_by_hosts
from tests.builders import host, pool, vm
from tests.heuristics.finding import LONG_S
from tests.in_time import some_work, timed_pools
from tests.planner.scheduling.tiny import TINY, earliest, tiny_work
from tests.strategies import parsed


class Waits(NamedTuple):
    """Heads and tails by the names of the VMs, and the bound that they come to."""

    leaves: dict[str, int]
    comes: dict[str, int]
    follows: dict[str, int]
    seconds: int


def waits(of, *, aside=False):
    """Work out who waits for whom, where all VMs may step aside, or none."""
    problem = everyone(of)
    clock, everybody = Clock(problem), range(problem.num_vms)
    free = tuple(aside and OFF not in (problem.src[vm], problem.dst[vm]) for vm in everybody)
    nobody = (False,) * problem.num_vms
    in_time = FreedomInTime(Freedom(free, nobody, nobody), Least(clock))
    known = margins(in_time, 999, Deadline(LONG_S))
    raised = raised_by_waiting(in_time, makespan_bound(in_time), known)
    names = [vm.name for vm in problem.vms]
    columns = (known.heads.leaves, known.heads.comes, known.tails.comes)
    return Waits(*(dict(zip(names, column, strict=True)) for column in columns), raised.seconds)


def in_a_row():
    """Each goes to the next host, which has room for one; the last is empty."""
    hosts = [host(f"h{number}", 8) for number in range(4)]
    vms = [vm(name, 8, migration_s=s) for name, s in (("a", 10), ("b", 20), ("c", 30))]
    return pool(hosts, vms, "h0: a, h1: b, h2: c", "h1: a, h2: b, h3: c")


def test_each_waits_for_the_next():
    known = waits(in_a_row())
    assert known.leaves == known.comes == {"a": 50, "b": 30, "c": 0}
    assert known.follows == {"a": 0, "b": 10, "c": 30}
    assert known.seconds == 60


def test_who_may_step_aside_leaves_when_any_host_has_room():
    """At first h3 has room for any of them."""
    known = waits(in_a_row(), aside=True)
    assert set(known.leaves.values()) == {0}
    assert known.comes == {"a": 20, "b": 30, "c": 0}
    assert known.follows == {"a": 0, "b": 10, "c": 20}


def test_who_steps_aside_waits_too_where_no_host_has_room_at_first():
    """No host has room for c before a has gone, nor for b before c has: 5 s, and 20 more."""
    hosts = [host("h0", 8), host("h1", 11), host("h2", 4), host("h3", 6)]
    vms = [
        vm("a", 4, migration_s=5),
        vm("b", 7, migration_s=10),
        vm("c", 5, migration_s=20),
        vm("d", 4, migration_s=99),
    ]
    of = pool(hosts, vms, "h0: b, h1: c d, h3: a", "h2: a, h1: b d, h3: c")
    known = waits(of, aside=True)
    assert known.leaves == {"a": 0, "b": 25, "c": 5, "d": 0}
    assert known.comes == {"a": 0, "b": 25, "c": 5, "d": 0}


def test_one_slot_lets_them_go_one_after_another_and_the_best_of_them_first():
    """Room for x takes b, or a and c; of these a goes in 10 s, c in 15, b in 40."""
    hosts = [host("h0", 9, max_out=1), host("h1", 9, max_in=9), host("h2", 9)]
    vms = [
        vm("a", 3, migration_s=10),
        vm("b", 4, migration_s=40),
        vm("c", 1, migration_s=15),
        vm("x", 5, migration_s=7),
    ]
    of = pool(hosts, vms, "h0: a b c, h2: x", "h1: a b c, h0: x")
    assert waits(of).comes["x"] == 25
    hosts[0] = host("h0", 9, max_out=3)
    assert waits(pool(hosts, vms, "h0: a b c, h2: x", "h1: a b c, h0: x")).comes["x"] == 15


def test_who_is_shut_down_makes_room_for_who_comes_and_who_is_provisioned_waits():
    hosts = [host("h0", 8), host("h1", 8)]
    vms = [vm("old", 8, detours=False), vm("a", 8, migration_s=9), vm("new", 8, detours=False)]
    timing = Timing(shutdown_s=30, provision_s=40)
    of = pool(hosts, vms, {"old": "h1", "a": "h0"}, {"a": "h1", "new": "h0"}, timing=timing)
    known = waits(of)
    assert known.comes == {"old": 0, "a": 30, "new": 39}
    assert known.follows == {"old": 49, "a": 40, "new": 0}
    assert known.seconds == 79


def test_a_group_is_waited_for_like_room():
    hosts = [host("h0"), host("h1"), host("h2")]
    vms = [vm("a", migration_s=10), vm("b", migration_s=20)]
    of = pool(hosts, vms, "h0: a, h1: b", "h1: a, h2: b", anti_affinity=[["a", "b"]])
    assert waits(of).comes == {"a": 20, "b": 0}


def test_a_host_over_its_limit_takes_nobody_until_it_is_within_it():
    hosts = [host("h0", 8), host("h1", 4), host("h2", 9)]
    vms = [vm("a", 1, migration_s=3), vm("b", 4, migration_s=10), vm("c", 2, migration_s=20)]
    of = pool(hosts, vms, "h0: a, h1: b c", "h1: a c, h2: b")
    assert waits(of).comes == {"a": 10, "b": 0, "c": 0}
    # Backwards it had room for all that it had.
    assert waits(of).follows == {"a": 0, "b": 3, "c": 0}


@given(timed_pools())
def test_nobody_leaves_or_comes_earlier_in_any_schedule(data):
    """Whatever is in the pool, of the plans that cost no more, and of all."""
    work = some_work(parsed(data))
    assume(work is not None and work.tasks)
    problem = work.problem
    starts = short_schedule(work, Deadline(0.05))
    length = work.makespan(starts)
    least = Least(work.clock)
    waited = 0
    for freedom in (at_no_more_than(work), any_way(problem)):
        known = margins(FreedomInTime(freedom, least), length, Deadline(LONG_S))
        for task, start in zip(work.tasks, starts, strict=True):
            rest = length - start - task.seconds
            if task.src != OFF and task.dst != OFF and task.src == problem.src[task.vm]:
                assert known.heads.leaves[task.vm] <= start
            if task.dst == problem.dst[task.vm]:
                assert known.heads.comes[task.vm] <= start
            if task.dst == problem.dst[task.vm] and OFF not in (task.src, task.dst):
                assert known.tails.leaves[task.vm] <= rest
            if task.src == problem.src[task.vm]:
                assert known.tails.comes[task.vm] <= rest
            waited = max(waited, known.heads.comes[task.vm], known.tails.comes[task.vm])
    event(f"somebody waits: {waited > 0}")


@given(TINY)
def test_no_chain_is_longer_than_the_earliest_end_of_any_plan(data):
    """Of all plans, and of those that cost no more."""
    work = tiny_work(data)
    problem, clock = work.problem, work.clock
    length = sum(task.seconds for task in work.tasks)
    least = Least(clock)
    for freedom, options in ((any_way(problem), {}), (at_no_more_than(work), {"most_cost": cost_of(work)})):
        best = earliest(work, **options)
        free = FreedomInTime(freedom, least)
        bound, known = makespan_bound(free), margins(free, length, Deadline(LONG_S))
        raised = raised_by_waiting(free, bound, known)
        assert raised.seconds <= best
        event(f"chains of waiting raise the bound: {raised.seconds > bound.seconds}")
        both = raised_by_hosts(free, raised, length, Deadline(LONG_S), Effort(1, 0, 1.0), known)
        assert both.seconds <= best
