"""What the attempts at a short schedule have compiled for the plans that follow."""

from __future__ import annotations

import pytest

from heuristics import Deadline
from heuristics.compiled.at_hand import CompiledPart
from heuristics.tasks import everyone
from models.clock import Clock
from planner.cp.solve import Effort
from planner.scheduling import attempts
from planner.scheduling.makespan import shorten
from planner.scheduling.parameters import ScheduleParameters
from tests.builders import host, pool, vm
from tests.in_time import work_of

FOR_ALL = ScheduleParameters.of("lists.few_tasks=0", "lists.compile_s=0")
LIMIT_S = 0.3


@pytest.mark.parametrize(
    ("workers", "parameters", "compiles"),
    [(2, FOR_ALL, True), (1, FOR_ALL, False), (2, ScheduleParameters(), False)],
    ids=["many tasks", "one worker", "few tasks"],
)
def test_lists_of_many_tasks_are_compiled_beside_with_more_than_one_worker(
    workers, parameters, compiles, monkeypatch
):
    begun: list[CompiledPart] = []
    monkeypatch.setattr(attempts, "is_kept", lambda _: False)
    monkeypatch.setattr(attempts, "begin_to_compile", begun.append)
    hosts = [host("h1", 1), host("h2", 1), host("h3", 1)]
    problem = everyone(pool(hosts, [vm("a"), vm("b")], "h1: a, h2: b", "h2: a, h3: b"))
    shorten(
        work_of(problem, Clock(problem), [(1, 2), (0, 1)]),
        Deadline(LIMIT_S),
        Effort(workers),
        None,
        parameters,
    )
    assert begun == [CompiledPart.ORDERS] * compiles
