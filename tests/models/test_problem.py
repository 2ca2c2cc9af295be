"""A problem, and what is made of one: the way back, some hosts alone, something changed; all can be sent."""

import pickle

import pytest

from models.cut_out import cut_out
from models.errors import PlannerError
from models.problem import Problem
from models.reversal import backward
from models.rules.base import Group, GroupLimit
from models.tables import MOST
from tests.builders import host, pool, vm

TABLES = (
    "hosts",
    "vms",
    "src",
    "dst",
    "displaced",
    "usable",
    "demand",
    "needs",
    "groups_of",
    "members",
    "group_names",
    "cost",
    "stop_cost",
    "is_backward",
)


class Numbered(GroupLimit):
    """A rule of one's own with limits that cannot be pickled: lambdas."""

    name = "numbered"

    def groups(self, hosts, vms):
        names = tuple(vm.name for vm in vms)
        for number, members in enumerate((names[:2], names[1:]), 1):
            yield Group(f"group {number}", members, lambda host, number=number: number + len(host.name))


@pytest.fixture
def problem():
    """Three hosts; a moves from h1 to h2, c may be stopped and moves from h2 to h33, b is at home on h33."""
    hosts = [host("h1", 100), host("h2", 100, version=1), host("h33", 100, version=2)]
    vms = [vm("a", 40), vm("b", 30), vm("c", 20, offline=True)]
    return Problem(pool(hosts, vms, "h1: a, h33: b, h2: c", "h2: a, h33: b c", rules=[Numbered()]), "ram")


def limits(problem):
    return [
        [problem.limit(group, host) for host in range(problem.num_hosts)]
        for group in range(len(problem.members))
    ]


def ways(problem):
    """Whether each VM may make each single migration."""
    hosts = range(problem.num_hosts)
    return [
        problem.may_go(vm, source, there)
        for vm in range(problem.num_vms)
        for source in hosts
        for there in hosts
        if source != there
    ]


def assert_sent_as_it_is(problem):
    again = pickle.loads(pickle.dumps(problem))
    for table in TABLES:
        assert getattr(again, table) == getattr(problem, table), table
    assert (limits(again), ways(again)) == (limits(problem), ways(problem))


def test_a_problem_is_sent_as_it_is(problem):
    assert limits(problem) == [[3, 3, 4], [4, 4, 5]]
    assert_sent_as_it_is(problem)


def test_the_way_back_is_sent_as_it_is(problem):
    assert (backward(problem).src, backward(problem).dst) == (problem.dst, problem.src)
    assert_sent_as_it_is(backward(problem))
    assert_sent_as_it_is(backward(backward(problem)))


def test_what_was_changed_is_sent_as_it_is(problem):
    """It once came back as the problem before the change."""
    roomier = problem.changed(usable=[[1100], [100], [100]])
    assert pickle.loads(pickle.dumps(roomier)).usable[0] == [1100]
    assert_sent_as_it_is(roomier)
    assert_sent_as_it_is(backward(roomier))
    assert problem.usable[0] == [100]


def test_some_hosts_alone_are_a_problem_of_their_own(problem):
    """Hosts, VMs and the groups in which one of them counts are numbered anew, in the order asked for."""
    part = cut_out(problem, hosts=(2, 1), vms=(2, 1), start=(1, 2), end=(2, 2))
    assert [it.name for it in part.hosts] == ["h33", "h2"]
    assert (part.src, part.dst, part.displaced) == ([1, 0], [0, 0], [0])
    assert (part.cost, part.stop_cost) == ([20, 30], [problem.stop_cost[2], None])
    assert (part.group_names, part.members) == (["group 2", "group 1"], [[0, 1], [1]])
    assert limits(part) == [[5, 4], [4, 3]]
    assert_sent_as_it_is(part)


def test_a_vm_that_ends_elsewhere_in_a_part_may_not_be_stopped_there(problem):
    """Whether it may be was asked for a start on its target in the whole."""
    part = cut_out(problem, hosts=(1, 2), vms=(2,), start=(1,), end=(1,))
    assert part.stop_cost == [None]


def test_a_part_asks_only_for_groups_of_its_own(problem):
    """So that many parts take no longer than the whole: their groups add up to those of the whole."""
    part = cut_out(problem, hosts=(0,), vms=(0,), start=(0,), end=(0,))
    assert (part.members, part.group_names) == ([[0]], ["group 1"])


def unlimited(factor, amount=1):
    """Two hosts with as many slots as can be written, times a factor."""
    hosts = [host(name, 0, overcommit={"slots": factor}) for name in ("h1", "h2")]
    for one in hosts:
        one.capacity["slots"] = 2**53 - 1
    vms = [vm(f"v{number}", 0) for number in range(1025)]
    for one in vms:
        one.demand["slots"] = amount
    names = " ".join(one.name for one in vms)
    return pool(hosts, vms, f"h1: {names}", f"h2: {names}")


def test_room_without_an_end_is_counted_as_the_largest_amount():
    problem = Problem(unlimited(4000))
    assert problem.usable[0][problem.resources.index("slots")] == 2**53 - 1


def test_more_than_an_array_counts_is_refused():
    with pytest.raises(PlannerError, match=f"take {1025 * (2**53 - 1)} slots, must be at most {MOST}"):
        Problem(unlimited(4000, 2**53 - 1))
