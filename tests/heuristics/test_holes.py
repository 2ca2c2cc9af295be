"""From hole to hole: VMs that step aside while all others keep to their order."""

from __future__ import annotations

from hypothesis import given

from heuristics.holes import bring_home
from heuristics.tracker import Tracker, is_safe
from models.problem import OFF, Problem
from tests.builders import host, pool, vm, with_vm
from tests.strategies import knotted_pools, parsed, planted_pools


def swap(*others):
    """Two VMs that change places on full hosts, and the other hosts."""
    return pool(
        [host("h1", ram_mib=10), host("h2", ram_mib=10), *others],
        [vm("a", ram_mib=10), vm("b", ram_mib=10)],
        "h1: a, h2: b",
        "h2: a, h1: b",
    )


def brought(data, order, *waiting):
    problem = Problem(data)
    number = {vm.name: n for n, vm in enumerate(problem.vms)}
    moves = [(number[name], problem.host_index[host]) for name, host in order]
    found = bring_home(problem, moves, [number[name] for name in waiting])
    named = {problem.vms[vm].name: times for vm, times in found.times.items()}
    return problem, found.moves, named


def test_a_vm_waits_in_a_hole_while_another_passes():
    problem, moves, times = brought(swap(host("h3", ram_mib=10)), [("b", "h1")], "a")
    assert times == {"a": 2}
    assert is_safe(problem, moves)


def test_without_a_hole_there_is_no_way():
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


def test_where_no_hole_lasts_it_goes_from_one_to_the_next():
    """h3 is free at first, h4 later on, and h2 in the end."""
    data = pool(
        [host(name, ram_mib=10) for name in ("h1", "h2", "h3", "h4")],
        [vm(name, ram_mib=10) for name in ("a", "b", "c")],
        "h1: a, h2: b, h4: c",
        "h2: a, h1: b, h3: c",
    )
    problem, moves, times = brought(data, [("c", "h3"), ("b", "h1")], "a")
    assert times == {"a": 2}
    assert is_safe(problem, moves)
    # Where c goes first and b only then, a may wait on h4; the other way round it must make way for c.
    problem, moves, times = brought(data, [("b", "h1"), ("c", "h3")], "a")
    assert moves is None or is_safe(problem, moves)


def test_a_vm_is_stopped_where_that_is_all_there_is():
    data = with_vm(swap(), "a", offline=True)
    problem, moves, times = brought(data, [("b", "h1")], "a")
    assert times == {}
    assert moves[0] == (0, OFF)
    assert is_safe(problem, moves)


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
    found = bring_home(problem, order, [one for one in problem.displaced if one not in gone])
    if found.moves is not None:
        assert is_safe(problem, found.moves)
