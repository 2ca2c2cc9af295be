"""A plan in two halves, by way of a placement with more room than either end. ALGORITHM.md, "Halfway".

What is full of many resources at both ends is a hard pool; to the placement halfway and on from it are two
pools with room at one end, each with about half of the VMs to move.
"""

from __future__ import annotations

import logging
from concurrent.futures import TimeoutError as LateError
from dataclasses import dataclass, replace
from time import time
from typing import TYPE_CHECKING, Any

from heuristics.deadline import Deadline
from heuristics.halfway import halfway
from heuristics.squeaky import Wheel, is_reversible
from heuristics.tracker import is_safe
from models.parameters import Share
from models.problem import OFF
from models.reversal import backward, reversed_moves
from planner.search.first_plan import may_be_halved
from planner.search.incumbent import Incumbent
from planner.search.proofs import is_tiny, prove_mandatory
from planner.search.stage import Search, Stage, walk_through
from planner.search.stages import IMPROVE_AND_BOUND, SHORTEN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from heuristics.parameters import SqueakyParameters
    from models.problem import Move, Problem
    from planner.cp.solve import Effort
    from planner.search.parameters import StageParameters

    Moves = list[Move] | None

log = logging.getLogger(__name__)

NAME = "halfway"
"""What the plans are said to be from."""


def is_for_halves(search: Search) -> bool:
    """Tell whether it may help, and there is no plan yet or one that is far from the bound."""
    incumbent, halves = search.incumbent, search.parameters.halves
    if (
        incumbent.is_within(halves.far)
        or is_tiny(search)
        or not may_be_halved(search)
        or incumbent.deadline.left_s < halves.enough_s
    ):
        return False
    return is_reversible(search.problem)


def plan_in_halves(search: Search, deadline: Deadline) -> None:
    """Try one placement halfway after another, until by way of one both halves have a plan; shorten these."""
    halves = search.parameters.halves
    for turn in range(halves.placements):
        if deadline.over:
            return
        middle = _placement(search, deadline, turn)
        if middle is None:
            continue
        to, on = Half(middle, is_first=True), Half(middle, is_first=False)
        seed, finders = search.effort.seed + turn, search.parameters.finders
        soon = deadline.share(halves.first_plans)
        passes = ((half, seed, finders.squeaky) for half in (to, on))
        both = side_by_side(search, soon, first_plan_of_half, *passes)
        log.info("halfway, try %d: %s", turn, [None if moves is None else len(moves) for moves in both])
        if not offer_both(search, *both):
            continue
        effort = replace(search.effort, workers=max(1, search.effort.workers // 2))
        plans = ((half, moves, effort, search.parameters) for half, moves in zip((to, on), both, strict=True))
        shorter = side_by_side(search, deadline, shortened_half, *plans)
        # What was late, or died, leaves the plan that was there.
        first, last = (new or old for new, old in zip(shorter, both, strict=True))
        offer_both(search, first, last)
        return


def offer_both(search: Search, first: Moves, last: Moves, name: str = NAME) -> bool:
    """Offer the plan that two halves make; tell whether they make one."""
    if first is None or last is None:
        return False
    moves = first + last
    # Who is stopped in a half is started where it ends, which need not be the VM's target.
    if any(host == OFF for _, host in moves) or not is_safe(search.problem, moves):
        return False
    search.incumbent.offer(moves, name)
    return True


def _placement(search: Search, deadline: Deadline, turn: int) -> list[int] | None:
    """Look for one where nobody steps aside; after some in vain for one where some do."""
    halves, parameters = search.parameters.halves, search.parameters.finders.halfway
    if turn < halves.straight:
        parameters = replace(parameters, aside=0.0)
    tilt = halves.tilts[turn % len(halves.tilts)]
    return halfway(search.problem, deadline, search.effort.seed + turn, tilt, parameters)


@dataclass(frozen=True, slots=True)
class Half:
    """From the current placement to the one halfway, or from there to the target."""

    middle: list[int]
    is_first: bool

    def of(self, problem: Problem) -> Problem:
        """Give it as a problem."""
        return problem.changed(dst=self.middle) if self.is_first else problem.changed(src=self.middle)


def side_by_side(
    search: Search, deadline: Deadline, work: Callable[..., Moves], *of_halves: tuple[Any, ...]
) -> tuple[Moves, Moves]:
    """Have two halves worked on at once where there is another process; one after the other where not."""
    here, there = of_halves
    hired = search.others.hired()[:1]
    if not hired:
        first = work(search.problem, deadline.share(Share(0.5)), *here)
        return first, None if first is None else work(search.problem, deadline, *there)
    answer = hired[0].ask(work_until, work, time() + deadline.left_s, *there)
    first = work(search.problem, deadline, *here)
    try:
        return first, answer.result(deadline.left_s + search.parameters.halves.late_s)
    except LateError:
        hired[0].close()
        return first, None


def work_until(problem: Problem, work: Callable[..., Moves], until: float, *half: Any) -> Moves:
    """Work on a half in another process, which has yet to begin; until then, as ``time.time()`` tells it."""
    return work(problem, Deadline(until - time()), *half)


def first_plan_of_half(
    problem: Problem, deadline: Deadline, half: Half, seed: int, parameters: SqueakyParameters
) -> Moves:
    """Make a pass through a half from one end, then the other: either may be the easier to begin with."""
    one = half.of(problem)
    moves = Wheel(one, seed, parameters).turn(deadline.share(Share(0.5)))
    if moves is not None:
        return moves
    moves = Wheel(backward(one), seed, parameters).turn(deadline)
    return None if moves is None else reversed_moves(one, moves)


def shortened_half(
    problem: Problem,
    deadline: Deadline,
    half: Half,
    moves: list[Move],
    effort: Effort,
    parameters: StageParameters,
) -> Moves:
    """Make the plan of a half shorter, by the stages that do so with any pool."""
    search = Search(Incumbent(half.of(problem), deadline), effort, parameters)
    prove_mandatory(search, deadline)
    search.incumbent.offer(moves, NAME)
    return half_through(IMPROVE_AND_BOUND + SHORTEN, search)


def half_through(stages: Iterable[Stage], search: Search) -> Moves:
    """Take a half through some stages."""
    walk_through(stages, search)
    known = search.incumbent
    log.info("a half of %d: %s of at least %s", len(known.problem.displaced), known.cost, known.bound)
    return known.moves
