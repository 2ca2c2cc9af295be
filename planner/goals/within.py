"""Loads brought within their limits by hand: the worst host first, by single moves, then by exchanges.

A start for the solver where a pool is too large to be one model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.goals.desk import WORTH, Desk, Shares

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from heuristics import Deadline
    from planner.goals.choice import Choice

    Hosts = slice | int | NDArray[np.int64]


def brought_within(
    choice: Choice, limits: Iterable[tuple[int, int, int, int]], deadline: Deadline
) -> list[int] | None:
    """Give a placement in which every load is within its limits; None where that gets stuck.

    Parameters
    ----------
    limits
        (host, resource, least, most).
    """
    search = _Within(choice, limits)
    left = search.desk.how.widened
    worst = search.worst()
    while worst:
        before = len(worst)
        for host in worst:
            if deadline.over:
                return None
            search.bring(host)
        worst = search.worst()
        if len(worst) > before / 2:
            if not left:
                return None
            search.looks, left = 4 * search.looks, left - 1
    return search.desk.at


class _Within:
    """What is off its limits, while VMs are moved."""

    def __init__(self, choice: Choice, limits: Iterable[tuple[int, int, int, int]]) -> None:
        self.desk = Desk(choice, range(len(choice.problem.resources)), choice.src)
        self.looks = self.desk.how.looks
        """The fullest and the emptiest hosts whose VMs are looked at; more where one gets stuck."""
        self.least = np.full(self.desk.whole.shape, -np.inf)
        self.most = np.full(self.desk.whole.shape, np.inf)
        for host, resource, least, most in limits:
            self.least[host, resource], self.most[host, resource] = least, most

    @property
    def load(self) -> Shares:
        """Give [host, resource]."""
        return self.desk.room.loads()

    def off(self, load: Shares, host: Hosts = slice(None)) -> Shares:
        """Give how far such loads of a host are off its limits, in shares of it, over all resources."""
        out = np.maximum(load - self.most[host], 0) + np.maximum(self.least[host] - load, 0)
        return np.asarray((out / self.desk.whole[host]).sum(axis=-1))

    def worst(self) -> list[int]:
        """Give the hosts that are off their limits, those that are off most first."""
        wrong = self.off(self.load)
        return [int(host) for host in np.argsort(-wrong, kind="stable") if wrong[host] > WORTH]

    def is_off(self, host: int) -> bool:
        """Tell whether a host is off its limits."""
        return bool(self.off(self.load[host], host) > WORTH)

    def bring(self, host: int) -> None:
        """Bring a host within its limits, as far as that goes."""
        while self.is_off(host) and (self.moved(host) or self.exchanged(host)):
            pass

    def moved(self, host: int) -> bool:
        """Move a VM off a host or to it, so that what is off on both ends falls most; False if none does."""
        desk, load = self.desk, self.load
        for change, vm, end in sorted([*self._leaving(load, host), *self._coming(load, host)]):
            if change >= -WORTH:
                break
            if desk.may(vm, end):
                desk.go(vm, end)
                return True
        return False

    def _leaving(self, load: Shares, host: int) -> Iterator[tuple[float, int, int]]:
        """Yield (change of what is off, VM, where it goes), the best of each VM of a host."""
        desk, wrong = self.desk, self.off(load)
        for vm in sorted(desk.on[host]):
            here = self.off(load[host] - desk.demand[vm], host) - wrong[host]
            change = np.where(desk.counts, here + self.off(load + desk.demand[vm]) - wrong, np.inf)
            for end in _least(change, desk.how.targets):
                yield float(change[end]), vm, end

    def _coming(self, load: Shares, host: int) -> Iterator[tuple[float, int, int]]:
        """Yield (change of what is off, VM, the host), for those that stand on the fullest hosts."""
        desk = self.desk
        vms, homes = self._on(self._by_share(load)[-self.looks :], host)
        change = self._change(load, host, desk.demand[vms]) + self._change(load, homes, -desk.demand[vms])
        for place in _least(change, desk.how.looks):
            yield float(change[place]), int(vms[place]), host

    def exchanged(self, host: int) -> bool:
        """Exchange a VM of a host for one elsewhere, so that what is off on both falls most."""
        desk, load = self.desk, self.load
        order, few = self._by_share(load), self.looks
        vms, homes = self._on(np.unique(np.concatenate([order[:few], order[-few:]])), host)
        pairs: list[tuple[float, int, int]] = []
        for vm in sorted(desk.on[host]):
            more = desk.demand[vms] - desk.demand[vm]
            change = self._change(load, host, more) + self._change(load, homes, -more)
            pairs += [(float(change[place]), vm, int(vms[place])) for place in _least(change, desk.how.looks)]
        for gain, vm, other in sorted(pairs):
            if gain >= -WORTH:
                break
            if desk.may_exchange(vm, other):
                desk.exchange(vm, other)
                return True
        return False

    def _change(self, load: Shares, host: int | NDArray[np.int64], more: Shares) -> Shares:
        """Give how what is off on hosts changes with so much more there."""
        return self.off(load[host] + more, host) - self.off(load[host], host)

    def _by_share(self, load: Shares) -> NDArray[np.int64]:
        """Give the hosts that count, the emptiest first."""
        counts = np.flatnonzero(self.desk.counts)
        return counts[np.argsort((load / self.desk.whole)[counts].max(axis=1, initial=0), kind="stable")]

    def _on(self, hosts: NDArray[np.int64], but: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Give the VMs on some hosts, one of them left out, and the host of each."""
        found = [(vm, host) for host in hosts.tolist() if host != but for vm in sorted(self.desk.on[host])]
        both = np.array(found, dtype=np.int64).reshape(-1, 2)
        return both[:, 0], both[:, 1]


def _least(amounts: Shares, count: int) -> list[int]:
    """Give the places of the least amounts, in any order."""
    if len(amounts) <= count:
        return list(range(len(amounts)))
    return [int(place) for place in np.argpartition(amounts, count)[:count]]
