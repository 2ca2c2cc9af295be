"""What rules of one's own say of VMs that are yet to come, for make-room."""

from __future__ import annotations

import pytest

from models import Filter, PoolState, Resource, ResourceRule
from models.errors import PlannerError
from planner import MakeRoom, reach
from tests.builders import host, vm, where

OPTIONS = {"seed": 0, "workers": 1, "time_limit_s": 20.0}


class Tenants(Filter):
    """Each VM runs on the hosts of its tenant, looked up by name."""

    name = "tenants"

    def __init__(self, hosts):
        self.hosts = hosts

    def refuses(self, vm, host):
        return None if host.name in self.hosts[vm.name] else "belongs to another tenant"


class Places(ResourceRule):
    """Every VM takes one of two places on a host."""

    name = "places"

    def resources(self, hosts, vms):
        yield Resource("places", lambda _: 1, lambda _: 2)


def state_of(current, *rules):
    placement = where(current)
    hosts = [host("h1"), host("h2")]
    return PoolState(hosts, [vm(name) for name in placement], placement, rules=rules)


@pytest.mark.parametrize("name", ["a", "newcomer"])
def test_a_rule_that_knows_only_the_vms_of_the_pool_is_named(name):
    state = state_of(f"h1: {name}", Tenants({name: ["h1", "h2"]}))
    asked = "newcomer'" if name == "newcomer" else "newcomer"
    with pytest.raises(PlannerError) as raised:
        reach(state, MakeRoom({"ram_mib": 1}), **OPTIONS)
    assert str(raised.value) == (
        f"make-room: the rule 'tenants' fails when it is asked about {asked!r}, a VM that "
        f"is not in the pool: KeyError: {asked!r}"
    )


def test_a_resource_that_knows_only_the_vms_of_the_pool_is_named():
    class Counted(Places):
        def resources(self, hosts, vms):
            yield Resource("places", lambda vm: {"a": 1}[vm.name], lambda _: 2)

    with pytest.raises(PlannerError, match="the rule 'places' fails when it is asked about 'newcomer'"):
        reach(state_of("h1: a", Counted()), MakeRoom({"ram_mib": 1}), **OPTIONS)


@pytest.mark.parametrize(("count", "cost"), [(1, 1), (2, 2), (3, None)])
def test_newcomers_take_of_the_resources_of_ones_own(count, cost):
    """There is RAM for one beside a and b, which have both places of the only host that is large enough."""
    hosts, vms = [host("h1"), host("h2", 3)], [vm("a"), vm("b")]
    state = PoolState(hosts, vms, where("h1: a b"), rules=[Places()])
    result = reach(state, MakeRoom({"ram_mib": 5}, count=count), **OPTIONS)
    assert (result.status, result.cost) == ("infeasible" if cost is None else "optimal", cost)
    assert reach(state.changed(rules=()), MakeRoom({"ram_mib": 5}), **OPTIONS).cost == 0
