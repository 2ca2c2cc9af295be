"""Parts of a plan made anew by beams: from the placement where a part begins to that where it ends.

A beam for a part is short, so it may be wide. Parts that cost the same are taken too: others are found from
there. ALGORITHM.md, "Beam".
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from heuristics.beam import Beam, Promise, drawn_between, narrowed
from heuristics.parameters import DEFAULT, BeamParameters
from models.reversal import backward, reversed_moves

if TYPE_CHECKING:
    import numpy as np

    from heuristics.deadline import Deadline
    from models.problem import Move, Problem


def with_windows_anew(
    problem: Problem,
    moves: list[Move],
    deadline: Deadline,
    rng: np.random.Generator,
    threads: int,
    parameters: BeamParameters = DEFAULT.beam,
) -> list[Move]:
    """Make one part of a plan anew for each thread, all at the same time.

    Parameters
    ----------
    moves
        A whole plan; no VM is stopped, all may go everywhere, no host is over a limit at first.
    deadline
        When to give up.
    rng
        Draws the parts, and for each its beam.

    Returns
    -------
    list of Move
        A plan that costs no more.
    """
    until = deadline.within(deadline.left_s)
    with ThreadPoolExecutor(threads) as workers:
        try:
            asked = []
            for number in range(threads):
                first, last = number * len(moves) // threads, (number + 1) * len(moves) // threads
                share = drawn_between(parameters.least_part, parameters.most_part, rng)
                length = max(1, int(len(moves) * share))
                begin = int(rng.integers(first, max(first, last - length) + 1))
                end = min(last, begin + length)
                drawn = rng.spawn(1)[0]
                part = workers.submit(_anew, problem, moves, begin, end, until, drawn, parameters)
                asked.append((begin, end, part))
            made = list(moves)
            for begin, end, part in reversed(asked):
                made[begin:end] = part.result()
        finally:
            until.stop()
    return made


def _anew(
    problem: Problem,
    moves: list[Move],
    begin: int,
    end: int,
    deadline: Deadline,
    rng: np.random.Generator,
    parameters: BeamParameters,
) -> list[Move]:
    """Give other moves from one placement of a plan to another, or the same."""
    source = list(problem.src)
    for vm, host in moves[:begin]:
        source[vm] = host
    target = source.copy()
    for vm, host in moves[begin:end]:
        target[vm] = host
    part = problem.changed(src=source, dst=target)
    way = backward(part) if rng.random() < 0.5 else part
    promise = Promise.drawn(problem, parameters, rng)
    beam = Beam(way, parameters, lambda: deadline.over)
    below = problem.moves_cost(moves[begin:end]) + 1
    width = narrowed(problem, parameters.part_width, parameters)
    found = beam.search(width, promise, rng, below, lambda: deadline.over)
    if found is None:
        return moves[begin:end]
    return found if way is part else reversed_moves(part, found)
