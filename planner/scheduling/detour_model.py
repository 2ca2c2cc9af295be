"""When everyone moves, and by which way: a CP-SAT model of a small pool, complete.

Every VM goes straight, or through some other hosts, or off, or, which stands for all longer ways, through a
limbo that takes no room. ALGORITHM.md, "Detours that buy time".
"""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise, product
from typing import TYPE_CHECKING, NamedTuple

from heuristics.tasks import Task, Work
from models.moves import OFF
from planner.cp.solve import read_off
from planner.scheduling.at_most import at_most, at_most_in_flight
from planner.scheduling.relaxed import IN, OUT, Relaxed
from planner.scheduling.timetable import Timetable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from ortools.sat.python import cp_model

    from heuristics import Deadline
    from models.problem import Problem
    from planner.cp.solve import Answer, Effort
    from planner.scheduling.freedom_in_time import FreedomInTime

Path = tuple[int, ...]
"""The hosts that a VM is on, one after another, from source to target; ``OFF`` where it is stopped."""


class WayFound(NamedTuple):
    """What the model came to.

    Parameters
    ----------
    timetable
        A schedule; None where none was found, or somebody goes a longer way in it, or one that is barred.
    bound
        Proven of the objective; None where nothing is.
    far
        The model is solved, and where somebody goes a longer way: more detours would say more.
    refuted
        Nothing meets the horizon.
    """

    timetable: Timetable | None
    bound: int | None
    far: bool
    refuted: bool = False


