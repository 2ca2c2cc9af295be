"""Running path finders in tests, and holding what they find against the replay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from heuristics import Deadline, Trace
from heuristics.squeaky import Wheel
from models import replay
from models.plan_of_moves import plan_of
from models.problem import Problem

if TYPE_CHECKING:
    from heuristics import Found, PathFinder
    from models import Pool
    from models.problem import Move

LONG_S = 120.0
"""Far more than any of these pools takes, so that the clock decides nothing."""


def found_by(finder: PathFinder, of: Pool, objective: str = "moves", **options: object) -> Found:
    """Let a path finder search without haste."""
    return finder.find(Problem(of, objective), Deadline(LONG_S), **options)


def safe(problem: Problem, moves: list[Move]) -> list[Move]:
    """Hold moves against the replay; give them."""
    assert replay(problem.pool, plan_of(problem, moves)) == []
    return moves


class Follower(Trace):
    """Knows where every VM is by following a path finder's moves and undoes."""

    def __init__(self, problem: Problem) -> None:
        self.at = list(problem.src)
        self.plan: list[Move] = []
        self.displaced_from: list[tuple[int, int]] = []

    def displaces(self, depth: int, vm: int, host: int, for_vm: int) -> None:
        self.displaced_from.append((vm, host))

    def moves(self, depth: int, vm: int, source: int, host: int) -> None:
        assert self.at[vm] == source
        self.at[vm] = host
        self.plan.append((vm, host))

    def undoes(self, depth: int, vm: int, host: int) -> None:
        last, _ = self.plan.pop()
        assert last == vm
        self.at[vm] = host


def turns(problem, seed=0, times=6):
    """Give what some passes of one wheel come to."""
    wheel = Wheel(problem, seed)
    return [moves for _ in range(times) if (moves := wheel.turn(Deadline(LONG_S))) is not None]
