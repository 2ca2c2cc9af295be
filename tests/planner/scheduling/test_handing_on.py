"""Units handed on: a limit holds if and only if no set of stays that may all be there at once exceeds it."""

from __future__ import annotations

from hypothesis import event, given
from hypothesis import strategies as st

from models.heaviest_set import heaviest_set
from planner.scheduling.handing_on import HandingOn
from planner.scheduling.stays import Limit


@st.composite
def orders(draw, count, num_first):
    """Draw who ends before whom begins, as bits, transitive: only those before a stay in the list do."""
    before = []
    for stay in range(count):
        direct = draw(st.sets(st.integers(0, stay - 1), max_size=3)) if stay >= num_first and stay else set()
        before.append(sum(1 << it for it in direct))
        for it in direct:
            before[stay] |= before[it]
    return before


@st.composite
def questions(draw):
    """Draw a limit within which the host is at first, who comes, and several orders one after another."""
    count = draw(st.integers(1, 9))
    num_first = draw(st.integers(0, count))
    weights = tuple(draw(st.lists(st.integers(0, 4), min_size=count, max_size=count)))
    at_first = sum(weights[:num_first])
    limit = Limit(draw(st.integers(at_first, at_first + 5)), weights, at_first)
    return limit, range(num_first, count), draw(st.lists(orders(count, num_first), min_size=1, max_size=6))


@given(questions())
def test_it_holds_where_no_set_of_which_none_is_kept_apart_exceeds_the_limit(drawn):
    """Whatever was asked before: what was handed on is kept, and taken back where it must be."""
    limit, arrivals, asked = drawn
    units = HandingOn(limit, arrivals)
    for before in asked:
        lists = [[it for it in range(len(before)) if bits >> it & 1] for bits in before]
        most, _ = heaviest_set(limit.weights, lists)
        event(f"holds: {most <= limit.most}")
        assert units.holds(before) == (most <= limit.most)
