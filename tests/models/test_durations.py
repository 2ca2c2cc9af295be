"""Durations: the formula against an independent transcription, rates, wires, slots."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import ceil
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import VM, Durations, Host, Link, Migration, PlannerError, PoolState, Provision, Shutdown, Timing
from models.clock import Clock
from models.problem import OFF, Problem
from models.ways import Slot, Wire
from tests.builders import host, pool, vm


def state(hosts: list[Host], vms: list[VM], **timing: Any) -> PoolState:
    """Give a pool without a placement."""
    return PoolState(hosts, vms, {}, timing=Timing(**timing))


def by_hand(rate: float, copied: float, dirty: float, hot: float, overhead: float, efficiency: float) -> int:
    """Work out the formula of the contract once more, written down from its text."""
    per_s = rate * 1e6 / 8 / 2**20 * efficiency
    seconds = overhead + copied / (per_s - dirty) + hot / per_s
    return max(1, ceil(seconds - 1e-9))


@pytest.mark.parametrize("channel", [Slot("max_in", "h1"), Slot("max_moves", "h1"), Wire("out", "h1")])
def test_what_is_of_one_host_says_whose_it_is(channel):
    assert channel.owner == "h1"


@pytest.mark.parametrize("channel", [Slot("max_parallel"), Wire("up", "rack"), Wire("down", "rack")])
def test_what_many_hosts_share_is_of_none(channel):
    assert channel.owner is None


def test_a_gigabit_copies_4_gib_in_41_seconds():
    """1000 Mb/s x 0.9 are 107.29 MiB/s; 4096 MiB take 38.18 s, and 2 s come on top: 40.18, so 41."""
    pair = state([host("h1"), host("h2")], [vm("a", 4096)])
    assert Durations(pair).of(Migration("a", "h1", "h2")) == 41


def test_dirty_pages_slow_it_down_and_hot_ones_are_sent_twice():
    """37 s were measured at 500 Mb/s for 2000 MiB, 2 MiB/s dirty, 96 MiB hot; the formula says 41."""
    guest = vm("a", copied_mib=2000, dirty_mib_s=2.0, hot_mib=96)
    pair = state([host("h1"), host("h2")], [guest], rate_mbps=500, overhead_s=0)
    assert Durations(pair).migration("a", "h1", "h2") == by_hand(500, 2000, 2, 96, 0, 0.9) == 41


@given(
    rate=st.floats(0.5, 1e5),
    copied=st.integers(0, 2**22) | st.floats(0, 1e6),
    share=st.floats(0, 0.99),
    hot=st.floats(0, 1e5),
    overhead=st.floats(0, 100),
    efficiency=st.floats(0.1, 1),
)
def test_the_formula_is_that_of_the_contract(rate, copied, share, hot, overhead, efficiency):
    dirty = share * (rate * 1e6 / 8 / 2**20 * efficiency)
    guest = vm("a", copied_mib=copied, dirty_mib_s=dirty, hot_mib=hot)
    pair = state(
        [host("h1"), host("h2")], [guest], rate_mbps=rate, overhead_s=overhead, efficiency=efficiency
    )
    expected = by_hand(rate, copied, dirty, hot, overhead, efficiency)
    if expected <= 10**9:
        assert Durations(pair).migration("a", "h1", "h2") == expected


def test_measured_seconds_take_the_place_of_the_formula():
    guest = vm("a", 10**6, dirty_mib_s=10**6, migration_s=7)
    assert Durations(state([host("h1"), host("h2")], [guest])).migration("a", "h1", "h2") == 7


def test_the_smallest_migration_takes_a_second():
    pair = state([host("h1"), host("h2")], [vm("a", 0)], overhead_s=0)
    assert Durations(pair).migration("a", "h1", "h2") == 1


def test_a_migration_of_more_than_a_billion_seconds_is_an_error_with_the_figure():
    pair = state([host("h1"), host("h2")], [vm("a", 2**50)], rate_mbps=1)
    with pytest.raises(PlannerError, match=r"vm 'a': at 1 Mb/s its migration takes 1.*e\+16 s, must be"):
        Durations(pair).migration("a", "h1", "h2")


def test_all_else_takes_what_the_pool_says():
    times = Durations(state([host("h1")], [vm("a")], shutdown_s=5, provision_s=6))
    assert (times.of(Shutdown("a", "h1")), times.of(Provision("a", "h1"))) == (5, 6)


RACKS = state(
    [host("a1", bandwidth_mbps=500), host("a2"), host("b1", bandwidth_mbps=300), host("b2", max_moves=3)],
    [vm("v")],
    rate_mbps=400,
    links=[Link("rack a", ("a1", "a2"), 200), Link("room", ("a1", "a2", "b1"), 100)],
    max_parallel=9,
)

WAYS = {
    "inside a rack": ("a2", "a1", 400, [Wire("in", "a1")]),
    "out of a rack": ("a2", "b1", 200, [Wire("in", "b1"), Wire("up", "rack a")]),
    "into a rack": ("b1", "a1", 200, [Wire("out", "b1"), Wire("in", "a1"), Wire("down", "rack a")]),
    "out of rack and room": ("a1", "b2", 100, [Wire("out", "a1"), Wire("up", "rack a"), Wire("up", "room")]),
}


@pytest.mark.parametrize(("source", "destination", "rate", "wires"), WAYS.values(), ids=WAYS)
def test_the_rate_is_the_least_on_the_way(source, destination, rate, wires):
    assert Durations(RACKS).way(source, destination) == (rate, tuple(wires))


def test_a_migration_takes_a_slot_at_both_ends_and_of_the_pool():
    assert Durations(RACKS).slots("a1", "b2") == [
        (Slot("max_out", "a1"), 1),
        (Slot("max_in", "b2"), 1),
        (Slot("max_moves", "b2"), 3),
        (Slot("max_parallel"), 9),
    ]


def test_without_any_cap_a_gigabit_is_assumed_and_nothing_is_held():
    assert Durations(state([host("h1"), host("h2")], [])).way("h1", "h2") == (1000, ())


def clock(*hosts: Host, **timing: Any) -> Clock:
    """Give the clock of a VM ``v`` that goes from the first of the hosts to the second."""
    first, second = hosts[:2]
    state = {"timing": Timing(**timing)}
    return Clock(Problem(pool(hosts, [vm("v", 4)], f"{first.name}: v", f"{second.name}: v", **state)))


def held(times: Clock) -> dict[Wire | Slot, tuple[int, int]]:
    """Give (amount, limit) of what the migration holds."""
    return {times.names[channel]: (amount, times.limits[channel]) for channel, amount in times.uses(0, 1)}


def test_the_clock_counts_rates_in_whole_units():
    times = clock(host("h1", 9, bandwidth_mbps=2.5, max_out=2), host("h2", 9), rate_mbps=1.25)
    assert times.scale == 4
    assert held(times) == {
        Slot("max_out", "h1"): (1, 2),
        Slot("max_in", "h2"): (1, 1),
        Wire("out", "h1"): (5, 10),
    }


def test_a_wire_that_one_slot_serves_alone_is_left_out():
    times = clock(host("h1", 9, bandwidth_mbps=500), host("h2", 9, max_in=2, max_moves=1, bandwidth_mbps=500))
    assert [name for name in held(times) if isinstance(name, Wire)] == []


@given(nic=st.floats(0.001, 1000), link=st.floats(0.001, 1000))
def test_a_migration_alone_fits_its_way_and_rates_are_rounded_to_the_safe_side(nic, link):
    times = clock(
        host("h1", 9, bandwidth_mbps=nic, max_out=9), host("h2", 9), links=[Link("l", ("h1",), link)]
    )
    for name, (amount, limit) in held(times).items():
        assert 0 < amount <= limit
        if isinstance(name, Wire):
            most = max(1, (nic if name.name == "h1" else link) * times.scale * (1 + 1e-12))
            assert limit < most + 1 if times.is_exact else limit <= most


FINE = st.sampled_from([1000.0, 1000 / 3, 100.0, 100 / 3, 2000 / 3, 100 / 7, 250.0, 500.0000002, 1e-7])


@given(nic=FINE, link=FINE, cap=FINE, other=FINE)
def test_a_clock_that_calls_itself_exact_lets_through_who_fits(nic, link, cap, other):
    """So many of one rate and so many of another, through one link, finer than it can count or not."""
    many = {"max_out": 99, "max_in": 99}
    hosts = [host("h1", 9, bandwidth_mbps=nic, **many), host("h2", 9, **many), host("h3", 9, **many)]
    hosts.append(host("h4", 9, bandwidth_mbps=other, **many))
    times = clock(*hosts, links=[Link("l", ("h1", "h4"), link)], rate_mbps=cap)
    here = {times.names[channel]: amount for channel, amount in times.uses(0, 1)}[Wire("up", "l")]
    there = {times.names[channel]: amount for channel, amount in times.uses(3, 2)}[Wire("up", "l")]
    limit = times.limits[times.names.index(Wire("up", "l"))]
    rates = [Fraction(str(times.rate_mbps(*pair))) for pair in ((0, 1), (3, 2))]
    for one, two in product(range(8), repeat=2):
        fits = one * rates[0] + two * rates[1] <= Fraction(str(link))
        counted = one * here + two * there <= limit
        assert counted == fits if times.is_exact else fits or not counted or one + two == 1


def test_three_a_little_faster_than_a_third_of_a_wire_wait():
    """As floats have it, 100 / 3 is 33.333333333333336: two go through together, and that is proven."""
    times = clock(host("h1", 9, bandwidth_mbps=100, max_out=9), host("h2", 9), rate_mbps=100 / 3)
    amount, limit = held(times)[Wire("out", "h1")]
    assert times.is_exact
    assert limit // amount == 2


def test_two_a_little_faster_than_half_a_wire_do_not_go_through_it_together():
    """The NIC rounded down is less than the rate rounded up: what the link is held for is still the rate."""
    fast = host("h1", 9, bandwidth_mbps=500.0000002, max_out=9)
    times = clock(fast, host("h2", 9), links=[Link("l", ("h1",), 1000.0)])
    amount, limit = held(times)[Wire("up", "l")]
    assert 2 * amount > limit


def test_a_third_of_a_wire_goes_through_it_three_times():
    """The rate is finer than a millionth of a Mb/s, the wire is not; rounded up, only two would fit."""
    times = clock(host("h1", 9, bandwidth_mbps=1000, max_out=9), host("h2", 9), rate_mbps=1000 / 3)
    amount, limit = held(times)[Wire("out", "h1")]
    assert times.is_exact
    assert times.for_proofs() is times
    assert limit // amount == 3


def test_too_many_fine_rates_to_look_at_are_rounded_so_that_no_wire_carries_too_much():
    hosts = [host(f"h{number}", 9, bandwidth_mbps=500 + number / 7, max_out=9) for number in range(1, 1_200)]
    times = clock(*hosts)
    assert not times.is_exact
    amount, limit = held(times)[Wire("out", "h1")]
    assert amount == limit <= (500 + 1 / 7) * times.scale


def test_the_clock_gives_the_seconds_of_stops_and_starts_too():
    times = clock(host("h1", 9), host("h2", 9), shutdown_s=3, provision_s=4)
    assert (times.seconds(0, 0, OFF), times.seconds(0, OFF, 1), times.seconds(0, 0, 1)) == (3, 4, 3)
    assert times.uses(0, OFF) == times.uses(OFF, 1) == ()
