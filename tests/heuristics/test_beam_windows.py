"""Parts of a plan made anew: whatever each becomes, the whole stays safe, and costs no more."""

from __future__ import annotations

import numpy as np
from hypothesis import event, given
from hypothesis import strategies as st

from heuristics import Deadline
from heuristics.beam_windows import with_windows_anew
from heuristics.parameters import BeamParameters
from heuristics.squeaky import passes
from heuristics.tracker import is_safe
from models.problem import OFF, Problem
from tests.heuristics.in_time import LIMIT_S, POOLS, in_the_way
from tests.strategies import parsed

NARROW = BeamParameters(part_width=5, least_part=0.3, most_part=1.0)


@given(POOLS, st.integers(1, 3), st.integers(0, 100))
def test_the_whole_stays_safe_and_costs_no_more(data, threads, seed):
    problem = Problem(parsed(data))
    moves = next(passes(problem, Deadline(LIMIT_S), 0))
    if not moves or any(there == OFF for _, there in moves) or not is_safe(problem, moves):
        return
    if not all(problem.filters.unbound[guest] for guest, _ in moves):
        return
    rng = np.random.default_rng(seed)
    for _ in range(3):
        anew = with_windows_anew(problem, moves, Deadline(LIMIT_S), rng, threads, NARROW)
        assert is_safe(problem, anew)
        assert problem.moves_cost(anew) <= problem.moves_cost(moves)
        event("another plan" if anew != moves else "the same")
        moves = anew


def test_a_part_that_is_the_whole_loses_its_detour():
    problem, moves = in_the_way()
    whole = BeamParameters(part_width=50, least_part=1.0, most_part=1.0)
    anew = with_windows_anew(problem, moves, Deadline(LIMIT_S), np.random.default_rng(0), 1, whole)
    assert len(anew) == 3


def test_without_time_the_plan_is_what_it_was():
    problem, moves = in_the_way()
    assert with_windows_anew(problem, moves, Deadline(0.0), np.random.default_rng(0), 2) == moves


def test_how_large_a_part_is_may_be_said_the_other_way_round():
    problem, moves = in_the_way()
    turned = BeamParameters(part_width=5, least_part=1.0, most_part=0.3)
    anew = with_windows_anew(problem, moves, Deadline(LIMIT_S), np.random.default_rng(0), 1, turned)
    assert len(anew) <= len(moves)
