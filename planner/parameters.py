"""What planning can be told: all that the search and the schedule can, and what of the time is kept back.

The defaults are what came out best on the pools of the benchmarks; ``--set`` of ``python -m benchmarks``
varies them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from models.parameters import Parameters, number
from planner.scheduling.parameters import ScheduleParameters
from planner.search.parameters import StageParameters


@dataclass(frozen=True, slots=True)
class Reserve(Parameters):
    """What is kept back of the time limit, so that an answer is not late.

    Parameters
    ----------
    check_s_a_vm, check_most
        Seconds a VM for writing out and replaying the plan, and the part of the limit that they never exceed.
    schedule_s_a_move, schedule_most
        Seconds a displaced VM for a first schedule, its precedences and their replay, likewise.
    makespan
        Part of the time for an early end, where that is the objective, and not the fewest migrations.
    without_plan
        Part of what is left that is kept for a schedule where the search found no plan and begins again.
    proof_s
        Seconds for a proof where the search took less.
    """

    check_s_a_vm: float = number(4e-5)
    check_most: float = number(0.2, 0, 1)
    schedule_s_a_move: float = number(5e-4)
    schedule_most: float = number(0.4, 0, 1)
    makespan: float = number(0.8, 0, 1)
    without_plan: float = number(0.3, 0, 1)
    proof_s: float = number(1.0)


@dataclass(frozen=True, slots=True)
class SearchParameters(StageParameters):
    """All the numbers of one plan: those of the search, and of what comes after it."""

    schedule: ScheduleParameters = field(default_factory=ScheduleParameters)
    reserve: Reserve = field(default_factory=Reserve)


DEFAULT = SearchParameters()
