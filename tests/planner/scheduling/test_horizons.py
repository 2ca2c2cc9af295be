"""Horizons that are too short, and all ways at the same cost: what they prove, against exhaustive search."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, event, given, settings

from heuristics import Deadline
from heuristics.tasks import TimedWork
from models import Pool, PoolState
from models.timing import Timing
from planner import plan
from planner.cp.solve import Effort
from planner.scheduling.attempts import raise_bound, refute_ways_for_few
from planner.scheduling.bounds import makespan_bound
from planner.scheduling.freedom import at_no_more_than, cost_of
from planner.scheduling.freedom_in_time import FreedomInTime
from planner.scheduling.horizons import refute_for_few, refute_soon
from planner.scheduling.least import Least
from planner.scheduling.parameters import ScheduleParameters
from planner.scheduling.standing import ScheduleAsked, SoFar
from planner.scheduling.worthwhile import is_told_by_horizons, is_told_by_ways
from planner.soak.pools.shuffles import shuffled
from tests.builders import host, pool, vm
from tests.heuristics.finding import LONG_S
from tests.in_time import some_work
from tests.planner.scheduling.tiny import TINY, earliest, tiny_work

some = settings(max_examples=max(1, settings().max_examples // 3))
"""Of ten tiny pools nine are no example, and drawing them takes most of the time."""

PATIENT = ScheduleParameters.of(f"horizons.patience_s={LONG_S}")


def standing_of(work, workers=2):
    """Stand where the tasks go one after another, and no bound but the simplest is known."""
    freedom = at_no_more_than(work)
    asked = ScheduleAsked(freedom, cost_of(work), Effort(workers, 0), parameters=PATIENT)
    bound = makespan_bound(FreedomInTime(freedom, Least(work.clock)))
    standing = SoFar(asked, TimedWork(work, work.one_by_one()), bound, Deadline(LONG_S))
    if not standing.done:
        raise_bound(standing)
    return standing


def told(data):
    """Give where the search stands in a tiny pool in which horizons tell something."""
    work = tiny_work(data)
    standing = standing_of(work)
    assume(is_told_by_horizons(standing) and not standing.done)
    return standing, earliest(work, most_cost=cost_of(work))


@given(TINY)
def test_what_cannot_be_met_is_what_exhaustive_search_does_not_meet(data):
    standing, best = told(data)
    before = standing.bound.seconds
    refute_soon(standing, standing.deadline)
    assert standing.makespan == standing.bound.seconds == best
    event(f"horizons raise the bound: {standing.bound.seconds > before}")


@given(TINY)
def test_for_few_it_is_the_bound_alone_that_is_raised(data):
    standing, best = told(data)
    before = standing.timed
    refute_for_few(standing, standing.deadline)
    assert standing.timed is before
    assert standing.bound.seconds <= best


@some
@given(TINY)
def test_at_the_same_cost_the_bound_by_all_ways_is_the_earliest_end_at_most(data):
    work = tiny_work(data)
    standing = standing_of(work)
    assume(is_told_by_ways(standing) and not standing.done)
    before, timed = standing.bound.seconds, standing.timed
    best = earliest(work, most_cost=cost_of(work))
    refute_ways_for_few(standing, standing.deadline.within(1.0))
    assert standing.timed is timed
    assert before <= standing.bound.seconds <= best
    event(f"ways raise the bound: {standing.bound.seconds > before}")
    event(f"ways prove the earliest end: {standing.bound.seconds == best}")


def test_of_two_that_change_places_the_quicker_one_steps_aside():
    """Both fill their hosts, a third has room for either: 10, 25 and 10 s, one after another."""
    vms = [vm("a", 8, migration_s=10), vm("b", 8, migration_s=25)]
    of = pool([host("h0", 8), host("h1", 8), host("h2", 8)], vms, "h0: a, h1: b", "h0: b, h1: a")
    found = plan(of.current, of.target, schedule=True, time_limit_s=LONG_S, workers=2)
    assert (found.plan.cost, found.schedule.makespan_s) == (3, 45)
    assert found.schedule.makespan_bound_s == 45


def test_what_a_chain_is_too_long_for_is_refuted_by_it():
    """New is provisioned once old, which goes elsewhere, has left: 9 s and 40."""
    hosts = [host("h0", 8), host("h1", 8)]
    vms = [vm("old", 8, migration_s=9), vm("new", 8, detours=False)]
    timing = Timing(shutdown_s=30, provision_s=40)
    of = pool(hosts, vms, {"old": "h0"}, {"old": "h1", "new": "h0"}, timing=timing)
    standing = standing_of(some_work(of))
    standing.bound = replace(standing.bound, seconds=40)
    refute_for_few(standing, standing.deadline)
    assert standing.bound.seconds == standing.makespan == 49


@pytest.fixture(scope="module")
def ten_hosts():
    """A shuffle of 10 hosts at 80% load in a slow network, whose cheapest plan has no detours."""
    of = shuffled(np.random.default_rng([10, 4]), 10, 0.8)
    here = of.current
    slow = PoolState(here.hosts, here.vms, here.placement, timing=Timing(rate_mbps=93, overhead_s=0))
    of = Pool(slow, slow.placed(of.target.placement))
    found = plan(of.current, of.target, time_limit_s=LONG_S)
    assert len(found.plan.actions) == len(of.displaced)
    return some_work(of)


@pytest.mark.parametrize("workers", [1, 2])
def test_horizons_prove_what_chains_of_waiting_do_not(ten_hosts, workers):
    standing = standing_of(ten_hosts, workers)
    before = standing.bound.seconds
    refute_soon(standing, standing.deadline)
    assert standing.makespan == standing.bound.seconds > before


def test_without_time_nothing_is_asked(ten_hosts):
    standing = standing_of(ten_hosts)
    bound, timed = standing.bound, standing.timed
    for ask in (refute_soon, refute_for_few, refute_ways_for_few):
        ask(standing, Deadline(0.0))
        assert (standing.bound, standing.timed) == (bound, timed)
