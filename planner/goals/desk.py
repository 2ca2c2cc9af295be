"""VMs moved one by one, by hand: loads, shares and migrations on one account."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from planner.goals.choice import NOTHING
from planner.goals.free_room import FreeRoom

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.goals.choice import Choice

Shares = NDArray[np.float64]

WORTH = 1e-9
"""A move must lower what is made small by more than that, which is what sums of shares are off by."""


class Desk:
    """Shares of the hosts that count, while VMs are moved one by one."""

    def __init__(self, choice: Choice, resources: Sequence[int], at: Sequence[int]) -> None:
        problem = choice.problem
        self.choice, self.at, self.how = choice, list(at), choice.parameters.by_hand
        self.resources = list(resources)
        self.room = FreeRoom(choice, at, [n for n, host in enumerate(problem.hosts) if not host.accepts])
        usable = self.room.usable[:, self.resources]
        self.whole = np.where(usable > 0, usable, np.inf)
        self.counts = np.array([host.accepts for host in problem.hosts], dtype=bool)
        shape = problem.num_vms, len(problem.resources)
        self.demand = np.array(problem.demand, dtype=np.float64).reshape(shape)[:, self.resources]
        self.on: list[set[int]] = [set() for _ in problem.hosts]
        for vm, host in enumerate(at):
            self.on[host].add(vm)
        self.made = choice.migrations(at)

    def shares(self) -> Shares:
        """Give [host, resource]; 0 for hosts that do not count."""
        load = self.room.loads()[:, self.resources]
        return np.where(self.counts[:, None], load / self.whole, 0.0)

    def more(self, vm: int, host: int) -> int:
        """Give how many migrations more it takes that the VM ends on a host."""
        there, here = (self.choice.fare(vm, it) or NOTHING for it in (host, self.at[vm]))
        return there.migrations - here.migrations

    def may(self, vm: int, host: int) -> bool:
        """Tell whether the VM may end on a host that has room for it now."""
        return host != self.at[vm] and self.choice.fare(vm, host) is not None and self.room.fits(vm, host)

    def go(self, vm: int, host: int) -> None:
        """Move the VM."""
        self.made += self.more(vm, host)
        self.on[self.at[vm]].remove(vm)
        self.on[host].add(vm)
        self.room.take(vm, self.at[vm])
        self.room.put(vm, host)
        self.at[vm] = host

    def may_exchange(self, vm: int, other: int) -> bool:
        """Tell whether each may end where the other is now, and finds room there once it has left."""
        room, home, end = self.room, self.at[vm], self.at[other]
        if home == end or self.choice.fare(vm, end) is None or self.choice.fare(other, home) is None:
            return False
        room.take(vm, home)
        room.take(other, end)
        may = room.fits(vm, end) and room.fits(other, home)
        room.put(vm, home)
        room.put(other, end)
        return may

    def exchange(self, vm: int, other: int) -> None:
        """Move each to where the other is now."""
        home, end = self.at[vm], self.at[other]
        self.go(vm, end)
        self.go(other, home)
