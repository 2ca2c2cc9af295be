"""Which arrivals on one host wait for which departures, so that its limits hold however long each takes.

ALGORITHM.md, "Precedences safe whatever the durations". A set of stays of which no two are kept apart may all
be there at once, and no others can; so a host is safe if no such set with an arrival in it exceeds a limit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.scheduling.handing_on import HandingOn
from planner.scheduling.parameters import DEFAULT
from planner.scheduling.stays import NO_TASK

if TYPE_CHECKING:
    from collections.abc import Sequence

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
        self._arrivals = sorted(comes, key=lambda it: rank[stays[it].comes])
        self._first = (1 << (len(stays) - len(comes))) - 1
        self._overfull = [limit for limit in limits if limit.at_first > limit.most]
        self._units = [HandingOn(limit, comes) for limit in limits if limit.at_first <= limit.most]
        self._end = [0 if stay.goes == NO_TASK else end[stay.goes] for stay in stays]
        self._slack: dict[tuple[int, int], int] = {
            (gone, come): start[stays[come].comes] - end[stays[gone].goes]
            for come in comes
            for gone, stay in enumerate(stays)
            if stay.goes != NO_TASK
            and rank[stay.goes] < rank[stays[come].comes]
            and end[stay.goes] <= start[stays[come].comes]
        }

    def settle(self) -> None:
        """Choose the pairs: all of them, or chains of units where there are too many, less what can go."""
        # On a host that is over a limit at first only all departures together are sure to do.
        if len(self._slack) <= self.parameters.most_pairs or self._overfull:
            for gone, come in self._slack:
                self.waits[come] |= 1 << gone
        else:
            for limit in self.limits:
                self._chain(limit)
        self._thin()

    def _chain(self, limit: Limit) -> None:
        """Hand the units of a resource on: each arrival takes them from those that have left by then.

        First what is free from the start, then from stays that it waits for already, then from those that
        left the longest ago (Policella, Cesta, Oddi, Smith 2007 prefer likewise what is ordered already).
        """
        units = list(limit.weights)
        free = limit.most - limit.at_first
        gone_by = self._gone_by()
        before = [0] * len(self.stays)
        for come in self._arrivals:
            missing = max(0, limit.weights[come] - free)
            free -= limit.weights[come] - missing
            known = self._before_of(come, before)
            givers = [gone for gone in gone_by[come] if units[gone]] if missing else []
            givers.sort(key=lambda gone: (not known >> gone & 1, -self._slack[gone, come], gone))
            for gone in givers:
                if not missing:
                    break
                given = min(units[gone], missing)
                units[gone] -= given
                missing -= given
                self.waits[come] |= 1 << gone
            assert not missing, "the schedule exceeds a limit"
            before[come] = self._before_of(come, before)

    def _gone_by(self) -> dict[int, list[int]]:
        """Give for every arrival the stays that have ended by then."""
        gone_by: dict[int, list[int]] = {come: [] for come in self._arrivals}
        for gone, come in self._slack:
            gone_by[come].append(gone)
        return gone_by

    def _thin(self) -> None:
        """Drop every pair that no limit needs, those whose departure ends last first: it delays the most."""
        before = self._before()
        pairs = [(gone, come) for gone, come in self._slack if self.waits[come] >> gone & 1]
        for gone, come in sorted(pairs, key=lambda pair: (-self._end[pair[0]], pair)):
            self.waits[come] ^= 1 << gone
            without = self._without(gone, come, before)
            if without is None:
                continue  # It is kept apart by others all the same.
            if self.is_safe(without, (gone, come)):
                before = without
            else:
                self.waits[come] |= 1 << gone

    def is_safe(self, before: list[int], parted: tuple[int, int] | None = None) -> bool:
        """Tell whether no stays that may all be there at once, an arrival among them, exceed a limit.

        False too where, on a host that is over a limit at first, the sets to be looked at are too many.

        Parameters
        ----------
        before
            For every stay those that end before it begins, as bits.
        parted
            It was safe as long as these two, a departure and an arrival, were kept apart.
        """
        pair = None
        if parted is not None:
            gone, come = parted
            # Where nobody comes before the one or after the other, only sets with both are new.
            pair = None if before[gone] or self.stays[come].goes != NO_TASK else parted
        return all(units.holds(before) for units in self._units) and not any(
            self._exceeds(limit, before, pair) for limit in self._overfull
        )

    def _before(self) -> list[int]:
        """Give for every stay those that end before it begins, as bits."""
        before = [0] * len(self.stays)
        for come in self._arrivals:
            before[come] = self._before_of(come, before)
        return before

    def _before_of(self, come: int, before: Sequence[int]) -> int:
        """Give those that end before an arrival, by those of all that it waits for."""
        direct = found = self.waits[come] | self.known[come]
        while direct:
            gone = direct.bit_length() - 1
            direct ^= 1 << gone
            found |= before[gone]
        return found

    def _without(self, gone: int, come: int, before: list[int]) -> list[int] | None:
        """Give what ends before each stay if ``come`` no longer waits for ``gone``; None: the same."""
        own = self._before_of(come, before)
        if own >> gone & 1:
            return None
        found = before.copy()
        found[come] = own
        for later in self._arrivals:
            if before[later] >> come & 1:
                found[later] = self._before_of(later, found)
        return found

    def _exceeds(self, limit: Limit, before: list[int], pair: tuple[int, int] | None) -> bool:
        """Tell whether stays that may all be there at once, an arrival among them, exceed the limit.

        Parameters
        ----------
        pair
            Look only at sets with both of these in them, the first of which is there from the first.
        """
        weights, most = limit.weights, limit.most
        arrivals = [it for it in self._arrivals if weights[it]]
        first, taken, weight = self._first, 0, limit.at_first
        if pair is not None:
            gone, come = pair
            if not weights[gone] or not weights[come]:
                return False
            bit, taken = 1 << gone, 1 << come
            arrivals = [
                it
                for it in arrivals
                if it != come and not before[it] & (bit | taken) and not before[come] >> it & 1
            ]
            away = before[come] & first
            first ^= away
            weight += weights[come] - _weight(weights, away)
            if weight > most:
                return True
        return self._may_outgrow(limit, before, arrivals, (0, taken, first, weight))

    def _may_outgrow(
        self, limit: Limit, before: list[int], arrivals: list[int], begin: tuple[int, int, int, int]
    ) -> bool:
        """Tell whether arrivals that may be there at once, or too many sets to look at, exceed the limit.

        Parameters
        ----------
        begin
            (place of the next arrival to take, those taken, those of the first that are still there, weight)
        """
        weights, most = limit.weights, limit.most
        rest = [0] * (len(arrivals) + 1)
        for place in range(len(arrivals) - 1, -1, -1):
            rest[place] = rest[place + 1] + weights[arrivals[place]]
        looks, agenda = self.parameters.most_looks, [begin]
        while agenda:
            place, taken, first, weight = agenda.pop()
            for number in range(place, len(arrivals)):
                if weight + rest[number] <= most:
                    break
                come = arrivals[number]
                if before[come] & taken:
                    continue
                looks -= 1
                away = before[come] & first
                more = weight + weights[come] - _weight(weights, away)
                if more > most or not looks:
                    return True
                agenda.append((number + 1, taken | 1 << come, first ^ away, more))
        return False


def _weight(weights: Sequence[int], bits: int) -> int:
    total = 0
    while bits:
        low = bits & -bits
        total += weights[low.bit_length() - 1]
        bits ^= low
    return total
