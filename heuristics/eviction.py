"""Room for one VM made by others that are sent aside, through full shelters if need be."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from heuristics.room import Room
    from models.problem import Move


class _Eviction:
    """VMs sent aside from a host one after another, tried out on the room as it is.

    Parameters
    ----------
    room
        Where they are; what is tried is done there, until it is undone.
    may_step
        Whether a VM may be sent aside.

    Attributes
    ----------
    moves
        What was done, in order.
    """

    def __init__(self, room: Room, may_step: Callable[[int], bool]) -> None:
        self.room = room
        self.may_step = may_step
        self.moves: list[Move] = []
        self._before: list[int] = []

    def makes_room(self, vm: int, host: int) -> bool:
        """Send VMs aside until ``vm`` can go to the host; tell whether it can.

        Where one finds no shelter with room, room is made in one first, ``depth`` times over.
        """
        return self._evict(vm, host, self.room.parameters.depth, {vm}) and self.room.tracker.can_go(vm, host)

    def undo(self, mark: int) -> None:
        """Take back all but the first few moves."""
        while len(self.moves) > mark:
            vm, _ = self.moves.pop()
            self.room.go(vm, self._before.pop())

    def _evict(self, vm: int, host: int, depth: int, locked: set[int]) -> bool:
        room, problem, tracker = self.room, self.room.problem, self.room.tracker
        if not problem.may_go(vm, tracker.at[vm], host):
            return False
        rivals = set(tracker.rivals(vm, host))
        guests = sorted(
            tracker.on[host], key=lambda g: (g not in rivals, problem.dst[g] == host, -room.size[g])
        )
        for guest in guests:
            if tracker.fits(vm, host):
                return True
            if guest in locked or not self.may_step(guest):
                continue
            place = self._place(guest, host, depth, locked)
            if place is not None:
                self._before.append(room.go(guest, place))
                self.moves.append((guest, place))
                locked.add(guest)
        return tracker.fits(vm, host)

    def _place(self, guest: int, host: int, depth: int, locked: set[int]) -> int | None:
        """Give a host for an evicted VM: its target, else a shelter, else one where room is made."""
        room, problem = self.room, self.room.problem
        target = problem.dst[guest]
        if target != host and room.tracker.can_go(guest, target):
            return target
        found = room.shelter(guest)
        if found is not None:
            return found[0]
        if depth == 0:
            return None
        for shelter in room.nearly():
            if shelter != host and problem.may_go(guest, shelter, target):
                mark = len(self.moves)
                if self._evict(guest, shelter, depth - 1, locked | {guest}):
                    return shelter
                self.undo(mark)
        return None


def evicted(room: Room, vm: int, host: int, may_step: Callable[[int], bool]) -> list[Move]:
    """Find VMs to send aside so that ``vm`` fits on ``host``; nothing is moved in the end.

    Where a VM finds no shelter with room, room is made in one first.

    Parameters
    ----------
    may_step
        Whether a VM may be sent aside.

    Returns
    -------
    list of Move
        The evictions in order; empty where there are none.
    """
    eviction = _Eviction(room, may_step)
    try:
        return list(eviction.moves) if eviction.makes_room(vm, host) else []
    finally:
        eviction.undo(0)
