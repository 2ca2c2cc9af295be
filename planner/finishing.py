"""What is done with what a search came to, step by step: until it is a plan that can be handed out.

As the search is, so this is a table: each step has its condition, and says whether Ctrl-C may spare it. The
replay is never spared.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from heuristics.downtime import shorten_downtime
from models.errors import PlannerError
from models.objective import objective_name
from models.plan_of_moves import plan_of
from models.replay import replay
from models.rules.base import Filter
from models.rules.keys import has_keys
from planner.parameters import DEFAULT, SearchParameters
from planner.result import Result, Status
from planner.scheduling.schedule import scheduled
from planner.scheduling.standing import Kept
from planner.search.certificate import certificate
from planner.search.witness import second_witness
from planner.verdict.reason import reason_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from heuristics.deadline import Deadline
    from models.moves import Move
    from models.plan import Plan
    from models.pool import Pool
    from models.proof import Proof
    from models.schedule import Schedule
    from planner.cp.solve import Effort
    from planner.search.incumbent import Incumbent

TIME = "time"
"""The objective of what ends earliest."""


@dataclass(slots=True)
class Draft:
    """A result in the making.

    Parameters
    ----------
    incumbent
        What the search came to.
    deadline
        For everything.
    wants_schedule, wants_proof
        What was asked for beside the plan.
    interrupted
        Ctrl-C was pressed: whatever goes on, goes on without looking for anything better.
    kept
        The best schedule so far.
    """

    pool: Pool
    incumbent: Incumbent
    effort: Effort
    deadline: Deadline
    parameters: SearchParameters = DEFAULT
    wants_schedule: bool = False
    wants_proof: bool = False
    interrupted: bool = False
    plan: Plan | None = None
    schedule: Schedule | None = None
    proof: Proof | None = None
    kept: Kept = field(default_factory=Kept)

    def until(self, reserve_s: float) -> Deadline:
        """Give the deadline with so many seconds kept back; none are left after Ctrl-C."""
        deadline = self.deadline.keeping(reserve_s)
        if self.interrupted:
            deadline.stop()
        return deadline

    @property
    def ends_early(self) -> bool:
        """Tell whether an early end is worth more than fewer migrations."""
        return self.incumbent.problem.objective == TIME


@dataclass(frozen=True, slots=True)
class LastStep:
    """A row of the table.

    Parameters
    ----------
    name
        What it is called in the progress and in the seconds of the result; None where it takes no time.
    wanted
        Whether it is of use.
    run
        Does it.
    spared
        It may be left out after Ctrl-C; if not, it is begun again, with what it has left.
    """

    name: str | None
    wanted: Callable[[Draft], bool]
    run: Callable[[Draft], None]
    spared: bool = False


def finished(draft: Draft) -> Result:
    """Do all that is left to do, and give the result."""
    for step in STEPS:
        if step.wanted(draft) and not (step.spared and draft.interrupted):
            try:
                _take(step, draft)
            except KeyboardInterrupt:
                draft.interrupted = True
                if not step.spared:
                    _take(step, draft)
    return _result(draft)


def _take(step: LastStep, draft: Draft) -> None:
    with nullcontext() if step.name is None else draft.incumbent.during(step.name):
        step.run(draft)


def _has_moves(draft: Draft) -> bool:
    return draft.incumbent.moves is not None


def _stays(draft: Draft) -> bool:
    """Tell whether the plan is what will be handed out, and not what a schedule gives another order."""
    return _has_moves(draft) and not draft.wants_schedule


def _shorten_downtime(draft: Draft) -> None:
    """Stop VMs as late, and start them as early, as all else allows."""
    incumbent = draft.incumbent
    check = draft.until(incumbent.deadline.reserve_s)
    incumbent.rearrange(shorten_downtime(incumbent.problem, incumbent.moves or [], check))


def _write_out(draft: Draft) -> None:
    """Turn moves into actions, and replay them."""
    draft.plan = accepted(draft.pool, plan_of(draft.incumbent.problem, draft.incumbent.moves or []))


def accepted(pool: Pool, plan: Plan) -> Plan:
    """Give a plan that the replay accepts.

    Raises
    ------
    RuntimeError
        It rejects it, which is a fault of ours.
    PlannerError
        It does so by a filter with keys of somebody's own: searches ask it by these, and the replay does not.
    """
    violations = replay(pool, plan)
    if not violations:
        return plan
    rejected = f"the replay rejects the plan found: {violations[0]}"
    for rule in pool.current.extra_rules:
        if rule.name == violations[0].rule and isinstance(rule, Filter) and has_keys(rule):
            raise PlannerError(f"{rejected}; the keys of the rule {rule.name} leave out what it looks at")
    raise RuntimeError(rejected)


def _ask_the_step_model(draft: Draft) -> None:
    """Let the step model judge a small plan too."""
    check = draft.until(draft.incumbent.deadline.reserve_s)
    second_witness(draft.incumbent, draft.effort, check, draft.parameters.witness)


def _schedule(draft: Draft) -> None:
    """Say when each action runs, in what is left; after Ctrl-C amid it, by the best schedule so far."""
    assert draft.plan is not None
    objective, early = draft.incumbent.problem.objective, draft.ends_early
    found = scheduled(
        draft.pool,
        draft.plan,
        objective,
        draft.until(0.0),
        draft.effort,
        cost_is_free=early,
        listen=draft.incumbent.tell_makespan,
        parameters=draft.parameters.schedule,
        kept=draft.kept,
    )
    draft.plan, draft.schedule = found.plan, found.schedule


def _prove(draft: Draft) -> None:
    """Look for what a stranger can check of the bound, or that no plan exists."""
    incumbent, status = draft.incumbent, _status(draft)
    check = draft.until(incumbent.deadline.reserve_s)
    share = check.within(max(draft.parameters.reserve.proof_s, check.elapsed_s))
    draft.proof = certificate(
        incumbent.problem,
        None if incumbent.impossible else incumbent.bound,
        impossible=status is Status.INFEASIBLE,
        whole=status is Status.OPTIMAL,
        deadline=share,
        parameters=draft.parameters,
    )


STEPS = (
    LastStep(None, _has_moves, _shorten_downtime),
    LastStep("check", _has_moves, _write_out),
    LastStep("check", _stays, _ask_the_step_model, spared=True),
    LastStep("schedule", lambda draft: draft.wants_schedule and _has_moves(draft), _schedule),
    LastStep("proof", lambda draft: draft.wants_proof, _prove, spared=True),
)
"""What is done, in this order."""


def _result(draft: Draft) -> Result:
    incumbent, first = draft.incumbent, draft.incumbent.first
    return Result(
        status=_status(draft),
        objective=objective_name(incumbent.problem.objective),
        plan=draft.plan,
        bound=None if incumbent.impossible else incumbent.bound,
        heuristic_plan=None if first is None else _first_plan(draft, first),
        heuristic_name=incumbent.first_name,
        reason=reason_of(incumbent, draft.plan, draft.schedule, interrupted=draft.interrupted),
        seconds=dict(incumbent.seconds),
        interrupted=draft.interrupted,
        proof=draft.proof,
        schedule=draft.schedule,
    )


def _first_plan(draft: Draft, first: list[Move]) -> Plan:
    """Give the plan that the optimiser started from; it is the plan itself where nothing was changed."""
    if draft.plan is not None and first is draft.incumbent.moves and draft.schedule is None:
        return draft.plan
    return plan_of(draft.incumbent.problem, first)


def _status(draft: Draft) -> Status:
    """Give the word for what is known: of the cost or, where the end comes first, of the end."""
    incumbent = draft.incumbent
    if incumbent.moves is None:
        return Status.NO_PLAN_FOUND if incumbent.impossible is None else Status.INFEASIBLE
    settled = incumbent.settled
    if draft.ends_early and draft.schedule is not None:
        settled = draft.schedule.is_proven
    return Status.OPTIMAL if settled else Status.FEASIBLE
