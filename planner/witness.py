"""The second witness: on small pools the step model judges the plan too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from heuristics.deadline import Deadline
from models.actions import Action, Migration, Provision, Shutdown, Stop
from models.problem import OFF, Move, Problem
from planner.cp.solve import Effort
from planner.cp.step_model import witness

if TYPE_CHECKING:
    from collections.abc import Iterable

    from models.pool import Pool
    from planner.incumbent import Incumbent

SMALL_PLAN = 120
"""Migrations up to which every plan is put before the step model; larger ones on request."""

ENOUGH_S = 0.3
"""Seconds that must be left for it: it never makes a plan late."""


def second_witness(incumbent: Incumbent, effort: Effort) -> None:
    """Put a small plan before the step model.

    Raises
    ------
    RuntimeError
        It rejects the plan, which is a fault of ours.
    """
    moves, deadline = incumbent.moves, incumbent.deadline
    if not moves or len(moves) > SMALL_PLAN or deadline.left_s < ENOUGH_S:
        return
    if witness(incumbent.problem, moves, deadline.within(2.0), Effort(1, effort.seed)) is False:
        raise RuntimeError("the step model rejects the plan found")


def accepts(pool: Pool, actions: Iterable[Action], time_limit_s: float = 600.0) -> bool | None:
    """Tell whether the step model accepts a plan of any size; None where the time was up.

    Shutdowns and provisions are no steps: they must be those of the pool, before and behind the moves.
    """
    problem = Problem(pool)
    vm_of = {vm.name: number for number, vm in enumerate(problem.vms)}
    moves: list[Move] = []
    for action in actions:
        if isinstance(action, Shutdown | Provision):
            continue
        host = action.destination if isinstance(action, Migration) else action.host
        if action.vm not in vm_of or host not in problem.host_index:
            return False
        moves.append((vm_of[action.vm], OFF if isinstance(action, Stop) else problem.host_index[host]))
    return witness(problem, moves, Deadline(time_limit_s), Effort())
