"""Waves: as few as can be found, held against all ways to fill them on tiny pools."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models import Plan
from models.moves import OFF
from planner.scheduling.late_stops import stops_of
from planner.scheduling.parameters import FewWaves
from planner.scheduling.precedences import precedences, previous_of_each
from planner.scheduling.stays import NO_TASK
from planner.scheduling.timetable import work_of_plan
from planner.scheduling.wave_film import MANY, FewChanges, ManyChanges
from planner.scheduling.waves import waves
from planner.soak.pools.shuffles import packed_twice
from tests.builders import host, moves, pool
from tests.builders import vm as guest
from tests.counting import steps_of
from tests.in_time import listed, some_work, timed_pools, works_with_stops
from tests.strategies import parsed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from heuristics.tasks import Work

MOST_TASKS = 11
"""Up to so many the oracle looks at all sets of tasks."""

SEEDS = 60


def fewest(work: Work, after: Sequence[Sequence[int]]) -> int:
    """Give the fewest waves that follow the precedences, by trying every set of tasks as the next one."""
    everything, done, number = frozenset(range(len(work.tasks))), {frozenset[int]()}, 0
    while everything not in done:
        number += 1
        done = {before | wave for before in done for wave in every_wave(work, after, before)}
    return number


def every_wave(work: Work, after: Sequence[Sequence[int]], done: frozenset[int]) -> set[frozenset[int]]:
    """Give all sets of tasks that can be one wave when others are done."""
    found, agenda = set[frozenset[int]](), [frozenset[int]()]
    while agenda:
        wave = agenda.pop()
        for task in range(len(work.tasks)):
            more = wave | {task}
            if task in done | wave or more in found or not done | wave >= {*after[task]}:
                continue
            # Who does not fit now does not fit beside more either.
            if len({work.tasks[one].vm for one in more}) == len(more) and fits(work, done, more):
                found.add(more)
                agenda.append(more)
    return found


def fits(work: Work, done: frozenset[int], wave: frozenset[int]) -> bool:
    """Tell whether all arrivals of a wave fit beside all that are there when it begins."""
    problem, at = work.problem, list(work.at_first)
    for number in sorted(done):
        at[work.tasks[number].vm] = work.tasks[number].dst
    arrivals = [work.tasks[number] for number in wave if work.tasks[number].dst != OFF]
    for one in arrivals:
        there = [vm for vm, where in enumerate(at) if where == one.dst]
        there += [other.vm for other in arrivals if other.dst == one.dst]
        for resource, most in enumerate(problem.usable[one.dst]):
            takes = problem.demand[one.vm][resource]
            if takes and sum(problem.demand[vm][resource] for vm in there) > most:
                return False
        for group in problem.groups_of[one.vm]:
            if sum(group in problem.groups_of[vm] for vm in there) > problem.limit(group, one.dst):
                return False
    return True


def check(work: Work, after: Sequence[Sequence[int]], found: Sequence[int]) -> None:
    """Hold waves against the precedences and the room, wave by wave."""
    for task, others in enumerate(after):
        assert all(found[other] <= found[task] for other in others)
    for task, previous in enumerate(previous_of_each(work)):
        assert previous == NO_TASK or found[previous] < found[task]
    assert sorted({*found}) == list(range(1, max(found, default=0) + 1))
    for number in {*found}:
        done = frozenset(task for task, wave in enumerate(found) if wave < number)
        assert fits(work, done, frozenset(task for task, wave in enumerate(found) if wave == number))


@given(timed_pools())
def test_waves_are_safe_and_follow_the_precedences(file):
    if (work := some_work(parsed(file))) is None:
        return
    starts, after = listed(work)
    found = waves(work, starts, after)
    check(work, after, found)
    assert found == waves(work, starts, after)
    if len(work.tasks) <= MOST_TASKS:
        assert max(found, default=0) >= fewest(work, after)


def is_safe(work: Work, after: Sequence[Sequence[int]], found: Sequence[int]) -> bool:
    """Tell whether waves pass the check."""
    with suppress(AssertionError):
        check(work, after, found)
        return True
    return False


@given(works_with_stops())
def test_no_stop_could_be_in_a_later_wave(work):
    starts, after = listed(work)
    found = waves(work, starts, after)
    check(work, after, found)
    for stop in stops_of(work):
        later = [wave + (task == stop) for task, wave in enumerate(found)]
        # A wave that it leaves empty is none: then all behind it would be one earlier.
        if found[stop] in later:
            assert not is_safe(work, after, later)


def tiny_works() -> Iterator[Work]:
    """Give the tasks of full shuffles of 4 hosts."""
    for seed in range(SEEDS):
        rng = np.random.default_rng(seed)
        of = packed_twice(rng, 4, rng.choice((100, 150, 200, 300), size=14))
        if of is not None and (work := some_work(of)) is not None and len(work.tasks) <= MOST_TASKS:
            yield work


def test_waves_are_as_few_as_can_be_on_nearly_all_tiny_shuffles():
    numbers = []
    for work in tiny_works():
        starts, after = listed(work)
        numbers.append((max(waves(work, starts, after)), fewest(work, after)))
    assert all(found >= least for found, least in numbers)
    # One pass without a search misses 3 of them.
    assert len(numbers) > SEEDS // 2
    assert sum(found > least for found, least in numbers) <= 1


def three_apart() -> tuple[Work, list[int]]:
    """Three VMs that go to a host with room for all of them, one after another."""
    of = pool([host("h1", 9), host("h2", 9)], [guest(name, 1) for name in "abc"], "h1: a b c", "h2: a b c")
    work = work_of_plan(of, Plan.of(of, moves(*(f"{name}: h1 -> h2" for name in "abc"))))
    return work, work.one_by_one()


def test_where_all_fits_one_wave_is_enough():
    work, starts = three_apart()
    assert waves(work, starts, [[], [], []]) == [1, 1, 1]


def test_tasks_that_are_to_be_apart_are_in_waves_of_their_own():
    work, starts = three_apart()
    assert waves(work, starts, [[], [], []], apart=[[], [], [0]]) == [1, 1, 2]
    assert waves(work, starts, [[], [0], [1]], apart=[[], [0], [1]]) == [1, 2, 3]


def test_of_as_few_waves_those_are_kept_that_take_the_least_time():
    """B is in a later wave than a; c, which takes as long as b, could be in either."""
    work, starts = three_apart()
    tasks = tuple(replace(task, seconds=seconds) for task, seconds in zip(work.tasks, (1, 9, 9), strict=True))
    assert waves(replace(work, tasks=tasks), starts, [[], [], []], apart=[[], [0], []]) == [1, 2, 2]


def test_without_tasks_there_are_no_waves():
    of = pool([host("h1")], [guest("a")], "h1: a", "h1: a")
    assert waves(work_of_plan(of, Plan.of(of, ())), [], []) == []


def exchange(count: int) -> Work:
    """Give the tasks of so many VMs that leave a full host, one by one, and of as many that come to it."""
    hosts = [host("big", count + 2), host("other", 3 * count)]
    out, come = ([f"{name}{number}" for number in range(count)] for name in "oc")
    here = dict.fromkeys(out, "big") | dict.fromkeys(come, "other")
    there = dict.fromkeys(out, "other") | dict.fromkeys(come, "big")
    of = pool(hosts, [guest(name) for name in (*out, *come)], here, there)
    walk = [f"{it}: {here[it]} -> {there[it]}" for pair in zip(out, come, strict=True) for it in pair]
    return work_of_plan(of, Plan.of(of, moves(*walk)))


def test_waves_of_four_times_as_many_at_one_host_take_about_four_times_as_long():
    """And not sixteen times."""

    def steps(count):
        work = exchange(count)
        starts = work.one_by_one()
        after = precedences(work, starts)
        return steps_of(lambda: waves(work, starts, after))

    assert steps(400) < 6 * steps(100)


def crowded(count: int) -> Work:
    """Give the tasks of so many VMs that leave a host that has room for none of them, then a fifth come."""
    hosts = [host("big", count), host("other", 10 * count)]
    out, come = [f"o{number}" for number in range(count)], [f"c{number}" for number in range(count // 5)]
    here = dict.fromkeys(out, "big") | dict.fromkeys(come, "other")
    there = dict.fromkeys(out, "other") | dict.fromkeys(come, "big")
    vms = [guest(name, 4 + number % 5) for number, name in enumerate(out)] + [guest(name) for name in come]
    of = pool(hosts, vms, here, there)
    return work_of_plan(of, Plan.of(of, moves(*(f"{it}: {here[it]} -> {there[it]}" for it in (*out, *come)))))


def test_precedences_of_a_host_far_over_a_limit_take_as_long_as_there_are_pairs():
    """Of twice as many four times as long, and not eight or sixteen times."""

    def steps(count):
        work = crowded(count)
        starts = work.one_by_one()
        return steps_of(lambda: precedences(work, starts))

    few, many = steps(100), steps(200)
    assert many < 6 * few
    assert many < 100 * 200 * 200 // 5  # It was 200 times that.


def test_where_all_wait_for_many_there_are_fewer_rounds():
    """There would be twenty rounds, were it tasks alone that are counted."""
    work = crowded(400)
    starts = work.one_by_one()
    after = precedences(work, starts)
    parameters = FewWaves(most_placed=20 * len(work.tasks))
    steps = steps_of(lambda: waves(work, starts, after, parameters=parameters))
    assert steps < 30 * sum(map(len, after))  # It was three times that.


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 2 * MANY), st.booleans()), max_size=30))
def test_arrays_count_what_is_taken_of_a_limit_as_lists_do(drawn):
    few, many = FewChanges(20), ManyChanges(20)
    left = 20
    for weight, wave, comes in drawn:
        if comes and weight <= left:
            since = few.with_room(weight, wave)
            assert many.with_room(weight, wave) == since
            left -= weight
            few.take(weight, since)
            many.take(weight, since)
        elif not comes:
            left += weight
            few.take(-weight, wave)
            many.take(-weight, wave)