class DetourModel(Relaxed):
    """All VMs with all ways of few detours, and stand-ins for all others.

    Parameters
    ----------
    free
        The plans asked for.
    bound, horizon
        The makespan is sought between the two.
    stopped
        Whom a solution may stop; of others whom plans may stop it is only known that they could.
    detours
        The most that a VM makes; a stop is one.
    longer
        Longer ways are let in, without room, and stops of everyone: the least makespan bounds all plans.
        Without, every solution is a plan.
    most_cost
        No plan may cost more; None: whatever it costs.
    shortest
        The earliest end is asked for; if not, any by the horizon.
    """

    def __init__(
        self,
        free: FreedomInTime,
        bound: int,
        horizon: int,
        *,
        detours: int,
        longer: bool,
        stopped: Collection[int] = (),
        most_cost: int | None = None,
        shortest: bool = True,
    ) -> None:
        self.detours, self.longer, self.stopped = detours, longer, stopped
        self.times: dict[int, list[cp_model.IntVar]] = {}
        """``times[vm][n]``: when it makes its migration number n, counted from 0."""
        self.ways: dict[int, list[tuple[Path, cp_model.IntVar]]] = {}
        """``ways[vm]``: (the hosts of a way, literal)."""
        self.arrivals: dict[int, list[tuple[int, cp_model.IntVar, cp_model.LiteralT]]] = defaultdict(list)
        """``arrivals[host]``: (VM, when it comes, if it does)."""
        self.far: list[cp_model.IntVar] = []
        """Somebody goes a longer way."""
        self.barred: list[cp_model.IntVar] = []
        """Somebody wanders, or is stopped whom a solution may not stop."""
        self.costs: list[tuple[cp_model.IntVar, int]] = []
        """(literal of a way, what it costs; of a longer one at least)."""
        super().__init__(free, bound, horizon, shortest=shortest)
        if most_cost is not None:
            self.model.add(self._total_cost() <= most_cost)

    def _vms(self) -> Iterable[int]:
        """Take in who is settled and may step aside, or off, too."""
        problem, freedom = self.problem, self.freedom
        return [
            vm
            for vm in range(problem.num_vms)
            if problem.src[vm] != problem.dst[vm] or freedom.aside[vm] or self._may_stop(vm)
        ]

    def _may_stop(self, vm: int) -> bool:
        return self.freedom.off[vm] and (self.longer or vm in self.stopped)

    def _add(self, vm: int) -> None:
        """Let the VM take exactly one of its ways."""
        problem, model, freedom = self.problem, self.model, self.freedom
        off, wanders = self._may_stop(vm), freedom.wanders[vm] and self.longer
        last = self.detours if freedom.aside[vm] or off or wanders else 0
        self.times[vm] = [model.new_int_var(0, self.horizon, "") for _ in range(last + 1)]
        self.ways[vm] = [(path, model.new_bool_var("")) for path in paths(problem, vm, last, off=off)]
        for path, taken in self.ways[vm]:
            self._add_way(vm, path, taken)
            if (OFF in path[1:-1] and vm not in self.stopped) or (len(path) > 2 and wanders):
                self.barred.append(taken)
        literals = [taken for _, taken in self.ways[vm]]
        if self.longer and last:
            literals += self._add_longer(vm, off=off)
        model.add_exactly_one(literals)

    def _add_way(self, vm: int, path: Path, taken: cp_model.IntVar) -> None:
        """The stays and flights of one way."""
        model, clock, times = self.model, self.clock, self.times[vm]
        if len(path) == 1:
            whole = model.new_optional_fixed_size_interval_var(0, self.horizon, taken, "")
            self.stays[path[0]].append((whole, vm))
            for time in times:
                model.add(time == 0).only_enforce_if(taken)
            return
        seconds = [clock.seconds(vm, src, dst) for src, dst in pairwise(path)]
        for number, (src, dst) in enumerate(pairwise(path)):
            if OFF not in (src, dst):
                self._flight(vm, times[number], seconds[number], taken, src, dst)
            if number:
                model.add(times[number] >= times[number - 1] + seconds[number - 1]).only_enforce_if(taken)
            if number and src != OFF:
                size, end = model.new_int_var(0, self.horizon, ""), times[number] + seconds[number]
                stay = model.new_optional_interval_var(times[number - 1], size, end, taken, "")
                self.stays[src].append((stay, vm))
                self.arrivals[src].append((vm, times[number - 1], taken))
        last = len(seconds) - 1
        for time in times[last + 1 :]:
            model.add(time == times[last]).only_enforce_if(taken)
        self._ends(vm, taken, times[0], seconds[0], times[last], seconds[last])
        self.costs.append((taken, self._cost(vm, path)))

    def _cost(self, vm: int, path: Path) -> int:
        """Give what a way costs; a stop has the cost of its start in it."""
        flights = sum(OFF not in pair for pair in pairwise(path))
        return flights * self.problem.cost[vm] + path[1:-1].count(OFF) * (self.problem.stop_cost[vm] or 0)

    def _add_longer(self, vm: int, *, off: bool) -> Iterator[cp_model.IntVar]:
        """More tasks: of those between the first and the last it is only known that they take time.

        The first may be a stop, and the last a start, where it may be stopped; or it is provisioned first, or
        shut down at last.
        """
        source, target = self.problem.src[vm], self.problem.dst[vm]
        clock, least = self.clock, self.least
        by_flight = least.seconds(vm)
        # Who is stopped may start anywhere and go on from there: such a way is none of those above.
        between = min(by_flight, clock.shutdown_s, clock.provision_s) if off else self.detours * by_flight
        for out, home in product(*((OFF, host) if off else (host,) for host in (source, target))):
            begins = clock.provision_s if source == OFF else clock.shutdown_s
            ends = clock.shutdown_s if target == OFF else clock.provision_s
            first = least.seconds(vm, source) if out != OFF else begins
            last = least.seconds(vm, target) if home != OFF else ends
            far, leaves, arrives = self.model.new_bool_var(""), self.times[vm][0], self.times[vm][-1]
            self.far.append(far)
            self.costs.append((far, self._least_cost(vm, out, home)))
            self.model.add(arrives >= leaves + first + between).only_enforce_if(far)
            if out != OFF:
                self._flight_at_one_end(vm, leaves, far, source, OUT)
            if home != OFF:
                self._flight_at_one_end(vm, arrives, far, target, IN)
            self._ends(vm, far, leaves, first, arrives, last)
            yield far

    def _least_cost(self, vm: int, out: int, home: int) -> int:
        """Give what a longer way costs at least that begins and ends so."""
        problem, cost, stop = self.problem, self.problem.cost[vm], self.problem.stop_cost[vm]
        flights = (out != OFF) + (home != OFF)
        if out != problem.src[vm] or home != problem.dst[vm]:
            return flights * cost + (stop or 0)
        if flights < 2:
            return flights * cost
        between = self.detours * cost
        return 2 * cost + (between if stop is None else min(between, stop))

    def _total_cost(self) -> cp_model.LinearExprT:
        return sum(literal * price for literal, price in self.costs)

    def _ends(
        self,
        vm: int,
        present: cp_model.IntVar,
        leaves: cp_model.IntVar,
        first: int,
        arrives: cp_model.IntVar,
        last: int,
    ) -> None:
        """The stays on source and target of one way."""
        model, problem, horizon = self.model, self.problem, self.horizon
        if problem.src[vm] != OFF:
            gone = model.new_optional_interval_var(0, leaves + first, leaves + first, present, "")
            self.stays[problem.src[vm]].append((gone, vm))
        if problem.dst[vm] != OFF:
            since = model.new_optional_interval_var(arrives, horizon - arrives, horizon, present, "")
            self.stays[problem.dst[vm]].append((since, vm))
            self.arrivals[problem.dst[vm]].append((vm, arrives, present))
        model.add(self.makespan >= arrives + last).only_enforce_if(present)

    def _add_rooms(self) -> None:
        """Keep every resource and every group on each host, and what all in flight take of the free room."""
        problem = self.problem
        there = set(self._vms())
        resting: dict[int, list[int]] = defaultdict(list)
        for vm, host in enumerate(problem.src):
            if vm not in there:
                resting[host].append(vm)
        for host, stays in self.stays.items():
            for resource, usable in enumerate(problem.usable[host]):
                amount = [demand[resource] for demand in problem.demand]
                self._add_limit(host, amount, usable, resting[host])
            for group in {group for _, vm in stays for group in problem.groups_of[vm]}:
                inside = [int(group in groups) for groups in problem.groups_of]
                self._add_limit(host, inside, problem.limit(group, host), resting[host])
        room = [self.in_time.free_room(resource) for resource in range(len(problem.resources))]
        at_most_in_flight(self.model, problem, self.flights, room)

    def _add_limit(self, host: int, amount: Sequence[int], limit: int, resting: Iterable[int]) -> None:
        """Keep what VMs take of a host within a limit; where it is over it at first, from an arrival on."""
        held = [(stay, amount[vm]) for stay, vm in self.stays[host] if amount[vm]]
        at_first = sum(amount[vm] for vm, source in enumerate(self.problem.src) if source == host)
        if at_first > limit:
            first = self.model.new_int_var(0, self.horizon, "")
            for vm, arrives, present in self.arrivals[host]:
                if amount[vm]:
                    self.model.add(first <= arrives).only_enforce_if(present)
            held.append((self._until_the_end(first), at_first - limit))
        at_most(self.model, held, max(limit, at_first) - sum(amount[vm] for vm in resting))

    def at_most(self, actions: int) -> None:
        """Allow no more actions than that, where longer ways are not let in."""
        counted = [(len(path) - 1, taken) for ways in self.ways.values() for path, taken in ways]
        self.model.add(sum(number * taken for number, taken in counted) <= actions)

    def cheapest(self) -> None:
        """Ask for the least cost in place of the earliest end."""
        self.model.minimize(self._total_cost())

    def hint(self, timetable: Timetable) -> None:
        """Suggest the ways and the times of a schedule."""
        path = {vm: [self.problem.src[vm]] for vm in self.ways}
        times: dict[int, list[int]] = {vm: [] for vm in self.ways}
        for start, task in sorted(
            zip(timetable.starts, timetable.work.tasks, strict=True), key=lambda timed: timed[0]
        ):
            if task.vm in path:
                path[task.vm].append(task.dst)
                times[task.vm].append(start)
        for vm, ways in self.ways.items():
            for way, taken in ways:
                self.model.add_hint(taken, int(way == tuple(path[vm])))
            last = times[vm][-1] if times[vm] else 0
            for number, time in enumerate(self.times[vm]):
                self.model.add_hint(time, times[vm][number] if number < len(times[vm]) else last)
        for far in self.far:
            self.model.add_hint(far, 0)
        self.model.add_hint(self.makespan, timetable.makespan_s)

    def find(
        self, deadline: Deadline, effort: Effort, interrupted: Callable[[WayFound], None] | None = None
    ) -> WayFound:
        """Look for the best until the deadline.

        Parameters
        ----------
        interrupted
            Told what Ctrl-C leaves, before that is raised.
        """
        return read_off(self.model, deadline, effort, self._found, interrupted)

    def _found(self, solver: cp_model.CpSolver, answer: Answer) -> WayFound:
        far = answer.found and any(map(solver.boolean_value, self.far))
        if not answer.found or far or any(map(solver.boolean_value, self.barred)):
            return WayFound(None, answer.bound, answer.proven and far, answer.proven and not answer.found)
        timed: list[tuple[int, int, Task]] = []
        for vm, ways in self.ways.items():
            path = next(path for path, taken in ways if solver.boolean_value(taken))
            for number, (src, dst) in enumerate(pairwise(path)):
                task = Task(vm, src, dst, self.clock.seconds(vm, src, dst), self.clock.uses(src, dst))
                timed.append((solver.value(self.times[vm][number]), number, task))
        timed.sort(key=lambda item: (item[0], item[2].seconds, item[1]))
        work = Work(self.problem, self.clock, tuple(task for _, _, task in timed))
        return WayFound(Timetable(work, [start for start, _, _ in timed]), answer.bound, False)


