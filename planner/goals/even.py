"""Hosts evened out by hand, by single moves and by exchanges. What is left of the migrations goes into this.

What is made small is the sum of the squared shares of all hosts. The number of VMs on a host counts like one
resource more: it stands for what a pool does not say of them, such as how busy they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.goals.desk import WORTH, Desk, Shares

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from heuristics import Deadline
    from planner.goals.choice import Choice

    Step = tuple[tuple[int, int], ...]
    """(VM, where it goes), those that go together."""


def evened(
    choice: Choice, resources: Sequence[int], at: Sequence[int], most: int, deadline: Deadline
) -> list[int] | None:
    """Even out while it helps, with at most so many migrations in all.

    The highest share does not rise. None where nothing is gained.
    """
    evening = _Evening(Desk(choice, resources, at), most)
    if not evening.counts.size:
        return None
    gained = False
    for _ in range(evening.desk.how.most_steps):
        step = None if deadline.over else evening.best()
        if step is None:
            break
        for vm, host in step:
            evening.desk.go(vm, host)
        gained = True
    return evening.desk.at if gained else None


class _Evening:
    """The shares of all hosts, with the number of VMs as the last column, while VMs are moved.

    Parameters
    ----------
    most
        Migrations in all.
    """

    def __init__(self, desk: Desk, most: int) -> None:
        self.desk, self.most = desk, most
        self.counts = np.flatnonzero(desk.counts)
        vms = sum(len(desk.on[host]) for host in self.counts.tolist())
        mean = float(desk.shares()[self.counts].mean()) if vms and desk.resources else 0.0
        # On average a host's number of VMs is as large a share as those of its resources are.
        self.one = mean * len(self.counts) / vms if vms else 0.0
        self.amount = np.hstack([desk.demand, np.full((len(desk.at), 1), self.one)])
        self.whole = np.hstack([desk.whole, np.ones((len(desk.whole), 1))])
        self.top = float(desk.shares().max(initial=0))

    def best(self) -> Step | None:
        """Give what gains most for each migration that it takes, before all what takes none."""
        shares = self._shares()
        found = []
        for steps in (self._moves(shares), self._exchanges(shares)):
            for gain, more, step in steps:
                if self.desk.made + more <= self.most:
                    found.append((more <= 0, gain / max(more, 1), step))
        return max(found)[2] if found else None

    def _shares(self) -> Shares:
        desk = self.desk
        numbers = np.array([len(vms) for vms in desk.on]) * desk.counts * self.one
        return np.hstack([desk.shares(), numbers[:, None]])

    def _moves(self, shares: Shares) -> Iterator[tuple[float, int, Step]]:
        """Yield (gain, migrations more, step): VMs to the emptiest hosts, what gains most first."""
        desk, homes = self.desk, np.array(self.desk.at, dtype=np.int64)
        targets = self.counts[np.argsort(shares[self.counts].sum(axis=1), kind="stable")[: desk.how.targets]]
        gain = np.zeros((len(homes), len(targets)))
        for column in range(shares.shape[1]):
            out, come = self.amount[:, column] / self.whole[homes, column], self.amount[:, column, None]
            here, there = shares[homes, column], shares[targets, column]
            after = there + come / self.whole[targets, column]
            gain += (here**2 - (here - out) ** 2)[:, None] - (after**2 - there**2)
            self._forbid(gain, column, after)
        gain[~desk.counts[homes]] = -np.inf
        for vm, number in self._most(gain):
            host = int(targets[number])
            if desk.may(vm, host):
                yield float(gain[vm, number]), desk.more(vm, host), ((vm, host),)

    def _exchanges(self, shares: Shares) -> Iterator[tuple[float, int, Step]]:
        """Yield (gain, migrations more, step): pairs of VMs on the hosts that are furthest from the rest."""
        desk = self.desk
        off = ((shares - shares[self.counts].mean(axis=0)) ** 2).sum(axis=1)
        hosts = self.counts[np.argsort(-off[self.counts], kind="stable")[: desk.how.looks]]
        vms = np.array([vm for host in hosts.tolist() for vm in self._looked_at(host, hosts)], dtype=np.int64)
        homes = np.array(desk.at, dtype=np.int64)[vms]
        gain = np.zeros((len(vms), len(vms)))
        for column in range(shares.shape[1]):
            amount, share = self.amount[vms, column], shares[homes, column]
            # [VM, other]: the share of the VM's host once the other has come in its place.
            after = share[:, None] + (amount[None, :] - amount[:, None]) / self.whole[homes, column, None]
            gained = (share**2)[:, None] - after**2
            gain += gained + gained.T
            self._forbid(gain, column, np.maximum(after, after.T))
        gain[homes[:, None] == homes[None, :]] = -np.inf
        for one, two in self._most(np.triu(gain)):
            vm, other = int(vms[one]), int(vms[two])
            if desk.may_exchange(vm, other):
                step = (vm, desk.at[other]), (other, desk.at[vm])
                yield float(gain[one, two]), sum(desk.more(*move) for move in step), step

    def _looked_at(self, host: int, hosts: NDArray[np.int64]) -> list[int]:
        """Give the VMs of one of some hosts; where all on these are too many, some of all sizes."""
        vms = sorted(self.desk.on[host])
        most = max(1, self.desk.how.exchanged // len(hosts))
        if len(vms) <= most or sum(len(self.desk.on[it]) for it in hosts.tolist()) <= self.desk.how.exchanged:
            return vms
        by_size = sorted(vms, key=lambda vm: (*self.amount[vm].tolist(), vm))
        return sorted(by_size[number * len(vms) // most] for number in range(most))

    def _forbid(self, gain: Shares, column: int, after: Shares) -> None:
        """Leave out what lifts a resource above the highest share."""
        if column < len(self.desk.resources):
            gain[after > self.top + WORTH] = -np.inf

    def _most(self, gain: Shares) -> Iterator[tuple[int, int]]:
        """Yield the places of the largest gains, the largest first."""
        flat: NDArray[np.float64] = gain.ravel()
        few = min(self.desk.how.looks * self.desk.how.targets, flat.size)
        if few:
            places = np.argpartition(-flat, few - 1)[:few]
            for place in places[np.argsort(-flat[places], kind="stable")].tolist():
                if flat[place] <= WORTH:
                    return
                yield divmod(place, gain.shape[1])
