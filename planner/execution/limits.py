"""The limits of hosts, links and pool on what runs at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.actions import Migration
from models.ways import Slot

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from models.actions import Action
    from models.durations import Durations
    from models.ways import Wire

FORGIVEN = 1e-9
"""Share of a wire by which rounding may overfill it."""

WHOLE_RUN = Slot("max_parallel", "*")
"""The limit of the command line, on actions of every kind."""


class Limits:
    """How much of every limit is taken, by the run and by what others migrate meanwhile.

    Parameters
    ----------
    durations
        Of the pool: what a migration holds.
    max_parallel
        Actions of every kind at a time, beside the limits of the pool. None: those alone.
    max_migrations
        Of the pool: its ``timing.max_parallel``.
    """

    def __init__(
        self, durations: Durations, max_parallel: int | None, max_migrations: int | None = None
    ) -> None:
        self._durations, self._max_parallel = durations, max_parallel
        self._max_migrations = max_migrations
        self._taken: dict[Slot | Wire, float] = {}
        self._by_others: dict[str, Sequence[tuple[Slot | Wire, float]]] = {}
        self._taken_by_others: dict[Slot | Wire, float] = {}
        self._known: dict[Action, list[tuple[Slot | Wire, float, float]]] = {}

    @property
    def is_full(self) -> bool:
        """Tell whether the limit of the whole run is reached: then there is no need to ask one by one."""
        return self._is_reached(WHOLE_RUN, self._max_parallel)

    @property
    def lets_migrate(self) -> bool:
        """Tell whether the run by itself does not reach the pool's limit on migrations.

        It holds back nothing else.
        """
        return not self._is_reached(Slot("max_parallel"), self._max_migrations)

    def _is_reached(self, limit: Slot, most: int | None) -> bool:
        return most is not None and self._taken.get(limit, 0) >= most

    def blocks(self, action: Action, *, with_others: bool = True) -> Slot | Wire | None:
        """Give the first limit that does not let an action start now; None where all do."""
        for limit, amount, most in self._needs(action):
            others = self._others_hold(limit, but_for=action.vm) if with_others else 0
            if self._taken.get(limit, 0) + others + amount > most * (1 + FORGIVEN):
                return limit
        return None

    def see_others(self, held: Mapping[str, Sequence[tuple[Slot | Wire, float]]]) -> None:
        """Count what others migrate, and nothing of what they did before: VM -> what it holds of limits."""
        self._by_others = dict(held)
        self._taken_by_others = {}
        for amounts in held.values():
            for limit, amount in amounts:
                self._taken_by_others[limit] = self._taken_by_others.get(limit, 0) + amount

    def _others_hold(self, limit: Slot | Wire, but_for: str) -> float:
        """Give what others hold of a limit, without a VM that they may be bringing where an action does."""
        own = sum(amount for held, amount in self._by_others.get(but_for, ()) if held == limit)
        return self._taken_by_others.get(limit, 0) - own

    def uses(self, action: Action) -> list[tuple[Slot | Wire, float]]:
        """Give the limits that an action needs a part of, and how much."""
        return [(limit, amount) for limit, amount, _ in self._needs(action)]

    def room(self, action: Action) -> dict[Slot | Wire, float]:
        """Give what is left of each limit that an action needs a part of, with what is forgiven."""
        return {
            limit: most * (1 + FORGIVEN)
            - self._taken.get(limit, 0)
            - self._others_hold(limit, but_for=action.vm)
            for limit, _, most in self._needs(action)
        }

    def take(self, action: Action) -> None:
        """Count an action that starts."""
        for limit, amount, _ in self._needs(action):
            self._taken[limit] = self._taken.get(limit, 0) + amount

    def give(self, action: Action) -> list[Slot | Wire]:
        """Count it no longer; give the limits that it had a part of."""
        freed = []
        for limit, amount, _ in self._needs(action):
            self._taken[limit] -= amount
            freed.append(limit)
        return freed

    def _needs(self, action: Action) -> list[tuple[Slot | Wire, float, float]]:
        """Give (limit, what the action takes of it, what it has); it is asked often, and stays the same."""
        if (found := self._known.get(action)) is None:
            found = self._known[action] = self._found(action)
        return found

    def _found(self, action: Action) -> list[tuple[Slot | Wire, float, float]]:
        found: list[tuple[Slot | Wire, float, float]] = []
        if self._max_parallel is not None:
            found.append((WHOLE_RUN, 1, self._max_parallel))
        if isinstance(action, Migration):
            ends = (action.source, action.destination)
            found += [(slot, 1, most) for slot, most in self._durations.slots(*ends)]
            way = self._durations.way(*ends)
            found += [(wire, way.rate_mbps, self._durations.capacity_mbps(wire)) for wire in way.wires]
        return found
