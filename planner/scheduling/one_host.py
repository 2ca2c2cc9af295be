"""How long one host takes at least, all others aside. ALGORITHM.md, "Bounds of the makespan"."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from models.moves import OFF
from planner.scheduling.at_most import at_most
from planner.scheduling.bounds import Bound
from planner.scheduling.parameters import DEFAULT
from planner.scheduling.relaxed import IN, OUT, Relaxed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ortools.sat.python import cp_model

    from heuristics import Deadline
    from models.problem import Problem
    from planner.cp.solve import Effort
    from planner.scheduling.freedom_in_time import FreedomInTime
    from planner.scheduling.heads import Margins
    from planner.scheduling.parameters import MakespanBound


def raised_by_hosts(
    free: FreedomInTime,
    bound: Bound,
    makespan: int,
    deadline: Deadline,
    effort: Effort,
    known: Margins,
    parameters: MakespanBound = DEFAULT.bound,
    listen: Callable[[Bound], None] | None = None,
) -> Bound:
    """Look into one host after another for a better bound, those that may take longest first.

    Parameters
    ----------
    makespan
        Of a schedule that is known.
    known
        What happens elsewhere before somebody can leave or come, and after it.
    listen
        Told of every better bound.
    """
    one = replace(effort, workers=1)
    for most, host in _hosts(free, known, parameters.most_vms):
        if most <= bound.seconds or bound.seconds >= makespan or deadline.over:
            break
        model = HostAlone(free, host, bound.seconds, makespan, known)
        found = model.solve(deadline.within(parameters.host_s), one)
        if found is not None and found > bound.seconds:
            bound = Bound(found, f"the room on {free.problem.hosts[host].name}")
            if listen is not None:
                listen(bound)
    return bound


class HostAlone(Relaxed):
    """Who leaves a host and who comes there, in one migration or in two or more; all else is left out."""

    def __init__(self, free: FreedomInTime, host: int, bound: int, horizon: int, known: Margins) -> None:
        self.host, self.known = host, known
        super().__init__(free, bound, horizon)

    def _vms(self) -> Iterable[int]:
        problem = self.problem
        for vm in problem.displaced:
            if self.host in (problem.src[vm], problem.dst[vm]) and not self.freedom.off[vm]:
                yield vm

    def _add(self, vm: int) -> None:
        problem, model, horizon = self.problem, self.model, self.horizon
        heads, tails = self.known.heads, self.known.tails
        source, target = problem.src[vm], problem.dst[vm]
        if source == OFF or target == OFF:
            self._add_end_of_life(vm)
            return
        goes = problem.may_go(vm, source, target)
        # Where rules forbid it, it may be that it would never end.
        direct = self.clock.seconds(vm, source, target) if goes else 0
        leaves = model.new_int_var(heads.leaves[vm], horizon, "")
        arrives = leaves
        straight: cp_model.LiteralT = True
        first: cp_model.LinearExpr | int = direct
        last: cp_model.LinearExpr | int = direct
        if self.freedom.aside[vm]:
            out, home = self.least.seconds(vm, source), self.least.seconds(vm, target)
            straight = model.new_bool_var("")
            arrives = model.new_int_var(heads.comes[vm], horizon, "")
            model.add(arrives == leaves).only_enforce_if(straight)
            model.add(arrives >= leaves + out).only_enforce_if(~straight)
            if not goes:
                model.add(straight == 0)
            first, last = out + (direct - out) * straight, home + (direct - home) * straight
            # The first migration and the last; others are left out.
            self._flight_at_one_end(vm, leaves, ~straight, source, OUT)
            self._flight_at_one_end(vm, arrives, ~straight, target, IN)
        self._flight(vm, leaves, direct, straight, source, target)
        model.add(self.makespan - first - tails.comes[vm] >= leaves)
        model.add(self.makespan - last - tails.leaves[vm] >= arrives)
        if source == self.host:
            gone = model.new_int_var(0, horizon, "")
            model.add(gone - first == leaves)
            self.stays[source].append((model.new_interval_var(0, gone, gone, ""), vm))
        else:
            self.stays[target].append((self._until_the_end(arrives), vm))

    def _add_end_of_life(self, vm: int) -> None:
        """A shutdown starts at once, which harms nobody; a provision when there is room.

        Unless the VM is sooner gone by a migration, or sooner there by one.
        """
        if self.problem.dst[vm] == OFF:
            takes = min(self._end_of_life_s(vm, self.clock.shutdown_s), self.horizon)
            self.stays[self.host].append((self.model.new_fixed_size_interval_var(0, takes, ""), vm))
            return
        arrives = self.model.new_int_var(self.known.heads.comes[vm], self.horizon, "")
        self.model.add(self.makespan >= arrives + self._end_of_life_s(vm, self.clock.provision_s))
        self.stays[self.host].append((self._until_the_end(arrives), vm))

    def _end_of_life_s(self, vm: int, seconds: int) -> int:
        """Give how long it is on the host and not done, at least: by its end or beginning, or by going."""
        least = self.least.seconds(vm, self.host) if self.freedom.wanders[vm] else 0
        return min(seconds, least) if least else seconds

    def _add_rooms(self) -> None:
        """Keep the resources of the host: with those that stay, and whoever has come or not yet left."""
        problem, freedom, stays = self.problem, self.freedom, self.stays[self.host]
        resting = [0] * len(problem.resources)
        for vm, source in enumerate(problem.src):
            if source == self.host == problem.dst[vm] and not (freedom.aside[vm] or freedom.off[vm]):
                for resource, amount in problem.needs[vm]:
                    resting[resource] += amount
        for resource, usable in enumerate(problem.usable[self.host]):
            held = [
                (stay, problem.demand[vm][resource]) for stay, vm in stays if problem.demand[vm][resource]
            ]
            first = sum(problem.demand[vm][resource] for _, vm in stays if problem.src[vm] == self.host)
            room = usable - resting[resource]
            if first <= room:
                # Where it is over its limit at first, nothing is asked: that only lowers the bound.
                at_most(self.model, held, room)


def _hosts(free: FreedomInTime, known: Margins, most_vms: int) -> list[tuple[int, int]]:
    """Give (seconds in which all can come and go one by one, host) for hosts where room may be short."""
    problem = free.problem
    heads, tails = known.heads, known.tails
    seconds: dict[int, int] = defaultdict(int)
    visits: dict[int, int] = defaultdict(int)
    before: dict[int, int] = defaultdict(int)
    after: dict[int, int] = defaultdict(int)
    for vm in problem.displaced:
        source, target = problem.src[vm], problem.dst[vm]
        if OFF in (source, target):
            takes = free.clock.seconds(vm, source, target)
        elif not free.freedom.off[vm]:
            takes = free.seconds(vm)
        else:
            continue
        for host in {source, target} - {OFF}:
            seconds[host] += takes
            visits[host] += 1
            before[host] = max(before[host], heads.leaves[vm], heads.comes[vm])
            after[host] = max(after[host], tails.leaves[vm], tails.comes[vm])
    full = _where_not_all_fits(problem)
    few = [
        (before[host] + total + after[host], host)
        for host, total in seconds.items()
        if host in full and visits[host] <= most_vms
    ]
    return sorted(few, key=lambda item: (-item[0], item[1]))


def _where_not_all_fits(problem: Problem) -> set[int]:
    """Give the hosts that cannot hold at once all that they have and all that they get."""
    need = [[0] * len(problem.resources) for _ in problem.hosts]
    for vm in range(problem.num_vms):
        for host in {problem.src[vm], problem.dst[vm]} - {OFF}:
            for resource, amount in problem.needs[vm]:
                need[host][resource] += amount
    return {
        host
        for host, row in enumerate(need)
        if any(amount > usable for amount, usable in zip(row, problem.usable[host], strict=True))
    }
