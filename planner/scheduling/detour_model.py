"""When everyone moves, and by which way: a CP-SAT model of a small pool, complete.

Every VM goes straight, or through some other hosts, or, which stands for all longer ways, through a limbo
that takes no room. ALGORITHM.md, "Detours that buy time".
"""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from heuristics.tasks import Task, Work
from models.moves import OFF
from planner.cp.solve import solve
from planner.scheduling.at_most import at_most
from planner.scheduling.relaxed import Relaxed
from planner.scheduling.timetable import Timetable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ortools.sat.python import cp_model

    from heuristics import Deadline
    from models.clock import Clock
    from models.problem import Problem
    from planner.cp.solve import Effort
    from planner.scheduling.freedom import Freedom
    from planner.scheduling.least import Least

Path = tuple[int, ...]
"""The hosts that a VM is on, one after another, from source to target."""


class WayFound(NamedTuple):
    """What the model came to.

    Parameters
    ----------
    timetable
        A schedule; None where none was found, or somebody goes a longer way in it.
    bound
        Proven of the objective; None where nothing is.
    proven
        The model is solved.
    """

    timetable: Timetable | None
    bound: int | None
    proven: bool


class DetourModel(Relaxed):
    """All VMs with all ways of few detours, and a stand-in for longer ones.

    Parameters
    ----------
    problem
        With everyone in it; no host over a limit at first, and nobody whom plans may stop.
    detours
        The most that a VM makes.
    longer
        Longer ways are let in, without room: the least makespan bounds all plans. Without, every solution is
        a plan.
    """

    def __init__(
        self,
        problem: Problem,
        clock: Clock,
        freedom: Freedom,
        least: Least,
        bound: int,
        horizon: int,
        *,
        detours: int,
        longer: bool,
    ) -> None:
        self.detours, self.longer = detours, longer
        self.times: dict[int, list[cp_model.IntVar]] = {}
        """``times[vm][n]``: when it makes its migration number n, counted from 0."""
        self.ways: dict[int, list[tuple[Path, cp_model.IntVar]]] = {}
        """``ways[vm]``: (the hosts of a way, literal)."""
        self.far: dict[int, cp_model.IntVar] = {}
        """``far[vm]``: it goes a longer way."""
        self.costs: list[tuple[cp_model.IntVar, int]] = []
        super().__init__(problem, clock, freedom, least, None, bound, horizon)

    def _vms(self) -> Iterable[int]:
        """Take in who is settled and may step aside, too."""
        problem = self.problem
        return [
            vm
            for vm in range(problem.num_vms)
            if problem.src[vm] != problem.dst[vm] or self.freedom.aside[vm]
        ]

    def _end_of_life_s(self, vm: int, host: int, seconds: int) -> int:  # noqa: ARG002
        """Take the whole time: here nobody migrates before a shutdown, or after a provision."""
        return seconds

    def _add(self, vm: int) -> None:
        """Let the VM take exactly one of its ways."""
        problem, model = self.problem, self.model
        if OFF in (problem.src[vm], problem.dst[vm]):
            self._add_end_of_life(vm)
            return
        last = self.detours if self.freedom.aside[vm] else 0
        self.times[vm] = [model.new_int_var(0, self.horizon, "") for _ in range(last + 1)]
        self.ways[vm] = [(path, model.new_bool_var("")) for path in paths(problem, vm, last)]
        for path, taken in self.ways[vm]:
            self._add_way(vm, path, taken)
        literals = [taken for _, taken in self.ways[vm]]
        if self.longer and self.freedom.aside[vm]:
            literals.append(self._add_longer(vm))
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
            self._flight(vm, times[number], seconds[number], taken, src, dst)
            if number:
                model.add(times[number] >= times[number - 1] + seconds[number - 1]).only_enforce_if(taken)
                size, end = model.new_int_var(0, self.horizon, ""), times[number] + seconds[number]
                stay = model.new_optional_interval_var(times[number - 1], size, end, taken, "")
                self.stays[src].append((stay, vm))
        last = len(seconds) - 1
        for time in times[last + 1 :]:
            model.add(time == times[last]).only_enforce_if(taken)
        self._ends(vm, taken, times[0], seconds[0], times[last], seconds[last])
        self.costs.append((taken, len(seconds)))

    def _flight(
        self, vm: int, start: cp_model.IntVar, seconds: int, present: cp_model.IntVar, src: int, dst: int
    ) -> None:
        flight = self.model.new_optional_fixed_size_interval_var(start, seconds, present, "")
        self.flights.append((flight, vm))
        for channel, amount in self.clock.uses(src, dst):
            self.channels[channel].append((flight, amount))

    def _add_longer(self, vm: int) -> cp_model.IntVar:
        """More migrations: of those between the first and the last it is only known that they take time."""
        least, times = self.least, self.times[vm]
        first, last = least.seconds(vm, self.problem.src[vm]), least.seconds(vm, self.problem.dst[vm])
        far = self.far[vm] = self.model.new_bool_var("")
        leaves, arrives = times[0], times[-1]
        self.model.add(arrives >= leaves + first + self.detours * least.seconds(vm)).only_enforce_if(far)
        self._two_flights(vm, leaves, arrives, far)
        self._ends(vm, far, leaves, first, arrives, last)
        self.costs.append((far, self.detours + 2))
        return far

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
        gone = model.new_optional_interval_var(0, leaves + first, leaves + first, present, "")
        self.stays[problem.src[vm]].append((gone, vm))
        since = model.new_optional_interval_var(arrives, horizon - arrives, horizon, present, "")
        self.stays[problem.dst[vm]].append((since, vm))
        model.add(self.makespan >= arrives + last).only_enforce_if(present)

    def _add_rooms(self) -> None:
        """Keep every resource and every group on each host."""
        problem = self.problem
        there = set(self._vms())
        resting: dict[int, list[int]] = defaultdict(list)
        for vm, host in enumerate(problem.src):
            if vm not in there:
                resting[host].append(vm)
        for host, stays in self.stays.items():
            for resource, usable in enumerate(problem.usable[host]):
                room = usable - sum(problem.demand[vm][resource] for vm in resting[host])
                held = [
                    (stay, problem.demand[vm][resource]) for stay, vm in stays if problem.demand[vm][resource]
                ]
                at_most(self.model, held, room)
            for group in {group for _, vm in stays for group in problem.groups_of[vm]}:
                inside = sum(group in problem.groups_of[vm] for vm in resting[host])
                held = [(stay, 1) for stay, vm in stays if group in problem.groups_of[vm]]
                at_most(self.model, held, problem.limit(group, host) - inside)

    def cheapest(self) -> None:
        """Ask for the fewest migrations in place of the earliest end."""
        self.model.minimize(sum(literal * price for literal, price in self.costs))

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
            elif task.vm in self.born:
                self.model.add_hint(self.born[task.vm], start)
        for vm, ways in self.ways.items():
            for way, taken in ways:
                self.model.add_hint(taken, int(way == tuple(path[vm])))
            last = times[vm][-1] if times[vm] else 0
            for number, time in enumerate(self.times[vm]):
                self.model.add_hint(time, times[vm][number] if number < len(times[vm]) else last)
        for far in self.far.values():
            self.model.add_hint(far, 0)
        self.model.add_hint(self.makespan, timetable.makespan_s)

    def find(self, deadline: Deadline, effort: Effort) -> WayFound:
        """Look for the best until the deadline."""
        solver, answer = solve(self.model, deadline, effort)
        if not answer.found or any(solver.boolean_value(far) for far in self.far.values()):
            return WayFound(None, answer.bound, answer.proven)
        timed: list[tuple[int, int, Task]] = []
        for vm, ways in self.ways.items():
            path = next(path for path, taken in ways if solver.boolean_value(taken))
            for number, (src, dst) in enumerate(pairwise(path)):
                task = Task(vm, src, dst, self.clock.seconds(vm, src, dst), self.clock.uses(src, dst))
                timed.append((solver.value(self.times[vm][number]), number, task))
        timed += self._ends_of_life(solver)
        timed.sort(key=lambda item: (item[0], item[2].seconds, item[1]))
        work = Work(self.problem, self.clock, tuple(task for _, _, task in timed))
        return WayFound(Timetable(work, [start for start, _, _ in timed]), answer.bound, answer.proven)

    def _ends_of_life(self, solver: cp_model.CpSolver) -> Iterable[tuple[int, int, Task]]:
        """Yield the shutdowns, at once, and the provisions."""
        for vm in self.problem.displaced:
            source, target = self.problem.src[vm], self.problem.dst[vm]
            if target == OFF:
                yield 0, 0, Task(vm, source, OFF, self.clock.shutdown_s, ())
            elif source == OFF:
                yield solver.value(self.born[vm]), 0, Task(vm, OFF, target, self.clock.provision_s, ())


def paths(problem: Problem, vm: int, detours: int) -> Iterator[Path]:
    """Yield the ways home of a VM, by the hosts on it, from the shortest; of a settled one also to stay.

    Some come by home, and leave it once more.
    """
    source, target = problem.src[vm], problem.dst[vm]
    border: list[Path] = [(source,)]
    if source == target:
        yield (source,)
    for _ in range(detours + 1):
        yield from ((*path, target) for path in border if _goes(problem, vm, path[-1], target))
        border = [
            (*path, host)
            for path in border
            for host in range(problem.num_hosts)
            if _fits(problem, vm, host) and _goes(problem, vm, path[-1], host)
        ]


def num_paths(problem: Problem, detours: int) -> int:
    """Give about how many ways a VM has."""
    return sum(problem.num_hosts**number for number in range(detours + 1))


def _goes(problem: Problem, vm: int, source: int, host: int) -> bool:
    return source != host and problem.may_go(vm, source, host)


def _fits(problem: Problem, vm: int, host: int) -> bool:
    return all(amount <= problem.usable[host][resource] for resource, amount in problem.needs[vm])
