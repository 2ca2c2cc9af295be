"""Amounts in words say who fits as amounts one by one do, and leave out what never runs short."""

from __future__ import annotations

from hypothesis import given

from heuristics.legs import Packing
from heuristics.spare import Spare
from heuristics.words import Words
from models.problem import OFF, Problem
from tests.builders import host, pool, vm
from tests.heuristics.in_time import POOLS
from tests.strategies import parsed


def lacks(words, at, guest):
    """Tell whether a host has no room for a VM."""
    return bool(((words.room[at] - words.need[guest]) & words.over).any())


@given(POOLS)
def test_who_fits_is_told_as_by_amounts_one_by_one(data):
    problem = Problem(parsed(data))
    spare = Spare(problem, problem.src)
    if OFF in problem.src or not spare.is_sane():
        return
    words, packing = Words(problem, problem.src, 1), Packing(problem, problem.src)
    for guest in range(problem.num_vms):
        for at in range(problem.num_hosts):
            if at != problem.src[guest]:
                fits = spare.fits(guest, at)
                assert lacks(words, at, guest) is not fits
                assert bool((packing.room[at] - packing.need[guest]) & packing.over) is not fits


def test_what_fits_on_any_host_all_together_is_left_out():
    hosts = [
        host("h1", capacity={"ram_mib": 4, "vcpus": 9}),
        host("h2", capacity={"ram_mib": 4, "vcpus": 8}),
    ]
    vms = [vm(name, demand={"ram_mib": 3, "vcpus": 4}) for name in "ab"]
    problem = Problem(pool(hosts, vms, "h1: a, h2: b", "h1: b, h2: a"))
    few = Words(problem, problem.src, 1)
    assert few.need.tolist() == [[1], [1]]
    assert lacks(few, 1, 0)


def test_groups_that_ask_alike_are_asked_together():
    vms = [vm(name) for name in "abcd"]
    groups = [("a", "b"), ("c", "d")]
    problem = Problem(
        pool([host("h1"), host("h2")], vms, "h1: a c, h2: b d", "h1: b d, h2: a c", anti_affinity=groups)
    )
    assert sorted(group for _, alike in problem.tables.groups.alike() for group in alike) == [0, 1]
    assert next(limits for limits, _ in problem.tables.groups.alike()) == (1, 1)
