"""Every plan fed back as a hint: the interval model follows it to the letter, absent items and all."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from ortools.sat.python import cp_model

from models.actions import Migration, Start, Stop
from models.problem import OFF, Problem
from planner.cp.interval_model import IntervalModel
from planner.cp.window import whole_window
from planner.search.exact import slots_for, timed
from tests.planner.solving import half, solve
from tests.seed_cases import SOLVABLE
from tests.strategies import knotted_pools, parsed, planted_pools


def moves_of(problem, plan):
    """Give the moves of a plan in indices."""
    number = {vm.name: index for index, vm in enumerate(problem.vms)}
    moves = []
    for action in plan.actions:
        match action:
            case Migration(vm, _, host) | Start(vm, host):
                moves.append((number[vm], problem.host_index[host]))
            case Stop(vm, _):
                moves.append((number[vm], OFF))
    return moves


def follows(problem, moves):
    """Feed moves back as a hint, fixed; give what they cost in the model, None where it is not feasible."""
    window = whole_window(problem, len(moves) + 1)
    model = IntervalModel(window, slots_for(problem, moves, 1), problem.stop_cost)
    if not model.hint(timed(moves)):
        return None
    proto = model.chains.model.proto
    hinted = set(proto.solution_hint.vars)
    open_ones = {index for index, variable in enumerate(proto.variables) if len(set(variable.domain)) > 1}
    assert hinted >= open_ones, "a variable without a hint"
    solver = cp_model.CpSolver()
    solver.parameters.fix_variables_to_their_hinted_value = True
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 0
    status = solver.solve(model.chains.model)
    return round(solver.objective_value) if status == cp_model.OPTIMAL else None


def holds(pool, objective):
    """Hold the plan of a pool against the model."""
    result = solve(pool, objective)
    problem = Problem(pool, objective)
    for plan in (result.plan, result.heuristic_plan):
        if plan is not None:
            assert follows(problem, moves_of(problem, plan)) == plan.cost
    return result


@pytest.mark.parametrize("case", SOLVABLE, ids=lambda case: case.name)
@pytest.mark.parametrize("objective", ["moves", "ram"])
def test_the_plan_of_a_case_is_a_feasible_hint(case, objective):
    holds(case.pool(), objective)


@given(planted_pools(), st.sampled_from(("moves", "ram", "custom")))
def test_the_plan_of_a_planted_pool_is_a_feasible_hint(planted, objective):
    holds(parsed(planted.pool), objective)


@half
@given(knotted_pools())
def test_the_plan_of_a_knot_is_a_feasible_hint(data):
    assume(holds(parsed(data), "moves").plan is not None)
