"""Why a VM steps aside: who needs its room, and who is in the way at its target, in a sentence."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from models.actions import Action, Migration, Provision, Shutdown, Stop
from models.mistakes import check_kind
from models.plan import given_actions
from models.pool import Pool
from models.problem import OFF, Problem
from planner.verdict.host_log import HostLog, Shortage, Step
from planner.verdict.statements import Detour, Guest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from models.plan import Plan


def detour_reasons(pool: Pool, plan: Plan | Iterable[Action]) -> dict[int, str]:
    """Say of each detour and stop of a plan why it is there.

    Parameters
    ----------
    pool, plan
        The plan is taken to be safe; of one that is not, what can be said is said.

    Returns
    -------
    dict of int to str
        Number of the action, from 1 -> sentence.
    """
    return {detour.step: detour.text for detour in detours_of_plan(pool, plan)}


def detours_of_plan(pool: Pool, plan: Plan | Iterable[Action]) -> Iterator[Detour]:
    """Explain the detours and stops of a plan, in order."""
    check_kind("pool", pool, Pool)
    actions = given_actions(plan)
    problem, early = Problem(pool), getattr(plan, "objective", None) == "time"
    return detours_of_steps(problem, list(steps_of(problem, actions)), early=early)


def steps_of(problem: Problem, actions: Iterable[Action]) -> Iterator[Step]:
    """Give the migrations, stops and starts; those of names that the pool does not have are left out."""
    vm_of = {vm.name: number for number, vm in enumerate(problem.vms)}
    for step, action in enumerate(actions, 1):
        if isinstance(action, Shutdown | Provision) or action.vm not in vm_of:
            continue
        if isinstance(action, Stop):
            yield step, vm_of[action.vm], OFF
            continue
        host = action.destination if isinstance(action, Migration) else action.host
        if host in problem.host_index:
            yield step, vm_of[action.vm], problem.host_index[host]


def detours_of_steps(problem: Problem, steps: Sequence[Step], *, early: bool) -> Iterator[Detour]:
    """Explain the steps that take a VM elsewhere than to its target, each when it is asked for.

    Parameters
    ----------
    early
        The plan shall end early, and not be short: what no room asks for is there for that.
    """
    log = HostLog(problem, steps)
    arrivals: dict[int, list[int]] = defaultdict(list)
    for step, vm, host in steps:
        if host == problem.dst[vm]:
            arrivals[vm].append(step)
    for step, vm, before, host in leaving_for_elsewhere(problem, steps):
        arrives = next((later for later in arrivals[vm] if later > step), None)
        yield _Asked(problem, log, step, vm, before, host, arrives, early=early).answer()


def leaving_for_elsewhere(problem: Problem, steps: Iterable[Step]) -> Iterator[tuple[int, int, int, int]]:
    """Give (step, VM, the host it leaves, where it goes) of those that are explained: detours and stops.

    Whoever is started elsewhere than at its target was stopped before, and is explained there.
    """
    at = list(problem.src)
    for step, vm, host in steps:
        before, at[vm] = at[vm], host
        if host != problem.dst[vm] and before not in (OFF, host):
            yield step, vm, before, host


class _Asked:
    """One detour, and the questions that its sentence answers."""

    def __init__(
        self,
        problem: Problem,
        log: HostLog,
        step: int,
        vm: int,
        source: int,
        shelter: int,
        arrives: int | None,
        *,
        early: bool,
    ) -> None:
        self.problem, self.log, self.early = problem, log, early
        self.step, self.vm, self.source, self.shelter, self.arrives = step, vm, source, shelter, arrives
        self.target = problem.dst[vm]

    def answer(self) -> Detour:
        """Give what can be said of it."""
        found = self._crowded_out(self.source)
        waits_for, why = self._at_target()
        name, hosts = self.problem.vms[self.vm].name, self.problem.hosts
        parts = [f"{hosts[self.source].name} must take {self._taken(*found)}"] if found else []
        if why:
            parts.append(why)
        # Who cannot go straight has to do so in any plan: neither to end sooner, nor without need.
        if not found and self._may_go_straight:
            parts.append(self._without_need())
        guest = None
        if found:
            visitor, at, lack = found
            guest = Guest(self.problem.vms[visitor].name, at, lack.what, lack.need, lack.free)
        stopped = self.shelter == OFF
        head = f"{name} is stopped" if stopped else f"{name} steps aside to {hosts[self.shelter].name}"
        return Detour(
            self.step,
            name,
            hosts[self.source].name,
            None if stopped else hosts[self.shelter].name,
            hosts[self.target].name,
            guest,
            None if waits_for is None else self.problem.vms[waits_for].name,
            self.arrives,
            f"{head}: {', and '.join(parts)}",
        )

    def _crowded_out(self, host: int) -> tuple[int, int, Shortage] | None:
        """Give the first VM that comes to a host after this step and would not fit beside the VM."""
        for event, level in self.log.walk(host):
            if event.step <= self.step or not event.comes:
                continue
            if event.vm == self.vm:
                return None
            lack = level.shortage(event.vm, self.vm)
            if lack is not None:
                return event.vm, event.step, lack
        return None

    def _taken(self, guest: int, _: int, lack: Shortage) -> str:
        return f"{self.problem.vms[guest].name} ({lack})"

    def _without_need(self) -> str:
        """Say what it is good for where no room asks for it."""
        if self.shelter == OFF and not self.early and self.problem.stop_cost[self.vm] == 0:
            return "a stop costs nothing in this pool"
        nobody = f"nobody needs its room on {self.problem.hosts[self.source].name}, so it"
        return f"{nobody} {'does so to end sooner' if self.early else 'could have waited there'}"

    @property
    def _may_go_straight(self) -> bool:
        """Tell whether rules leave a migration to the target; whoever is at home there needs none."""
        return self.target == self.source or self.problem.may_go(self.vm, self.source, self.target)

    def _at_target(self) -> tuple[int | None, str]:
        """Give who must leave the target first, and why the VM cannot go there at once."""
        problem, target = self.problem, self.target
        name, host = problem.vms[self.vm].name, problem.hosts[target].name
        if target == self.source:
            back = f" comes back in step {self.arrives}" if self.arrives else " does not come back"
            return None, f"{name}, at home there,{back}"
        if not problem.vms[self.vm].movable:
            return None, "it may not be migrated (movable=false)"
        if not self._may_go_straight:
            return None, f"the rules forbid {name} to go straight to its target {host}"
        if self.log.before(target, self.step).shortage(self.vm) is not None:
            leaver = self._opener()
            until = f" until {problem.vms[leaver].name} leaves" if leaver is not None else ""
            return leaver, f"{name}'s target {host} is full{until}"
        found = self._crowded_out(target)
        if found is not None:
            return None, f"{name}'s target {host} must take {self._taken(*found)} before it"
        straight = "" if self.early else ", so it could have gone there"
        return None, f"{name}'s target {host} has room{straight}"

    def _opener(self) -> int | None:
        """Give the VM whose leaving makes room at the target for good before this one arrives."""
        opener = None
        closed = True
        for event, level in self.log.walk(self.target):
            if event.step < self.step:
                continue
            if self.arrives is not None and event.step >= self.arrives:
                break
            level.count(event.vm, 1 if event.comes else -1)
            fits = level.shortage(self.vm) is None
            level.count(event.vm, -1 if event.comes else 1)
            if fits and closed:
                opener = event.vm
            closed = not fits
        return opener
