"""Errors: who catches ``PlannerError`` catches them all, and reads from each alike what is wrong."""

from __future__ import annotations

import pickle

import pytest

from models import VM, Host, Link, PlannerError, Pool, PoolError, PoolState, Timing
from planner import Balance, Drain, MakeRoom, SearchParameters, plan, reach
from planner.execution import Options

HOSTS = [Host("h1", {"ram_mib": 7})]
STATE = PoolState(HOSTS, [VM("a", {"ram_mib": 7})], {"a": "h1"})

BAD = {
    "host": lambda: Host("h1", {"ram_mib": -1}),
    "version": lambda: Host("h1", {}, version="7"),
    "vm": lambda: VM("", {}),
    "link": lambda: Link("r", (), float("nan")),
    "efficiency": lambda: Timing(efficiency=1.01),
    "links": lambda: Timing(links=[{"name": "r"}]),
    "parameter": lambda: SearchParameters.of("exact.most_slots=-1"),
    "goal": lambda: MakeRoom({"ram_mib": 1}, requires="gpu"),
    "share": lambda: Balance(within="x"),
    "options": lambda: Options(on_failure="hope"),
    "kind": lambda: Pool(STATE, {"a": "h1"}),
    "seed": lambda: plan(STATE, STATE, seed=-1),
    "no such host": lambda: reach(STATE, Drain("h9")),
    "action": lambda: STATE.migrate("a", "h9"),
}


@pytest.mark.parametrize("make", BAD.values(), ids=BAD)
def test_whatever_is_wrong_is_a_planner_error_that_lists_its_mistakes(make):
    with pytest.raises(PlannerError) as caught:
        make()
    assert caught.value.errors == (str(caught.value),)
    assert pickle.loads(pickle.dumps(caught.value)).errors == caught.value.errors


def test_of_several_mistakes_each_is_listed():
    with pytest.raises(PoolError) as caught:
        PoolState([*HOSTS, *HOSTS], [], {"b": "h9"})
    assert len(caught.value.errors) > 1
    assert pickle.loads(pickle.dumps(caught.value)).errors == caught.value.errors
