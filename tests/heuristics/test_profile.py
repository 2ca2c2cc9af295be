"""Profile: the instants at which a host has room are those that counting its guests at each instant gives."""

from __future__ import annotations

from itertools import pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from heuristics.profile import Profile, Visit, visits_in
from heuristics.tracker import Tracker
from models.problem import OFF, Problem
from tests.strategies import parsed, planted_pools


def has_room(problem, visits, vm, place, instant):
    """Count who is on the host in that instant, from first to last of each visit."""
    there = [
        other
        for other, made in visits.items()
        if other != vm and any(it.host == place and it.since <= instant <= it.until for it in made)
    ]
    fits = all(
        sum(problem.demand[other][resource] for other in there) + amount <= problem.usable[place][resource]
        for resource, amount in problem.needs[vm]
    )
    return fits and all(
        sum(group in problem.groups_of[other] for other in there) < problem.limit(group, place)
        for group in problem.groups_of[vm]
    )


def comes(visits, vm, place, instant):
    """Tell whether anybody else arrives there in that instant."""
    return any(
        it.host == place and it.since == instant > 0
        for other, made in visits.items()
        if other != vm
        for it in made
    )


def wander(problem, rng):
    """Make moves that nobody asked for, now and then off and on again."""
    at, moves = list(problem.src), []
    for _ in range(12):
        vm, place = rng.randrange(problem.num_vms), rng.choice([OFF, *range(problem.num_hosts)])
        if at[vm] != place:
            at[vm] = place
            moves.append((vm, place))
    return moves


@given(planted_pools(), st.integers(0, 2**32))
def test_room_is_there_when_those_who_are_there_leave_it(planted, seed):
    problem, rng = Problem(parsed(planted.pool)), Random(seed)
    if not problem.num_vms:
        return
    moves = wander(problem, rng)
    everyone = range(problem.num_vms)
    out = rng.sample(everyone, rng.randint(0, problem.num_vms))
    profile = Profile(Tracker(problem), moves, out)
    visits = visits_in(problem, moves, everyone, profile.last)
    for vm in out:
        profile.put(vm, visits[vm])
    for vm in out:
        assert profile.take(vm) == visits[vm]
        for place in range(problem.num_hosts):
            rooms = [has_room(problem, visits, vm, place, it) for it in range(profile.last + 1)]
            found = profile.safe_intervals(vm, place)
            assert [
                any(it.first <= instant <= it.last for it in found) for instant in range(len(rooms))
            ] == rooms
            assert all(one.last + 1 < later.first for one, later in pairwise(found))
            since = rng.randint(0, profile.last)
            keeps_out = [
                it for it in range(since + 1, len(rooms)) if comes(visits, vm, place, it) and not rooms[it]
            ]
            assert profile.until(vm, place, since) == (keeps_out[0] - 1 if keeps_out else profile.last)
        visits[vm] = [Visit(rng.randrange(problem.num_hosts), 0, rng.randint(0, profile.last))]
        profile.put(vm, visits[vm])
