"""The heaviest set of things of which no two are in order: a minimum cut, by augmenting paths.

Dilworth's theorem with weights: in a transitive order the heaviest such set weighs as much as the smallest
flow that passes every thing as often as it weighs, which is all weights less the largest flow that goes on
from one thing to a later one. ALGORITHM.md, "Judging precedences".
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def heaviest_set(weights: Sequence[int], before: Sequence[Sequence[int]]) -> tuple[int, list[int]]:
    """Give the weight of the heaviest set without two in order, and one such set.

    Parameters
    ----------
    weights
        Of each thing, >= 0.
    before
        ``before[thing]``: all that come before it; transitive.
    """
    flow = _Flow(weights, before)
    flow.fill()
    while flow.raise_once():
        pass
    chosen = flow.uncut()
    return sum(weights[thing] for thing in chosen), chosen


class _Flow:
    """Units of things (givers) that are taken by later ones (takers).

    ``given[giver][taker]`` is the flow from one to the other; ``left_out``, ``left_in`` what a thing can
    still give and take.
    """

    def __init__(self, weights: Sequence[int], before: Sequence[Sequence[int]]) -> None:
        self.left_out, self.left_in = list(weights), list(weights)
        self.takers: list[list[int]] = [[] for _ in weights]
        for taker, givers in enumerate(before):
            for giver in givers:
                self.takers[giver].append(taker)
        self.given: list[dict[int, int]] = [{} for _ in weights]
        self.given_to: list[dict[int, int]] = [{} for _ in weights]
        """``given_to[taker][giver]``, the same by taker."""

    def fill(self) -> None:
        """Send what goes straight from a giver to a taker, so that few ways are left to be looked for."""
        for giver, takers in enumerate(self.takers):
            for taker in takers:
                if not self.left_out[giver]:
                    break
                if self.left_in[taker]:
                    self._push([giver, taker])

    def raise_once(self) -> bool:
        """Send more along a shortest way on which there is room; tell whether there was one.

        Shortest ways make it end after few rounds, whatever the weights (Edmonds and Karp 1972).
        """
        came_from, end = self._search()
        if end is None:
            return False
        way = [end]
        while (step := came_from[~way[-1] if len(way) % 2 else way[-1]]) is not None:
            way.append(step)
        self._push(way[::-1])
        return True

    def _search(self) -> tuple[dict[int, int | None], int | None]:
        """Look for a way from a giver with units left to a taker with room left.

        Returns
        -------
        dict, int or None
            For each place reached (a giver by its number, a taker by the complement) the thing before it on
            the way, and the taker at the end; None where no way leads to one.
        """
        came_from: dict[int, int | None] = {}
        agenda: deque[int] = deque()
        for giver, left in enumerate(self.left_out):
            if left:
                came_from[giver] = None
                agenda.append(giver)
        while agenda:
            giver = agenda.popleft()
            for taker in self.takers[giver]:
                if ~taker in came_from:
                    continue
                came_from[~taker] = giver
                if self.left_in[taker]:
                    return came_from, taker
                for other, units in self.given_to[taker].items():
                    if units and other not in came_from:
                        came_from[other] = taker
                        agenda.append(other)
        return came_from, None

    def _push(self, way: Sequence[int]) -> None:
        """Send as much as goes along giver, taker, giver it is taken back from, taker, and so on."""
        units = min(self.left_out[way[0]], self.left_in[way[-1]])
        for place in range(1, len(way) - 1, 2):
            units = min(units, self.given[way[place + 1]][way[place]])
        for place in range(0, len(way) - 1, 2):
            self._give(way[place], way[place + 1], units)
        for place in range(1, len(way) - 1, 2):
            self._give(way[place + 1], way[place], -units)
        self.left_out[way[0]] -= units
        self.left_in[way[-1]] -= units

    def _give(self, giver: int, taker: int, units: int) -> None:
        total = self.given[giver].get(taker, 0) + units
        self.given[giver][taker] = self.given_to[taker][giver] = total

    def uncut(self) -> list[int]:
        """Give the things on the near side of the cut as givers and on the far side as takers."""
        reached, _ = self._search()
        return [thing for thing in range(len(self.left_out)) if thing in reached and ~thing not in reached]
