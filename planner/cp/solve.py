"""Running CP-SAT: parameters, the deadline, Ctrl-C, and an answer that is honest about what is known."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING, TypeVar

from ortools.sat.python import cp_model

from planner.cp.asked import check_seed
from planner.cp.parameters import SOLVER
from planner.cp.thread import THREAD

if TYPE_CHECKING:
    from collections.abc import Callable

    from heuristics.deadline import Deadline
    from models.parameters import Share

Solution = cp_model.CpSolverSolutionCallback

Read = TypeVar("Read")

SEEDS = 2**31
"""It knows so many; stages count on from that of the whole."""

LOOK_S = 0.2
"""Seconds between two looks at whether the deadline was stopped, or the solver; they change no answer."""

SURE = 2.0**48
"""What a float tells to less than half, after the few steps that CP-SAT takes to it; a fact, no choice."""

LOOKS = 25
"""After Ctrl-C at most: a thread that is still in compiled code when Python exits aborts the process."""


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
    by_clock
        Shares of the time are measured by the clock. If not, by the solver's own seconds, so that with one
        worker the same comes out at every run that its time limit does not end.
    work_a_second
        The solver's own seconds that are taken for one second.
    linear
        Its linear programs are solved too. Where thousands of tasks wait for each other setting one up takes
        seconds, in which it hears of no deadline.

    Raises
    ------
    PlannerError
        The seed is no integer from 0.
    """

    workers: int = 1
    seed: int = 0
    deterministic_s: float | None = None
    by_clock: bool = True
    work_a_second: float = SOLVER.work_a_second
    linear: bool = True

    def __post_init__(self) -> None:
        """Hold the seed that somebody asked for to what it may be; not everybody takes one of numpy's."""
        check_seed(self.seed)
        object.__setattr__(self, "seed", int(self.seed))

    def given(self, deadline: Deadline, share: Share) -> tuple[Deadline, Effort]:
        """Give what one solve is to be given that may take a share of the time."""
        if self.by_clock:
            return deadline.share(share), self
        work_s = self.work_a_second * share.of(deadline.nominal)
        if self.deterministic_s is not None:
            work_s = min(work_s, self.deterministic_s)
        return deadline, replace(self, deterministic_s=work_s)


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
    nominal_s
        The seconds that it takes on a machine like any other: the same at every run.
    """

    found: bool
    cost: int | None
    bound: int | None
    proven: bool
    nominal_s: float = 0.0


class _Listener(cp_model.CpSolverSolutionCallback):
    """Passes solutions on, until closed; an error in who listens stops the search and is raised after it."""

    def __init__(self, listen: Callable[[Solution], None]) -> None:
        super().__init__()
        self._listen = listen
        self.error: BaseException | None = None
        self.closed = False

    def on_solution_callback(self) -> None:
        try:
            if not self.closed:
                self._listen(self)
        except BaseException as error:
            self.error = error
            self.stop_search()


def solve(
    model: cp_model.CpModel,
    deadline: Deadline,
    effort: Effort,
    listen: Callable[[Solution], None] | None = None,
    interrupted: Callable[[cp_model.CpSolver, Answer], None] | None = None,
) -> tuple[cp_model.CpSolver, Answer]:
    """Solve a model within the deadline.

    The solver runs in a thread of its own: so ``KeyboardInterrupt`` reaches the caller at once and not
    when the solver is done. It stops the solver, and is raised; and so does a deadline that is stopped
    while other threads solve.

    Parameters
    ----------
    interrupted
        Told what Ctrl-C leaves, once the solver has stopped and before that is raised.

    Raises
    ------
    RuntimeError
        The model is invalid, which is a fault of ours.
    """
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = max(deadline.left_s, 0.01)
    solver.parameters.num_workers = effort.workers
    solver.parameters.random_seed = effort.seed % SEEDS
    solver.parameters.catch_sigint_signal = False
    if not effort.linear:
        solver.parameters.linearization_level = 0
    if effort.deterministic_s is not None:
        solver.parameters.max_deterministic_time = effort.deterministic_s
    listener = None if listen is None else _Listener(listen)
    ran = _Solving(solver, model, listener)

    def answer() -> Answer:
        came = _answer(solver, model, ran.status())
        return replace(came, nominal_s=solver.response_proto.deterministic_time / effort.work_a_second)

    try:
        _run(ran, solver, listener, deadline)
    except KeyboardInterrupt:
        if interrupted is not None and ran.has_status:
            interrupted(solver, answer())
        raise
    if listener is not None and listener.error is not None:
        raise listener.error
    return solver, answer()


def read_off(
    model: cp_model.CpModel,
    deadline: Deadline,
    effort: Effort,
    read: Callable[[cp_model.CpSolver, Answer], Read],
    interrupted: Callable[[Read], None] | None,
) -> Read:
    """Solve a model as :func:`solve` does, and give what is read off the solver and its answer.

    Parameters
    ----------
    interrupted
        Told what Ctrl-C leaves, before that is raised.
    """

    def leave(solver: cp_model.CpSolver, answer: Answer) -> None:
        if interrupted is not None:
            interrupted(read(solver, answer))

    return read(*solve(model, deadline, effort, interrupted=leave))


def _run(ran: _Solving, solver: cp_model.CpSolver, listener: _Listener | None, deadline: Deadline) -> None:
    thread = threading.Thread(target=ran, name=THREAD, daemon=True)
    try:
        thread.start()
        while not ran.done.wait(LOOK_S):
            if deadline.stopped:
                solver.stop_search()
    except BaseException:
        if listener is not None:
            listener.closed = True
        for _ in range(LOOKS):
            # Again and again: it does not hear of it before it has begun.
            solver.stop_search()
            if ran.done.wait(LOOK_S) or thread.ident is None:
                break
        raise


class _Solving:
    """What a thread does, and what came of it: a status, or what the solver raised."""

    def __init__(
        self, solver: cp_model.CpSolver, model: cp_model.CpModel, listener: _Listener | None
    ) -> None:
        self._solver, self._model, self._listener = solver, model, listener
        self._status: cp_model.CpSolverStatus | None = None
        self._error: BaseException | None = None
        # Nobody joins the thread: where Ctrl-C ends that, Python may take the thread for one that has ended.
        self.done = threading.Event()

    def __call__(self) -> None:
        """Solve."""
        try:
            self._status = self._solver.solve(self._model, self._listener)
        except BaseException as error:
            self._error = error
        finally:
            self.done.set()

    @property
    def has_status(self) -> bool:
        """Tell whether the solver has ended, with a status."""
        return self.done.is_set() and self._status is not None

    def status(self) -> cp_model.CpSolverStatus:
        """Give the status; raise what the solver raised."""
        if self._status is None:
            raise RuntimeError("CP-SAT failed") from self._error
        return self._status


def _answer(solver: cp_model.CpSolver, model: cp_model.CpModel, status: cp_model.CpSolverStatus) -> Answer:
    if status == cp_model.OPTIMAL:
        cost = _cost(solver, model)
        return Answer(True, cost, cost, True)
    if status == cp_model.FEASIBLE:
        return Answer(True, _cost(solver, model), least_whole(solver.best_objective_bound), False)
    if status == cp_model.INFEASIBLE:
        return Answer(False, None, None, True)
    if status == cp_model.UNKNOWN:
        bound = solver.best_objective_bound
        return Answer(False, None, least_whole(bound) if 0 < bound < 2**60 else None, False)
    raise RuntimeError(f"CP-SAT calls the model invalid: {model.validate()}")


def least_whole(bound: float) -> int:
    """Give the least integer that is not below a bound, which a float tells to a few parts in 2^53."""
    return ceil(bound - max(1e-6, abs(bound) * 2**-50))


def _cost(solver: cp_model.CpSolver, model: cp_model.CpModel) -> int:
    """Give the objective of the solution, added up anew where a float may be off by one."""
    told, objective = solver.objective_value, model.proto.objective
    if abs(told) < SURE or not objective.vars:
        return round(told)
    values = solver.response_proto.solution
    terms = zip(objective.vars, objective.coeffs, strict=True)
    total: int = round(objective.offset) + sum(price * values[variable] for variable, price in terms)
    return total if objective.scaling_factor >= 0 else -total
