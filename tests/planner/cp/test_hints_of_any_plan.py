"""Hints: every variable of the interval model gets a value from any safe plan, and the model follows it."""

from __future__ import annotations

from hypothesis import event, given
from hypothesis import strategies as st
from ortools.sat.python import cp_model

from heuristics import Aspiers, Deadline, Dijkstra, SqueakyWheel
from heuristics.parameters import DijkstraParameters
from models import TooLargeError
from models.actions import Migration, Start, Stop
from models.problem import OFF, Problem
from planner.cp.interval_model import IntervalModel
from planner.cp.window import whole_window
from planner.search.exact import slots_for, timed
from tests.builders import action_of, host, pool, vm, with_vm
from tests.planner.small_pools import deadlock, making_way
from tests.planner.solving import LIMIT_S
from tests.strategies import RULES, knotted_pools, parsed, planted_pools, random_pools

OBJECTIVES = st.sampled_from(("moves", "ram", "custom"))
REACHABLE = RULES - {"cordoned"}


def follows(problem, moves, *, spare=1):
    """Feed moves back as a hint, every variable fixed to it; give the cost in the model, or None."""
    window = whole_window(problem, len(moves) + spare)
    model = IntervalModel(window, slots_for(problem, moves, 1), problem.stop_cost)
    if not model.hint(timed(moves)):
        return None
    proto = model.chains.model.proto
    hinted = list(proto.solution_hint.vars)
    assert len(hinted) == len(set(hinted)), "a variable is hinted twice"
    open_ones = {index for index, variable in enumerate(proto.variables) if len(set(variable.domain)) > 1}
    assert set(hinted) >= open_ones, "a variable has no hint"
    solver = cp_model.CpSolver()
    solver.parameters.fix_variables_to_their_hinted_value = True
    solver.parameters.num_workers = 1
    status = solver.solve(model.chains.model)
    if status != cp_model.OPTIMAL:
        return None
    found = model.chains.extract(solver.boolean_value, solver.value)
    stopped = {one for one, place in moves if place == OFF}
    live = [move for move in moves if move[0] not in stopped]
    assert [move for _, _, move in found if move[0] not in stopped] == live
    return round(solver.objective_value)


def follows_to_the_letter(problem, moves):
    """Hold the hint of a plan against its cost."""
    assert follows(problem, moves) == problem.moves_cost(moves)


def finders():
    """Give the path finders, each with a name for the statistics."""
    return (Aspiers(), SqueakyWheel(patience=3), Dijkstra(DijkstraParameters(most_placements=3_000)))


@given(st.one_of(planted_pools().map(lambda it: it.pool), random_pools(), knotted_pools()), OBJECTIVES)
def test_the_plan_of_every_path_finder_is_a_feasible_hint(data, objective):
    """Under all rules, with several detours a VM and with stops."""
    problem = Problem(parsed(data), objective)
    for finder in finders():
        try:
            moves = finder.find(problem, Deadline(LIMIT_S)).moves
        except TooLargeError:
            continue
        if moves is not None:
            event(f"{finder.name}: stops: {OFF in [place for _, place in moves]}")
            follows_to_the_letter(problem, moves)


def walked(planted):
    """Give the problem and the moves of a walk; a VM that it stops stays off from its first stop to the end.

    The model knows VMs that are away for the whole time: what a walk does with one before and after is left
    out, which makes no plan unsafe.
    """
    problem = Problem(parsed(planted.pool))
    number = {one.name: index for index, one in enumerate(problem.vms)}
    moves = []
    for action in map(action_of, planted.walk):
        match action:
            case Migration(name, _, place) | Start(name, place) if name in number:
                moves.append((number[name], problem.host_index[place]))
            case Stop(name, _) if name in number:
                moves.append((number[name], OFF))
    stopped = dict.fromkeys(one for one, place in moves if place == OFF)
    live = [move for move in moves if move[0] not in stopped]
    return problem, [
        *((one, OFF) for one in stopped),
        *live,
        *((one, problem.dst[one]) for one in stopped),
    ]


