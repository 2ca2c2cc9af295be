"""A first plan where room is so scarce that nobody can step aside alone. ALGORITHM.md, "Making way".

One stuck VM after another is brought home by a model that moves others out of its way, as few as may be,
over many hosts at once; from each placement that this leads to, the squeaky wheel has a try at the rest.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from heuristics.squeaky import Wheel, is_reversible
from heuristics.tracker import Tracker, is_safe
from models.reversal import backward, reversed_moves
from planner.cp.way_model import WayModel
from planner.search.exact import is_small
from planner.search.proofs import is_tiny

if TYPE_CHECKING:
    from collections.abc import Sequence

    from heuristics.deadline import Deadline
    from models.parameters import Share
    from models.problem import Move, Problem
    from planner.search.stage import Search

log = logging.getLogger(__name__)

NAME = "making way"
"""What the plans are said to be from."""


def needs_way(search: Search) -> bool:
    """Tell whether there is no plan yet, and not so few placements that all can be searched."""
    return not search.has_plan and not is_tiny(search)


def share_of_way(search: Search) -> Share:
    """Give less where the whole is one model, which may prove that there is no plan."""
    way = search.parameters.way
    return way.small if is_small(search) else way.share


def make_way(search: Search, deadline: Deadline) -> None:
    """Try again and again, forwards and backwards in turn, until there is a plan or the time is up."""
    problem, turn = search.problem, 0
    ways = [problem, backward(problem)] if is_reversible(problem) else [problem]
    while not deadline.over and not search.has_plan:
        way = turn % len(ways)
        moves = _Attempt(search, ways[way], turn, deadline).run()
        if moves is not None:
            moves = reversed_moves(problem, moves) if way else moves
            if is_safe(problem, moves):
                search.incumbent.offer(moves, NAME)
        turn += 1


class _Attempt:
    """One way from the current placement on."""

    def __init__(self, search: Search, problem: Problem, turn: int, deadline: Deadline) -> None:
        self.search, self.problem, self.deadline = search, problem, deadline
        self.parameters = search.parameters.way
        self.effort = replace(search.effort, seed=search.effort.seed + turn)
        self.rng = np.random.default_rng(search.effort.seed + turn)
        self.tracker = Tracker(problem)
        self.moves: list[Move] = []
        self._sizes = np.array(problem.usable, dtype=float).sum(axis=0)
        self._patience = 1.0

    def run(self) -> list[Move] | None:
        """Give a whole plan; None where it got stuck for good, or the time is up."""
        self._send_home()
        in_vain = 0
        while (left := self._left()) and not self.deadline.over:
            if self._bring_one_home(left):
                in_vain, self._patience = 0, 1.0
                if (rest := self._rest()) is not None:
                    return self.moves + rest
                continue
            in_vain += 1
            self._patience *= 2
            if in_vain > self.parameters.in_vain:
                return None
        return None if left else self.moves

    def _left(self) -> list[int]:
        """Give who is not at home: who must move first, since the others are there only to make way."""
        problem, at = self.problem, self.tracker.at
        away = [vm for vm in range(problem.num_vms) if at[vm] != problem.dst[vm]]
        return [vm for vm in away if problem.src[vm] != problem.dst[vm]] or away

    def _go(self, vm: int, host: int) -> None:
        self.tracker.go(vm, host)
        self.moves.append((vm, host))

    def _send_home(self) -> None:
        """Let VMs go home until none fits."""
        went = True
        while went:
            fits = (vm for vm in self._left() if self.tracker.can_go(vm, self.problem.dst[vm]))
            went = False
            for vm in fits:
                if self.tracker.can_go(vm, self.problem.dst[vm]):
                    self._go(vm, self.problem.dst[vm])
                    went = True

    def _rest(self) -> list[Move] | None:
        """Let the wheel try to bring all others home."""
        if not self._left():
            return []
        at = self.problem.changed(src=list(self.tracker.at))
        return Wheel(at, self.effort.seed + len(self.moves), self.search.parameters.finders.squeaky).turn(
            self.deadline
        )

    def _bring_one_home(self, left: Sequence[int]) -> bool:
        """Make way for the first, in an order drawn, for whom it can be done."""
        for vm in self.rng.permutation(left).tolist():
            if self.deadline.over:
                return False
            moves = self._way_for(vm)
            if moves is not None:
                for guest, host in moves:
                    self._go(guest, host)
                self._go(vm, self.problem.dst[vm])
                self._send_home()
                log.info("made way for one by %d; %d left", len(moves), len(self._left()))
                return True
        return False

    def _way_for(self, vm: int) -> list[Move] | None:
        problem, target = self.problem, self.problem.dst[vm]
        if not problem.may_go(vm, self.tracker.at[vm], target):
            return None
        hosts, givers = self._order(target)
        model = WayModel(self.tracker, vm, hosts, givers, self.parameters.prices)
        self.effort = replace(self.effort, seed=self.effort.seed + 1)
        given = self.effort.given(self.deadline, self.parameters.one.times(self._patience))
        return model.solve(*given)

    def _order(self, target: int) -> tuple[list[int], int]:
        """Draw the hosts of a model, the target first: those with room give and take, others only take."""
        problem, parameters = self.problem, self.parameters
        free = np.maximum(np.array(self.tracker.free, dtype=float), 0)
        room = (free / np.maximum(self._sizes, 1)).sum(axis=1)
        low = parameters.least_drawn
        room *= low + (1 - low) * self.rng.random(problem.num_hosts)
        others = [host for host in np.argsort(-room, kind="stable").tolist() if host != target]
        others = others[: parameters.most_hosts]
        a_host = max(1.0, problem.num_vms / problem.num_hosts * len(others))
        givers = min(len(others), max(1, int(self._patience * parameters.choices / a_host)))
        first: list[int] = self.rng.permutation(others[:givers]).tolist()
        return [target, *first, *others[givers:]], 1 + givers
