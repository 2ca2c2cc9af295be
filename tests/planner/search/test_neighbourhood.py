"""Large neighbourhoods: opened, re-planned and merged, a plan stays safe and never gets dearer."""

from __future__ import annotations

from time import monotonic

import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from heuristics import Deadline, SqueakyWheel
from heuristics import deadline as deadline_module
from heuristics.tracker import is_safe
from models.parameters import with_setting
from models.problem import OFF, Problem
from planner.cp.solve import Effort
from planner.parameters import DEFAULT
from planner.search.bounds import mandatory
from planner.search.incumbent import Incumbent
from planner.search.neighbourhoods import around_detours as around_detours_module
from planner.search.neighbourhoods.around_detours import AroundDetours
from planner.search.neighbourhoods.reorder import Reorder
from planner.search.neighbourhoods.rounds import shorten_by_neighbourhoods
from planner.search.neighbourhoods.shelters import ShelterRanking
from planner.search.neighbourhoods.state import PlanState
from planner.search.stage import Search
from planner.soak.pools.ruled import ruled
from planner.soak.pools.shuffles import shuffled
from tests.builders import host, pool, vm, with_host, with_vm
from tests.heuristics.finding import safe
from tests.models.rules.own_rules import HOSTS, Licences, databases
from tests.planner.small_pools import making_way
from tests.planner.solving import LIMIT_S
from tests.strategies import parsed, planted_pools

