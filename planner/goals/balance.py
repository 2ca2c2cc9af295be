"""Balance: no host is much fuller than the pool as a whole, or the fullest is as empty as can be."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING

from models.errors import PlannerError
from models.mistakes import check_kind, shown
from planner.goals.even import evened
from planner.goals.goal import BestGoal, Goal
from planner.goals.highest_share import least_highest
from planner.goals.lacking import amount_of
from planner.goals.leaving import Leaving, who_is_where
from planner.goals.lower import lowered
from planner.goals.nearest import NearestShares
from planner.goals.shares import SCALE, TOLD, counted, furthest_step, pool_share, step_of, tops
from planner.goals.terms import Terms
from planner.goals.within import brought_within

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from heuristics import Deadline
    from models.state import PoolState
    from planner.goals.choice import Choice
    from planner.goals.placement_model import Expr, PlacementModel


class Balance(BestGoal):
    """Even the load out.

    A host's share of a resource is its load over what is usable there. Hosts that accept nothing are left
    aside, and those that have nothing of a resource.

    Parameters
    ----------
    resources
        The resources that count; empty for all that VMs take.
    within
        Every share is within so much of the pool's, 0 to 1. None: the highest share is as low as can be.
    at_most
        The most migrations.
    even
        What is left of ``at_most`` is spent on evening out the other hosts.
    highest, strictly
        Every share is at most this, or below it: the plain goal that a best placement makes. ``strictly``
        holds for ``within`` too.
    """

    name = "balance"

    def __init__(
        self,
        *resources: str,
        within: float | Fraction | None = None,
        at_most: int | None = None,
        even: bool = True,
        highest: float | Fraction | None = None,
        strictly: bool = False,
    ) -> None:
        check_kind("balance: even", even, bool)
        self.resources = resources
        self.within = None if within is None else _fraction("within", within)
        self.at_most = at_most
        self.even = even
        self.highest = None if highest is None else _fraction("highest", highest)
        self.strictly = strictly

    @property
    def asks_for_best(self) -> bool:
        """The highest share as low as can be, where no share is given."""
        return self.within is None and self.highest is None

    def words(self) -> str:
        """Say what is wanted."""
        what = " and ".join(self.resources) if self.resources else "each resource"
        if self.within is not None:
            near = f"{float(self.within):g} of the pool's{self.within_words()}"
            return f"every host's share of {what} is within {near}"
        if self.highest is not None:
            return f"no host's share of {what} is above {float(self.highest):.2%}{self.within_words()}"
        return f"the highest share of {what} is as low as can be{self.within_words()}"

    def mistakes(self, state: PoolState) -> Iterator[str]:
        """Refuse resources that nobody takes, and shares that are none."""
        known = state.resources
        for number, name in enumerate(self.resources):
            if name not in known:
                yield f"balance: {name!r} is no resource of the pool, known are {', '.join(known) or 'none'}"
            elif name in self.resources[:number]:
                yield f"balance: {name!r} is named twice"
        if self.within is not None and not 0 <= self.within <= 1:
            yield f"balance: within={float(self.within):g}, must be from 0 to 1"

    def judge(self, before: PoolState, after: PoolState) -> Iterator[str]:
        """Name every host whose share is too high, or too low."""
        pool = self._wanted_shares(before, after)
        for host, name, share in self._shares(after):
            if self.within is not None and self._is_beyond(abs(share - pool[name]), self.within):
                yield f"{host} uses {float(share):.2%} of its {name}, the pool {float(pool[name]):.2%}"
            if self.highest is not None and self._is_beyond(share, self.highest):
                yield f"{host} uses {float(share):.2%} of its {name}, wanted is {float(self.highest):.2%}"

    def _is_beyond(self, value: Fraction, most: Fraction) -> bool:
        return value > most or (self.strictly and value == most)

    def distances(self, before: PoolState, after: PoolState) -> Iterator[Fraction]:
        """Give how far each host's share of each resource is from the pool's."""
        pool = self._wanted_shares(before, after)
        for _, name, share in self._shares(after):
            yield abs(share - pool[name])

    def _wanted_shares(self, before: PoolState, after: PoolState) -> dict[str, Fraction]:
        """Give resource -> share of the pool: those that are shut down count no more, newcomers do."""
        here = before.placement
        counted_on = {name: here.get(name, host) for name, host in after.placement.items()}
        return dict(self._pool_shares(before.placed(counted_on)))

    def as_near(self, within: Fraction, *, strictly: bool = False) -> Balance:
        """Give the same wish for another distance."""
        return Balance(*self.resources, within=within, at_most=self.at_most, strictly=strictly)

    def instead(self) -> BestGoal | None:
        """As near as can be, where it cannot be as near as is wanted."""
        return None if self.within is None else NearestShares(self)

    def _names(self, state: PoolState) -> Sequence[str]:
        return self.resources or state.resources

    def _shares(self, state: PoolState) -> Iterator[tuple[str, str, Fraction]]:
        """Give (host, resource, share), of the hosts that count."""
        names = self._names(state)
        for host in state.hosts:
            if host.accepts:
                load, free = state.load(host.name), state.free(host.name)
                for name in names:
                    if usable := load[name] + free[name]:
                        yield host.name, name, Fraction(load[name], usable)

    def _pool_shares(self, state: PoolState) -> Iterator[tuple[str, Fraction]]:
        """Give (resource, share of all hosts that count together)."""
        hosts = [host for host in state.hosts if host.accepts]
        for name in self._names(state):
            load = sum(state.load(host.name)[name] for host in hosts)
            usable = load + sum(state.free(host.name)[name] for host in hosts)
            yield name, Fraction(load, usable) if usable else Fraction(0)

    def numbers(self, choice: Choice) -> list[int]:
        """Give the resources that count, by number; not what only VMs take that are to be shut down."""
        names = choice.problem.resources
        return [number for number, name in enumerate(names) if not self.resources or name in self.resources]

    def limits(self, choice: Choice) -> Iterator[tuple[int, int, int, int]]:
        """Give (host, resource, least, most) load, of the hosts that count."""
        pool = [pool_share(choice, resource) for resource in range(len(choice.problem.resources))]
        for host, resource in counted(choice, self.numbers(choice)):
            usable = choice.problem.usable[host][resource]
            if self.within is not None:
                low, high = (pool[resource] - self.within) * usable, (pool[resource] + self.within) * usable
                least, most = (floor(low) + 1, ceil(high) - 1) if self.strictly else (ceil(low), floor(high))
                yield host, resource, max(0, least), most
            elif self.highest is not None:
                high = self.highest * usable
                yield host, resource, 0, ceil(high) - 1 if self.strictly else floor(high)

    def constrain(self, model: PlacementModel) -> None:
        """Least <= load <= most, for each host and resource that count."""
        for host, resource, least, most in self.limits(model.choice):
            load = model.load(host, resource)
            if isinstance(load, int):
                if not least <= load <= most:
                    model.cp.add_bool_or([])
            else:
                model.cp.add_linear_constraint(load, least, most)

    def impossible(self, choice: Choice) -> str | None:
        """Name a host whose share cannot be so near: loads rise in steps."""
        for resource in self.numbers(choice) if self.within is not None else ():
            found = furthest_step(choice, resource)
            if (
                found is not None
                and self.within is not None
                and found[0] > max(self.within, Fraction(1, TOLD))
            ):
                distance, host = found
                takes = amount_of(choice, resource, step_of(choice, resource))
                name = choice.problem.hosts[host].name
                near = floor(distance * TOLD) / TOLD
                known = f"what VMs take is a multiple of {takes}"
                return f"{known}, so {name} cannot be nearer to the pool's share than {near:g}"
        return None

    def bound(self, choice: Choice) -> int:
        """So much must leave the hosts that are too full; so many must come to those that are too empty."""
        on = who_is_where(choice)
        excess: dict[int, dict[int, int]] = defaultdict(dict)
        missing: dict[int, int] = defaultdict(int)
        largest = [
            max((row[r] for row in choice.problem.demand), default=0)
            for r in range(len(choice.problem.resources))
        ]
        cheapest = min((choice.problem.cost[vm] for vm in range(choice.problem.num_vms)), default=0)
        if any(choice.stop_cost(vm) is not None for vm in range(choice.problem.num_vms)):
            cheapest = 0
        for host, resource, least, most in self.limits(choice):
            load = choice.load[host][resource]
            excess[host][resource] = load - most
            if load < least and largest[resource]:
                missing[host] = max(missing[host], -(-(least - load) // largest[resource]))
        leaving = [Leaving(choice, on[host]).least(rows) or 0 for host, rows in excess.items()]
        return max(sum(leaving), sum(missing.values()) * cheapest)

    def terms(self, choice: Choice) -> Terms:
        """No host holds more than its share."""
        return Terms(most={(host, resource): most for host, resource, _, most in self.limits(choice)})

    def focus(self, choice: Choice) -> Sequence[int]:
        """The fullest and the emptiest by turns."""
        top = tops(choice, choice.load, self.numbers(choice))
        order = sorted(top, key=lambda host: (top[host], host))
        mixed = [host for pair in zip(reversed(order), order, strict=True) for host in pair]
        return [*dict.fromkeys(mixed), *(h for h in range(choice.problem.num_hosts) if h not in top)]

    def measured(self, before: PoolState, after: PoolState) -> Fraction:  # noqa: ARG002
        """The highest share."""
        return max((share for _, _, share in self._shares(after)), default=Fraction(0))

    def measure(self, model: PlacementModel) -> Expr:
        """The highest share, in ``SCALE`` parts, or in fewer where amounts are very large."""
        parts = model.parts_of_share(SCALE)
        top = model.cp.new_int_var(0, parts, "highest")
        for host, resource in counted(model.choice, self.numbers(model.choice)):
            load = model.load(host, resource)
            model.cp.add(top * model.problem.usable[host][resource] >= load * parts)
        return top

    def as_good_as(self, value: Fraction) -> Goal:
        """No share above that."""
        return Balance(*self.resources, at_most=self.at_most, highest=value)

    def better_than(self, value: Fraction) -> Goal:
        """Every share below that."""
        return Balance(*self.resources, at_most=self.at_most, highest=value, strictly=True)

    def told(self, value: Fraction) -> str:
        """Say the highest share."""
        return f"the highest share is {float(value):.2%}"

    def least(self, choice: Choice) -> Fraction:
        """Bound the highest share."""
        return least_highest(choice, self.numbers(choice), self.at_most)

    def because(self, choice: Choice, at: Sequence[int], vm: int) -> str:
        """Its host is full, or another one empty; or becomes so, of one that is fuller as it is."""
        home, end = choice.src[vm], at[vm]
        top = tops(choice, choice.load, self.numbers(choice), (home, end))
        if home not in top or end not in top:
            return super().because(choice, at, vm)
        fuller = top[end] >= top[home]
        then = f", {float(self._top_then(choice, at, end)):.0%} in the end" if fuller else ""
        name = choice.problem.hosts[end].name
        return f" ({float(top[home]):.0%}) for {name} ({float(top[end]):.0%}{then})"

    def _top_then(self, choice: Choice, at: Sequence[int], host: int) -> Fraction:
        """Give the highest share of a host in a placement, from its own VMs alone: many may be asked."""
        demand, usable = choice.problem.demand, choice.problem.usable[host]
        guests = [vm for vm, end in enumerate(at) if end == host]
        shares = (
            Fraction(sum(demand[vm][resource] for vm in guests), usable[resource])
            for _, resource in counted(choice, self.numbers(choice), (host,))
        )
        return max(shares, default=Fraction(0))

    def start(self, choice: Choice, deadline: Deadline) -> list[int] | None:
        """Take from the fullest host what helps most, again and again; or bring all within their limits."""
        if self.asks_for_best:
            return lowered(choice, self.numbers(choice), self.at_most, deadline)
        return brought_within(choice, self.limits(choice), deadline) if self.at_most is None else None

    def improved(self, choice: Choice, at: list[int], hosts: int, turn: int) -> Sequence[int]:
        """The fullest hosts, and the emptiest."""
        top = tops(choice, choice.loads(at), self.numbers(choice))
        order = sorted(top, key=lambda host: (-top[host], host))
        few = max(2, hosts // 3)
        return [*order[:few], *order[::-1][turn * 3 : turn * 3 + hosts - few]]

    @property
    def spends(self) -> bool:
        """On evening out, if that is wanted."""
        return self.even and super().spends

    def spend(self, choice: Choice, at: list[int], most: int, deadline: Deadline) -> list[int] | None:
        """Use what is left of ``at_most`` to even out, the highest share kept."""
        return evened(choice, self.numbers(choice), at, most, deadline)


def _fraction(what: str, number: float | Fraction) -> Fraction:
    """Take a number as the decimal that was written."""
    try:
        share = Fraction(str(number))
        float(share)
    except (ValueError, OverflowError):
        raise PlannerError(f"balance: {what}={shown(number)}, must be a number from 0 to 1") from None
    return share
