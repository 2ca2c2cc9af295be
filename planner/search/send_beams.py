"""Beams of placements, where room is scarce and the pool small enough. ALGORITHM.md, "Beam"."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from heuristics.beam_windows import with_windows_anew
from heuristics.beams import beams
from heuristics.compiled.at_hand import CompiledPart, is_kept
from heuristics.islands import shifted_on_islands
from heuristics.squeaky import is_reversible
from planner.search.shifting import is_for_shifts

if TYPE_CHECKING:
    from heuristics import Deadline
    from models.parameters import Share
    from planner.search.stage import Search


def is_scarce(search: Search) -> bool:
    """Tell whether the plan takes many detours, in a pool small enough for many placements of it."""
    sending, problem, incumbent = search.parameters.sending, search.problem, search.incumbent
    if not sending.fewest_vms <= len(problem.displaced) or incumbent.cost is None:
        return False
    limits = len(problem.resources) + len(problem.members)
    size = problem.num_vms * problem.num_hosts * limits
    return size <= sending.most and incumbent.cost > sending.far * (incumbent.bound or 0)


def share_of_beams(search: Search) -> Share:
    """Give what beams may take: less where parts are made anew afterwards."""
    sending = search.parameters.sending
    return sending.before_windows if is_still_scarce(search) else sending.share


def send_beams(search: Search, deadline: Deadline) -> None:
    """Send out beams, ever wider, until several in a row have found nothing better."""
    incumbent, problem = search.incumbent, search.problem
    assert incumbent.cost is not None, "see is_scarce"
    seed, parameters, both_ways = search.effort.seed, search.parameters.finders.beam, is_reversible(problem)
    compiled = deadline.left_s >= parameters.load_s and is_kept(CompiledPart.SHIFTS)
    in_vain = 0
    for moves in beams(
        problem,
        deadline,
        seed,
        incumbent.cost,
        parameters,
        both_ways=both_ways,
        compiled=compiled,
        threads=search.effort.workers,
    ):
        in_vain = 0 if incumbent.offer(moves, "beam") else in_vain + 1
        if incumbent.done or in_vain >= search.parameters.sending.in_vain:
            return


def is_still_scarce(search: Search) -> bool:
    """Tell whether shifts and beams for parts of the plan may do more."""
    if not is_for_shifts(search) or not is_scarce(search):
        return False
    # Whatever beams make for a part has to know of no other end of it.
    return all(search.problem.filters.unbound) and is_kept(CompiledPart.SHIFTS)


def make_windows_anew(search: Search, deadline: Deadline) -> None:
    """Make parts of the plan anew and shift the whole, in turn."""
    incumbent, problem, sending = search.incumbent, search.problem, search.parameters.sending
    finders, rng = search.parameters.finders, np.random.default_rng(search.effort.seed)
    moves = incumbent.moves
    assert moves is not None, "see is_still_scarce"
    while not deadline.over and not incumbent.done:
        for _ in range(sending.windows):
            moves = with_windows_anew(problem, moves, deadline, rng, search.effort.workers, finders.beam)
        incumbent.offer(moves, "beam")
        until, seed = deadline.within(sending.shifts_s), int(rng.integers(1 << 30))
        least = incumbent.bound or 0
        shorter = shifted_on_islands(
            problem, moves, until, search.effort.workers, seed, least, finders.shifts
        )
        if shorter is None:
            return
        moves = shorter
        incumbent.offer(moves)
