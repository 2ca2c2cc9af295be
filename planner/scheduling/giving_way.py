"""Who gives way on a wire or a slot: whoever comes after one who is soon to start there.

A wire that is free is not free for anybody: who takes it a moment before the one whose turn it is keeps that
one, and all who wait for him, for the length of a migration. ALGORITHM.md, "Bad luck in the durations".
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

Channel = TypeVar("Channel", bound="Hashable")

MOST_LOOKED_AT = 32
"""Of those whose turn it is on a channel that many share, so many are looked at.

No parameter: a rehearsal counts on the same from a run, which is told none.
"""


class GivingWay(Generic[Channel]):
    """The turns of actions on their channels.

    Parameters
    ----------
    order
        Numbers of actions, the most urgent first; any other gives way to nobody.
    uses
        Gives the channels of an action for which others give way, and how much of each it takes. What many
        hosts share is none of them: it is never left unused for one.
    has_begun
        Tells whether an action has started, or will not start any more.
    is_soon
        Tells whether all that an action waits for, if anything, is under way: then its turn may come soon.
    """

    def __init__(
        self,
        order: Sequence[int],
        uses: Callable[[int], Sequence[tuple[Channel, float]]],
        has_begun: Callable[[int], bool],
        is_soon: Callable[[int], bool],
    ) -> None:
        self._has_begun, self._is_soon = has_begun, is_soon
        self._uses = {number: uses(number) for number in order}
        self._rank = {number: rank for rank, number in enumerate(order)}
        self._turns: dict[Channel, list[tuple[int, float]]] = defaultdict(list)
        """``turns[channel]``: (number, amount), the most urgent first."""
        for number in order:
            for channel, amount in self._uses[number]:
                self._turns[channel].append((number, amount))
        self._begun: dict[Channel, int] = defaultdict(int)
        """``begun[channel]``: so many of the first have."""

    def on(self, number: int, left: Callable[[Channel], float]) -> Channel | None:
        """Give the channel on which an action gives way, though there is room for it; None: it may start.

        Parameters
        ----------
        left
            Gives what of a channel is not taken.
        """
        if (rank := self._rank.get(number)) is None:
            return None
        for channel, amount in self._uses[number]:
            if self._is_wanted(channel, left(channel) - amount, rank):
                return channel
        return None

    def _is_wanted(self, channel: Channel, left: float, rank: int) -> bool:
        """Tell whether somebody more urgent is soon to start, for whom so little would be too little."""
        turns, first = self._turns[channel], self._begun[channel]
        while first < len(turns) and self._has_begun(turns[first][0]):
            first += 1
        self._begun[channel] = first
        for number, amount in turns[first : first + MOST_LOOKED_AT]:
            if self._rank[number] >= rank:
                return False
            if amount > left and not self._has_begun(number) and self._is_soon(number):
                return True
        return False
