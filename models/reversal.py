"""The way back: plans from target to current, which reversed are plans. ALGORITHM.md, "Squeaky wheel"."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.moves import Move
    from models.problem import Problem


def backward(problem: Problem) -> Problem:
    """Give the problem from target to current."""
    return problem.changed(src=problem.dst, dst=problem.src, is_backward=not problem.is_backward)


def reversed_moves(problem: Problem, moves: Sequence[Move]) -> list[Move]:
    """Turn a plan of ``backward(problem)`` into one of ``problem``."""
    at = list(problem.dst)
    back: list[Move] = []
    for vm, host in moves:
        back.append((vm, at[vm]))
        at[vm] = host
    back.reverse()
    return back
