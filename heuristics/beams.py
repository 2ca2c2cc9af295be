"""Beams forwards and backwards, at once where there are threads, ever wider. ALGORITHM.md, "Beam"."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from heuristics.beam import Beam, Promise, narrowed
from heuristics.parameters import DEFAULT, BeamParameters
from models.reversal import backward, reversed_moves

if TYPE_CHECKING:
    from collections.abc import Generator

    from heuristics.deadline import Deadline
    from models.problem import Move, Problem


def beams(
    problem: Problem,
    deadline: Deadline,
    seed: int,
    below: int,
    parameters: BeamParameters = DEFAULT.beam,
    *,
    both_ways: bool = True,
    threads: int = 1,
) -> Generator[list[Move] | None, None, None]:
    """Send out beams, a pair forwards and backwards, ever wider pairs, until the time is up.

    Parameters
    ----------
    below
        Only plans that cost less are of use.
    both_ways
        Backwards too, which is of no use where the current placement is above a limit.
    threads
        How many beams there may be at a time.

    Yields
    ------
    list of moves or None
        What each came to.
    """
    if not problem.displaced:
        yield []
        return
    rng, until = np.random.default_rng(seed), deadline.within(deadline.left_s)

    def over() -> bool:
        return until.over

    ways = [(problem, Beam(problem, parameters, over))]
    if both_ways:
        back = backward(problem)
        ways.append((back, Beam(back, parameters, over)))
    widest = max(1, int(parameters.most_mib * 2**20 / _bytes_each(problem, parameters.spare)))
    narrowest = narrowed(problem, parameters.narrowest, parameters)
    width = min(narrowest, widest)

    with ThreadPoolExecutor(threads) as workers:
        try:
            while not deadline.over:
                began = deadline.elapsed_s
                asked = []
                for _, beam in ways:
                    promise, drawn = Promise.drawn(problem, parameters, rng), rng.spawn(1)[0]
                    asked.append(workers.submit(beam.search, width, promise, drawn, below, over))
                for (way, _), answer in zip(ways, asked, strict=True):
                    moves = answer.result()
                    if moves is not None:
                        # For the next pair: what this one comes to shall not hang on who is done first.
                        below = min(below, problem.moves_cost(moves))
                    yield moves if moves is None or way is problem else reversed_moves(problem, moves)
                # One that is not done in time was for nothing.
                seconds = max(1e-3, deadline.elapsed_s - began)
                fits = int(parameters.in_time * width * deadline.left_s / seconds)
                width = max(1, min(widest, int(width * parameters.growth), max(fits, narrowest)))
        finally:
            until.stop()


def _bytes_each(problem: Problem, spare: int) -> int:
    """Give what a beam takes, about, for each placement that goes on at a step.

    Where its VMs are and what is free, of that one, of as many others as are looked at, and of both once more
    while they are copied; and what is kept of it at each step: who was sent where, and what tells it from
    others. Steps are at most about as many as VMs.
    """
    limits = len(problem.resources) + len(problem.members)
    placement = 4 * problem.num_vms + 8 * problem.num_hosts * limits
    return 2 * (1 + spare) * placement + 100 * problem.num_vms
