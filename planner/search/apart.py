"""Components apart: each is solved as a pool of its own, side by side, and their plans make one.

A component, its hosts and a few others that have the most room are a small pool, which all the stages take
on as they would take on any other. ALGORITHM.md, "Components apart".
"""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from heuristics.deadline import Deadline
from heuristics.tracker import is_safe
from planner.search.bounds import mandatory
from planner.search.incumbent import Incumbent
from planner.search.parts import dealt, each_part, parts_executor
from planner.search.pieces import Piece, Walk, walk
from planner.search.stages import search_piece

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from models.problem import Move, Problem
    from planner.cp.solve import Effort
    from planner.search.kernel import Component
    from planner.search.limbo import Limbo

    Job = tuple[Piece, Limbo | None]

log = logging.getLogger(__name__)

OUTSIDE = (8, 32, 128)
"""Hosts outside that a component may use: few at first, more where that was not enough."""

MOST_HOSTS = 60
"""Hosts of a component up to which it is worth being solved apart; larger ones are for neighbourhoods."""

SHARE = 0.7
"""Part of the time that is left for the components where a plan is known: neighbourhoods win little more."""

SHARE_OF_A_ROUND = 0.4
"""The same where none is known, and more hosts outside may be wanted."""

LATE_S = 1.0
"""Seconds that a thread may be late."""

LOOK_S = 0.5
"""Seconds after which what the threads have so far is put together."""

FIRST_TRY = 0.1
"""Part of the time for a first try of every component."""

LATER_SEED = 100
"""Added to the seed where a component is tried once more."""


@dataclass(frozen=True, slots=True)
class Solved:
    """What came of a piece.

    Parameters
    ----------
    component
        Which it is.
    moves
        Its plan, as moves of the whole problem, or None.
    extra
        A bound of what its VMs cost beyond the mandatory moves, in any plan of the whole.
    """

    component: Component
    moves: list[Move] | None
    extra: int


def plan_apart(incumbent: Incumbent, effort: Effort) -> None:
    """Plan each component by itself, side by side; offer what their plans come to together."""
    problem, known = incumbent.problem, incumbent.limbo_of
    best: dict[Component, Solved] = {}
    for outside in OUTSIDE:
        cut = walk(problem, outside)
        if cut is None or not _is_worth_it(problem, cut):
            return
        share = SHARE_OF_A_ROUND if incumbent.moves is None else SHARE
        jobs = [(piece, known.get(piece.component)) for piece in cut.pieces if piece.component not in best]
        for news in _solve(problem, jobs, incumbent.deadline, share, effort):
            best.update((solved.component, solved) for solved in news if solved.moves is not None)
            if len(best) == len(cut.pieces):
                _put_together(incumbent, cut, best)
        log.info("%d of %d components have a plan, %d hosts outside", len(best), len(cut.pieces), outside)
        if len(best) == len(cut.pieces) or incumbent.done or outside >= problem.num_hosts:
            return


def _put_together(incumbent: Incumbent, cut: Walk, solved: dict[Component, Solved]) -> None:
    """Offer the plan, and take the bound, that those of all components come to."""
    problem = incumbent.problem
    moves = cut.whole([solved[piece.component].moves or [] for piece in cut.pieces])
    cheaper = incumbent.cost is None or problem.moves_cost(moves) < incumbent.cost
    if cheaper and is_safe(problem, moves):
        incumbent.offer(moves)
    incumbent.prove((mandatory(problem) or 0) + sum(one.extra for one in solved.values()))


def _is_worth_it(problem: Problem, cut: Walk) -> bool:
    """Tell whether every component is small, and there are others beside it."""
    largest = max((len(piece.component.hosts) for piece in cut.pieces), default=0)
    return 0 < 2 * largest <= problem.num_hosts and largest <= MOST_HOSTS


def _solve(
    problem: Problem, jobs: Sequence[Job], deadline: Deadline, share: float, effort: Effort
) -> Iterator[list[Solved]]:
    """Solve pieces on the executor there is or, without one, in a thread a worker; tell how far they are.

    They have that share of the time that is left.
    """
    jobs = sorted(jobs, key=lambda job: len(job[0].component.moving))
    until = deadline.within(share * deadline.left_s)
    executor = parts_executor()
    if executor is None:
        yield from _in_threads(problem, jobs, until, effort)
        return
    calls = [(problem, batch, until, effort) for batch in dealt(jobs)]
    for call, solved in each_part(executor, _solve_batch, calls, deadline):
        yield _solve_batch(*call) if solved is None else solved


def _in_threads(
    problem: Problem, jobs: Sequence[Job], deadline: Deadline, effort: Effort
) -> Iterator[list[Solved]]:
    """Solve pieces in threads, and look at them every now and then.

    A thread that is late is left to itself: it looks at the deadline too.
    """
    batches = [
        [(piece, _part(problem, piece, limbo)) for piece, limbo in batch]
        for batch in dealt(jobs, effort.workers)
    ]
    effort = replace(effort, workers=effort.workers // len(batches))
    threads = ThreadPoolExecutor(len(batches))
    try:
        pending = {
            threads.submit(_work_on, [part for _, part in batch], deadline, effort) for batch in batches
        }
        while pending and deadline.elapsed_s < deadline.limit_s + LATE_S:
            done, pending = wait(pending, timeout=LOOK_S)
            for future in done:
                future.result()
            yield [_solved(piece, part) for batch in batches for piece, part in batch]
    finally:
        threads.shutdown(wait=False, cancel_futures=True)


def _solve_batch(problem: Problem, jobs: Sequence[Job], deadline: Deadline, effort: Effort) -> list[Solved]:
    """Solve pieces in whatever process this is."""
    parts = [_part(problem, piece, limbo) for piece, limbo in jobs]
    _work_on(parts, deadline, effort)
    return [_solved(piece, part) for (piece, _), part in zip(jobs, parts, strict=True)]


def _work_on(parts: Sequence[Incumbent], deadline: Deadline, effort: Effort) -> None:
    """Solve pieces one after another; what one does not use goes to the next.

    At first all have a short try, then those come first that have no plan yet; time that is left in the end
    goes to those that are not settled.
    """
    todo, seed = parts, effort.seed
    until = deadline.within(FIRST_TRY * deadline.left_s)
    while todo and not deadline.over:
        for number, part in enumerate(todo):
            part.deadline = until.within(until.left_s / (len(todo) - number))
            search_piece(part, replace(effort, seed=seed))
        todo = sorted((part for part in todo if not part.settled), key=lambda part: part.moves is not None)
        seed, until = seed + LATER_SEED, deadline


def _part(problem: Problem, piece: Piece, limbo: Limbo | None) -> Incumbent:
    """Give the piece as what is known of a problem of its own: the limbo of the component, if any."""
    part = Incumbent(piece.problem(problem), Deadline(0.0))
    if limbo is not None:
        part.limbo_of[piece.own()] = replace(limbo, away=frozenset())
    return part


def _solved(piece: Piece, part: Incumbent) -> Solved:
    moves = None if part.moves is None else piece.in_whole(part.moves)
    # With more hosts outside there may be better plans; what needs none of them holds for the whole.
    extra = max(0, part.relaxed - (mandatory(part.problem) or 0))
    return Solved(piece.component, moves, extra)
