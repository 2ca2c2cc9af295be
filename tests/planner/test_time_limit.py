"""The time limit: a finite number of seconds above 0, whoever asks."""

from __future__ import annotations

from math import inf, nan

import numpy as np
import pytest

from heuristics import Deadline
from models import PlannerError
from planner import explain, find, plan, plan_many


@pytest.mark.parametrize(
    "limit", [0, -1.0, inf, nan, True, "5", None, 10**400, np.float32(inf)], ids=range(9)
)
def test_what_is_no_time_limit_is_refused(limit, tiny):
    said = "time_limit_s=.*must be a finite number of seconds above 0"
    states = tiny.current, tiny.target
    with pytest.raises(PlannerError, match=said):
        plan(*states, time_limit_s=limit)
    with pytest.raises(PlannerError, match=said):
        find(*states, method="squeaky", time_limit_s=limit)
    with pytest.raises(PlannerError, match=said):
        explain(*states, time_limit_s=limit)
    with pytest.raises(PlannerError, match=said):
        plan_many([tiny], time_limit_s=limit)


def test_a_limit_that_nobody_lives_to_see_ends_with_the_proof(tiny):
    """Shares of it are counted in rounds and in the solver's own seconds, which have an end."""
    assert Deadline(1e308).left_s <= 10**9
    for asked in ({"schedule": True}, {"objective": "time"}):
        found = plan(tiny.current, tiny.target, time_limit_s=1e308, workers=1, **asked)
        assert found.schedule.is_proven
