"""Who is stopped: nobody where that costs least, else as few as need be, and proven."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from msgspec.structs import replace

from heuristics import Deadline
from models import Stop, Timing
from models.problem import OFF, Problem
from planner import SearchParameters, Status
from planner.cp.solve import Effort
from planner.search.incumbent import Incumbent
from planner.search.last_resort import choose_the_stopped, may_be_without_stops, plan_without_stops
from planner.search.parameters import LastResort, StageParameters
from planner.search.stage import Search, walk_through
from planner.search.stages import FIND, IMPROVE_AND_BOUND, SHORTEN
from planner.search.stopping import Stopping
from tests.builders import host, pool, vm
from tests.changing_places import changing_places
from tests.heuristics.finding import safe
from tests.oracle import optimum, within_reach
from tests.planner.solving import LIMIT_S, solve
from tests.strategies import knotted_pools, parsed, planted_pools, random_pools

EFFORT = Effort(workers=1, seed=0, deterministic_s=0.1)
REST = (*IMPROVE_AND_BOUND, *SHORTEN)


def searched(of, objective="moves", parameters=StageParameters()):  # noqa: B008 (nothing changes it)
    """Run these stages alone, and give what is known then; None where they are not wanted."""
    search = Search(Incumbent(Problem(of, objective), Deadline(LIMIT_S)), EFFORT, parameters)
    if not may_be_without_stops(search):
        return None
    search.incumbent.prove(search.incumbent.relaxation.mandatory)
    some = (partial(walk_through, stages) for stages in (FIND, REST))
    plan_without_stops(search, search.incumbent.deadline, *some)
    if not search.incumbent.settled:
        choose_the_stopped(search, search.incumbent.deadline, partial(walk_through, (*FIND, *REST)))
    return search.incumbent


@given(
    st.one_of(
        planted_pools(max_slack=1).map(lambda it: it.pool),
        planted_pools().map(lambda it: it.pool),
        random_pools(),
        knotted_pools(),
    ),
    st.sampled_from(("moves", "ram", "custom")),
)
def test_it_finds_the_best_plan_and_proves_it(data, objective):
    data = {**data, "vms": [{**one, "offline": True} for one in data["vms"]]}
    with within_reach():
        best = optimum(data, objective, limit=3_000)
    known = searched(parsed(data), objective)
    if known is None:
        event("not wanted")
        return
    if best is None:
        assert known.moves is None
        return
    if known.moves is not None:
        safe(known.problem, known.moves)
        event(f"stops: {sum(where == OFF for _, where in known.moves)}")
    assert known.cost == known.bound == best.cost


def swaps(pairs, **rules):
    """Give full hosts, each two of which swap their VMs, all of which may step aside and be stopped."""
    of, _ = changing_places(pairs, Timing())
    return of.rebuilt(vms=[replace(one, **{"offline": True, "detours": True, **rules}) for one in of.vms])


@pytest.mark.parametrize("pairs", [1, 2, 5])
def test_one_stop_lets_all_pairs_of_full_hosts_swap_and_none_less_is_proven_not_to(pairs):
    """The one who is stopped leaves its host, by way of which each other pair takes three migrations."""
    result = solve(swaps(pairs))
    assert (result.status, result.cost) == (Status.OPTIMAL, 10 + 1 + 3 * (pairs - 1))
    assert sum(isinstance(action, Stop) for action in result.plan.actions) == 1


def test_a_stop_is_not_taken_where_detours_cost_less_and_that_is_proven():
    of = swaps(2)
    hosts = [*of.hosts, host("empty")]
    of = pool(hosts, of.vms, of.current.placement, of.target.placement)
    result = solve(of)
    assert (result.status, result.cost) == (Status.OPTIMAL, 6)


def test_who_has_no_other_way_is_stopped_and_nobody_beside_him():
    vms = [vm("pinned", 4, movable=False, offline=True), vm("a", 6, offline=True), vm("b", 6, offline=True)]
    of = pool([host(name) for name in ("h1", "h2", "h3")], vms, "h1: pinned a, h2: b", "h1: a, h2: b pinned")
    known = searched(of)
    assert known.cost == known.bound == 10
    assert [where for _, where in known.moves].count(OFF) == 1


@pytest.mark.parametrize(
    "changed", [{"offline": False}, {"cost": 0}], ids=["nobody may be stopped", "a stop costs nothing"]
)
def test_it_is_not_wanted_where(changed):
    assert searched(swaps(2, **changed), "custom") is None


def test_where_many_move_only_the_stops_of_a_plan_that_is_known_are_looked_at():
    known = searched(swaps(3), parameters=StageParameters(last_resort=LastResort(most_displaced=0)))
    assert known.moves is None
    assert known.bound == 3 * 2 + 9
    result = solve(swaps(3), parameters=SearchParameters(last_resort=LastResort(most_displaced=0)))
    assert result.status in (Status.OPTIMAL, Status.FEASIBLE)
    assert result.cost >= 17


@pytest.mark.parametrize("of", [swaps(2), swaps(3)], ids=["two pairs", "three pairs"])
def test_news_have_the_name_of_a_stage_whatever_they_are_of(of):
    """Whether a set is blocked is asked before any of its stages, and a plan that is known is taken."""
    told = []
    solve(of, on_progress=told.append)
    assert "" not in {news.stage for news in told}


def test_what_is_proven_of_all_plans_is_told_while_a_set_is_searched():
    """Whoever ends the search then has that bound; what a plan without stops costs alone is none of all."""
    told = []
    incumbent = Incumbent(Problem(swaps(2)), Deadline(LIMIT_S), told.append)
    one = Stopping(Search(incumbent, EFFORT), [])

    def stages(search):
        search.incumbent.prove(7)
        assert incumbent.bound == 5
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        one.go_on(incumbent.deadline, stages, lambda: min(one.bound, 5))
    assert told[-1].bound == incumbent.bound == 5


@pytest.mark.parametrize(("few", "least", "most"), [(100, 0.2, 0.3), (0, 0.75, 0.85)])
def test_of_many_vms_a_plan_without_stops_has_most_of_the_time(few, least, most):
    """That a plan as long as this one has stops instead is less likely than that others are shorter."""
    of = swaps(2)
    of = pool([*of.hosts, host("empty")], of.vms, of.current.placement, of.target.placement)
    parameters = StageParameters(last_resort=LastResort(few_displaced=few))
    search = Search(Incumbent(Problem(of), Deadline(LIMIT_S)), EFFORT, parameters)
    search.incumbent.prove(search.incumbent.relaxation.mandatory)
    shares = []

    def first(inner):
        src, dst, empty = inner.problem.src, inner.problem.dst, inner.problem.num_hosts - 1
        moves = [(0, empty), (0, src[0])] * 10
        for one, other in ((0, 1), (2, 3)):
            moves += [(one, empty), (other, dst[other]), (one, dst[one])]
        inner.incumbent.offer(moves)

    def rest(inner):
        shares.append(inner.incumbent.deadline.left_s / LIMIT_S)

    plan_without_stops(search, search.incumbent.deadline, first, rest)
    assert least < shares[0] < most
