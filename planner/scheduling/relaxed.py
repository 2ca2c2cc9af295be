"""A relaxation of all schedules, detours in them: VMs between two migrations take no room anywhere.

ALGORITHM.md, "Bounds of the makespan". For one host alone it is solved in a moment; for a small pool it is
solved as a whole.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from ortools.sat.python import cp_model

from models.durations import Slot, Wire
from models.moves import OFF
from planner.cp.solve import solve
from planner.scheduling.at_most import at_most
from planner.scheduling.bounds import free_room

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from heuristics import Deadline
    from models.clock import Clock
    from models.problem import Problem
    from planner.cp.solve import Effort
    from planner.scheduling.freedom import Freedom
    from planner.scheduling.least import Least

Interval = cp_model.IntervalVar


class Relaxed:
    """What must happen on some hosts in every plan asked for, all else left out.

    Parameters
    ----------
    problem
        With everyone in it.
    hosts
        The hosts whose limits are kept; None: all, and the free room of the whole pool too.
    bound, horizon
        The makespan is sought between the two; a plan with this horizon is known.
    """

    def __init__(
        self,
        problem: Problem,
        clock: Clock,
        freedom: Freedom,
        least: Least,
        hosts: Collection[int] | None,
        bound: int,
        horizon: int,
    ) -> None:
        self.problem, self.clock, self.freedom, self.least = problem, clock, freedom, least
        self.hosts = frozenset(range(problem.num_hosts) if hosts is None else hosts)
        self.horizon = horizon
        self.model = cp_model.CpModel()
        self.makespan = self.model.new_int_var(bound, horizon, "makespan")
        self.stays: dict[int, list[tuple[Interval, int]]] = defaultdict(list)
        self.channels: dict[int, list[tuple[Interval, int]]] = defaultdict(list)
        self.flights: list[tuple[Interval, int]] = []
        self.born: dict[int, cp_model.IntVar] = {}
        for vm in self._vms():
            self._add(vm)
        for channel, held in self.channels.items():
            at_most(self.model, held, clock.limits[channel])
        self._add_rooms()
        if hosts is None:
            self._add_free_room()
        self.model.minimize(self.makespan)

    def _vms(self) -> Iterable[int]:
        """Give the VMs of whom it is known what they do on the hosts."""
        problem = self.problem
        for vm in problem.displaced:
            if {problem.src[vm], problem.dst[vm]} & self.hosts and not self.freedom.off[vm]:
                yield vm

    def _add(self, vm: int) -> None:
        """Let the VM leave its source and arrive at its target, in one migration or in two or more."""
        problem, model, horizon = self.problem, self.model, self.horizon
        source, target = problem.src[vm], problem.dst[vm]
        if source == OFF or target == OFF:
            self._add_end_of_life(vm)
            return
        direct = self.clock.seconds(vm, source, target)
        leaves = model.new_int_var(0, horizon, "")
        arrives = leaves
        straight: cp_model.LiteralT = True
        first: cp_model.LinearExpr | int = direct
        last: cp_model.LinearExpr | int = direct
        if self.freedom.aside[vm]:
            out, home = self.least.seconds(vm, source), self.least.seconds(vm, target)
            straight = model.new_bool_var("")
            arrives = model.new_int_var(0, horizon, "")
            model.add(arrives == leaves).only_enforce_if(straight)
            model.add(arrives >= leaves + out).only_enforce_if(~straight)
            if not problem.may_go(vm, source, target):
                model.add(straight == 0)
            first, last = out + (direct - out) * straight, home + (direct - home) * straight
            self._two_flights(vm, leaves, arrives, ~straight)
        self._direct_flight(vm, leaves, straight, direct)
        model.add(self.makespan - last >= arrives)
        if source in self.hosts:
            gone = model.new_int_var(0, horizon, "")
            model.add(gone - first == leaves)
            self.stays[source].append((model.new_interval_var(0, gone, gone, ""), vm))
        if target in self.hosts:
            self.stays[target].append((self._until_the_end(arrives), vm))

    def _add_end_of_life(self, vm: int) -> None:
        """A shutdown starts at once, which harms nobody; a provision when there is room.

        Unless the VM is sooner gone by a migration, or sooner there by one.
        """
        source, target = self.problem.src[vm], self.problem.dst[vm]
        if target == OFF:
            takes = min(self._end_of_life_s(vm, source, self.clock.shutdown_s), self.horizon)
            self.stays[source].append((self.model.new_fixed_size_interval_var(0, takes, ""), vm))
            return
        arrives = self.born[vm] = self.model.new_int_var(0, self.horizon, "")
        self.model.add(self.makespan >= arrives + self._end_of_life_s(vm, target, self.clock.provision_s))
        self.stays[target].append((self._until_the_end(arrives), vm))

    def _end_of_life_s(self, vm: int, host: int, seconds: int) -> int:
        """Give how long it is on a host and not done, at least: by its end or beginning, or by going."""
        least = self.least.seconds(vm, host) if self.freedom.wanders[vm] else 0
        return min(seconds, least) if least else seconds

    def _until_the_end(self, since: cp_model.IntVar) -> Interval:
        return self.model.new_interval_var(since, self.horizon - since, self.horizon, "")

    def _direct_flight(
        self, vm: int, leaves: cp_model.IntVar, straight: cp_model.LiteralT, seconds: int
    ) -> None:
        flight = self.model.new_optional_fixed_size_interval_var(leaves, seconds, straight, "")
        self.flights.append((flight, vm))
        for channel, amount in self.clock.uses(self.problem.src[vm], self.problem.dst[vm]):
            self.channels[channel].append((flight, amount))

    def _two_flights(
        self, vm: int, leaves: cp_model.IntVar, arrives: cp_model.IntVar, present: cp_model.LiteralT
    ) -> None:
        """The first migration, from the source, and the last, to the target; others are left out."""
        self._flight_at_one_end(vm, leaves, present, self.problem.src[vm], ("max_out", "max_moves", "out"))
        self._flight_at_one_end(vm, arrives, present, self.problem.dst[vm], ("max_in", "max_moves", "in"))

    def _flight_at_one_end(
        self, vm: int, start: cp_model.IntVar, present: cp_model.LiteralT, host: int, kinds: tuple[str, ...]
    ) -> None:
        """A migration of which one end is known: at any of the rates that the host has for it."""
        model = self.model
        modes = self.least.modes(vm, host)
        chosen = [model.new_bool_var("") for _ in modes]
        model.add(sum(chosen) == present)
        for (rate, seconds), taken in zip(modes, chosen, strict=True):
            flight = model.new_optional_fixed_size_interval_var(start, seconds, taken, "")
            self.flights.append((flight, vm))
            model.add(self.makespan >= start + seconds).only_enforce_if(taken)
            for channel, _ in self.clock.uses(self.problem.src[vm], self.problem.dst[vm]):
                name = self.clock.names[channel]
                if _is_of(name, self.problem.hosts[host].name, kinds) or name == Slot("max_parallel"):
                    self.channels[channel].append((flight, 1 if isinstance(name, Slot) else rate))

    def _add_rooms(self) -> None:
        """Keep the resources of each host: with those that stay, and whoever has come or not yet left."""
        problem, freedom = self.problem, self.freedom
        resting: dict[int, list[int]] = {host: [0] * len(problem.resources) for host in self.hosts}
        for vm, source in enumerate(problem.src):
            if source in resting and source == problem.dst[vm] and not (freedom.aside[vm] or freedom.off[vm]):
                for resource, amount in problem.needs[vm]:
                    resting[source][resource] += amount
        for host, stays in self.stays.items():
            for resource, usable in enumerate(problem.usable[host]):
                demand = [problem.demand[vm][resource] for _, vm in stays]
                first = [
                    amount for amount, (_, vm) in zip(demand, stays, strict=True) if problem.src[vm] == host
                ]
                room = usable - resting[host][resource]
                if sum(first) <= room:
                    # Where it is over its limit at first, nothing is asked: that only lowers the bound.
                    counted = zip(stays, demand, strict=True)
                    at_most(self.model, [(stay, amount) for (stay, _), amount in counted if amount], room)

    def _add_free_room(self) -> None:
        """Keep what all in flight take of the free room of the pool."""
        for resource in range(len(self.problem.resources)):
            held = [
                (flight, self.problem.demand[vm][resource])
                for flight, vm in self.flights
                if self.problem.demand[vm][resource]
            ]
            at_most(self.model, held, free_room(self.problem, self.freedom, resource))

    def solve(self, deadline: Deadline, effort: Effort) -> int | None:
        """Give a bound of the makespan; None where nothing was proven."""
        return solve(self.model, deadline, effort)[1].bound


def _is_of(name: Slot | Wire, host: str, kinds: tuple[str, ...]) -> bool:
    """Tell whether a channel belongs to one end of a migration."""
    kind, whose = name
    return kind in kinds and whose == host
