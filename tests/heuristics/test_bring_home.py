"""From one safe interval to the next: VMs that step aside while all others keep to their order."""

from __future__ import annotations

from hypothesis import given

from heuristics.bring_home import bring_home
from heuristics.deadline import Deadline
from heuristics.tracker import Tracker, is_safe
from models.problem import OFF, Problem
from tests.builders import host, pool, vm, with_vm
from tests.planner.solving import LIMIT_S
from tests.strategies import knotted_pools, parsed, planted_pools


def swap(*others):
    """Two VMs that change places on full hosts, and the other hosts."""
    return pool(
        [host("h1", ram_mib=10), host("h2", ram_mib=10), *others],
        [vm("a", ram_mib=10), vm("b", ram_mib=10)],
        "h1: a, h2: b",
        "h2: a, h1: b",
    )


def brought(of, order, *waiting):
    """Give the problem, the moves, and how often each waiting VM migrates, by name."""
    problem = Problem(of)
    number = {vm.name: n for n, vm in enumerate(problem.vms)}
    moves = [(number[name], problem.host_index[host]) for name, host in order]
    found = bring_home(problem, moves, [number[name] for name in waiting], Deadline(LIMIT_S))
    named = {problem.vms[vm].name: times for vm, times in found.times.items()}
    return problem, found.moves, named


def test_a_vm_waits_in_a_safe_interval_while_another_passes():
    problem, moves, times = brought(swap(host("h3", ram_mib=10)), [("b", "h1")], "a")
    assert times == {"a": 2}
    assert is_safe(problem, moves)


def test_without_a_safe_interval_there_is_no_way():
    _, moves, times = brought(swap(), [("b", "h1")], "a")
    assert times == {"a": None}
    assert moves is None


def test_a_vm_whose_target_has_room_goes_directly():
    data = pool(
        [host("h1", ram_mib=10), host("h2", ram_mib=20)],
        [vm("a", ram_mib=10)],
        "h1: a",
        "h2: a",
    )
    problem, moves, times = brought(data, [], "a")
    assert times == {"a": 1}
    assert is_safe(problem, moves)


def test_where_no_interval_lasts_it_goes_from_one_to_the_next():
    """VM a must leave h1 for p; s1 is free until c comes, s2 once d has left, h2 once b has."""
    data = pool(
        [host(name, ram_mib=10) for name in ("h1", "h2", "hp", "hc", "s1", "s2")],
        [vm(name, ram_mib=10) for name in "abcdp"],
        "h1: a, h2: b, hp: p, hc: c, s2: d",
        "h2: a, hc: b, h1: p, s1: c, hp: d",
    )
    order = [("p", "h1"), ("d", "hp"), ("c", "s1"), ("b", "hc")]
    problem, moves, times = brought(data, order, "a")
    assert times == {"a": 3}
    a = next(number for number, one in enumerate(problem.vms) if one.name == "a")
    assert [problem.hosts[place].name for one, place in moves if one == a] == ["s1", "s2", "h2"]
    assert is_safe(problem, moves)


def test_a_vm_is_stopped_where_that_is_all_there_is():
    data = with_vm(swap(), "a", offline=True)
    problem, moves, times = brought(data, [("b", "h1")], "a")
    assert times == {}
    assert moves[0] == (0, OFF)
    assert is_safe(problem, moves)


def test_when_the_time_is_up_there_is_no_plan():
    problem = Problem(swap(host("h3", ram_mib=10)))
    found = bring_home(problem, [(1, 0)], [0], Deadline(0.0))
    assert found.moves is None
    assert found.times == {}


@given(planted_pools().map(lambda planted: planted.pool) | knotted_pools())
def test_whoever_waits_what_comes_of_it_is_safe(data):
    """Of the VMs to move, those that cannot go one after another wait; whatever is found is a plan."""
    problem = Problem(parsed(data))
    tracker = Tracker(problem)
    order = []
    for one in problem.displaced:
        if tracker.can_go(one, problem.dst[one]):
            tracker.go(one, problem.dst[one])
            order.append((one, problem.dst[one]))
    gone = {one for one, _ in order}
    found = bring_home(
        problem, order, [one for one in problem.displaced if one not in gone], Deadline(LIMIT_S)
    )
    if found.moves is not None:
        assert is_safe(problem, found.moves)
