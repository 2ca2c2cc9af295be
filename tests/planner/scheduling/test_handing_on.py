"""Units handed on: a limit holds if and only if no set of stays that may all be there at once exceeds it."""

from __future__ import annotations

from itertools import compress, product

from hypothesis import event, given
from hypothesis import strategies as st

from planner.scheduling.handing_on import HandingOn
from planner.scheduling.stays import Limit
from tests.counting import steps_of


@st.composite
def orders(draw, count, num_first):
    """Draw who ends before whom begins, as bits, transitive: only those in front of a stay in the list do."""
    before = []
    for stay in range(count):
        direct = draw(st.sets(st.integers(0, stay - 1), max_size=3)) if stay >= num_first and stay else set()
        before.append(sum(1 << it for it in direct))
        for it in direct:
            before[stay] |= before[it]
    return before


@st.composite
def questions(draw):
    """Draw a limit, how many are there from the first, and several orders one after another."""
    count = draw(st.integers(1, 8))
    num_first = draw(st.integers(0, count))
    weights = tuple(draw(st.lists(st.integers(0, 4), min_size=count, max_size=count)))
    at_first = sum(weights[:num_first])
    most = draw(st.integers(max(0, at_first - 6), at_first + 5))
    orders_asked = draw(st.lists(orders(count, num_first), min_size=1, max_size=6))
    return Limit(most, weights, at_first), num_first, orders_asked


def heaviest_with_an_arrival(weights, num_first, before):
    """Give the most that a set weighs of which none ends before another begins, with one in it that comes."""
    heaviest = 0
    for chosen in product((False, True), repeat=len(weights)):
        some = list(compress(range(len(weights)), chosen))
        if any(weights[it] for it in some if it >= num_first):
            bits = sum(1 << it for it in some)
            if not any(before[it] & bits for it in some):
                heaviest = max(heaviest, sum(weights[it] for it in some))
    return heaviest


@given(questions())
def test_it_holds_where_no_set_of_which_none_is_kept_apart_exceeds_the_limit(drawn):
    """Whatever was asked before: what was handed on is kept, and taken back where it must be."""
    limit, num_first, asked = drawn
    units = HandingOn(limit, range(num_first, len(limit.weights)))
    for before in asked:
        holds = heaviest_with_an_arrival(limit.weights, num_first, before) <= limit.most
        may_hold = units.may_hold(dict(enumerate(before)))
        event(f"above at first: {limit.at_first > limit.most}, holds: {holds}, may hold: {may_hold}")
        assert may_hold or not holds
        assert units.holds(before) == holds


@given(questions())
def test_who_has_what_he_needs_and_lost_nothing_needs_no_look(drawn):
    """Of orders that are parts of one that holds, it is enough to name the stays that differ."""
    limit, num_first, (whole, *asked) = drawn
    units = HandingOn(limit, range(num_first, len(limit.weights)))
    if not units.holds(whole):
        return
    for order in asked:
        part = whole.copy()
        for stay in range(num_first, len(part)):
            direct = whole[stay] & order[stay]
            part[stay] = direct
            for other in range(stay):
                if direct >> other & 1:
                    part[stay] |= part[other]
        fewer = [stay for stay, those in enumerate(part) if those != whole[stay]]
        holds = HandingOn(limit, range(num_first, len(limit.weights))).holds(part)
        may_hold = units.may_hold({stay: part[stay] for stay in fewer})
        event(f"above at first: {limit.at_first > limit.most}, holds: {holds}, may hold: {may_hold}")
        assert may_hold or not holds
        assert units.holds(part, fewer) == holds


def test_what_an_arrival_waits_for_since_counts_by_the_sum_too():
    """Three are there where two may be; one comes, for which two must leave."""
    units = HandingOn(Limit(2, (1, 1, 1, 1), 3), [3])
    assert units.holds([0, 0, 0, 0b011])
    assert units.holds([0, 0, 0, 0b111])
    assert units.may_hold({3: 0b110})
    assert not units.may_hold({3: 0b100})
    assert units.holds([0, 0, 0, 0b110])


def test_a_question_about_one_stay_takes_no_look_at_all_others():
    """Of many that each come when one has left, one waits for nobody any more."""

    def steps(count):
        units = HandingOn(Limit(count, (1,) * 2 * count, count), range(count, 2 * count))
        before = [0] * count + [(1 << number + 1) - 1 for number in range(count)]
        assert units.holds(before)
        before[-1] = 0
        return steps_of(lambda: units.holds(before, [2 * count - 1]))

    assert steps(200) < 2 * steps(50)
