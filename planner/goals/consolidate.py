"""Consolidate: hosts are emptied by filling others, to switch them off or to do without them."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from planner.goals.choice import NOTHING
from planner.goals.fill import filled_by_force
from planner.goals.free_room import FreeRoom
from planner.goals.goal import BestGoal, Goal
from planner.goals.leaving import who_is_where
from planner.goals.terms import Terms
from planner.verdict.sentences import are, number_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from heuristics import Deadline
    from models.state import PoolState
    from planner.goals.choice import Choice
    from planner.goals.placement_model import Expr, PlacementModel

HOSTS_A_LOOK = 50
"""Hosts between two looks at the clock: a pool of fewer has been gone through in no time."""


class Consolidate(BestGoal):
    """Empty hosts, which ones does not matter.

    Parameters
    ----------
    free
        How many hosts more shall be empty than are now, before anything is shut down or provisioned; None: as
        many as can be.
    at_most
        The most migrations.
    """

    name = "consolidate"

    def __init__(self, free: int | None = None, at_most: int | None = None) -> None:
        self.free = free
        self.at_most = at_most

    @property
    def asks_for_best(self) -> bool:
        """As many as can be, where no number is given."""
        return self.free is None

    def words(self) -> str:
        """Say what is wanted."""
        if self.free is None:
            return f"as many hosts as can be are empty{self.within_words()}"
        return f"{_more(self.free)} empty{self.within_words()}"

    def mistakes(self, state: PoolState) -> Iterator[str]:
        """Refuse a number that is none."""
        most = len(state.hosts)
        if self.free is not None and (type(self.free) is not int or not 0 <= self.free <= most):
            yield f"consolidate: free={self.free!r}, must be an integer from 0 to {most}, the number of hosts"

    def judge(self, before: PoolState, after: PoolState) -> Iterator[str]:
        """Count the empty hosts."""
        more = _empty(after) - _empty(before)
        if self.free is not None and more < self.free:
            yield f"{_more(more)} empty, {self.free} {are(self.free)} wanted"

    def constrain(self, model: PlacementModel) -> None:
        """Sum of empty(host) >= those that are empty now + free."""
        if self.free is not None:
            model.cp.add(self._empties(model) >= _empty(model.choice.wanted.current) + self.free)

    @staticmethod
    def _empties(model: PlacementModel) -> Expr:
        return sum((model.is_empty(host) for host in range(model.problem.num_hosts)), start=0)

    def impossible(self, choice: Choice) -> str | None:
        """Say how many hosts the VMs need at least, where these are too many."""
        most = -self.least(choice)
        if self.free is not None and self.free > most:
            best = f"at most {_hosts(int(most))} more can be" if most >= 0 else f"at best {_more(int(most))}"
            if self.at_most is not None and most < _most_by_room(choice):
                return f"{best} empty with {number_of(self.at_most, 'migration')}"
            return f"{best} empty: {self._why(choice)}"
        return None

    def _why(self, choice: Choice) -> str:
        needed, resource = _fewest_hosts(choice)
        name = f", for their {choice.problem.resources[resource]}" if resource is not None else ""
        return f"the VMs need {needed} of the {_hosts(choice.problem.num_hosts)} at least{name}"

    def bound(self, choice: Choice) -> int:
        """As many hosts must be emptied as are wanted; the cheapest to empty are a bound."""
        return sum(sorted(self._prices(choice))[: _left(choice, self.free or 0)])

    @staticmethod
    def _prices(choice: Choice) -> list[int]:
        """Give what emptying each host costs at least, of those that can be emptied and are not empty."""
        found = []
        for vms in who_is_where(choice):
            away = [choice.fare_away(vm) for vm in vms]
            if vms and all(fare is not None for fare in away):
                found.append(sum(fare for fare in away if fare is not None))
        return found

    def terms(self, choice: Choice) -> Terms:
        """So many hosts hold nothing."""
        return Terms(empty=None if self.free is None else _empty(choice.wanted.current) + self.free)

    def measured(self, before: PoolState, after: PoolState) -> Fraction:
        """Less the more hosts are empty."""
        return Fraction(_empty(before) - _empty(after))

    def measure(self, model: PlacementModel) -> Expr:
        """The hosts that are not empty."""
        return model.problem.num_hosts - self._empties(model)

    def as_good_as(self, value: Fraction) -> Goal:
        """That many hosts more."""
        return _AsMany(int(-value), self.at_most)

    def better_than(self, value: Fraction) -> Goal:
        """One host more."""
        return _AsMany(int(-value) + 1, self.at_most)

    def least(self, choice: Choice) -> Fraction:
        """Room for all VMs must be left; and each host costs migrations."""
        now = _empty(choice.wanted.current)
        most = _most_by_room(choice)
        if self.at_most is not None:
            left, count = self.at_most, 0
            for price in sorted(self._prices(choice.by_moves())):
                left -= price
                count += left >= 0
            most = min(most, _empty(choice.state) + count - now)
        return Fraction(-most)

    def told(self, value: Fraction) -> str:
        """Say how many hosts more are empty."""
        return f"{_more(int(-value))} empty"

    def because(self, choice: Choice, at: Sequence[int], vm: int) -> str:
        """Its host is emptied."""
        home = choice.src[vm]
        return ", which is emptied" if home not in at else super().because(choice, at, vm)

    def start(self, choice: Choice, deadline: Deadline) -> list[int] | None:
        """Empty the cheapest hosts at once, whoever has to make room; else host after host, quickly."""
        most = _left(choice, int(-self.least(choice)) if self.free is None else self.free)
        how = choice.parameters.by_hand
        at_once = deadline.all_but(how.one_by_one)
        orders = _orders(choice)
        for count in range(most, max(most - how.emptied, 0), -1) if self.free is None else [most]:
            if at_once.over:
                break
            found = [
                at for order in orders if (at := self._emptied(choice, order[:count], at_once)) is not None
            ]
            if found:
                return min(found, key=lambda at: choice.cost(at) or 0)
        return _emptied_greedily(choice, None if self.free is None else most, self.at_most, deadline)

    def _emptied(self, choice: Choice, hosts: Sequence[int], deadline: Deadline) -> list[int] | None:
        """Empty some hosts, by force where it must be."""
        gone = set(hosts)
        leaving = [vm for vm, host in enumerate(choice.src) if host in gone]
        shut = gone | (set(range(choice.problem.num_hosts)) - set(choice.src))
        at = filled_by_force(choice, choice.src, leaving, shut, deadline=deadline)
        few = at is not None and (self.at_most is None or choice.migrations(at) <= self.at_most)
        return at if few and at is not None and choice.is_lawful(at) else None

    def focus(self, choice: Choice) -> Sequence[int]:
        """The hosts with least on them first, and those that are empty last."""
        on = who_is_where(choice)
        share = [sum(choice.load[host]) for host in range(len(on))]
        return sorted(range(len(on)), key=lambda host: (not on[host], len(on[host]), share[host], host))

    def improved(self, choice: Choice, at: list[int], hosts: int, turn: int) -> Sequence[int]:
        """Hosts in use, most of them those with most room."""
        used = sorted(set(at))
        rng = np.random.default_rng(turn)
        load = np.zeros((choice.problem.num_hosts, len(choice.problem.resources)))
        for vm, host in enumerate(at):
            load[host] += choice.problem.demand[vm]
        usable = np.maximum(np.array(choice.problem.usable, dtype=float), 1)
        room = 1 - (load / usable).max(axis=1, initial=0)
        noise = rng.random(len(used)) * 0.5
        order = np.argsort(-(room[used] + noise), kind="stable")
        return [used[n] for n in order[:hosts]]


class _AsMany(Consolidate):
    """As many as another placement has: fewer than now where the rules, or a target in part, ask that."""

    def mistakes(self, state: PoolState) -> Iterator[str]:  # noqa: ARG002
        """Refuse nothing: the number is none that anybody chose."""
        yield from ()


def _hosts(count: int) -> str:
    return number_of(count, "host")


def _more(count: int) -> str:
    """Say that so many hosts more are; where a target in part provisions VMs it may be fewer."""
    return f"{_hosts(abs(count))} {'more' if count >= 0 else 'fewer'} {are(abs(count))}"


def _empty(state: PoolState) -> int:
    """Count the hosts with nothing on them."""
    return len(state.hosts) - len(set(state.placement.values()))


def _left(choice: Choice, free: int) -> int:
    """Give how many hosts are left to be emptied by migrations, so that so many more are empty than are now.

    A shutdown empties hosts for nothing, and a provision fills some that are empty.
    """
    return max(0, _empty(choice.wanted.current) + free - _empty(choice.state))


def _most_by_room(choice: Choice) -> int:
    """Give how many hosts more can be empty at most, however many migrations that takes."""
    return choice.problem.num_hosts - _fewest_hosts(choice)[0] - _empty(choice.wanted.current)


def _fewest_hosts(choice: Choice) -> tuple[int, int | None]:
    """Give how many hosts the VMs need at least, and the resource for which.

    By volume: the largest hosts must hold the sum of the demands; and with the dual feasible functions of
    Fekete and Schepers (2001), which count a VM of more than a third or a half of a host for what it blocks.
    """
    problem = choice.problem
    best, why = len({choice.src[vm] for vm in range(problem.num_vms) if choice.fare_away(vm) is None}), None
    for resource in range(len(problem.resources)):
        sizes = [row[resource] for row in problem.demand if row[resource]]
        usable = sorted((row[resource] for row in problem.usable), reverse=True)
        need = max(_by_volume(sizes, usable), _by_dual_functions(sizes, usable[0] if usable else 0))
        if need > best:
            best, why = need, resource
    return best, why


def _by_volume(sizes: Sequence[int], usable: Sequence[int]) -> int:
    left, count = sum(sizes), 0
    for room in usable:
        if left <= 0:
            break
        left -= room
        count += 1
    return count


def _by_dual_functions(sizes: Sequence[int], room: int) -> int:
    """u_k(x) = x where (k + 1) x is whole, else floor((k + 1) x) / k, for x in shares of the largest host."""
    best, alike = 0, Counter(sizes)  # large pools have few sizes
    for k in range(1, 6):
        total = Fraction(0)
        for size, count in alike.items():
            parts, rest = divmod((k + 1) * size, room) if room else (0, 0)
            total += count * (Fraction(size, room) if room and rest == 0 else Fraction(parts, k))
        best = max(best, -(-total.numerator // total.denominator))
    return best


def _orders(choice: Choice) -> list[list[int]]:
    """Give the hosts that can be emptied, in two orders: few VMs first, and little load first."""
    on = who_is_where(choice)
    usable = [sum(column) or 1 for column in zip(*choice.problem.usable, strict=True)]
    able = [h for h, vms in enumerate(on) if vms and all(choice.fare_away(vm) is not None for vm in vms)]
    share = {h: max((x / u for x, u in zip(choice.load[h], usable, strict=True)), default=0) for h in able}
    by_number = sorted(able, key=lambda host: (len(on[host]), share[host], host))
    return [by_number, sorted(able, key=lambda host: (share[host], len(on[host]), host))]


def _emptied_greedily(
    choice: Choice, free: int | None, at_most: int | None, deadline: Deadline
) -> list[int] | None:
    """Empty host after host, those with the fewest VMs first, as long as there is time."""
    problem = choice.problem
    at, gone = list(choice.src), set(range(problem.num_hosts)) - set(choice.src)
    room = FreeRoom(choice, at, gone)
    on: dict[int, list[int]] = {}
    for vm, host in enumerate(at):
        on.setdefault(host, []).append(vm)
    taken: set[int] = set()
    count, made = 0, choice.migrations(at)
    order = sorted(on, key=lambda host: (len(on[host]), sum(room.size(vm) for vm in on[host]), host))
    for number, host in enumerate(order, 1):
        if (number % HOSTS_A_LOOK == 0 and deadline.over) or (free is not None and count >= free):
            break
        if at_most is not None and made + len(on[host]) > at_most:
            break  # and those that follow hold as many
        if host in taken:
            continue
        way = room.homes_for(on[host], host)
        if way is None:
            continue
        needed = made + sum(_migrations(choice, vm, end) - _migrations(choice, vm, host) for vm, end in way)
        if at_most is not None and needed > at_most:
            continue
        made = needed
        for vm, end in way:
            room.put(vm, end)
            taken.add(end)
            at[vm] = end
        room.shut(host)
        count += 1
    return at if count else None


def _migrations(choice: Choice, vm: int, host: int) -> int:
    return (choice.fare(vm, host) or NOTHING).migrations
