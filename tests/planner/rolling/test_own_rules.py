"""Rules of one's own in a rolling update: they are asked about hosts by the names that they know."""

from __future__ import annotations

import pytest

from models import Filter, Group, GroupLimit, Pool, PoolState, Resource, ResourceRule
from models.replay_rolling import replay_rolling
from planner import Status, roll
from planner.rolling.parameters import RollingParameters
from tests.builders import host, vm, where


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
