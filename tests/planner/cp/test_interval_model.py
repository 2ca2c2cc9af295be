"""The interval model, rule by rule: what the swap of two VMs is refused for, and what just lets it pass.

Most rules have their triads in ``tests/planner/test_rules.py``; here is what is special to the model: stays
that overlap in flight, hosts over their limits at first, ways over several hosts, and VMs that are away.
"""

from __future__ import annotations

import pytest

from heuristics import Deadline
from models.parameters import Share
from models.problem import OFF, Problem
from planner.cp.interval_model import IntervalModel
from planner.cp.solve import Effort
from planner.cp.variables import TooLargeToCountError
from planner.cp.window import Stay, Window, whole_window
from planner.search.exact import solve_exactly
from planner.search.incumbent import Incumbent
from planner.search.stage import Search, Stage, walk_through
from tests.builders import host, pool, vm, with_host, with_vm
from tests.heuristics.finding import safe
from tests.models.rules.own_rules import HOSTS, Licences, databases
from tests.planner.small_pools import deadlock, line, making_way, rivals, upgrade
from tests.planner.solving import LIMIT_S

EFFORT = Effort(workers=1, seed=0, deterministic_s=20.0)


def best(of, objective="moves", *, slots=1, horizon=12):
    """Give the cost of the best plan that the model knows, held against the replay; None: there is none."""
    problem = Problem(of, objective)
    window = whole_window(problem, horizon)
    model = IntervalModel(window, [slots] * problem.num_vms, problem.stop_cost)
    outcome = model.solve(Deadline(LIMIT_S), EFFORT)
    assert outcome.answer.proven
    if outcome.moves is None:
        return None
    moves = safe(problem, [move for _, _, move in outcome.moves])
    assert problem.moves_cost(moves) == outcome.answer.cost == outcome.answer.bound
    return outcome.answer.cost


def swap(room=(10, 10), sizes=(5, 5), **fields):
    """Two VMs change places on two hosts, and nobody else is there."""
    hosts = [host("h1", room[0], **fields), host("h2", room[1], **fields)]
    return pool(hosts, [vm("a", sizes[0]), vm("b", sizes[1])], "h1: a, h2: b", "h1: b, h2: a")


@pytest.mark.parametrize(("room", "cost"), [((99, 99), 2), ((10, 5), 2), ((9, 9), None)])
def test_a_vm_in_flight_counts_on_both_hosts(room, cost):
    """Moving both at one instant, each into the room of the other, is no plan: one host must hold both."""
    assert best(swap(room)) == cost


@pytest.mark.parametrize("horizon", [1, 2, 3])
def test_no_number_of_instants_lets_a_swap_through_without_room(horizon):
    """Stays of one instant overlap too."""
    assert best(swap((9, 9)), horizon=horizon) is None


def test_one_instant_is_enough_for_moves_that_do_not_wait():
    """Moves at the same instant are safe in any order."""
    assert best(swap((10, 10)), horizon=1) == 2


@pytest.mark.parametrize(("vcpus", "cost"), [(4, 2), (2, 2), (1, None)])
def test_every_resource_counts(vcpus, cost):
    """RAM there is plenty of; with one vCPU free on neither host the swap is off."""
    hosts = [host(name, capacity={"ram_mib": 99, "vcpus": vcpus}) for name in ("h1", "h2")]
    vms = [vm(name, demand={"ram_mib": 1, "vcpus": 1}) for name in "ab"]
    assert best(pool(hosts, vms, "h1: a, h2: b", "h1: b, h2: a")) == cost


@pytest.mark.parametrize(
    ("fields", "cost"),
    [
        ({"reserved": {"ram_mib": 1}}, None),
        ({"overcommit": {"ram_mib": 0.99}}, None),
        ({"reserved": {"ram_mib": 2}, "overcommit": {"ram_mib": 1.25}}, 2),
    ],
    ids=["reserved", "overcommit", "both just enough"],
)
def test_what_counts_is_the_usable_room(fields, cost):
    """Of 10, less what is reserved, times the overcommit."""
    assert best(swap((10, 10), **fields)) == cost


@pytest.mark.parametrize(("members", "cost"), [((), 2), (("a", "b"), None), (("a", "c"), 2)])
def test_a_group_counts_in_flight_on_both_hosts(members, cost):
    """Two rivals never swap two hosts; a rival that is elsewhere does not matter."""
    hosts = [host(name, 99) for name in ("h1", "h2", "h3")]
    vms = [vm("a", detours=False), vm("b", detours=False), vm("c", movable=False)]
    groups = [members] if members else []
    of = pool(hosts, vms, "h1: a, h2: b, h3: c", "h1: b, h2: a, h3: c", anti_affinity=groups)
    assert best(of) == cost


