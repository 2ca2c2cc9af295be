"""Make room: VMs of some size are expected, and shall fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.amounts import LARGEST
from models.rules.architecture import ALSO_RUNS
from models.rules.base import Filter
from models.vm import VM
from planner.goals.goal import Goal
from planner.goals.leaving import least_leaving, who_is_where
from planner.goals.terms import Terms

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from models.host import Host
    from models.state import PoolState
    from planner.goals.choice import Choice
    from planner.goals.placement_model import PlacementModel

USUAL = "x86_64"
"""The architecture that goes without saying."""

BEYOND_ANY_COST = 1 << 60
"""More than any placement costs."""


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
        problem, on = choice.problem, who_is_where(choice)
        free = [
            {
                name: problem.usable[host][resource] - choice.load[host][resource]
                for resource, name in enumerate(problem.resources)
            }
            for host in range(problem.num_hosts)
        ]
        have = sum(self._slots(choice.state, host, free[number]) for number, host in enumerate(problem.hosts))
        least = [0] + [BEYOND_ANY_COST] * max(0, self.count - have)
        for number, host in enumerate(problem.hosts):
            prices = self._prices(
                choice, number, on[number], free[number], self._slots(choice.state, host, free[number])
            )
            for wanted in range(len(least) - 1, 0, -1):
                ways = [
                    least[wanted - more] + price for more, price in enumerate(prices, 1) if more <= wanted
                ]
                least[wanted] = min([least[wanted], *ways])
        return least[-1] if least[-1] < BEYOND_ANY_COST else 0

    def terms(self, choice: Choice) -> Terms:
        """So many newcomers fit beside the others."""
        problem = choice.problem
        demand = {r: self.demand.get(name, 0) for r, name in enumerate(problem.resources)}
        suited = frozenset(n for n, host in enumerate(problem.hosts) if self._slots(choice.state, host, {}))
        return Terms(newcomers=(demand, suited, self.count))

    def _prices(
        self, choice: Choice, number: int, vms: Sequence[int], free: Mapping[str, int], now: int
    ) -> list[int]:
        """Give what 1, 2, ... slots more on a host cost at least."""
        problem = choice.problem
        most = self._slots(choice.state, problem.hosts[number], {})
        prices = []
        for slots in range(now + 1, most + 1):
            excess = {
                resource: self.demand.get(name, 0) * slots - free[name]
                for resource, name in enumerate(problem.resources)
            }
            price = least_leaving(choice, vms, excess)
            if price is None:
                break
            prices.append(price)
        return prices

    def focus(self, choice: Choice) -> Sequence[int]:
        """The hosts first where least must leave, then the roomiest."""
        problem, on = choice.problem, who_is_where(choice)
        rank = {}
        for number, host in enumerate(problem.hosts):
            missing = {
                resource: self.demand.get(name, 0)
                - (problem.usable[number][resource] - choice.load[number][resource])
                for resource, name in enumerate(problem.resources)
            }
            price = (
                least_leaving(choice, on[number], missing) if self._slots(choice.state, host, {}) else None
            )
            rank[number] = BEYOND_ANY_COST if price is None else price
        roomy = list(super().focus(choice))
        first = sorted(rank, key=lambda host: (rank[host], host))
        mixed = [host for pair in zip(first, roomy, strict=True) for host in pair]
        return list(dict.fromkeys(mixed))
