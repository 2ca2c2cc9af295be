"""Precedences that a host needs by itself, and that it does not need beside those of all other hosts.

ALGORITHM.md, "Precedences safe whatever the durations".
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from planner.scheduling.stays import NO_TASK

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from heuristics.tasks import Work
    from planner.scheduling.host_order import HostOrder

COLUMNS = 1 << 15
"""Tasks whose successors are looked up at once: bounds the memory, as bits, to that many for each task.

A fact of the machine: the same comes out, whatever it is.
"""


def pasts(
    after: Sequence[Sequence[int] | set[int]], order: Sequence[int]
) -> Iterator[tuple[dict[int, int], list[int]]]:
    """Give (the bit of each of some tasks, for every task all of these that it waits for), until all had one.

    Parameters
    ----------
    after
        ``after[task]``: tasks that it waits for.
    order
        All tasks, each behind those that it waits for.
    """
    for first in range(0, len(order), COLUMNS):
        column = {task: 1 << place for place, task in enumerate(order[first : first + COLUMNS])}
        past = [0] * len(after)
        for task in order[first:]:
            seen = 0
            for before in after[task]:
                seen |= past[before] | column.get(before, 0)
            past[task] = seen
        yield column, past


class ThinOut:
    """Leaves out one precedence after another without which no host can come to exceed a limit all the same.

    Parameters
    ----------
    work
        The tasks.
    after
        Precedences of which none is implied by others.
    order
        All tasks, each behind those that it waits for.
    hosts
        Those that could come to exceed a limit.
    previous
        Of each task, the one before of the same VM, ``NO_TASK`` for the first: it waits for it in any case.
    most_reached
        Tasks looked at before and behind a precedence; where they are more it is kept, which is safe.
    """

    def __init__(
        self,
        work: Work,
        after: Sequence[Sequence[int]],
        order: Sequence[int],
        hosts: Mapping[int, HostOrder],
        previous: Sequence[int],
        most_reached: int,
    ) -> None:
        self.tasks, self.hosts, self.previous, self.most_reached = work.tasks, hosts, previous, most_reached
        self.after = [set(others) for others in after]
        self.followers: list[set[int]] = [set() for _ in after]
        for task, others in enumerate(after):
            for other in others:
                self.followers[other].add(task)
        self.coming, self.going = [NO_TASK] * len(after), [NO_TASK] * len(after)
        """The number of the stay that begins, or ends, with each task, on its host."""
        for on_host in hosts.values():
            for number, stay in enumerate(on_host.stays):
                if stay.comes != NO_TASK:
                    self.coming[stay.comes] = number
                if stay.goes != NO_TASK:
                    self.going[stay.goes] = number
        self.before = self._kept_apart(order)
        self._left = 0
        """How many tasks may still be looked at."""

    def _kept_apart(self, order: Sequence[int]) -> dict[int, list[int]]:
        """Give for each host, and each stay on it, those that end before it begins, as bits."""
        found = {host: [0] * len(on_host.stays) for host, on_host in self.hosts.items()}
        for column, past in pasts(self.after, order):
            gone: dict[int, list[tuple[int, int]]] = defaultdict(list)
            for task, place in column.items():
                if self.going[task] != NO_TASK:
                    gone[self.tasks[task].src].append((place, 1 << self.going[task]))
            for host, places in gone.items():
                mask, before = sum(place for place, _ in places), found[host]
                for number, stay in enumerate(self.hosts[host].stays):
                    if stay.comes != NO_TASK and (seen := past[stay.comes] & mask):
                        before[number] |= sum(bit for place, bit in places if seen & place)
        return found

    def run(self, ends: Sequence[int]) -> list[list[int]]:
        """Give what is left of the precedences, after those were tried first whose departure ends last."""
        pairs = [(other, task) for task, others in enumerate(self.after) for other in others]
        for other, task in sorted(pairs, key=lambda pair: (-ends[pair[0]], pair)):
            if self._seems_needless(other, task):
                self._leave_out(other, task)
        return [sorted(others) for others in self.after]

    def _seems_needless(self, other: int, task: int) -> bool:
        """Tell whether the host is safe without this pair, were all other stays kept apart as they are."""
        leaves, comes = self.tasks[other], self.tasks[task]
        if leaves.vm == comes.vm or leaves.src != comes.dst or comes.dst not in self.hosts:
            return False
        before, stay = self.before[comes.dst], self.coming[task]
        return self.hosts[comes.dst].is_safe(before, {stay: before[stay] ^ 1 << self.going[other]})

    def _leave_out(self, other: int, task: int) -> None:
        """Leave out a precedence, if every host is safe without all that is kept apart by it alone.

        And if every VM still waits for itself: that may have been implied by this one.
        """
        self.after[task].remove(other)
        self.followers[other].remove(task)
        changed = self._changed(other, task)
        if changed is not None and all(
            self.hosts[host].is_safe(self.before[host], fewer) for host, fewer in changed.items()
        ):
            for host, fewer in changed.items():
                for stay, those in fewer.items():
                    self.before[host][stay] = those
        else:
            self.after[task].add(other)
            self.followers[other].add(task)

    def _changed(self, other: int, task: int) -> dict[int, dict[int, int]] | None:
        """Give who ends now before the stays, host by host, of which this may have changed that.

        Who had to leave, directly or through others, before the one, and comes after the other? None where a
        VM no longer waits for itself, or where it would take too long.
        """
        self._left = self.most_reached
        earlier, later = self._reached(other, self.after), self._reached(task, self.followers)
        left = {self.tasks[it].src for it in earlier}
        found: dict[int, dict[int, int]] = {}
        for it in later:
            host = self.tasks[it].dst
            crowded = host in left and host in self.hosts
            if not crowded and self.previous[it] not in earlier:
                continue
            past = self._reached(it, self.after)
            if self.previous[it] in earlier and self.previous[it] not in past:
                return None
            if crowded:
                found.setdefault(host, {})[self.coming[it]] = sum(
                    1 << number for number, stay in enumerate(self.hosts[host].stays) if stay.goes in past
                )
        return found if self._left > 0 else None

    def _reached(self, task: int, ways: Sequence[set[int]]) -> set[int]:
        """Give a task and all that it comes to; fewer where no more may be looked at."""
        found, agenda = {task}, [task]
        while agenda and self._left > 0:
            self._left -= 1
            new = ways[agenda.pop()] - found
            found |= new
            agenda += new
        return found
