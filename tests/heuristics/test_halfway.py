"""Halfway: a placement within all limits between two others, with more room than either."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heuristics import Deadline
from heuristics.halfway import halfway
from heuristics.parameters import HalfwayParameters
from heuristics.spare import Spare
from models.problem import Problem
from tests.builders import host, pool, vm
from tests.planner.full_pools import full
from tests.strategies import parsed, planted_pools

pytest.importorskip("numba")

STRAIGHT = replace(HalfwayParameters(), aside=0.0)
ROAMING = replace(HalfwayParameters(), aside=0.5)


def least_share(problem, at):
    """Give the least share that a host has left: of what is free at first in all, over the hosts."""
    free = np.array(Spare(problem, at).free, dtype=float)
    share = np.maximum(np.array(Spare(problem, problem.src).free), 0).mean(axis=0)
    return (free / share).min()


@pytest.mark.parametrize("seed", range(3))
def test_it_has_more_room_than_either_end(seed):
    problem = Problem(full(seed))
    at = halfway(problem, Deadline(9.0), seed, 0.0, STRAIGHT)
    assert at is not None
    assert least_share(problem, at) > max(least_share(problem, end) for end in (problem.src, problem.dst))


def test_nobody_steps_aside_unless_some_may():
    problem = Problem(full(0))
    for seed, parameters, wanted in ((1, STRAIGHT, False), (1, ROAMING, True)):
        at = halfway(problem, Deadline(9.0), seed, 0.0, parameters)
        assert at is not None
        aside = [vm for vm, h in enumerate(at) if h not in (problem.src[vm], problem.dst[vm])]
        assert bool(aside) == wanted


def test_a_tilt_draws_it_to_one_end():
    problem = Problem(full(0))

    def at_home(tilt):
        at = halfway(problem, Deadline(9.0), 0, tilt, STRAIGHT)
        assert at is not None
        return sum(at[vm] == problem.dst[vm] for vm in problem.displaced)

    assert at_home(0.3) < at_home(0.0) < at_home(-0.3)


def test_the_same_seed_gives_the_same():
    problem = Problem(full(0))
    assert halfway(problem, Deadline(9.0), 3) == halfway(problem, Deadline(9.0), 3)


@given(planted_pools(), st.integers(0, 9))
def test_it_is_within_all_limits_and_leaves_who_may_not_move(planted, seed):
    problem = Problem(parsed(planted.pool))
    at = halfway(problem, Deadline(9.0), seed, 0.0, ROAMING)
    if at is None:
        return
    assert Spare(problem, at).is_sane()
    for number, one in enumerate(problem.vms):
        ends = {problem.src[number], problem.dst[number]}
        assert at[number] in ends or (one.movable and one.detours)


def test_groups_are_counted():
    """Of two that keep apart one goes where the other is: so both go, or neither."""
    hosts = [host("h1", 9), host("h2", 9)]
    problem = Problem(
        pool(hosts, [vm("a"), vm("b")], "h1: a, h2: b", "h1: b, h2: a", anti_affinity=[("a", "b")])
    )
    for seed in range(5):
        assert halfway(problem, Deadline(9.0), seed, 0.0, STRAIGHT) in ([0, 1], [1, 0])


def test_where_nothing_can_be_compiled_there_is_none(monkeypatch):
    monkeypatch.setitem(sys.modules, "heuristics.compiled.halfway.annealing", None)
    assert halfway(Problem(full(0)), Deadline(9.0)) is None


def test_no_time_no_placement_that_breaks_a_limit():
    problem = Problem(full(0))
    at = halfway(problem, Deadline(0.0), 0)
    assert at is None or Spare(problem, at).is_sane()
