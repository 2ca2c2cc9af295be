"""The placement at the turn of a VM, made better on a few hosts at a time. ALGORITHM.md, "At the turn"."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from heuristics.tracker import Tracker
from planner.cp.solve import Effort
from planner.cp.turn_model import TurnModel, lacking

if TYPE_CHECKING:
    from collections.abc import Iterable

    from heuristics.deadline import Deadline
    from models.problem import Move, Problem
    from planner.search.parameters import AtTheTurn

log = logging.getLogger(__name__)

MOST_PRICE = 1 << 20
"""Of a part that is lacking: more than thousands of VMs are charged elsewhere, and no number is too large."""


class PlacementFound(NamedTuple):
    """A placement in which the VM has room on both of its hosts.

    Parameters
    ----------
    at
        The host of each VM, just before that one goes.
    charged
        What is charged for those who are on neither of their ends.
    """

    at: list[int]
    charged: int


class TurnPlacement:
    """A placement that is made better on a few hosts at a time."""

    def __init__(self, problem: Problem, vm: int, seed: int, parameters: AtTheTurn) -> None:
        self.problem, self.vm, self.parameters = problem, vm, parameters
        self.tracker = Tracker(problem)
        self.lacks, self.charged = lacking(self.tracker, vm), 0
        self._dear = _charges(problem, parameters.dear)
        self._rng = np.random.default_rng(seed)
        self._seed, self._size, self._price = seed, float(parameters.hosts), parameters.price
        self._idle = self._in_vain = 0
        self._most_free = float(parameters.free)

    def run(self, deadline: Deadline) -> None:
        """Make it better until the time is up, or nothing better comes any more."""
        while not (deadline.over or self._is_good_enough):
            self.improve(deadline)
        log.info("at the turn of %d: %d lacking, %d charged", self.vm, self.lacks, self.charged)

    @property
    def found(self) -> PlacementFound | None:
        """Give it; None while anything is lacking."""
        return None if self.lacks else PlacementFound(self.tracker.at, self.charged)

    @property
    def _is_good_enough(self) -> bool:
        return not self.lacks and (not self.charged or self._in_vain >= self.parameters.enough)

    def improve(self, deadline: Deadline) -> None:
        """Place some VMs on some hosts anew; keep that if it is no worse."""
        self._seed += 1
        hosts = self._hosts()
        model = TurnModel(self.tracker, self.vm, hosts, self._free(hosts), self._dear, self._price)
        moves, answer = model.solve(deadline.share(self.parameters.one), Effort(1, self._seed))
        self._resize(grows=answer.proven)
        before = [(guest, self.tracker.at[guest]) for guest, _ in moves]
        worth, lacked = self._worth(), self.lacks
        self._go(moves)
        self._in_vain = 0 if self._worth() < worth else self._in_vain + 1
        if self._worth() > worth:
            self._go(before)
        self._raise_price(lacked)

    def _go(self, moves: Iterable[Move]) -> None:
        for guest, host in moves:
            self.tracker.go(guest, host)
        self.lacks = lacking(self.tracker, self.vm)
        self.charged = sum(self._dear[guest] for guest in self._elsewhere())

    def _resize(self, *, grows: bool) -> None:
        """Take more hosts and VMs after a model that was solved to the end, else fewer."""
        how = self.parameters
        hosts = self._size + (how.growth if grows else -how.shrinkage)
        self._size = min(max(hosts, 2.0), float(self.problem.num_hosts))
        free = self._most_free * (how.free_growth if grows else how.free_shrinkage)
        self._most_free = min(max(free, 1.0), float(self.problem.num_vms))

    def _free(self, hosts: Iterable[int]) -> set[int]:
        """Draw VMs there; who has to move or is elsewhere is among them."""
        problem, at = self.problem, self.tracker.at
        there = [vm for host in hosts for vm in self.tracker.on[host]]
        free = {vm for vm in there if not at[vm] == problem.src[vm] == problem.dst[vm]}
        drawn: list[int] = self._rng.permutation(there).tolist()
        return free | set(drawn[: max(0, int(self._most_free) - len(free))])

    def _worth(self) -> int:
        return self._price * self.lacks + self.charged

    def _raise_price(self, lacked: int) -> None:
        """Have what is lacking cost more where nothing has come of the last few tries."""
        self._idle = 0 if self.lacks < lacked else self._idle + 1
        if self.lacks and self._idle >= self.parameters.patience:
            self._price, self._idle = min(2 * self._price, MOST_PRICE), 0

    def _elsewhere(self) -> list[int]:
        problem, at = self.problem, self.tracker.at
        return [vm for vm in range(problem.num_vms) if at[vm] not in (problem.src[vm], problem.dst[vm])]

    def _hosts(self) -> list[int]:
        """Draw some: those of who is elsewhere, or has to move, the VM's target while it lacks anything."""
        problem, drawn = self.problem, self._rng
        hosts: dict[int, None] = {}
        if self.lacks or drawn.random() < self.parameters.target:
            hosts[problem.dst[self.vm]] = None
        elsewhere = self._elsewhere()
        if elsewhere and drawn.random() < self.parameters.elsewhere:
            vm = int(drawn.choice(elsewhere))
            hosts |= dict.fromkeys((self.tracker.at[vm], problem.src[vm], problem.dst[vm]))
        if drawn.random() < self.parameters.displaced:
            vm = int(drawn.choice(problem.displaced))
            hosts |= dict.fromkeys((problem.src[vm], problem.dst[vm]))
        others = [host for host in drawn.permutation(problem.num_hosts).tolist() if host not in hosts]
        return [*hosts, *others[: max(0, int(self._size) - len(hosts))]]


def _charges(problem: Problem, dear: int) -> list[int]:
    """Give what each VM is charged on neither of its ends: by what another migration costs, or two."""
    mean = max(1.0, sum(problem.cost) / max(1, problem.num_vms))
    ends = zip(problem.cost, problem.src, problem.dst, strict=True)
    moves = [cost * (2 if here == there else 1) for cost, here, there in ends]
    return [max(1, round(dear * one / mean)) for one in moves]