def paths(problem: Problem, vm: int, detours: int, *, off: bool = False) -> Iterator[Path]:
    """Yield the ways home of a VM, by the hosts on it, from the shortest; of a settled one also to stay.

    Some come by home, and leave it once more; some are shut down elsewhere, or go once more when they have
    been provisioned. With ``off`` it may be stopped on the way, to start at home.
    """
    source, target = problem.src[vm], problem.dst[vm]
    border: list[Path] = [(source,)]
    if source == target:
        yield (source,)
    for _ in range(detours + 1):
        yield from ((*path, target) for path in border if _goes(problem, vm, path[-1], target))
        border = [(*path, host) for path in border for host in _next(problem, vm, path[-1], off=off)]


def num_paths(problem: Problem, detours: int, *, off: bool = False) -> int:
    """Give about how many ways a VM has."""
    return sum((problem.num_hosts + off) ** number for number in range(detours + 1))


def _next(problem: Problem, vm: int, source: int, *, off: bool) -> Iterator[int]:
    """Yield where a VM may be next."""
    for host in range(problem.num_hosts) if source != OFF else (problem.dst[vm],):
        if _fits(problem, vm, host) and _goes(problem, vm, source, host):
            yield host
    if off and source != OFF:
        yield OFF


def _goes(problem: Problem, vm: int, source: int, host: int) -> bool:
    """Tell whether rules leave that step; nothing forbids a shutdown."""
    return source != host and (host == OFF or problem.may_go(vm, source, host))


def _fits(problem: Problem, vm: int, host: int) -> bool:
    return all(amount <= problem.usable[host][resource] for resource, amount in problem.needs[vm])
