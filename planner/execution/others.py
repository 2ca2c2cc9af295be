"""What others migrate in the cloud while a plan runs: seen, counted in the limits, waited for with words."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from models.ways import Slot

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from models.durations import Durations
    from models.ways import Wire
    from planner.clouds.seen import SeenMigration
    from planner.execution.limits import Limits
    from planner.execution.names import Names


class Theirs(NamedTuple):
    """A migration of others, by our names; None is a host that nobody says."""

    vm: str
    source: str | None
    destination: str | None

    @property
    def text(self) -> str:
        """Say what it does."""
        return f"{self.source or 'a host unknown'} -> {self.destination or 'a host unknown'}"

    def may_be(self, other: Theirs) -> bool:
        """Tell whether both may be the same migration, of which not all is known at each look."""
        ends = zip(self[1:], other[1:], strict=True)
        return self.vm == other.vm and all(None in (one, two) or one == two for one, two in ends)


class OtherMigrations:
    """What others migrate, as it was seen last.

    Parameters
    ----------
    names
        Of pool and cloud.
    limits
        Of the run, in which it is counted.
    durations
        Of the pool.
    """

    def __init__(self, names: Names, limits: Limits, durations: Durations) -> None:
        self._names, self._limits, self._durations = names, limits, durations
        self._on: dict[Slot | Wire, set[Theirs]] = {}
        self._since: dict[Slot | Wire, float] = {}
        self._told: set[Theirs] = set()

    @property
    def limits(self) -> Iterable[Slot | Wire]:
        """Give the limits that they hold a part of."""
        return tuple(self._on)

    def see(self, migrations: Iterable[SeenMigration], ours: Container[str], now: float) -> list[Slot | Wire]:
        """Take in all that migrates; what is ours, by VM, is counted already.

        Returns
        -------
        list
            The limits over which others migrate no longer what they did.
        """
        found = {self._theirs(it) for it in migrations if self._names.vm_called(it.vm) not in ours}
        held = {it: self._durations.held_by_others(it.source, it.destination) for it in found}
        on: dict[Slot | Wire, set[Theirs]] = {}
        for it, amounts in held.items():
            for limit, _ in amounts:
                on.setdefault(limit, set()).add(it)
        freed = [limit for limit, who in self._on.items() if not who <= on.get(limit, set())]
        self._since = {limit: self._since_when(limit, who, now) for limit, who in on.items()}
        self._on = on
        self._told = {it for it in found if any(map(it.may_be, self._told))}
        self._limits.see_others({it.vm: amounts for it, amounts in held.items()})
        return freed

    def _since_when(self, limit: Slot | Wire, who: set[Theirs], now: float) -> float:
        return self._since[limit] if self._on.get(limit) == who else now

    def _theirs(self, seen: SeenMigration) -> Theirs:
        ends = (None if host is None else self._names.host(host) for host in (seen.source, seen.destination))
        return Theirs(self._names.vm_called(seen.vm), *ends)

    def on(self, limit: Slot | Wire) -> list[Theirs]:
        """Give those that hold a part of a limit, by name."""
        return sorted(self._on.get(limit, ()), key=lambda it: it.vm)

    def untold(self, limit: Slot | Wire) -> list[Theirs]:
        """Give those of them that nobody was told of yet; by the next time they are told."""
        new = [it for it in self.on(limit) if it not in self._told]
        self._told.update(new)
        return new

    def unchanged_s(self, limit: Slot | Wire, now: float) -> float:
        """Give the seconds in which no migration of others has come to this limit, or left it."""
        return now - self._since.get(limit, now)


def called(limit: Slot | Wire) -> str:
    """Give a limit in words."""
    if isinstance(limit, Slot):
        return f"{limit.field} of {limit.host}" if limit.host else f"{limit.field} of the pool"
    if limit.owner is not None:
        return f"the NIC of {limit.name}"
    return f"link {limit.name}"
