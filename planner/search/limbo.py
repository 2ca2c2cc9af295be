"""The limbo models: how many VMs must get out of the way at least. ALGORITHM.md, "Detour bound".

Relaxed, a VM that steps aside waits in a limbo that takes no room. Its fewest detours are a bound for
every plan, add up over the components of the kernel, and stay a bound where any rule is dropped.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.problem import OFF
from planner.cp.interval_model import IntervalModel
from planner.cp.variables import OutOfTimeError
from planner.cp.window import Stay, Window, is_free
from planner.search.bounds import forced_detours, least_cost, limbo_cost
from planner.search.kernel import Component

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    in_limbo
        The VMs in limbo in the best solution found.
    """

    extra: int | None
    exact: bool
    in_limbo: frozenset[int] = frozenset()

    def or_better(self, other: Limbo) -> Limbo:
        """Give this or another answer about the same component: the one that says more."""
        return max(self, other, key=lambda limbo: (limbo.exact, limbo.extra or 0))


class LimboModels:
    """The limbo models of a problem, each made in time linear in its component.

    Parameters
    ----------
    problem
        What is relaxed.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self._settled_on: dict[int, list[int]] = defaultdict(list)
        for vm, host in enumerate(problem.src):
            if problem.dst[vm] == host:
                self._settled_on[host].append(vm)

    def bound(self, component: Component, deadline: Deadline, effort: Effort) -> Limbo:
        """Bound the detours of a component: moves that leave it are done, those that enter it come last."""
        try:
            model, least = self._model(component, deadline)
        except OutOfTimeError:
            return Limbo(0, False)
        outcome = model.solve(deadline, effort)
        answer = outcome.answer
        if answer.proven and not answer.found:
            return Limbo(None, True)
        in_limbo = frozenset(vm for _, _, (vm, host) in outcome.moves or () if host == OFF)
        return Limbo(max(0, (answer.bound or 0) - least), answer.proven, in_limbo)

    def beyond(self, slots: int, deadline: Deadline, effort: Effort) -> int | None:
        """Bound the plans in which some VM steps aside more than ``slots`` times; None: there are none.

        In limbo as before, but at least one VM there pays for ``slots`` + 1 detours, and for what more its
        way takes anyway.
        """
        problem, farther = self.problem, dict[int, int]()
        for vm, guest in enumerate(problem.vms):
            if guest.may_step_aside and (limbo := limbo_cost(problem, vm)) is not None:
                migrations = slots + max(2, 1 + forced_detours(problem, vm))
                farther[vm] = migrations * problem.cost[vm] - limbo
        try:
            model, _ = self._model(whole(problem), deadline, farther)
        except OutOfTimeError:
            return 0
        answer = model.solve(deadline, effort).answer
        return None if answer.proven and not answer.found else answer.bound or 0

    def _model(
        self, component: Component, deadline: Deadline, farther: Mapping[int, int] | None = None
    ) -> tuple[IntervalModel, int]:
        """Give the limbo model of a component, and the least that its VMs cost."""
        problem, window = self.problem, self.window(component)
        least = sum(least_cost(problem, vm) or 0 for vm in component.moving)
        cost = {vm: limbo_cost(problem, vm) for vm in window.free}
        slots = dict.fromkeys(window.free, 0)
        return IntervalModel(window, slots, cost, least, farther, deadline), least

    def window(self, component: Component) -> Window:
        """Open a component: its displaced VMs, and the settled ones on its hosts that may be in limbo too."""
        problem, horizon = self.problem, len(component.moving) + 1
        free = list(component.moving)
        fixed: dict[int, list[Stay]] = {}
        for host in component.hosts:
            for vm in self._settled_on.get(host, ()):
                if is_free(problem, vm):
                    free.append(vm)
                else:
                    fixed.setdefault(host, []).append(Stay(vm, host, 0, horizon))
        return Window(problem, sorted(free), problem.src, problem.dst, horizon, {}, fixed)


def whole(problem: Problem) -> Component:
    """Give the problem as one component: nothing is decomposed."""
    return Component(tuple(range(problem.num_hosts)), tuple(problem.displaced))
