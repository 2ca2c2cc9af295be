"""The plans that stop just these VMs: those of the pool without them, in which nobody is stopped.

Whoever is stopped may be taken to be off from the beginning to the end, so the rest is an ordinary pool, with
all that is known of such. ALGORITHM.md, "The last resort".
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from models.cut_out import cut_out
from models.problem import OFF
from planner.search.incumbent import Incumbent
from planner.search.proofs import prove_blocked
from planner.search.stage import Search

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from heuristics.deadline import Deadline
    from models.problem import Move
    from planner.progress import Progress


class Stopping:
    """A search for the best plan that stops some VMs, and nobody else.

    Parameters
    ----------
    search
        For the best of all plans; it is offered what is found here.
    stopped
        Who; each of them may be.

    Attributes
    ----------
    price
        What the stops cost.
    known
        What is known of the rest.
    rounds
        How often it was searched.
    """

    def __init__(self, search: Search, stopped: Iterable[int]) -> None:
        whole, self.stopped = search.problem, tuple(stopped)
        self._whole = search.incumbent
        off = set(self.stopped)
        self._kept = [vm for vm in range(whole.num_vms) if vm not in off]
        self.price = sum(whole.stop_cost[vm] or 0 for vm in self.stopped)
        rest = whole
        if off:
            src, dst = ([where[vm] for vm in self._kept] for where in (whole.src, whole.dst))
            rest = cut_out(whole, range(whole.num_hosts), self._kept, src, dst)
        rest = rest.changed(stop_cost=[None] * rest.num_vms)
        deadline = search.incumbent.deadline
        self.known = Incumbent(rest, deadline.within(deadline.left_s), self._listen)
        # What is found before its stages begin is told as found in the one that asks for it.
        self.known.stage = search.incumbent.stage
        self._search = Search(self.known, search.effort, search.parameters, search.finder)
        self.rounds = 0
        self._proven: Callable[[], float] = lambda: 0

    @property
    def bound(self) -> float:
        """What all such plans cost at least; infinity where there is none."""
        known = self.known
        if known.impossible is not None:
            return inf
        return self.price + (known.bound or known.relaxation.mandatory or 0)

    @property
    def cost(self) -> float:
        """What the best such plan costs that is known; infinity without one."""
        return inf if self.known.cost is None else self.price + self.known.cost

    def begin_with(self, moves: Iterable[Move]) -> None:
        """Take what such a plan does beside its stops, as if that had come of a first try."""
        number_of = {vm: number for number, vm in enumerate(self._kept)}
        self.known.offer([(number_of[vm], host) for vm, host in moves if vm in number_of])
        self.rounds = 1

    def is_blocked(self) -> bool:
        """Ask the relaxed pool, which takes a moment, whether there is no such plan."""
        prove_blocked(self._search, self.known.deadline)
        return self.known.impossible is not None

    def go_on(
        self, deadline: Deadline, stages: Callable[[Search], None], proven: Callable[[], float]
    ) -> None:
        """Search, until such plans are settled, none of them is of any use, or the time is up.

        Parameters
        ----------
        proven
            Gives what all plans cost at least, those that stop others too; asked at every news.
        """
        self.known.deadline = deadline
        self._proven = proven
        self.rounds += 1
        try:
            stages(self._search)
        finally:
            deadline.stop()

    def _listen(self, progress: Progress) -> None:
        """Offer what is found, and end the search where nothing cheaper can come of it."""
        whole, known = self._whole, self.known
        whole.stage = progress.stage
        if whole.first is None and known.first is not None:
            whole.offer(self._lifted(known.first), known.first_name)
        if known.moves is not None and (whole.cost is None or self.cost < whole.cost):
            whole.offer(self._lifted(known.moves))
        bound = self._proven()
        whole.prove(None if bound == inf else int(bound))
        if whole.settled or (whole.cost is not None and self.bound >= whole.cost):
            known.deadline.stop()
        whole.tell()

    def _lifted(self, moves: Iterable[Move]) -> list[Move]:
        """Give the plan of the whole: all stops first, and all starts last."""
        dst = self._whole.problem.dst
        stops = [(vm, OFF) for vm in self.stopped]
        starts = [(vm, dst[vm]) for vm in self.stopped]
        return [*stops, *((self._kept[vm], host) for vm, host in moves), *starts]
