"""The second witness: on small pools the step model judges the plan too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from heuristics.deadline import Deadline
from models.actions import Action, Migration, Provision, Shutdown, Start, Stop
from models.plan_of_moves import actions_of
from models.problem import OFF, Move, Problem
from planner.cp.solve import Effort
from planner.cp.step_model import witness
from planner.search.parameters import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from models.pool import Pool
    from planner.search.incumbent import Incumbent
    from planner.search.parameters import Witness


def second_witness(incumbent: Incumbent, effort: Effort, deadline: Deadline, parameters: Witness) -> None:
    """Put a small plan before the step model.

    Raises
    ------
    RuntimeError
        It rejects the plan, which is a fault of ours.
    """
    moves = incumbent.moves
    if not moves or len(moves) > parameters.most_moves or deadline.left_s < parameters.enough_s:
        return
    share, effort = deadline.within(parameters.most_s), Effort(1, effort.seed)
    if witness(incumbent.problem, moves, share, effort, parameters.moves_at_once) is False:
        raise RuntimeError("the step model rejects the plan found")


def accepts(pool: Pool, actions: Iterable[Action], parameters: Witness = DEFAULT.witness) -> bool | None:
    """Tell whether the step model accepts a plan of any size; None where the time was up.

    Shutdowns and provisions are no steps: they must be those of the pool, each once, and are taken as the
    first and the last actions wherever they are. Their place in the order is for the replay to judge.
    """
    problem = Problem(pool)
    actions = [_as_meant(pool, action) for action in actions]
    moves = _moves_of(problem, [a for a in actions if not isinstance(a, Shutdown | Provision)])
    if moves is None or not _same_phases(problem, actions):
        return False
    return witness(problem, moves, Deadline(parameters.check_s), Effort(), parameters.moves_at_once)


def _as_meant(pool: Pool, action: Action) -> Action:
    """Give a shutdown for the stop of a VM that the target does not keep: off is where it shall be."""
    if isinstance(action, Stop) and action.vm not in pool.target.placement:
        vm = next((vm for vm in pool.vms if vm.name == action.vm), None)
        return Shutdown(action.vm, action.host) if vm is not None and vm.offline else action
    return action


def _moves_of(problem: Problem, actions: Iterable[Action]) -> list[Move] | None:
    """Give the moves of some actions; None where one speaks of someone unknown, or who is elsewhere."""
    vm_of = {vm.name: number for number, vm in enumerate(problem.vms)}
    at = list(problem.src)
    moves: list[Move] = []
    for action in actions:
        if isinstance(action, Migration):
            source, host = action.source, action.destination
        else:
            source = host = action.host
        if action.vm not in vm_of or not {source, host} <= problem.host_index.keys():
            return None
        vm, here, there = vm_of[action.vm], problem.host_index[source], problem.host_index[host]
        if at[vm] != (OFF if isinstance(action, Start) else here) or (
            isinstance(action, Migration) and here == there
        ):
            return None
        at[vm] = OFF if isinstance(action, Stop) else there
        moves.append((vm, at[vm]))
    return moves


def _same_phases(problem: Problem, actions: Iterable[Action]) -> bool:
    """Tell whether a plan shuts down and provisions what the pool asks for, each VM once."""
    told = sorted((type(a).__name__, a.vm, a.host) for a in actions if isinstance(a, Shutdown | Provision))
    wanted = (a for a in actions_of(problem, []) if isinstance(a, Shutdown | Provision))
    return told == sorted((type(a).__name__, a.vm, a.host) for a in wanted)
