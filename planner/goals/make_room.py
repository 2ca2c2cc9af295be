"""Make room: VMs of some size are expected, and shall fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from models.amounts import LARGEST, checked_traits
from models.mistakes import check_kind
from models.rules.architecture import runs_guests_of
from models.sizes import exact, title
from models.vm import MOST_ARE
from planner.goals.clear import cleared
from planner.goals.goal import Goal, does_not_pack
from planner.goals.leaving import Leaving, who_is_where
from planner.goals.newcomers import Newcomers
from planner.goals.slot_prices import BEYOND_ANY_COST, least_price
from planner.goals.terms import Expected, Terms
from planner.verdict.sentences import are, number_of, some_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from heuristics import Deadline
    from models.host import Host
    from models.state import PoolState
    from planner.goals.choice import Choice
    from planner.goals.placement_model import Expr, PlacementModel

MOST_NAMED = 6
"""Hosts with room that are named."""


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
        arch: str = MOST_ARE,
        count: int = 1,
        at_most: int | None = None,
    ) -> None:
        check_kind("make-room: demand", demand, Mapping)
        self.demand = dict(demand)
        self.requires = checked_traits("make-room", "requires", requires)
        self.arch = arch
        self.count = count
        self.at_most = at_most

    def words(self) -> str:
        """Say what is wanted."""
        size = ", ".join(f"{name}={amount}" for name, amount in self.demand.items())
        where = " on hosts" if self.requires or self.arch != MOST_ARE else ""
        where += f" that run {self.arch}" if self.arch != MOST_ARE else ""
        where += f" with {', '.join(self.requires)}" if self.requires else ""
        many = f"{self.count} VMs more of {size} fit" if self.count > 1 else f"a VM more of {size} fits"
        return f"{many}{where}{self.within_words()}"

    def mistakes(self, state: PoolState) -> Iterator[str]:
        """Refuse amounts that are none, resources and traits that nobody has."""
        known = {name for host in state.hosts for name in host.capacity}
        known |= {name for vm in state.vms for name in vm.demand}
        names = ", ".join(sorted(known)) or "none"
        if not self.demand:
            yield "make-room: no demand is given, such as ram_mib=8192"
        for name, amount in self.demand.items():
            if type(amount) is not int or not 0 <= amount <= LARGEST:
                yield f"make-room: {name}={amount!r}, must be an integer from 0 to 2^53 - 1"
            elif name not in known:
                yield f"make-room: {name!r} is no resource of the pool, known are {names}"
        if type(self.count) is not int or not 1 <= self.count <= LARGEST:
            yield f"make-room: count={self.count!r}, must be an integer from 1 to 2^53 - 1"

    @property
    def _wanted(self) -> str:
        return f"{self.count} {are(self.count)} wanted"

    def _expected(self, state: PoolState) -> Newcomers:
        return Newcomers(state, self.demand, self.requires, self.arch, self.count)

    def judge(self, before: PoolState, after: PoolState) -> Iterator[str]:  # noqa: ARG002
        """Count how many fit."""
        expected = self._expected(after)
        fit = sum(expected.fit(host, after.free(host.name)) for host in after.hosts)
        if fit < self.count:
            yield f"{number_of(fit, 'of that size fits', 'of that size fit')}, {self._wanted}"

    def outcome(self, after: PoolState) -> str:
        """Name the hosts that have the room."""
        expected = self._expected(after)
        fit = {host.name: expected.fit(host, after.free(host.name)) for host in after.hosts}
        several = self.count > 1
        named = [f"{name} ({number})" if several else name for name, number in fit.items() if number]
        return f"Room for {'them' if several else 'it'} is on {some_of(named, MOST_NAMED)}."

    def constrain(self, model: PlacementModel) -> None:
        """Load + demand x slots <= usable on each host, and the slots add up to the count."""
        problem, expected = model.problem, self._expected(model.choice.state)
        slots: list[Expr] = []
        for number, host in enumerate(problem.hosts):
            most = expected.fit(host)
            if not expected.takes:
                slots.append(most)  # whatever is there
            elif most and number not in model.opening.hosts:
                left = {
                    name: problem.usable[number][resource] - model.fixed_load(number, resource)
                    for resource, name in enumerate(problem.resources)
                }
                slots.append(expected.fit(host, left))
            elif most:
                here = model.cp.new_int_var(0, most, f"slots_{number}")
                for resource, amount in _by_number(model.choice, expected).items():
                    load = model.load(number, resource)
                    model.cp.add(load + amount * here <= problem.usable[number][resource])
                slots.append(here)
        model.cp.add(sum(slots, start=0) >= self.count)

    def impossible(self, choice: Choice) -> str | None:
        """Say what no host has, or how much is missing in all."""
        hosts, expected = choice.problem.hosts, self._expected(choice.state)
        suited = [host for host in hosts if expected.suits(host)]
        if not suited:
            return self._why_no_host(hosts)
        for name, amount in expected.takes.items():
            usable = {host.name: expected.usable(host, name) for host in suited}
            largest = max(usable, key=lambda host: usable[host])
            if amount > usable[largest]:
                much, has = exact(amount, name), exact(usable[largest], name)
                return f"no host can ever hold {much} {title(name)}: the largest, {largest}, has {has}"
        fit = sum(expected.fit(host) for host in suited)
        if fit < self.count:
            return f"even empty, the hosts hold {fit} of that size, {self._wanted}"
        return self._volume(choice, expected.takes)

    def _why_no_host(self, hosts: Sequence[Host]) -> str:
        """Name what none has: the architecture where that alone is missing everywhere."""
        if not any(runs_guests_of(self.arch, host) for host in hosts):
            offered = ", ".join(sorted({host.arch for host in hosts}))
            return f"no host runs {self.arch}, the hosts are {offered}"
        traits = f" with {', '.join(self.requires)}" if self.requires else ""
        which = f" of {self.arch}" if self.arch != MOST_ARE else ""
        return f"no host{traits} accepts such a VM{which}"

    def none_meets(self, choice: Choice) -> str:
        """Say that VMs and newcomers do not pack."""
        more = number_of(self.count, "VM")
        what = f"{more} more of that size {'does' if self.count == 1 else 'do'} not fit"
        return does_not_pack(self, choice, what) or super().none_meets(choice)

    def _volume(self, choice: Choice, takes: Mapping[str, int]) -> str | None:
        problem = choice.problem
        for resource, name in enumerate(problem.resources):
            amount = takes.get(name, 0) * self.count
            usable = sum(row[resource] for row in problem.usable)
            taken = sum(row[resource] for row in problem.demand)
            if amount and taken + amount > usable:
                free, missing = usable - taken, taken + amount - usable
                return (
                    f"{exact(amount, name)} {title(name)} {are(amount)} wanted and {exact(free, name)} "
                    f"{are(free)} free in the whole pool, {exact(missing, name)} {are(missing)} missing"
                )
        return None

    def bound(self, choice: Choice) -> int:
        """So much must leave each host for one slot more, two, and so on; the cheapest way to all of them."""
        expected, hosts = self._expected(choice.state), choice.problem.hosts
        free = [_free(choice, number) for number in range(len(hosts))]
        now = [expected.fit(host, left) for host, left in zip(hosts, free, strict=True)]
        more = [expected.fit(host) - already for host, already in zip(hosts, now, strict=True)]
        wanted = max(0, self.count - sum(now))
        # Fewer slots cost no more than all of them do, so where the table gets too large they are a bound.
        while wanted * sum(min(slots, wanted) for slots in more) > choice.parameters.prices.slot_cells:
            wanted //= 2
        if not wanted:
            return 0
        on = who_is_where(choice)
        rows = (
            _prices(
                Leaving(choice, on[host]), expected, free[host], range(now[host] + 1, now[host] + slots + 1)
            )
            for host, slots in enumerate(min(slots, wanted) for slots in more)
            if slots > 0
        )
        return least_price(rows, wanted) or 0

    def terms(self, choice: Choice) -> Terms:
        """So many newcomers fit beside the others."""
        expected = self._expected(choice.state)
        suited = frozenset(number for number, host in enumerate(choice.problem.hosts) if expected.fit(host))
        return Terms(newcomers=Expected(_by_number(choice, expected), suited, self.count))

    def start(self, choice: Choice, deadline: Deadline) -> list[int] | None:
        """Clear the hosts where that takes few VMs, whoever has to make room for them elsewhere."""
        expected = self._expected(choice.state)
        most = [expected.fit(host) for host in choice.problem.hosts]
        return cleared(choice, _by_number(choice, expected), most, self.count, deadline)

    def focus(self, choice: Choice) -> Sequence[int]:
        """The hosts first where least must leave, then the roomiest."""
        expected, rank = self._expected(choice.state), {}
        for number, vms in enumerate(who_is_where(choice)):
            some = range(1, 2) if expected.fit(choice.problem.hosts[number]) else range(0)
            prices = _prices(Leaving(choice, vms), expected, _free(choice, number), some)
            rank[number] = prices[0] if prices else BEYOND_ANY_COST
        roomy = list(super().focus(choice))
        first = sorted(rank, key=lambda host: (rank[host], host))
        mixed = [host for pair in zip(first, roomy, strict=True) for host in pair]
        return list(dict.fromkeys(mixed))


def _free(choice: Choice, host: int) -> dict[str, int]:
    """Give what is free of each resource on a host now."""
    rows = zip(choice.problem.resources, choice.problem.usable[host], choice.load[host], strict=True)
    return {name: usable - load for name, usable, load in rows}


def _by_number(choice: Choice, expected: Newcomers) -> dict[int, int]:
    """Give what one of them takes of each resource that VMs of the pool take, by number."""
    rows = enumerate(choice.problem.resources)
    return {resource: amount for resource, name in rows if (amount := expected.takes.get(name))}


def _prices(leaving: Leaving, expected: Newcomers, free: Mapping[str, int], slots: range) -> list[int]:
    """Give what each number of slots on a host costs at least, as far as there can be so many."""
    prices = []
    for count in slots:
        rows = enumerate(free.items())
        price = leaving.least({r: expected.takes.get(name, 0) * count - left for r, (name, left) in rows})
        if price is None:
            break
        prices.append(price)
    return prices
