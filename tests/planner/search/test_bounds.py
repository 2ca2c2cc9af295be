"""Bounds that need no solver: what each VM costs at least, by the way the filters leave it."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from models.parameters import with_setting
from models.problem import Problem
from models.rules import Filter
from planner import Drain, plan, reach
from planner.parameters import DEFAULT
from planner.search.bounds import fewest_migrations, forced_detours, least_cost, limbo_cost, mandatory
from planner.search.exact import horizon_for, slots_for
from planner.search.incumbent import Incumbent
from tests.builders import host, pool, vm, with_host, with_vm
from tests.counting import steps_of
from tests.oracle import optimum, within_reach
from tests.planner.small_pools import line, upgrade
from tests.planner.solving import solve
from tests.strategies import knotted_pools, parsed, planted_pools, random_pools

OBJECTIVES = st.sampled_from(("moves", "ram", "custom"))


@pytest.mark.parametrize(("objective", "bound"), [("moves", 3), ("ram", 19), ("custom", 19)])
def test_every_displaced_vm_pays_for_its_own_migration(objective, bound, tiny):
    """The tiny pool: 2 moves, 13 of RAM, without the detour that the swap needs."""
    detour = {"moves": 1}.get(objective, 6)
    assert mandatory(Problem(tiny, objective)) == bound - detour


def test_a_settled_vm_costs_nothing(full):
    """Of the full pool three VMs are displaced."""
    assert mandatory(Problem(full)) == 3


def test_where_the_direct_way_is_forbidden_the_way_round_is_charged():
    """Two migrations over a host that tells no version."""
    problem = Problem(upgrade(), "custom")
    assert (fewest_migrations(problem, 0), forced_detours(problem, 0)) == (2, 1)
    assert (mandatory(problem), limbo_cost(problem, 0)) == (10, 10)
    assert solve(upgrade(), "custom").cost == 10


def test_a_route_leads_through_no_host_that_would_refuse_the_vm():
    """Where h2 is cordoned there is no way at all: bad input, as the target is unreachable."""
    problem = Problem(with_host(upgrade(), "h2", accepts=False))
    assert (fewest_migrations(problem, 0), mandatory(problem)) == (None, None)


@pytest.mark.parametrize("field", ["movable", "detours"])
def test_no_route_is_open_to_a_vm_that_takes_none(field):
    """Pinned, or without detours, only the direct way would do."""
    assert fewest_migrations(Problem(upgrade(**{field: False})), 0) is None


@pytest.mark.parametrize(("factor", "least"), [(1, 5), (2, 10), (3, 10)])
def test_a_stop_is_charged_where_it_is_cheaper_than_the_route(factor, least):
    """Two migrations of 5, or the factor times 5."""
    of = upgrade(offline=True)
    here = type(of.current)(of.hosts, of.vms, of.current.placement, offline_cost_factor=factor)
    problem = Problem(type(of)(here, here.placed(of.target.placement)), "custom")
    assert least_cost(problem, 0) == least


def test_a_vm_that_can_only_be_stopped_is_charged_for_the_stop_in_limbo_too():
    """Found by a random pool: its limbo was cheaper than its least cost, so that no plan seemed to exist.

    a has no live way down from version 8; b must make way for nobody but takes the route over h2.
    """
    hosts = [host("h1", version=8), host("h2", 4), host("h3", version=7)]
    vms = [vm("a", 5, offline=True), vm("b", 6)]
    of = pool(hosts, vms, "h1: a, h3: b", "h3: a, h1: b")
    of = with_vm(of, "a", requires=("avx2",))
    for name in ("h1", "h3"):
        of = with_host(of, name, traits=("avx2",))
    problem = Problem(of)
    assert fewest_migrations(problem, 0) is None
    assert limbo_cost(problem, 0) == least_cost(problem, 0) == 10
    result = solve(of)
    assert (result.status, result.cost) == ("optimal", 11)


def test_a_settled_vm_may_be_stopped_only_where_it_can_be_started_again():
    """At home on a cordoned host it could not: it stays, or is in nobody's limbo."""
    of = pool([host("h1"), host("h2")], [vm("a", offline=True, movable=False)], "h1: a", "h1: a")
    assert limbo_cost(Problem(of), 0) == 10
    assert limbo_cost(Problem(with_host(of, "h1", accepts=False)), 0) is None


@pytest.mark.parametrize(("to", "hops"), [("h2", 1), ("h3", 2), ("h5", 4)])
def test_a_way_over_several_hosts_is_charged_in_full(to, hops):
    """Host by host along the line."""
    problem = Problem(line(5, to))
    assert (fewest_migrations(problem, 0), mandatory(problem)) == (hops, hops)
    assert solve(line(5, to)).cost == hops


