"""Who gives way on a wire or a slot to one who is soon to start there, in rehearsals and in runs."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from models import Plan, Timing
from planner.scheduling.giving_way import GivingWay
from planner.scheduling.rehearsal import rehearse
from planner.scheduling.timetable import work_of_plan
from tests.builders import host, moves, pool, vm

WIRE = [[("wire", 1)], [], [("wire", 1)], [("wire", 1)]]
"""What each of four actions uses."""


def where_2_gives_way(left, soon=(), begun=(), uses=WIRE):
    """Give the channel on which action 2 gives way; the actions are in order of their urgency."""
    turns = GivingWay([0, 1, 2, 3], uses.__getitem__, begun.__contains__, soon.__contains__)
    return turns.on(2, {"wire": left}.__getitem__)


def test_whoever_comes_later_leaves_a_free_wire_to_one_who_is_soon_to_start():
    assert where_2_gives_way(1, soon=[0]) == "wire"


def test_nobody_waits_for_one_who_waits_for_others_that_have_not_begun():
    assert where_2_gives_way(1, soon=[1]) is None


def test_nobody_waits_where_there_is_room_for_both():
    assert where_2_gives_way(2, soon=[0]) is None


def test_nobody_waits_for_one_who_is_less_urgent():
    assert where_2_gives_way(1, soon=[3]) is None


def test_nobody_waits_for_those_that_have_begun():
    assert where_2_gives_way(1, soon=[0], begun=[0]) is None


def test_those_behind_the_first_are_looked_at_too():
    uses = [[("wire", 1)], [("wire", 1)], [("wire", 1)], []]
    assert where_2_gives_way(1, soon=[1], uses=uses) == "wire"


def test_whoever_has_no_turn_gives_way_to_nobody():
    turns = GivingWay([0], WIRE.__getitem__, ().__contains__, (0,).__contains__)
    assert turns.on(2, {"wire": 1}.__getitem__) is None


def two_and_a_long_one():
    """Give the tasks of a, after which b may come to h2; and of c, that comes there too, and takes long."""
    of = pool(
        [host("h1", 20), host("h2", 20), host("h3", 20), host("h4", 20)],
        [vm("a", 10), vm("b", 10), vm("c", 5)],
        "h1: b, h2: a, h4: c",
        "h2: b c, h3: a",
    )
    return work_of_plan(of, Plan.of(of, moves("a: h2 -> h3", "b: h1 -> h2", "c: h4 -> h2")))


def test_a_rehearsal_leaves_the_slot_to_the_one_whose_turn_it_is():
    run = rehearse(two_and_a_long_one(), [[], [0], []], [10, 10, 100], urgency=[0, 10, 20])
    assert run.start_s == [0, 10, 20]


def test_a_rehearsal_lets_overtake_whoever_is_less_urgent_than_one_who_waits_for_more_than_that():
    run = rehearse(two_and_a_long_one(), [[2], [0], []], [10, 10, 100], urgency=[0, 10, 20])
    assert run.start_s == [100, 110, 0]


def test_a_rehearsal_leaves_a_slot_of_the_whole_pool_to_nobody():
    hosts = [host(f"h{n}") for n in range(1, 7)]
    vms = [vm(name) for name in "abc"]
    of = pool(hosts, vms, "h1: a, h2: b, h3: c", "h4: a, h5: b, h6: c", timing=Timing(max_parallel=2))
    work = work_of_plan(of, Plan.of(of, moves("a: h1 -> h4", "b: h2 -> h5", "c: h3 -> h6")))
    run = rehearse(work, [[], [0], []], [10, 10, 100], urgency=[0, 10, 20])
    assert run.start_s == [0, 10, 0]


@st.composite
def rehearsed(draw):
    """Many on few hosts, with random slots, waits, seconds and urgency."""
    count, num_hosts = draw(st.integers(1, 12)), draw(st.integers(2, 4))
    slots = st.integers(1, 3)
    hosts = [
        host(f"h{n}", 100, max_in=draw(slots), max_out=draw(slots), max_moves=draw(slots))
        for n in range(num_hosts)
    ]
    ways = [draw(st.permutations(range(num_hosts)))[:2] for _ in range(count)]
    of = pool(
        hosts,
        [vm(f"v{n}", 1) for n in range(count)],
        {f"v{n}": f"h{src}" for n, (src, _) in enumerate(ways)},
        {f"v{n}": f"h{dst}" for n, (_, dst) in enumerate(ways)},
        timing=Timing(max_parallel=draw(st.none() | st.integers(1, 4))),
    )
    plan = Plan.of(of, moves(*(f"v{n}: h{src} -> h{dst}" for n, (src, dst) in enumerate(ways))))
    earlier = [st.sets(st.integers(0, place - 1), max_size=2) for place in range(1, count)]
    waits = [[], *(sorted(draw(some)) for some in earlier)]
    seconds = draw(st.lists(st.integers(1, 9), min_size=count, max_size=count))
    urgency = draw(st.lists(st.integers(0, 9), min_size=count, max_size=count))
    return work_of_plan(of, plan), waits, seconds, urgency


@given(rehearsed())
def test_however_many_give_way_all_start_and_wait_for_nobody_when_nothing_is_under_way(rehearsal):
    work, waits, seconds, urgency = rehearsal
    run = rehearse(work, waits, seconds, urgency)
    assert [round(end - start) for start, end in zip(run.start_s, run.end_s, strict=True)] == seconds
    assert run.makespan_s <= sum(seconds)
    for place, others in enumerate(waits):
        assert all(run.end_s[other] <= run.start_s[place] for other in others)
    for moment in run.start_s:
        taken = [0] * len(work.clock.limits)
        for start, end, task in zip(run.start_s, run.end_s, work.tasks, strict=True):
            if start <= moment < end:
                for channel, amount in task.uses:
                    taken[channel] += amount
        assert all(one <= most for one, most in zip(taken, work.clock.limits, strict=True))
