"""Who waits for whom, from host to host: how early a VM can leave or come, and how much must follow.

A VM comes when those have left who take its room, and they leave when there is room for them elsewhere.
ALGORITHM.md, "Bounds of the makespan"; heads and tails as of Carlier (1982).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

from models.moves import OFF
from planner.scheduling.bounds import Bound
from planner.scheduling.parameters import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from heuristics import Deadline
    from planner.scheduling.freedom_in_time import FreedomInTime
    from planner.scheduling.parameters import MakespanBound

Stairs = list[tuple[float, int]]
"""(second, room): before the next second there is no more room than that; both grow."""


@dataclass(frozen=True, slots=True)
class Heads:
    """Seconds before which nothing happens to a VM, in any of the plans asked for.

    Parameters
    ----------
    leaves
        ``leaves[vm]``: its first migration starts no earlier; 0 where it may be shut down or stopped.
    comes
        ``comes[vm]``: whatever brings it to its target starts no earlier; 0 where it is there at first.
    """

    leaves: tuple[int, ...]
    comes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Margins:
    """What lies before and after the first and the last migration of each VM at least.

    Parameters
    ----------
    heads
        From the start of the plan.
    tails
        To its end: the heads of the film run backwards, so that ``tails.comes`` are the seconds from the end
        of whatever takes a VM off its source, and ``tails.leaves`` those from the end of its last migration.
    """

    heads: Heads
    tails: Heads

    def chain_s(self, vm: int, seconds: int) -> int:
        """Give the seconds until the VM can come, those it takes to, and those of all that is behind it."""
        return self.heads.comes[vm] + seconds + self.tails.comes[vm]


def margins(
    free: FreedomInTime, horizon: int, deadline: Deadline, parameters: MakespanBound = DEFAULT.bound
) -> Margins:
    """Work out who waits for whom, forwards and backwards.

    Parameters
    ----------
    horizon
        Makespan of a plan that is known: nobody need wait for longer.
    deadline
        What is known by then comes back, which is less, but as true.
    """
    films = [_Film(free, parameters, backwards=it) for it in (False, True)]
    return Margins(*(film.heads(horizon, deadline) for film in films))


def raised_by_waiting(free: FreedomInTime, bound: Bound, known: Margins) -> Bound:
    """Raise the bound to the longest chain: what lies before a migration, it, and what lies behind it."""
    problem, heads, tails = free.problem, known.heads, known.tails
    for vm in free.moving():
        out_s, home_s = (free.seconds_at(vm, host) for host in (problem.src[vm], problem.dst[vm]))
        seconds = max(heads.leaves[vm] + out_s + tails.comes[vm], heads.comes[vm] + home_s + tails.leaves[vm])
        if seconds > bound.seconds:
            bound = Bound(seconds, f"who waits for room before and after {problem.vms[vm].name}")
    return bound


class _Film:
    """The pool forwards, or backwards from its target placement; who comes in one leaves in the other."""

    def __init__(self, free: FreedomInTime, parameters: MakespanBound, *, backwards: bool) -> None:
        problem, clock = free.problem, free.clock
        self.problem, self.freedom, self.in_time = problem, free.freedom, free
        self.most_states, self.most_looks = parameters.most_states, parameters.most_looks
        self.backwards = backwards
        self.source, self.target = (problem.dst, problem.src) if backwards else (problem.src, problem.dst)
        self.off_s = clock.provision_s if backwards else clock.shutdown_s
        self.residents: dict[int, list[int]] = defaultdict(list)
        self.newcomers: dict[int, list[int]] = defaultdict(list)
        for vm in range(problem.num_vms):
            if self.source[vm] != OFF:
                self.residents[self.source[vm]].append(vm)
            if self.target[vm] not in (OFF, self.source[vm]):
                self.newcomers[self.target[vm]].append(vm)
        self.free = [self._free(host) for host in range(problem.num_hosts)]
        """``free[host][key]`` at first; the keys are those of :meth:`_wants`."""
        self.asks_aside = self._who_finds_no_room_at_first()
        self.leaves: list[float] = [0] * problem.num_vms
        self.comes: list[float] = [0] * problem.num_vms
        self.stairs: dict[int, dict[int, Stairs]] = defaultdict(dict)
        """``stairs[host][key]``, by the heads as they are."""

    def heads(self, horizon: int, deadline: Deadline) -> Heads:
        """Raise all heads until nothing changes, or the time is up."""
        changed = set(self.residents)
        while changed and not deadline.over:
            for host in changed:
                self.stairs.pop(host, None)
            waiting = self.asks_aside.union(*(self.newcomers[host] for host in changed))
            changed = set()
            for vm in sorted(waiting):
                if deadline.over:
                    break
                if self._raise(vm, horizon):
                    changed.add(self.source[vm])
        return Heads(
            *(tuple(int(min(one, horizon)) for one in column) for column in (self.leaves, self.comes))
        )

    def _raise(self, vm: int, horizon: int) -> bool:
        """Raise the heads of a VM to what hosts have room for now; tell whether that lets others wait."""
        source, target = self.source[vm], self.target[vm]
        comes = self._when(target, vm) if target not in (OFF, source) else 0
        self.comes[vm] = max(self.comes[vm], comes)
        if OFF in (source, target) or self.freedom.off[vm]:
            return False
        goes = source != target and self.problem.may_go(vm, self.problem.src[vm], self.problem.dst[vm])
        leaves = comes if goes else inf
        if self.freedom.aside[vm]:
            leaves = min(leaves, self._when_aside(vm, leaves))
        if leaves > horizon:
            leaves = inf
        later = leaves > self.leaves[vm]
        self.leaves[vm] = max(self.leaves[vm], leaves)
        return later

    def _when(self, host: int, vm: int) -> float:
        """Give the second before which there is no room for the VM on the host."""
        when: float = 0
        for key, amount in self._wants(vm):
            if self.free[host][key] < amount:
                stairs = self.stairs[host]
                if key not in stairs:
                    stairs[key] = self._climb(host, key)
                when = max(when, next((second for second, room in stairs[key] if room >= amount), inf))
        return when

    def _when_aside(self, vm: int, enough: float) -> float:
        """Give the second before which no other host has room for the VM; 0 where it is not asked."""
        if vm not in self.asks_aside:
            return 0
        for host in range(self.problem.num_hosts):
            if enough and self._may_step_aside(vm, host):
                enough = min(enough, self._when(host, vm))
        return enough

    def _climb(self, host: int, key: int) -> Stairs:
        """Give the room that there can be on a host when some have left it, whoever that is."""
        free = self.free[host][key]
        in_turn: list[tuple[float, int, int]] = []
        beside: list[tuple[float, int]] = []
        one_slot = self._has_one_slot(host)
        for vm in self.residents[host]:
            leaves, seconds, amount = self.leaves[vm], self._leaving_s(vm), self._amount(vm, key)
            if amount and seconds is not None and leaves < inf:
                if one_slot and not self._goes_off(vm):
                    in_turn.append((leaves, seconds, amount))
                else:
                    beside.append((leaves + seconds, amount))
        stairs = _one_by_one(sorted(in_turn), free, self.most_states)
        if stairs is None:
            beside += [(leaves + seconds, amount) for leaves, seconds, amount in in_turn]
            stairs = [(0, free)]
        for gone, amount in sorted(beside):
            stairs = _best([*stairs, *((max(second, gone), room + amount) for second, room in stairs)])
        return stairs

    def _leaving_s(self, vm: int) -> int | None:
        """Give the least seconds that it takes to leave the source; None where it stays."""
        source, target = self.source[vm], self.target[vm]
        if self._goes_off(vm):
            flies = self.freedom.wanders[vm] or self.freedom.off[vm]
            return min(self.off_s, self.in_time.least.seconds(vm, source)) if flies else self.off_s
        if source == target and not self.freedom.aside[vm]:
            return None
        return self.in_time.seconds_at(vm, source)

    def _goes_off(self, vm: int) -> bool:
        """Tell whether the VM may leave by a shutdown or a stop, which asks for no room."""
        return self.target[vm] == OFF or self.freedom.off[vm]

    def _has_one_slot(self, host: int) -> bool:
        """Tell whether whoever migrates off the host does so after the one before."""
        it = self.problem.hosts[host]
        return 1 in (it.max_in if self.backwards else it.max_out, it.max_moves)

    def _may_step_aside(self, vm: int, host: int) -> bool:
        problem, source = self.problem, self.source[vm]
        if host == source or not problem.may_run(vm, host):
            return False
        return problem.may_go(vm, host, source) if self.backwards else problem.may_go(vm, source, host)

    def _who_finds_no_room_at_first(self) -> set[int]:
        """Give who may step aside, but has to wait for it; nobody where it takes too long to tell."""
        problem, found = self.problem, set[int]()
        looks = 0
        roomy = sorted(range(problem.num_hosts), key=lambda host: (-sum(self.free[host]), host))
        for vm in range(problem.num_vms):
            if not self.freedom.aside[vm] or self.freedom.off[vm]:
                continue
            for host in roomy:
                looks += 1
                if self._may_step_aside(vm, host) and self._has_room(host, vm):
                    break
            else:
                found.add(vm)
            if looks > self.most_looks:
                return set()
        return found

    def _has_room(self, host: int, vm: int) -> bool:
        return all(self.free[host][key] >= amount for key, amount in self._wants(vm))

    def _wants(self, vm: int) -> Iterator[tuple[int, int]]:
        """Yield (key, amount): of each resource, and behind these one of each group."""
        yield from self.problem.needs[vm]
        for group in self.problem.groups_of[vm]:
            yield len(self.problem.resources) + group, 1

    def _amount(self, vm: int, key: int) -> int:
        group = key - len(self.problem.resources)
        return self.problem.demand[vm][key] if group < 0 else int(group in self.problem.groups_of[vm])

    def _free(self, host: int) -> list[int]:
        """Give what is free at first, by key; backwards there is room for all that was there forwards."""
        problem = self.problem
        groups = range(len(problem.members))
        limits = [*problem.usable[host], *(problem.limit(group, host) for group in groups)]
        if self.backwards:
            settled = [vm for vm in self.residents[host] if self.target[vm] == host]
            first = self._load([*self.newcomers[host], *settled], len(limits))
            limits = [max(limit, once) for limit, once in zip(limits, first, strict=True)]
        load = self._load(self.residents[host], len(limits))
        return [limit - here for limit, here in zip(limits, load, strict=True)]

    def _load(self, vms: Iterable[int], keys: int) -> list[int]:
        load = [0] * keys
        for vm in vms:
            for key, amount in self._wants(vm):
                load[key] += amount
        return load


def _one_by_one(leaving: list[tuple[float, int, int]], free: int, most: int) -> Stairs | None:
    """Give the room at each second if they leave one at a time, the best of them; None where too many may.

    In the order of their heads any of them have left as soon as can be.

    Parameters
    ----------
    leaving
        (head, seconds, amount), by head.
    """
    stairs: Stairs = [(0, free)]
    for head, seconds, amount in leaving:
        then = ((max(second, head) + seconds, room + amount) for second, room in stairs)
        stairs = _best([*stairs, *then])
        if len(stairs) > most:
            return None
    return stairs


def _best(points: Stairs) -> Stairs:
    """Keep what no other has as early, and more."""
    kept: Stairs = []
    for second, room in sorted(points, key=lambda point: (point[0], -point[1])):
        if not kept or room > kept[-1][1]:
            kept.append((second, room))
    return kept