def test_rivals_pass_each_other_over_a_third_host():
    """With a shelter they swap in three."""
    of = rivals()
    assert best(of) is None
    hosts = [*of.hosts, host("h3", 1)]
    three = pool(hosts, of.vms, "h1: a, h2: b", "h1: b, h2: a", anti_affinity=[("a", "b")])
    assert best(three) == 3


@pytest.mark.parametrize(("licences", "cost"), [("3", 2), ("2", 3)])
def test_a_group_limit_above_one_is_counted(licences, cost):
    """Where h1 may hold three the databases swap at once; where both may hold two, over h3."""
    hosts = [host("h1", labels={"licences": licences}), HOSTS[1], HOSTS[2]]
    of = pool(hosts, databases(4), "h1: d0 d1, h2: d2 d3", "h1: d0 d2, h2: d1 d3", rules=[Licences()])
    assert best(of) == cost


def overloaded(room):
    """h1 (10) holds a (6) and b (6); b leaves, and c (4) shall come from h2, which has so much room."""
    hosts = [host("h1"), host("h2", room)]
    vms = [vm("a", 6), vm("b", 6), vm("c", 4)]
    return pool(hosts, vms, "h1: a b, h2: c", "h1: a c, h2: b")


@pytest.mark.parametrize(("room", "cost"), [(99, 2), (10, 2), (9, None)])
def test_an_overloaded_host_takes_nothing_until_it_fits(room, cost):
    """C can come only when b is gone, so h2 must hold both first: below 10 it cannot."""
    assert best(overloaded(room)) == cost


def test_an_overloaded_host_takes_what_it_has_room_for_in_other_resources():
    """Nothing is counted against c, which takes no RAM, where RAM is what is over."""
    hosts = [
        host("h1", capacity={"ram_mib": 10, "vcpus": 4}),
        host("h2", capacity={"ram_mib": 6, "vcpus": 4}),
    ]
    vms = [
        vm("a", demand={"ram_mib": 6, "vcpus": 1}),
        vm("b", demand={"ram_mib": 6, "vcpus": 3}),
        vm("c", demand={"vcpus": 2}),
    ]
    of = pool(hosts, vms, "h1: a b, h2: c", "h1: a c, h2: b")
    assert best(of) is None  # 4 vCPUs are full on both
    roomy = with_host(of, "h1", capacity={"ram_mib": 10, "vcpus": 6})
    assert best(roomy) == 2


def test_a_group_that_is_together_at_first_takes_no_third_before_it_is_apart():
    """A and b are together on h1; c may come there only when both others are gone."""
    hosts = [host(name, 99) for name in ("h1", "h2", "h3")]
    vms = [vm("a", detours=False), vm("b", detours=False), vm("c", detours=False)]
    groups = {"anti_affinity": [("a", "b", "c")]}
    ring = pool(hosts, vms, "h1: a b, h2: c", "h1: c, h2: a, h3: b", **groups)
    assert best(ring) is None
    assert best(with_vm(ring, "a", detours=True)) is None
    free = pool([*hosts, host("h4", 99)], vms, "h1: a b, h2: c", "h1: a, h2: c, h3: b", **groups)
    assert best(free) == 1


@pytest.mark.parametrize(("slots", "cost"), [(0, None), (1, 2), (2, 2)])
def test_one_way_versions_hold_along_the_whole_way(slots, cost):
    """Down from version 8 only over the host that tells none: that takes a slot."""
    assert best(upgrade(), slots=slots) == cost


@pytest.mark.parametrize(
    ("to", "slots", "cost"), [("h3", 1, 2), ("h4", 1, None), ("h4", 2, 3), ("h5", 2, None)]
)
def test_a_way_over_several_hosts_needs_as_many_slots(to, slots, cost):
    """Neighbouring slots are neighbouring stays: each migration of the way is asked of the filters."""
    assert best(line(5, to), slots=slots) == cost


@pytest.mark.parametrize(
    ("versions", "cost"), [((7, 7, 7), 3), ((7, 7, 8), None), ((7, 7, None), 3), ((7, 7, 6), None)]
)
def test_a_shelter_must_be_left_again(versions, cost):
    """Up to version 8 is no way back, and to version 6 none there."""
    hosts = [host(f"h{number}", version=version) for number, version in enumerate(versions, 1)]
    of = pool(hosts, [vm("a", 7), vm("b", 6)], "h1: a, h2: b", "h1: b, h2: a")
    assert best(of, slots=2) == cost


def test_a_vm_may_come_back_to_a_host_it_was_on():
    """Over two slots a VM may even pass its own source again: only neighbours must differ."""
    hosts = [host("h1"), host("h2"), host("h3", 8)]
    of = pool(hosts, [vm("a", 7), vm("b", 8)], "h1: a, h2: b", "h1: b, h2: a")
    assert best(of, slots=3) == 3


def test_a_settled_vm_makes_way_and_comes_back():
    """4 moves, two of them of the settled one; pinned or without detours it does not."""
    assert best(making_way()) == 4
    assert best(with_vm(making_way(), "settled", movable=False)) is None
    assert best(with_vm(making_way(), "settled", detours=False)) is None


