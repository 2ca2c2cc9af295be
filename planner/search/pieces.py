"""Pieces: each component as a pool of its own, and the walk that makes one plan of theirs.

In the order of :func:`planner.search.kernel.turns` all other hosts stand still while a component has its
turn, and what is on them then is known before anything is solved. ALGORITHM.md, "Components apart".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from heuristics.room import Room
from models.cut_out import cut_out
from models.problem import OFF
from planner.search.kernel import Component, Kernel, turns

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from models.problem import Move, Problem


@dataclass(frozen=True, slots=True)
class Piece:
    """A component in its turn, with the hosts outside that it may use.

    Parameters
    ----------
    component
        As hosts and VMs of the whole problem.
    hosts, vms, start, end
        As :func:`models.cut_out.cut_out` takes them; the component's own hosts first.
    """

    component: Component
    hosts: tuple[int, ...]
    vms: tuple[int, ...]
    start: tuple[int, ...]
    end: tuple[int, ...]

    def problem(self, whole: Problem) -> Problem:
        """Give it as a problem of its own."""
        return cut_out(whole, self.hosts, self.vms, self.start, self.end)

    def own(self) -> Component:
        """Give the component as its own problem counts."""
        moving = set(self.component.moving)
        hosts = tuple(range(len(self.component.hosts)))
        return Component(hosts, tuple(n for n, vm in enumerate(self.vms) if vm in moving))

    def in_whole(self, moves: Sequence[Move]) -> list[Move]:
        """Turn moves of its problem into moves of the whole."""
        return [(self.vms[vm], OFF if host == OFF else self.hosts[host]) for vm, host in moves]


@dataclass(slots=True)
class PieceWalk:
    """All turns, and what is done in each.

    Parameters
    ----------
    opening
        The moves that never wait, before the first turn.
    entering
        ``entering[n]``: the moves that come after the plan of ``pieces[n]``.
    """

    opening: list[Move]
    pieces: list[Piece] = field(default_factory=list)
    entering: list[list[Move]] = field(default_factory=list)

    def whole(self, plans: Sequence[Sequence[Move]]) -> list[Move]:
        """Put the plans of all pieces together."""
        moves = list(self.opening)
        for plan, after in zip(plans, self.entering, strict=True):
            moves += [*plan, *after]
        return moves


def walk(problem: Problem, locks: Kernel, outside: int) -> PieceWalk | None:
    """Cut the problem into pieces; None where a move between components cannot be made directly."""
    cutter = _Cutter(problem, outside)
    found = PieceWalk([(vm, problem.dst[vm]) for vm in locks.first])
    cutter.make(found.opening)
    last = found.opening
    for turn in turns(problem, locks):
        if any(not problem.may_go(vm, problem.src[vm], problem.dst[vm]) for vm in turn.entering):
            return None
        if turn.component is not None:
            found.pieces.append(cutter.piece(turn.component))
            last = []
            found.entering.append(last)
            cutter.make([(vm, problem.dst[vm]) for vm in turn.component.moving])
        after = [(vm, problem.dst[vm]) for vm in turn.entering]
        cutter.make(after)
        last += after
    return found


class _Cutter:
    """The placement from turn to turn, and the piece that it makes of a component."""

    def __init__(self, problem: Problem, outside: int) -> None:
        self.problem = problem
        self.outside = outside
        self._room = Room(problem)
        self._mean = np.maximum(np.array(problem.usable, dtype=np.float64).mean(axis=0), 1.0)[:, np.newaxis]
        self._homes: dict[int, NDArray[np.bool_]] = {}

    def make(self, moves: Sequence[Move]) -> None:
        """Make moves, unasked."""
        for vm, host in moves:
            self._room.go(vm, host)

    def piece(self, component: Component) -> Piece:
        """Give the component as things stand."""
        problem, tracker, moving = self.problem, self._room.tracker, set(component.moving)
        hosts = (*component.hosts, *self._with_most_room(self._homes_of_any(moving), component.hosts))
        vms = tuple(sorted(vm for host in hosts for vm in tracker.on[host]))
        start = tuple(tracker.at[vm] for vm in vms)
        end = tuple(problem.dst[vm] if vm in moving else tracker.at[vm] for vm in vms)
        return Piece(component, hosts, vms, start, end)

    def _homes_of_any(self, vms: Iterable[int]) -> NDArray[np.bool_]:
        """Tell of every host whether no filter forbids it some of the VMs."""
        kinds = {self.problem.filters.vm_class[vm]: vm for vm in vms}
        found: NDArray[np.bool_] = np.logical_or.reduce([self._homes_of(vm) for vm in kinds.values()])
        return found

    def _homes_of(self, vm: int) -> NDArray[np.bool_]:
        """Tell of every host whether no filter forbids it the VM."""
        kind = self.problem.filters.vm_class[vm]
        found = self._homes.get(kind)
        if found is None:
            hosts = range(self.problem.num_hosts)
            found = self._homes[kind] = np.array([self.problem.may_run(vm, h) for h in hosts], dtype=bool)
        return found

    def _with_most_room(self, homes: NDArray[np.bool_], but: Sequence[int]) -> list[int]:
        """Give the few of some hosts that have the most room now, of what is scarcest there."""
        spare = np.where(homes, (self._room.free / self._mean).min(axis=0, initial=np.inf), -np.inf)
        spare[list(but)] = -np.inf
        count = min(self.outside, int((spare > -np.inf).sum()))
        if not count:
            return []
        least = np.partition(spare, -count)[-count]
        some = np.flatnonzero(spare >= least)
        few: list[int] = some[np.argsort(-spare[some], kind="stable")[:count]].tolist()
        return few
