"""The least room that a host leaves idle: never above what any way of coming and going there leaves."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from heuristics import Deadline
from heuristics.tasks import everyone
from models.clock import Clock
from planner.scheduling.bounds import Bound
from planner.scheduling.freedom import Freedom
from planner.scheduling.freedom_in_time import FreedomInTime
from planner.scheduling.idle_room import Passage, least_idle, raised_by_idle_room
from planner.scheduling.least import Least
from tests.builders import host, pool, vm

VISITS = st.lists(st.builds(Passage, st.integers(1, 5), st.integers(1, 4)), max_size=4)


def left_empty(room, events):
    """Give the room x seconds left empty by (second, amount) events, those that leave positive."""
    total = now = 0
    for second, change in sorted(events, key=lambda event: (event[0], -event[1])):
        assert room >= 0
        total += room * (second - now)
        now, room = second, room + change
    return total


@given(st.data())
def test_no_order_leaves_less_empty(data):
    """Events at random, one departure at a time, arrivals when there is room."""
    leaving, coming = data.draw(VISITS), data.draw(VISITS)
    room = data.draw(st.integers(0, 5))
    events, ended, free = [], 0, room
    waits = data.draw(st.permutations([*((one, True) for one in leaving), *((one, False) for one in coming)]))
    now = 0
    for one, leaves in waits:
        if not leaves and one.amount > free:
            return
        now += data.draw(st.integers(0, 3))
        if leaves:
            now = ended = max(now, ended + one.seconds)
        free += one.amount if leaves else -one.amount
        events.append((now, one.amount if leaves else -one.amount))
    assert least_idle(room, leaving, coming, None) <= left_empty(room, events)
    assert least_idle(room, leaving, coming, 1) <= left_empty(room, events)


def test_a_hole_gapes_until_the_next_has_left():
    """300 and 300 leave before 500 comes: 300 for 30 s; 100 is empty until 400 has left."""
    leaving = [Passage(300, 30), Passage(400, 40), Passage(300, 30)]
    coming = [Passage(500, 50), Passage(500, 50)]
    assert least_idle(0, leaving, coming, None) == 300 * 30 + 100 * 40


def test_who_swaps_one_for_one_leaves_nothing_empty():
    both = [Passage(500, 50), Passage(200, 20)]
    assert least_idle(0, both, both, None) == 0


def test_a_guest_may_fill_a_hole_for_the_price_of_its_way():
    """300 units at 5 s each, instead of 30 s; then the hole is smaller."""
    leaving = [Passage(300, 30), Passage(400, 40), Passage(300, 30)]
    coming = [Passage(500, 50), Passage(500, 50)]
    assert least_idle(0, leaving, coming, 5) == 300 * 5


def test_residents_that_are_away_clear_room_for_one_arrival_after_another():
    """Before each of four that take 31 a resident of 1 goes: 1 for 9 s, and after it both of 16 fit.

    So 4 are away in the end, for 9 s each, and 4 x 1 were empty for 9 s. After these four the host would be
    short of 1, 2, 3 and 4, were nobody away: who is stays so, and is paid for but once.
    """
    leaving = [*(4 * [Passage(31, 9)]), Passage(12, 9)]
    assert least_idle(0, leaving, 8 * [Passage(16, 9)], 9) <= 4 * 9 + 4 * 9


def test_too_many_orders_count_nothing():
    many = [Passage(1 << number, number + 1) for number in range(20)]
    assert least_idle(0, many, many[::-1], None) == 0


def test_what_lies_idle_adds_to_what_is_in_flight():
    """h1 is full of 3 and 4, and gets 5 and 2 from h2 and h3, which end empty by so much.

    In flight are 3 x 3 + 4 x 4 + 5 x 5 + 2 x 2 = 54 of the 14 that are free; h1 leaves 3 x 4 empty at least,
    and h2 and h3 what they have to spare: 7 s, where those in flight alone would take 54 / 14.
    """
    hosts = [host("h1", 7), host("h2", 12), host("h3", 9)]
    vms = [vm(name, size, migration_s=size) for name, size in (("a", 3), ("b", 4), ("c", 5), ("d", 2))]
    of = pool(hosts, vms, "h1: a b, h2: c, h3: d", "h1: c d, h2: a, h3: b")
    nobody = Freedom((False,) * 4, (False,) * 4, (False,) * 4)
    free = FreedomInTime(nobody, Least(Clock(everyone(of))))
    raised = raised_by_idle_room(free, Bound(0, ""), Deadline(60))
    assert raised.seconds == 7
