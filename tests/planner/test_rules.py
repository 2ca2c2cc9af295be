"""Each rule at every level above the replay: its triad, asked of the path finders, both models and ``plan``.

Most start from the pool ``tiny``: a and b swap h1 and h2, and one of them must step aside to h3.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from heuristics import Deadline, path_finder
from models import Filter, Plan, Pool, Start, Stop, replay
from models.plan_of_moves import plan_of
from models.problem import Problem
from models.rules.base import KINDS
from planner import Status
from planner.cp.interval_model import IntervalModel
from planner.cp.solve import Effort
from planner.cp.window import whole_window
from tests.builders import host, move, pool, vm, with_host, with_vm
from tests.models.rules.own_rules import Licences, NoReturn, Racks, Sockets, databases
from tests.models.rules.shipped import SHIPPED
from tests.planner.cp.exact_steps import cheapest_of
from tests.planner.solving import LIMIT_S, solve

EFFORT = Effort(workers=1, seed=0, deterministic_s=20.0)


def tiny(aside=10, **fields):
    """Give the pool ``tiny`` with a shelter of some room and kind."""
    hosts = [host("h1"), host("h2"), host("h3", aside, **fields)]
    return pool(hosts, [vm("a", 7), vm("b", 6)], "h1: a, h2: b", "h1: b, h2: a")


def needy(*traits):
    """Both VMs need a GPU; the shelter has what it has."""
    both = with_vm(with_vm(tiny(traits=traits), "a", requires=("gpu",)), "b", requires=("gpu",))
    return with_host(with_host(both, "h1", traits=("gpu",)), "h2", traits=("gpu",))


def straight(*names):
    """Some VMs take no detours."""
    of = tiny()
    for name in names:
        of = with_vm(of, name, detours=False)
    return of


def aged(shelter):
    """The shelter is of some version, the other hosts of version 7."""
    return with_host(with_host(tiny(version=shelter), "h1", version=7), "h2", version=7)


def guarded(**fields):
    """The shelter has room only once c, which is at home there, has stepped aside to h1."""
    hosts = [host("h1"), host("h2"), host("h3", 8)]
    vms = [vm("a", 7), vm("b", 6), vm("c", 3, **fields)]
    return pool(hosts, vms, "h1: a, h2: b, h3: c", "h1: b, h2: a, h3: c")


def apart(num_hosts, *group):
    """Two VMs with all the room they want, but never together."""
    hosts = [host(f"h{number}", 99) for number in range(1, num_hosts + 1)]
    groups = [group] if group else []
    return pool(hosts, [vm("a"), vm("b")], "h1: a, h2: b", "h1: b, h2: a", anti_affinity=groups)


def licensed(num_hosts, rules):
    """Four databases on two hosts, two of which swap."""
    hosts = [host(f"h{number}", 99) for number in range(1, num_hosts + 1)]
    return pool(hosts, databases(4), "h1: d0 d1, h2: d2 d3", "h1: d0 d2, h2: d1 d3", rules=rules)


def racked(rack, rules):
    """Tiny, with VMs that belong to rack A and a shelter in some rack."""
    hosts = [host(name, labels={"rack": "A"}) for name in ("h1", "h2")] + [host("h3", labels={"rack": rack})]
    vms = [vm("a", 7, labels={"rack": "A"}), vm("b", 6, labels={"rack": "A"})]
    return pool(hosts, vms, "h1: a, h2: b", "h1: b, h2: a", rules=rules)


def socketed(sockets, rules):
    """Two VMs that take licence sockets, of four on each host, swap."""
    hosts = [host("h1", 99), host("h2", 99)]
    vms = [vm(name, labels={"sockets": sockets}) for name in "ab"]
    return pool(hosts, vms, "h1: a, h2: b", "h1: b, h2: a", rules=rules)


def writing(dirty_mib_s):
    """Tiny, with VMs that write so much, and a shelter whose NIC carries 10.73 MiB/s."""
    hosts = [host("h1"), host("h2"), host("h3", bandwidth_mbps=100.0)]
    vms = [vm("a", 7, dirty_mib_s=dirty_mib_s), vm("b", 6, dirty_mib_s=dirty_mib_s)]
    return pool(hosts, vms, "h1: a, h2: b", "h1: b, h2: a")


@dataclass(frozen=True, slots=True)
class Triad:
    """A pool where the rule holds trivially, one it makes impossible, one it just lets pass."""

    trivial: Pool
    impossible: Pool
    boundary: Pool
    trivial_cost: int
    boundary_cost: int


TRIADS = {
    "capacity": Triad(tiny(99), tiny(5), tiny(6), 3, 3),
    "arch": Triad(tiny(), tiny(arch="i386"), with_vm(tiny(arch="i386"), "b", arch="i386"), 3, 3),
    "traits": Triad(tiny(), needy(), needy("gpu"), 3, 3),
    "accepts": Triad(tiny(), tiny(accepts=False), with_host(tiny(), "h3", accepts=True), 3, 3),
    "detours": Triad(straight(), straight("a", "b"), straight("a"), 3, 3),
    "version": Triad(tiny(), aged(8), aged(7), 3, 3),
    "movable": Triad(tiny(), guarded(movable=False), guarded(), 3, 5),
    "anti_affinity": Triad(apart(2), apart(2, "a", "b"), apart(3, "a", "b"), 2, 3),
    "convergence": Triad(writing(0), writing(11), writing(10), 3, 3),
    "licences": Triad(licensed(2, []), licensed(2, [Licences()]), licensed(3, [Licences()]), 2, 3),
    "racks": Triad(racked("B", []), racked("B", [Racks()]), racked("A", [Racks()]), 3, 3),
    "sockets": Triad(socketed("3", []), socketed("3", [Sockets()]), socketed("2", [Sockets()]), 2, 2),
}
POSSIBLE = [
    pytest.param(of, cost, id=f"{rule}-{kind}")
    for rule, t in TRIADS.items()
    for kind, of, cost in (("trivial", t.trivial, t.trivial_cost), ("boundary", t.boundary, t.boundary_cost))
]
IMPOSSIBLE = [pytest.param(t.impossible, id=rule) for rule, t in TRIADS.items()]


def interval_model(of, slots=2):
    """Give cost and proof of the interval model over a whole pool."""
    problem = Problem(of)
    window = whole_window(problem, 12)
    model = IntervalModel(window, [slots] * problem.num_vms, problem.stop_cost)
    answer = model.solve(Deadline(LIMIT_S), EFFORT).answer
    return answer.cost, answer.proven


def step_model(of, steps=6):
    """Give cost and proof of the step model over a whole pool."""
    _, answer = cheapest_of(Problem(of), steps, Deadline(LIMIT_S), EFFORT)
    return answer.cost, answer.proven


def test_every_rule_has_its_triad():
    assert {*TRIADS} >= {rule.name for rule in SHIPPED}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_rule_has_a_triad_with_a_rule_of_ones_own(kind):
    assert any(isinstance(rule, kind) for t in TRIADS.values() for rule in t.impossible.current.extra_rules)


@pytest.mark.parametrize(("of", "cost"), POSSIBLE)
def test_plan_finds_the_best_plan(of, cost):
    of.check()
    result = solve(of)
    assert (result.status, result.cost) == (Status.OPTIMAL, cost)
    assert replay(of, result.plan) == []


@pytest.mark.parametrize("of", IMPOSSIBLE)
def test_plan_proves_that_the_rule_makes_it_impossible(of):
    of.check()
    assert solve(of).status is Status.INFEASIBLE


@pytest.mark.parametrize("method", ["aspiers", "squeaky", "dijkstra"])
@pytest.mark.parametrize(("of", "cost"), POSSIBLE)
def test_a_path_finder_keeps_the_rule(of, cost, method):
    found = path_finder(method).find(Problem(of), Deadline(LIMIT_S))
    assert method == "squeaky" or found.moves is not None
    if found.moves is not None:
        plan = plan_of(Problem(of), found.moves)
        assert replay(of, plan) == []
        assert plan.cost >= cost
        assert not found.proven or plan.cost == cost


@pytest.mark.parametrize("method", ["aspiers", "squeaky", "dijkstra"])
@pytest.mark.parametrize("of", IMPOSSIBLE)
def test_a_path_finder_finds_no_plan_against_the_rule(of, method):
    found = path_finder(method).find(Problem(of), Deadline(2.0))
    assert found.moves is None
    assert method != "dijkstra" or found.proven


@pytest.mark.parametrize("model", [interval_model, step_model])
@pytest.mark.parametrize(("of", "cost"), POSSIBLE)
def test_a_model_knows_the_best_plan(of, cost, model):
    assert model(of) == (cost, True)


@pytest.mark.parametrize("model", [interval_model, step_model])
@pytest.mark.parametrize("of", IMPOSSIBLE)
def test_a_model_knows_that_the_rule_makes_it_impossible(of, model):
    assert model(of) == (None, True)


def test_a_rule_on_single_moves_of_ones_own_is_kept():
    """Nothing migrates to a host of an earlier name: a ring cannot turn, a shift to the right can."""
    hosts = [host(f"h{number}") for number in (1, 2, 3)]
    vms = [vm("a", 7), vm("b", 7)]
    shift = pool(hosts, vms, "h1: a, h2: b", "h2: a, h3: b", rules=[NoReturn()])
    assert solve(shift).cost == 2
    assert replay(shift, solve(shift).plan) == []


class NoColdStart(Filter):
    """Nothing is started on one host."""

    name = "no_cold_start"

    def refuses_move(self, vm, source, host, target):
        return "no cold start" if source is None and host.name == "h2" else None


def test_who_may_not_be_started_on_its_target_is_never_stopped():
    """A plan that starts it elsewhere first is no plan that bounds are about, though the replay takes it."""
    swap = with_vm(tiny(), "a", offline=True)
    of = pool(
        swap.hosts, swap.vms, "h1: a, h2: b", "h1: b, h2: a", offline_cost_factor=0, rules=[NoColdStart()]
    )
    elsewhere = [Stop("a", "h1"), move("b: h2 -> h1"), Start("a", "h3"), move("a: h3 -> h2")]
    found = solve(of)
    assert (found.status, found.cost, found.bound) == (Status.OPTIMAL, 3, 3)
    assert not replay(of, elsewhere)
    assert Plan.of(of, elsewhere).cost == 2
