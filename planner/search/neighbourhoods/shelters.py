"""Which hosts to offer a VM that may step aside: few, since hosts with the same room are one choice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from heuristics.spare import Spare, SpareArrays

if TYPE_CHECKING:
    from models.problem import Problem


class ShelterRanking:
    """Hosts ranked by the room they have both before and after the plan.

    A host that can take the VM at the start and at the end can mostly take it in between.

    Parameters
    ----------
    problem
        What is planned.
    ranked
        How many are ranked for VMs of one size; a filter may leave few of them.
    """

    def __init__(self, problem: Problem, ranked: int = 200) -> None:
        self.problem = problem
        self._most = ranked
        before, after = (SpareArrays(Spare(problem, at)).free for at in (problem.src, problem.dst))
        self._room = np.minimum(before, after)
        self._usable = usable = np.array(problem.usable, dtype=np.float64).reshape(before.T.shape).T
        self._scale = np.maximum(usable.mean(axis=1), 1.0)
        self._ranked: dict[tuple[tuple[int, int], ...], list[int]] = {}

    def best(self, vm: int, few: int) -> list[int]:
        """Give up to ``few`` hosts for the VM, most room first, that rules allow and that could hold it."""
        found: list[int] = []
        problem = self.problem
        if not problem.vms[vm].may_step_aside:
            return found
        here, target = problem.src[vm], problem.dst[vm]
        for host in self._ranking(vm):
            if len(found) >= few:
                break
            if host in (here, target) or not problem.may_run(vm, host):
                continue
            if problem.may_go(vm, here, host) and problem.may_go(vm, host, target):
                found.append(host)
        return found

    def can_hold(self, vm: int, host: int) -> bool:
        """Tell whether the host could take the VM were it empty, and no filter forbids it."""
        usable = self.problem.usable[host]
        fits = all(amount <= usable[resource] for resource, amount in self.problem.needs[vm])
        return fits and self.problem.may_run(vm, host)

    def _ranking(self, vm: int) -> list[int]:
        needs = self.problem.needs[vm]
        ranked = self._ranked.get(needs)
        if ranked is None:
            spare = np.full(self.problem.num_hosts, np.inf)
            large = np.ones(self.problem.num_hosts, dtype=bool)
            for resource, amount in needs:
                spare = np.minimum(spare, (self._room[resource] - amount) / self._scale[resource])
                large &= self._usable[resource] >= amount
            order = np.argsort(-spare, kind="stable")
            ranked = self._ranked[needs] = order[large[order]][: self._most].tolist()
        return ranked
