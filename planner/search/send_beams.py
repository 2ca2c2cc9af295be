"""Beams of placements, where room is scarce and the pool small enough. ALGORITHM.md, "Beam"."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from itertools import islice
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from heuristics.beam_windows import with_windows_anew
from heuristics.beams import beams
from heuristics.compiled.at_hand import CompiledPart, is_kept
from heuristics.islands import shifted_on_islands
from heuristics.squeaky import is_reversible
from planner.search.exact import ABOVE_ANY_COST
from planner.search.one_detour import can_be_asked_about
from planner.search.shifting import is_for_shifts

if TYPE_CHECKING:
    from collections.abc import Generator

    from heuristics import Deadline
    from models.parameters import Share
    from models.problem import Move
    from planner.search.stage import Search


def is_scarce(search: Search) -> bool:
    """Tell whether the plan takes many detours, in a pool small enough for many placements of it."""
    return _is_far_off(search) and (
        _do_many_move(search) or not search.incumbent.is_within(search.parameters.sending.very_far_of_few)
    )


def needs_narrow_beams(search: Search) -> bool:
    """Tell whether there is no plan, or one with so many detours that a few placements come to fewer."""
    sending, problem = search.parameters.sending, search.problem
    # What filters say of a VM is asked of each pair of hosts.
    most = sending.most_narrow if all(problem.filters.unbound) else sending.most
    many = _do_many_move(search) and _can_be_sent(search, most)
    return many and not search.incumbent.is_within(sending.very_far)


def _do_many_move(search: Search) -> bool:
    """Tell whether it is worth the while to load the code before the exact model has had its first try."""
    return len(search.problem.displaced) >= search.parameters.sending.many_vms


def _is_far_off(search: Search) -> bool:
    sending, incumbent = search.parameters.sending, search.incumbent
    return search.has_plan and not incumbent.is_within(sending.far) and _can_be_sent(search, sending.most)


def _can_be_sent(search: Search, most: int) -> bool:
    problem, left_s = search.problem, search.incumbent.deadline.left_s
    if len(problem.displaced) < search.parameters.sending.fewest_vms:
        return False
    if left_s < search.parameters.finders.beam.load_s or not is_kept(CompiledPart.SHIFTS):
        return False
    limits = len(problem.resources) + len(problem.members)
    return problem.num_vms * problem.num_hosts * limits <= most


def is_scarce_yet_without_beams(search: Search) -> bool:
    """Tell whether beams would be of use that were not sent, as few VMs move or their code was not there."""
    return "Beam" not in search.begun and _is_far_off(search)


def share_of_beams(search: Search) -> Share:
    """Give what beams may take: less where it can be asked who steps aside, more where the pool is large."""
    sending, conflicts = search.parameters.sending, search.parameters.conflicts
    if can_be_asked_about(search, conflicts.most_pairs):
        return sending.small
    return sending.before_windows if is_still_scarce(search) else sending.share


def send_narrow_beams(search: Search, deadline: Deadline) -> None:
    """Send out a few narrow beams, for a first plan, before stages that take longer to find one."""
    incumbent, sending = search.incumbent, search.parameters.sending
    # Dearer plans are for others: without a limit a beam that leads nowhere goes on for long.
    dearest = ceil(sending.dearest * (incumbent.bound or 0)) + 1
    below = dearest if incumbent.cost is None else min(incumbent.cost, dearest)
    with closing(_sent(search, deadline, below)) as sent:
        in_vain = 0
        for moves in islice(sent, sending.first):
            in_vain = 0 if incumbent.offer(moves, "beam") else in_vain + 1
            if in_vain == 2:
                return


def send_beams(search: Search, deadline: Deadline) -> None:
    """Send out beams, ever wider, until several in a row have found nothing better, or others do more."""
    incumbent, in_vain = search.incumbent, 0
    assert incumbent.cost is not None, "see _is_far_off"
    for moves in _sent(search, deadline, incumbent.cost):
        in_vain = 0 if incumbent.offer(moves, "beam") else in_vain + 1
        if not _is_far_off(search) or in_vain >= search.parameters.sending.in_vain:
            return


def _sent(search: Search, deadline: Deadline, below: int) -> Generator[list[Move] | None, None, None]:
    problem, effort, parameters = search.problem, search.effort, search.parameters.finders.beam
    both_ways, threads = is_reversible(problem), effort.workers
    return beams(problem, deadline, effort.seed, below, parameters, both_ways=both_ways, threads=threads)


def is_still_scarce(search: Search) -> bool:
    """Tell whether shifts and beams for parts of the plan may do more."""
    # Whatever beams make for a part has to know of no other end of it.
    return is_for_shifts(search) and is_scarce(search) and all(search.problem.filters.unbound)


def make_windows_anew(search: Search, deadline: Deadline) -> None:
    """Make parts of the plan anew and shift the whole, in turn with other plans, which may come to less."""
    incumbent, rng = search.incumbent, np.random.default_rng(search.effort.seed)
    best = incumbent.moves
    assert best is not None, "see is_still_scarce"
    cost = search.problem.moves_cost
    while True:
        best = _mended(search, best, deadline, rng)
        if deadline.over or incumbent.done:
            return
        other = _other_plan(search, deadline, rng)
        if other is not None:
            best = min(best, _mended(search, other, deadline, rng), key=cost)


def _other_plan(search: Search, deadline: Deadline, rng: np.random.Generator) -> list[Move] | None:
    """Give the better plan of two beams, one each way, whatever is known; None where neither finds one."""
    problem, parameters = search.problem, search.parameters.finders.beam
    as_wide = replace(parameters, narrowest=parameters.other_width, growth=1.0)
    seed, threads = int(rng.integers(1 << 30)), search.effort.workers
    with closing(beams(problem, deadline, seed, ABOVE_ANY_COST, as_wide, threads=threads)) as sent:
        return min(filter(None, islice(sent, 2)), key=problem.moves_cost, default=None)


def _mended(search: Search, moves: list[Move], deadline: Deadline, rng: np.random.Generator) -> list[Move]:
    """Shift a plan and make parts of it anew, some times; what it comes to is offered."""
    incumbent, problem, sending = search.incumbent, search.problem, search.parameters.sending
    finders, workers = search.parameters.finders, search.effort.workers
    for _ in range(sending.rounds):
        until, seed = deadline.within(sending.shifts_s), int(rng.integers(1 << 30))
        least = incumbent.bound or 0
        shifted = shifted_on_islands(problem, moves, until, workers, seed, least, finders.shifts)
        moves = moves if shifted is None else shifted
        for _ in range(sending.windows):
            moves = with_windows_anew(problem, moves, deadline, rng, workers, finders.beam)
        incumbent.offer(moves, "beam")
        if deadline.over or incumbent.done:
            break
    return moves
