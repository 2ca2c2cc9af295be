"""All placements that can be reached for less than some cost, level by level, in arrays.

What a stranger does one by one for a proof by exhaustion; here it only tells whether that proof holds, and
is short enough to ask for. ALGORITHM.md, "Certificates".
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from heuristics.deadline import Deadline
    from models.problem import Problem

    Codes = np.ndarray[tuple[int], np.dtype[np.int64]]

LARGEST_CODE = 2**62
"""Placements are numbers, the host of each VM a digit: there must be no more of them."""


def all_seen(problem: Problem, bound: int | None, most: int, deadline: Deadline) -> bool:
    """Tell whether no placement that costs less than the bound is the target, and they are few enough.

    Parameters
    ----------
    bound
        None: whatever it costs.
    most
        Placements that may be looked at, those included that are only reached.
    """
    if problem.num_hosts**problem.num_vms > LARGEST_CODE:
        return False
    migrations = _Migrations(problem)
    target, seen = migrations.code(problem.dst), np.empty(0, dtype=np.int64)
    waiting: dict[int, list[Codes]] = defaultdict(list)
    waiting[0] = [np.array([migrations.code(problem.src)], dtype=np.int64)]
    while waiting and (bound is None or min(waiting) < bound):
        cost = min(waiting)
        level = np.setdiff1d(np.concatenate(waiting.pop(cost)), seen)
        if target in level or deadline.over:
            return False
        seen = np.union1d(seen, level)
        for vm, reached in migrations.moves(level):
            waiting[cost + problem.cost[vm]].append(reached)
        if len(seen) + sum(len(codes) for levels in waiting.values() for codes in levels) > most:
            waiting = _tidied(waiting, seen)
            if len(seen) + sum(len(levels[0]) for levels in waiting.values()) > most:
                return False
    return True


def _tidied(waiting: dict[int, list[Codes]], seen: Codes) -> dict[int, list[Codes]]:
    """Keep of each placement that waits the cheapest, and none that was seen."""
    tidy: dict[int, list[Codes]] = defaultdict(list)
    known = seen
    for cost in sorted(waiting):
        fresh = np.setdiff1d(np.concatenate(waiting[cost]), known)
        if len(fresh):
            tidy[cost] = [fresh]
            known = np.union1d(known, fresh)
    return tidy


class _Migrations:
    """The single migrations of many placements at once."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self._digit = [problem.num_hosts**vm for vm in range(problem.num_vms)]
        hosts = range(problem.num_hosts)
        self._allowed = [
            [[a != b and problem.may_go(vm, a, b) for b in hosts] for a in hosts]
            for vm in range(problem.num_vms)
        ]

    def code(self, placement: list[int]) -> int:
        """Give the number of a placement."""
        return sum(host * digit for host, digit in zip(placement, self._digit, strict=True))

    def moves(self, codes: Codes) -> list[tuple[int, Codes]]:
        """Give for each VM and host the placements that its legal migration there leads to."""
        problem = self.problem
        at = [codes // digit % problem.num_hosts for digit in self._digit]
        found = []
        for host in range(problem.num_hosts):
            there = [places == host for places in at]
            load = [
                sum(demand[resource] * here for demand, here in zip(problem.demand, there, strict=True))
                for resource in range(len(problem.resources))
            ]
            held = [sum(there[vm] for vm in members) for members in problem.members]
            for vm, places in enumerate(at):
                fits = np.array([row[host] for row in self._allowed[vm]])[places]
                for resource, amount in problem.needs[vm]:
                    fits = fits & (load[resource] + amount <= problem.usable[host][resource])
                for group in problem.groups_of[vm]:
                    fits = fits & (held[group] < problem.limit(group, host))
                if fits.any():
                    found.append((vm, codes[fits] + (host - places[fits]) * self._digit[vm]))
        return found
