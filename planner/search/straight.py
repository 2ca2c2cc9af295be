"""Whether some VMs can all go straight home, and the smallest set of them that cannot: a conflict.

A VM is *straight* in a plan if it makes one migration, from its source to its target, or none if it is
settled. The question is asked as if all others that may step aside took no room at any time. ALGORITHM.md,
"Conflicts".
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.search.bounds import least_cost, limbo_cost
from planner.search.parameters import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from models.problem import Problem
    from planner.search.parameters import ConflictSearch

Counter = tuple[int, int]
"""(host, what is counted there): a resource, or beyond their number a group."""


class StraightWays:
    """What there is to know of a problem, whichever VMs are asked about.

    Parameters
    ----------
    problem
        What is planned.
    parameters
        How far one question may go.

    Attributes
    ----------
    excess
        ``excess[vm]``: what it pays beyond its least, at least, where it is not straight; None: it always
        is straight, since it may neither step aside nor be stopped.
    """

    def __init__(self, problem: Problem, parameters: ConflictSearch = DEFAULT.conflicts) -> None:
        self.problem, self.parameters = problem, parameters
        self.excess = [_excess(problem, vm) for vm in range(problem.num_vms)]
        self._resources = len(problem.resources)
        self._takes = [
            (*problem.needs[vm], *((self._resources + group, 1) for group in problem.groups_of[vm]))
            for vm in range(problem.num_vms)
        ]
        self._fixed: dict[int, list[int]] = defaultdict(list)
        for vm, host in enumerate(problem.src):
            if self.excess[vm] is None and problem.dst[vm] == host:
                self._fixed[host].append(vm)

    def takes(self, vm: int, host: int) -> list[tuple[Counter, int]]:
        """Give what the VM takes on a host: (counter, amount) pairs."""
        return [((host, what), amount) for what, amount in self._takes[vm]]

    def limit(self, counter: Counter) -> int:
        """Give how much may be counted there."""
        host, what = counter
        if what < self._resources:
            return self.problem.usable[host][what]
        return self.problem.limit(what - self._resources, host)

    def fixed_on(self, host: int) -> list[int]:
        """Give the settled VMs there that no plan may move."""
        return self._fixed.get(host, [])

    def moves(self, vm: int) -> bool:
        """Tell whether the VM is displaced."""
        return self.problem.src[vm] != self.problem.dst[vm]

    def relevant(self, vms: Iterable[int]) -> list[int]:
        """Leave out the settled VMs on hosts to which none of these come: they are in nobody's way."""
        vms = list(vms)
        ends = {self.problem.dst[vm] for vm in vms if self.moves(vm)}
        return [vm for vm in vms if self.moves(vm) or self.problem.src[vm] in ends]


