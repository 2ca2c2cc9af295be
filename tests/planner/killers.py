"""Path finders that do what no path finder should: end their process, or fail, in the midst of a pool."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from heuristics import Found, SqueakyWheel

if TYPE_CHECKING:
    from heuristics import Deadline
    from heuristics.trace import Trace
    from models.problem import Problem


@dataclass(frozen=True)
class Killer:
    """Kills its process at the pools with a VM of that name, so many times; then it is a good path finder.

    Parameters
    ----------
    folder
        Where it leaves a mark for each kill, seen by the processes after it.
    vm
        Whose pools it kills at.
    times
        How often.
    """

    folder: str
    vm: str
    times: int
    name: str = "killer"

    def find(self, problem: Problem, deadline: Deadline, seed: int = 0, trace: Trace | None = None) -> Found:
        """Leave a mark and die, or find a plan."""
        marks = Path(self.folder)
        killed = len(list(marks.iterdir()))
        if killed < self.times and any(vm.name == self.vm for vm in problem.vms):
            (marks / str(killed)).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return SqueakyWheel(patience=4).find(problem, deadline, seed)


class Faulty:
    """A path finder with a fault."""

    name = "faulty"

    def find(self, problem: Problem, deadline: Deadline, seed: int = 0, trace: Trace | None = None) -> Found:
        """Fail."""
        raise ZeroDivisionError("a fault of ours")


class Wasteful:
    """Knows a plan of the tiny pool in which b goes to and fro."""

    name = "wasteful"

    def find(self, problem, deadline, seed=0, trace=None):
        """Give it."""
        return Found([(1, 2), (1, 1), (1, 2), (0, 1), (1, 0)])
