"""The operator that orders everything anew, letting no others step aside than those that do.

Hardly larger than the model of the detour bound, and as quick: there are few VMs that step aside, and only
these are offered shelters. ALGORITHM.md, "Large neighbourhoods".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.cp.window import Window
    from planner.search.neighbourhoods.state import PlanState


class Reorder:
    """Re-ordering of all displaced VMs, and of those that may step aside.

    Parameters
    ----------
    state
        The plan that is opened.

    Attributes
    ----------
    few
        Shelters offered to each VM that steps aside.
    """

    def __init__(self, state: PlanState) -> None:
        self.state = state
        self.few = state.parameters.shelters

    def run(self) -> bool:
        """Re-order everything; tell whether that helped."""
        state = self.state
        if not state.is_orderable:
            return False
        one = state.neighbourhood(open_all(state, self.few), apart=True)
        if one is None:
            return False
        before, effort = state.incumbent.cost, state.effort(state.search.effort.workers)
        given = effort.given(state.deadline, state.parameters.reorder)
        state.take([one], [one.model.solve(*given)])
        return state.incumbent.cost != before

    def offer_more(self) -> None:
        """Offer more shelters from now on."""
        self.few += self.state.parameters.shelters


def open_all(state: PlanState, few: int) -> Window:
    """Open the plan for all displaced VMs; offer shelters, drawn from the best, to those that step aside."""
    timeline, shelters = state.timeline(), state.shelters
    aside = {*(vm for _, vm in timeline.detours), *state.incumbent.relaxation.in_limbo}
    free = sorted(aside.union(state.problem.displaced))
    places: dict[int, list[int]] = {vm: [] for vm in free}
    for vm in filter(aside.__contains__, free):
        best = shelters.best(vm, state.parameters.shelters_from)
        drawn = [best[number] for number in state.rng.permutation(len(best))[:few]]
        if state.problem.vms[vm].may_step_aside:
            able = {host for host in drawn if shelters.can_hold(vm, host)}
            places[vm] = sorted(timeline.hosts_of(vm) | able)
    return timeline.window(free, places)
