"""Rules of one's own that ask where a VM goes in the end, which a goal leaves open."""

from __future__ import annotations

from models import Filter, PoolState
from planner import Repair, Status, reach
from tests.builders import host, vm, where


class OnTheWay(Filter):
    """Some migrations are refused; and some hosts are for passing over, and not for who ends there."""

    name = "on_the_way"

    def __init__(self, shut: set[str], not_to_stay: set[str]) -> None:
        self.shut, self.not_to_stay = shut, not_to_stay

    def refuses(self, vm, host):
        return "shut" if f"{vm.name} {host.name}" in self.shut else None

    def refuses_move(self, vm, source, host, target):
        way = f"{vm.name} {source.name if source else None} {host.name}"
        passes = target is None or target.name != host.name
        stays = f"{vm.name} {host.name}" in self.not_to_stay
        return "refused" if way in self.shut or (stays and not passes) else None


def test_a_host_that_a_rule_lets_who_ends_elsewhere_pass_over_is_passed_over():
    """``a`` waits on h3 until ``c`` has left h1; a search that takes each host for an end knew no such way.

    It said that nothing costs less than the 4 which bring ``b`` over h2 to h3.
    """
    state = PoolState(
        [host("h1", 5), host("h2", 3), host("h3", 3)],
        [vm("a", 2), vm("b", 2), vm("c", 3)],
        where("h1: b c, h2: a"),
        rules=[OnTheWay({"a h2", "a h2 h1", "b h2 h1"}, {"a h3", "c h3"})],
    )
    result = reach(state, Repair(), workers=1, time_limit_s=20)
    assert (result.status, result.cost, result.bound) == (Status.OPTIMAL, 3, 3), result.reason
