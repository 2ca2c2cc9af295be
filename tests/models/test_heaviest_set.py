"""The heaviest set without two in order, held against looking at every set."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from models.heaviest_set import heaviest_set
from tests.counting import steps_of


@st.composite
def orders(draw: st.DrawFn) -> tuple[list[int], list[set[int]]]:
    """Weights, and a transitive order."""
    weights = draw(st.lists(st.integers(0, 6), max_size=8))
    before: list[set[int]] = []
    for thing in range(len(weights)):
        direct = draw(st.sets(st.integers(0, thing - 1), max_size=thing)) if thing else set()
        before.append(set().union(direct, *(before[other] for other in direct)))
    return weights, before


@given(orders())
def test_it_is_as_heavy_as_the_heaviest_of_all_sets(order):
    weights, before = order
    best = 0
    for bits in range(1 << len(weights)):
        chosen = [thing for thing in range(len(weights)) if bits >> thing & 1]
        if not any(other in before[thing] for thing in chosen for other in chosen):
            best = max(best, sum(weights[thing] for thing in chosen))
    total, members = heaviest_set(weights, [sorted(row) for row in before])
    assert total == best == sum(weights[thing] for thing in members)
    assert not any(other in before[thing] for thing in members for other in members)


def test_a_chain_holds_one_at_a_time():
    assert heaviest_set([3, 5, 4], [[], [0], [0, 1]]) == (5, [1])


def test_without_an_order_all_are_in_it():
    assert heaviest_set([3, 5, 4], [[], [], []]) == (12, [0, 1, 2])


def test_of_what_goes_straight_no_way_is_looked_for():
    """Of 200 that leave one by one and 200 that each come then: pairs are looked at once or twice."""
    count = 200
    before = [[] for _ in range(count)] + [list(range(number + 1)) for number in range(count)]
    pairs = sum(map(len, before))
    assert steps_of(lambda: heaviest_set([1] * 2 * count, before)) < 4 * pairs