@given(planted_pools(REACHABLE, max_walk=40))
def test_the_walk_that_planted_a_pool_is_a_feasible_hint(planted):
    """Long ways over many hosts, to and fro, and stops."""
    problem, moves = walked(planted)
    times = max((sum(one == other for other, _ in moves) for one in range(problem.num_vms)), default=0)
    event(f"moves of one VM: {min(times, 6)}")
    follows_to_the_letter(problem, moves)


def to_and_fro():
    """A waits on h3, on h1 again, on h4 and on h2 before it is home on h2's neighbour h5."""
    hosts = [host(f"h{number}") for number in range(1, 6)]
    of = pool(
        hosts, [vm("a", 3), vm("b", 4), vm("home", 2)], "h1: a, h2: b, h3: home", "h5: a, h2: b, h3: home"
    )
    return Problem(of), [(0, 2), (2, 1), (0, 0), (0, 3), (2, 2), (0, 1), (0, 4)]


def test_a_vm_that_waits_on_many_hosts_and_one_twice_is_followed():
    """Four detours of a, one of settled home, which comes back to h3."""
    problem, moves = to_and_fro()
    assert slots_for(problem, moves, 1) == [4, 1, 1]
    follows_to_the_letter(problem, moves)


def test_a_vm_that_comes_back_through_its_target_is_followed():
    """B is on its target, leaves it again, and comes back."""
    hosts = [host("h1"), host("h2"), host("h3")]
    problem = Problem(pool(hosts, [vm("b", 4)], "h1: b", "h2: b"))
    follows_to_the_letter(problem, [(0, 1), (0, 2), (0, 1)])


def test_idle_moves_and_spare_instants_do_no_harm(tiny):
    """The same plan in a model with more time than it needs."""
    problem = Problem(tiny)
    for spare in (1, 5, 50):
        assert follows(problem, [(1, 2), (0, 1), (1, 0)], spare=spare) == 3


def test_a_stop_and_its_start_are_followed():
    """vm1 is off while vm2 moves."""
    follows_to_the_letter(Problem(with_vm(deadlock(), "vm1", offline=True)), [(0, OFF), (1, 0), (0, 1)])


def test_an_overloaded_host_has_its_first_arrival_hinted():
    """h1 is over its limit until b leaves; c comes behind it."""
    hosts = [host("h1"), host("h2", 12)]
    of = pool(hosts, [vm("a", 6), vm("b", 6), vm("c", 4)], "h1: a b, h2: c", "h1: a c, h2: b")
    follows_to_the_letter(Problem(of), [(1, 1), (2, 0)])


def test_a_settled_vm_that_makes_way_is_followed():
    """There and back again."""
    follows_to_the_letter(Problem(making_way()), [(2, 2), (1, 0), (0, 1), (2, 0)])


def test_a_plan_that_breaks_a_rule_is_no_feasible_hint(tiny):
    """A before b: h2 would hold 13 of 10."""
    assert follows(Problem(tiny), [(0, 1), (1, 0)]) is None


def test_a_plan_that_needs_more_slots_than_there_are_is_not_hinted_at_all():
    """Nothing, rather than a part that the solver would complete as it pleases."""
    problem, moves = to_and_fro()
    model = IntervalModel(whole_window(problem, 8), [1, 1, 1], problem.stop_cost)
    assert not model.hint(timed(moves))
    assert not model.chains.model.proto.solution_hint.vars


def test_a_stop_that_the_model_does_not_allow_is_not_hinted(tiny):
    """Nobody of the tiny pool may be stopped."""
    model = IntervalModel(whole_window(Problem(tiny), 4), [1, 1], [None, None])
    assert not model.hint(timed([(0, OFF), (1, 0), (0, 1)]))
