"""What takes time in a plan: one task for each of its actions, from a safe order of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from models.moves import OFF
from models.problem import Problem
from models.tables import tables_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.clock import Clock, Use
    from models.objective import Objective
    from models.pool import Pool


@dataclass(frozen=True, slots=True)
class Task:
    """An action that takes time: a migration, or one that begins or ends at ``OFF``.

    Parameters
    ----------
    vm, src, dst
        Which VM goes from where to where. It counts on the source until the end, on ``dst`` from the start.
    seconds
        How long it takes.
    uses
        The channels that it holds meanwhile, and how much of each.
    """

    vm: int
    src: int
    dst: int
    seconds: int
    uses: tuple[Use, ...]


@dataclass(frozen=True)
class Work:
    """All tasks of a plan.

    Parameters
    ----------
    problem
        The pool with everyone in it; see :func:`everyone`.
    clock
        Its durations, and the limits of its channels.
    tasks
        In a safe order: one after another in this order, no task breaks a rule. Of the tasks of one VM, each
        begins where the one before ends.
    turned
        Time runs the other way: VMs are on their targets at first.
    """

    problem: Problem
    clock: Clock
    tasks: tuple[Task, ...]
    turned: bool = False

    @property
    def at_first(self) -> Sequence[int]:
        """Where every VM is before the first task."""
        return self.problem.dst if self.turned else self.problem.src

    @cached_property
    def backwards(self) -> Work:
        """The same work in a film that runs backwards."""
        tasks = tuple(Task(task.vm, task.dst, task.src, task.seconds, task.uses) for task in self.tasks)
        return Work(self.problem, self.clock, tasks, not self.turned)

    def one_by_one(self) -> list[int]:
        """Give the starts where each waits for the one before."""
        return list(accumulate((task.seconds for task in self.tasks[:-1]), initial=0)) if self.tasks else []

    def makespan(self, starts: Sequence[int]) -> int:
        """Give the second at which the last task ends."""
        return max((start + task.seconds for start, task in zip(starts, self.tasks, strict=True)), default=0)

    def mirrored(self, starts: Sequence[int]) -> list[int]:
        """Give the start of each task when time runs the other way."""
        length = self.makespan(starts)
        return [length - start - task.seconds for start, task in zip(starts, self.tasks, strict=True)]

    def order(self, starts: Sequence[int]) -> list[int]:
        """Give the tasks by their starts: a safe order, since whoever has left by then has left for good.

        A task that takes no time comes before one that starts when it ends; of two that take none in the same
        second the one that only leaves comes first, and else, as of two of one VM, the one that is first in
        the film.
        """
        again = self._again(starts)

        def key(task: int) -> tuple[int, int, bool, int]:
            it, turn = self.tasks[task], -task if self.turned else task
            return starts[task], starts[task] + it.seconds, it.dst != OFF or task in again, turn

        return sorted(range(len(self.tasks)), key=key)

    @cached_property
    def _timeless(self) -> Sequence[int]:
        """The tasks that take no time, in the order of the film."""
        found = [number for number, task in enumerate(self.tasks) if not task.seconds]
        return found[::-1] if self.turned else found

    def _again(self, starts: Sequence[int]) -> set[int]:
        """Give those that take no time, behind another one of the same VM in the same second."""
        before: set[tuple[int, int]] = set()
        again = set()
        for task in self._timeless:
            moment = self.tasks[task].vm, starts[task]
            if moment in before:
                again.add(task)
            before.add(moment)
        return again


class TimedWork(NamedTuple):
    """Tasks and their starts."""

    work: Work
    starts: list[int]

    @property
    def makespan(self) -> int:
        """When the last ends."""
        return self.work.makespan(self.starts)

    def score(self) -> tuple[int, int]:
        """Give the makespan, and the sum of all ends, by which schedules as short are told apart."""
        ends = sum(start + task.seconds for start, task in zip(self.starts, self.work.tasks, strict=True))
        return self.makespan, ends


def everyone(pool: Pool, objective: Objective = "moves") -> Problem:
    """Give the problem of a pool with those that are shut down or provisioned in it: they take room too."""
    return Problem(pool, objective, tables_of(pool, objective, everyone=True))
