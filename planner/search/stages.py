"""The table of the stages that a component goes through, in order; what each does stands in its own file.

:mod:`planner.search.portfolio` has the one of a whole pool: the same, and a stage that takes it apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.parameters import Share
from planner.search.both_ends import may_meet, may_meet_at_last, meet, meet_at_last
from planner.search.compiling import (
    have_shifts_compiled,
    have_walks_compiled,
    shifts_are_to_be_compiled,
    walks_are_to_be_compiled,
)
from planner.search.detour_bound import (
    ask_small_components,
    has_large_components,
    has_small_components,
    has_small_components_unasked,
    raise_bound,
    raise_bound_by_conflicts,
    share_of_bound,
)
from planner.search.exact import is_far, is_one_model, is_small, share_of_first_try, solve_exactly
from planner.search.first_plan import (
    find_by_finder,
    find_by_one_pass,
    find_by_passes,
    find_by_wheel,
    has_finder,
    is_for_the_wheel,
    may_be_halved,
    move_nothing,
    needs_no_move,
    share_of_finder,
    turn_the_wheel,
)
from planner.search.making_way import make_way, needs_way, share_of_way
from planner.search.neighbourhoods.rounds import shorten_by_neighbourhoods, shorten_once
from planner.search.one_detour import ask_about_one_detour, may_be_one_detour
from planner.search.proofs import is_tiny, may_be_blocked, prove_blocked, prove_mandatory, search_exhaustively
from planner.search.send_beams import (
    is_scarce,
    is_scarce_yet_without_beams,
    is_still_scarce,
    make_windows_anew,
    needs_narrow_beams,
    send_beams,
    send_narrow_beams,
    share_of_beams,
)
from planner.search.shifting import (
    has_few_detours,
    is_far_off,
    is_for_shifts,
    is_large,
    is_nearly_straight,
    is_yet_to_be_shifted,
    reroute,
    shift,
    shift_anew,
    shift_first,
)
from planner.search.stage import Search, Stage, walk_through
from planner.search.two_detours import ask_about_two_detours, may_be_two_detours

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.search.parameters import StageParameters


def _always(_: Search) -> bool:
    return True


def _has_plan(search: Search) -> bool:
    return search.has_plan


def _has_none(search: Search) -> bool:
    return not search.has_plan


def _has_failed(search: Search) -> bool:
    return has_finder(search) and may_be_blocked(search)


def _is_near(search: Search) -> bool:
    return is_small(search) and not is_far(search)


def _is_small_with_plan(search: Search) -> bool:
    return is_small(search) and search.has_plan


def _is_one_without(search: Search) -> bool:
    return is_one_model(search) and not search.has_plan


def _all(_: Search) -> Share:
    return Share()


def _part(parameter: Callable[[StageParameters], Share]) -> Callable[[Search], Share]:
    return lambda search: parameter(search.parameters)


_anew = _part(lambda it: it.shifting.anew)
_asking = _part(lambda it: it.bound.asking)
_conflicts = _part(lambda it: it.bound.conflicts)
_both_ends = _part(lambda it: it.exhaustive.both_ends)
_both_ends_at_last = _part(lambda it: it.exhaustive.both_ends_at_last)
_exhaustive = _part(lambda it: it.exhaustive.share)
_finder = _part(lambda it: it.first_plan.other)
_one_detour = _part(lambda it: it.bound.one_detour)
_two_detours = _part(lambda it: it.bound.two_detours)
_reroute = _part(lambda it: it.first_plan.reroute)
_wheel = _part(lambda it: it.wheel.share)
_windows = _part(lambda it: it.sending.again)
_narrow_beams = _part(lambda it: it.sending.narrow)


def _one_pass(search: Search) -> Share:
    first = search.parameters.first_plan
    return first.one_pass_first if may_be_halved(search) else first.one_pass


def _shifts(search: Search) -> Share:
    shifting = search.parameters.shifting
    if not is_large(search):
        return shifting.small
    return shifting.scarce if is_scarce(search) else shifting.share


def _before_exact(search: Search) -> Share:
    exact = search.parameters.exact
    return exact.far_share if is_far(search) else exact.near_share


FIND = (
    Stage("heuristic", "Mandatory moves", _always, _all, prove_mandatory, at_once=True),
    Stage("heuristic", "The problem", needs_no_move, _all, move_nothing, at_once=True),
    Stage("heuristic", "aspiers", has_finder, share_of_finder, find_by_finder),
    Stage("heuristic", "Impossible pools", _has_failed, _all, prove_blocked),
    Stage("heuristic", "Squeaky wheel", _has_none, _one_pass, find_by_one_pass),
    Stage("heuristic", "Impossible pools", may_be_blocked, _all, prove_blocked),
    Stage("heuristic", "Beam", needs_narrow_beams, _narrow_beams, send_narrow_beams),
)
"""A first plan, of the kind that is found within seconds, or the proof that there is none."""

IMPROVE_AND_BOUND = (
    Stage("heuristic", "Squeaky wheel", _has_none, _finder, find_by_passes),
    Stage("heuristic", "Making way", needs_way, share_of_way, make_way),
    Stage("heuristic", "Shifts", shifts_are_to_be_compiled, _all, have_shifts_compiled),
    Stage("heuristic", "Re-routing", is_far_off, _reroute, reroute),
    Stage("heuristic", "Shifts", is_nearly_straight, _shifts, shift),
    Stage("heuristic", "Shifts", is_for_shifts, _shifts, shift_first),
    Stage("heuristic", "Squeaky wheel", is_for_the_wheel, _wheel, turn_the_wheel),
    Stage("heuristic", "Re-routing", is_for_the_wheel, _reroute, reroute),
    Stage("heuristic", "Shifts", is_yet_to_be_shifted, _shifts, shift),
    Stage("heuristic", "Beam", is_scarce, share_of_beams, send_beams),
    Stage("heuristic", "Beam", is_still_scarce, _windows, make_windows_anew),
    Stage("exhaustive", "dijkstra", is_tiny, _exhaustive, search_exhaustively),
    Stage("impossible", "Impossible pools", _has_none, _exhaustive, search_exhaustively),
    Stage("exhaustive", "Both ends", may_meet, _both_ends, meet),
    Stage("bound", "Conflicts", has_small_components, _asking, ask_small_components),
    Stage("bound", "Conflicts", walks_are_to_be_compiled, _all, have_walks_compiled),
    Stage("bound", "Detour bound", _always, share_of_bound, raise_bound),
    Stage("bound", "Conflicts", has_large_components, _conflicts, raise_bound_by_conflicts),
    Stage("bound", "One detour", may_be_one_detour, _one_detour, ask_about_one_detour),
    Stage("bound", "Two detours", may_be_two_detours, _two_detours, ask_about_two_detours),
)
"""Up to the bound: a better plan, or one that is harder to find, and how short a plan could be."""

SHORTEN = (
    Stage("optimise", "Closing the gap", _is_near, share_of_first_try, solve_exactly),
    Stage("optimise", "Both ends", may_meet_at_last, _both_ends_at_last, meet_at_last),
    Stage("optimise", "Large neighbourhoods", _is_small_with_plan, _before_exact, shorten_once),
    Stage("optimise", "Beam", is_scarce_yet_without_beams, share_of_beams, send_beams),
    Stage("optimise", "Conflicts", has_small_components_unasked, _asking, ask_small_components),
    Stage("optimise", "One detour", may_be_one_detour, _one_detour, ask_about_one_detour),
    Stage("optimise", "Two detours", may_be_two_detours, _two_detours, ask_about_two_detours),
    Stage("optimise", "Closing the gap", is_small, _all, solve_exactly),
    Stage("optimise", "dijkstra", is_small, _exhaustive, search_exhaustively),
    Stage("optimise", "Closing the gap", _is_one_without, _all, solve_exactly),
    Stage("optimise", "Squeaky wheel", _has_none, _all, find_by_wheel),
    Stage("optimise", "Shifts", has_few_detours, _anew, shift_anew),
    Stage("optimise", "Large neighbourhoods", _has_plan, _all, shorten_by_neighbourhoods),
)
"""From there on: CP-SAT makes the plan shorter or, where there is none yet, finds one."""


def search_component(search: Search) -> None:
    """Run all stages for a component on its own, which is not taken apart any further."""
    walk_through(FIND + IMPROVE_AND_BOUND + SHORTEN, search)
