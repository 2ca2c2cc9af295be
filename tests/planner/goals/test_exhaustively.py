"""Every goal on tiny pools against exhaustive search over all placements, under all rules."""

from __future__ import annotations

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from planner import Drain, Repair
from tests.goal_oracle import TooManyStates, open_pool
from tests.planner.goals.reaching import hold_against_everything
from tests.strategies import PLAIN, RULES, random_pools

OPEN = RULES - {"provisions", "shutdowns"}
SMALL = {"max_hosts": 4, "max_vms": 5}
OBJECTIVES = st.sampled_from(["moves", "moves", "ram", "custom"])


def host_in_use(pool, data):
    """Draw a host that somebody is on; not the only one."""
    assume(len(pool["hosts"]) > 1 and pool["current"])
    return data.draw(st.sampled_from(sorted(set(pool["current"].values()))))


@settings(max_examples=40)
@given(random_pools(OPEN, **SMALL), OBJECTIVES, st.data())
def test_drain_is_as_cheap_as_any_plan_to_any_placement(drawn, objective, data):
    pool = open_pool(drawn)
    gone = host_in_use(pool, data)
    try:
        hold_against_everything(pool, Drain(gone), lambda at: gone not in at.values(), objective)
    except TooManyStates:
        assume(False)


@settings(max_examples=25)
@given(random_pools(PLAIN | {"anti_affinity", "offline"}, max_hosts=3, max_vms=6, max_slack=1), st.data())
def test_drain_where_room_is_scarce(drawn, data):
    pool = open_pool(drawn)
    gone = host_in_use(pool, data)
    try:
        hold_against_everything(pool, Drain(gone), lambda at: gone not in at.values())
    except TooManyStates:
        assume(False)


@settings(max_examples=25)
@given(random_pools(OPEN, **SMALL), st.integers(1, 3), st.data())
def test_drain_within_a_number_of_migrations(drawn, most, data):
    pool = open_pool(drawn)
    gone = host_in_use(pool, data)
    try:
        hold_against_everything(pool, Drain(gone, at_most=most), lambda at: gone not in at.values(), "ram")
    except TooManyStates:
        assume(False)


@settings(max_examples=40)
@given(random_pools(OPEN, **SMALL), OBJECTIVES)
def test_repair_is_as_cheap_as_any_plan_to_any_placement(drawn, objective):
    pool = open_pool(drawn)
    assume(pool["vms"])
    try:
        hold_against_everything(pool, Repair(), lambda _: True, objective)
    except TooManyStates:
        assume(False)
