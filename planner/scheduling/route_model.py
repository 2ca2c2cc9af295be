"""When to start each task, all routes given: a CP-SAT model. ALGORITHM.md, "Short schedules"."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ortools.sat.python import cp_model

from models.moves import OFF
from planner.cp.solve import Effort, read_off
from planner.scheduling.at_most import at_most, at_most_in_flight
from planner.scheduling.free_room import free_room
from planner.scheduling.parameters import DEFAULT
from planner.scheduling.stays import NO_TASK, limits_of, stays_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from heuristics import Deadline
    from heuristics.tasks import Work
    from planner.cp.solve import Answer
    from planner.scheduling.heads import Margins
    from planner.scheduling.stays import Limit, TaskStay

Limits = list[tuple[list["TaskStay"], "Limit"]]
"""The stays on a host, and a limit that they could exceed."""


@dataclass(frozen=True, slots=True)
class Times:
    """What the model came to.

    Parameters
    ----------
    starts
        Of each task; None without a solution.
    bound
        Proven: no schedule of these routes ends earlier; None where nothing is known, or no schedule meets
        the horizon.
    proven
        The starts are optimal or, without, there are none within the horizon.
    nominal_s
        The seconds that it takes on a machine like any other.
    """

    starts: list[int] | None
    bound: int | None
    proven: bool
    nominal_s: float = 0.0

    @property
    def is_refuted(self) -> bool:
        """Tell whether no schedule meets the horizon."""
        return self.proven and self.starts is None


class RouteModel:
    """The starts of all tasks as variables, within a horizon.

    Parameters
    ----------
    work
        The tasks: who goes where is settled.
    limits
        From :func:`host_limits`.
    bound, horizon
        The makespan is sought between the two.
    known
        What lies before and after a VM's task, where these are the tasks of all plans asked for.
    shortest
        The shortest schedule is asked for; if not, any within the horizon.
    most_pairs
        Arrivals of a host times its arrivals and departures, up to which any two are put in order.
    """

    def __init__(
        self,
        work: Work,
        limits: Limits,
        bound: int,
        horizon: int,
        known: Margins | None = None,
        *,
        shortest: bool = True,
        most_pairs: int = DEFAULT.sizes.most_pairs,
    ) -> None:
        self.work, self.horizon, self.most_pairs = work, horizon, most_pairs
        self._tells_least = True
        self.model = model = cp_model.CpModel()
        before, after = [0] * len(work.tasks), [0] * len(work.tasks)
        if known is not None:
            before = [known.heads.comes[task.vm] for task in work.tasks]
            after = [known.tails.comes[task.vm] for task in work.tasks]
        self.starts = [
            model.new_int_var(before[number], horizon - task.seconds - after[number], f"s{number}")
            for number, task in enumerate(work.tasks)
        ]
        self.makespan = model.new_int_var(bound, horizon, "makespan")
        for number in range(len(work.tasks)):
            model.add(self.makespan >= self._end(number) + after[number])
        self.flights = {
            number: model.new_fixed_size_interval_var(self.starts[number], task.seconds, "")
            for number, task in enumerate(work.tasks)
            if OFF not in (task.src, task.dst)
        }
        """Of each task that is a migration."""
        self._add_chains()
        self._add_channels()
        if known is not None:
            # For the bound alone: in a neighbourhood it tells nothing, and takes a tenth of the time.
            self._add_free_room()
        for stays, limit in limits:
            self._add_limit(stays, limit)
        if shortest:
            model.minimize(self.makespan)

    def _end(self, task: int) -> cp_model.LinearExprT:
        return self.starts[task] + self.work.tasks[task].seconds

    def _add_chains(self) -> None:
        """A VM's next task starts when the one before has ended."""
        last: dict[int, int] = {}
        for number, task in enumerate(self.work.tasks):
            if task.vm in last:
                self.model.add(self.starts[number] >= self._end(last[task.vm]))
            last[task.vm] = number

    def _add_channels(self) -> None:
        """Sum of what the tasks in flight hold <= the limit, for each channel."""
        clock = self.work.clock
        on: dict[int, list[tuple[cp_model.IntervalVar, int]]] = defaultdict(list)
        for number, task in enumerate(self.work.tasks):
            for channel, amount in task.uses:
                on[channel].append((self.flights[number], amount))
        for channel, held in on.items():
            at_most(self.model, held, clock.limits[channel])

    def _add_free_room(self) -> None:
        """Say once more, of all hosts together, that who is in flight takes room twice."""
        problem, tasks = self.work.problem, self.work.tasks
        off = {task.vm for task in tasks if OFF in (task.src, task.dst)}
        flights = [(flight, tasks[number].vm) for number, flight in self.flights.items()]
        room = [free_room(problem, resource, off) for resource in range(len(problem.resources))]
        at_most_in_flight(self.model, problem, flights, room)

    def _add_limit(self, stays: list[TaskStay], limit: Limit) -> None:
        """Sum of the weights of the stays that cover a second <= what the host has."""
        counted = [(stay, weight) for stay, weight in zip(stays, limit.weights, strict=True) if weight]
        initially = sum(weight for stay, weight in counted if stay.comes == NO_TASK)
        lasting = sum(weight for stay, weight in counted if stay.comes == stay.goes == NO_TASK)
        moving = [(stay, weight) for stay, weight in counted if (stay.comes, stay.goes) != (NO_TASK, NO_TASK)]
        held = [(self._interval(stay), weight) for stay, weight in moving]
        changes: list[tuple[cp_model.LinearExprT, int]] = [
            (self.starts[stay.comes], weight) for stay, weight in moving if stay.comes != NO_TASK
        ]
        arrivals = len(changes)
        changes += [(self._end(stay.goes), -weight) for stay, weight in moving if stay.goes != NO_TASK]
        most = max(limit.most, initially)
        if initially > limit.most:
            # Over its limit at first: from its first arrival on it must be within it.
            first = self._first_arrival([stay.comes for stay, _ in moving])
            held.append((self._until_the_end(first), initially - limit.most))
            changes.append((first, initially - limit.most))
        at_most(self.model, held, most - lasting)
        if arrivals * len(changes) <= self.most_pairs:
            self._add_changes(changes, most - initially)

    def _add_changes(self, changes: Sequence[tuple[cp_model.LinearExprT, int]], room: int) -> None:
        """Say the same once more: what has come by a second, less what has gone, fits into the room at first.

        So the solver asks of an arrival and anything else which comes first, and learns from it.
        """
        times, amounts = [time for time, _ in changes], [amount for _, amount in changes]
        least = sum(amount for amount in amounts if amount < 0)
        self.model.add_reservoir_constraint(times, amounts, least, room)

    def _interval(self, stay: TaskStay) -> cp_model.IntervalVar:
        model, horizon = self.model, self.horizon
        if stay.comes == NO_TASK:
            return model.new_interval_var(0, self._end(stay.goes), self._end(stay.goes), "")
        start = self.starts[stay.comes]
        if stay.goes == NO_TASK:
            return self._until_the_end(start)
        if not self.work.tasks[stay.comes].seconds and not self.work.tasks[stay.goes].seconds:
            # It would take no room if it took no time. A second is enough, and perhaps too much.
            model.add(self._end(stay.goes) > start)
            self._tells_least = False
        return model.new_interval_var(start, model.new_int_var(0, horizon, ""), self._end(stay.goes), "")

    def _first_arrival(self, arrivals: Iterable[int]) -> cp_model.IntVar:
        first = self.model.new_int_var(0, self.horizon, "")
        for task in arrivals:
            if task != NO_TASK:
                self.model.add(first <= self.starts[task])
        return first

    def _until_the_end(self, since: cp_model.IntVar) -> cp_model.IntervalVar:
        return self.model.new_interval_var(since, self.horizon - since, self.horizon, "")

    def keep(self, pairs: Iterable[tuple[int, int]]) -> None:
        """Let the second task of each pair start when the first has ended, or later."""
        for before, after in pairs:
            self.model.add(self.starts[after] >= self._end(before))

    def hint(self, starts: Sequence[int]) -> None:
        """Suggest starts; those too late for the horizon as late as can be."""
        for number, start in enumerate(starts):
            self.model.add_hint(
                self.starts[number], min(start, self.horizon - self.work.tasks[number].seconds)
            )
        self.model.add_hint(self.makespan, min(self.work.makespan(starts), self.horizon))

    def solve(
        self, deadline: Deadline, effort: Effort, interrupted: Callable[[Times], None] | None = None
    ) -> Times:
        """Look for an earlier end until the deadline.

        Parameters
        ----------
        interrupted
            Told what Ctrl-C leaves, before that is raised.
        """
        return read_off(self.model, deadline, effort, self._times, interrupted)

    def _times(self, solver: cp_model.CpSolver, answer: Answer) -> Times:
        starts = [solver.value(start) for start in self.starts] if answer.found else None
        if not self._tells_least:
            return Times(starts, None, proven=False, nominal_s=answer.nominal_s)
        return Times(starts, answer.bound, answer.proven, answer.nominal_s)


def host_limits(work: Work) -> Limits:
    """Give all limits that stays could exceed."""
    return [
        (stays, limit) for host, stays in stays_of(work).items() for limit in limits_of(work, host, stays)
    ]
