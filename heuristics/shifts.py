"""Shorter plans by legs that are shifted in time: what one that is made earlier or later breaks, others mend.

A detour is taken out of a plan: its VM goes straight. Where that leaves a host over a limit for a while, a
leg that leaves it is made earlier, or one that comes to it later, which may leave another host over a limit,
and so on: a walk, a few shifts long. Once in it another VM may step aside: so detours wander until they find
where none is needed. ALGORITHM.md, "Shifts".
"""

from __future__ import annotations

from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING, TypeVar

from heuristics.legs import Legs
from heuristics.parameters import DEFAULT, ShiftParameters
from heuristics.room import sizes
from heuristics.tracker import is_safe
from models.problem import OFF

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from heuristics.deadline import Deadline
    from models.problem import Move, Problem

T = TypeVar("T")

Shift = tuple[int, float, int]
"""(leg, instant, the other host of the leg)."""


class Shifts:
    """A search around one plan, which may get a little worse for a while; the best is kept.

    Parameters
    ----------
    problem
        What is planned.
    moves
        A plan, whole or in part, in which no VM is stopped.
    seed
        Of what is drawn.
    parameters
        How far a walk goes.
    at
        ``at[vm]``: where each VM is at first; None: where it is before the whole plan.

    Attributes
    ----------
    cost
        Of the best plan so far.
    """

    def __init__(
        self,
        problem: Problem,
        moves: Sequence[Move],
        seed: int = 0,
        parameters: ShiftParameters = DEFAULT.shifts,
        at: Sequence[int] | None = None,
    ) -> None:
        self.problem = problem
        self.table = Legs(problem, moves, at)
        self.cost = self.table.cost
        self.parameters = parameters
        self.rng = Random(seed)
        self._at = at
        self._moved: set[int] = set()
        self._most = 0.0
        self._best: list[Move] | None = None
        moving = self.table.legs
        self._migration = sum(problem.cost[vm] for vm in moving) / max(1, len(moving))
        self._size = sizes(problem)
        self._is_dense = False

    def turn(self) -> bool:
        """Try to take one stop of one VM out; tell whether the plan costs less than the best now.

        Others may step aside for that: the plan costs the same then, or a little more, and is another one.
        """
        table, legs = self.table, len(self.table.vm)
        vm = self._one_of(table.wandering)
        self._shake(vm)
        self._most = self._allowed()
        self._moved.clear()
        mark = table.mark
        if not self._straighten(vm):
            table.undo(mark)
            table.forget(legs)
        is_better = table.cost < self.cost
        if table.cost <= self.cost:
            self.cost, self._best = table.cost, None
            table.keep()
        if self._is_dense:
            self._lay_out_anew()
        return is_better

    def best(self) -> list[Move]:
        """Give the best plan so far, and go on from there."""
        if self._best is not None:
            self.table, self._best = Legs(self.problem, self._best, self._at), None
        self.table.undo(0)
        return self.table.moves()

    def _allowed(self) -> float:
        """Give what the plan may cost after this try: a little more than now, and than the best."""
        table, parameters = self.table, self.parameters
        above = max(parameters.above, parameters.above_a_vm * len(table.wandering))
        most = min(self.cost + above * self._migration, table.cost + parameters.rise * self._migration)
        return max(most, table.cost)

    def _lay_out_anew(self) -> None:
        """Let instants be whole numbers again; the way back to the best plan is lost with the others."""
        table = self.table
        now = table.moves()
        if self._best is None:
            table.undo(0)
            self._best = table.moves() if table.cost < self.problem.moves_cost(now) else None
        self.table, self._is_dense = Legs(self.problem, now, self._at), False

    def _one_of(self, values: Sequence[T]) -> T:
        """Draw one; several times quicker than ``choice``."""
        return values[int(self.rng.random() * len(values))]

    def _shake(self, vm: int) -> None:
        """Shift some legs near those of a VM to where they do no harm: so the next walk is another one."""
        table = self.table
        hosts = [host for leg in table.legs[vm] for host in (table.source[leg], table.host[leg])]
        for _ in range(self.parameters.shaken):
            host = self._one_of(hosts)
            _, leg, _ = self._one_of(table.on[host])
            other = table.source[leg] if table.host[leg] == host else table.host[leg]
            since, until = table.span(leg)
            events = table.on[host] + table.on[other]
            instants = sorted({since, until, *(at for at, _, _ in events if since < at < until)})
            number = int(self.rng.random() * (len(instants) - 1))
            at = (instants[number] + instants[number + 1]) / 2
            if not instants[number] < at < instants[number + 1]:
                continue
            mark = table.mark
            table.shift(leg, at)
            if table.first_over(host) is not None or table.first_over(other) is not None:
                table.undo(mark)
            else:
                hosts.append(other)

    def _straighten(self, vm: int) -> bool:
        """Let a VM go past one of its stops, and mend what that breaks."""
        table, legs = self.table, self.table.legs[vm]
        number = int(self.rng.random() * (len(legs) - 1))
        first, second = legs[number], legs[number + 1]
        source, host = table.source[first], table.host[second]
        before, after = legs[:number], legs[number + 2 :]
        if source == host:
            table.give(vm, (*before, *after))
            return self._mended([source])
        if not self.problem.may_go(vm, source, host):
            return False
        for at in self._instants(vm, first, second)[: self.parameters.breadth]:
            mark = table.mark
            leg = table.made(vm, source, host, at)
            table.give(vm, (*before, leg, *after))
            self._moved = {leg}
            if self._mended([source, host]):
                return True
            table.undo(mark)
        return False

    def _instants(self, vm: int, first: int, second: int) -> list[float]:
        """Give instants between two legs at which the VM could go straight, those that break least first."""
        table, need = self.table, self.table.need[vm]
        source, host, since, until = (
            table.source[first],
            table.host[second],
            table.at[first],
            table.at[second],
        )
        events = table.on[source] + table.on[host]
        instants = sorted({since, until, *(at for at, _, _ in events if since < at < until)})
        rated = []
        for earlier, later in pairwise(instants):
            at = (earlier + later) / 2
            if not earlier < at < later:
                self._is_dense = True
                continue
            breaks = 2 - table.has_room(source, need, since, at) - table.has_room(host, need, at, until)
            rated.append((breaks, self.rng.random(), at))
        return [at for _, _, at in sorted(rated)]

    def _mended(self, broken: list[int]) -> bool:
        """Shift legs until no host is over a limit; where that fails, it leaves the undoing."""
        first_over, parameters, rng = self.table.first_over, self.parameters, self.rng
        over = [host for host in broken if first_over(host) is not None]
        for _ in range(parameters.steps):
            if not over:
                return True
            if len(over) > parameters.widest:
                return False
            host = over[int(rng.random() * len(over))]
            other = self._relieved(host)
            if other is None:
                return False
            if other not in over:
                over.append(other)
            over = [one for one in over if first_over(one) is not None]
        return not over

    def _relieved(self, host: int) -> int | None:
        """Make room on a host where it is first over a limit; give the other host of what was done for that.

        A leg is shifted that breaks nothing, else a VM steps aside, else the leg goes that breaks least.
        """
        first = self.table.first_over(host)
        assert first is not None
        again = _again(self.table.free(host), self.table.over, first)
        best: Shift | None = None
        least = 3
        for breaks, shift in self._shifts(host, first, again):
            if breaks < least:
                best, least = shift, breaks
                if not breaks:
                    break
        if least and self._steps_aside(host, first, again):
            return host
        if best is None:
            return None
        leg, at, other = best
        self.table.shift(leg, at)
        self._moved.add(leg)
        return other

    def _shifts(self, host: int, first: int, again: int) -> Iterator[tuple[int, Shift]]:
        """Yield shifts that make room on a host where it is first over a limit, each with what it breaks.

        A leg that leaves the host goes just before that instant, one that comes to it just after there is
        room once more.
        """
        table, moved = self.table, self._moved
        events, free, over = table.on[host], table.free(host), table.over
        beyond = any(amount & over for amount in free[again:])
        count = len(events)
        limit, last = events[first][0], events[first - 1][0] if first else 0.0
        limit_again = events[again][0] if again < count else table.end
        next_after = events[again + 1][0] if again + 1 < count else table.end
        begin = int(self.rng.random() * count)
        for number in (*range(begin, count), *range(begin)):
            at, leg, change = events[number]
            if leg in moved:
                continue
            if change > 0 and number > first:
                other, need = table.host[leg], change
                then, has_room = table.earlier(limit, last, other, need, at, leg)
                if then <= table.span(leg)[0]:
                    self._is_dense |= then < 0
                    continue
                helped = free[first:number]
            elif change < 0 and number <= first and again < count:
                other, need = table.source[leg], -change
                then, has_room = table.later(limit_again, next_after, other, need, at, leg)
                if then < 0 or then >= table.span(leg)[1]:
                    self._is_dense |= then < 0
                    continue
                helped = free[first:again]
            else:
                continue
            stays = beyond
            if not stays:
                for amount in helped:
                    if (amount + need) & over:
                        stays = True
                        break
            yield stays + (not has_room), (leg, then, other)

    def _steps_aside(self, host: int, first: int, again: int) -> bool:
        """Let a VM that goes straight wait elsewhere while the host is over a limit, if the cost allows.

        Small ones rather than large ones, whose detours are harder to take out.
        """
        table, problem, moved, size = self.table, self.problem, self._moved, self._size
        left, random = self._most - table.cost, self.rng.random
        if left <= 0:
            return False
        events = table.on[host]
        rated = []
        for number, (_, leg, change) in enumerate(events):
            if number <= first if change > 0 else number > first or again == len(events):
                continue
            vm = table.vm[leg]
            if change and leg not in moved and len(table.legs[vm]) == 1 and problem.cost[vm] <= left:
                rated.append((size[vm] * (1 + random()), number))
        rated.sort()
        for _, number in rated:
            if self._waits(host, first if events[number][2] > 0 else again, number):
                return True
        return False

    def _waits(self, near: int, limit: int, number: int) -> bool:
        """Let a VM leave a host before one of its events, or come after it, and be on a third one in between.

        Parameters
        ----------
        near
            The host.
        limit
            The number of that event.
        number
            The number of the event at which the VM leaves or comes now.
        """
        table, problem, random = self.table, self.problem, self.rng.random
        events = table.on[near]
        at, leg, change = events[number]
        vm, source, host = table.vm[leg], table.source[leg], table.host[leg]
        if not problem.vms[vm].detours:
            return False
        leaves, need, hosts = change > 0, abs(change), problem.num_hosts
        beside = limit - 1 if leaves else limit + 1
        nearest = events[beside][0] if 0 <= beside < len(events) else (0.0 if leaves else table.end)
        look, then = table.earlier if leaves else table.later, events[limit][0]
        for _ in range(self.parameters.drawn):
            shelter = int(random() * hosts)
            if shelter in (source, host):
                continue
            aside, has_room = look(then, nearest, shelter, need, at, len(table.vm))
            if not has_room:
                continue
            if problem.may_go(vm, source, shelter) and problem.may_go(vm, shelter, host):
                since, until = (aside, at) if leaves else (at, aside)
                legs = table.made(vm, source, shelter, since), table.made(vm, shelter, host, until)
                table.give(vm, legs)
                self._moved.update(legs)
                return True
        return False


