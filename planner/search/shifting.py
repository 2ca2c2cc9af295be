"""Shifts of a plan: where they are what there is to do, and how they are done. ALGORITHM.md, "Shifts"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from heuristics import SqueakyWheel
from heuristics.compiled.at_hand import CompiledPart, is_kept
from heuristics.quick_shifts import shifted_quickly
from heuristics.reroute import rerouted
from heuristics.squeaky import is_reversible
from models.problem import OFF
from planner.search.exact import is_small, pairs

if TYPE_CHECKING:
    from heuristics import Deadline
    from models.problem import Move
    from planner.search.stage import Search


def reroute(search: Search, deadline: Deadline) -> None:
    """Spare the migrations of VMs that were sent aside again and again."""
    incumbent = search.incumbent
    if incumbent.moves is not None:
        hosts_drawn = search.parameters.start.hosts_drawn
        incumbent.offer(rerouted(search.problem, incumbent.moves, deadline, hosts_drawn))


def is_nearly_straight(search: Search) -> bool:
    """Tell whether so few VMs take detours that shifts may be all that is wanted, and the wheel slower."""
    cost, bound = search.incumbent.cost, search.incumbent.bound
    if cost is None or bound is None or is_small(search):
        return False
    return cost <= (1 + search.parameters.shifting.few) * bound


def is_far_off(search: Search) -> bool:
    """Tell whether the plan is so much longer than need be that re-routing does more than shifts can."""
    shifting, incumbent = search.parameters.shifting, search.incumbent
    if not is_for_shifts(search) or pairs(search.problem) >= shifting.fewest_pairs:
        return False
    return (incumbent.cost or 0) > shifting.far_off * (incumbent.bound or 0)


def may_be_shifted(search: Search) -> bool:
    """Tell whether there is a plan that is too large for the exact model to be quicker."""
    return search.has_plan and not is_small(search)


def is_yet_to_be_shifted(search: Search) -> bool:
    """Tell whether that plan may be another one since, made by the wheel or by re-routing."""
    return may_be_shifted(search) and not is_for_shifts(search)


def is_for_shifts(search: Search) -> bool:
    """Tell whether shifts do more with a plan than whoever might make it anew.

    They can do nothing where a VM is stopped in it, or a host is over a limit at first.
    """
    moves = search.incumbent.moves
    if moves is None or not is_large(search) or any(host == OFF for _, host in moves):
        return False
    return is_reversible(search.problem)


def is_large(search: Search) -> bool:
    """Tell whether the pool is so large that shifts do more in the same time than neighbourhoods."""
    shifting, size = search.parameters.shifting, pairs(search.problem)
    if size >= shifting.fewest_pairs or size < shifting.fewest_pairs_compiled:
        return size >= shifting.fewest_pairs
    shifts = search.parameters.finders.shifts
    if search.incumbent.deadline.left_s < shifts.load_s or not is_kept(CompiledPart.SHIFTS):
        return False
    from heuristics.compiled.shifts.compiled_shifts import facts_for

    return facts_for(search.problem, search.problem.displaced, shifts) is not None


def shift(search: Search, deadline: Deadline) -> None:
    """Take detours out by shifting other migrations in time."""
    incumbent = search.incumbent
    if incumbent.moves is not None:
        incumbent.offer(_shifted(search, incumbent.moves, deadline))


def shift_first(search: Search, deadline: Deadline) -> None:
    """Do so with a first plan.

    Where room is scarce the first pass served VMs in any order, and some that serve the large ones first come
    to far better plans in little time.
    """
    if search.wheels.goes_by_size:
        _turn_a_few_times(search, deadline.share(search.parameters.shifting.turning))
    shift(search, deadline)


def has_few_detours(search: Search) -> bool:
    """Tell whether what is above the bound may be down to luck, where shifts are all that is wanted."""
    incumbent, problem = search.incumbent, search.problem
    over = (incumbent.cost or 0) - (incumbent.bound or 0)
    return is_for_shifts(search) and over <= search.parameters.shifting.left * max(problem.cost, default=0)


def shift_anew(search: Search, deadline: Deadline) -> None:
    """Shift other plans, where hardly a detour is left that stays: they may have none."""
    while not deadline.over and not search.incumbent.settled:
        moves = search.wheels.turn(deadline)
        if moves is not None:
            search.incumbent.offer(_shifted(search, moves, deadline))


def _turn_a_few_times(search: Search, deadline: Deadline) -> None:
    for _ in range(search.parameters.shifting.passes):
        if not deadline.over:
            search.incumbent.offer(search.wheels.turn(deadline), SqueakyWheel.name)


def _shifted(search: Search, moves: list[Move], deadline: Deadline) -> list[Move]:
    bound, parameters = search.incumbent.bound or 0, search.parameters.finders.shifts
    seed, tell = search.effort.seed, search.incumbent.offer
    return shifted_quickly(search.problem, moves, deadline, search.others, seed, bound, parameters, tell)
