"""The planner with all its options chosen, asked for one placement after another."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING, Any

from planner.plan import find, plan

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from heuristics import Deadline, PathFinder
    from models.pool import Pool
    from planner.result import Result


class ToPlacements:
    """Plans to placements; Ctrl-C in the midst of one ends that, and nothing more is begun.

    Parameters
    ----------
    common, options
        What :func:`planner.find` and :func:`planner.plan` take alike, and what the latter takes beyond that.
    method
        A path finder that plans alone; None: the whole planner.
    clocks
        What Ctrl-C stops.

    Attributes
    ----------
    pressed
        Ctrl-C was.
    """

    def __init__(
        self,
        common: Mapping[str, Any],
        options: Mapping[str, Any],
        method: str | PathFinder | None,
        clocks: Sequence[Deadline],
    ) -> None:
        self.pressed = Event()
        self._common, self._options, self._method, self._clocks = common, options, method, clocks

    def __call__(self, pool: Pool, deadline: Deadline, *, by_moves: bool = False) -> Result:
        """Plan by the objective, or by the number of migrations whatever that is."""
        common = {**self._common, "deadline": deadline, **({"objective": "moves"} if by_moves else {})}
        if self._method is not None:
            found = find(pool.current, pool.target, method=self._method, **common)
        else:
            found = plan(pool.current, pool.target, **common, **self._options)
        if found.interrupted:
            self.stop()
        return found

    def stop(self) -> None:
        """Begin nothing more; what was found is still taken."""
        self.pressed.set()
        for clock in self._clocks:
            clock.stop()
