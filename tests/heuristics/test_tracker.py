"""Tracker and Room: what is kept up move by move is what counting anew would give."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heuristics.eviction import evicted
from heuristics.parameters import ShelterParameters
from heuristics.room import Room
from heuristics.tracker import Tracker
from models import Filter
from models.ledger import Ledger
from models.problem import OFF, Problem
from tests.builders import host, pool, vm
from tests.models.rules.own_rules import HOSTS, Licences, databases
from tests.planner.solving import solve
from tests.strategies import parsed, planted_pools


def wandered(data, seed):
    """Move VMs about in a pool, unasked, now and then off and on again; give the room after it."""
    problem = Problem(parsed(data))
    room, rng = Room(problem), Random(seed)
    for _ in range(40 if problem.num_vms else 0):
        one = rng.randrange(problem.num_vms)
        place = rng.choice([*range(problem.num_hosts), OFF])
        if place != room.tracker.at[one]:
            before = room.tracker.at[one]
            assert room.go(one, place) == before
    return room


def ledger_of(room):
    """Count the same placement anew, by name and by the rules themselves."""
    problem = room.problem
    placement = {
        problem.vms[one].name: problem.hosts[place].name
        for one, place in enumerate(room.tracker.at)
        if place != OFF
    }
    return Ledger(problem.hosts, problem.pool.vms, problem.pool.current.rules, placement)


@given(planted_pools(), st.integers(0, 2**32))
def test_room_and_guests_after_many_moves_are_those_counted_anew(planted, seed):
    """Free room, guests and group counts never drift from the placement."""
    room = wandered(planted.pool, seed)
    problem, tracker = room.problem, room.tracker
    free = [list(row) for row in problem.usable]
    held = [dict.fromkeys(range(len(problem.members)), 0) for _ in problem.hosts]
    on = [set() for _ in problem.hosts]
    for one, place in enumerate(tracker.at):
        if place != OFF:
            on[place].add(one)
            for resource, amount in enumerate(problem.demand[one]):
                free[place][resource] -= amount
            for group in problem.groups_of[one]:
                held[place][group] += 1
    assert tracker.free == free
    assert [set(guests) for guests in tracker.on] == on
    assert [
        {group: there.get(group, 0) for group in range(len(problem.members))} for there in tracker.held
    ] == held
    assert np.array_equal(
        room.free.T.reshape(problem.num_hosts, -1), np.array(free).reshape(problem.num_hosts, -1)
    )
    kept = all(n <= problem.limit(group, h) for h, there in enumerate(held) for group, n in there.items())
    assert tracker.is_sane() == (kept and all(amount >= 0 for row in free for amount in row))


@given(planted_pools(), st.integers(0, 2**32))
def test_a_vm_can_go_exactly_where_the_ledger_refuses_nothing(planted, seed):
    """The arrays of the path finders and the rules of the replay agree on every single migration."""
    room = wandered(planted.pool, seed)
    problem, tracker, ledger = room.problem, room.tracker, ledger_of(room)
    for one, source in enumerate(tracker.at):
        for place in range(problem.num_hosts):
            if place == source:
                continue
            refused = ledger.refusals(
                problem.vms[one].name,
                None if source == OFF else problem.hosts[source].name,
                problem.hosts[place].name,
                problem.hosts[problem.dst[one]].name,
            )
            assert tracker.can_go(one, place) == (not list(refused))


@given(planted_pools(), st.integers(0, 2**32))
def test_fits_without_asks_as_if_the_other_had_left(planted, seed):
    """Whether a VM would fit without another is asked without changing anything."""
    room = wandered(planted.pool, seed)
    tracker = room.tracker
    for other, place in enumerate(tracker.at):
        for one in range(room.problem.num_vms):
            if place == OFF or one == other or tracker.at[one] == place:
                continue
            told = room.fits_without(one, place, other)
            room.go(other, OFF)
            assert told == tracker.fits(one, place)
            room.go(other, place)


def test_rivals_are_the_members_of_a_full_group_only():
    """Of two licences both are taken on h1; on h2 one is free, so nobody there is in the way."""
    of = pool(HOSTS, databases(4), "h1: d0 d1, h2: d2, h3: d3", "h1: d0 d1, h2: d2 d3", rules=[Licences()])
    tracker = Room(Problem(of)).tracker
    assert sorted(tracker.rivals(3, 0)) == [0, 1]
    assert list(tracker.rivals(3, 1)) == []
    assert not tracker.fits(3, 0)
    assert tracker.fits(3, 1)


def test_evicting_leaves_everything_where_it_was():
    """Looking for room to be made moves nobody in the end."""
    of = pool(
        [host("h1", 10), host("h2", 10), host("h3", 4)],
        [vm("a", 6), vm("b", 2), vm("c", 2)],
        "h1: b c, h2: a",
        "h1: a b c, h2:",
    )
    room = Room(Problem(of))
    at, free = list(room.tracker.at), room.free.copy()
    assert evicted(room, 0, 0, lambda _: True) == []  # there is room
    room.go(1, 2)
    room.go(1, 0)
    assert (list(room.tracker.at), room.free.tolist()) == (at, free.tolist())


class WithinItsRack(Filter):
    """A VM bound for a host makes no detour outside the rack of that host."""

    name = "within_its_rack"

    def refuses_move(self, vm, source, host, target):
        """Refuse what is neither the target nor in its rack; a VM without a target goes anywhere."""
        if target is None or host.labels.get("rack") == target.labels.get("rack"):
            return None
        return "in another rack than its target"


@pytest.mark.parametrize(("rack", "cost"), [("A", 3), ("B", None)])
def test_a_filter_of_ones_own_that_looks_at_the_target_is_asked(rack, cost):
    """The swap of the tiny pool, whose shelter is in the rack of both targets, or in another."""
    hosts = [host(name, labels={"rack": "A"}) for name in ("h1", "h2")] + [host("h3", labels={"rack": rack})]
    of = pool(hosts, [vm("a", 7), vm("b", 6)], "h1: a, h2: b", "h1: b, h2: a", rules=[WithinItsRack()])
    assert Tracker(Problem(of)).can_go(1, 2) == (rack == "A")
    assert solve(of, time_limit_s=20.0).cost == cost


def test_a_filter_of_ones_own_that_refuses_starts_alone_allows_no_stop():
    """Where a VM may not be started on its target it is not stopped."""

    class NoStarts(Filter):
        name = "no_starts"

        def refuses_move(self, vm, source, host, target):
            return "not started here" if source is None else None

    hosts = [host("h1"), host("h2")]
    vms = [vm("a", 7, offline=True), vm("b", 6)]
    here, there = "h1: a, h2: b", "h1: b, h2: a"
    assert solve(pool(hosts, vms, here, there), time_limit_s=20.0).cost == 11
    refused = pool(hosts, vms, here, there, rules=[NoStarts()])
    assert Problem(refused).stop_cost == [None, None]
    assert solve(refused, time_limit_s=20.0).status == "infeasible"


@given(planted_pools(), st.integers(0, 2**32))
def test_a_copy_stands_where_the_room_stood_and_goes_its_own_way(planted, seed):
    """Each pass of the wheel begins from a copy, and must leave the first placement as it was."""
    room = wandered(planted.pool, seed)
    twin, at, free = room.copy(), list(room.tracker.at), [list(row) for row in room.tracker.free]
    assert (twin.tracker.at, twin.tracker.free, twin.tracker.held) == (at, free, room.tracker.held)
    assert np.array_equal(twin.free, room.free)
    for one, place in enumerate(twin.problem.dst):
        twin.go(one, place)
    assert (room.tracker.at, room.tracker.free) == (at, free)
    assert np.array_equal(room.free.T.reshape(len(free), -1), np.array(free).reshape(len(free), -1))


def tightest(room, one):
    """Ask every host for a shelter, one after the other."""
    problem = room.problem
    needs = problem.needs[one]
    places = [
        (room.tracker.free[place][needs[0][0]] - needs[0][1] if needs else 0, place)
        for place in range(problem.num_hosts)
        if place not in (room.tracker.at[one], problem.dst[one]) and room.can_wait(one, place)
    ]
    return min(places)[::-1] if places else None


@pytest.mark.parametrize(
    "how",
    [
        ShelterParameters(few_hosts=0),
        ShelterParameters(few_hosts=2),
        ShelterParameters(),
        ShelterParameters(most_kept=2, most_changes=7),
    ],
    ids=["all at once", "few again", "few", "forgetful"],
)
@given(planted=planted_pools(), seed=st.integers(0, 2**32))
def test_the_shelter_is_the_tightest_host_whatever_has_moved_since_it_was_looked_for(how, planted, seed):
    """Looked for at all hosts, at one after the other, with and without what is known from before."""
    room, rng = Room(Problem(parsed(planted.pool)), how), Random(seed)
    everyone = range(room.problem.num_vms)
    for _ in range(12 if everyone else 0):
        assert all(room.shelter(one) == tightest(room, one) for one in everyone)
        room.go(rng.choice(everyone), rng.choice([OFF, *range(room.problem.num_hosts)]))
        if not rng.randrange(4):
            room = room.copy()
