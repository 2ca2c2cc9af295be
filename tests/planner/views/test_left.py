"""What a run leaves: a reason each, and those whose turn did not come in one line."""

from __future__ import annotations

from planner.execution.outcome import NOT_ITS_TURN
from planner.views.left import MOST_NAMES, MOST_REASONS, left_lines


def test_nothing_left_is_no_line():
    assert list(left_lines({})) == []


def test_reasons_come_first_and_those_that_waited_share_a_line():
    left = {"a": NOT_ITS_TURN, "b": "is locked", "c": NOT_ITS_TURN}
    assert list(left_lines(left)) == ["b: is locked", "2 VMs whose turn did not come: a, c"]
    assert list(left_lines({"a": NOT_ITS_TURN})) == ["1 VM whose turn did not come: a"]


def test_three_hundred_vms_are_a_screenful():
    waited = {f"w{number}": NOT_ITS_TURN for number in range(300)}
    failed = {f"f{number}": "no" for number in range(300)}
    lines = list(left_lines({**waited, **failed}))
    assert len(lines) == MOST_REASONS + 2
    assert lines[-2] == f"and {300 - MOST_REASONS} more, each with its reason in the journal"
    assert lines[-1].endswith(f"w{MOST_NAMES - 1} and {300 - MOST_NAMES} more")
