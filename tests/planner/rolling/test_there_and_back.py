"""There and back: each host emptied, updated and filled again, others making room and coming back too."""

from __future__ import annotations

import pytest

from heuristics.deadline import Deadline
from models import Pool, PoolState
from models.actions import Migration, Start, Stop, Update
from models.replay_rolling import replay_rolling
from planner import roll
from planner.clouds.reading.csv_tables import read_tables
from planner.rolling.parameters import RollingParameters
from planner.rolling.there_and_back import there_and_back
from planner.rolling.upgrade import Upgrade
from planner.rolling.way_back import WayBack
from tests.builders import host, vm, where
from tests.places import EXAMPLES
from tests.planner.solving import LIMIT_S

FIRST = RollingParameters(most_ways=0, idle=1)
"""No cluster is looked at whole, and hardly any order of hosts is tried."""


def crowded(**of_d):
    """For v of 6 to leave a, y of 1 has to leave b: c and b have 5 free each, d has 1."""
    hosts = [host("a"), host("b"), host("c"), host("d", 1, **of_d)]
    vms = [vm("v", 6), vm("w", 5), vm("x", 4), vm("y", 1)]
    return PoolState(hosts, vms, where("a: v, b: x y, c: w, d:"))


def come_home(state, *hosts, **options):
    """Give the plan, held against the judge: in it all are home again."""
    chosen = {"seed": 0, "workers": 1, "time_limit_s": LIMIT_S, "parameters": FIRST} | options
    result = roll(state, *hosts, home=True, **chosen)
    assert result.plan is not None, result.reason
    assert not replay_rolling(Pool(state, state), result.plan.steps)
    assert sorted(result.plan.updates) == sorted(hosts or [it.name for it in state.hosts])
    return result


def test_who_makes_room_goes_back_too():
    """Two move there and back, v and y, which is 4; v alone is the bound."""
    result = come_home(crowded(), "a")
    assert (result.cost, result.bound) == (4, 2)


@pytest.mark.parametrize("at_once", [1, 2])
def test_hosts_that_need_others_to_make_room_and_hosts_that_do_not(at_once):
    """Only for a has somebody to make room: 2 x (2 + 2 + 1)."""
    assert come_home(crowded(), "a", "b", "c", at_once=at_once).cost == 10


def test_the_hosts_that_need_others_come_first():
    updates = come_home(crowded(), "b", "c", "a").plan.updates
    assert updates[0] == "a"


def test_nobody_makes_room_on_a_newer_host_from_where_it_could_not_come_back():
    """VM y fits on d, which is newer, and on c, which is not: it goes to c."""
    state = crowded(version=1)
    hosts = [it if it.name == "d" else host(it.name, version=0) for it in state.hosts]
    steps = come_home(PoolState(hosts, state.vms, state.placement), "a").plan.steps
    assert {step.destination for step in steps if isinstance(step, Migration) and step.vm == "y"} == {
        "b",
        "c",
    }


def newer():
    """Only d, which is newer, has room for y of b."""
    hosts = [host("a", version=0), host("b", version=0), host("d", 1, version=1)]
    return PoolState(hosts, [vm("v", 6), vm("x", 4), vm("y", 1)], where("a: v, b: x y, d:"))


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param([Migration("y", "b", "d"), Migration("v", "a", "b")], id="no way back to an older host"),
        pytest.param([Stop("y", "b"), Migration("v", "a", "b"), Start("y", "d")], id="a stop"),
        pytest.param([Migration("y", "b", "d")], id="not emptied"),
        pytest.param(None, id="no way there"),
    ],
)
def test_a_way_that_cannot_be_taken_back_is_none(steps):
    """The migrations back are judged one by one, whatever was promised of them."""
    upgrade = Upgrade(newer(), ("a",), "moves")
    assert there_and_back(upgrade, 1, Deadline(LIMIT_S), lambda *_: steps) is None


def test_it_is_given_who_is_where_and_what_is_updated():
    """Of two hosts that are hard, the second is emptied once the first is filled again."""
    state = PoolState(
        [host("a"), host("b"), host("c"), host("d")],
        [vm("v", 6), vm("w", 6), vm("x", 5), vm("y", 4), vm("z", 1)],
        where("a: v, b: w, c: x, d: y z"),
    )
    asked = []

    def drain(at, done, emptied):
        asked.append((list(at), list(done), emptied))
        here = "ab"[emptied]
        return [Migration("z", "d", "c"), Migration("vw"[emptied], here, "d")]

    steps = there_and_back(Upgrade(state, ("a", "b"), "moves"), 1, Deadline(LIMIT_S), drain)
    assert [(done, emptied) for _, done, emptied in asked] == [([], 0), ([0], 1)]
    assert asked[1][0] == [4, 1, 2, 3, 3]
    assert not replay_rolling(Pool(state, state), steps)
    assert [step.host for step in steps if isinstance(step, Update)] == ["a", "b"]


@pytest.mark.parametrize(
    ("source", "there", "allowed"),
    [
        pytest.param(host("b", version=0), host("c", version=0), True, id="as new"),
        pytest.param(host("b"), host("c"), True, id="no versions"),
        pytest.param(host("b", version=0), host("c", version=1), False, id="newer"),
        pytest.param(host("a", version=0), host("c", version=1), True, id="as new as it will be"),
        pytest.param(host("a", version=0), host("c", version=2), False, id="newer than it will be"),
        pytest.param(host("b", accepts=False), host("c"), False, id="cordoned"),
        pytest.param(host("b"), host("a"), False, id="being emptied"),
        pytest.param(None, host("c"), True, id="a start"),
    ],
)
def test_way_back_refuses_what_could_not_be_taken_back(source, there, allowed):
    assert (WayBack("a").refuses_move(vm("v"), source, there, None) is None) == allowed


@pytest.mark.parametrize("hosts", [("node02", "node04"), ("node01", "node02", "node04")])
def test_hosts_of_the_example_come_home_by_what_a_drain_finds(hosts):
    folder = EXAMPLES / "cluster"
    come_home(read_tables(str(folder / "hosts.csv"), str(folder / "vms.csv")).state, *hosts)
