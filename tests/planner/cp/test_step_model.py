"""The step model: exact for a number of steps, and with the plan fixed the second judge of any plan."""

from __future__ import annotations

import pytest
from hypothesis import assume, event, given
from hypothesis import strategies as st

from heuristics import Aspiers, Deadline, Dijkstra, SqueakyWheel
from heuristics.parameters import DijkstraParameters
from models import Migration, Plan, Provision, Shutdown, Start, Stop, TooLargeError, replay
from models.problem import OFF, Problem
from planner.cp.solve import Effort
from planner.cp.step_model import witness
from planner.search.parameters import Witness
from planner.search.witness import accepts
from tests.builders import action_of, host, moves, pool, vm, with_host, with_vm
from tests.heuristics.finding import safe
from tests.models.mutations import mutated
from tests.planner.cp.exact_steps import ExactSteps, cheapest_of
from tests.planner.small_pools import deadlock, making_way, rivals
from tests.planner.solving import LIMIT_S
from tests.strategies import knotted_pools, parsed, planted_pools, random_pools

EFFORT = Effort(workers=1, seed=0, deterministic_s=20.0)


def cheapest(problem, steps):
    """Give the moves of the cheapest plan of exactly so many steps or fewer, and its cost."""
    found, answer = cheapest_of(problem, steps, Deadline(LIMIT_S), EFFORT)
    assert answer.proven
    return found, answer.cost


@pytest.mark.parametrize(("steps", "cost"), [(2, None), (3, 3), (4, 3), (6, 3)])
def test_a_plan_may_take_fewer_steps_than_there_are_but_no_more(tiny, steps, cost):
    """The swap over a third host takes three."""
    assert cheapest(Problem(tiny), steps)[1] == cost


@pytest.mark.parametrize(("make", "cost"), [(deadlock, None), (rivals, None), (making_way, 4)])
def test_small_pools_worked_by_hand(make, cost):
    """The same answers as those of the other model."""
    assert cheapest(Problem(make()), 6)[1] == cost


def test_the_steps_are_a_safe_plan(tiny):
    """In the order in which they come."""
    found, _ = cheapest(Problem(tiny, "ram"), 4)
    assert sum(Problem(tiny, "ram").cost[one] for one, _ in safe(Problem(tiny), found)) == 19


def test_a_stop_and_its_start_are_two_steps_and_one_price():
    """The start is part of the stop."""
    problem = Problem(with_vm(deadlock(), "vm1", offline=True))
    found, cost = cheapest(problem, 3)
    assert found == [(0, OFF), (1, 0), (0, 1)]
    assert cost == problem.moves_cost(found) == 11


@given(
    st.one_of(
        random_pools(max_hosts=3, max_vms=4), planted_pools(max_hosts=3, max_vms=4).map(lambda it: it.pool)
    ),
    st.sampled_from(("moves", "ram", "custom")),
)
def test_its_optimum_for_the_steps_of_the_best_plan_is_that_of_dijkstra(data, objective):
    """Under all rules; where no plan exists it finds none in any few steps."""
    problem = Problem(parsed(data), objective)
    try:
        best = Dijkstra(DijkstraParameters(most_placements=2_000)).find(problem, Deadline(LIMIT_S))
    except TooLargeError:
        assume(False)
    steps = 4 if best.moves is None else len(best.moves)
    assume(steps <= 6)
    found, cost = cheapest(problem, steps)
    event(f"steps: {steps}, plan: {found is not None}")
    if best.moves is None:
        assert found is None
    else:
        assert cost == problem.moves_cost(best.moves) == problem.moves_cost(safe(problem, found))


def told(problem, plan):
    """Ask the witness."""
    return witness(problem, plan, Deadline(LIMIT_S), EFFORT, 40)


@given(st.one_of(planted_pools().map(lambda it: it.pool), random_pools(), knotted_pools()))
def test_the_witness_accepts_the_plans_of_the_path_finders(data):
    """As the replay does."""
    problem = Problem(parsed(data))
    for finder in (Aspiers(), SqueakyWheel(patience=3)):
        found = finder.find(problem, Deadline(LIMIT_S)).moves
        if found is not None:
            assert told(problem, safe(problem, found)) is True