def _excess(problem: Problem, vm: int) -> int | None:
    cost = limbo_cost(problem, vm)
    if cost is None or problem.src[vm] == problem.dst[vm]:
        return cost
    return cost - (least_cost(problem, vm) or 0)


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
    """

    possible: bool | None
    order: tuple[int, ...] = ()
    struck: frozenset[int] = frozenset()


def never() -> bool:
    """Tell that there is no hurry."""
    return False


def ask(
    ways: StraightWays, vms: Sequence[int], most_states: int | None = None, over: Callable[[], bool] = never
) -> AllStraight:
    """Look whether some VMs can all be straight, by a walk through the subsets that could have moved.

    ``over`` tells when to stop: then it stays open.
    """
    limit = ways.parameters.most_states if most_states is None else most_states
    few = min(limit, ways.parameters.few_states)
    forwards = _Walk(ways, vms)
    answer = forwards.end(few, over)
    if answer.possible is not None:
        return answer
    backwards = _Walk(ways, vms, back=True)
    longer = [(forwards, limit), (backwards, limit)] if limit > few else []
    for walk, most in [(backwards, few), *longer]:
        if walk.is_of_use:
            found = walk.end(most, over)
            if found.possible is not None:
                return AllStraight(found.possible, found.order, answer.struck)
    return answer


class _Gone:
    """Who has gone, and what that leaves: room on each counter, and what still comes there."""

    __slots__ = ("done", "free", "order", "still")

    def __init__(self, done: int, free: list[int], still: list[int], order: list[int]) -> None:
        self.done = done
        self.free = free
        self.still = still
        self.order = order

    def copy(self) -> _Gone:
        return _Gone(self.done, self.free.copy(), self.still.copy(), self.order.copy())


class _Walk:
    """A depth-first walk through the subsets of the displaced VMs that could have gone.

    Parameters
    ----------
    back
        From the targets to the sources: mostly the other end is where all is stuck sooner.
    """

    def __init__(self, ways: StraightWays, vms: Sequence[int], *, back: bool = False) -> None:
        problem = ways.problem
        self.back = back
        source, target = (problem.dst, problem.src) if back else (problem.src, problem.dst)
        self.most_looks = ways.parameters.most_looks
        self.movers = [vm for vm in vms if ways.moves(vm)]
        self.barred = any(not problem.may_go(vm, problem.src[vm], problem.dst[vm]) for vm in self.movers)
        number_of: dict[Counter, int] = {}
        still: list[int] = []
        for vm in self.movers:
            for counter, amount in ways.takes(vm, target[vm]):
                number = number_of.setdefault(counter, len(still))
                if number == len(still):
                    still.append(0)
                still[number] += amount
        free = [ways.limit(counter) for counter in number_of]
        ends = {target[vm] for vm in self.movers}
        for vm in {*vms, *(vm for host in ends for vm in ways.fixed_on(host))}:
            for counter, amount in ways.takes(vm, source[vm]):
                if counter in number_of:
                    free[number_of[counter]] -= amount
        self._first = _Gone(0, free, still, [])
        self._comes = [
            [(number_of[counter], amount) for counter, amount in ways.takes(vm, target[vm])]
            for vm in self.movers
        ]
        self._leaves = [
            [(number_of[counter], amount) for counter, amount in taken if counter in number_of]
            for taken in (ways.takes(vm, source[vm]) for vm in self.movers)
        ]

    @property
    def is_of_use(self) -> bool:
        """Tell whether an order found is one forwards: what is arrived at must be within its limits."""
        return not self.back or all(free >= 0 for free in self._when_all_have_gone())

    def _when_all_have_gone(self) -> list[int]:
        free = self._first.free.copy()
        for number in range(len(self.movers)):
            if not self._first.done >> number & 1:
                for counter, amount in self._comes[number]:
                    free[counter] -= amount
                for counter, amount in self._leaves[number]:
                    free[counter] += amount
        return free

    def end(self, most_states: int, over: Callable[[], bool]) -> AllStraight:
        if self.barred:
            return AllStraight(possible=False)
        first, everybody = self._first, (1 << len(self.movers)) - 1
        self._strike(first)
        struck = frozenset(self.movers[number] for number in first.order)
        seen, stack, looked_at, looks = {first.done}, [first], 0, self.most_looks
        while stack:
            state = stack.pop()
            if state.done == everybody:
                order = reversed(state.order) if self.back else state.order
                return AllStraight(True, tuple(self.movers[number] for number in order), struck)
            looked_at += 1
            if looked_at > most_states:
                return AllStraight(None, (), struck)
            if self._is_stuck(state):
                continue
            for number in range(len(self.movers)):
                if state.done >> number & 1 or not self._fits(number, state.free):
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

    def _fits(self, number: int, free: list[int]) -> bool:
        return all(amount <= free[counter] for counter, amount in self._comes[number])

    def _is_stuck(self, state: _Gone) -> bool:
        """Tell whether some would wait for good even if those who go took no room where they come."""
        waiting = [number for number in range(len(self.movers)) if not state.done >> number & 1]
        free = state.free.copy()
        while waiting:
            still = []
            for number in waiting:
                if self._fits(number, free):
                    for counter, amount in self._leaves[number]:
                        free[counter] += amount
                else:
                    still.append(number)
            if len(still) == len(waiting):
                return True
            waiting = still
        return False

    def _go(self, number: int, state: _Gone) -> None:
        for counter, amount in self._comes[number]:
            state.free[counter] -= amount
            state.still[counter] -= amount
        for counter, amount in self._leaves[number]:
            state.free[counter] += amount
        state.done |= 1 << number
        state.order.append(number)

    def _strike(self, state: _Gone) -> None:
        """Let those go whose target has room for all that still come to it: they make nobody wait."""
        waiting = [number for number in range(len(self.movers)) if not state.done >> number & 1]
        while True:
            free, still = state.free, state.still
            roomy = [
                number
                for number in waiting
                if all(still[counter] <= free[counter] for counter, _ in self._comes[number])
            ]
            if not roomy:
                return
            for number in roomy:
                self._go(number, state)
            gone = set(roomy)
            waiting = [number for number in waiting if number not in gone]


def shrink(
    ways: StraightWays, vms: Sequence[int], over: Callable[[], bool], most_states: int | None = None
) -> list[int]:
    """Make a conflict small: leave out hosts, then VMs, as long as the rest is a conflict.

    Parameters
    ----------
    vms
        A conflict.
    over
        Tells when to stop; what there is by then is a conflict all the same.
    most_states
        Subsets that are looked at for one question; None: as many as may be.
    """
    problem = ways.problem
    barred = [vm for vm in vms if ways.moves(vm) and not problem.may_go(vm, problem.src[vm], problem.dst[vm])]
    if barred:
        return barred[:1]
    rest = _without_struck(ways, vms)
    for host in sorted({host for vm in rest for host in (problem.src[vm], problem.dst[vm])}):
        if not over():
            fewer = [vm for vm in rest if host not in (problem.src[vm], problem.dst[vm])]
            rest = _if_conflict(ways, fewer, rest, most_states, over)
    for vm in list(rest):
        if not over() and vm in rest:
            fewer = [other for other in rest if other != vm]
            rest = _if_conflict(ways, fewer, rest, most_states, over)
    return rest


def _if_conflict(
    ways: StraightWays,
    fewer: list[int],
    vms: list[int],
    most_states: int | None,
    over: Callable[[], bool],
) -> list[int]:
    """Give the smaller set where it is a conflict too, else the larger one."""
    if len(fewer) == len(vms) or ask(ways, ways.relevant(fewer), most_states, over).possible is not False:
        return vms
    return _without_struck(ways, fewer)


def _without_struck(ways: StraightWays, vms: Sequence[int]) -> list[int]:
    """Leave out who is in nobody's way, until nobody is.

    Who never waits leaves the others as much room as if he were not there.
    """
    rest = ways.relevant(vms)
    struck = _Walk(ways, rest).end(1, never).struck
    return ways.relevant(vm for vm in rest if vm not in struck)
