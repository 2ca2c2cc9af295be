"""The detour bound of a whole problem: the limbo of each component, here or elsewhere, added up."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from planner.search.conflicts import limbo_by_conflicts
from planner.search.elsewhere import dealt_for, done_elsewhere, executor_for_components
from planner.search.impossible import NobodyAside
from planner.search.kernel import all_straight
from planner.search.limbo import LimboModels
from planner.search.quick_walks import may_load_walks
from planner.search.straight_ways import StraightWays

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Executor

    from heuristics.deadline import Deadline
    from models.parameters import Share
    from models.problem import Problem
    from planner.cp.solve import Effort
    from planner.search.kernel import Component
    from planner.search.limbo import Limbo
    from planner.search.relaxation import Relaxation
    from planner.search.stage import Search

log = logging.getLogger(__name__)


def share_of_bound(search: Search) -> Share:
    """Give the less time the more VMs move in the largest component: large models are hardly ever closed."""
    bound = search.parameters.bound
    moving = max((len(one.moving) for one in _open(search.incumbent.relaxation)), default=0)
    if moving <= bound.small_most:
        return bound.small
    return bound.medium if moving <= bound.medium_most else bound.large


def raise_bound(search: Search, deadline: Deadline) -> None:
    """Add the detours that no plan can do without, component by component, smallest first."""
    incumbent, relaxation = search.incumbent, search.incumbent.relaxation
    for component in relaxation.kernel.components:
        if component in relaxation.limbo_of:
            relaxation.take(component, relaxation.limbo_of[component])
    incumbent.prove(relaxation.bound)
    todo = _open(relaxation)
    for component, limbo in _limbos(search, todo, deadline):
        if limbo.extra is None:
            incumbent.prove_impossible(NobodyAside())
            return
        relaxation.take(component, limbo)
        incumbent.prove(relaxation.bound)
    log.info("bound %s, %d components not known exactly", incumbent.bound, len(_open(relaxation)))


def has_small_components(search: Search) -> bool:
    """Tell whether the limbo of some component is not known exactly whose VMs can all be asked about."""
    return bool(_small_and_large(search)[0])


def has_small_components_unasked(search: Search) -> bool:
    """Tell whether that is so still, and compiled code has come that was not there when it was asked."""
    return (
        not search.incumbent.relaxation.asked_compiled and _can_load(search) and has_small_components(search)
    )


def has_large_components(search: Search) -> bool:
    """Tell whether the limbo of some other component is not known exactly."""
    return bool(_small_and_large(search)[1])


def ask_small_components(search: Search, deadline: Deadline) -> None:
    """Ask whether all VMs of a small component can go straight, and else who must step aside."""
    search.incumbent.relaxation.asked_compiled = _can_load(search)
    _bound_by_conflicts(search, _small_and_large(search)[0], deadline)


def raise_bound_by_conflicts(search: Search, deadline: Deadline) -> None:
    """Bound the detours where the limbo is not known exactly by conflicts on few hosts; the better counts."""
    _bound_by_conflicts(search, _small_and_large(search)[1], deadline)


def _bound_by_conflicts(search: Search, components: Sequence[Component], deadline: Deadline) -> None:
    incumbent, problem, limits = search.incumbent, search.problem, search.parameters.conflicts
    ways = StraightWays(problem, limits, compiled=_can_load(search))
    orders: dict[Component, tuple[int, ...]] = {}
    for number, component in enumerate(components):
        share = deadline.within(deadline.left_s / (len(components) - number))
        asked = limbo_by_conflicts(ways, component, share)
        if asked.limbo.extra is None:
            incumbent.prove_impossible(NobodyAside())
            return
        incumbent.relaxation.take(component, asked.limbo)
        incumbent.prove(incumbent.relaxation.bound)
        if asked.order:
            orders[component] = asked.order
    incumbent.offer(all_straight(problem, incumbent.relaxation.kernel, orders))


def _can_load(search: Search) -> bool:
    return may_load_walks(search.incumbent.deadline, search.parameters.conflicts)


def _small_and_large(search: Search) -> tuple[list[Component], list[Component]]:
    most = search.parameters.conflicts.most_whole
    small_and_large: tuple[list[Component], list[Component]] = ([], [])
    for component in _open(search.incumbent.relaxation):
        small_and_large[len(component.moving) > most].append(component)
    return small_and_large


def _open(relaxation: Relaxation) -> list[Component]:
    """Give the components whose limbo is not known exactly."""
    known = relaxation.limbo_of
    return [one for one in relaxation.kernel.components if one not in known or not known[one].exact]


def _limbos(
    search: Search, components: Sequence[Component], deadline: Deadline
) -> Iterator[tuple[Component, Limbo]]:
    """Give what the limbo of each component comes to, on the executor there is or here."""
    executor = executor_for_components()
    if executor is None or len(components) < 2:
        yield from each_limbo(search.problem, components, deadline, search.effort)
    else:
        yield from _limbos_elsewhere(search, components, deadline, executor)


def _limbos_elsewhere(
    search: Search, components: Sequence[Component], deadline: Deadline, executor: Executor
) -> Iterator[tuple[Component, Limbo]]:
    """Bound the components on an executor; what it loses, or cannot be sent there, is bounded here."""
    unsaid = search.parameters.apart.batches_unsaid
    batches, less = dealt_for(executor, components, search.effort, unsaid)
    calls = [(search.problem, batch, deadline, less) for batch in batches]
    for call, limbos in done_elsewhere(executor, _listed, calls, deadline):
        yield from each_limbo(*call) if limbos is None else limbos


def _listed(
    problem: Problem, components: Sequence[Component], deadline: Deadline, effort: Effort
) -> list[tuple[Component, Limbo]]:
    return list(each_limbo(problem, components, deadline, effort))


def each_limbo(
    problem: Problem, components: Sequence[Component], deadline: Deadline, effort: Effort
) -> Iterator[tuple[Component, Limbo]]:
    """Bound components one after another, in whatever process this is; fewer where the time is up."""
    models = LimboModels(problem)
    for number, component in enumerate(components):
        if deadline.over:
            return
        # Each gets its share of what is left: what small ones do not use goes to the large.
        share = deadline.within(deadline.left_s / (len(components) - number))
        yield component, models.bound(component, share, effort)
