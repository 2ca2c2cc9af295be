"""Lines: what a job comes to, one line of JSON each."""

from __future__ import annotations

from msgspec import Struct

from benchmarks.jobs import FormulaJob, Job, LuckJob, PlainJob, PlanJob, RulesJob, TimesJob


class Line(Struct, frozen=True, kw_only=True, tag_field="line", omit_defaults=True):
    """What every line has.

    Parameters
    ----------
    error
        Why there are no figures: the job crashed, or its pool is bad input.
    process_s
        Seconds from the start to the end of its process, interpreter and imports included; None where it
        had no process of its own.
    peak_mib
        The most memory its process held.
    commit, date
        What was measured, and when.
    """

    error: str | None = None
    process_s: float | None = None
    peak_mib: float | None = None
    commit: str | None = None
    date: str | None = None


class PlanLine(Line, frozen=True, kw_only=True, tag="plan"):
    """How one pool was planned.

    Parameters
    ----------
    num_hosts, num_vms, displaced
        Its size; VMs that must move.
    load
        The share of the scarcest resource that is taken at the start, all hosts together.
    status, cost, bound, gap
        As in the plan file; ``status`` None where the job failed.
    moves, ram_mib, detours, stops
        Migrations of the plan, the RAM they move, those that go elsewhere than to a target; VMs stopped.
    heuristic, heuristic_cost, heuristic_s
        The first plan: which path finder made it, its cost, and when it was there, counted from the call of
        the planner.
    seconds
        Stage -> seconds: ``read`` (and check), ``load`` (importing the solver), the planner's own stages,
        and ``write``.
    plan_s
        Seconds of the call of the planner.
    makespan_s, makespan_bound_s
        Of objective ``time``: when the plan ends, and before when none does; ``status`` speaks of this then.
    """

    job: PlanJob
    num_hosts: int = 0
    num_vms: int = 0
    displaced: int = 0
    load: float = 0.0
    status: str | None = None
    cost: int | None = None
    bound: int | None = None
    gap: float | None = None
    moves: int | None = None
    ram_mib: int | None = None
    detours: int | None = None
    stops: int = 0
    heuristic: str | None = None
    heuristic_cost: int | None = None
    heuristic_s: float | None = None
    seconds: dict[str, float] = {}
    plan_s: float | None = None
    makespan_s: int | None = None
    makespan_bound_s: int | None = None


class PlainLine(Line, frozen=True, kw_only=True, tag="plain"):
    """How long the plain things took on one pool.

    Parameters
    ----------
    seconds
        Step -> seconds, the fastest of the repeats.
    """

    job: PlainJob
    num_vms: int = 0
    file_mib: float = 0.0
    seconds: dict[str, float] = {}


class RulesLine(Line, frozen=True, kw_only=True, tag="rules"):
    """How long plans took with and without slack rules.

    Parameters
    ----------
    without_s, with_s
        Seconds of each round: read, check, plan and replay.
    without_cost, with_cost
        What the plans cost, so that like is compared with like; None where there was none.
    """

    job: RulesJob
    num_vms: int = 0
    without_s: list[float] = []
    with_s: list[float] = []
    without_cost: list[int | None] = []
    with_cost: list[int | None] = []


class LuckLine(Line, frozen=True, kw_only=True, tag="luck"):
    """How late a schedule ended in each draw, by several ways to carry it out.

    Parameters
    ----------
    actions, precedences, waves
        Of the schedule.
    makespan_s, bound_s
        As planned.
    oracle_s
        When it ends in each draw as scheduled by one who knows the durations, and begins in the best run of
        those below.
    proven_s
        Before when, as he proves, no plan that costs no more ends.
    late_s
        Way to carry it out -> when it ended in each draw: ``after`` (the precedences), ``times`` (waiting for
        all that should have ended), ``waves``.
    """

    job: LuckJob
    actions: int = 0
    precedences: int = 0
    waves: int = 0
    makespan_s: int | None = None
    bound_s: int | None = None
    oracle_s: list[float] = []
    proven_s: list[float] = []
    late_s: dict[str, list[float]] = {}


class FormulaLine(Line, frozen=True, kw_only=True, tag="formula"):
    """How far the formula is off.

    Parameters
    ----------
    count
        Migrations measured.
    mean_error, p95_error, bias
        Of the difference as a share of what was measured, in whole seconds as schedules have them: its mean
        size, the size that 95% stay below, and its mean.
    unrounded_error
        Its mean size where the formula is not rounded up to whole seconds.
    """

    job: FormulaJob
    count: int = 0
    mean_error: float = 0.0
    p95_error: float = 0.0
    bias: float = 0.0
    unrounded_error: float = 0.0


class TimesLine(Line, frozen=True, kw_only=True, tag="times"):
    """How long a plan takes, carried out in several ways.

    Parameters
    ----------
    moves
        Migrations of the plan; 0 where there was none.
    serial_s, waves_s, list_s, makespan_s
        Seconds one after another, in waves, by a list schedule, and as scheduled.
    bound_s
        Proven: no plan of the kind asked for ends earlier.
    plan_s, listing_s
        Seconds that the planner, and the list schedule alone, took.
    """

    job: TimesJob
    moves: int = 0
    serial_s: int | None = None
    waves_s: int | None = None
    list_s: int | None = None
    makespan_s: int | None = None
    bound_s: int | None = None
    plan_s: float | None = None
    listing_s: float | None = None


AnyLine = PlanLine | PlainLine | RulesLine | LuckLine | FormulaLine | TimesLine


def failed(job: Job, error: str) -> AnyLine:
    """Give the line of a job that came to nothing."""
    match job:
        case PlanJob():
            return PlanLine(job=job, error=error)
        case PlainJob():
            return PlainLine(job=job, error=error)
        case RulesJob():
            return RulesLine(job=job, error=error)
        case LuckJob():
            return LuckLine(job=job, error=error)
        case FormulaJob():
            return FormulaLine(job=job, error=error)
        case TimesJob():
            return TimesLine(job=job, error=error)
