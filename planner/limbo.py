"""The detour bound: how many VMs must get out of the way at least, by CP-SAT. ALGORITHM.md, "Detour bound".

Relaxed, a VM that steps aside waits in a limbo that takes no room. Its fewest detours are a bound for
every plan, add up over the components of the kernel, and stay a bound where any rule is dropped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.bounds import least_cost, limbo_cost
from planner.cp.interval_model import IntervalModel
from planner.cp.window import Stay, Window, is_free
from planner.kernel import Component

if TYPE_CHECKING:
    from collections.abc import Callable

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
    """

    extra: int | None
    exact: bool


def detour_bound(
    problem: Problem,
    components: tuple[Component, ...],
    deadline: Deadline,
    effort: Effort,
    on_extra: Callable[[int], None],
) -> bool | None:
    """Bound the detours of all components, smallest first.

    Parameters
    ----------
    on_extra
        Told what each component adds to the bound.

    Returns
    -------
    bool or None
        Whether every component was solved; None where one of them has no plan even in limbo.
    """
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
        if limbo.extra:
            on_extra(limbo.extra)
    return exact


def component_limbo(problem: Problem, component: Component, deadline: Deadline, effort: Effort) -> Limbo:
    """Bound the detours of one component, moves leaving it done already, moves entering it left to the end."""
    window = _window(problem, component)
    away = [None] * problem.num_vms
    for vm in window.free:
        away[vm] = limbo_cost(problem, vm)
    least = sum(least_cost(problem, vm) or 0 for vm in component.moving)
    model = IntervalModel(window, [0] * problem.num_vms, away, least)
    outcome = model.solve(deadline, effort)
    answer = outcome.answer
    if answer.proven and not answer.found:
        return Limbo(None, True)
    return Limbo(max(0, (answer.bound or 0) - least), answer.proven)


def _window(problem: Problem, component: Component) -> Window:
    inside = set(component.hosts)
    moving = set(component.moving)
    horizon = len(moving) + 1
    free, fixed = list(component.moving), {}
    for vm, host in enumerate(problem.src):
        if host in inside and vm not in moving and problem.dst[vm] == host:
            if is_free(problem, vm):
                free.append(vm)
            else:
                fixed.setdefault(host, []).append(Stay(vm, host, 0, horizon))
    return Window(problem, sorted(free), problem.src, problem.dst, horizon, {}, fixed)


def whole(problem: Problem) -> Component:
    """Give the problem as one component, for the undecomposed bound."""
    return Component(tuple(range(problem.num_hosts)), tuple(problem.displaced))
