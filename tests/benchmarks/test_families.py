from __future__ import annotations

import pytest

from benchmarks.families import FAMILIES, named
from benchmarks.jobs import PlanJob
from benchmarks.options import Options
from models.errors import PlannerError


def test_every_family_has_tasks_of_keys_of_their_own() -> None:
    for options in (Options(workers=2), Options(quick=True, workers=2)):
        keys = [getattr(task, "job", task).key for family in FAMILIES for task in family.tasks(options)]
        assert len(keys) == len(set(keys))


def test_quick_pools_are_small_and_limited() -> None:
    for family in FAMILIES:
        for task in family.tasks(Options(quick=True, workers=1)):
            job = getattr(task, "job", task)
            if isinstance(job, PlanJob):
                assert job.time_limit_s <= 5.0


def test_limit_seeds_and_methods_are_taken_over() -> None:
    (family,) = named("every_rule")
    options = Options(seeds=2, time_limit_s=7.0, workers=1, methods=("auto", "squeaky"))
    jobs = [task.job for task in family.tasks(options)]
    assert [(job.pool, job.method, job.time_limit_s) for job in jobs] == [
        ("0", "auto", 7.0),
        ("0", "squeaky", 7.0),
        ("1", "auto", 7.0),
        ("1", "squeaky", 7.0),
    ]


def test_families_are_named_by_patterns_in_their_usual_order() -> None:
    assert [family.name for family in named("shuffle*, fixed")][:2] == ["fixed", "shuffle80"]
    with pytest.raises(PlannerError, match="'shufle', must be one of fixed"):
        named("fixed,shufle")
