"""The variables of the interval model: the path of each VM as a chain of stays.

A VM stays on its source, then in up to K slots on other hosts, then on its target; neighbouring stays
share the instant of the migration, in which the VM counts on both hosts. A VM may instead be away for
the whole time: stopped, or, in the bound, in a limbo that takes no room.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ortools.sat.python import cp_model

from models.problem import OFF, Move

if TYPE_CHECKING:
    from collections.abc import Callable

    from heuristics.deadline import Deadline
    from planner.cp.window import Window

Slots = Sequence[int] | Mapping[int, int]
"""``slots[vm]``: how often a VM may step aside."""

AwayCost = Sequence[int | None] | Mapping[int, int | None]
"""``away_cost[vm]``: what it costs to be away all the time; None where it may not be."""

Timed = tuple[int, int, Move]
"""(instant, number in the VM's chain, move)."""


class OutOfTimeError(Exception):
    """Internal: the time was up before a model was made."""


class TooLargeToCountError(OutOfTimeError):
    """Internal: amounts add up to more than CP-SAT counts; as without time, no model is made."""


@dataclass(slots=True)
class OptionalStay:
    """A possible stay of a VM on a host: an optional interval, and when it begins.

    ``initial``: it stands for where the VM is at first; one such stay a VM.
    """

    vm: int
    interval: cp_model.IntervalVar
    present: cp_model.LiteralT
    start: cp_model.IntVar | int
    initial: bool = False


@dataclass(slots=True)
class Chain:
    """The variables of one VM.

    Parameters
    ----------
    times
        The instants of its migrations: leaving the source first, arriving at the target last.
    in_slot
        ``in_slot[slot][host]``: it waits on that host in that slot.
    used
        ``used[slot]``: the slot is used at all.
    moves
        It moves live at all; for a settled VM a variable, for a displaced one everything but away.
    away
        It is stopped or in limbo all the time; None where it may not be.
    sizes
        How many instants each slot covers.
    at_home
        A settled VM neither moves nor is away; None where another variable says the same.
    """

    vm: int
    times: list[cp_model.IntVar]
    moves: cp_model.LiteralT
    away: cp_model.IntVar | None
    in_slot: list[dict[int, cp_model.IntVar]] = field(default_factory=list)
    used: list[cp_model.IntVar] = field(default_factory=list)
    sizes: list[cp_model.IntVar] = field(default_factory=list)
    at_home: cp_model.IntVar | None = None


@dataclass(slots=True)
class FirstArrival:
    """When the first of some stays with a variable start begins; ``latest`` where none is present."""

    variable: cp_model.IntVar
    stays: list[OptionalStay]
    latest: int


@dataclass(slots=True)
class Chains:
    """All variables of an interval model, and what can be asked of them.

    Parameters
    ----------
    window
        What is open.
    slots
        ``slots[vm]``: how often it may step aside.
    away_cost
        ``away_cost[vm]``: what it costs to be away; None where it may not be.
    deadline
        When to give up making them; None: never.

    Raises
    ------
    OutOfTimeError
        The time was up before all were made.
    """

    window: Window
    slots: Slots
    away_cost: AwayCost
    deadline: Deadline | None = None
    model: cp_model.CpModel = field(default_factory=cp_model.CpModel)
    of: dict[int, Chain] = field(default_factory=dict)
    stays: dict[int, list[OptionalStay]] = field(default_factory=lambda: defaultdict(list))
    first_arrivals: list[FirstArrival] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Make the variables of every free VM."""
        for vm in self.window.free:
            self.check_time()
            self.of[vm] = self._chain(vm)

    def check_time(self) -> None:
        """Raise where the time to make the model is up: that takes long, and nothing else interrupts it."""
        if self.deadline is not None and self.deadline.over:
            raise OutOfTimeError

    def _chain(self, vm: int) -> Chain:
        model, window = self.model, self.window
        horizon = window.horizon
        settled = window.start[vm] == window.end[vm]
        away = None if self.away_cost[vm] is None else model.new_bool_var(f"away_{vm}")
        slots = self.slots[vm] if window.shelters.get(vm) else 0
        if not settled:
            present: cp_model.LiteralT = True if away is None else ~away
        elif slots:
            present = model.new_bool_var(f"moves_{vm}")
            if away is not None:
                model.add_at_most_one(present, away)
        else:
            present = False
        times = [model.new_int_var(0, horizon - 1, f"t_{vm}_{k}") for k in range(slots + 1)]
        chain = Chain(vm, times, present, away)
        for slot in range(slots):
            self._slot(chain, slot)
        self._ends(chain, settled=settled)
        return chain

    def _slot(self, chain: Chain, slot: int) -> None:
        """Offer the shelters of one slot; unused, it takes no time."""
        model, vm = self.model, chain.vm
        start, end = chain.times[slot], chain.times[slot + 1]
        used = model.new_bool_var(f"used_{vm}_{slot}")
        here: dict[int, cp_model.IntVar] = {}
        beside = {self.window.start[vm]} if slot == 0 else set()
        if self.slots[vm] == 1:
            beside.add(self.window.end[vm])
        size = model.new_int_var(1, self.window.horizon, f"size_{vm}_{slot}")
        for host in self.window.shelters[vm]:
            if host in beside:
                continue
            here[host] = model.new_bool_var(f"in_{vm}_{slot}_{host}")
            interval = model.new_optional_interval_var(start, size, end + 1, here[host], "")
            self.stays[host].append(OptionalStay(vm, interval, here[host], start))
        model.add(sum(here.values()) == used)
        model.add(end >= start)
        model.add(end == start).only_enforce_if(~used)
        if slot:
            model.add_implication(used, chain.used[-1])
        if chain.moves is not True:
            model.add_implication(used, chain.moves)
        chain.in_slot.append(here)
        chain.used.append(used)
        chain.sizes.append(size)

    def _ends(self, chain: Chain, *, settled: bool) -> None:
        """Add the stays on source and target; a settled VM that does not move has one stay in their place."""
        model, vm, horizon = self.model, chain.vm, self.window.horizon
        source, target = self.window.start[vm], self.window.end[vm]
        if chain.moves is not False:
            first, last, moves = chain.times[0], chain.times[-1], chain.moves
            until = model.new_optional_interval_var(0, first + 1, first + 1, moves, "")
            self.stays[source].append(OptionalStay(vm, until, moves, 0, initial=not settled))
            since = model.new_optional_interval_var(last, horizon - last, horizon, moves, "")
            self.stays[target].append(OptionalStay(vm, since, moves, last))
        if settled:
            at_home = self._at_home(chain)
            whole = model.new_optional_fixed_size_interval_var(0, horizon, at_home, "")
            self.stays[source].append(OptionalStay(vm, whole, at_home, 0, initial=True))
            if chain.moves is not False and chain.used:
                model.add_implication(chain.moves, chain.used[0])

    def _at_home(self, chain: Chain) -> cp_model.LiteralT:
        """A literal: the settled VM neither moves nor is away."""
        if chain.away is None:
            return True if chain.moves is False else ~chain.moves
        if chain.moves is False:
            return ~chain.away
        chain.at_home = self.model.new_bool_var(f"home_{chain.vm}")
        self.model.add_exactly_one(chain.at_home, chain.moves, chain.away)
        return chain.at_home

    def extract(
        self, truth: Callable[[cp_model.LiteralT], bool], value: Callable[[cp_model.IntVar], int]
    ) -> list[Timed]:
        """Give (instant, number in the VM's chain, move) for every migration of a solution, sorted.

        A VM that is away is stopped before the first instant and started after the last one.
        """
        found: list[Timed] = []
        for vm, chain in self.of.items():
            target = self.window.end[vm]
            if chain.away is not None and truth(chain.away):
                found += [(-1, 0, (vm, OFF)), (self.window.horizon, 0, (vm, target))]
            elif chain.moves is True or (chain.moves is not False and truth(chain.moves)):
                path = [host for here in chain.in_slot for host, there in here.items() if truth(there)]
                for number, host in enumerate([*path, target]):
                    found.append((value(chain.times[number]), number, (vm, host)))
        found.sort(key=lambda item: item[:2])
        return found
