"""What a search has compiled beside it, and after it. ALGORITHM.md, "Compiled code"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from heuristics.compiled.at_hand import CompiledPart, begin_to_compile, is_kept
from planner.search.detour_bound import has_small_components
from planner.search.exact import pairs

if TYPE_CHECKING:
    from heuristics import Deadline
    from planner.search.stage import Search


def shifts_are_to_be_compiled(search: Search) -> bool:
    """Tell whether there is code to be compiled, use for it, and time."""
    shifting = search.parameters.shifting
    if search.effort.workers < 2 or not search.has_plan or pairs(search.problem) < shifting.compile_pairs:
        return False
    return search.incumbent.deadline.left_s >= shifting.compile_s and not is_kept(CompiledPart.SHIFTS)


def have_shifts_compiled(_: Search, __: Deadline) -> None:
    """Have another process do so, for this plan if it takes that long, and for all that follow."""
    begin_to_compile(CompiledPart.SHIFTS)


def walks_are_to_be_compiled(search: Search) -> bool:
    """Tell whether a small component stays open that slow walks were asked about, and there is time."""
    return (
        search.incumbent.deadline.left_s >= search.parameters.conflicts.compile_s
        and _has_asked_slowly(search)
        and has_small_components(search)
    )


def have_walks_compiled(_: Search, __: Deadline) -> None:
    """Have another process do so."""
    begin_to_compile(CompiledPart.SUBSETS)


def have_walks_compiled_for_others(search: Search) -> None:
    """Have it done at the end of a search that asked without them: not beside it, but for all that follow."""
    if _has_asked_slowly(search):
        begin_to_compile(CompiledPart.SUBSETS)


def _has_asked_slowly(search: Search) -> bool:
    asked_compiled = search.incumbent.relaxation.asked_compiled
    return search.effort.workers > 1 and asked_compiled is False and not is_kept(CompiledPart.SUBSETS)
