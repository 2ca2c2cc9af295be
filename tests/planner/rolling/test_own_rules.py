"""Rules of one's own in a rolling update: they are asked about hosts by the names that they know."""

from __future__ import annotations

from dataclasses import replace

import pytest

from heuristics import Deadline
from models import Filter, Group, GroupLimit, Pool, PoolState, Resource, ResourceRule
from models.actions import Update
from models.replay_in_any_time import replay_in_any_time
from models.replay_in_waves import replay_in_waves
from models.replay_rolling import replay_rolling
from models.schedule import Schedule
from planner import Status, roll
from planner.rolling.parameters import RollingParameters
from planner.rolling.timing import in_time
from planner.scheduling.parameters import DEFAULT
from tests.builders import broken, host, moves, vm, where
from tests.heuristics.finding import LONG_S


class Closed(Filter):
    """Each host takes the VMs that it names."""

    name = "closed"

    def __init__(self, **takes):
        self.takes = takes

    def refuses(self, vm, host):
        return None if vm.name in self.takes[host.name] else "does not take it"


class Few(GroupLimit):
    """So many VMs on a host, by its name."""

    name = "few"

    def __init__(self, **limits):
        self.limits = limits

    def groups(self, hosts, vms):
        assert {it.name for it in hosts} == self.limits.keys()
        yield Group("all", tuple(it.name for it in vms), lambda host: self.limits[host.name])


class Places(ResourceRule):
    """The same, said as a resource; of VMs that it does not know it says nothing."""

    name = "places"

    def __init__(self, *vms, **limits):
        self.vms, self.limits = dict.fromkeys(vms, 1), limits

    def resources(self, hosts, vms):
        assert {it.name for it in hosts} == self.limits.keys()
        yield Resource("places", lambda vm: self.vms[vm.name], lambda host: self.limits[host.name])


RULES = {
    "filter": Closed(h1="ab", h2="a", h3="ab"),
    "groups": Few(h1=2, h2=1, h3=2),
    "resource": Places("a", "b", h1=2, h2=1, h3=2),
}


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("schedule", [False, True])
def test_a_rule_that_goes_by_names_of_hosts_knows_them_once_they_are_updated(rule, schedule):
    """Both leave h1 at once, and then h3 is emptied as well: h2 alone is closed to one of them."""
    names = ("h1", "h2", "h3")
    state = PoolState([host(it) for it in names], [vm("a"), vm("b")], where("h1: a b"), rules=[RULES[rule]])
    result = roll(state, seed=0, workers=1, time_limit_s=20.0, schedule=schedule)
    assert (result.status, result.cost) == (Status.OPTIMAL, 2)
    assert not replay_rolling(Pool(state, result.target), result.plan.steps)


class Straight(Filter):
    """Nobody comes to a host where he does not end."""

    name = "straight"

    def refuses_move(self, vm, source, host, target):
        return "not its end" if target is not None and host.name != target.name else None


@pytest.mark.parametrize("most_ways", [0, RollingParameters().most_ways])
def test_a_rule_that_asks_where_a_vm_ends_is_not_told_that_it_ends_where_it_is(most_ways):
    """Asked so, it let nobody leave: ``no plan exists: a on h1 may run on no other host``."""
    state = PoolState(
        [host("h1"), host("h2"), host("h3")], [vm("a"), vm("b")], where("h1: a, h2: b"), rules=[Straight()]
    )
    how = RollingParameters(most_ways=most_ways)
    result = roll(state, "h1", "h2", workers=1, time_limit_s=5.0, parameters=how)
    assert result.status is not Status.INFEASIBLE, result.reason
    assert result.bound == 2


def test_where_a_vm_ends_is_known_where_all_come_home():
    state = PoolState([host("h1"), host("h2")], [vm("a")], where("h1: a"), rules=[Straight()])
    result = roll(state, "h1", home=True, workers=1, time_limit_s=5.0)
    assert result.status is Status.INFEASIBLE


class Newer(ResourceRule):
    """A host takes two VMs, and once it is updated one."""

    name = "newer"

    def resources(self, hosts, vms):
        yield Resource("guests", lambda _: 1, lambda host: 2 - (host.version or 0))


class NewerGroup(GroupLimit):
    """The same, said as a group."""

    name = "newer"

    def groups(self, hosts, vms):
        yield Group("all", tuple(it.name for it in vms), lambda host: 2 - (host.version or 0))


def of_three(rule):
    """Give three hosts, of which h3 is empty."""
    names = ("h1", "h2", "h3")
    vms = [vm(it, migration_s=5) for it in "ab"]
    return PoolState([host(it) for it in names], vms, where("h1: a, h2: b"), rules=[rule])


@pytest.mark.parametrize("rule", [Newer(), NewerGroup()])
@pytest.mark.parametrize("asked_before", [False, True])
def test_what_an_updated_host_takes_is_what_the_rule_says_of_it_then(rule, asked_before):
    """Whether anybody came there before its update makes no difference: both together are too many."""
    state = of_three(rule)
    before = [*moves("a: h1 -> h3", "a: h3 -> h1")] if asked_before else []
    steps = [*before, Update("h3"), *moves("a: h1 -> h3", "b: h2 -> h3")]
    of = Pool(state, state.placed(where("h3: a b")))
    assert broken(replay_rolling(of, steps)) == ["newer"]
    serial = range(1, len(steps) + 1)
    times = Schedule(
        start_s=tuple(serial),
        end_s=tuple(serial),
        after=tuple(() if it == 1 else (it - 1,) for it in serial),
        wave=tuple(serial),
    )
    assert "newer" in broken(replay_in_waves(of, steps, times))
    assert broken(replay_in_any_time(of, steps, times)) == ["precedence", "newer"]


@pytest.mark.parametrize("rule", [Newer(), NewerGroup()])
def test_who_comes_to_an_updated_host_waits_for_the_room_that_it_has_then(rule):
    """Had b not to wait for a to leave h3, both could be there at once, one more than it takes by then."""
    state = of_three(rule)
    steps = [
        Update("h3"),
        *moves("a: h1 -> h3"),
        Update("h1"),
        *moves("a: h3 -> h1", "b: h2 -> h3"),
        Update("h2"),
    ]
    of = Pool(state, state.placed(where("h1: a, h3: b")))
    assert not replay_rolling(of, steps)
    found, times = in_time(of, steps, 1, Deadline(LONG_S), DEFAULT)
    leaves, comes = (found.index(it) + 1 for it in moves("a: h3 -> h1", "b: h2 -> h3"))
    assert leaves in times.after[comes - 1]
    spoilt = list(times.after)
    spoilt[comes - 1] = spoilt[leaves - 1]
    assert broken(replay_in_any_time(of, found, replace(times, after=tuple(spoilt)))) == ["precedence"]


@pytest.mark.parametrize("rule", [Newer(), NewerGroup()])
def test_a_rolling_plan_is_scheduled_where_updated_hosts_take_less(rule):
    """Each host takes one VM by then, so the second waits until the first is home."""
    state = of_three(rule).placed(where("h1: a, h3: b"))
    result = roll(state, home=True, schedule=True, seed=0, workers=1, time_limit_s=20.0)
    assert (result.status, result.cost) == (Status.OPTIMAL, 4)
