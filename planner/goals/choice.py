"""A pool whose next placement is open: who may go where, and what that costs at least.

ALGORITHM.md, "Goals". All VMs that run in the end are counted from 0: those that run now, and those that a
target given in part provisions, which are there for free.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from models.filters import asks_about_migrations
from models.objective import Objective, objective_name, price_of
from models.pool import Pool
from models.problem import OFF, Problem
from models.rules.base import Filter
from planner.goals.parameters import DEFAULT, GoalParameters

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from models.state import PoolState
    from models.wanted import Wanted


class Fare(NamedTuple):
    """What a VM pays at least to end on a host.

    Parameters
    ----------
    cost
        What it costs.
    migrations
        How many migrations it takes; a stop/start pair counts as one.
    """

    cost: int
    migrations: int


NOTHING = Fare(0, 0)
"""What a VM pays that stays, and one that is provisioned."""


class Choice:
    """What there is to choose from.

    Parameters
    ----------
    wanted
        The current placement, and as much of a target as there is.
    objective
        What a migration costs.
    parameters
        How hard is looked for the best.

    Attributes
    ----------
    problem
        The pool as integers, every VM at home where it is now; see :class:`models.problem.Problem`.
    fixed
        VM -> the host that the target names for it.
    provisioned
        VMs that do not run yet.
    load
        ``load[host][resource]``: what the VMs take now, those that are shut down aside.
    ends_matter
        A rule of one's own may look at where a VM goes in the end, whichever host it passes over.
    """

    def __init__(
        self, wanted: Wanted, objective: Objective = "moves", parameters: GoalParameters = DEFAULT
    ) -> None:
        self.wanted = wanted
        self.objective = objective
        self.parameters = parameters
        self.based = wanted.based()
        here = wanted.current.placement
        start = {name: here.get(name, host) for name, host in self.based.target.placement.items()}
        self.state: PoolState = wanted.current.placed(start)
        self.problem = Problem(Pool(self.state, self.state), objective)
        self.number = {vm.name: number for number, vm in enumerate(self.problem.vms)}
        target = wanted.target or {}
        index = self.problem.host_index
        self.fixed = {self.number[name]: index[host] for name, host in target.items()}
        self.provisioned = {vm for vm, it in enumerate(self.problem.vms) if it.name not in here}
        self.load = loads(self.problem, self.problem.src)
        own = (rule for rule in wanted.current.extra_rules if isinstance(rule, Filter))
        self.ends_matter = any(map(asks_about_migrations, own))
        price = price_of(objective, self.based.vms)
        factor = wanted.current.offline_cost_factor
        self._stop = [price(vm) * factor if vm.offline else None for vm in self.problem.vms]
        self._elsewhere: dict[tuple[object, ...], list[int]] = {}
        self._fares: dict[tuple[object, ...], Fare | None] = {}
        self._entered: dict[tuple[int, int], bool] = {}
        self._left: dict[tuple[int, int, bool], bool] = {}

    @property
    def src(self) -> Sequence[int]:
        """Where every VM is now."""
        return self.problem.src

    def fare(self, vm: int, host: int) -> Fare | None:
        """Give what the VM pays at least to end on the host, order and room aside; None where it cannot."""
        problem = self.problem
        if vm in self.fixed and self.fixed[vm] != host:
            return None
        if vm in self.provisioned:
            return NOTHING if problem.filters.goes(vm, OFF, host, host) else None
        source = problem.src[vm]
        if host == source:
            return NOTHING if problem.may_run(vm, host) else None
        filters = problem.filters
        stop = self._stop[vm]
        if filters.unbound[vm]:
            return Fare(problem.cost[vm] if stop is None else min(stop, problem.cost[vm]), 1)
        if not problem.may_run(vm, host):
            return None
        classes = filters.way_class
        key = filters.vm_class[vm], *self._origin(vm), classes[host], problem.cost[vm], stop
        if key not in self._fares:
            self._fares[key] = self._cheapest_way(vm, source, host)
        return self._fares[key]

    def _is_left(self, vm: int) -> bool:
        """Tell whether a VM may leave its host for any other one: the first step of every way."""
        key = self.problem.filters.vm_class[vm], *self._origin(vm)
        if key not in self._left:
            source, filters = self.src[vm], self.problem.filters
            others = filters.one_of_each(vm, source, source)
            self._left[key] = any(filters.goes(vm, source, there, there) for there in others)
        return self._left[key]

    def _is_entered(self, vm: int, host: int) -> bool:
        """Tell whether a VM may come to a host from any other one: the last step of a way over others."""
        filters = self.problem.filters
        key = filters.vm_class[vm], filters.way_class[host]
        if key not in self._entered:
            others = filters.one_of_each(vm, host, host)
            self._entered[key] = any(filters.goes(vm, here, host, host) for here in others)
        return self._entered[key]

    def _origin(self, vm: int) -> tuple[int, bool]:
        """Give what counts of where a VM is: its way may lead by hosts like its own, on which it may run."""
        source = self.src[vm]
        return self.problem.filters.way_class[source], self.problem.may_run(vm, source)

    def _cheapest_way(self, vm: int, source: int, host: int) -> Fare | None:
        hops = self._fewest_hops(vm, source, host)
        ways = [] if hops is None else [Fare(hops * self.problem.cost[vm], hops)]
        stop = self._stop[vm]
        if stop is not None and self.problem.filters.goes(vm, OFF, host, host):
            ways.append(Fare(stop, 1))
        # The cheapest way need not be that of the fewest migrations: each is a bound by itself.
        return Fare(min(way.cost for way in ways), min(way.migrations for way in ways)) if ways else None

    def _fewest_hops(self, vm: int, source: int, host: int) -> int | None:
        """Give the fewest migrations that the filters allow, room aside."""
        goes, guest = self.problem.filters.goes, self.problem.vms[vm]
        if goes(vm, source, host, host):
            return 1
        # The rules of the project look at where a VM goes in the end of who takes no detours alone.
        own = self.ends_matter
        if not guest.may_step_aside or not (own or self._is_left(vm)) or not self._is_entered(vm, host):
            return None
        # Hosts of one class are alike to every filter: one of each will do, beside the two ends.
        others = set(self.problem.filters.one_of_each(vm, source, host))
        border, hops = [source], 1
        while border:
            border = [h for h in others if any(goes(vm, here, h, host if own else h) for here in border)]
            hops += 1
            if any(goes(vm, here, host, host) for here in border):
                return hops
            others.difference_update(border)
        return None

    def stop_cost(self, vm: int) -> int | None:
        """Give what a stop/start pair of the VM costs; None where it may not be stopped."""
        return self._stop[vm]

    @property
    def counts_moves(self) -> bool:
        """Tell whether the cost is the number of migrations and stop/start pairs."""
        return objective_name(self.objective) == "moves" and all(stop in (None, 1) for stop in self._stop)

    def by_moves(self) -> Choice:
        """Give the same choice, each migration and each stop/start pair at 1: the cost is their number."""
        current = self.wanted.current.changed(offline_cost_factor=1)
        return Choice(replace(self.wanted, current=current), "moves", self.parameters)

    def loads(self, at: Sequence[int]) -> list[list[int]]:
        """Give ``[host][resource]``: what the VMs of a placement take."""
        return loads(self.problem, at)

    def fare_away(self, vm: int, shut: Collection[int] = ()) -> int | None:
        """Give what the VM pays at least to end on another host, none of those shut; None where it cannot."""
        home = self.src[vm]
        if vm in self.fixed:
            end = self.fixed[vm]
            fare = None if end == home else self.fare(vm, end)
            return None if fare is None else fare.cost
        if self.problem.filters.unbound[vm]:
            stop = self.stop_cost(vm)
            return self.problem.cost[vm] if stop is None else min(stop, self.problem.cost[vm])
        # Hosts of one class cost the same: one of each will do.
        open_to_it = (
            next((host for host in members if host != home and host not in shut), None)
            for members in self.problem.filters.open_classes(vm)
        )
        fares = (self.fare(vm, host) for host in open_to_it if host is not None)
        # Nothing is cheaper than the one migration, or a stop: the first host that is so cheap will do.
        direct = min(cost for cost in (self.problem.cost[vm], self.stop_cost(vm)) if cost is not None)
        least = None
        for fare in fares:
            if fare is not None and (least is None or fare.cost < least):
                least = fare.cost
                if least <= direct:
                    break
        return least

    def hosts_for(self, vm: int) -> list[int]:
        """Give every host that the VM may end on, room aside."""
        if vm in self.fixed:
            host = self.fixed[vm]
            return [host] if self.fare(vm, host) is not None else []
        if self.problem.filters.unbound[vm]:
            return list(range(self.problem.num_hosts))
        source = self.src[vm]
        filters = self.problem.filters
        key = (
            filters.vm_class[vm],
            self._origin(vm),
            self.stop_cost(vm) is None,
            vm in self.provisioned,
        )
        if key not in self._elsewhere:
            self._elsewhere[key] = self._hosts_elsewhere(vm, source)
        found = [host for host in self._elsewhere[key] if host != source]
        return [source, *found] if self.fare(vm, source) is not None else found

    def _hosts_elsewhere(self, vm: int, source: int) -> list[int]:
        """Give the hosts that VMs like this one may go to from hosts like that one."""
        found = []
        for members in self.problem.filters.open_classes(vm):
            outside = next((host for host in members if host != source), None)
            if outside is not None and self.fare(vm, outside) is not None:
                found += members
        return found

    def cost(self, at: Sequence[int]) -> int | None:
        """Give what a placement costs at least; None where somebody cannot get there."""
        total = 0
        for vm, host in enumerate(at):
            fare = self.fare(vm, host)
            if fare is None:
                return None
            total += fare.cost
        return total

    def migrations(self, at: Sequence[int]) -> int:
        """Give how many migrations a placement takes at least."""
        return sum((self.fare(vm, host) or NOTHING).migrations for vm, host in enumerate(at))

    def is_lawful(self, at: Sequence[int]) -> bool:
        """Tell whether a placement obeys every rule that speaks of placements."""
        unbound, may_run = self.problem.filters.unbound, self.problem.may_run
        for vm, host in enumerate(at):
            # Most VMs are held back by nothing, and asking each of them takes a while in a large pool.
            if unbound[vm] and not self.fixed:
                continue
            if self.fare(vm, host) is None or not may_run(vm, host):
                return False
        return not self.broken_hosts(at)

    def broken_hosts(self, at: Sequence[int]) -> list[int]:
        """Give the hosts that hold more than they may in a placement, filters aside."""
        problem = self.problem
        over = {
            host
            for host, row in enumerate(loads(problem, at))
            if any(taken > usable for taken, usable in zip(row, problem.usable[host], strict=True))
        }
        for group, members in enumerate(problem.members):
            held: dict[int, int] = {}
            for vm in members:
                held[at[vm]] = held.get(at[vm], 0) + 1
            over.update(host for host, count in held.items() if count > problem.limit(group, host))
        return sorted(over)

    def after(self, at: Sequence[int]) -> PoolState:
        """Give the placement by names."""
        names = self.problem.hosts
        return self.wanted.current.placed(
            {vm.name: names[host].name for vm, host in zip(self.problem.vms, at, strict=True)}
        )

    def numbers(self, state: PoolState) -> list[int]:
        """Give a placement as numbers."""
        index = self.problem.host_index
        return [index[state.placement[vm.name]] for vm in self.problem.vms]


def loads(problem: Problem, at: Sequence[int]) -> list[list[int]]:
    """Give ``[host][resource]``: what the VMs of a placement take."""
    rows = [[0] * len(problem.resources) for _ in problem.hosts]
    for vm, host in enumerate(at):
        row = rows[host]
        for resource, amount in problem.needs[vm]:
            row[resource] += amount
    return rows
