"""Make room: VMs of some size are expected, and shall fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.amounts import LARGEST
from models.rules.architecture import ALSO_RUNS
from models.rules.base import Filter
from models.vm import VM
from planner.goals.goal import Goal
from planner.goals.leaving import Leaving, who_is_where
from planner.goals.slot_prices import BEYOND_ANY_COST, least_price
from planner.goals.terms import Terms

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from models.host import Host
    from models.state import PoolState
    from planner.goals.choice import Choice
    from planner.goals.placement_model import PlacementModel

USUAL = "x86_64"
"""The architecture that goes without saying."""


class MakeRoom(Goal):
    """So many VMs more of some size fit.

    Parameters
    ----------
    demand
        What one of them takes of each resource.
    requires
        The traits that its host must have.
    arch
        Its architecture.
    count
        How many of them.
    at_most
        The most migrations.
    """

    name = "make-room"

    def __init__(
        self,
        demand: Mapping[str, int],
        *,
        requires: Sequence[str] = (),
        arch: str = USUAL,
        count: int = 1,
        at_most: int | None = None,
    ) -> None:
        self.demand = dict(demand)
        self.requires = tuple(requires)
        self.arch = arch
        self.count = count
        self.at_most = at_most

    def words(self) -> str:
        """Say what is wanted."""
        size = ", ".join(f"{name}={amount}" for name, amount in self.demand.items())
        where = " on hosts" if self.requires or self.arch != USUAL else ""
        where += f" that run {self.arch}" if self.arch != USUAL else ""
        where += f" with {', '.join(self.requires)}" if self.requires else ""
        many = f"{self.count} VMs more of {size} fit" if self.count > 1 else f"a VM more of {size} fits"
        return f"{many}{where}{self.within_words()}"

    def mistakes(self, state: PoolState) -> Iterator[str]:
        """Refuse amounts that are none, resources and traits that nobody has."""
        known = {name for host in state.hosts for name in host.capacity}
        known |= {name for vm in state.vms for name in vm.demand}
        if not self.demand:
            yield "make-room: no demand is given, such as ram_mib=8192"
        for name, amount in self.demand.items():
            if type(amount) is not int or not 0 <= amount <= LARGEST:
                yield f"make-room: {name}={amount!r}, must be an integer from 0 to 2^53 - 1"
            elif name not in known:
                yield f"make-room: {name!r} is no resource of the pool, known are {', '.join(sorted(known))}"
        if type(self.count) is not int or self.count < 1:
            yield f"make-room: count={self.count!r}, must be an integer >= 1"

    def _suits(self, state: PoolState, host: Host) -> bool:
        """Tell whether no filter keeps such a VM from the host; groups know nobody who is yet to come."""
        guest = VM("newcomer", self.demand, arch=self.arch, requires=self.requires)
        return not any(
            rule.refuses(guest, host) or rule.refuses_move(guest, None, host, host)
            for rule in state.rules
            if isinstance(rule, Filter)
        )

    def _runs_on(self, host: Host) -> bool:
        return self.arch in (host.arch, ALSO_RUNS.get(host.arch))

    def _slots(self, state: PoolState, host: Host, free: Mapping[str, int]) -> int:
        """How many fit on a host with that much free."""
        if not self._suits(state, host):
            return 0
        each = [
            max(0, free.get(name, host.usable(name))) // amount
            for name, amount in self.demand.items()
            if amount
        ]
        return min([self.count, *each])

    def judge(self, before: PoolState, after: PoolState) -> Iterator[str]:  # noqa: ARG002
        """Count how many fit."""
        fit = sum(self._slots(after, host, after.free(host.name)) for host in after.hosts)
        if fit < self.count:
            yield f"{fit} of that size fit, {self.count} are wanted"

    def constrain(self, model: PlacementModel) -> None:
        """Load + demand x slots <= usable on each host, and the slots add up to the count."""
        problem, total, slots = model.problem, 0, []
        index = {name: number for number, name in enumerate(problem.resources)}
        for number, host in enumerate(problem.hosts):
            most = self._slots(model.choice.state, host, {})
            if not most:
                continue
            if number not in model.opening.hosts:
                fixed = {
                    name: problem.usable[number][r] - model.fixed_load(number, r) for name, r in index.items()
                }
                total += self._slots(model.choice.state, host, fixed)
                continue
            here = model.cp.new_int_var(0, most, f"slots_{number}")
            for name, amount in self.demand.items():
                if amount and name in index:
                    resource = index[name]
                    load = model.load(number, resource)
                    model.cp.add(load + amount * here <= problem.usable[number][resource])
            slots.append(here)
        model.cp.add(sum(slots) + total >= self.count)

    def impossible(self, choice: Choice) -> str | None:
        """Say what no host has, or how much is missing in all."""
        hosts = choice.problem.hosts
        suited = [host for host in hosts if self._suits(choice.state, host)]
        if not suited:
            return self._why_no_host(hosts)
        for name, amount in self.demand.items():
            largest = max(suited, key=lambda host: host.usable(name))
            if amount > largest.usable(name):
                most = largest.usable(name)
                return f"no host can ever hold {amount} {name}: the largest, {largest.name}, has {most}"
        fit = sum(self._slots(choice.state, host, {}) for host in suited)
        if fit < self.count:
            return f"even empty, the hosts hold {fit} of that size, {self.count} are wanted"
        return self._volume(choice)

    def _why_no_host(self, hosts: Sequence[Host]) -> str:
        """Name what none has: the architecture where that alone is missing everywhere."""
        if not any(self._runs_on(host) for host in hosts):
            offered = ", ".join(sorted({host.arch for host in hosts}))
            return f"no host runs {self.arch}, the hosts are {offered}"
        traits = f" with {', '.join(self.requires)}" if self.requires else ""
        which = f" of {self.arch}" if self.arch != USUAL else ""
        return f"no host{traits} accepts such a VM{which}"

    def _volume(self, choice: Choice) -> str | None:
        problem = choice.problem
        for resource, name in enumerate(problem.resources):
            amount = self.demand.get(name, 0) * self.count
            usable = sum(row[resource] for row in problem.usable)
            taken = sum(row[resource] for row in problem.demand)
            if amount and taken + amount > usable:
                return (
                    f"{amount} {name} are wanted and {usable - taken} are free in the whole pool, "
                    f"{taken + amount - usable} are missing"
                )
        return None

    def bound(self, choice: Choice) -> int:
        """So much must leave each host for one slot more, two, and so on; the cheapest way to all of them."""
        hosts = range(choice.problem.num_hosts)
        free = [self._free(choice, host) for host in hosts]
        now = [self._slots_on(choice, host, free[host]) for host in hosts]
        more = [self._slots_on(choice, host, {}) - now[host] for host in hosts]
        wanted = max(0, self.count - sum(now))
        # Fewer slots cost no more than all of them do, so where the table gets too large they are a bound.
        while wanted * sum(min(slots, wanted) for slots in more) > choice.parameters.prices.slot_cells:
            wanted //= 2
        if not wanted:
            return 0
        on = who_is_where(choice)
        prices = (
            self._prices(Leaving(choice, on[host]), free[host], now[host], min(more[host], wanted))
            for host in hosts
            if more[host] > 0
        )
        return least_price(prices, wanted) or 0

    def _free(self, choice: Choice, host: int) -> dict[str, int]:
        """Give what is free of each resource on a host now."""
        rows = zip(choice.problem.resources, choice.problem.usable[host], choice.load[host], strict=True)
        return {name: usable - load for name, usable, load in rows}

    def _slots_on(self, choice: Choice, host: int, free: Mapping[str, int]) -> int:
        return self._slots(choice.state, choice.problem.hosts[host], free)

    def _prices(self, leaving: Leaving, free: Mapping[str, int], now: int, more: int) -> list[int]:
        """Give what 1, 2, ... slots more on a host cost at least."""
        prices = []
        for slots in range(now + 1, now + more + 1):
            price = leaving.least(self._excess(free, slots))
            if price is None:
                break
            prices.append(price)
        return prices

    def _excess(self, free: Mapping[str, int], slots: int) -> dict[int, int]:
        """Give how much of each resource must leave a host for so many slots."""
        return {
            resource: self.demand.get(name, 0) * slots - amount
            for resource, (name, amount) in enumerate(free.items())
        }

    def terms(self, choice: Choice) -> Terms:
        """So many newcomers fit beside the others."""
        problem = choice.problem
        demand = {r: self.demand.get(name, 0) for r, name in enumerate(problem.resources)}
        suited = frozenset(n for n, host in enumerate(problem.hosts) if self._slots(choice.state, host, {}))
        return Terms(newcomers=(demand, suited, self.count))

    def focus(self, choice: Choice) -> Sequence[int]:
        """The hosts first where least must leave, then the roomiest."""
        rank = {}
        for host, vms in enumerate(who_is_where(choice)):
            price = None
            if self._slots_on(choice, host, {}):
                price = Leaving(choice, vms).least(self._excess(self._free(choice, host), 1))
            rank[host] = BEYOND_ANY_COST if price is None else price
        roomy = list(super().focus(choice))
        first = sorted(rank, key=lambda host: (rank[host], host))
        mixed = [host for pair in zip(first, roomy, strict=True) for host in pair]
        return list(dict.fromkeys(mixed))
