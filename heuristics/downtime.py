"""Keeping VMs that a plan stops off for as short as can be: stopped late, started early."""

from __future__ import annotations

from typing import TYPE_CHECKING

from heuristics.tracker import Tracker
from models.problem import OFF

if TYPE_CHECKING:
    from models.problem import Move, Problem


def shorten_downtime(problem: Problem, moves: list[Move]) -> list[Move]:
    """Move each stop as late, and each start as early, as the rest of the plan allows.

    Cost and order of all else stay as they are.
    """
    for vm in [vm for vm, host in moves if host == OFF]:
        moves = _start_early(problem, _stop_late(problem, moves, vm), vm)
    return moves


def _stop_late(problem: Problem, moves: list[Move], vm: int) -> list[Move]:
    """Stop the VM just before the first arrival on its host that needs it gone."""
    first = moves.index((vm, OFF))
    tracker = _after(problem, moves[:first])
    host = tracker.at[vm]
    last = first
    for number in range(first + 1, len(moves)):
        mover, place = moves[number]
        if mover == vm or (place == host and not tracker.fits(mover, place)):
            break
        tracker.go(mover, place)
        last = number
    return [*moves[:first], *moves[first + 1 : last + 1], (vm, OFF), *moves[last + 1 :]]


def _start_early(problem: Problem, moves: list[Move], vm: int) -> list[Move]:
    """Start the VM behind the first move after which its target has, and keeps, the room."""
    stop = moves.index((vm, OFF))
    start = next(n for n in range(stop + 1, len(moves)) if moves[n][0] == vm)
    target = moves[start][1]
    tracker = _after(problem, moves[: stop + 1])
    earliest = stop + 1
    for number in range(stop + 1, start):
        if not tracker.fits(vm, target):
            earliest = number + 1
        tracker.go(*moves[number])
    if not tracker.fits(vm, target):
        earliest = start
    return [*moves[:earliest], (vm, target), *moves[earliest:start], *moves[start + 1 :]]


def _after(problem: Problem, moves: list[Move]) -> Tracker:
    tracker = Tracker(problem)
    for vm, host in moves:
        tracker.go(vm, host)
    return tracker
