"""The operator that opens a plan around single detours.

Some hosts are chosen around a detour. Every VM whose path touches only them and hosts nearby is free; the
stays of all others are fixed. ALGORITHM.md, "Large neighbourhoods".
"""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

import numpy as np

from models.parameters import Share
from planner.cp.window import is_free

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.cp.interval_model import Replanned
    from planner.cp.solve import Effort
    from planner.cp.window import Window
    from planner.search.neighbourhoods.state import Neighbourhood, PlanState
    from planner.search.neighbourhoods.timeline import Timeline


class AroundDetours:
    """Rounds of neighbourhoods around detours.

    A round opens at least as many neighbourhoods as there are workers, and solves each with one: on models
    of this size a second worker helps little. In large pools it opens many that share no host, so that the
    work that grows with the plan is done once for all of them.

    Parameters
    ----------
    state
        The plan that is opened.

    Attributes
    ----------
    size
        Hosts in a neighbourhood: more while that is quick, fewer when it is not done in time.
    free
        VMs that are free in a neighbourhood at the most, likewise.
    """

    def __init__(self, state: PlanState) -> None:
        self.state = state
        self.size = float(state.parameters.first_size)
        self.free = state.parameters.first_free / max(1, len(state.problem.resources)) ** 0.5

    def run(self) -> bool:
        """Re-plan around some detours; tell whether that helped."""
        state, began = self.state, monotonic()
        opened = list(self._neighbourhoods())
        futures = [state.threads.submit(self._solve, one, state.effort(1)) for one in opened]
        outcomes = [future.result() for future in futures]
        self._resize(outcomes, max((len(one.free) for one in opened), default=0), monotonic() - began)
        return state.take(opened, outcomes)

    def _solve(self, one: Neighbourhood, effort: Effort) -> Replanned:
        share = Share(most_s=self.state.parameters.patience_s)
        return one.model.solve(*effort.given(self.state.deadline, share))

    def _resize(self, outcomes: list[Replanned], most: int, seconds: float) -> None:
        """Grow where the round was quick, shrink where it was not done; ``most`` VMs were free in one."""
        parameters, effort = self.state.parameters, self.state.search.effort
        if not all(outcome.answer.proven for outcome in outcomes):
            self.size = max(parameters.smallest, self.size * parameters.shrinkage)
            self.free = max(parameters.least_free, min(self.free, most) * parameters.free_shrinkage)
            return
        rounds = -(-len(outcomes) // effort.workers)
        spent = seconds if effort.by_clock else sum(outcome.answer.nominal_s for outcome in outcomes)
        if spent < parameters.quick * parameters.patience_s * rounds:
            self.size = min(self.size * parameters.growth, self.state.problem.num_hosts)
            self.free = min(self.free * parameters.growth, self.state.problem.num_vms)

    def _neighbourhoods(self) -> Iterator[Neighbourhood]:
        """Open some around different detours: no free VM in two, beyond one a worker no host."""
        state, workers = self.state, self.state.search.effort.workers
        vms: set[int] = set()
        hosts: set[int] = set()
        timeline, parameters = state.timeline(), state.parameters
        many = min(len(timeline.moves) // parameters.moves_a_neighbourhood, parameters.most_neighbourhoods)
        for number in range(max(workers, many)):
            detour = timeline.detours[int(state.rng.integers(len(timeline.detours)))]
            core = hosts_around(timeline, detour, int(self.size), state.rng)
            if number >= workers and not hosts.isdisjoint(core):
                continue
            window = open_window(state, core, detour[0], int(self.free))
            apart = hosts.isdisjoint(window.hosts)
            if vms.isdisjoint(window.free) and (apart or number < workers):
                one = state.neighbourhood(window, apart=apart)
                if one is not None:
                    vms.update(window.free)
                    hosts.update(window.hosts)
                    yield one


def hosts_around(
    timeline: Timeline, detour: tuple[int, int], size: int, rng: np.random.Generator
) -> list[int]:
    """Choose hosts around a detour: those that exchange VMs with its hosts, nearest in time first."""
    instant, vm = detour
    chosen = dict.fromkeys(sorted(timeline.hosts_of(vm)))
    chosen.update(dict.fromkeys((timeline.problem.src[vm], timeline.problem.dst[vm])))
    border = list(chosen)
    spread = 0.25 * timeline.horizon
    while border and len(chosen) < size:
        links = [link for host in border for link in timeline.near[host] if link[1] not in chosen]
        if not links:
            break
        away = np.array([abs(when - instant) for when, _ in links]) + rng.random(len(links)) * spread
        border = []
        for index in np.argsort(away)[: max(1, size - len(chosen))].tolist():
            host = links[index][1]
            if host not in chosen and len(chosen) < size:
                chosen[host] = None
                border.append(host)
    return list(chosen)


def open_window(state: PlanState, core: list[int], instant: int, most: int) -> Window:
    """Open the plan on some hosts.

    Free is every VM whose path touches a core host, or, where they are more, those that move nearest to an
    instant: their other hosts are in the model too, with all else there fixed.
    """
    problem, rng, timeline, parameters = state.problem, state.rng, state.timeline(), state.parameters
    free = sorted({vm for host in core for vm in timeline.on(host) if is_free(problem, vm)})
    if len(free) > most:
        drawn = rng.permutation(len(free)).tolist()
        ranked = [(timeline.distance(vm, instant), place, vm) for vm, place in zip(free, drawn, strict=True)]
        free = sorted(vm for _, _, vm in sorted(ranked)[:most])
    offered = sorted({*core, *rng.integers(problem.num_hosts, size=parameters.drawn).tolist()})
    # Roomy hosts far away help where there are any; where all are full they only make the model larger.
    outside = parameters.outside if rng.random() < 0.5 else 0
    shelters = {vm: _offered(state, vm, offered, outside) for vm in free}
    return timeline.window(free, shelters)


def _offered(state: PlanState, vm: int, hosts: list[int], few: int) -> list[int]:
    """Give the hosts offered to a VM: those it waits on in the plan as it is, and those that may help."""
    shelters = state.shelters
    if not state.problem.vms[vm].may_step_aside:
        return []
    able = {host for host in hosts if shelters.can_hold(vm, host)}
    return sorted(state.timeline().hosts_of(vm) | able | set(shelters.best(vm, few)))
