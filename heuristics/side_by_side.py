"""Shifts by several processes at once: each has a part of the plan, from one instant to another.

At an instant the placement in between is fixed, so each part is a plan of its own. The cuts are elsewhere in
each round: what a cut stands in the way of has its turn in another one. ALGORITHM.md, "Shifts".
"""

from __future__ import annotations

from concurrent.futures import TimeoutError as LateError
from dataclasses import dataclass
from itertools import chain, pairwise
from random import Random
from time import time
from typing import TYPE_CHECKING

from heuristics.deadline import Deadline
from heuristics.parameters import DEFAULT, ShiftParameters
from heuristics.shifts import Shifts, shifted
from heuristics.spare import Spare
from heuristics.tracker import is_safe
from models.problem import OFF

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future

    from heuristics.other_process import OtherProcess, Others
    from models.problem import Move, Problem


@dataclass(frozen=True, slots=True)
class Part:
    """Some migrations of a plan in a row.

    Parameters
    ----------
    at
        ``at[vm]``: where each VM is before the first of them.
    moves
        The migrations.
    """

    at: list[int]
    moves: list[Move]


def parts(problem: Problem, moves: Sequence[Move], places: Sequence[int]) -> list[Part]:
    """Cut a plan before the migrations with these numbers, which are in order."""
    found, at = [], list(problem.src)
    for begin, end in pairwise((0, *places, len(moves))):
        found.append(Part(at.copy(), list(moves[begin:end])))
        for vm, host in moves[begin:end]:
            at[vm] = host
    return found


def shift_part(
    problem: Problem, part: Part, until: float, seed: int, parameters: ShiftParameters
) -> list[Move]:
    """Make a part of a plan shorter: it leads to the same placement, and costs no more.

    Parameters
    ----------
    until
        When to end, as ``time.time()`` tells it in every process.
    """
    deadline = Deadline(until - time())
    shifts = Shifts(problem, part.moves, seed, parameters, part.at)
    while not deadline.over and shifts.table.wandering:
        shifts.turn()
    return shifts.best()


def shifted_side_by_side(
    problem: Problem,
    moves: list[Move],
    deadline: Deadline,
    others: Others,
    seed: int = 0,
    least: int = 0,
    parameters: ShiftParameters = DEFAULT.shifts,
    tell: Callable[[list[Move]], object] = len,
) -> list[Move]:
    """Do what :func:`heuristics.shifts.shifted` does, with several processes while that is worth it.

    Parameters
    ----------
    others
        The processes beside this one.
    tell
        Called with the best plan after each round, and every now and then.
    """
    if not others.count or any(host == OFF for _, host in moves) or not Spare(problem, problem.src).is_sane():
        return shifted(problem, moves, deadline, seed, least, parameters, tell)
    rng = Random(seed)
    while problem.moves_cost(moves) > least and _is_worth_it(moves, deadline, parameters):
        hired = others.hired()[: _detours(moves) // parameters.detours_each - 1]
        if not hired:
            break
        before = _detours(moves)
        moves = _round(problem, moves, deadline, hired, rng, parameters)
        tell(moves)
        if before - _detours(moves) < parameters.least_gain * before:
            break
    return shifted(problem, moves, deadline, seed, least, parameters, tell)


def _detours(moves: Sequence[Move]) -> int:
    return len(moves) - len({vm for vm, _ in moves})


def _is_worth_it(moves: Sequence[Move], deadline: Deadline, parameters: ShiftParameters) -> bool:
    """Tell whether there are detours and time for two processes at the least."""
    return _detours(moves) >= 2 * parameters.detours_each and deadline.left_s >= parameters.worth_s


def _round(
    problem: Problem,
    moves: list[Move],
    deadline: Deadline,
    hired: Sequence[OtherProcess],
    rng: Random,
    parameters: ShiftParameters,
) -> list[Move]:
    """Cut the plan, have all parts made shorter at the same time, and put it together again."""
    count, off = len(hired) + 1, parameters.off_cut
    places = [int(len(moves) * (number + rng.uniform(-off, off)) / count) for number in range(1, count)]
    cut = parts(problem, moves, places)
    seconds = parameters.round_s + parameters.round_a_move_s * len(moves)
    until = time() + min(seconds, deadline.left_s)
    asked = [
        (one, part, one.ask(shift_part, part, until, rng.randrange(1 << 30), parameters))
        for one, part in zip(hired, cut[1:], strict=True)
    ]
    shorter = [shift_part(problem, cut[0], until, rng.randrange(1 << 30), parameters)]
    shorter += [_came(one, part, answer, until + parameters.late_s) for one, part, answer in asked]
    whole = list(chain.from_iterable(shorter))
    return whole if is_safe(problem, whole) else moves


def _came(one: OtherProcess, part: Part, answer: Future[list[Move] | None], latest: float) -> list[Move]:
    """Give what another process came to; the part as it was where it died, or is late."""
    try:
        found = answer.result(max(0.0, latest - time()))
    except LateError:
        one.close()
        return part.moves
    return part.moves if found is None else found
