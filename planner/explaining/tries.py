"""Trying whether a pool has a plan at all, and planning one for good."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.explaining.parameters import DEFAULT
from planner.plan import plan
from planner.result import Status

if TYPE_CHECKING:
    from heuristics.deadline import Deadline
    from models.objective import Objective
    from models.pool import Pool
    from planner.explaining.parameters import ExplainParameters
    from planner.progress import OnProgress, Progress
    from planner.result import Result


class Tries:
    """Plans pools that are nearly the same, all in the same way.

    Attributes
    ----------
    all_told
        Every try ended with a plan or the proof that there is none.
    """

    def __init__(
        self,
        objective: Objective,
        deadline: Deadline,
        seed: int,
        workers: int,
        parameters: ExplainParameters = DEFAULT,
    ) -> None:
        self.objective, self.deadline, self.how = objective, deadline, parameters
        self.seed, self.workers = seed, workers
        self.all_told = True
        self._slowest_s: float | None = None

    def attempt(self, pool: Pool, deadline: Deadline) -> Result:
        """Ask whether a plan exists; any plan will do, so the search ends with the first."""
        share = deadline.share(self.how.attempt)
        if self._slowest_s is not None:
            share = share.within(max(self.how.patient_s, self.how.patience * self._slowest_s))

        def listen(progress: Progress) -> None:
            if progress.cost is not None:
                share.stop()

        result = self._plan(pool, share, listen)
        self.all_told &= result.status is not Status.NO_PLAN_FOUND
        if result.plan is not None:
            self._slowest_s = max(self._slowest_s or 0.0, share.elapsed_s)
        return result

    def improve(self, pool: Pool, deadline: Deadline) -> Result:
        """Plan as well as may be in the time of one attempt."""
        return self._plan(pool, deadline.share(self.how.attempt), None)

    def plan(self, pool: Pool) -> Result:
        """Plan for good."""
        return self._plan(pool, self.deadline.share(self.how.for_good), None)

    def _plan(self, pool: Pool, deadline: Deadline, on_progress: OnProgress | None) -> Result:
        result = plan(
            pool.current,
            pool.target,
            objective=self.objective,
            seed=self.seed,
            workers=self.workers,
            on_progress=on_progress,
            deadline=deadline,
            parameters=self.how.goal.plan,
        )
        if result.interrupted:
            raise KeyboardInterrupt  # which ends the whole search, not only this try
        return result
