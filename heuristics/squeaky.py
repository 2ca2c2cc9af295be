"""The squeaky wheel: a greedy that learns whom to serve first from where it got stuck.

A pass moves VMs home while any fits (a worklist of hosts whose room changed; of the VMs that wait for a
host and fit, the one with the highest priority goes). When nothing fits, one VM steps aside. After the
pass the VMs that were stuck get a higher priority, and the next pass begins. ALGORITHM.md, "Squeaky wheel".
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from heuristics.eviction import evicted
from heuristics.parameters import DEFAULT, SqueakyParameters
from heuristics.protocol import Found
from heuristics.room import Room
from heuristics.spare import Spare
from heuristics.trace import tell_plan
from models.problem import OFF
from models.reversal import backward, reversed_moves

if TYPE_CHECKING:
    from collections.abc import Iterator

    from heuristics.deadline import Deadline
    from heuristics.trace import Trace
    from models.problem import Move, Problem


class Offer(NamedTuple):
    """A VM that could make way for another on its host.

    Parameters
    ----------
    price
        What it costs to send the first aside.
    left_over
        What stays free on the host when the other has come, in thousandths of an average host.
    vm, waiting
        Who goes, and who comes.
    """

    price: float
    left_over: float
    vm: int
    waiting: int


class Pass:
    """One run of the greedy from the current placement to the target.

    Parameters
    ----------
    problem
        What is planned.
    priority
        ``priority[vm]``: who goes first where not all fit.
    rng
        Draws the stuck hosts that are looked at.
    parameters
        How many of them, and how often a VM steps aside.
    room
        The current placement, where it has been counted already; the pass changes it.
    """

    def __init__(
        self,
        problem: Problem,
        priority: list[float],
        rng: np.random.Generator,
        parameters: SqueakyParameters = DEFAULT.squeaky,
        room: Room | None = None,
    ) -> None:
        self.problem = problem
        self.parameters = parameters
        self.priority = priority
        self.rng = rng
        self.room = Room(problem, parameters.shelters) if room is None else room
        self.moves: list[Move] = []
        self.stuck: dict[int, int] = {}
        self._aside: dict[int, int] = {}
        self._stopped: list[int] = []
        self._waiting: list[list[int]] = [[] for _ in problem.hosts]
        for vm in problem.displaced:
            self._waiting[problem.dst[vm]].append(vm)
        self._work = [host for host in range(problem.num_hosts) if self._waiting[host]]
        self._listed = [bool(waiting) for waiting in self._waiting]
        self._stuck = list(self._work)
        self._left = len(problem.displaced)
        self._known_offers: list[list[Offer] | None] = [None] * (problem.num_hosts + 1)

    def run(self, deadline: Deadline, most_moves: int) -> list[Move] | None:
        """Give the moves of a whole plan; None where it got stuck, or ran out of time or moves."""
        self._send_home()
        while self._left:
            if deadline.over or len(self.moves) > most_moves or not self._step_aside(deadline):
                return None
            self._send_home()
        for vm in self._stopped:
            self._go(vm, self.problem.dst[vm])
        return self.moves

    def _go(self, vm: int, host: int) -> None:
        before = self.room.go(vm, host)
        self.moves.append((vm, host))
        # What is kept of OFF, the last of the list, is nobody's.
        self._known_offers[before] = self._known_offers[host] = None
        if before != OFF:
            self._look_at(before)

    def _look_at(self, host: int) -> None:
        if self._waiting[host] and not self._listed[host]:
            self._listed[host] = True
            self._work.append(host)

    def _send_home(self) -> None:
        """Let VMs go to their targets until none fits, hosts in the order in which their room grew."""
        priority, tracker, work = self.priority, self.room.tracker, self._work
        done = 0
        while done < len(work):
            host = work[done]
            done += 1
            self._listed[host] = False
            waiting = self._waiting[host]
            while waiting:
                best, best_priority = -1, -1.0
                for vm in waiting:
                    if priority[vm] > best_priority and tracker.can_go(vm, host):
                        best, best_priority = vm, priority[vm]
                if best < 0:
                    break
                waiting.remove(best)
                self._left -= 1
                self._go(best, host)
        work.clear()

    def _step_aside(self, deadline: Deadline) -> bool:
        """Make room for a stuck VM by the cheapest single detour found; False where there is none."""
        some = self._some_stuck()
        detour = self._cheapest_detour(some)
        if detour is None:
            stuck = [host for host in self._stuck if self._waiting[host]]
            sample = self.parameters.sample
            for first in range(0, len(stuck), sample):
                detour = self._cheapest_detour(stuck[first : first + sample])
                if detour is not None:
                    break
            else:
                return self._make_room(stuck, deadline)
        vm, host, waiting = detour
        self._blame(waiting)
        self._send_aside(vm, host)
        return True

    def _some_stuck(self) -> list[int]:
        """Draw a few hosts for which VMs wait."""
        sample = self.parameters.sample
        drawn = self.rng.integers(len(self._stuck), size=4 * sample).tolist()
        some = dict.fromkeys(host for number in drawn if self._waiting[host := self._stuck[number]])
        if 4 * len(some) < sample:
            # Most are done with: what is drawn next should not be drawn in vain.
            self._stuck = [host for host in self._stuck if self._waiting[host]]
            few: list[int] = self.rng.permutation(self._stuck)[:sample].tolist()
            return few
        return list(some)[:sample]

    def _blame(self, vm: int) -> None:
        self.stuck[vm] = self.stuck.get(vm, 0) + 1

    def _send_aside(self, vm: int, host: int) -> None:
        here = self.room.tracker.at[vm]
        self._aside[vm] = self._aside.get(vm, 0) + 1
        self._blame(vm)
        target = self.problem.dst[vm]
        if target == here:
            if not self._waiting[here]:
                self._stuck.append(here)
            self._waiting[here].append(vm)
            self._left += 1
        elif target == host:
            self._waiting[host].remove(vm)
            self._left -= 1
        self._go(vm, host)
        self._look_at(here)

    def _may_step(self, vm: int) -> bool:
        return self.problem.vms[vm].detours and self._aside.get(vm, 0) < self.parameters.times_aside

    def _price(self, vm: int) -> float:
        """What it costs to send the VM aside: it must still come, or come back, to its target."""
        problem, target = self.problem, self.problem.dst[vm]
        if target != self.room.tracker.at[vm]:
            return problem.cost[vm]
        # One that has come home in this pass rather should not have: its first move may yet be saved.
        return problem.cost[vm] * (self.parameters.home_again if problem.src[vm] != target else 2)

    def _cheapest_detour(self, hosts: list[int]) -> tuple[int, int, int] | None:
        """Give (vm, host it goes to, VM it makes room for), for one of some stuck hosts."""
        best: tuple[int, int, int] | None = None
        best_score: tuple[float, ...] = (inf,)
        shelter_for, at, may_go = self.room.shelter, self.room.tracker.at, self.problem.may_go
        for host in hosts:
            for price, left_over, vm, waiting in self._offers(host):
                if (price, False, left_over) > best_score:
                    break
                if not may_go(waiting, at[waiting], host):
                    continue
                found = shelter_for(vm)
                if found is None:
                    continue
                shelter, spare = found
                score = (price, bool(self._waiting[shelter]), left_over, spare)
                if score < best_score:
                    best, best_score = (vm, shelter, waiting), score
        return best

    def _offers(self, host: int) -> list[Offer]:
        """Give who could make way for whom there, the cheapest first; anew where anything has changed."""
        offers = self._known_offers[host]
        if offers is None:
            room = self.room
            guests = [(self._price(vm), vm) for vm in room.tracker.on[host] if self._may_step(vm)]
            offers = [
                Offer(price, room.left_over(host, vm, waiting), vm, waiting)
                for waiting in self._waiting[host]
                for price, vm in guests
                if room.fits_without(waiting, host, vm)
            ]
            offers.sort()
            self._known_offers[host] = offers
        return offers

    def _make_room(self, stuck: list[int], deadline: Deadline) -> bool:
        """Evict several VMs, through full shelters where no single detour helps; else stop a VM."""
        for host in stuck:
            for waiting in sorted(self._waiting[host], key=self.room.size.__getitem__):
                if deadline.over:
                    return False
                evictions = evicted(self.room, waiting, host, self._may_step)
                if evictions:
                    self._blame(waiting)
                    for vm, shelter in evictions:
                        self._send_aside(vm, shelter)
                    return True
        return self._stop_one(stuck)

    def _stop_one(self, stuck: list[int]) -> bool:
        """Stop the cheapest VM that may be stopped, one that waits if there is any: the last resort."""
        tracker, stop_cost = self.room.tracker, self.problem.stop_cost
        waiting = {vm for host in stuck for vm in self._waiting[host]}
        guests = {vm for host in stuck for vm in tracker.on[host]}
        for candidates in (waiting, guests - waiting):
            priced = [
                (price, vm)
                for vm in candidates
                if (price := stop_cost[vm]) is not None and self._may_stop(vm)
            ]
            if priced:
                vm = min(priced)[1]
                if vm in waiting:
                    self._waiting[self.problem.dst[vm]].remove(vm)
                    self._known_offers[self.problem.dst[vm]] = None
                    self._left -= 1
                self._blame(vm)
                here = tracker.at[vm]
                self._stopped.append(vm)
                self._go(vm, OFF)
                self._look_at(here)
                return True
        return False

    def _may_stop(self, vm: int) -> bool:
        """Tell whether it may be stopped where it is: backwards, that is where it is started, its target."""
        return not self.problem.is_backward or self.room.tracker.at[vm] == self.problem.src[vm]


class Wheel:
    """Passes that learn from each other, in one direction.

    Parameters
    ----------
    large_first
        First priorities go by size, not by chance alone: what room is scarce for.
    """

    def __init__(
        self,
        problem: Problem,
        seed: int,
        parameters: SqueakyParameters = DEFAULT.squeaky,
        *,
        large_first: bool = False,
    ) -> None:
        self.problem = problem
        self.parameters = parameters
        self.rng = np.random.default_rng(seed)
        self._start = Room(problem, parameters.shelters)
        drawn = self.rng.random(problem.num_vms)
        self.priority: list[float] = (self._by_size(drawn) if large_first else drawn).tolist()

    def _by_size(self, drawn: np.ndarray) -> np.ndarray:
        """Let large VMs go first, and chance decide among equals.

        Room for a large VM is rare: once small ones have gone into it, it is in pieces all over the pool.
        """
        size = np.array(self._start.size)
        share = size / max(size.max(initial=0.0), 1e-9)
        by_size: np.ndarray = self.parameters.large * share + self.parameters.drawn * drawn
        return by_size

    def turn(self, deadline: Deadline) -> list[Move] | None:
        """Run one pass and learn from it; give its plan, if it got to one."""
        how = self.parameters
        most = how.most_moves + how.most_moves_a_vm * len(self.problem.displaced)
        run = Pass(self.problem, self.priority, self.rng, self.parameters, self._start.copy())
        moves = run.run(deadline, most)
        for vm, times in run.stuck.items():
            self.priority[vm] += self.parameters.gain * times
        return moves


def is_reversible(problem: Problem) -> bool:
    """Tell whether plans may be sought backwards: nothing may be over its limit at the start.

    Backwards, the current placement is arrived at, and only a placement within all limits can be.
    """
    return Spare(problem, problem.src).is_sane()


class SqueakyWheel:
    """The path finder ``squeaky``: passes forwards and backwards in turn, the cheapest plan wins.

    Parameters
    ----------
    patience
        Passes without a better plan, in both directions together, before it stops; None: that of
        ``parameters``.
    parameters
        Of its passes.
    """

    name = "squeaky"

    def __init__(self, patience: int | None = None, parameters: SqueakyParameters = DEFAULT.squeaky) -> None:
        self.patience = parameters.patience if patience is None else patience
        self.parameters = parameters

    def find(self, problem: Problem, deadline: Deadline, seed: int = 0, trace: Trace | None = None) -> Found:
        """Give the cheapest plan of all passes; see :class:`heuristics.protocol.PathFinder`."""
        best: list[Move] | None = None
        least = _least_cost(problem)
        cost = idle = 0
        for moves in passes(problem, deadline, seed, self.parameters):
            idle += 1
            if moves is not None and (best is None or problem.moves_cost(moves) < cost):
                best, cost, idle = moves, problem.moves_cost(moves), 0
                if trace is not None:
                    trace.note(0, f"a plan of cost {cost}, {cost - least} above the bound")
            if idle >= self.patience or (best is not None and cost <= least):
                break
        tell_plan(trace, problem, best)
        return Found(best)


def _least_cost(problem: Problem) -> int:
    """Give the bound that needs no proof: each displaced VM moves once at least."""
    return sum(problem.cost[vm] for vm in problem.displaced)


class Wheels:
    """Passes from both directions, which learn from each other for as long as it is turned.

    Where the first pass, by chance, comes to no plan or to one far above the bound, room is scarce, and large
    VMs go first from then on. The directions take turns at first; then the one with the cheaper plan gets
    most of them, since often one is far easier than the other.

    Attributes
    ----------
    goes_by_size
        The first pass said that room is scarce.
    """

    def __init__(self, problem: Problem, seed: int, parameters: SqueakyParameters) -> None:
        self.problem = problem
        self.seed = seed
        self.parameters = parameters
        self._wheels: list[Wheel] = []
        self._costs: list[float] = []
        self._turns = 0
        self.goes_by_size = False

    def turn(self, deadline: Deadline) -> list[Move] | None:
        """Make one pass; give its plan, the right way round, if it got to one."""
        self._mount()
        parameters, turn = self.parameters, self._turns
        number = turn % len(self._wheels)
        if turn >= parameters.alternating and turn % parameters.weaker_every:
            number = self._costs.index(min(self._costs))
        moves = self._wheels[number].turn(deadline)
        self._turns += 1
        cost = inf if moves is None else self.problem.moves_cost(moves)
        self._costs[number] = min(self._costs[number], cost)
        if self._turns == 1:
            self.goes_by_size = cost > (1 + parameters.scarce) * _least_cost(self.problem)
        return reversed_moves(self.problem, moves) if number and moves is not None else moves

    def _mount(self) -> None:
        """Make a wheel when it has its first turn: in a large pool that takes long, and one may be enough."""
        if self._turns == 0:
            self._add(self.problem)
        elif self._turns == 1:
            if self.goes_by_size:
                self._wheels.clear()
                self._costs.clear()
                self._add(self.problem)
            if is_reversible(self.problem):
                self._add(backward(self.problem))

    def _add(self, problem: Problem) -> None:
        seed = self.seed + len(self._wheels)
        self._wheels.append(Wheel(problem, seed, self.parameters, large_first=self.goes_by_size))
        self._costs.append(inf)


def passes(
    problem: Problem, deadline: Deadline, seed: int, parameters: SqueakyParameters = DEFAULT.squeaky
) -> Iterator[list[Move] | None]:
    """Yield the outcome of pass after pass until the deadline, from both directions."""
    wheels = Wheels(problem, seed, parameters)
    while not deadline.over:
        yield wheels.turn(deadline)
