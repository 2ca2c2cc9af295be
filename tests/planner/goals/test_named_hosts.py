"""Hosts that a goal names, and are not there."""

from __future__ import annotations

import pytest

from models import PlannerError, PoolState
from planner import Drain, reach
from tests.builders import host, vm

HOSTS = [host("node01"), host("node02"), host("other")]
VMS = [vm("a", 1), vm("b", 1), vm("c", 1)]
STATE = PoolState(HOSTS, VMS, {"a": "node01", "b": "node02", "c": "node02"})


@pytest.mark.parametrize(
    ("named", "text"),
    [
        pytest.param(["node1"], "drain: 'node1' is no host of the pool; alike: node01, node02", id="typo"),
        pytest.param(
            ["x"],
            "drain: 'x' is no host of the pool, which has node01, node02, other",
            id="nothing alike",
        ),
        pytest.param(["other", "other"], "drain: 'other' is named twice", id="twice"),
        pytest.param(
            [["node01"]], "drain: ['node01'] is no name; hosts are named one by one, as strings", id="list"
        ),
    ],
)
def test_a_host_that_cannot_be_drained_is_named_with_those_alike(named, text):
    with pytest.raises(PlannerError) as caught:
        reach(STATE, Drain(*named))
    assert str(caught.value) == text


def test_of_many_hosts_three_are_named():
    many = PoolState([host(f"node{number:02}") for number in range(12)], [], {})
    with pytest.raises(PlannerError) as caught:
        reach(many, Drain("x"))
    assert (
        str(caught.value) == "drain: 'x' is no host of the pool, which has node00, node01, node02 and 9 more"
    )
