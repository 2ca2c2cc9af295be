"""Which host comes next, and where its VMs go: one whole rolling update, built batch by batch.

A host is chosen whose VMs fit on hosts that are updated already, so that they move for the last time; where
none is, the one of which the fewest must wait on a host that is still to come. ALGORITHM.md, "Rolling".
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from models.actions import Migration, Step
from planner.rolling.cluster import Cluster
from planner.rolling.parameters import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from heuristics.deadline import Deadline
    from planner.rolling.upgrade import Upgrade

Drained = tuple[list[Step], list[int]]
"""The steps that empty some hosts, and where everybody is then."""

Drain = Callable[[Sequence[int], Sequence[int], int, Collection[str]], "Drained | None"]
"""(placement, hosts updated, host to empty, VMs that have migrated) -> how; None: no way was found."""


class First(NamedTuple):
    """The host that comes first, and how it is emptied."""

    host: int
    drained: Drained


@dataclass(frozen=True, slots=True)
class Taste:
    """By what the next host is chosen among those that are equally cheap, and a home among those with room.

    Parameters
    ----------
    order
        ``large``: hosts with the most of everything first; ``slack``: those with the most left free;
        ``tight``: those with the largest load.
    noise
        How far luck may change that order, as a share of a host.
    even
        Go where most room is left, in place of where least is left.
    looked_at
        Hosts that are looked at for each batch.
    """

    order: Literal["large", "slack", "tight"] = "large"
    noise: float = 0.0
    even: bool = False
    looked_at: int = DEFAULT.looked_at


@dataclass(slots=True)
class _Way:
    """Where the VMs of one host would go."""

    host: int
    homes: list[tuple[int, int]]
    again: int


class Batches:
    """A rolling update in the making.

    Parameters
    ----------
    upgrade
        What is to be done.
    at_once
        Hosts a batch.
    taste
        How it is decided among equals.
    drain
        Empties hosts with more effort, where no direct way is seen.
    rng
        Luck.
    home
        All shall come home in the end.
    drains
        Hosts that are tried with more effort before a batch is given up.
    """

    def __init__(
        self,
        upgrade: Upgrade,
        at_once: int,
        taste: Taste,
        drain: Drain,
        rng: np.random.Generator,
        *,
        home: bool,
        drains: int,
    ) -> None:
        self.upgrade = upgrade
        self.drains = drains
        self.home = home
        self.at_once = at_once
        self.taste = taste
        self.drain = drain
        self.cluster = cluster = Cluster(upgrade)
        self.done: list[int] = []
        hosts = 2 * upgrade.num_hosts
        self._last = np.zeros(hosts, dtype=bool)
        self._last[: upgrade.num_hosts] = True
        self._last[upgrade.todo] = False
        usable = cluster.usable
        self._share = (usable / cluster.scale).mean(axis=1) if usable.size else np.zeros(hosts)
        self._luck = rng.random(hosts) * taste.noise

    def run(self, deadline: Deadline, first: First | None = None) -> bool:
        """Build it to the end; False where no way was found, or the time is up.

        Parameters
        ----------
        first
            The host that comes first, and how it is emptied; None: that is chosen too.
        """
        waiting = np.zeros(self.upgrade.num_hosts, dtype=bool)
        waiting[self.upgrade.todo] = True
        begun = [] if first is None else [first.host]
        if first is not None:
            self._apply(first.drained)
        while waiting.any():
            batch, begun = self._batch(np.flatnonzero(waiting), begun, deadline), []
            if not batch:
                return False
            waiting[batch] = False
            if not self._update(batch):
                return False
        return True

    def placement(self) -> list[int]:
        """Give where everybody is."""
        return list(self.cluster.room.tracker.at)

    def _batch(self, waiting: NDArray[np.intp], batch: list[int], deadline: Deadline) -> list[int]:
        """Empty the next hosts, beside some that are empty already; none where that was not possible."""
        while len(batch) < min(self.at_once, len(waiting)) and not deadline.over:
            rest = waiting[~np.isin(waiting, batch)]
            way = self._best_way(rest, batch)
            if way is None and not batch:
                batch = self._drained(rest)
                if batch:
                    continue
                way = self._best_way(rest, batch, stops=True)
            if way is None:
                break
            self._take(way)
            batch.append(way.host)
        return batch

    def _best_way(self, waiting: NDArray[np.intp], batch: list[int], *, stops: bool = False) -> _Way | None:
        """Give the host that is cheapest to empty, and how; None where none can be emptied directly.

        Parameters
        ----------
        stops
            Stop whoever has nowhere to go and may be stopped, the last resort.
        """
        best: _Way | None = None
        for number, host in enumerate(self._ranked(waiting)):
            if number >= self.taste.looked_at and best is not None:
                break
            way = self._way(host, batch, most=None if best is None else best.again, stops=stops)
            if way is not None and (best is None or way.again < best.again):
                best = way
                if not way.again:
                    break
        return best

    def _ranked(self, waiting: NDArray[np.intp]) -> list[int]:
        """Give the hosts in the order of taste; before anything is updated, those with few VMs come first."""
        room, share = self.cluster.room, self._share[waiting]
        free = self.cluster.spare(waiting).min(axis=1, initial=1.0)
        key = {"large": -share, "slack": -free, "tight": free - share}[self.taste.order]
        key = key + self._luck[waiting]
        if not self.done:
            cost = self.upgrade.problem.cost
            key += [10.0 * sum(cost[vm] for vm in room.tracker.on[host]) for host in waiting.tolist()]
        ranked: list[int] = waiting[np.argsort(key, kind="stable")].tolist()
        return ranked

    def _way(self, host: int, batch: list[int], most: int | None, *, stops: bool) -> _Way | None:
        """Find homes for all VMs of a host, the largest first; None where there are none, or none cheaper."""
        room, problem = self.cluster.room, self.upgrade.problem
        guests = self.cluster.largest_first(host)
        homes: list[tuple[int, int]] = []
        again = stopped = 0
        for vm in guests:
            if self._is_stopped(vm):
                stopped += 1
                continue
            home = self._home(vm, host, batch)
            stop = self.upgrade.stop_cost[vm] if stops else None
            if home is not None:
                again += 0 if self._last[home] else problem.cost[vm]
            elif stop is not None:
                again += stop
            else:
                break
            if most is not None and again >= most:
                break
            if home is None:
                stopped += 1
                continue
            homes.append((vm, home))
            room.go(vm, home)
        for vm, _ in reversed(homes):
            room.go(vm, host)
        return _Way(host, homes, again) if len(homes) + stopped == len(guests) else None

    def _is_stopped(self, vm: int) -> bool:
        return self.upgrade.is_stopped(vm, home=self.home)

    def _home(self, vm: int, host: int, batch: list[int]) -> int | None:
        """Give where a VM goes: an updated host with room, or, for a while, one that is still to come."""
        cluster = self.cluster
        if not self.upgrade.problem.vms[vm].movable:
            return None
        enough = cluster.with_room(vm, [host, *batch])
        kinds = (enough & self._last, enough & ~self._last)
        for hosts in kinds[:1] if self.upgrade.moves_once[vm] else kinds:
            numbers = np.flatnonzero(hosts)
            spare = cluster.spare(numbers).max(axis=1, initial=0.0)
            for place in _smallest_first(-spare if self.taste.even else spare):
                if cluster.room.tracker.can_go(vm, host := int(numbers[place])):
                    return host
        return None

    def _take(self, way: _Way) -> None:
        for vm, home in way.homes:
            self.cluster.move(vm, home)

    def _drained(self, waiting: NDArray[np.intp]) -> list[int]:
        """Let one host be emptied with more effort, of those that look easiest."""
        moved = {step.vm for step in self.cluster.steps if isinstance(step, Migration)}
        for host in self._ranked(waiting)[: self.drains]:
            found = self.drain(self.placement(), self.done, host, moved)
            if found is not None:
                self._apply(found)
                return [host]
        return []

    def _apply(self, drained: Drained) -> None:
        steps, at = drained
        self.cluster.steps += steps
        for vm, place in enumerate(at):
            if self.cluster.room.tracker.at[vm] != place:
                self.cluster.room.go(vm, place)

    def _update(self, batch: list[int]) -> bool:
        """Update the hosts of a batch; whoever could not move is stopped meanwhile.

        Returns
        -------
        bool
            Whether all who were stopped could be started again.
        """
        stopped = self.cluster.update(batch)
        self.done += batch
        self._last[[self.upgrade.twin(host) for host in batch]] = True
        for vm, host in stopped:
            place = self._restart(vm, self.upgrade.twin(host))
            if place is None:
                return False
            self.cluster.start(vm, place)
        return True

    def _restart(self, vm: int, twin: int) -> int | None:
        """Give where a stopped VM starts: where it was, or where it may stay, if its host held too much."""
        others = [] if self.home else np.flatnonzero(self.cluster.is_open & self._last).tolist()
        return next((host for host in (twin, *others) if self.cluster.room.tracker.can_go(vm, host)), None)


def _smallest_first(amounts: NDArray[np.float64]) -> Iterator[int]:
    """Yield the places of amounts, the smallest first; mostly the first is all that is asked for."""
    if amounts.size:
        yield (first := int(amounts.argmin()))
        order = np.argsort(amounts, kind="stable")
        yield from (place for place in order.tolist() if place != first)
