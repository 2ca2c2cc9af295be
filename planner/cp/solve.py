"""Running CP-SAT: parameters, the deadline, Ctrl-C, and an answer that is honest about what is known."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from ortools.sat.python import cp_model

if TYPE_CHECKING:
    from collections.abc import Callable

    from heuristics.deadline import Deadline

THREAD = "cp-sat"
"""The name of the thread that the solver runs in."""

Solution = cp_model.CpSolverSolutionCallback


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard, and how, CP-SAT works.

    Parameters
    ----------
    workers
        Threads.
    seed
        The same seed and one worker give the same answer, the deadline aside.
    deterministic_s
        A limit in the solver's own seconds, which do not depend on the machine; None for none.
    """

    workers: int = 1
    seed: int = 0
    deterministic_s: float | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What CP-SAT came back with.

    Parameters
    ----------
    found
        A solution is there to be read.
    cost
        Its objective; None without one.
    bound
        A proven lower bound of the objective; None where nothing is known.
    proven
        The solution is optimal or, without one, the model infeasible.
    """

    found: bool
    cost: int | None
    bound: int | None
    proven: bool


class _Listener(cp_model.CpSolverSolutionCallback):
    """Passes solutions on; an error in who listens stops the search and is raised after it."""

    def __init__(self, listen: Callable[[Solution], None]) -> None:
        super().__init__()
        self._listen = listen
        self.error: BaseException | None = None

    def on_solution_callback(self) -> None:
        try:
            self._listen(self)
        except BaseException as error:
            self.error = error
            self.stop_search()


def solve(
    model: cp_model.CpModel,
    deadline: Deadline,
    effort: Effort,
    listen: Callable[[Solution], None] | None = None,
) -> tuple[cp_model.CpSolver, Answer]:
    """Solve a model within the deadline.

    The solver runs in a thread of its own: so ``KeyboardInterrupt`` reaches the caller at once and not
    when the solver is done. It stops the solver, and is raised; and so does a deadline that is stopped
    while other threads solve.

    Raises
    ------
    RuntimeError
        The model is invalid, which is a fault of ours.
    """
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = max(deadline.left_s, 0.01)
    solver.parameters.num_workers = effort.workers
    solver.parameters.random_seed = effort.seed
    solver.parameters.catch_sigint_signal = False
    if effort.deterministic_s is not None:
        solver.parameters.max_deterministic_time = effort.deterministic_s
    listener = None if listen is None else _Listener(listen)
    status = _run(solver, model, listener, deadline)
    if listener is not None and listener.error is not None:
        raise listener.error
    return solver, _answer(solver, model, status)


def _run(
    solver: cp_model.CpSolver, model: cp_model.CpModel, listener: _Listener | None, deadline: Deadline
) -> cp_model.CpSolverStatus:
    outcome: list[cp_model.CpSolverStatus] = []
    thread = threading.Thread(
        target=lambda: outcome.append(solver.solve(model, listener)), name=THREAD, daemon=True
    )
    thread.start()
    try:
        while thread.is_alive():
            thread.join(0.2)
            if deadline.stopped:
                solver.stop_search()
    except BaseException:
        solver.stop_search()
        thread.join(5)
        raise
    return outcome[0]


def _answer(solver: cp_model.CpSolver, model: cp_model.CpModel, status: cp_model.CpSolverStatus) -> Answer:
    if status == cp_model.OPTIMAL:
        cost = round(solver.objective_value)
        return Answer(True, cost, cost, True)
    if status == cp_model.FEASIBLE:
        return Answer(True, round(solver.objective_value), ceil(solver.best_objective_bound - 1e-6), False)
    if status == cp_model.INFEASIBLE:
        return Answer(False, None, None, True)
    if status == cp_model.UNKNOWN:
        bound = solver.best_objective_bound
        return Answer(False, None, ceil(bound - 1e-6) if abs(bound) < 2**60 and bound > 0 else None, False)
    raise RuntimeError(f"CP-SAT calls the model invalid: {model.validate()}")
