"""Permits say of every migration what the filters say."""

from __future__ import annotations

import pytest
from hypothesis import event, given

from heuristics import permits
from heuristics.permits import HostKinds, Permits
from models.problem import OFF, Problem
from tests.builders import host, pool, vm
from tests.heuristics.in_time import POOLS
from tests.strategies import parsed


def may_go(of, problem, guest, source, target):
    """Tell what permits say of a migration."""

    def kind(at):
        if at == problem.dst[guest]:
            return -1
        return -2 if at == problem.src[guest] else of.kind[at]

    return bool(of.may[of.row[guest], kind(source), kind(target)])


@given(POOLS)
def test_they_say_what_filters_say(data):
    problem = Problem(parsed(data))
    movers = [guest for guest in problem.displaced if OFF not in (problem.src[guest], problem.dst[guest])]
    of = Permits(problem, movers)
    event(f"{len(of.may)} rows")
    for guest in movers:
        for source in range(problem.num_hosts):
            for target in range(problem.num_hosts):
                if source != target:
                    expected = problem.may_go(guest, source, target)
                    assert may_go(of, problem, guest, source, target) is expected


@given(POOLS)
def test_the_ways_of_one_vm_are_those_that_filters_let_it_go(data):
    problem = Problem(parsed(data))
    kinds, hosts = HostKinds(problem), range(problem.num_hosts)
    for guest in range(problem.num_vms):
        if OFF not in (problem.src[guest], problem.dst[guest]):
            expected = [[problem.may_go(guest, source, target) for target in hosts] for source in hosts]
            assert kinds.ways_of(guest).tolist() == expected


def test_where_too_many_are_told_apart_there_are_none(monkeypatch):
    hosts = [host("h1", traits=("gpu",)), host("h2", traits=("gpu",)), host("h3")]
    problem = Problem(pool(hosts, [vm("a", requires=("gpu",))], "h1: a", "h2: a"))
    assert Permits(problem, [0]).may.shape == (2, 4, 4)
    monkeypatch.setattr(permits, "MOST_ASKED", 15)
    with pytest.raises(OverflowError):
        Permits(problem, [0])
