"""Conflicts in the search: they raise the bound of what the limbo model leaves open, and never too far."""

from __future__ import annotations

from hypothesis import event, given
from hypothesis import strategies as st

from heuristics import Deadline
from models.problem import Problem
from planner.cp.solve import Effort
from planner.search.conflicts import find_conflicts, limbo_by_conflicts
from planner.search.detour_bound import each_limbo, has_open_components, raise_bound_by_conflicts
from planner.search.incumbent import Incumbent
from planner.search.kernel import kernel
from planner.search.limbo import Limbo
from planner.search.parameters import ConflictSearch
from planner.search.stage import Search
from planner.search.straight import StraightWays, ask
from tests.builders import host, pool, vm
from tests.planner.small_pools import making_way, tight
from tests.strategies import knotted_pools, parsed, planted_pools, random_pools

LIMIT_S = 60.0
"""Far more than any of these takes."""

OBJECTIVES = st.sampled_from(("moves", "ram", "custom"))


def two_swaps():
    """Two swaps without room, and h5 empty: one VM of each must step aside."""
    hosts = [host(f"h{number}") for number in range(1, 6)]
    vms = [vm(name, 6) for name in "abcd"]
    return pool(hosts, vms, "h1: a, h2: b, h3: c, h4: d", "h1: b, h2: a, h3: d, h4: c")


def searched(of):
    problem = Problem(of)
    search = Search(Incumbent(problem, Deadline(LIMIT_S)), Effort(1, 0))
    raise_bound_by_conflicts(search, search.incumbent.deadline)
    return search.incumbent


def test_conflicts_raise_the_bound_where_no_limbo_is_known():
    assert searched(two_swaps()).bound == 4 + 2


def test_a_settled_vm_that_makes_way_pays_for_two_migrations():
    assert searched(making_way()).bound == 2 + 1, "a or b steps aside, which is cheaper than settled"


def test_the_better_of_limbo_and_conflicts_is_kept():
    problem = Problem(two_swaps())
    incumbent = Incumbent(problem, Deadline(LIMIT_S))
    search = Search(incumbent, Effort(1, 0))
    first, second = incumbent.relaxation.kernel.components
    incumbent.relaxation.take(first, Limbo(1, True))
    incumbent.relaxation.take(second, Limbo(0, False))
    assert has_open_components(search)
    raise_bound_by_conflicts(search, incumbent.deadline)
    assert incumbent.relaxation.limbo_of[first] == Limbo(1, True)
    assert incumbent.relaxation.limbo_of[second].extra == 1
    assert incumbent.bound == 4 + 2


def test_vms_that_may_not_step_aside_make_it_impossible():
    hosts = [host("h1"), host("h2"), host("h3")]
    vms = [vm("a", 6, detours=False), vm("b", 6, detours=False)]
    incumbent = searched(pool(hosts, vms, "h1: a, h2: b", "h1: b, h2: a"))
    assert incumbent.impossible is not None


@given(st.one_of(planted_pools(max_hosts=4, max_vms=8).map(lambda it: it.pool), knotted_pools()), OBJECTIVES)
def test_conflicts_never_exceed_the_limbo_of_a_component(data, objective):
    problem = Problem(parsed(data), objective)
    ways, components = StraightWays(problem), kernel(problem).components
    for component, limbo in each_limbo(problem, components, Deadline(LIMIT_S), Effort(1, 0)):
        found = limbo_by_conflicts(ways, component, Deadline(LIMIT_S))
        assert limbo.exact
        if limbo.extra is not None:
            assert found.extra is not None
            assert found.extra <= limbo.extra
            event("as good" if found.extra == limbo.extra else "less")


def test_a_question_ends_when_the_time_is_up():
    problem = Problem(tight(12, 0.95))
    ways = StraightWays(problem)
    assert ask(ways, problem.displaced, over=lambda: True).possible is None
    assert find_conflicts(problem, kernel(problem).components, Deadline(0.0)).found == ()


def can_all_go(ways: StraightWays, vms: list[int]) -> bool:
    """Whether some VMs can all be straight, by trying every order beside nobody but those who must stay."""
    problem = ways.problem
    at = {vm: problem.src[vm] for vm in vms}
    for one in range(problem.num_hosts):
        at |= dict.fromkeys(ways.fixed_on(one), one)

    def fits(vm: int) -> bool:
        target = problem.dst[vm]
        here = [other for other in at if other != vm and at[other] == target]
        there = {counter: 0 for counter, _ in ways.takes(vm, target)}
        for other in here:
            for counter, amount in ways.takes(other, target):
                there[counter] = there.get(counter, 0) + amount
        return all(
            there[counter] + amount <= ways.limit(counter) for counter, amount in ways.takes(vm, target)
        )

    def goes_on() -> bool:
        waiting = [vm for vm in vms if at[vm] != problem.dst[vm]]
        for one in waiting:
            if problem.may_go(one, problem.src[one], problem.dst[one]) and fits(one):
                at[one] = problem.dst[one]
                found = goes_on()
                at[one] = problem.src[one]
                if found:
                    return True
        return not waiting

    return goes_on()


@given(
    st.one_of(random_pools(), planted_pools(max_hosts=4, max_vms=6).map(lambda it: it.pool), knotted_pools())
)
def test_a_question_is_answered_alike_from_both_ends(data):
    problem = Problem(parsed(data))
    vms = problem.displaced[:6]
    expected = can_all_go(StraightWays(problem), vms)
    event("possible" if expected else "not")
    for few in (1, 300):
        ways = StraightWays(problem, ConflictSearch(few_states=few))
        found = ask(ways, vms)
        assert found.possible is expected
        if found.possible:
            assert sorted(found.order) == vms
