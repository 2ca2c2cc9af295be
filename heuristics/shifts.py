"""Shorter plans by legs that are shifted in time: what one that is made earlier or later breaks, others mend.

A detour is taken out of a plan: its VM goes straight. Where that leaves a host over a limit for a while, a
leg that leaves it is made earlier, or one that comes to it later, which may leave another host over a limit,
and so on: a chain of shifts, a few hosts long. ALGORITHM.md, "Shifts".
"""

from __future__ import annotations

from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING

from heuristics.legs import Legs
from heuristics.parameters import DEFAULT, ShiftParameters
from heuristics.tracker import is_safe
from models.problem import OFF

if TYPE_CHECKING:
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
        How far a chain goes.
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
        self._looks = 0
        self._most = 0
        self._is_dense = False

    def turn(self) -> bool:
        """Try to take one stop of one VM out; tell whether the plan costs less now.

        Every other time another VM may step aside for that: the plan costs the same then, and is another one.
        """
        table, before = self.table, self.table.cost
        vm = self.rng.choice(table.wandering)
        self._shake(vm)
        self.tries += 1
        self._most = before - self.tries % 2
        self._moved.clear()
        self._looks = self.parameters.looks
        if not self._straighten(vm):
            table.undo(0)
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
            _, leg = rng.choice(table.on[host])
            other = table.source[leg] if table.host[leg] == host else table.host[leg]
            since, until = table.span(leg)
            events = table.on[host] + table.on[other]
            instants = sorted({since, until, *(at for at, _ in events if since < at < until)})
            number = rng.randrange(len(instants) - 1)
            at = (instants[number] + instants[number + 1]) / 2
            if not instants[number] < at < instants[number + 1]:
                continue
            mark = table.mark
            table.shift(leg, at)
            if table.is_over(host) or table.is_over(other):
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
            return self._mended([source], self.parameters.deepest)
        if not self.problem.may_go(vm, source, host):
            return False
        for at in self._instants(vm, first, second)[: self.parameters.breadth]:
            mark = table.mark
            leg = table.made(vm, source, host, at)
            table.give(vm, (*before, leg, *after))
            self._moved = {leg}
            if self._mended([source, host], self.parameters.deepest):
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
        instants = sorted({since, until, *(at for at, _ in events if since < at < until)})
        rated = []
        for earlier, later in pairwise(instants):
            at = (earlier + later) / 2
            if not earlier < at < later:
                self._is_dense = True
                continue
            breaks = 2 - table.has_room(source, need, since, at) - table.has_room(host, need, at, until)
            rated.append((breaks, self.rng.random(), at))
        return [at for _, _, at in sorted(rated)]

    def _mended(self, over: list[int], deepest: int) -> bool:
        """Shift legs until none of these hosts is over a limit; where that fails, it leaves the undoing."""
        table = self.table
        while over and not table.is_over(over[-1]):
            over.pop()
        if not over:
            return True
        if deepest == 0 or self._looks <= 0:
            return False
        host = over[-1]
        for leg, at, other in self._shifts(host)[: self.parameters.breadth]:
            mark = table.mark
            table.shift(leg, at)
            self._moved.add(leg)
            if self._mended([*over, other], deepest - 1):
                return True
            self._moved.discard(leg)
            table.undo(mark)
        return self._step_aside(over, deepest)

    def _shifts(self, host: int) -> list[Shift]:
        """Give shifts that make room on a host where it is first over a limit, those that break least first.

        A leg that leaves the host goes just before that instant, one that comes to it just after there is
        room once more.
        """
        table, found = self.table, []
        events, free, over = table.on[host], table.free(host), table.over
        first, again = _stretch(free, over)
        beyond = any(amount & over for amount in free[again:])
        for number, (at, leg) in enumerate(events):
            if leg in self._moved:
                continue
            need, leaves = table.need[table.vm[leg]], table.source[leg] == host
            other = table.host[leg] if leaves else table.source[leg]
            then: float | None
            if leaves and number > first:
                then = table.just_before(events[first][0], host, other)
                span = (then, at) if then is not None and then > table.span(leg)[0] else None
                helped = free[first:number]
            elif not leaves and number <= first and again < len(events):
                then = table.just_after(events[again][0], host, other)
                span = (at, then) if then is not None and then < table.span(leg)[1] else None
                helped = free[first:again]
            else:
                continue
            if then is None:
                self._is_dense = True
            if then is None or span is None:
                continue
            self._looks -= 1
            breaks = not table.has_room(other, need, *span)
            stays = beyond or any((amount + need) & over for amount in helped)
            found.append((breaks + stays, self.rng.random(), (leg, then, other)))
        return [shift for _, _, shift in sorted(found)]

    def _step_aside(self, over: list[int], deepest: int) -> bool:
        """Let a VM that goes straight wait elsewhere while the host is over a limit, if the cost allows."""
        table, problem, host = self.table, self.problem, over[-1]
        events, free = table.on[host], table.free(host)
        first, again = _stretch(free, table.over)
        for number in self.rng.sample(range(len(events)), len(events)):
            _, leg = events[number]
            vm, leaves = table.vm[leg], table.source[leg] == host
            if (
                leg in self._moved
                or len(table.legs[vm]) > 1
                or not problem.vms[vm].detours
                or table.cost + problem.cost[vm] > self._most
                or (number <= first if leaves else number > first or again == len(events))
            ):
                continue
            if self._looks <= 0:
                return False
            self._looks -= self.parameters.dear
            limit = events[first][0] if leaves else events[again][0]
            if self._waits(vm, leg, limit, leaves=leaves):
                return self._mended([*over], deepest - 1)
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


def _stretch(free: list[int], over: int) -> tuple[int, int]:
    """Give the first place at which a host is over a limit, and the next at which it is not (or the end)."""
    first = next(number for number, amount in enumerate(free) if amount & over)
    again = next((number for number in range(first, len(free)) if not free[number] & over), len(free))
    return first, again


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
