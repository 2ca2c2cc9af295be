"""Shifts in the quickest way at hand: compiled, in several processes, or here. ALGORITHM.md, "Shifts"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from heuristics.compiled.at_hand import CompiledPart, is_being_compiled, is_kept
from heuristics.islands import shifted_on_islands
from heuristics.parameters import DEFAULT, ShiftParameters
from heuristics.shifts import shifted
from heuristics.side_by_side import shifted_side_by_side
from heuristics.spare import Spare
from models.problem import OFF

if TYPE_CHECKING:
    from collections.abc import Callable

    from heuristics.deadline import Deadline
    from heuristics.other_process import Others
    from models.problem import Move, Problem


def shifted_quickly(
    problem: Problem,
    moves: list[Move],
    deadline: Deadline,
    others: Others,
    seed: int = 0,
    least: int = 0,
    parameters: ShiftParameters = DEFAULT.shifts,
    tell: Callable[[list[Move]], object] = len,
) -> list[Move]:
    """Do what :func:`heuristics.shifts.shifted` does.

    While they are being compiled it goes on in Python, and looks again every now and then.

    Parameters
    ----------
    others
        The processes beside this one; as many threads are of use as there are of them.
    """
    if any(host == OFF for _, host in moves) or not Spare(problem, problem.src).is_sane():
        return moves
    while deadline.left_s >= parameters.load_s and _are_awaited():
        until = deadline.within(parameters.meanwhile_s)
        moves = shifted(problem, moves, until, seed, least, parameters, tell)
        tell(moves)
        if not until.over:
            break
        seed += 1
    if deadline.left_s >= parameters.load_s and is_kept(CompiledPart.SHIFTS):
        count = others.count + 1
        shorter = shifted_on_islands(problem, moves, deadline, count, seed, least, parameters, tell)
        if shorter is not None:
            return shorter
    return shifted_side_by_side(problem, moves, deadline, others, seed, least, parameters, tell)


def _are_awaited() -> bool:
    """Tell whether shifts are being compiled, and not there yet."""
    return not is_kept(CompiledPart.SHIFTS) and is_being_compiled(CompiledPart.SHIFTS)
