"""Random histories by seed: nothing lost, nothing sent twice, no rule broken; HISTORIES=10000 runs more."""

from __future__ import annotations

import os

import pytest

from tests.planner.execution.histories import History

HISTORIES = int(os.environ.get("HISTORIES", "60"))
A_TEST = 10


@pytest.mark.parametrize("first", range(0, HISTORIES, A_TEST))
def test_nothing_is_lost_nothing_sent_twice_and_no_rule_is_broken(tmp_path, first):
    for seed in range(first, first + A_TEST):
        history = History(seed, tmp_path)
        outcome = history.live()
        if outcome is not None:
            assert not history.judged(outcome), (seed, history.faults, outcome)