SOME = settings(settings.default, max_examples=max(settings.default.max_examples // 6, 4))


def replanned(of, rounds, *, seed=0, workers=1):
    """Re-plan a first, poor plan for some rounds; give the costs of all plans offered, each one replayed."""
    problem = Problem(of)
    known = Incumbent(problem, Deadline(LIMIT_S))
    first = SqueakyWheel(patience=1).find(problem, Deadline(LIMIT_S), seed).moves
    if first is None:
        return None
    known.offer(first, "squeaky")
    known.prove(mandatory(problem))
    costs = [known.cost]

    def heard(progress):
        costs.append(progress.cost)
        safe(problem, known.moves)

    known.on_progress = heard
    with PlanState(Search(known, Effort(workers, seed)), Deadline(LIMIT_S)) as state:
        around = AroundDetours(state)
        for _ in range(rounds):
            if state.goes_on:
                around.run()
        if state.goes_on:
            Reorder(state).run()
    assert costs == sorted(costs, reverse=True)
    return costs


@SOME
@given(st.integers(8, 12), st.sampled_from((0.85, 0.9)), st.integers(0, 10_000), st.sampled_from((1, 2)))
def test_every_plan_of_a_shuffle_that_is_offered_is_safe(num_hosts, load, seed, workers):
    """Full shuffles, a few rounds, one window at a time or two whose changes are merged."""
    of = shuffled(np.random.default_rng(seed), num_hosts, load)
    costs = replanned(of, 3, seed=seed, workers=workers)
    event(f"better plans: {min(len(costs or []) - 1, 4)}")


@SOME
@given(st.integers(0, 10_000))
def test_every_plan_under_all_rules_that_is_offered_is_safe(seed):
    """Several resources, filters, groups, pinned VMs and stops."""
    costs = replanned(ruled(np.random.default_rng(seed), 6, 0.8).pool, 3, seed=seed)
    event(f"plan: {costs is not None}")


@SOME
@given(planted_pools(max_hosts=6, max_vms=20, max_slack=2))
def test_every_plan_of_a_planted_pool_that_is_offered_is_safe(planted):
    """Overloaded hosts, stops that cost little, provisions and shutdowns."""
    costs = replanned(parsed(planted.pool), 3)
    event(f"better plans: {min(len(costs or []) - 1, 4)}")


@pytest.mark.parametrize("seed", range(4))
def test_a_shuffle_gets_shorter(seed):
    """At 95% the greedy's first pass leaves something to gain, and rounds gain some of it."""
    of = shuffled(np.random.default_rng(seed), 10, 0.95)
    costs = replanned(of, 12, seed=seed)
    assert costs is None or costs[-1] < costs[0] or costs[0] == mandatory(Problem(of))


def test_it_stops_at_the_bound(tiny):
    """The swap over a third host needs its detour: with the bound at 3 nothing is opened."""
    known = Incumbent(Problem(tiny), Deadline(LIMIT_S))
    known.offer([(1, 2), (0, 1), (1, 0)], "given")
    known.prove(3)
    shorten_by_neighbourhoods(Search(known), known.deadline)
    assert known.cost == 3


def test_detours_that_serve_nobody_are_removed(tiny):
    """B goes to and fro over h3 twice; one of the two is needed."""
    known = Incumbent(Problem(tiny), Deadline(LIMIT_S))
    known.offer([(1, 2), (1, 1), (1, 2), (0, 1), (1, 0)], "given")
    known.prove(3)
    shorten_by_neighbourhoods(Search(known), known.deadline)
    assert safe(known.problem, known.moves) is known.moves
    assert known.cost == 3


def test_a_stop_is_replaced_by_a_detour(tiny):
    """The plan stops a for 10; the window finds that b may step aside to h3 for 1."""
    of = with_vm(tiny, "a", offline=True)
    known = Incumbent(Problem(of), Deadline(LIMIT_S))
    known.offer([(0, OFF), (1, 0), (0, 1)], "given")
    known.prove(3)
    shorten_by_neighbourhoods(Search(known), known.deadline)
    assert known.cost == 3
    safe(known.problem, known.moves)


@pytest.mark.parametrize(
    ("moves", "fine"),
    [
        pytest.param([(1, 2), (0, 1), (1, 0)], True, id="the swap"),
        pytest.param([(0, 1), (1, 0)], False, id="no room"),
        pytest.param([(1, 2), (0, 1)], False, id="not home"),
        pytest.param([], False, id="nothing"),
    ],
)
def test_what_is_merged_is_held_against_all_rules(tiny, moves, fine):
    """The judge of two windows' changes together."""
    assert is_safe(Problem(tiny), moves) == fine


def test_shelters_are_offered_where_there_is_most_room(tiny):
    """h3 alone is neither source nor target; a cordoned one is none."""
    assert ShelterRanking(Problem(tiny)).best(0, 5) == [2]
    assert ShelterRanking(Problem(with_host(tiny, "h3", accepts=False))).best(0, 5) == []
    assert ShelterRanking(Problem(with_vm(tiny, "a", detours=False))).best(0, 5) == []
    hosts = [host("h1"), host("h2"), host("h3", 8), host("h4", 9), host("h5", 6)]
    more = pool(hosts, [vm("a", 7), vm("b", 6)], "h1: a, h2: b", "h1: b, h2: a")
    assert ShelterRanking(Problem(more)).best(0, 2) == [3, 2]
    assert ShelterRanking(Problem(more)).best(1, 5) == [3, 2, 4]


def test_a_shelter_must_have_room_before_and_after():
    """h3 is full at first, h4 in the end; h5 has room at both ends."""
    hosts = [host(f"h{number}") for number in range(1, 6)]
    vms = [vm("a", 7), vm("b", 6), vm("c", 9)]
    of = pool(hosts, vms, "h1: a, h2: b, h3: c", "h1: b, h2: a, h4: c")
    assert ShelterRanking(Problem(of)).best(0, 1) == [4]


def test_a_shelter_that_could_never_hold_the_vm_is_not_offered_at_all(tiny):
    """Too small even when empty."""
    shelters = ShelterRanking(Problem(with_host(tiny, "h3", capacity={"ram_mib": 6})))
    assert not shelters.can_hold(0, 2)
    assert shelters.can_hold(1, 2)
    assert shelters.best(0, 5) == []


def test_groups_with_a_limit_above_one_are_kept_in_a_window():
    """The licensed databases swap over h3."""
    of = pool(HOSTS, databases(4), "h1: d0 d1, h2: d2 d3", "h1: d0 d2, h2: d1 d3", rules=[Licences()])
    known = Incumbent(Problem(of), Deadline(LIMIT_S))
    known.offer([(1, 2), (0, 2), (2, 0), (1, 1), (0, 0)], "given")
    known.prove(3)
    shorten_by_neighbourhoods(Search(known), known.deadline)
    assert known.cost == 3
    safe(known.problem, known.moves)


def test_a_settled_vm_that_made_way_is_not_forgotten():
    """The plan of making_way is the best there is; proven, it stays."""
    known = Incumbent(Problem(making_way()), Deadline(LIMIT_S))
    known.offer([(2, 2), (1, 0), (0, 1), (2, 0)], "given")
    known.prove(4)
    shorten_by_neighbourhoods(Search(known), known.deadline)
    assert (known.cost, known.moves) == (4, [(2, 2), (1, 0), (0, 1), (2, 0)])


def found_at(speed, monkeypatch, seed):
    """Let all operators find what they can, once, one worker, on a machine whose clock goes at a speed."""
    begun, clock = monotonic(), monotonic
    for module in (deadline_module, around_detours_module):
        monkeypatch.setattr(module, "monotonic", lambda: begun + speed * (clock() - begun))
    problem = Problem(shuffled(np.random.default_rng(seed), 8, 0.9))
    known = Incumbent(problem, Deadline(100_000.0))
    known.offer(SqueakyWheel(patience=1).find(problem, Deadline(100_000.0)).moves)
    known.prove(mandatory(problem))
    parameters = with_setting(DEFAULT, "neighbourhoods.idle=4")
    for setting in ("start.first.most_s=0.1", "start.later.most_s=0.1", "neighbourhoods.reorder.most_s=0.1"):
        parameters = with_setting(parameters, setting)
    effort = Effort(1, seed, by_clock=False)
    shorten_by_neighbourhoods(Search(known, effort, parameters), known.deadline, patience=1)
    return known.moves


@pytest.mark.parametrize("seed", [1, 3])
def test_with_one_worker_no_clock_decides_what_is_found(seed, monkeypatch):
    """Nor how large a neighbourhood is; a slow machine and one a thousand times quicker find the same."""
    assert found_at(1.0, monkeypatch, seed) == found_at(1_000.0, monkeypatch, seed)
