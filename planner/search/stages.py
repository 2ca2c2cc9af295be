"""The stages of a search, in order: a first plan, the proof that there is none, the bound, shorter plans.

These are all but one: :mod:`planner.search.portfolio` adds the one that takes a problem apart.
"""

from __future__ import annotations

import logging
from math import log10
from typing import TYPE_CHECKING

from heuristics import Dijkstra, PathFinder, SqueakyWheel, path_finder
from heuristics.aspiers import Aspiers
from heuristics.squeaky import passes
from models.errors import TooLargeError
from planner.search.bounds import mandatory, never_home
from planner.search.exact import is_one_model, is_small, solve_exactly
from planner.search.impossible import AllPlacementsSearched, NobodyAside, NoWay
from planner.search.kernel import kernel
from planner.search.limbo import better_of, detour_bound
from planner.search.neighbourhoods import shorten_by_neighbourhoods
from planner.search.reachability import blocked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from heuristics import Deadline
    from models.problem import Problem
    from planner.cp.solve import Effort
    from planner.search.incumbent import Incumbent
    from planner.search.kernel import Component
    from planner.search.limbo import Limbo

log = logging.getLogger(__name__)

ASPIERS_MOST = 400
"""Displaced VMs up to which aspiers goes first; beyond, the squeaky wheel is there sooner."""

PATIENCE_A_MOVE_S = 0.002
"""Seconds of patience for each displaced VM, beside one for all."""

NEAR = 0.02
"""A plan is near the bound up to this share above it."""

PATIENT_PASSES = 30
"""Passes of the squeaky wheel without a better plan before it may stop."""

BOUND_SHARES = ((40, 0.25), (150, 0.1))
BOUND_SHARE = 0.04
"""Part of the time for the bound, by the moving VMs of the largest component.

From 150 on a bound above the mandatory moves is hardly ever proven.
"""

LATER_SEED = 1_000
"""Added to the seed where the wheel is tried once more: other priorities, other luck."""

TINY = 30_000
"""Placements up to which exhaustive search settles a pool at once."""

QUICK_S = 1.0
QUICK = 0.15
"""Seconds, and part of the time, for the first try of the exact model."""

NEARER = 0.5
"""Part of the time thereafter for neighbourhoods, before the exact model is asked again."""

FAR, FROM_FAR = 1.1, 0.8
"""So many times the bound is far from it: then neighbourhoods come first, and have this part of the time."""


def search_piece(incumbent: Incumbent, effort: Effort) -> None:
    """Run all stages for a component on its own, which is not taken apart any further."""
    bound_and_find(incumbent, "auto", effort)
    shorten(incumbent, effort)


def bound_and_find(incumbent: Incumbent, heuristic: str | PathFinder, effort: Effort) -> None:
    """Run the stages up to the detour bound."""
    incumbent.prove(mandatory(incumbent.problem))
    with incumbent.during("heuristic"):
        find_first(incumbent, heuristic, effort.seed)
    if not incumbent.done and is_tiny(incumbent.problem):
        with incumbent.during("exhaustive"):
            search_exhaustively(incumbent)
    if incumbent.moves is None and not incumbent.done:
        with incumbent.during("impossible"):
            prove_impossible(incumbent)
    if not incumbent.done:
        with incumbent.during("bound"):
            raise_bound(incumbent, effort)


def find_first(incumbent: Incumbent, heuristic: str | PathFinder, seed: int) -> None:
    """Ask path finders in turn until one has a plan; then let the squeaky wheel improve it while it can."""
    problem, deadline = incumbent.problem, incumbent.deadline
    if not problem.displaced:
        incumbent.offer([], "nothing to move")
        return
    for finder in _finders(problem.num_vms if heuristic != "auto" else len(problem.displaced), heuristic):
        found = finder.find(problem, deadline.within(_patience(finder, deadline.left_s)), seed)
        incumbent.offer(found.moves, finder.name)
        if found.proven and found.moves is not None:
            incumbent.prove(incumbent.cost)
        elif found.proven:
            incumbent.impossible = AllPlacementsSearched(finder.name)
        if incumbent.moves is not None or incumbent.done:
            break
        prove_blocked(incumbent)
        if incumbent.impossible is not None:
            return
    if not incumbent.done:
        _turn_the_wheel(incumbent, seed)


def find_by_wheel(incumbent: Incumbent, seed: int) -> None:
    """Turn the wheel, from other priorities, until there is a plan or the time is up."""
    for moves in passes(incumbent.problem, incumbent.deadline, seed):
        if incumbent.offer(moves, SqueakyWheel.name) or incumbent.done:
            return


def _finders(size: int, heuristic: str | PathFinder) -> Iterator[PathFinder]:
    if not isinstance(heuristic, str):
        yield heuristic
    elif heuristic != "auto":
        yield path_finder(heuristic)
    elif size <= ASPIERS_MOST:
        yield Aspiers()
    # One pass nearly always finds a plan; where it does not, there may be none, which is quickly looked up.
    yield SqueakyWheel(patience=1)
    yield SqueakyWheel(patience=4)


def _patience(finder: PathFinder, left_s: float) -> float:
    """Give a finder its share: aspiers is quick where it is any good."""
    return min(0.3 * left_s, 1.5) if isinstance(finder, Aspiers) else 0.4 * left_s


