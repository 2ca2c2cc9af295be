"""Running CP-SAT: what it raises is raised, a closed listener hears nothing, shares are measured as asked."""

from __future__ import annotations

import pytest
from ortools.sat.python import cp_model

from heuristics import Deadline
from models.parameters import Share
from models.problem import Problem
from planner.cp import solve as solving
from planner.cp.interval_model import IntervalModel
from planner.cp.parameters import SOLVER
from planner.cp.solve import Effort
from planner.cp.variables import OutOfTimeError
from planner.cp.window import whole_window
from planner.search.incumbent import Incumbent
from planner.search.stage import Search, Stage, walk_through
from tests.planner.ctrl_c import pressing
from tests.waiting import until


def test_what_the_solver_raises_is_not_an_index_error(monkeypatch):
    """It was the empty list of outcomes that was told."""

    def broken(*_):
        raise MemoryError("no room for the model")

    monkeypatch.setattr(cp_model.CpSolver, "solve", broken)
    with pytest.raises(RuntimeError, match="CP-SAT failed") as raised:
        solving.solve(cp_model.CpModel(), Deadline(5.0), Effort())
    assert isinstance(raised.value.__cause__, MemoryError)


@pytest.mark.parametrize("price", [2**52 - 3, 2**52 - 1, 3 * 10**12])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_cost_is_exact_where_a_float_is_not(price, sign):
    """Three times 2^52 - 3 is odd and above 2^53: a float makes one more of it."""
    model = cp_model.CpModel()
    literals = [model.new_bool_var("") for _ in range(3)]
    model.add_bool_and(literals)
    total = sum(price * literal for literal in literals) + 5 * ~literals[0] + 2
    (model.minimize if sign > 0 else model.maximize)(sign * total)
    answer = solving.solve(model, Deadline(5.0), Effort())[1]
    assert (answer.cost, answer.bound) == (sign * (3 * price + 2),) * 2


@pytest.mark.parametrize(
    ("told", "proven"),
    [(2.0, 2), (2.0000001, 2), (2.1, 3), (-0.5, 0), (411e12, 411 * 10**12), (411e12 + 0.0625, 411 * 10**12)],
)
def test_a_bound_is_rounded_up_to_no_more_than_was_proven(told, proven):
    assert solving.least_whole(told) == proven


def test_a_bound_that_no_float_holds_is_not_rounded_up():
    assert solving.least_whole(float(3 * (2**52 - 3))) <= 3 * (2**52 - 3)


def test_ctrl_c_closes_the_listener(monkeypatch):
    """A solution that the solver finds while it is being stopped is not told."""
    model = cp_model.CpModel()
    some = model.new_int_var(0, 9, "some")
    model.minimize(some)
    heard, listeners = [], []

    def slow(solver, model, listener):
        presser.press()
        until(lambda: listener.closed, "the listener is closed", 0.01)
        listeners.append(listener)
        listener.on_solution_callback()

    monkeypatch.setattr(cp_model.CpSolver, "solve", slow)
    with pressing(after_s=0.0) as presser, pytest.raises(KeyboardInterrupt):
        solving.solve(model, Deadline(5.0), Effort(), heard.append)
    assert listeners
    assert not heard


def test_ctrl_c_leaves_what_the_solver_has_come_to():
    """Queens, each with a price for its row: a solution soon, a proof never."""
    model, count = cp_model.CpModel(), 60
    rows = [model.new_int_var(0, count - 1, "") for _ in range(count)]
    model.add_all_different(rows)
    model.add_all_different([row + column for column, row in enumerate(rows)])
    model.add_all_different([row - column for column, row in enumerate(rows)])
    model.maximize(sum((7 * column * column % 53) * row for column, row in enumerate(rows)))
    left, heard = [], []
    with pressing() as presser:

        def listen(solution):
            heard.append(round(solution.objective_value))
            presser.press()

        with pytest.raises(KeyboardInterrupt):
            solving.solve(
                *(model, Deadline(60.0), Effort(2), listen),
                interrupted=lambda solver, answer: left.append((answer, list(map(solver.value, rows)))),
            )
    ((answer, values),) = left
    assert answer.cost == sum((7 * column * column % 53) * row for column, row in enumerate(values))
    assert max(heard) <= answer.cost <= answer.bound
    assert not answer.proven


@pytest.mark.parametrize("seed", [0, 2**31 - 1, 2**31, 2**40])
def test_any_seed_is_one_that_the_solver_knows(seed):
    assert solving.solve(cp_model.CpModel(), Deadline(5.0), Effort(seed=seed))[1].proven


def test_by_the_clock_a_share_is_a_deadline():
    deadline, effort = Effort(2).given(Deadline(100.0), Share(0.25))
    assert deadline.left_s <= 25.0
    assert effort == Effort(2)


def test_without_the_clock_a_share_is_work_whatever_the_time():
    """As much when half of the time is gone: an order from the limbo once got 0.4 whatever its share said."""
    late = Deadline(100.0, started=Deadline(1.0).started - 50.0)
    for whole in (Deadline(100.0), late):
        deadline, effort = Effort(by_clock=False).given(whole, Share(0.25))
        assert deadline is whole
        assert effort.deterministic_s == pytest.approx(25.0 * SOLVER.work_a_second)
        assert effort.given(whole, Share(0.5))[1].deterministic_s == effort.deterministic_s


def test_a_model_is_not_made_past_the_deadline(tiny):
    """K = 2 takes three times as long as K = 1, and nothing else interrupts that."""
    problem = Problem(tiny)
    with pytest.raises(OutOfTimeError):
        IntervalModel(whole_window(problem, 4), [1, 1], problem.stop_cost, deadline=Deadline(0.0))


def test_a_stage_that_runs_out_of_time_leaves_what_is_known(tiny):
    def late(search, _):
        raise OutOfTimeError

    known = Incumbent(Problem(tiny), Deadline(50.0))
    known.offer([(1, 2), (0, 1), (1, 0)])
    stage = Stage("optimise", "Closing the gap", lambda _: True, lambda _: Share(), late)
    walk_through([stage], Search(known))
    assert known.cost == 3
