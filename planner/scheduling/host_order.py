"""Which arrivals on one host wait for which departures, so that its limits hold however long each takes.

ALGORITHM.md, "Precedences safe whatever the durations". A set of stays of which no two are kept apart may all
be there at once, and no others can; so a host is safe if no such set with an arrival in it exceeds a limit.
"""

from __future__ import annotations

from bisect import bisect_left
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from planner.scheduling.handing_on import HandingOn
from planner.scheduling.parameters import DEFAULT
from planner.scheduling.stays import NO_TASK

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from planner.scheduling.parameters import Waiting
    from planner.scheduling.stays import Limit, TaskStay


class HostOrder:
    """The pairs (departure, arrival) of one host that are kept apart.

    Parameters
    ----------
    stays
        On this host, those that are there from the first in front.
    limits
        That they exceed together.
    start, end
        Of every task, in seconds: an arrival may wait for departures that have ended by its start.
    rank
        Of every task: its place in a safe order of them, by their starts.
    known
        ``known[stay]``: the stays that end before it begins whatever is chosen here, as the VM is the same,
        as bits. What other hosts imply is looked at when all are settled (``ThinOut``).

    Attributes
    ----------
    waits
        ``waits[stay]``: the stays whose end it waits for, as bits.
    """

    def __init__(
        self,
        stays: Sequence[TaskStay],
        limits: Sequence[Limit],
        start: Sequence[int],
        end: Sequence[int],
        rank: Sequence[int],
        known: Sequence[int],
        parameters: Waiting = DEFAULT.waiting,
    ) -> None:
        self.stays, self.limits, self.known = stays, limits, known
        self.parameters = parameters
        self.waits = [0] * len(stays)
        comes = [it for it, stay in enumerate(stays) if stay.comes != NO_TASK]
        self._comers = sum(1 << it for it in comes)
        """The stays that come, as bits: before the others nobody ends."""
        self._arrivals = sorted(comes, key=lambda it: rank[stays[it].comes])
        self._units = [HandingOn(limit, comes) for limit in limits]
        self._end = [0 if stay.goes == NO_TASK else end[stay.goes] for stay in stays]
        goers = sorted((end[it.goes], rank[it.goes], n) for n, it in enumerate(stays) if it.goes != NO_TASK)
        self._goers = [stay for _, _, stay in goers]
        """The stays that end, the first in front."""
        self._gone_by = {
            come: bisect_left(goers, (start[task], rank[task]))
            for come in self._arrivals
            for task in (stays[come].comes,)
        }
        """``_gone_by[stay]``: how many of them have ended by the time it begins."""

    def settle(self) -> None:
        """Choose the pairs: all of them, or chains of units where there are too many, less what can go."""
        if sum(self._gone_by.values()) <= self.parameters.most_pairs:
            for come, count in self._gone_by.items():
                self.waits[come] = sum(1 << gone for gone in self._goers[:count])
        else:
            for limit in self.limits:
                self._chain(limit)
        self._thin()

    def _chain(self, limit: Limit) -> None:
        """Hand the units of a resource on: each arrival takes them from those that have left by then.

        First what is free from the start, then from stays that it waits for already, then from those that
        left the longest ago (Policella, Cesta, Oddi, Smith 2007 prefer likewise what is ordered already).
        What is above the limit at first has left before anybody comes, and is handed on to nobody.
        """
        units = list(limit.weights)
        free = max(0, limit.most - limit.at_first)
        shed = self._shed(limit, units)
        before = [0] * len(self.stays)
        givers: list[tuple[int, int]] = []
        with_some = seen = 0
        for come in self._arrivals:
            for gone in self._goers[seen : self._gone_by[come]]:
                if units[gone]:
                    heappush(givers, (self._end[gone], gone))
                    with_some |= 1 << gone
            seen = self._gone_by[come]
            if limit.weights[come]:
                self.waits[come] |= shed
            missing = max(0, limit.weights[come] - free)
            free -= limit.weights[come] - missing
            known = bits_of(self._before_of(come, before) & with_some) if missing else []
            known.sort(key=lambda gone: (self._end[gone], gone), reverse=True)
            while missing:
                assert givers, "the schedule exceeds a limit"
                gone = known[-1] if known else givers[0][1]
                given = min(units[gone], missing)
                units[gone] -= given
                missing -= given
                self.waits[come] |= 1 << gone
                if not units[gone]:
                    with_some ^= 1 << gone
                    del known[-1:]
                while givers and not units[givers[0][1]]:
                    heappop(givers)
            before[come] = self._before_of(come, before)

    def _shed(self, limit: Limit, units: list[int]) -> int:
        """Take what is above a limit at first from those that leave first; give them as bits."""
        above, shed = limit.at_first - limit.most, 0
        first = next((come for come in self._arrivals if limit.weights[come]), None)
        if first is None:
            return shed
        for gone in sorted(self._goers[: self._gone_by[first]], key=lambda gone: (self._end[gone], gone)):
            if above > 0 and units[gone]:
                taken = min(units[gone], above)
                units[gone] -= taken
                above -= taken
                shed |= 1 << gone
        return shed

    def _thin(self) -> None:
        """Drop every pair that no limit needs, those whose departure ends last first: it delays the most."""
        before = self._before()
        # Each question after one that was answered with yes is about what has changed since.
        self.is_safe(before, {})
        pairs = [(gone, come) for come in self._arrivals for gone in bits_of(self.waits[come])]
        for gone, come in sorted(pairs, key=lambda pair: (-self._end[pair[0]], pair)):
            self.waits[come] ^= 1 << gone
            fewer = self._without(gone, come, before)
            if not fewer:
                continue  # It is kept apart by others all the same.
            if self.is_safe(before, fewer):
                for stay, those in fewer.items():
                    before[stay] = those
            else:
                self.waits[come] |= 1 << gone

    def is_safe(self, before: Sequence[int], fewer: Mapping[int, int]) -> bool:
        """Tell whether no stays that may all be there at once, an arrival among them, exceed a limit.

        Parameters
        ----------
        before
            For every stay those that end before it begins, as bits: what was found to be safe last.
        fewer
            In its place, for some arrivals, a part of these.
        """
        if not all(units.may_hold(fewer) for units in self._units):
            return False
        then = list(before)
        for stay, those in fewer.items():
            then[stay] = those
        return all(units.holds(then, fewer) for units in self._units)

    def _before(self) -> list[int]:
        """Give for every stay those that end before it begins, as bits."""
        before = [0] * len(self.stays)
        for come in self._arrivals:
            before[come] = self._before_of(come, before)
        return before

    def _before_of(self, come: int, before: Sequence[int]) -> int:
        """Give those that end before an arrival, by those of all that it waits for."""
        found = self.waits[come] | self.known[come]
        direct = found & self._comers
        while direct:
            gone = direct.bit_length() - 1
            direct ^= 1 << gone
            found |= before[gone]
        return found

    def _without(self, gone: int, come: int, before: Sequence[int]) -> dict[int, int]:
        """Give what ends before the stays before which less does if ``come`` no longer waits for ``gone``."""
        own = self._before_of(come, before)
        if own >> gone & 1:
            return {}
        found = {come: own}
        if self.stays[come].goes == NO_TASK:
            return found  # Nobody comes after it.
        then = list(before)
        then[come] = own
        for later in self._arrivals:
            if before[later] >> come & 1:
                then[later] = found[later] = self._before_of(later, then)
        return found


def bits_of(bits: int) -> list[int]:
    """Give the places of the bits that are set, lowest first."""
    found = []
    while bits:
        low = bits & -bits
        found.append(low.bit_length() - 1)
        bits ^= low
    return found
