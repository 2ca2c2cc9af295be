"""Seconds that are kept back for what comes after the search."""

from __future__ import annotations

from heuristics import Deadline, Found
from planner import find
from tests.planner.solving import LIMIT_S


class Asked:
    """Finds nothing, and remembers how long before the end it was to be done.

    Parameters
    ----------
    whole
        The deadline of all.
    """

    name = "asked"

    def __init__(self, whole: Deadline) -> None:
        self.whole, self.kept_s = whole, 0.0

    def find(self, problem, deadline, seed=0, trace=None):
        """Look at the clocks, the later end last."""
        left_s = deadline.left_s
        self.kept_s = self.whole.left_s - left_s
        return Found(None)


def test_a_path_finder_by_name_leaves_time_for_the_replay_and_the_schedule(tiny):
    finder = Asked(Deadline(LIMIT_S))
    find(tiny.current, tiny.target, method=finder, schedule=True, deadline=finder.whole)
    assert finder.kept_s > 0
