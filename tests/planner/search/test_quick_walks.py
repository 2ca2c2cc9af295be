"""Walks that learn: what they tell is what walks in Python tell that look at every subset, and no more."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import event, example, given
from hypothesis import strategies as st

from heuristics import Deadline
from heuristics.compiled.at_hand import CompiledPart, compile_part
from heuristics.deadline import never
from models.problem import Problem
from planner.search.parameters import DEFAULT
from planner.search.quick_walks import Learnt, may_load_walks, quick_walk, walked_in_turn
from planner.search.straight_walk import StepAside, StraightWalk
from planner.search.straight_ways import StraightWays
from tests.planner.small_pools import tight

LIMITS = DEFAULT.conflicts
BOTH_ENDS = (False, True)


def asked(walk, *learnt):
    """Give what a walk that learns tells; the last of these keeps what it learns."""
    quick = quick_walk(walk, LIMITS, None, [one.of_use(walk.stand_ins) for one in learnt])
    found = walked_in_turn([quick], never)
    for one in learnt[-1:]:
        one.add(*quick.has_learnt)
    return found


@st.composite
def questions(draw, num_hosts):
    """Draw who steps aside, by one host or by two, and who is left out, as numbers to choose by."""
    aside = st.lists(
        st.tuples(st.integers(0, 99), st.lists(st.integers(0, num_hosts - 2), min_size=1, max_size=2)),
        max_size=2,
    )
    return draw(aside), draw(st.none() | st.integers(0, 99))


def chosen(problem, question):
    """Give the steps aside of a question, and who is left out."""
    steps, left_out = question
    asides, num_vms = {}, problem.num_vms
    for vm, hosts in steps:
        vm, by = vm % num_vms, [problem.src[vm % num_vms]]
        for number in hosts:
            # The number of one of the other hosts.
            by.append(number + (number >= by[-1]))
        if by[-1] != problem.dst[vm]:
            asides[vm] = StepAside(vm, tuple(by[1:]))
    out = [] if left_out is None else [problem.displaced[left_out % len(problem.displaced)]]
    return list(asides.values()), [vm for vm in out if vm not in asides]


@example(497949, 7, 0.85, [([(21, [3])], None)]).via(
    "found by drawing: only room kept from going who had yet to come"
)
@example(310454, 7, 0.95, [([(3, [5, 4])], 19)]).via(
    "found by drawing: the same, where he has two hosts to pass"
)
@given(
    st.integers(0, 10_000),
    st.sampled_from((4, 5, 6)),
    st.sampled_from((0.8, 0.9, 0.95)),
    st.lists(questions(4), min_size=1, max_size=4),
)
def test_walks_of_both_kinds_and_from_both_ends_tell_the_same(seed, num_hosts, load, several):
    problem = Problem(tight(num_hosts, load, seed))
    ways, vms, hosts = StraightWays(problem), range(problem.num_vms), range(problem.num_hosts)
    learnt = {back: Learnt(len(problem.displaced), 1_000) for back in BOTH_ENDS}
    for question in several:
        asides, out = chosen(problem, question)
        straight = set(problem.displaced).difference(out, (aside.vm for aside in asides))
        all_going = sorted([*straight, *(aside.vm for aside in asides for _ in range(len(aside.by) + 1))])
        told = set()
        for back in BOTH_ENDS:
            walk = StraightWalk(ways, vms, back=back, guests=vms, shelters=hosts).but(asides, out)
            here = walk.end(LIMITS.most_states, never)
            for found in (here, asked(walk), asked(walk, learnt[back])) if walk.is_of_use else ():
                told.add(found.possible)
                assert not found.possible or sorted(found.order) == all_going
        event(f"{told}")
        assert len(told - {None}) == 1


@given(st.integers(0, 10_000), st.sampled_from((0.9, 0.95)))
def test_of_who_cannot_all_go_a_walk_learns_some_who_cannot(seed, load):
    problem = Problem(tight(6, load, seed))
    ways = StraightWays(problem)
    for back in BOTH_ENDS:
        found = asked(StraightWalk(ways, range(problem.num_vms), back=back))
        event(f"{found.possible}")
        if found.possible is False:
            assert found.conflict <= set(problem.displaced)
            vms = [vm for vm in range(problem.num_vms) if vm in found.conflict or not ways.moves(vm)]
            assert asked(StraightWalk(ways, vms)).possible is False


def nogoods(*numbers_of_each):
    """Give sets of numbers as rows of one word."""
    return np.array([[sum(1 << number for number in each)] for each in numbers_of_each], dtype=np.uint64)


def test_what_is_learnt_of_some_is_of_no_use_where_they_do_not_go_straight():
    learnt = Learnt(4, 10)
    learnt.add(nogoods([0, 1], [2, 3], [1]), nogoods([2], [0], []))
    wait, gone = learnt.of_use([2])
    assert (wait.tolist(), gone.tolist()) == (nogoods([1]).tolist(), nogoods([]).tolist())


def test_what_tells_of_who_steps_aside_is_not_handed_on():
    learnt = Learnt(4, 10)
    learnt.add(nogoods([0, 4], [0, 1]), nogoods([1], [5]))
    assert len(learnt.of_use([])[0]) == 0


def test_the_nogoods_that_take_the_most_to_tell_are_forgotten():
    learnt = Learnt(4, 2)
    learnt.add(nogoods([0, 1, 2], [0], [1, 2]), nogoods([3], [], []))
    assert learnt.of_use([])[0].tolist() == nogoods([0]).tolist()


@pytest.mark.parametrize("back", BOTH_ENDS)
def test_a_question_that_shares_what_was_learnt_looks_at_fewer_placements(back):
    problem = Problem(tight(7, 0.95, 3))
    ways = StraightWays(problem)
    learnt = Learnt(len(problem.displaced), 10_000)

    def looked_at():
        walk = quick_walk(
            StraightWalk(ways, range(problem.num_vms), back=back), LIMITS, None, [learnt.of_use()]
        )
        told = walked_in_turn([walk], never).possible
        learnt.add(*walk.has_learnt)
        return told, walk.placements_seen

    first, again = looked_at(), looked_at()
    assert again[0] is first[0]
    assert again[1] <= first[1]


def test_walks_that_are_loaded_already_take_no_time_to_load():
    """Asked in the last second of a search too, if others have been asked before."""
    walk = StraightWalk(StraightWays(Problem(tight(4, 0.9, 1)), LIMITS, compiled=True), range(4))
    walked_in_turn([quick_walk(walk, LIMITS)], never)
    assert compile_part(CompiledPart.SUBSETS)
    assert may_load_walks(Deadline(LIMITS.load_s / 2), LIMITS)
