"""Keeping VMs that a plan stops off for as short as can be: stopped late, started early."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from heuristics.profile import revisited
from models.problem import OFF, Move

if TYPE_CHECKING:
    from collections.abc import Iterator

    from heuristics.deadline import Deadline
    from heuristics.profile import Profile, Visit
    from models.problem import Problem

STOP, START, MIGRATION = 0, 1, 2
"""In one instant, stops come first, since only they leave at once, and starts next."""

Timed = tuple[int, int, Move]
"""(instant, what it is, move)."""


def shorten_downtime(problem: Problem, moves: list[Move], deadline: Deadline) -> list[Move]:
    """Move each stop as late, and each start as early, as the rest of the plan allows.

    Cost and order of all else stay as they are. For each stop the time is near linear in what happens on
    its two hosts; stops for which none is left stay where they are.
    """
    stopped = dict.fromkeys(vm for vm, host in moves if host == OFF)
    if not stopped:
        return moves
    visits = revisited(problem, moves, stopped, _longer, deadline)
    timed = [(2 * number + 1, MIGRATION, move) for number, move in enumerate(moves) if move[0] not in stopped]
    timed += [one for vm in stopped for one in _timed(vm, visits[vm])]
    timed.sort(key=lambda one: one[:2])
    return [move for _, _, move in timed]


def _longer(profile: Profile, vm: int, visits: list[Visit]) -> list[Visit]:
    """Let each visit that a stop ends last, and each that a start begins begin, as long as others allow."""
    visits = list(visits)
    for number in range(len(visits) - 1):
        here, there = visits[number : number + 2]
        if here.until == there.since:  # it migrates
            continue
        until = min(profile.until(vm, here.host, here.since), there.since - 1)
        here = here._replace(until=max(here.until, until))
        since = profile.since(vm, there.host, there.until)
        if since is not None:
            there = there._replace(since=min(there.since, max(since, here.until + 1)))
        visits[number : number + 2] = here, there
    return visits


def _timed(vm: int, visits: list[Visit]) -> Iterator[Timed]:
    """Give the moves that lead from visit to visit."""
    for here, there in pairwise(visits):
        if here.until < there.since:
            yield here.until + 1, STOP, (vm, OFF)
            yield there.since, START, (vm, there.host)
        else:
            yield there.since, MIGRATION, (vm, there.host)
