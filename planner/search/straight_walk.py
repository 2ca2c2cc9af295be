"""A walk through the subsets of some VMs that could have gone straight home. ALGORITHM.md, "Conflicts".

Some of them may step aside on their way: then they have more migrations to make, one after the other.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from planner.search.straight_ways import StraightWays


@dataclass(frozen=True, slots=True)
class AllStraight:
    """Whether some VMs can all be straight.

    Parameters
    ----------
    possible
        None: too many subsets to look at.
    order
        In which the displaced ones can go, where they can.
    struck
        Displaced VMs that never wait for anybody: no conflict needs them.
    conflict
        Displaced VMs that cannot all go, whoever of the others does, where a walk has learnt that.
    """

    possible: bool | None
    order: tuple[int, ...] = ()
    struck: frozenset[int] = frozenset()
    conflict: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class StepAside:
    """A VM that does not go straight, and the hosts that it stays on meanwhile, one after the other."""

    vm: int
    by: tuple[int, ...]


class Gone:
    """Who has gone, and what that leaves: room on each counter, and what still comes there."""

    __slots__ = ("done", "free", "order", "still")

    def __init__(self, done: int, free: list[int], still: list[int], order: list[int]) -> None:
        self.done = done
        self.free = free
        self.still = still
        self.order = order

    def copy(self) -> Gone:
        """Give the same, to go on from."""
        return Gone(self.done, self.free.copy(), self.still.copy(), self.order.copy())


class StraightWalk:
    """A depth-first walk through the subsets of the displaced VMs that could have gone.

    Parameters
    ----------
    back
        From the targets to the sources: mostly the other end is where all is stuck sooner.
    guests, shelters
        Those of these VMs that may step aside, and the hosts that they may step aside to.

    Attributes
    ----------
    movers
        The displaced VMs, which are called by their number in this list, and those that step aside once more
        for each of their migrations.
    stand_ins
        The numbers of those who do not go straight: they take no room, whenever they go.
    after
        ``after[number]``: who must have gone before, since it is the same VM; None: nobody.
    comes, leaves
        (counter, amount) pairs of what each takes where it comes, and gives back where it leaves. Counters
        are numbered; there are those of hosts that some of them come to, or may step aside to.
    first
        Where nobody has gone.
    barred
        The filters let some VM not go at all.
    """

    def __init__(
        self,
        ways: StraightWays,
        vms: Sequence[int],
        *,
        back: bool = False,
        guests: Collection[int] = (),
        shelters: Collection[int] = (),
    ) -> None:
        problem = ways.problem
        self.back, self._ways = back, ways
        self._source, self._target = (problem.dst, problem.src) if back else (problem.src, problem.dst)
        self._most_looks = ways.parameters.most_looks
        self.movers = [vm for vm in vms if ways.moves(vm)]
        self.stand_ins: frozenset[int] = frozenset()
        self.after: list[int | None] = [None] * len(self.movers)
        self._barred = {vm for vm in self.movers if not problem.may_go(vm, problem.src[vm], problem.dst[vm])}
        self.barred = bool(self._barred)
        come_to = dict.fromkeys(self._target[vm] for vm in self.movers)
        takes = (ways.takes(vm, self._target[vm]) for vm in self.movers)
        aside = (ways.takes(vm, host) for vm in guests for host in shelters)
        counters = dict.fromkeys(counter for each in chain(takes, aside) for counter, _ in each)
        self._number_of = {counter: number for number, counter in enumerate(counters)}
        free = [ways.limit(counter) for counter in self._number_of]
        for vm in {*vms, *(vm for host in (*come_to, *shelters) for vm in ways.fixed_on(host))}:
            for counter, amount in self._taken(vm, self._source[vm]):
                free[counter] -= amount
        self.comes = [self._taken(vm, self._target[vm]) for vm in self.movers]
        self.leaves = [self._taken(vm, self._source[vm]) for vm in self.movers]
        still = [0] * len(free)
        for counter, amount in chain.from_iterable(self.comes):
            still[counter] += amount
        self.first = Gone(0, free, still, [])

    def but(self, asides: Sequence[StepAside] = (), left_out: Collection[int] = ()) -> StraightWalk:
        """Give the walk where not all of them go straight.

        Parameters
        ----------
        asides
            Guests that step aside to shelters, or settled ones that make way to them.
        left_out
            VMs that take no room anywhere.
        """
        walk, problem = copy(self), self._ways.problem
        others = {*left_out, *(aside.vm for aside in asides)}
        walk.stand_ins = frozenset(number for number, vm in enumerate(self.movers) if vm in others)
        walk.barred = not self._barred <= others
        walk.movers, walk.after = self.movers.copy(), self.after.copy()
        walk.comes, walk.leaves = self.comes.copy(), self.leaves.copy()
        walk.first = self.first.copy()
        free, still = walk.first.free, walk.first.still
        for number in walk.stand_ins:
            for counter, amount in self.comes[number]:
                still[counter] -= amount
            walk.comes[number] = walk.leaves[number] = []
        for vm in left_out:
            for counter, amount in self._taken(vm, self._source[vm]):
                free[counter] += amount
        for aside in asides:
            vm, on_its_way = aside.vm, pairwise((problem.src[aside.vm], *aside.by, problem.dst[aside.vm]))
            walk.barred |= any(not problem.may_go(vm, at, to) for at, to in on_its_way)
            by = reversed(aside.by) if self.back else aside.by
            for number, (at, to) in enumerate(pairwise((self._source[vm], *by, self._target[vm]))):
                walk.after.append(len(walk.movers) - 1 if number else None)
                walk.movers.append(vm)
                walk.comes.append(self._taken(vm, to))
                walk.leaves.append(self._taken(vm, at))
                for counter, amount in walk.comes[-1]:
                    still[counter] += amount
        return walk

    def _taken(self, vm: int, host: int) -> list[tuple[int, int]]:
        """Give what a VM takes there of what is counted, by number."""
        number_of = self._number_of
        return [
            (number_of[counter], amount)
            for counter, amount in self._ways.takes(vm, host)
            if counter in number_of
        ]

    @property
    def is_of_use(self) -> bool:
        """Tell whether an order found is one forwards: what is arrived at must be within its limits."""
        return not self.back or all(free >= 0 for free in self._when_all_have_gone())

    def _when_all_have_gone(self) -> list[int]:
        free = self.first.free.copy()
        for comes, leaves in zip(self.comes, self.leaves, strict=True):
            for counter, amount in comes:
                free[counter] -= amount
            for counter, amount in leaves:
                free[counter] += amount
        return free

    def end(self, most_states: int, over: Callable[[], bool]) -> AllStraight:
        """Walk until something is known, that many subsets were looked at, or the time is over."""
        if self.barred:
            return AllStraight(possible=False)
        first, everybody = self.first.copy(), (1 << len(self.movers)) - 1
        self._strike(first)
        struck = frozenset(self.movers[number] for number in first.order)
        seen, stack, looked_at, looks = {first.done}, [first], 0, self._most_looks
        while stack:
            state = stack.pop()
            if state.done == everybody:
                return AllStraight(True, self.in_order(state.order), struck)
            looked_at += 1
            if looked_at > most_states:
                return AllStraight(None, (), struck)
            if self._is_stuck(state):
                continue
            for number in range(len(self.movers)):
                if state.done >> number & 1 or not self._can_go(number, state):
                    continue
                then = state.copy()
                self._go(number, then)
                self._strike(then)
                looks -= len(self.movers)
                if looks < 0 or over():
                    return AllStraight(None, (), struck)
                if then.done not in seen:
                    seen.add(then.done)
                    stack.append(then)
        return AllStraight(False, (), struck)

    def in_order(self, gone: Iterable[int]) -> tuple[int, ...]:
        """Give the order in which all go, forwards, where these go in turn on this walk."""
        order = [self.movers[number] for number in gone if number not in self.stand_ins]
        return tuple(reversed(order) if self.back else order)

    def _fits(self, number: int, free: list[int]) -> bool:
        return all(amount <= free[counter] for counter, amount in self.comes[number])

    def _can_go(self, number: int, state: Gone) -> bool:
        return self._is_due(number, state.done) and self._fits(number, state.free)

    def _is_due(self, number: int, done: int) -> bool:
        before = self.after[number]
        return before is None or bool(done >> before & 1)

    def _is_stuck(self, state: Gone) -> bool:
        """Tell whether some would wait for good even if those who go took no room where they come."""
        waiting = [number for number in range(len(self.movers)) if not state.done >> number & 1]
        free, done = state.free.copy(), state.done
        while waiting:
            still = []
            for number in waiting:
                if self._is_due(number, done) and self._fits(number, free):
                    done |= 1 << number
                    # Who steps aside only now takes no room there either, so gives none back.
                    for counter, amount in self.leaves[number] if self._is_due(number, state.done) else ():
                        free[counter] += amount
                else:
                    still.append(number)
            if len(still) == len(waiting):
                return True
            waiting = still
        return False

    def _go(self, number: int, state: Gone) -> None:
        for counter, amount in self.comes[number]:
            state.free[counter] -= amount
            state.still[counter] -= amount
        for counter, amount in self.leaves[number]:
            state.free[counter] += amount
        state.done |= 1 << number
        state.order.append(number)

    def _strike(self, state: Gone) -> None:
        """Let those go whose target has room for all that still come to it: they make nobody wait."""
        waiting = [number for number in range(len(self.movers)) if not state.done >> number & 1]
        while True:
            free, still = state.free, state.still
            roomy = [
                number
                for number in waiting
                if self._is_due(number, state.done)
                and all(still[counter] <= free[counter] for counter, _ in self.comes[number])
            ]
            if not roomy:
                return
            for number in roomy:
                self._go(number, state)
            gone = set(roomy)
            waiting = [number for number in waiting if number not in gone]
