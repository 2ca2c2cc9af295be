"""The detour bound: how many VMs must get out of the way at least, by CP-SAT. ALGORITHM.md, "Detour bound".

Relaxed, a VM that steps aside waits in a limbo that takes no room. Its fewest detours are a bound for
every plan, add up over the components of the kernel, and stay a bound where any rule is dropped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ortools.sat.python import cp_model

from models.problem import OFF
from planner.cp.interval_model import IntervalModel
from planner.cp.window import Stay, Window, is_free
from planner.search.bounds import forced_detours, least_cost, limbo_cost
from planner.search.kernel import Component
from planner.search.parts import dealt, each_part, parts_executor

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

    from heuristics.deadline import Deadline
    from models.problem import Problem
    from planner.cp.solve import Effort


@dataclass(frozen=True, slots=True)
class Limbo:
    """What the limbo of one component came to.

    Parameters
    ----------
    extra
        A proven bound of what its VMs cost beyond their least cost; None: not even a limbo helps.
    exact
        The bound is that of the relaxation itself, not only of an interrupted search.
    away
        The VMs in limbo in the best solution found.
    """

    extra: int | None
    exact: bool
    away: frozenset[int] = frozenset()


def better_of(one: Limbo, other: Limbo) -> Limbo:
    """Give the one of two answers about a component that says more."""
    return max(one, other, key=lambda limbo: (limbo.exact, limbo.extra or 0))


def detour_bound(
    problem: Problem,
    components: tuple[Component, ...],
    deadline: Deadline,
    effort: Effort,
    on_limbo: Callable[[Component, Limbo], None],
) -> bool | None:
    """Bound the detours of all components, smallest first.

    Parameters
    ----------
    on_limbo
        Told what each component adds to the bound, and who might step aside there.

    Returns
    -------
    bool or None
        Whether every component was solved; None where one of them has no plan even in limbo.
    """
    if len(components) > 1 and (executor := parts_executor()) is not None:
        return _bound_elsewhere(problem, components, deadline, effort, on_limbo, executor)
    exact = True
    for number, component in enumerate(components):
        if deadline.over:
            return False
        # Each gets its share of what is left: what small ones do not use goes to the large.
        share = deadline.within(deadline.left_s / (len(components) - number))
        limbo = component_limbo(problem, component, share, effort)
        if limbo.extra is None:
            return None
        exact &= limbo.exact
        on_limbo(component, limbo)
    return exact


def _bound_elsewhere(
    problem: Problem,
    components: tuple[Component, ...],
    deadline: Deadline,
    effort: Effort,
    on_limbo: Callable[[Component, Limbo], None],
    executor: Executor,
) -> bool | None:
    """Bound the components on an executor; what it loses, or cannot be sent there, is bounded here."""
    jobs = [(problem, batch, deadline, effort) for batch in dealt(components)]
    exact = True
    for (_, batch, _, _), limbos in each_part(executor, _limbos, jobs, deadline):
        found = _limbos(problem, batch, deadline, effort) if limbos is None else limbos
        for component, limbo in zip(batch, found, strict=False):
            if limbo.extra is None:
                return None
            exact &= limbo.exact
            on_limbo(component, limbo)
        exact &= len(found) == len(batch)
    return exact


def _limbos(
    problem: Problem, components: tuple[Component, ...], deadline: Deadline, effort: Effort
) -> list[Limbo]:
    """Bound some components in whatever process this is; fewer where the time is up."""
    found: list[Limbo] = []
    for number, component in enumerate(components):
        if deadline.over:
            break
        share = deadline.within(deadline.left_s / (len(components) - number))
        found.append(component_limbo(problem, component, share, effort))
    return found


def component_limbo(problem: Problem, component: Component, deadline: Deadline, effort: Effort) -> Limbo:
    """Bound the detours of one component: moves that leave it are done, those that enter it come last."""
    model, least = _model(problem, component)
    outcome = model.solve(deadline, effort)
    answer = outcome.answer
    if answer.proven and not answer.found:
        return Limbo(None, True)
    away = frozenset(vm for _, _, (vm, host) in outcome.moves or () if host == OFF)
    return Limbo(max(0, (answer.bound or 0) - least), answer.proven, away)


def _model(problem: Problem, component: Component) -> tuple[IntervalModel, int]:
    """Give the limbo model of a component, and the least that its VMs cost."""
    window = limbo_window(problem, component)
    away: list[int | None] = [None] * problem.num_vms
    for vm in window.free:
        away[vm] = limbo_cost(problem, vm)
    least = sum(least_cost(problem, vm) or 0 for vm in component.moving)
    return IntervalModel(window, [0] * problem.num_vms, away, least), least


def limbo_window(problem: Problem, component: Component) -> Window:
    """Open a component: its displaced VMs, and the settled ones on its hosts that may be in limbo too."""
    inside = set(component.hosts)
    moving = set(component.moving)
    horizon = len(moving) + 1
    free = list(component.moving)
    fixed: dict[int, list[Stay]] = {}
    for vm, host in enumerate(problem.src):
        if host in inside and vm not in moving and problem.dst[vm] == host:
            if is_free(problem, vm):
                free.append(vm)
            else:
                fixed.setdefault(host, []).append(Stay(vm, host, 0, horizon))
    return Window(problem, sorted(free), problem.src, problem.dst, horizon, {}, fixed)


def beyond_bound(problem: Problem, slots: int, deadline: Deadline, effort: Effort) -> int | None:
    """Bound the plans in which some VM steps aside more than ``slots`` times; None: there are none.

    In limbo as before, but at least one VM there pays for ``slots`` + 1 detours, and for what more its way
    takes anyway.
    """
    model, _ = _model(problem, whole(problem))
    chains = model.chains
    far, surcharges = [], []
    for vm, chain in chains.of.items():
        if chain.away is not None and problem.vms[vm].movable and problem.vms[vm].detours:
            literal = chains.model.new_bool_var(f"far_{vm}")
            chains.model.add_implication(literal, chain.away)
            hops = slots + max(2, 1 + forced_detours(problem, vm))
            surcharges.append(hops * problem.cost[vm] - (chains.away_cost[vm] or 0))
            far.append(literal)
    chains.model.add_bool_or(far)
    extra = cp_model.LinearExpr.weighted_sum(far, surcharges)
    chains.model.minimize(chains.total_cost() + extra)
    answer = model.solve(deadline, effort).answer
    return None if answer.proven and not answer.found else answer.bound or 0


def whole(problem: Problem) -> Component:
    """Give the problem as one component: nothing is decomposed."""
    return Component(tuple(range(problem.num_hosts)), tuple(problem.displaced))
