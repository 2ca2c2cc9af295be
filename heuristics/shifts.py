"""Shorter plans by legs that are shifted in time: what one that is made earlier or later breaks, others mend.

A detour is taken out of a plan: its VM goes straight. Where that leaves a host over a limit for a while, a
leg that leaves it is made earlier, or one that comes to it later, which may leave another host over a limit,
and so on: a walk, a few shifts long. Once in it another VM may step aside: so detours wander until they find
where none is needed. ALGORITHM.md, "Shifts".
"""

from __future__ import annotations

from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING

from heuristics.legs import Legs
from heuristics.parameters import DEFAULT, ShiftParameters
from heuristics.room import sizes
from heuristics.tracker import is_safe
from models.problem import OFF

if TYPE_CHECKING:
    from collections.abc import Iterator

    from heuristics.deadline import Deadline
    from models.problem import Move, Problem

Shift = tuple[int, float, int]
"""(leg, instant, the other host of the leg)."""


class Shifts:
    """A search around one plan, which never gets worse.

    Parameters
    ----------
    problem
        What is planned.
    moves
        A whole plan, in which no VM is stopped.
    seed
        Of what is drawn.
    parameters
        How far a walk goes.
    """

    def __init__(
        self, problem: Problem, moves: list[Move], seed: int = 0, parameters: ShiftParameters = DEFAULT.shifts
    ) -> None:
        self.problem = problem
        self.table = Legs(problem, moves)
        self.parameters = parameters
        self.rng = Random(seed)
        self.tries = 0
        self._moved: set[int] = set()
        self._most = 0
        self._size = sizes(problem)
        self._is_dense = False

    def turn(self) -> bool:
        """Try to take one stop of one VM out; tell whether the plan costs less now.

        Another VM may step aside for that: the plan costs the same then, and is another one.
        """
        table, before, legs = self.table, self.table.cost, len(self.table.vm)
        vm = self.rng.choice(table.wandering)
        self._shake(vm)
        self.tries += 1
        self._most = before
        self._moved.clear()
        if not self._straighten(vm):
            table.undo(0)
            table.forget(legs)
        table.keep()
        if self._is_dense:
            self.table, self._is_dense = Legs(self.problem, table.moves()), False
        return table.cost < before

    def _shake(self, vm: int) -> None:
        """Shift some legs near those of a VM to where they do no harm: so the next chain is another one."""
        table, rng = self.table, self.rng
        hosts = [host for leg in table.legs[vm] for host in (table.source[leg], table.host[leg])]
        for _ in range(self.parameters.shaken):
            host = rng.choice(hosts)
            _, leg, _ = rng.choice(table.on[host])
            other = table.source[leg] if table.host[leg] == host else table.host[leg]
            since, until = table.span(leg)
            events = table.on[host] + table.on[other]
            instants = sorted({since, until, *(at for at, _, _ in events if since < at < until)})
            number = rng.randrange(len(instants) - 1)
            at = (instants[number] + instants[number + 1]) / 2
            if not instants[number] < at < instants[number + 1]:
                continue
            mark = table.mark
            table.shift(leg, at)
            if table.first_over(host) is not None or table.first_over(other) is not None:
                table.undo(mark)
            else:
                hosts.append(other)
        table.keep()

    def _straighten(self, vm: int) -> bool:
        """Let a VM go past one of its stops, and mend what that breaks."""
        table, legs = self.table, self.table.legs[vm]
        number = self.rng.randrange(len(legs) - 1)
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
        best: Shift | None = None
        least = 3
        for breaks, shift in self._shifts(host):
            if breaks < least:
                best, least = shift, breaks
                if not breaks:
                    break
        if least and self._steps_aside(host):
            return host
        if best is None:
            return None
        leg, at, other = best
        self.table.shift(leg, at)
        self._moved.add(leg)
        return other

    def _shifts(self, host: int) -> Iterator[tuple[int, Shift]]:
        """Yield shifts that make room on a host where it is first over a limit, each with what it breaks.

        A leg that leaves the host goes just before that instant, one that comes to it just after there is
        room once more.
        """
        table, moved = self.table, self._moved
        events, free, over = table.on[host], table.free(host), table.over
        first = table.first_over(host)
        assert first is not None
        again = _again(free, over, first)
        beyond = any(amount & over for amount in free[again:])
        count = len(events)
        begin = int(self.rng.random() * count)
        for number in (*range(begin, count), *range(begin)):
            at, leg, change = events[number]
            if leg in moved or not change:
                continue
            need, leaves = abs(change), change > 0
            then: float | None
            if leaves and number > first:
                other = table.host[leg]
                then = table.just_before(events[first][0], host, other)
                if then is None or then <= table.span(leg)[0]:
                    self._is_dense |= then is None
                    continue
                helped, since, until = free[first:number], then, at
            elif not leaves and number <= first and again < count:
                other = table.source[leg]
                then = table.just_after(events[again][0], host, other)
                if then is None or then >= table.span(leg)[1]:
                    self._is_dense |= then is None
                    continue
                helped, since, until = free[first:again], at, then
            else:
                continue
            stays = beyond or any((amount + need) & over for amount in helped)
            yield stays + (not table.has_room(other, need, since, until)), (leg, then, other)

    def _steps_aside(self, host: int) -> bool:
        """Let a VM that goes straight wait elsewhere while the host is over a limit, if the cost allows.

        Small ones rather than large ones, whose detours are harder to take out.
        """
        table, problem = self.table, self.problem
        if table.cost >= self._most:
            return False
        events, free = table.on[host], table.free(host)
        first = table.first_over(host)
        assert first is not None
        again = _again(free, table.over, first)
        size, random = self._size, self.rng.random
        rated = [(size[table.vm[leg]] * (1 + random()), number) for number, (_, leg, _) in enumerate(events)]
        for _, number in sorted(rated):
            _, leg, change = events[number]
            vm, leaves = table.vm[leg], change > 0
            if (
                leg in self._moved
                or not change
                or len(table.legs[vm]) > 1
                or not problem.vms[vm].detours
                or table.cost + problem.cost[vm] > self._most
                or (number <= first if leaves else number > first or again == len(events))
            ):
                continue
            limit = events[first][0] if leaves else events[again][0]
            if self._waits(vm, leg, limit, leaves=leaves):
                return True
        return False

    def _waits(self, vm: int, leg: int, limit: float, *, leaves: bool) -> bool:
        """Let a VM leave before an instant, or come after it, and be on a third host in between."""
        table, may_go = self.table, self.problem.may_go
        source, host, at = table.source[leg], table.host[leg], table.at[leg]
        near = source if leaves else host
        for _ in range(self.parameters.drawn):
            shelter = self.rng.randrange(self.problem.num_hosts)
            if shelter in (source, host):
                continue
            then = (
                table.just_before(limit, near, shelter) if leaves else table.just_after(limit, near, shelter)
            )
            if then is None:
                continue
            since, until = (then, at) if leaves else (at, then)
            if (
                table.has_room(shelter, table.need[vm], since, until)
                and may_go(vm, source, shelter)
                and may_go(vm, shelter, host)
            ):
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
) -> list[Move]:
    """Make a plan shorter by chains of shifts, until they find nothing for a while.

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

    Returns
    -------
    list of Move
        A whole plan that costs no more; the same where a VM is stopped, or a host is over a limit at first.
    """
    if any(host == OFF for _, host in moves):
        return moves
    shifts, idle = Shifts(problem, moves, seed, parameters), 0
    if not shifts.table.is_sane():
        return moves
    while not deadline.over and shifts.table.wandering and shifts.table.cost > least:
        idle = 0 if shifts.turn() else idle + 1
        if idle > parameters.patience + parameters.patience_a_vm * len(shifts.table.wandering):
            break
    shorter = shifts.table.moves()
    return shorter if shifts.table.cost < problem.moves_cost(moves) and is_safe(problem, shorter) else moves
