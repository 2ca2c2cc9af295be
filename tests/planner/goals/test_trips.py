"""What bringing VMs to a placement takes at least in time: by hand, and against exhaustive search."""

from __future__ import annotations

import pytest
from hypothesis import assume, event, given

from heuristics.tasks import everyone
from models import Link, Timing
from models.clock import Clock
from models.wanted import Wanted
from models.ways import Slot, Wire
from planner.goals.choice import Choice
from planner.goals.trips import Trips, least_end
from tests.builders import host, pool, vm
from tests.in_time import timed_pools
from tests.oracle import TooManyStates
from tests.strategies import RULES, parsed, planted_pools
from tests.time_oracle import InTime

OPEN = RULES - {"provisions", "shutdowns", "offline", "overloaded"}
TINY = timed_pools(planted_pools(OPEN, max_hosts=3, max_vms=4, max_slack=3).map(lambda it: it.pool))


def trips_of(of):
    """Give the trips of a pool, and where its target has each VM."""
    choice = Choice(Wanted(of.current))
    return Trips(choice), choice.numbers(of.target)


@given(TINY)
def test_no_plan_to_a_placement_ends_before_its_bound(data):
    of = parsed(data)
    assume(of.displaced)
    problem = everyone(of, "time")
    try:
        end = InTime(problem, Clock(problem), most_states=4_000).earliest_end(25)
    except TooManyStates:
        end = None
    assume(end is not None)
    trips, at = trips_of(of)
    bound = trips.end(at)
    event(f"it is met: {bound == end}")
    assert bound <= end


def pair(**timing):
    """Give a and b of 40 MiB, which leave h1 for h2, each in 6 s at 100 Mb/s, in 3 s at 1 Gb/s."""
    narrow, wide = {"bandwidth_mbps": 100}, {"bandwidth_mbps": 1000, "max_out": 2, "max_moves": 4}
    hosts = [host("h1", **wide), host("h2", max_in=2, **narrow), host("h3")]
    vms = [vm(name, copied_mib=40) for name in "ab"]
    return pool(hosts, vms, "h1: a b", "h2: a b", timing=Timing(**timing))


@pytest.mark.parametrize(
    ("channel", "parts"),
    [
        (Slot("max_out", "h1"), 1_500),
        (Slot("max_in", "h2"), 3_000),
        (Slot("max_moves", "h1"), 750),
        (Slot("max_parallel"), 2_000),
        (Wire("out", "h1"), 600),
        (Wire("in", "h2"), 6_000),
        (Wire("up", "rack"), 1_200),
    ],
)
def test_a_trip_holds_of_each_channel_what_no_way_is_below(channel, parts):
    """Of a limit its part of the least seconds at that end, of a wire what the rate that holds least does.

    Of the limit of the pool it is all the seconds in flight.
    """
    trips, at = trips_of(pair(max_parallel=3, links=[Link("rack", ["h1"], 500)]))
    assert trips.least(0, at[0]).shares[channel] == parts


def test_what_two_hold_of_a_wire_adds_up():
    """Each fills the NIC of h2 for 6 s, though two may come at a time."""
    trips, at = trips_of(pair())
    assert trips.end(at) == 12


def test_it_takes_the_longest_trip_at_least():
    hosts = [host("h1", max_out=9), host("h2", max_in=9)]
    vms = [vm("a", migration_s=8), vm("b", migration_s=3)]
    trips, at = trips_of(pool(hosts, vms, "h1: a b", "h2: a b"))
    assert trips.end(at) == 8
    assert least_end([]) == 0
