"""Goals of one's own, and the slips in them."""

from __future__ import annotations

import pytest

from models import PlannerError, PoolState
from planner import Goal, reach
from tests.builders import host, vm

HOSTS = [host("node01"), host("node02"), host("other")]
VMS = [vm("a", 1), vm("b", 1), vm("c", 1)]
STATE = PoolState(HOSTS, VMS, {"a": "node01", "b": "node02", "c": "node02"})


class Together(Goal):
    """Two VMs end on one host."""

    name = "together"

    def __init__(self, *names: str, single: bool) -> None:
        self.names, self.single = names, single

    def words(self):
        return f"{self.names} are together"

    def judge(self, before, after):
        if len({after.placement[name] for name in self.names}) > 1:
            yield "they are apart"

    def singled_out(self):
        return frozenset(self.names if self.single else ())

    def constrain(self, model):
        one, other = self.names
        for at in range(model.problem.num_hosts):
            model.cp.add(model.runs_on(one, at) == model.runs_on(other, at))


def test_a_vm_that_a_goal_asks_for_must_be_singled_out():
    """Counted with others of its kind it was taken for all of them, and "infeasible" for a proof."""
    assert reach(STATE, Together("a", "b", single=True), time_limit_s=5, workers=1).cost == 1
    with pytest.raises(
        PlannerError, match=r"together: constrain\(\) asks for 'a', singled_out\(\) must name"
    ):
        reach(STATE, Together("a", "b", single=False), time_limit_s=5, workers=1)


def test_a_vm_that_a_goal_singles_out_must_be_there():
    with pytest.raises(PlannerError, match="together: 'd', which it singles out, is no VM of the pool"):
        reach(STATE, Together("a", "d", single=True))


def test_a_goal_that_says_two_things_is_told_of_both():
    """Hosts are asked for by index: by name there is none, so nothing is wanted of it."""

    class ByName(Together):
        def constrain(self, model):
            model.cp.add(model.runs_on("a", "node02") == 0)

    with pytest.raises(RuntimeError, match=r"judge\(\) says .* which constrain\(\) lets in: they are apart"):
        reach(STATE, ByName("a", "b", single=True), time_limit_s=5, workers=1)
