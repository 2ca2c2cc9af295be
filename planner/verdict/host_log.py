"""What happens on each host in a plan: who comes and goes in which step, and the room in between."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.problem import OFF
from models.sizes import exact, title

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from models.problem import Problem

Step = tuple[int, int, int]
"""(number of the action, VM, host it goes to or ``OFF``)."""


@dataclass(frozen=True, slots=True)
class HostEvent:
    """A VM comes to a host, or leaves it."""

    step: int
    vm: int
    comes: bool


@dataclass(frozen=True, slots=True)
class Shortage:
    """What a host lacks for one VM more: a resource, or room in a group (``need`` 1)."""

    what: str
    need: int
    free: int
    is_group: bool = False

    def __str__(self) -> str:
        """Say what is needed and what is free: ``2560 MiB RAM, 1024 free``."""
        if self.is_group:
            return f"{self.what} allows {max(self.free, 0) or 'none'} more there"
        free = f"{self.free} free" if self.free >= 0 else f"{-self.free} too much there already"
        return f"{exact(self.need, self.what)} {title(self.what)}, {free}"


class Level:
    """The room of one host at one time: what is free, and how many of each group it holds."""

    def __init__(self, problem: Problem, host: int, vms: Iterable[int]) -> None:
        self.problem, self.host = problem, host
        self.free = list(problem.usable[host])
        self.held: dict[int, int] = defaultdict(int)
        for vm in vms:
            self.count(vm, 1)

    def count(self, vm: int, sign: int) -> None:
        """Count a VM in (1) or out (-1)."""
        for resource, amount in self.problem.needs[vm]:
            self.free[resource] -= sign * amount
        for group in self.problem.groups_of[vm]:
            self.held[group] += sign

    def shortage(self, vm: int, beside: int | None = None) -> Shortage | None:
        """Say what lacks for a VM here, with another one here too; None where it fits."""
        if beside is not None:
            self.count(beside, 1)
        try:
            return self._shortage(vm)
        finally:
            if beside is not None:
                self.count(beside, -1)

    def _shortage(self, vm: int) -> Shortage | None:
        problem = self.problem
        for resource, amount in problem.needs[vm]:
            if amount > self.free[resource]:
                return Shortage(problem.resources[resource], amount, self.free[resource])
        for group in problem.groups_of[vm]:
            free = problem.limit(group, self.host) - self.held[group]
            if free < 1:
                return Shortage(problem.group_names[group], 1, free, True)
        return None


class HostLog:
    """The events of every host in a plan."""

    def __init__(self, problem: Problem, steps: Iterable[Step]) -> None:
        self.problem = problem
        self.events: dict[int, list[HostEvent]] = defaultdict(list)
        self._at_first: dict[int, list[int]] = defaultdict(list)
        for vm, host in enumerate(problem.src):
            self._at_first[host].append(vm)
        at = list(problem.src)
        for step, vm, host in steps:
            if at[vm] == host:
                continue  # a plan that is not safe may say such things
            if host != OFF:
                self.events[host].append(HostEvent(step, vm, True))
            if at[vm] != OFF:
                self.events[at[vm]].append(HostEvent(step, vm, False))
            at[vm] = host

    def walk(self, host: int) -> Iterator[tuple[HostEvent, Level]]:
        """Give each event of a host, with the room just before it."""
        level = Level(self.problem, host, self._at_first.get(host, ()))
        for event in self.events.get(host, ()):
            yield event, level
            level.count(event.vm, 1 if event.comes else -1)

    def before(self, host: int, step: int) -> Level:
        """Give the room of a host just before a step."""
        level = Level(self.problem, host, self._at_first.get(host, ()))
        for event in self.events.get(host, ()):
            if event.step >= step:
                break
            level.count(event.vm, 1 if event.comes else -1)
        return level