@pytest.mark.parametrize("to", ["h3", "h4"])
def test_a_forced_way_on_a_pool_too_large_for_exhaustive_search_is_proven_best(to):
    """Three forced moves once had a bound of five, which took the forced hosts for further detours."""
    result = solve(line(5, to, others=40), parameters=with_setting(DEFAULT, "exhaustive.share.part=0"))
    assert (result.status, result.cost, result.bound) == ("optimal", int(to[1:]) - 1, int(to[1:]) - 1)


def test_slots_and_instants_leave_room_for_a_forced_way(tiny):
    """A VM forced over three hosts has three slots where others have one, and instants for all its moves."""
    of = line(5, "h5", others=3)
    problem = Problem(of)
    assert slots_for(problem, [], 1) == [3, 1, 1, 1]
    known = Incumbent(problem, None, moves=[(0, 1), (0, 2), (0, 3), (0, 4)], cost=4)
    assert horizon_for(known, slots_for(problem, known.moves, 1)) >= 5
    assert slots_for(Problem(tiny), [(1, 2), (0, 1), (1, 0)], 1) == [1, 1]


@given(
    st.one_of(planted_pools(max_hosts=4, max_vms=7).map(lambda it: it.pool), random_pools(), knotted_pools()),
    OBJECTIVES,
)
def test_mandatory_moves_never_exceed_the_optimum(data, objective):
    """Held against exhaustive search, on all rules."""
    with within_reach():
        best = optimum(data, objective, limit=4_000)
    assume(best is not None)
    assert mandatory(Problem(parsed(data), objective)) <= best.cost


@given(st.one_of(planted_pools().map(lambda it: it.pool), random_pools()), OBJECTIVES)
def test_out_of_the_way_no_vm_costs_less_than_its_least(data, objective):
    """Being in limbo is one way home among others."""
    problem = Problem(parsed(data), objective)
    for one in problem.displaced:
        least, limbo = least_cost(problem, one), limbo_cost(problem, one)
        assert limbo is None or (least is not None and limbo >= least)


class FromWithin(Filter):
    """A target is reached from within its rack alone."""

    name = "from_within"

    def refuses_move(self, vm, source, host, target):
        inside = source is None or source.labels["rack"] == host.labels["rack"]
        return None if inside or host != target else "is reached from within its rack"

    def vm_key(self, vm):
        return ()

    def host_key(self, host):
        return host.labels["rack"]


RACKS = [host(name, labels={"rack": rack}) for name, rack in (("h1", "A"), ("h2", "B"), ("h3", "B"))]


@pytest.mark.parametrize("target", ["h2", "h3"])
def test_a_route_may_lead_over_a_host_that_is_like_the_target(target):
    """By its keys no filter tells the two apart, and one of them is where the VM shall be."""
    of = pool(RACKS, [vm("a")], "h1: a", f"{target}: a", rules=[FromWithin()])
    assert (fewest_migrations(Problem(of), 0), plan(of.current, of.target).cost) == (2, 2)
    assert reach(of.current, Drain("h1")).cost == 2


def test_that_there_is_no_way_is_seen_at_a_glance_however_many_hosts_there_are():
    """Of 300 hosts half are newer, and nobody comes back from one of these: there is one of each to ask."""
    hosts = [host(f"h{n}", version=n % 2) for n in range(300)]
    problem = Problem(pool(hosts, [vm("a", offline=True)], "h1: a", "h0: a"))
    problem.filters.one_of_each(0, 0, 1)
    assert steps_of(lambda: fewest_migrations(problem, 0)) < len(hosts)


class OverAnother(Filter):
    """From h0 nobody gets to the other half of the hosts, from others beside it to the target alone."""

    name = "over_another"

    def refuses_move(self, vm, source, host, target):
        inside = source is None or source.labels["half"] == host.labels["half"]
        return None if inside or (host == target and source.name != "h0") else "is in the other half"


def test_a_way_over_one_host_is_seen_soon_where_no_two_hosts_are_alike():
    """By the keys that a rule has from the start, its names, all pairs of hosts are 10,000 questions."""
    hosts = [host(f"h{n}", labels={"half": "A" if n < 100 else "B"}) for n in range(200)]
    problem = Problem(pool(hosts, [vm("a")], "h0: a", "h150: a", rules=[OverAnother()]))
    found = []
    steps = steps_of(lambda: found.append(fewest_migrations(problem, 0)))
    assert found == [2]
    assert steps < 100 * len(hosts)
