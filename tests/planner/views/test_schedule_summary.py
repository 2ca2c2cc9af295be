"""What the summary of a schedule says of VMs that are off on their way."""

from __future__ import annotations

import pytest

from models import Timing
from planner import schedule
from planner.views.schedule_summary import schedule_lines
from tests.changing_places import changing_places


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        (1, "a0 is off for 1 min 20 s on its way."),
        (3, "3 VMs are off on their way, each for up to 1 min 20 s (a"),
    ],
)
def test_it_says_for_how_long_vms_are_off(pairs, said):
    of, walk = changing_places(pairs, Timing(max_parallel=1, shutdown_s=30, provision_s=10))
    plan, times = schedule(of, walk, time_limit_s=1)
    assert any(line.startswith(said) for line in schedule_lines(of.current, plan, times))


def test_it_says_nothing_of_it_where_nobody_is():
    of, walk = changing_places(0, Timing())
    plan, times = schedule(of, walk, time_limit_s=1)
    assert not any(" off " in line for line in schedule_lines(of.current, plan, times))
