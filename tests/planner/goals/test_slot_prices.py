"""What slots for VMs that are expected cost at least: the table of all hosts, and the VMs that leave each."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.wanted import Wanted
from planner import GoalParameters, MakeRoom
from planner.goals.choice import Choice
from planner.goals.leaving import Leaving
from planner.goals.parameters import HostPrices
from planner.goals.slot_prices import BEYOND_ANY_COST, least_price
from tests.builders import host, pool, vm

ROWS = st.lists(st.lists(st.integers(0, 9), max_size=4), max_size=4)


@given(ROWS, st.integers(0, 6))
def test_slots_are_bought_where_all_of_them_come_cheapest(rows, wanted):
    ways = product(*([0, *row] for row in rows))
    counts = product(*(range(len(row) + 1) for row in rows))
    costs = [sum(way) for way, here in zip(ways, counts, strict=True) if sum(here) == wanted]
    assert least_price(rows, wanted) == min(costs, default=None)


def test_a_price_beyond_64_bits_is_none():
    assert least_price([[1 << 80], [1 << 80]], 2) is None
    assert least_price([[1 << 52, 1 << 80], [1 << 80]], 1) == 1 << 52 < BEYOND_ANY_COST


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=6), st.integers(1, 20))
def test_the_cheapest_for_their_size_leave_first_the_last_in_part(guests, amount):
    vms = [vm(f"v{n}", size, cost=cost) for n, (cost, size) in enumerate(guests)]
    here = {**{guest.name: "h1" for guest in vms}, "other": "h2"}
    of = pool([host("h1"), host("h2")], [*vms, vm("other", 1)], here, here)
    left, paid = amount, Fraction(0)
    for cost, size in sorted((row for row in guests if row[1]), key=lambda row: Fraction(*row)):
        part = min(Fraction(1), Fraction(left, size))
        left, paid = left - part * size, paid + part * cost
    leaving = Leaving(Choice(Wanted(of.current), "custom"), range(len(vms)))
    assert leaving.least({0: amount}) == (None if left else ceil(paid))


@pytest.mark.parametrize(("cells", "bound"), [(100, 3), (7, 1), (0, 0)])
def test_too_large_a_table_asks_for_fewer_slots(cells, bound):
    """Three hosts of 10, each with two VMs of 5: every slot of 5 takes a migration."""
    names = [f"v{n}" for n in range(6)]
    here = {name: f"h{n // 2}" for n, name in enumerate(names)}
    of = pool([host(f"h{n}") for n in range(3)], [vm(name, 5) for name in names], here, here)
    choice = Choice(Wanted(of.current), parameters=GoalParameters(prices=HostPrices(slot_cells=cells)))
    assert MakeRoom({"ram_mib": 5}, count=3).bound(choice) == bound
