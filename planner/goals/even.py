"""Evening out by hand: from the fullest hosts to the emptiest, VM by VM. A start for the solver."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from planner.goals.fill import FreeRoom

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
        choice = self.choice
        return (choice.fare(vm, host) or (0, 0))[1] - (choice.fare(vm, self.at[vm]) or (0, 0))[1]

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


def lowered(choice: Choice, resources: Sequence[int], at_most: int | None) -> list[int] | None:
    """Lower the fullest host again and again; None where nobody can leave the first."""
    desk = Desk(choice, resources, choice.src)
    for _ in range(desk.how.most_steps if at_most is None else at_most):
        shares = desk.shares().max(axis=1, initial=0)
        fullest = int(shares.argmax())
        move = _best_from(desk, fullest, float(shares[fullest]))
        if move is None or (at_most is not None and desk.made + desk.more(*move) > at_most):
            break
        desk.go(*move)
    return desk.at


def _best_from(desk: Desk, fullest: int, top: float) -> tuple[int, int] | None:
    """Give the move off a host that leaves it and the host it goes to lowest; None where none is lower."""
    best: tuple[float, float, int, int] | None = None
    shares = desk.shares()
    for vm in sorted(desk.on[fullest]):
        left = float((shares[fullest] - desk.demand[vm] / desk.whole[fullest]).max())
        after = (shares + desk.demand[vm] / desk.whole).max(axis=1)
        after[~desk.counts] = np.inf
        for host in np.argsort(after, kind="stable")[: desk.how.targets].tolist():
            if after[host] >= top - WORTH:
                break
            if desk.may(vm, host):
                key = (max(left, float(after[host])), float(after[host]), vm, host)
                best = key if best is None else min(best, key)
                break
    return None if best is None else best[2:]


def evened(choice: Choice, resources: Sequence[int], at: Sequence[int], most: int) -> list[int] | None:
    """Lower the sum of squared shares by single moves while it falls, with at most so many migrations in all.

    The highest share does not rise. None where nothing is gained.
    """
    desk = Desk(choice, resources, at)
    gained = False
    for _ in range(desk.how.most_steps):
        move = _steepest(desk, most)
        if move is None:
            break
        desk.go(*move)
        gained = True
    return desk.at if gained else None


def _steepest(desk: Desk, most: int) -> tuple[int, int] | None:
    """Give the move that lowers the sum of squared shares most."""
    shares = desk.shares()
    top = shares.max()
    homes = np.array(desk.at)
    counts = np.flatnonzero(desk.counts)
    targets = counts[np.argsort(shares[counts].max(axis=1, initial=0), kind="stable")[: desk.how.targets]]
    out = desk.demand / desk.whole[homes]
    saved = (shares[homes] ** 2 - (shares[homes] - out) ** 2).sum(axis=1)
    saved[~desk.counts[homes]] = -np.inf
    come = desk.demand[:, None, :] / desk.whole[targets][None, :, :]
    there = shares[targets][None, :, :]
    paid = ((there + come) ** 2 - there**2).sum(axis=2)
    gain = saved[:, None] - paid
    gain[((there + come) > top + WORTH).any(axis=2)] = -np.inf
    order = np.argsort(-gain, axis=None, kind="stable")
    for place in order[: desk.how.looks * desk.how.targets].tolist():
        vm, number = divmod(place, len(targets))
        host = int(targets[number])
        if gain[vm, number] <= WORTH:
            return None
        if desk.may(vm, host) and desk.made + desk.more(vm, host) <= most:
            return vm, host
    return None
