"""A plan in time: its tasks with their starts, and the way back to actions in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from heuristics.tasks import Task, Work, everyone
from models.actions import Action, Migration, Provision, Shutdown, Start, Stop
from models.clock import Clock
from models.moves import OFF
from models.plan import Plan
from models.schedule import Schedule
from planner.scheduling.late_stops import stopped_late
from planner.scheduling.parameters import DEFAULT
from planner.scheduling.precedences import precedences
from planner.scheduling.waves import waves

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from models.objective import Objective
    from models.pool import Pool
    from models.problem import Problem
    from planner.scheduling.parameters import ScheduleParameters


@dataclass(frozen=True, slots=True)
class Timetable:
    """When each task starts, within every limit.

    Parameters
    ----------
    work
        The tasks.
    starts
        In whole seconds.
    bound_s
        Proven: no plan of the kind asked for ends earlier. None where nothing is proven.
    """

    work: Work
    starts: list[int]
    bound_s: int | None = None

    @property
    def makespan_s(self) -> int:
        """When the last task ends."""
        return self.work.makespan(self.starts)


def work_of_actions(problem: Problem, clock: Clock, actions: Iterable[Action]) -> Work:
    """Give the tasks of a plan that the replay accepts, in its order.

    Parameters
    ----------
    problem
        With everyone in it (:func:`heuristics.tasks.everyone`).
    """
    number_of = {vm.name: number for number, vm in enumerate(problem.vms)}
    host = problem.host_index
    tasks = []
    for action in actions:
        src = dst = OFF
        match action:
            case Migration(_, source, destination):
                src, dst = host[source], host[destination]
            case Shutdown(_, name) | Stop(_, name):
                src = host[name]
            case Start(_, name) | Provision(_, name):
                dst = host[name]
        vm = number_of[action.vm]
        tasks.append(Task(vm, src, dst, clock.seconds(vm, src, dst), clock.uses(src, dst)))
    return Work(problem, clock, tuple(tasks))


def work_of_plan(pool: Pool, plan: Plan, objective: Objective = "moves") -> Work:
    """Give the tasks of a plan that the replay accepts, in its order; the objective prices its VMs."""
    problem = everyone(pool, objective)
    return work_of_actions(problem, Clock(problem), plan.actions)


def actions_of_tasks(problem: Problem, tasks: Sequence[Task]) -> Iterator[Action]:
    """Yield the actions that tasks in their order are.

    Only the first task of a VM provisions it, and only the last shuts it down: in between, it is stopped and
    started again.
    """
    last_of = {task.vm: place for place, task in enumerate(tasks)}
    begun: set[int] = set()
    for place, task in enumerate(tasks):
        yield _action_of(problem, task, first=task.vm not in begun, last=last_of[task.vm] == place)
        begun.add(task.vm)


def _action_of(problem: Problem, task: Task, *, first: bool, last: bool) -> Action:
    name = problem.vms[task.vm].name
    if task.src != OFF and task.dst != OFF:
        return Migration(name, problem.hosts[task.src].name, problem.hosts[task.dst].name)
    if task.dst == OFF:
        return (Shutdown if last else Stop)(name, problem.hosts[task.src].name)
    return (Provision if first else Start)(name, problem.hosts[task.dst].name)


def written_out(timetable: Timetable, parameters: ScheduleParameters = DEFAULT) -> tuple[Plan, Schedule]:
    """Give the plan in a safe serial order, by waves and then by starts, and its schedule; stops are late."""
    work, starts = timetable.work, stopped_late(timetable.work, timetable.starts)
    after = precedences(work, starts, parameters.waiting)
    wave = waves(work, starts, after, parameters=parameters.waves)
    order = sorted(work.order(starts), key=wave.__getitem__)
    number_of = {task: number for number, task in enumerate(order, 1)}
    waits = [tuple(sorted(number_of[it] for it in after[task])) for task in order]
    return _in_order(timetable, starts, order, waits, [wave[task] for task in order])


def in_time_alone(timetable: Timetable) -> tuple[Plan, Schedule]:
    """Give the plan by starts, and a schedule that says when each action runs, and not what it waits for."""
    order = timetable.work.order(timetable.starts)
    return _in_order(timetable, timetable.starts, order, [()] * len(order), [1] * len(order))


def _in_order(
    timetable: Timetable,
    starts: Sequence[int],
    order: Sequence[int],
    after: Sequence[tuple[int, ...]],
    wave: Sequence[int],
) -> tuple[Plan, Schedule]:
    """Give the plan and its schedule; ``after`` and ``wave`` are in the order given."""
    problem, tasks = timetable.work.problem, timetable.work.tasks
    actions = actions_of_tasks(problem, [tasks[task] for task in order])
    return Plan.of(problem.pool, actions, problem.objective), Schedule(
        start_s=tuple(starts[task] for task in order),
        end_s=tuple(starts[task] + tasks[task].seconds for task in order),
        after=tuple(after),
        wave=tuple(wave),
        makespan_bound_s=timetable.bound_s,
    )