@pytest.mark.parametrize("chunk", [1, 2, 3])
@given(st.data(), planted_pools())
def test_the_witness_judges_mutated_plans_as_the_replay_does_in_chunks_too(chunk, data, planted):
    """Any walk, and any walk with an action or two changed: both say yes, or both no."""
    of = parsed(planted.pool)
    for plan in (planted.walk, mutated(data.draw, planted.pool, planted.walk)):
        actions = [action_of(entry) for entry in plan]
        first = [a for a in actions if isinstance(a, Shutdown)]
        last = [a for a in actions if isinstance(a, Provision)]
        between = [a for a in actions if not isinstance(a, Shutdown | Provision)]
        in_phases = [*first, *between, *last]
        answer = accepts(of, in_phases, parameters=Witness(moves_at_once=chunk))
        event(f"safe: {answer}")
        assert answer == (replay(of, in_phases) == [])


def swap_and_more():
    """Swap a (6) and b (6) over h3 (8), where home (2) is at home, beside a rival that is far away."""
    hosts = [
        host("h1", version=7, traits=("gpu",)),
        host("h2", version=7, traits=("gpu",)),
        host("h3", 8, version=7, traits=("gpu",)),
        host("h4", 8, version=7, traits=("gpu",)),
    ]
    vms = [vm("a", 6, requires=("gpu",)), vm("b", 6), vm("home", 2), vm("rival", 1)]
    groups = {"anti_affinity": [("b", "rival")]}
    here = "h1: a, h2: b, h3: home, h4: rival"
    return pool(hosts, vms, here, "h1: b, h2: a, h3: home, h4: rival", **groups)


SAFE = moves("b: h2 -> h3", "a: h1 -> h2", "b: h3 -> h1")
OVER_H4 = moves("b: h2 -> h4", "a: h1 -> h2", "b: h4 -> h1")
BROKEN = {
    "capacity": (lambda of: with_host(of, "h3", capacity={"ram_mib": 7}), SAFE),
    "capacity in flight": (lambda of: of, moves("a: h1 -> h2", "b: h2 -> h1")),
    "arch": (lambda of: with_host(of, "h3", arch="i386"), SAFE),
    "traits": (lambda of: with_host(of, "h3", traits=()), moves("a: h1 -> h3", "b: h2 -> h1", "a: h3 -> h2")),
    "accepts": (lambda of: with_host(of, "h3", accepts=False), SAFE),
    "movable": (lambda of: with_vm(of, "a", movable=False), SAFE),
    "detours": (lambda of: with_vm(of, "b", detours=False), SAFE),
    "version": (lambda of: with_host(of, "h3", version=8), SAFE),
    "anti_affinity": (lambda of: of, OVER_H4),
    "offline": (lambda of: of, [Stop("b", "h2"), *SAFE[1:2], Start("b", "h1")]),
    "end": (lambda of: of, SAFE[:2]),
    "position": (lambda of: of, moves("b: h2 -> h3", "a: h1 -> h2", "b: h4 -> h1")),
    "position of a start": (lambda of: of, [*SAFE[:2], Start("b", "h1")]),
    "unknown_vm": (lambda of: of, [*SAFE, *moves("x: h1 -> h2")]),
    "unknown_host": (lambda of: of, [*SAFE, *moves("a: h2 -> h9")]),
}


@pytest.mark.parametrize("chunk", [1, 2, 40])
@pytest.mark.parametrize("rule", BROKEN)
def test_the_witness_rejects_a_plan_that_breaks_one_rule(rule, chunk):
    """Each by itself, and each reported by the replay as just that."""
    change, plan = BROKEN[rule]
    of, parameters = swap_and_more(), Witness(moves_at_once=chunk)
    assert replay(of, SAFE) == []
    assert accepts(of, SAFE, parameters=parameters) is True
    found = replay(change(of), plan)
    assert found
    assert rule.startswith(found[0].rule)
    assert accepts(change(of), plan, parameters=parameters) is False


