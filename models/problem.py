"""The migrations of a pool as integers: what path finders, bounds and CP-SAT models work on.

Shutdowns come first and provisions last, which gives the migrations the most room (ALGORITHM.md,
"Phases"); what is left are the VMs that are in both placements. Rules arrive here as the three things
that a rule may say, so nothing behind this file names a rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from models.actions import Action, Migration, Provision, Shutdown, Start, Stop
from models.amounts import LARGEST
from models.errors import PlannerError
from models.objective import Objective, price_of
from models.plan import Plan
from models.rules.base import Filter, GroupLimit, ResourceRule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from models.host import Host
    from models.pool import Pool
    from models.vm import VM

OFF = -1
"""The host of a VM that is stopped."""

FEW_CLASSES = 20_000
"""Up to so many combinations of classes are looked through for VMs that no filter holds back."""

Move = tuple[int, int]
"""(vm, host): the VM goes to that host; to ``OFF`` it is stopped, from there it is started."""


@dataclass(slots=True)
class Filters:
    """All filters of a pool, asked by index; equal questions are asked once."""

    filters: Sequence[Filter]
    hosts: Sequence[Host]
    vms: Sequence[VM]
    vm_class: list[int]
    host_class: list[int]
    _runs: dict[tuple[int, int], bool]
    _goes: dict[tuple[int, int, int, int, bool], bool]
    unbound: list[bool]

    @classmethod
    def of(cls, filters: Sequence[Filter], hosts: Sequence[Host], vms: Sequence[VM]) -> Filters:
        """Sort hosts and VMs into classes that no filter tells apart."""
        by_vm: dict[object, int] = {}
        by_host: dict[object, int] = {}
        vm_class = [by_vm.setdefault(tuple(f.vm_key(vm) for f in filters), len(by_vm)) for vm in vms]
        host_class = [by_host.setdefault(tuple(f.host_key(h) for f in filters), len(by_host)) for h in hosts]
        made = cls(filters, hosts, vms, vm_class, host_class, {}, {}, [False] * len(vms))
        if len(by_vm) * (len(by_host) + 1) ** 3 <= FEW_CLASSES:
            made._find_unbound()
        return made

    def _find_unbound(self) -> None:
        """Note the VMs that no filter holds back anywhere, so that most questions need no asking."""
        example = {number: host for host, number in enumerate(self.host_class)}
        open_class: dict[int, bool] = {}
        for vm, number in enumerate(self.vm_class):
            if number not in open_class:
                # A host that is the target and one like it are two questions; hence the second ``host``.
                open_class[number] = all(
                    self._allows(vm, source, host, target)
                    for source in (OFF, *example.values())
                    for host in example.values()
                    for target in (OFF, host, *example.values())
                )
            self.unbound[vm] = open_class[number]

    def _allows(self, vm: int, source: int, host: int, target: int) -> bool:
        guest, there = self.vms[vm], self.hosts[host]
        here = None if source == OFF else self.hosts[source]
        end = None if target == OFF else self.hosts[target]
        return self.runs(vm, host) and not any(f.refuses_move(guest, here, there, end) for f in self.filters)

    def part(self, hosts: Sequence[int], vms: Sequence[int]) -> Filters:
        """Give the same filters for some of the hosts and VMs, in that order; what was asked is kept."""
        return Filters(
            self.filters,
            [self.hosts[host] for host in hosts],
            [self.vms[vm] for vm in vms],
            [self.vm_class[vm] for vm in vms],
            [self.host_class[host] for host in hosts],
            self._runs,
            self._goes,
            [self.unbound[vm] for vm in vms],
        )

    def runs(self, vm: int, host: int) -> bool:
        """Tell whether the VM may ever run there."""
        key = self.vm_class[vm], self.host_class[host]
        found = self._runs.get(key)
        if found is None:
            guest, there = self.vms[vm], self.hosts[host]
            found = self._runs[key] = not any(f.refuses(guest, there) for f in self.filters)
        return found

    def goes(self, vm: int, source: int, host: int, target: int) -> bool:
        """Tell whether the VM may come there from ``source`` (``OFF``: be started), its target known."""
        classes = self.host_class
        origin = OFF if source == OFF else classes[source]
        key = self.vm_class[vm], origin, classes[host], classes[target], host == target
        found = self._goes.get(key)
        if found is None:
            found = self._allows(vm, source, host, target)
            self._goes[key] = found
        return found


class Problem:
    """A pool between its shutdowns and its provisions.

    Parameters
    ----------
    pool
        A pool that has passed :meth:`Pool.check`.
    objective
        What a migration costs.

    Attributes
    ----------
    hosts, vms
        The hosts, and the VMs that are in both placements. All else speaks of them by index.
    src, dst
        ``src[vm]``, ``dst[vm]``: where each VM is and shall be.
    needs
        ``needs[vm]``: (resource, amount) pairs, amounts above 0.
    demand
        ``demand[vm][resource]``: the same with the zeros.
    usable
        ``usable[host][resource]``.
    groups_of
        ``groups_of[vm]``: the groups the VM counts in.
    cost, stop_cost
        What a migration and a stop/start pair cost; ``stop_cost[vm]`` None where it may not be stopped, or
        not be started on its target.
    """

    def __init__(self, pool: Pool, objective: Objective = "moves") -> None:
        self.pool = pool
        self.objective = objective
        state, end = pool.current, pool.target.placement
        start = state.placement
        self.hosts = pool.hosts
        self.vms = tuple(vm for vm in pool.vms if vm.name in start and vm.name in end)
        self.host_index = {host.name: number for number, host in enumerate(self.hosts)}
        self.src = [self.host_index[start[vm.name]] for vm in self.vms]
        self.dst = [self.host_index[end[vm.name]] for vm in self.vms]
        price = price_of(objective, pool.vms)
        self.cost = [price(vm) for vm in self.vms]
        self._take_rules()
        factor = state.offline_cost_factor
        self.stop_cost = [
            cost * factor
            if self.vms[vm].offline and self.filters.goes(vm, OFF, self.dst[vm], self.dst[vm])
            else None
            for vm, cost in enumerate(self.cost)
        ]
        if sum(self.cost) + sum(cost or 0 for cost in self.stop_cost) > LARGEST:
            raise PlannerError(f"objective: the costs of all VMs add up to more than {LARGEST}, 2^53 - 1")
        self.displaced = [vm for vm in range(self.num_vms) if self.src[vm] != self.dst[vm]]
        self._backward = False
        self._made_by: tuple[Callable[..., Problem], tuple[Any, ...]] = (Problem, (pool, objective))

    def __reduce__(self) -> tuple[Callable[..., Problem], tuple[Any, ...]]:
        """Pickle the pool and build anew: what a rule gives (a limit, a lambda) need not be picklable."""
        return self._made_by

    def _take_rules(self) -> None:
        rules, hosts, vms = self.pool.current.rules, self.hosts, self.vms
        resources = [
            r for rule in rules if isinstance(rule, ResourceRule) for r in rule.resources(hosts, vms)
        ]
        self.resources = tuple(resource.name for resource in resources)
        self.usable = [[resource.usable(host) for resource in resources] for host in hosts]
        self.demand = [[resource.demand(vm) for resource in resources] for vm in vms]
        self.needs = [
            tuple((number, amount) for number, amount in enumerate(row) if amount) for row in self.demand
        ]
        self.groups_of: list[tuple[int, ...]] = [()] * len(vms)
        self.members: list[list[int]] = []
        self.group_names: list[str] = []
        self._limits: list[Callable[[Host], int]] = []
        number_of = {vm.name: number for number, vm in enumerate(vms)}
        for rule in rules:
            if isinstance(rule, GroupLimit):
                for group in rule.groups(hosts, self.pool.vms):
                    inside = [number_of[name] for name in dict.fromkeys(group.members) if name in number_of]
                    for vm in inside:
                        self.groups_of[vm] += (len(self.members),)
                    self.members.append(inside)
                    self.group_names.append(group.name)
                    self._limits.append(group.limit)
        self.filters = Filters.of([rule for rule in rules if isinstance(rule, Filter)], hosts, vms)
        self._limit_cache: dict[tuple[Callable[[Host], int], int], int] = {}

    @property
    def num_hosts(self) -> int:
        """The number of hosts."""
        return len(self.hosts)

    @property
    def num_vms(self) -> int:
        """The number of VMs in both placements."""
        return len(self.vms)

    def limit(self, group: int, host: int) -> int:
        """How many of a group the host may hold."""
        key = self._limits[group], host
        found = self._limit_cache.get(key)
        if found is None:
            found = self._limit_cache[key] = self._limits[group](self.hosts[host])
        return found

    def may_run(self, vm: int, host: int) -> bool:
        """Tell whether no filter forbids the VM to run there."""
        return self.filters.runs(vm, host)

    def may_go(self, vm: int, source: int, host: int) -> bool:
        """Tell whether no filter forbids that migration; from ``OFF``, that start."""
        if self.filters.unbound[vm]:
            return True
        if self._backward:
            return host == OFF or source == OFF or self.filters.goes(vm, host, source, self.src[vm])
        return self.filters.goes(vm, source, host, self.dst[vm])

    @property
    def is_backward(self) -> bool:
        """Tell whether this is the problem from target to current."""
        return self._backward

    def backward(self) -> Problem:
        """Give the problem from target to current, whose plans reversed are plans of this one."""
        other = object.__new__(Problem)
        other.__dict__.update(self.__dict__)
        other.src, other.dst, other._backward = self.dst, self.src, not self._backward
        other._made_by = Problem.backward, (self,)
        return other

    def part(
        self, hosts: Sequence[int], vms: Sequence[int], start: Sequence[int], end: Sequence[int]
    ) -> Problem:
        """Give the problem of some hosts alone, as it is at some time on the way.

        Parameters
        ----------
        hosts
            The hosts; the part counts them from 0 in this order.
        vms
            All VMs that are there at that time; counted likewise.
        start, end
            ``start[n]``, ``end[n]``: where VM ``vms[n]`` is and shall be, as hosts of the whole problem.

        Notes
        -----
        Plans of the part are moves, not actions: shutdowns and provisions stay with the whole.
        """
        other = object.__new__(Problem)
        other.__dict__.update(self.__dict__)
        number_of = {host: number for number, host in enumerate(hosts)}
        other.hosts = tuple(self.hosts[host] for host in hosts)
        other.vms = tuple(self.vms[vm] for vm in vms)
        other.host_index = {host.name: number for number, host in enumerate(other.hosts)}
        other.src = [number_of[host] for host in start]
        other.dst = [number_of[host] for host in end]
        other.usable = [self.usable[host] for host in hosts]
        other.cost = [self.cost[vm] for vm in vms]
        other.demand = [self.demand[vm] for vm in vms]
        other.needs = [self.needs[vm] for vm in vms]
        other.groups_of = [self.groups_of[vm] for vm in vms]
        other.members = _members(other.groups_of, len(self.members))
        other.filters = self.filters.part(hosts, vms)
        other._limit_cache = {}
        # Whether a VM may be stopped was asked for a start on its target, and for no other host.
        other.stop_cost = [
            self.stop_cost[vm] if last == self.dst[vm] else None for vm, last in zip(vms, end, strict=True)
        ]
        other.displaced = [vm for vm in range(len(vms)) if start[vm] != end[vm]]
        other._made_by = Problem.part, (self, hosts, vms, start, end)
        return other

    def actions(self, moves: Iterable[Move]) -> Iterator[Action]:
        """Give the whole plan of some moves: shutdowns first, provisions last."""
        pool = self.pool
        here, there = pool.current.placement, pool.target.placement
        for name in pool.shut_down:
            yield Shutdown(name, here[name])
        names = [host.name for host in self.hosts]
        at = list(self.src)
        for vm, host in moves:
            name = self.vms[vm].name
            if host == OFF:
                yield Stop(name, names[at[vm]])
            elif at[vm] == OFF:
                yield Start(name, names[host])
            else:
                yield Migration(name, names[at[vm]], names[host])
            at[vm] = host
        for name in pool.provisioned:
            yield Provision(name, there[name])

    def plan(self, moves: Iterable[Move]) -> Plan:
        """Give the whole plan of some moves, priced."""
        return Plan.of(self.pool, self.actions(moves), self.objective)

    def moves_cost(self, moves: Iterable[Move]) -> int:
        """What some moves cost together."""
        off: set[int] = set()
        total = 0
        for vm, host in moves:
            if host == OFF:
                off.add(vm)
                total += self.stop_cost[vm] or 0
            elif vm in off:
                off.remove(vm)
            else:
                total += self.cost[vm]
        return total


def _members(groups_of: Sequence[tuple[int, ...]], groups: int) -> list[list[int]]:
    """Give ``members[group]``: the VMs that count in it."""
    members: list[list[int]] = [[] for _ in range(groups)]
    for vm, of in enumerate(groups_of):
        for group in of:
            members[group].append(vm)
    return members
