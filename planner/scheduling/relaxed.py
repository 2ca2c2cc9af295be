"""What models in time have in common that know of some VMs only when they leave and when they arrive.

ALGORITHM.md, "Bounds of the makespan". Of one host alone such a model is solved in a moment; in that of all
ways it stands for those that are too long to be looked at.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from typing import TYPE_CHECKING

from ortools.sat.python import cp_model

from models.ways import Slot, Wire
from planner.cp.solve import solve
from planner.scheduling.at_most import at_most

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from heuristics import Deadline
    from planner.cp.solve import Effort
    from planner.scheduling.freedom_in_time import FreedomInTime

Interval = cp_model.IntervalVar

OUT, IN = ("max_out", "max_moves", "out"), ("max_in", "max_moves", "in")
"""What of a host a migration holds that leaves it, or that comes there."""


class Relaxed(ABC):
    """What must happen in every plan asked for, some of it left out.

    Parameters
    ----------
    free
        The plans asked for.
    bound, horizon
        The makespan is sought between the two.
    shortest
        The earliest end is asked for; if not, any by the horizon.
    """

    def __init__(self, free: FreedomInTime, bound: int, horizon: int, *, shortest: bool = True) -> None:
        self.in_time = free
        self.problem, self.clock, self.freedom, self.least = (
            free.problem,
            free.clock,
            free.freedom,
            free.least,
        )
        self.horizon = horizon
        self.model = cp_model.CpModel()
        self.makespan = self.model.new_int_var(bound, horizon, "makespan")
        self.stays: dict[int, list[tuple[Interval, int]]] = defaultdict(list)
        """``stays[host]``: (from when to when, VM)."""
        self.channels: dict[int, list[tuple[Interval, int]]] = defaultdict(list)
        self.flights: list[tuple[Interval, int]] = []
        for vm in self._vms():
            self._add(vm)
        for channel, held in self.channels.items():
            at_most(self.model, held, self.clock.limits[channel])
        self._add_rooms()
        if shortest:
            self.model.minimize(self.makespan)

    @abstractmethod
    def _vms(self) -> Iterable[int]:
        """Give the VMs of whom it is known what they do."""

    @abstractmethod
    def _add(self, vm: int) -> None:
        """Let the VM leave its source and arrive at its target."""

    @abstractmethod
    def _add_rooms(self) -> None:
        """Keep what hosts have room for."""

    def _until_the_end(self, since: cp_model.IntVar) -> Interval:
        return self.model.new_interval_var(since, self.horizon - since, self.horizon, "")

    def _flight(
        self, vm: int, start: cp_model.IntVar, seconds: int, present: cp_model.LiteralT, src: int, dst: int
    ) -> None:
        """A migration of which both ends are known."""
        flight = self.model.new_optional_fixed_size_interval_var(start, seconds, present, "")
        self.flights.append((flight, vm))
        for channel, amount in self.clock.uses(src, dst):
            self.channels[channel].append((flight, amount))

    def _flight_at_one_end(
        self, vm: int, start: cp_model.IntVar, present: cp_model.LiteralT, host: int, kinds: tuple[str, ...]
    ) -> None:
        """A migration of which one end is known: at any of the rates that the host has for it."""
        model = self.model
        modes = self.least.modes(vm, host)
        chosen = [model.new_bool_var("") for _ in modes]
        model.add(sum(chosen) == present)
        for (rate, seconds), taken in zip(modes, chosen, strict=True):
            flight = model.new_optional_fixed_size_interval_var(start, seconds, taken, "")
            self.flights.append((flight, vm))
            model.add(self.makespan >= start + seconds).only_enforce_if(taken)
            for channel in self._channels_of(host, kinds):
                amount = 1 if isinstance(self.clock.names[channel], Slot) else rate
                self.channels[channel].append((flight, amount))

    def _channels_of(self, host: int, kinds: tuple[str, ...]) -> Iterator[int]:
        """Yield what a migration holds that leaves or enters the host, wherever its other end is."""
        # Any other host will do: what is the host's own does not depend on it.
        other = (host + 1) % self.problem.num_hosts
        src, dst = (host, other) if kinds is OUT else (other, host)
        for channel, _ in self.clock.uses(src, dst):
            name = self.clock.names[channel]
            if _is_of(name, self.problem.hosts[host].name, kinds) or name == Slot("max_parallel"):
                yield channel

    def solve(self, deadline: Deadline, effort: Effort) -> int | None:
        """Give a bound of the makespan; None where nothing was proven."""
        return solve(self.model, deadline, effort)[1].bound


def _is_of(name: Slot | Wire, host: str, kinds: tuple[str, ...]) -> bool:
    """Tell whether a channel belongs to one end of a migration."""
    kind, whose = name
    return kind in kinds and whose == host