def _again(free: list[int], over: int, first: int) -> int:
    """Give the next place from one on at which a host is not over a limit (or the end)."""
    return next((number for number in range(first, len(free)) if not free[number] & over), len(free))


def shifted(
    problem: Problem,
    moves: list[Move],
    deadline: Deadline,
    seed: int = 0,
    least: int = 0,
    parameters: ShiftParameters = DEFAULT.shifts,
    tell: Callable[[list[Move]], object] = len,
) -> list[Move]:
    """Make a plan shorter by walks of shifts, until they find nothing for a while.

    Parameters
    ----------
    moves
        A whole plan.
    deadline
        When to give up: what is shorter by then is given.
    seed
        Of what is drawn.
    least
        No plan costs less.
    tell
        Called with the best plan every now and then: whoever is interrupted keeps that.

    Returns
    -------
    list of Move
        A whole plan that costs no more; the same where a VM is stopped, or a host is over a limit at first.
    """
    if any(host == OFF for _, host in moves):
        return moves
    shifts, idle, tries = Shifts(problem, moves, seed, parameters), 0, 0
    told = shifts.cost
    if not shifts.table.is_sane():
        return moves
    while not deadline.over and shifts.table.wandering and shifts.cost > least:
        idle = 0 if shifts.turn() else idle + 1
        tries += 1
        if tries % parameters.told_every == 0 and shifts.cost < told:
            told, best = shifts.cost, shifts.best()
            if is_safe(problem, best):
                tell(best)
        if idle > parameters.patience + parameters.patience_a_vm * len(shifts.table.wandering):
            break
    shorter = shifts.best()
    return shorter if shifts.cost < problem.moves_cost(moves) and is_safe(problem, shorter) else moves
