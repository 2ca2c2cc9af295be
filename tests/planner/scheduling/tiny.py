"""Tiny pools in time, and how early the plans of one can end, by exhaustive search."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import assume

from tests.in_time import some_work, timed_pools
from tests.oracle import within_reach
from tests.strategies import RULES, parsed, planted_pools
from tests.time_oracle import InTime

if TYPE_CHECKING:
    from heuristics.tasks import Work
    from tests.slow_replay import Json

TINY = timed_pools(planted_pools(RULES, max_hosts=3, max_vms=4, max_slack=3).map(lambda it: it.pool))


def tiny_work(data: Json) -> Work:
    """Give the work of a tiny pool in which somebody moves."""
    work = some_work(parsed(data))
    assume(work is not None and work.tasks)
    assert work is not None
    return work


def earliest(work: Work, **options: Any) -> int:
    """Give the least makespan."""
    limit = sum(task.seconds for task in work.tasks)
    assume(limit <= 40)
    found: int | None = None
    with within_reach():
        found = InTime(work.problem, work.clock, **options).earliest_end(limit)
    assert found is not None
    return found