def test_the_witness_counts_what_stays_where_it_is():
    """VMs that no piece of the plan moves take their room all the same."""
    of = swap_and_more()
    full = with_vm(of, "home", demand={"ram_mib": 3})
    assert accepts(full, SAFE) is False


def test_the_witness_takes_a_plan_of_stops():
    """A stop where it is allowed."""
    of = with_vm(swap_and_more(), "b", offline=True)
    assert accepts(of, [Stop("b", "h2"), *SAFE[1:2], Start("b", "h1")]) is True


def phases():
    """Gone is shut down on h2 and fresh provisioned there; a goes from h1 to h2."""
    hosts = [host("h1"), host("h2")]
    vms = [vm("a", 5), vm("gone", 6), vm("fresh", 5)]
    return pool(hosts, vms, "h1: a, h2: gone", "h2: a fresh")


WHOLE = [Shutdown("gone", "h2"), *moves("a: h1 -> h2"), Provision("fresh", "h2")]


@pytest.mark.parametrize(
    "plan",
    [
        pytest.param(WHOLE[1:], id="a shutdown is missing"),
        pytest.param(WHOLE[:-1], id="a provision is missing"),
        pytest.param([Shutdown("gone", "h1"), *WHOLE[1:]], id="a shutdown elsewhere"),
        pytest.param([*WHOLE[:-1], Provision("fresh", "h1")], id="a provision elsewhere"),
        pytest.param([*WHOLE, Provision("fresh", "h2")], id="a provision twice"),
        pytest.param([Shutdown("a", "h1"), *WHOLE], id="a shutdown of one that the target keeps"),
    ],
)
def test_the_witness_wants_the_shutdowns_and_provisions_of_the_pool(plan):
    """They are no steps of the model, but a plan is not whole without them."""
    assert accepts(phases(), WHOLE) is True
    assert replay(phases(), plan) != []
    assert accepts(phases(), plan) is False


def test_without_time_the_witness_knows_nothing():
    """Neither yes nor no."""
    hosts = [host(f"h{number}", 99) for number in range(40)]
    vms = [vm(f"v{number}") for number in range(40)]
    here = {f"v{number}": f"h{number}" for number in range(40)}
    there = {f"v{number}": f"h{(number + 1) % 40}" for number in range(40)}
    problem = Problem(pool(hosts, vms, here, there))
    plan = [(one, problem.dst[one]) for one in range(40)]
    assert witness(problem, plan, Deadline(LIMIT_S), EFFORT, 40) is True
    assert witness(problem, plan, Deadline(0.0), EFFORT, 40) in (None, True)


def test_a_vm_left_out_of_the_places_stays(tiny):
    """Only who is named may move."""
    problem = Problem(tiny)
    model = ExactSteps(problem, problem.src, {0: [0, 1, 2]}, 3)
    model.end_at([1, 1])
    assert model.find(Deadline(LIMIT_S), EFFORT)[0] is None
    free = ExactSteps(problem, problem.src, {0: [0, 2]}, 3)
    free.end_at([2, 1])
    assert free.find(Deadline(LIMIT_S), EFFORT)[0] == [(0, 2)]


def test_the_price_of_a_plan_is_that_of_its_actions(tiny):
    """The model counts as ``Plan`` does."""
    plan = Plan.of(tiny, moves("b: h2 -> h3", "a: h1 -> h2", "b: h3 -> h1"), "ram")
    assert plan.cost == cheapest(Problem(tiny, "ram"), 3)[1]
    assert all(isinstance(action, Migration) for action in plan.actions)


def test_a_vm_that_is_not_kept_may_be_stopped_for_good_where_it_may_be_stopped_at_all():
    """Off is where it shall be, as the replay says too."""
    for offline in (True, False):
        of = pool([host("h1")], [vm("gone", 2, offline=offline)], "h1: gone", "h1:")
        plan = [Stop("gone", "h1")]
        assert accepts(of, plan) == (replay(of, plan) == []) == offline
