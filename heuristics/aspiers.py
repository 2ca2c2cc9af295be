"""The origin's path finder: bring VMs home one by one, displacing whoever is in the way.

Adam Spiers' idea and order of preference (2015), with its faults mended: two and more VMs may make way,
the order is that of the pool, moves are undone instead of copying the state, and a deadline, a count of
tries and a memory of placements seen bound the search. ALGORITHM.md, "aspiers".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from heuristics.parameters import DEFAULT, AspiersParameters
from heuristics.protocol import Found
from heuristics.trace import SILENT, Trace
from heuristics.tracker import Tracker
from models.problem import OFF, Move, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from heuristics.deadline import Deadline


class OutOfTriesError(Exception):
    """Internal: one VM has used up its tries, or the time is up."""


@dataclass(slots=True)
class Fork:
    """A point to come back to: the VMs not tried yet, and how long the plan was."""

    untried: Iterator[int]
    mark: int


class Spiers:
    """One search.

    Parameters
    ----------
    problem
        What is planned.
    deadline
        When to give up.
    trace
        Told of each decision.
    parameters
        When a VM, and when the search, is given up.
    shelters
        Beyond his three ways: make room in a shelter first, by VMs that are at home there.
    """

    def __init__(
        self,
        problem: Problem,
        deadline: Deadline,
        trace: Trace,
        parameters: AspiersParameters,
        *,
        shelters: bool = False,
    ) -> None:
        self.problem = problem
        self.deadline = deadline
        self.trace = trace
        self.parameters = parameters
        self.shelters = shelters
        self.tracker = Tracker(problem)
        self.moves: list[Move] = []
        self._before: list[int] = []
        self._print = 0
        self._seen: set[int] = set()
        self._tries = 0
        self._todo = dict.fromkeys(problem.displaced)

    def run(self) -> list[Move] | None:
        """Give a plan, or None: a choice that leads nowhere is taken back and the next one tried."""
        parameters = self.parameters
        most = parameters.backtracks + parameters.backtracks_a_vm * len(self.problem.displaced)
        choices = [self._choice()]
        for _ in range(most):
            if not self._todo:
                return self.moves
            if self.deadline.over:
                break
            choice = choices[-1]
            self._undo(choice.mark)
            vm = next(choice.untried, None)
            if vm is not None:
                if self._bring_home(vm) and self._print not in self._seen:
                    self._seen.add(self._print)
                    choices.append(self._choice())
                continue
            choices.pop()
            if not choices:
                break
        if not self._todo:
            return self.moves
        self._undo(0)  # a listener knows where every VM is, also when another search follows
        return None

    def _choice(self) -> Fork:
        last = self.moves[-1][0] if self.moves else None
        return Fork(iter([vm for vm in self._todo if vm != last]), len(self.moves))

    def _bring_home(self, vm: int) -> bool:
        self._tries = 0
        mark = len(self.moves)
        try:
            if self._get_to_target(vm, frozenset(), 0):
                return True
        except OutOfTriesError:
            self.trace.fails(0, "out of tries")
        self._undo(mark)
        return False

    def _get_to_target(self, vm: int, locked: frozenset[int], depth: int) -> bool:
        """Bring the VM to its target, making room there if need be."""
        host = self.problem.dst[vm]
        self.trace.tries(depth, vm, host)
        if not self.problem.may_go(vm, self.tracker.at[vm], host):
            self.trace.fails(depth, "a rule forbids that migration")
            return False
        if self.tracker.fits(vm, host) or self._make_way(vm, host, locked | {vm}, depth + 1):
            self._go(vm, host, depth)
            return True
        return False

    def _make_way(self, vm: int, host: int, locked: frozenset[int], depth: int) -> bool:
        """Displace VMs from the host until ``vm`` fits there."""
        if depth > self.parameters.deepest:
            return False
        for guest, place in self._ways(host, locked):
            self._count()
            mark = len(self.moves)
            self.trace.displaces(depth, guest, host, vm)
            if self._displace(guest, place, locked | {guest}, depth):
                if self.tracker.fits(vm, host):
                    return True
                # Not enough yet: displace further, which the origin meant to do and never reached.
                if self._make_way(vm, host, locked | {guest}, depth + 1):
                    return True
            self._undo(mark)
        self.trace.fails(depth, "nobody there can make way")
        return False

    def _displace(self, guest: int, place: int, locked: frozenset[int], depth: int) -> bool:
        if place == self.problem.dst[guest]:
            return self._get_to_target(guest, locked, depth)
        if not self.tracker.fits(guest, place) and not self._shelter(guest, place, locked, depth + 1):
            return False
        self._go(guest, place, depth)
        return True

    def _shelter(self, vm: int, host: int, locked: frozenset[int], depth: int) -> bool:
        """Make room on the host by VMs at home there that fit elsewhere at once."""
        dst = self.problem.dst
        for guest in sorted(self.tracker.on[host]):
            if dst[guest] == host and guest not in locked and self._may_step(guest):
                place = next(self._hosts_with_room(guest, host), None)
                if place is not None:
                    self._count()
                    self.trace.displaces(depth, guest, host, vm)
                    self._go(guest, place, depth)
                    if self.tracker.fits(vm, host):
                        return True
        return False

    def _ways(self, host: int, locked: frozenset[int]) -> Iterator[tuple[int, int]]:
        """Give (VM on the host, where it could go), in his order of preference, shelters last."""
        dst, may_go = self.problem.dst, self.problem.may_go
        last = self.moves[-1][0] if self.moves else None
        guests = [vm for vm in sorted(self.tracker.on[host]) if vm not in locked and vm != last]
        leaving = [vm for vm in guests if dst[vm] != host]
        for vm in leaving:
            yield vm, dst[vm]
        for vm in (*leaving, *(vm for vm in guests if dst[vm] == host)):
            if self._may_step(vm):
                for place in self._hosts_with_room(vm, host):
                    yield vm, place
        for vm in filter(self._may_step, leaving if self.shelters else ()):
            for place in range(self.problem.num_hosts):
                if place not in (host, dst[vm]) and may_go(vm, host, place) and may_go(vm, place, dst[vm]):
                    yield vm, place

    def _may_step(self, vm: int) -> bool:
        return self.problem.vms[vm].may_step_aside

    def _hosts_with_room(self, vm: int, host: int) -> Iterator[int]:
        target, may_go = self.problem.dst[vm], self.problem.may_go
        for place in range(self.problem.num_hosts):
            fits = place not in (host, target) and self.tracker.can_go(vm, place)
            if fits and may_go(vm, place, target):
                yield place

    def _count(self) -> None:
        self._tries += 1
        if self._tries > self.parameters.tries or self.deadline.over:
            raise OutOfTriesError

    def _go(self, vm: int, host: int, depth: int) -> None:
        before = self._place(vm, host)
        self.moves.append((vm, host))
        self._before.append(before)
        self.trace.moves(depth, vm, before, host)

    def _undo(self, mark: int) -> None:
        while len(self.moves) > mark:
            vm, _ = self.moves.pop()
            before = self._before.pop()
            self._place(vm, before)
            self.trace.undoes(0, vm, before)

    def _place(self, vm: int, host: int) -> int:
        before = self.tracker.go(vm, host)
        assert OFF not in (before, host)
        self._print ^= hash((vm, before)) ^ hash((vm, host))
        if host == self.problem.dst[vm]:
            self._todo.pop(vm, None)
        else:
            self._todo[vm] = None
        return before


class Aspiers:
    """The path finder ``aspiers``.

    Parameters
    ----------
    parameters
        When a VM, and when the search, is given up.
    """

    name = "aspiers"

    def __init__(self, parameters: AspiersParameters = DEFAULT.aspiers) -> None:
        self.parameters = parameters

    def find(self, problem: Problem, deadline: Deadline, seed: int = 0, trace: Trace | None = None) -> Found:  # noqa: ARG002
        """Give his plan; the seed changes nothing. See :class:`heuristics.protocol.PathFinder`."""
        trace = trace or SILENT
        moves = Spiers(problem, deadline, trace, self.parameters).run()
        if moves is None:
            trace.note(0, "once more, with room made in shelters too")
            moves = Spiers(problem, deadline, trace, self.parameters, shelters=True).run()
        return Found(moves)
