"""Room for newcomers that is cleared by hand, held against the goal's own judge."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heuristics import Deadline
from models import PoolError, PoolState
from models.wanted import Wanted
from planner import MakeRoom, reach
from planner.goals.cheapest import meets
from planner.goals.choice import Choice
from tests.builders import host, vm, where
from tests.counting import steps_of


def cleared(state, goal):
    """Give the choice and what is begun from."""
    choice = Choice(Wanted(state))
    return choice, goal.start(choice, Deadline(60.0))


def test_who_leaves_for_a_newcomer_lets_a_smaller_one_go_on():
    """All have 4 free but h0, which must be empty: a (5) finds no room until a VM of 2 has gone to h3."""
    sizes = {"a": 5, "x1": 4, "y1": 2, "x2": 4, "y2": 2, "z": 6}
    at = where("h0: a, h1: x1 y1, h2: x2 y2, h3: z")
    hosts = [host(f"h{number}", 10) for number in range(4)]
    choice, found = cleared(
        PoolState(hosts, [vm(*it) for it in sizes.items()], at), MakeRoom({"ram_mib": 10})
    )
    assert found is not None
    assert choice.cost(found) == 2
    assert meets(choice, MakeRoom({"ram_mib": 10}), found)


def test_none_where_all_that_may_leave_is_not_enough():
    state = PoolState(
        [host("h0", 10), host("h1", 10)], [vm("a", 2, movable=False), vm("b", 9)], where("h0: a, h1: b")
    )
    assert cleared(state, MakeRoom({"ram_mib": 9}))[1] is None


def test_room_for_ever_so_many_small_ones_is_looked_for_as_long_as_there_is_time():
    """A million of them would fit on each host were it empty; half of the room of one is of no use now."""
    hosts = [host("h0", capacity={"ram_mib": 2**21, "vcpus": 1}), host("h1", 2**20, traits=["a"])]
    hosts += [host(f"h{n}", capacity={"ram_mib": 2**21, "vcpus": 2**21}) for n in (2, 3)]
    vms = [vm(f"v{n}", 2**17) for n in range(8)]
    at = where("h2: v0 v1 v2 v3, h3: v4 v5 v6 v7")
    choice, late = Choice(Wanted(PoolState(hosts, vms, at))), Deadline(60.0)
    late.stop()
    goal = MakeRoom({"ram_mib": 1, "vcpus": 1}, count=2**22 - 2**19)
    assert steps_of(lambda: goal.start(choice, late)) < 100_000


def test_so_many_that_take_nothing_fit_wherever_a_host_suits_them():
    """They need no room, whatever else must be mended."""
    state = PoolState([host("h0", 1), host("h1", 4)], [vm("a", 2)], where("h0: a"))
    result = reach(state, MakeRoom({"ram_mib": 0}, count=2**53 - 1), workers=1)
    assert (result.status, result.cost) == ("optimal", 1)


def test_more_than_any_amount_can_say_are_refused():
    state = PoolState([host("h0", 1)], [], {})
    with pytest.raises(PoolError, match=r"count=9007199254740992, must be an integer from 1 to 2\^53 - 1"):
        reach(state, MakeRoom({"ram_mib": 0}, count=2**53))


@given(st.data())
def test_what_is_begun_from_meets_the_goal(data):
    hosts = [host(f"h{number}", data.draw(st.integers(6, 12))) for number in range(4)]
    used, at, vms = Counter(), {}, []
    for number in range(data.draw(st.integers(0, 14))):
        size, there = data.draw(st.integers(1, 5)), data.draw(st.sampled_from(hosts))
        if used[there.name] + size <= there.usable("ram_mib"):
            used[there.name] += size
            vms.append(vm(f"v{number}", size))
            at[f"v{number}"] = there.name
    goal = MakeRoom({"ram_mib": data.draw(st.integers(1, 7))}, count=data.draw(st.integers(1, 4)))
    choice, found = cleared(PoolState(hosts, vms, at), goal)
    if found is not None:
        assert meets(choice, goal, found)
