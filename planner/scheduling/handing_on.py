"""Whether precedences keep a limit of a host, by handing its units on from who has left to who comes.

ALGORITHM.md, "Precedences safe whatever the durations".
"""

from __future__ import annotations

from itertools import compress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from planner.scheduling.stays import Limit

DIGITS = bytes.maketrans(b"01", b"\0\1")
"""From binary digits to what they say."""


class HandingOn:
    """Units of a limit, each handed on to an arrival by a stay that ends before it, or free from the first.

    What is handed on is kept from one question to the next: little changes in between.

    Parameters
    ----------
    limit
        Of a host that is within it at first, or above it.
    arrivals
        The stays that come.
    """

    def __init__(self, limit: Limit, arrivals: Sequence[int]) -> None:
        self._weights = limit.weights
        self._arrivals = [it for it in arrivals if limit.weights[it]]
        self._free = 1 << len(limit.weights)
        """The bit of what is free from the first: a giver that comes before everybody."""
        self._left = [*limit.weights, max(0, limit.most - limit.at_first)]
        """What each giver still has."""
        self._with_some = sum(1 << giver for giver, left in enumerate(self._left) if left)
        self._given: dict[int, dict[int, int]] = {it: {} for it in self._arrivals}
        """``_given[taker][giver]``: the units that one has from the other."""
        self._takers: dict[int, set[int]] = {}
        """``_takers[giver]``: who has some of one."""
        self._with_takers = 0
        """Those of whom somebody has some, as bits."""
        self._givers: dict[int, int] = dict.fromkeys(self._arrivals, 0)
        """Those of whom each has some, as bits."""
        self._lacks = {it: limit.weights[it] for it in self._arrivals}
        self._lacking = dict.fromkeys(self._arrivals)
        """Those who may lack some: who has all he needs is not among them."""
        self._above = max(0, limit.at_first - limit.most)
        """So much must have left before anybody comes, and is handed on to nobody."""
        self._held: Sequence[int] | None = None
        """What was asked about when the limit was kept last."""
        self._spare: dict[int, int] = {}
        """By how much more ends before an arrival then than it and what is above the limit come to."""

    def may_hold(self, fewer: Mapping[int, int]) -> bool:
        """Tell whether the limit may be kept, by sums alone; as quick as the change is small.

        Parameters
        ----------
        fewer
            For some stays those that end before it begins, as bits; for all others it is as when the limit
            was kept last, or more.
        """
        held = self._held
        if held is None:
            return True
        for taker, those in fewer.items():
            if taker in self._spare:
                lost = _sum(self._weights, held[taker] & ~those)
                if lost > self._spare[taker] + _sum(self._weights, those & ~held[taker]):
                    return False
        return True

    def holds(self, before: Sequence[int], fewer: Iterable[int] | None = None) -> bool:
        """Tell whether the limit is kept, however long each action takes.

        Parameters
        ----------
        before
            For every stay those that end before it begins, as bits; transitive.
        fewer
            The stays before which fewer end than when all limits of the host were kept last; None: any.
        """
        for taker in self._arrivals if fewer is None else fewer:
            if lost := self._givers.get(taker, 0) & ~(before[taker] | self._free):
                self._take_back(taker, lost)
        kept = self._serve_all(before)
        if self._above and kept:
            kept = all(self._could_have_more(taker, before) for taker in self._with_less(before))
            if kept:
                self._hold(before)
        return kept

    def _hold(self, before: Sequence[int]) -> None:
        """Note what was asked about when the limit was kept."""
        held, self._held = self._held, list(before)
        for taker in self._arrivals:
            if held is None or held[taker] != before[taker]:
                needed = self._weights[taker] + self._above
                self._spare[taker] = _sum(self._weights, before[taker]) - needed

    def _serve_all(self, before: Sequence[int]) -> bool:
        """Give everybody all that he lacks; False at the first who cannot have it."""
        for taker in sorted(self._lacking):
            if not self._serve(taker, before):
                return False
            del self._lacking[taker]
        return True

    def _with_less(self, before: Sequence[int]) -> list[int]:
        """Give the arrivals before which less ends than when the limit was kept last: others need no look."""
        held = self._held
        return [it for it in self._arrivals if held is None or held[it] & ~before[it]]

    def _could_have_more(self, taker: int, before: Sequence[int]) -> bool:
        """Tell whether one could have as much more as the host is above the limit at first."""
        direct = before[taker] & self._with_some
        missing = self._above - _sum(self._left, direct)
        if missing <= 0:
            return True
        # What those have left who end before it is as good as handed on to it: only the rest is asked for.
        kept_back = [(giver, self._left[giver]) for giver in _places(direct)]
        for giver, _ in kept_back:
            self._left[giver] = 0
        self._with_some ^= direct
        self._lacks[taker] += missing
        could = self._serve(taker, before)
        for giver, units in list(self._given[taker].items()):
            if back := min(units, missing - self._lacks[taker]):
                self._hand(giver, taker, -back)
        self._lacks[taker] -= missing
        for giver, left in kept_back:
            self._left[giver] += left
        self._with_some |= direct
        return could

    def _take_back(self, taker: int, givers: int) -> None:
        """Take back what somebody has from those who may no longer give it."""
        while givers:
            giver = givers.bit_length() - 1
            givers ^= 1 << giver
            self._hand(giver, taker, -self._given[taker][giver])
        self._lacking[taker] = None

    def _hand(self, giver: int, taker: int, units: int) -> None:
        """Let one hand on so many units more to another."""
        has = self._given[taker].get(giver, 0) + units
        if has:
            self._given[taker][giver] = has
            self._givers[taker] |= 1 << giver
            self._takers.setdefault(giver, set()).add(taker)
            self._with_takers |= 1 << giver
        else:
            del self._given[taker][giver]
            self._givers[taker] ^= 1 << giver
            self._takers[giver].remove(taker)
            if not self._takers[giver]:
                self._with_takers ^= 1 << giver
        self._lacks[taker] -= units
        self._left[giver] -= units
        if self._left[giver]:
            self._with_some |= 1 << giver
        else:
            self._with_some &= ~(1 << giver)

    def _serve(self, taker: int, before: Sequence[int]) -> bool:
        """Give somebody all that he lacks, if need be as others take from elsewhere; tell whether it went."""
        while self._lacks[taker]:
            way = self._way_to(taker, before)
            if not way:
                return False
            # Giver and taker in turn, from who has some left to who lacks it: each taker but the last gives
            # up what he had of the next giver.
            passed_on = [self._given[way[at]][way[at + 1]] for at in range(1, len(way) - 1, 2)]
            units = min(self._left[way[0]], self._lacks[taker], *passed_on)
            for at in range(1, len(way) - 1, 2):
                self._hand(way[at + 1], way[at], -units)
            for at in range(0, len(way), 2):
                self._hand(way[at], way[at + 1], units)
        return True

    def _way_to(self, taker: int, before: Sequence[int]) -> list[int]:
        """Give a shortest way for units, giver and taker in turn; empty where there is none."""
        asked = 0
        came_by: dict[int, tuple[int, int]] = {}
        """Taker -> (the giver whose units he would give up, to whom)."""
        agenda = [taker]
        for one in agenda:
            givers = before[one] | self._free
            if some := givers & self._with_some:
                way = [some.bit_length() - 1, one]
                while one != taker:
                    giver, one = came_by[one]
                    way += [giver, one]
                return way
            new = givers & ~asked & self._with_takers
            asked |= new
            while new:
                giver = new.bit_length() - 1
                new ^= 1 << giver
                for other in self._takers.get(giver, ()):
                    if other != taker and other not in came_by:
                        came_by[other] = giver, one
                        agenda.append(other)
        return []


def _selected(bits: int) -> bytes:
    """Give for each place, the lowest first, whether its bit is set, as bytes of 0 and 1."""
    return bin(bits)[:1:-1].encode().translate(DIGITS)


def _sum(amounts: Sequence[int], bits: int) -> int:
    """Add up the amounts at the places of the bits that are set."""
    if not bits & bits - 1:
        return amounts[bits.bit_length() - 1] if bits else 0
    return sum(compress(amounts, _selected(bits)))


def _places(bits: int) -> list[int]:
    """Give the places of the bits that are set, lowest first; of many at once."""
    return list(compress(range(bits.bit_length()), _selected(bits)))