@pytest.mark.parametrize(("factor", "cost"), [(0, 1), (1, 2), (10, 11)])
def test_a_stopped_vm_takes_no_room(factor, cost):
    """vm1 is off while vm2 moves; the stop costs the factor."""
    of = with_vm(deadlock(), "vm1", offline=True)
    here = type(of.current)(of.hosts, of.vms, of.current.placement, offline_cost_factor=factor)
    priced = type(of)(here, here.placed(of.target.placement))
    assert best(priced) == cost
    assert best(deadlock()) is None


def test_a_vm_is_not_stopped_where_it_could_not_be_started_again():
    """Settled is at home on h1, which is cordoned: a and b go elsewhere, and it stays."""
    of = with_vm(making_way(), "settled", offline=True, detours=False)
    assert best(of) == 12
    hosts = [host("h1", accepts=False), host("h2"), host("h3")]
    vms = [vm("settled", 4, offline=True), vm("a", 6), vm("b", 6)]
    cordoned = pool(hosts, vms, "h1: settled a, h2: b", "h1: settled, h2: a, h3: b")
    assert Problem(cordoned).stop_cost[0] is None
    assert best(cordoned) == 2


def test_better_plans_are_told_as_they_are_found(tiny):
    """The listener hears the last one too."""
    problem, heard = Problem(tiny), []
    model = IntervalModel(whole_window(problem, 5), [1, 1], problem.stop_cost)
    outcome = model.solve(Deadline(LIMIT_S), EFFORT, heard.append)
    assert problem.moves_cost(move for _, _, move in heard[-1]) == 3
    assert outcome.answer.cost == 3


def test_what_a_listener_raises_is_raised_when_the_solver_has_stopped(tiny):
    """Kept, the search stopped, and raised."""
    problem = Problem(tiny)
    model = IntervalModel(whole_window(problem, 5), [1, 1], problem.stop_cost)

    def listen(moves):
        raise KeyError("heard enough")

    with pytest.raises(KeyError, match="heard enough"):
        model.solve(Deadline(LIMIT_S), EFFORT, listen)


@pytest.mark.parametrize(("start", "end", "cost"), [(0, 4, 1), (0, 9, None), (2, 9, 1), (1, 9, 1), (4, 5, 1)])
def test_fixed_stays_of_others_are_walked_around(start, end, cost):
    """X (4) is fixed on h2 for a while: a (7) comes when it is not there, if ever."""
    hosts = [host("h1"), host("h2")]
    of = pool(hosts, [vm("a", 7, detours=False), vm("x", 4)], "h1: a, h2: x", "h2: a, h1: x")
    problem = Problem(of)
    window = Window(problem, [0], problem.src, problem.dst, 9, {}, {1: [Stay(1, 1, start, end)]})
    outcome = IntervalModel(window, [0, 0], [None, None]).solve(Deadline(LIMIT_S), EFFORT)
    fits = cost is not None and end < 9
    assert (outcome.answer.cost == 1) == fits
    if fits:
        assert outcome.moves[0][0] >= end


def test_a_vm_that_is_away_is_stopped_before_and_started_behind_all_else():
    """The instants -1 and the horizon."""
    problem = Problem(with_vm(deadlock(), "vm1", offline=True))
    model = IntervalModel(whole_window(problem, 4), [1, 1], problem.stop_cost)
    moves = model.solve(Deadline(LIMIT_S), EFFORT).moves
    assert moves[0] == (-1, 0, (0, OFF))
    assert moves[-1] == (4, 0, (0, 1))


def of_huge_vms():
    """A deadlock whose VMs take 2^62 together, the most that a pool may, of a resource of one's own."""
    problem = Problem(deadlock())
    each = 2**62 // sum(row[0] for row in problem.demand)
    return problem.changed(
        usable=[[amount * each for amount in row] for row in problem.usable],
        demand=[[amount * each for amount in row] for row in problem.demand],
        needs=[tuple((what, amount * each) for what, amount in row) for row in problem.needs],
    )


def test_amounts_that_add_up_to_more_than_the_solver_counts_make_no_model():
    """With more than one slot a VM has several stays on a host: CP-SAT called the model invalid."""
    problem = of_huge_vms()
    with pytest.raises(TooLargeToCountError):
        IntervalModel(whole_window(problem, 9), [4] * problem.num_vms, problem.stop_cost)


def test_a_stage_ends_with_what_is_known_where_amounts_are_too_large_for_its_model():
    """It was a ``RuntimeError`` in the midst of a search, by way of the second slot."""
    known = Incumbent(of_huge_vms(), Deadline(LIMIT_S))
    known.prove(2)
    stage = Stage("optimise", "Closing the gap", lambda _: True, lambda _: Share(), solve_exactly)
    walk_through([stage], Search(known, EFFORT))
    assert (known.bound or 0) >= 2