def _turn_the_wheel(incumbent: Incumbent, seed: int) -> None:
    """Improve by passes until they find nothing better for a while."""
    deadline = incumbent.deadline.within(0.5 * incumbent.deadline.left_s)
    last, idle = deadline.elapsed_s, 0
    for moves in passes(incumbent.problem, deadline, seed):
        idle += 1
        if incumbent.offer(moves, SqueakyWheel.name):
            last, idle = deadline.elapsed_s, 0
        waited = deadline.elapsed_s - last
        if incumbent.done or (idle > PATIENT_PASSES and waited > _enough(incumbent, deadline)):
            return


def _enough(incumbent: Incumbent, deadline: Deadline) -> float:
    """Give the seconds without a better plan after which the wheel has done what it can.

    Near the bound it mostly gets there in the end; far from it, where room is scarce, neighbourhoods do
    better. Small pools are for the exact model, and the clock shall not decide what is found in them.
    """
    if is_small(incumbent.problem):
        return 0.0
    near = (incumbent.cost or 0) <= (1 + NEAR) * (incumbent.bound or 0)
    share = (0.4 if near else 0.1) * deadline.limit_s
    return min(share, 1.0 + PATIENCE_A_MOVE_S * len(incumbent.problem.displaced))


def prove_impossible(incumbent: Incumbent) -> None:
    """Look for a proof that no plan exists: relaxed reachability, then, on tiny pools, all placements."""
    prove_blocked(incumbent)
    if incumbent.impossible is None:
        search_exhaustively(incumbent)


def prove_blocked(incumbent: Incumbent) -> None:
    """Look for a VM that can never leave, or never arrive: a proof in a moment, where it is one."""
    if incumbent.bound is None and (vm := never_home(incumbent.problem)) is not None:
        incumbent.impossible = NoWay(vm)
    elif not incumbent.looked_for_obstacle:
        incumbent.looked_for_obstacle = True
        incumbent.impossible = blocked(incumbent.problem)


def is_tiny(problem: Problem) -> bool:
    """Tell whether all placements can be searched in a moment."""
    return problem.num_vms * log10(max(problem.num_hosts, 1)) <= log10(TINY)


def search_exhaustively(incumbent: Incumbent) -> None:
    """Search all placements below the best cost, where these are few enough: the end of every question."""
    share = incumbent.deadline.within(0.5 * incumbent.deadline.left_s)
    try:
        found = Dijkstra(below=incumbent.cost).find(incumbent.problem, share)
    except TooLargeError:
        return
    incumbent.offer(found.moves, Dijkstra.name)
    if not found.proven:
        return
    if incumbent.moves is not None:
        incumbent.prove(incumbent.cost)
    else:
        incumbent.impossible = AllPlacementsSearched(Dijkstra.name)


def raise_bound(incumbent: Incumbent, effort: Effort) -> None:
    """Add the detours that no plan can do without."""
    problem, known = incumbent.problem, incumbent.limbo_of
    components = kernel(problem).components
    base = mandatory(problem) or 0

    def add(component: Component, limbo: Limbo) -> None:
        known[component] = limbo if component not in known else better_of(known[component], limbo)
        incumbent.aside |= limbo.away
        incumbent.relaxed = base + sum(known[one].extra or 0 for one in components if one in known)
        incumbent.prove(incumbent.relaxed)

    todo = []
    for component in components:
        if component in known:
            add(component, known[component])
        if component not in known or not known[component].exact:
            todo.append(component)
    largest = max((len(component.moving) for component in todo), default=0)
    part = next((part for most, part in BOUND_SHARES if largest <= most), BOUND_SHARE)
    share = incumbent.deadline.within(part * incumbent.deadline.left_s)
    exact = detour_bound(problem, tuple(todo), share, effort, add)
    if exact is None:
        incumbent.impossible = NobodyAside()
    log.info("bound %s from %d components, exact: %s", incumbent.bound, len(components), exact)


def shorten(incumbent: Incumbent, effort: Effort) -> None:
    """Let CP-SAT find a shorter plan, or, where there is none yet, a plan at all."""
    if incumbent.done:
        return
    problem, deadline = incumbent.problem, incumbent.deadline
    if is_small(problem):
        shorten_small(incumbent, effort)
    elif incumbent.moves is None and is_one_model(problem):
        solve_exactly(incumbent, deadline, effort)
    if incumbent.moves is None:
        find_by_wheel(incumbent, effort.seed + LATER_SEED)
    if incumbent.moves is not None:
        shorten_by_neighbourhoods(incumbent, deadline, effort)


def shorten_small(incumbent: Incumbent, effort: Effort) -> None:
    """Let the exact model have a quick try; if that is not the end, again from a better plan.

    Where room is scarce the model of everything is slow to get near, and quick only to end: its horizon is
    the length of the best plan known.
    """
    deadline = incumbent.deadline
    far = incumbent.cost is not None and incumbent.cost > FAR * (incumbent.bound or 0)
    if not far:
        quick = deadline.within(max(QUICK_S, QUICK * deadline.left_s))
        solve_exactly(incumbent, quick if incumbent.moves else deadline, effort)
    if incumbent.moves is not None and not incumbent.done:
        some = deadline.within((FROM_FAR if far else NEARER) * deadline.left_s)
        shorten_by_neighbourhoods(incumbent, some, effort, patience=1)
    if not incumbent.done:
        solve_exactly(incumbent, deadline, effort)
    if not incumbent.done:
        search_exhaustively(incumbent)
