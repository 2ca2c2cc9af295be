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
from models.parameters import Share
from planner.search.elsewhere import dealt, dealt_for, done_elsewhere, executor_for_components
from planner.search.incumbent import Incumbent
from planner.search.pieces import Piece, PieceWalk, walk
from planner.search.stage import Search
from planner.search.stages import search_component

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from models.problem import Move, Problem
    from planner.cp.solve import Effort
    from planner.search.kernel import Component
    from planner.search.limbo import Limbo
    from planner.search.parameters import StageParameters

    Todo = tuple[Piece, Limbo | None]

log = logging.getLogger(__name__)


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


def plan_apart(search: Search, deadline: Deadline) -> None:
    """Plan each component by itself, side by side; offer what their plans come to together."""
    incumbent, problem, parameters = search.incumbent, search.problem, search.parameters.apart
    locks, known = incumbent.relaxation.kernel, incumbent.relaxation.limbo_of
    if not _is_worth_it(problem, locks.components, parameters.most_hosts):
        return
    best: dict[Component, Solved] = {}
    for outside in (parameters.few_outside, parameters.more_outside, parameters.most_outside):
        cut = None if deadline.over else walk(problem, locks, outside)
        if cut is None:
            return
        todo = [(piece, known.get(piece.component)) for piece in cut.pieces if piece.component not in best]
        share = parameters.share if search.has_plan else parameters.share_of_a_round
        for news in _solve(search, todo, deadline.share(share)):
            best.update((solved.component, solved) for solved in news if solved.moves is not None)
            if len(best) == len(cut.pieces):
                _put_together(incumbent, cut, best)
        log.info("%d of %d components have a plan, %d hosts outside", len(best), len(cut.pieces), outside)
        if len(best) == len(cut.pieces) or incumbent.done or outside >= problem.num_hosts:
            return


def _put_together(incumbent: Incumbent, cut: PieceWalk, solved: dict[Component, Solved]) -> None:
    """Offer the plan, and take the bound, that those of all components come to."""
    problem = incumbent.problem
    moves = cut.whole([solved[piece.component].moves or [] for piece in cut.pieces])
    cheaper = incumbent.cost is None or problem.moves_cost(moves) < incumbent.cost
    if cheaper and is_safe(problem, moves):
        incumbent.offer(moves)
    incumbent.prove((incumbent.relaxation.mandatory or 0) + sum(one.extra for one in solved.values()))


def _is_worth_it(problem: Problem, components: Sequence[Component], most_hosts: int) -> bool:
    """Tell whether every component is small, and there are others beside it."""
    largest = max((len(component.hosts) for component in components), default=0)
    return 0 < 2 * largest <= problem.num_hosts and largest <= most_hosts


def _solve(search: Search, todo: Sequence[Todo], deadline: Deadline) -> Iterator[list[Solved]]:
    """Solve pieces on the executor there is or, without one, in a thread a worker; tell how far they are."""
    todo = sorted(todo, key=lambda one: len(one[0].component.moving))
    executor = executor_for_components()
    if executor is None:
        yield from _in_threads(search, todo, deadline)
        return
    batches, effort = dealt_for(executor, todo, search.effort, search.parameters.apart.batches_unsaid)
    calls = [(search.problem, batch, deadline, effort, search.parameters) for batch in batches]
    whole, late_s = search.incumbent.deadline, search.parameters.apart.late_s
    for call, solved in done_elsewhere(executor, _solve_batch, calls, whole.within(deadline.left_s + late_s)):
        yield _solve_batch(*call) if solved is None else solved


def _in_threads(search: Search, todo: Sequence[Todo], deadline: Deadline) -> Iterator[list[Solved]]:
    """Solve pieces in threads, and look at them every now and then.

    A thread that is late is left to itself: its deadline is stopped, and it looks at that too.
    """
    parameters, effort = search.parameters.apart, search.effort
    batches = [
        [(piece, _known_of(search.problem, piece, limbo)) for piece, limbo in batch]
        for batch in dealt(todo, effort.workers)
    ]
    effort = replace(effort, workers=max(1, effort.workers // max(1, len(batches))))
    threads = ThreadPoolExecutor(max(1, len(batches)))
    try:
        pending = {
            threads.submit(_work_on, [known for _, known in batch], deadline, effort, search.parameters)
            for batch in batches
        }
        while pending and deadline.elapsed_s < deadline.limit_s + parameters.late_s:
            done, pending = wait(pending, timeout=parameters.look_s)
            for future in done:
                future.result()
            yield [_solved(piece, known) for batch in batches for piece, known in batch]
    finally:
        deadline.stop()
        threads.shutdown(wait=False, cancel_futures=True)


def _solve_batch(
    problem: Problem,
    todo: Sequence[Todo],
    deadline: Deadline,
    effort: Effort,
    parameters: StageParameters,
) -> list[Solved]:
    """Solve pieces in whatever process this is."""
    known = [_known_of(problem, piece, limbo) for piece, limbo in todo]
    _work_on(known, deadline, effort, parameters)
    return [_solved(piece, one) for (piece, _), one in zip(todo, known, strict=True)]


def _work_on(
    pieces: Sequence[Incumbent], deadline: Deadline, effort: Effort, parameters: StageParameters
) -> None:
    """Solve pieces one after another; what one does not use goes to the next.

    At first all have a short try, then those come first that have no plan yet; time that is left in the end
    goes to those that are not settled.
    """
    todo, until = pieces, deadline.share(parameters.apart.first_try)
    while todo and not deadline.over:
        for number, one in enumerate(todo):
            one.deadline = until.share(Share(1 / (len(todo) - number)))
            search_component(Search(one, effort, parameters))
        todo = sorted((one for one in todo if not one.settled), key=lambda one: one.moves is not None)
        effort, until = replace(effort, seed=effort.seed + parameters.apart.later_seed), deadline


def _known_of(problem: Problem, piece: Piece, limbo: Limbo | None) -> Incumbent:
    """Give what is known of the piece as a problem of its own: the limbo of the component, if any."""
    known = Incumbent(piece.problem(problem), Deadline(0.0))
    if limbo is not None:
        known.relaxation.limbo_of[piece.own()] = replace(limbo, in_limbo=frozenset())
    return known


def _solved(piece: Piece, known: Incumbent) -> Solved:
    moves = None if known.moves is None else piece.in_whole(known.moves)
    # With more hosts outside there may be better plans; what needs none of them holds for the whole.
    relaxation = known.relaxation
    return Solved(piece.component, moves, relaxation.bound - (relaxation.mandatory or 0))
