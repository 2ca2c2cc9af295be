"""Rules of one's own: a filter, a resource and a group limit, none of which the packages know."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import inf

import pytest

from heuristics.tasks import everyone
from models import (
    ActionError,
    Filter,
    Group,
    GroupLimit,
    PlannerError,
    PoolError,
    PoolState,
    Provision,
    Resource,
    ResourceRule,
    Shutdown,
    Violation,
    WrongKindError,
    replay,
)
from models.problem import Problem
from models.rules.keys import wrong_keys
from planner import plan
from tests.builders import broken, broken_by, host, moves, pool, vm
from tests.models.rules.own_rules import HOSTS, Licences, NoReturn, Racks, Sockets, databases


def licensed(count: int, **labels: str):
    """Two databases on h2; the others come there from h1."""
    vms = databases(count)
    current = {it.name: "h2" if number < 2 else "h1" for number, it in enumerate(vms)}
    hosts = [HOSTS[0], host("h2", labels=labels), HOSTS[2]]
    return pool(hosts, vms, current, {it.name: "h2" for it in vms}, rules=[Licences()])


def test_two_databases_a_host_are_licensed():
    two = pool(HOSTS, databases(2), "h1: d0 d1", "h2: d0 d1", rules=[Licences()])
    two.check()
    assert broken_by(two, moves("d0: h1 -> h2", "d1: h1 -> h2")) == []


def test_a_third_database_is_refused_by_the_licences_alone():
    (found,) = licensed(3).current.refusals("d2", "h2")
    assert (found.rule, found.resource, found.amount, found.limit) == ("licences", "databases", 3, 2)
    assert found.text == "h2 would hold 3 of databases, with d2 beside d0, d1; 2 allowed (licences)"
    assert broken_by(licensed(3), moves("d2: h1 -> h2")) == [(1, "licences")]
    with pytest.raises(PoolError, match=r"target: h2 holds 3 of databases \(d0, d1, d2\); 2 allowed"):
        licensed(3).check()


def test_of_many_of_a_group_three_are_named_beside_whom_one_would_be_too_many():
    placement = {f"d{number}": "h1" if number == 5 else "h2" for number in range(6)}
    (found,) = PoolState(HOSTS, databases(6), placement, rules=[Licences()]).refusals("d5", "h2")
    assert found.text.startswith("h2 would hold 6 of databases, with d5 beside d0, d1, d2 and 2 more; 2")


def test_who_has_left_is_not_named_as_still_there():
    """Two of a group change places by h3: d0 comes to h2 when d1 has left it."""
    of = pool(HOSTS, databases(3), "h1: d0, h2: d1, h3: d2", "h1: d1, h2: d0, h3: d2", rules=[Crowd(1)])
    plan = moves("d1: h2 -> h3", "d0: h1 -> h2", "d1: h3 -> h2")
    assert [found.text for found in replay(of, plan) if found.rule == "crowd"] == [
        "h3 would hold 2 of crowd, with d1 beside d2; 1 allowed (crowd)",
        "h2 would hold 2 of crowd, with d1 beside d0; 1 allowed (crowd)",
    ]


def test_of_many_of_a_group_that_are_too_many_three_are_named():
    with pytest.raises(
        PoolError, match=r"target: h2 holds 5 of databases \(d0, d1, d2 and 2 more\); 2 allowed"
    ):
        licensed(5).check()


def test_a_limit_may_differ_by_host():
    three = licensed(3, licences="3")
    three.check()
    assert broken_by(three, moves("d2: h1 -> h2")) == []
    assert broken_by(licensed(4, licences="3"), moves("d2: h1 -> h2", "d3: h1 -> h2")) == [(2, "licences")]


def test_a_licence_is_needed_on_both_hosts_in_flight():
    """A swap of databases between two full hosts needs a shelter."""
    vms = databases(4)
    swap = pool(HOSTS, vms, "h1: d0 d1, h2: d2 d3", "h1: d0 d2, h2: d1 d3", rules=[Licences()])
    assert broken_by(swap, moves("d1: h1 -> h2", "d2: h2 -> h1")) == [(1, "licences")]
    assert broken_by(swap, moves("d1: h1 -> h3", "d2: h2 -> h1", "d1: h3 -> h2")) == []


def test_a_licence_counts_for_provisions_and_is_given_back_by_shutdowns():
    change = pool(HOSTS, databases(3), "h1: d0 d1", "h1: d1 d2", rules=[Licences()])
    assert broken_by(change, [Shutdown("d0", "h1"), Provision("d2", "h1")]) == []
    assert broken_by(change, [Provision("d2", "h1"), Shutdown("d0", "h1")]) == [(1, "licences")]


@pytest.mark.parametrize(("label", "to", "fine"), [("A", "h2", True), ("A", "h3", False), ("B", "h3", True)])
def test_a_filter_says_where_a_vm_may_run(label, to, fine):
    racked = pool(HOSTS, [vm("a", labels={"rack": label})], "h1: a", {"a": to}, rules=[Racks()])
    expected = [] if fine else ["racks"]
    assert broken(racked.current.refusals("a", to)) == expected
    assert broken_by(racked, moves(f"a: h1 -> {to}")) == [(1, rule) for rule in expected]
    if not fine:
        with pytest.raises(PoolError, match=r"target.a: a on h3: belongs to rack A, host 'h3' does not"):
            racked.check()


def test_a_filter_says_which_moves_a_vm_may_make():
    one_way = pool(HOSTS, [vm("a"), vm("b")], "h1: a, h2: b", "h3: a, h2: b", rules=[NoReturn()])
    assert broken_by(one_way, moves("a: h1 -> h3")) == []
    assert broken_by(one_way, moves("b: h2 -> h1", "a: h1 -> h3", "b: h1 -> h2")) == [(1, "no_return")]


@pytest.mark.parametrize(("sockets", "fine"), [("1", True), ("2", True), ("3", False)])
def test_a_resource_is_counted_like_the_built_in_ones(sockets, fine):
    vms = [vm("a", labels={"sockets": "2"}), vm("b", labels={"sockets": sockets})]
    packed = pool(HOSTS, vms, "h1: a, h2: b", "h1: a b", rules=[Sockets()])
    assert packed.current.free("h1")["sockets"] == 2
    assert broken(packed.current.refusals("b", "h1")) == ([] if fine else ["sockets"])
    assert broken_by(packed, moves("b: h2 -> h1")) == ([] if fine else [(1, "sockets")])


def test_rules_of_ones_own_join_those_of_the_pool():
    vms = [*databases(2), vm("a", 9, labels={"rack": "B", "role": "db"})]
    rules = [Licences(), Racks(), Sockets()]
    full = pool(HOSTS, vms, "h1: d0 d1, h3: a", "h1: d0 d1, h3: a", rules=rules, anti_affinity=[["a", "d0"]])
    full.check()
    found = full.current.refusals("a", "h1")
    assert broken(found) == ["racks", "capacity", "anti_affinity", "licences"]
    assert all(isinstance(violation, Violation) for violation in found)
    with pytest.raises(ActionError, match=r"rack B"):
        full.current.migrate("a", "h1")


@dataclass
class AtMost:
    """A limit that cannot be hashed."""

    count: int

    def __call__(self, _) -> int:
        return self.count


class Pairs(GroupLimit):
    """No two of a pair on one host."""

    name = "pairs"

    def groups(self, hosts, vms):
        return [Group("ab", ("a", "b"), AtMost(1)), Group("cd", ("c", "d"), AtMost(2))]


class Amounts(ResourceRule):
    """Every VM takes so much of a resource, of which each host has so much."""

    name = "amounts"

    def __init__(self, takes, has):
        self.takes, self.has = takes, has

    def resources(self, hosts, vms):
        yield Resource("iops", lambda _: self.takes, lambda _: self.has)


class Crowd(GroupLimit):
    """Of all VMs each host holds so many."""

    name = "crowd"

    def __init__(self, most):
        self.most = most

    def groups(self, hosts, vms):
        yield Group("crowd", tuple(it.name for it in vms), lambda _: self.most)


def swapped(rule):
    """Two VMs that swap two hosts of three, under one rule more."""
    hosts = [host(name) for name in ("h1", "h2", "h3")]
    return pool(hosts, [vm("a"), vm("b")], "h1: a, h2: b", "h1: b, h2: a", rules=[rule])


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (Amounts(1.5, 3), "iops: 'a' takes 1.5 of it, must be an integer >= 0"),
        (Amounts(-1, 3), "iops: 'a' takes -1 of it, must be an integer >= 0"),
        (Amounts("1", 3), "iops: 'a' takes '1' of it, must be an integer >= 0"),
        (Amounts(1, 1.5), "iops: of 'h1' 1.5 is usable, must be an integer"),
        (Amounts(1, None), "iops: of 'h1' None is usable, must be an integer"),
        (Crowd(1.5), "crowd: 'h1' may hold 1.5, must be an integer"),
        (Crowd(None), "crowd: 'h1' may hold None, must be an integer"),
    ],
)
def test_what_a_rule_counts_is_counted_in_integers(rule, words):
    one = swapped(rule)
    with pytest.raises(PlannerError, match=words):
        plan(one.current, one.target, workers=1)


class Refusing(Filter):
    """Says what it is told to, whatever it is asked."""

    name = "refusing"

    def __init__(self, *, why=None, move=None, key=None):
        self.why, self.move, self.key = why, move, key

    def refuses(self, vm, host):
        return self.why

    def refuses_move(self, vm, source, host, target):
        return self.move

    def vm_key(self, vm):
        return self.key


class Counting(ResourceRule):
    """Gives what it is told to."""

    name = "counting"

    def __init__(self, gives):
        self.gives = gives

    def resources(self, hosts, vms):
        return self.gives


class Grouping(GroupLimit):
    """Gives what it is told to."""

    name = "grouping"

    def __init__(self, gives):
        self.gives = gives

    def groups(self, hosts, vms):
        return self.gives


def named(kind, name):
    """A resource that nobody takes, or a group of nobody."""
    return kind(name, (), lambda _: 1) if kind is Group else kind(name, lambda _: 0, lambda _: 1)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (Refusing(why=True), "rule refusing: b on h1: True, must be a text that says why not, or None"),
        (Refusing(move=True), "rule refusing: b to h1: True, must be a text that says why not, or None"),
        (Refusing(key={"rack": "A"}), "rule refusing: vm_key: {'rack': 'A'}, must be a Hashable"),
        (Counting(None), "rule counting: resources(): None, must give each Resource"),
        (Grouping(1), "rule grouping: groups(): 1, must give each Group"),
        (Grouping(["ab"]), "rule grouping: groups(): 'ab', must be a Group"),
    ],
)
def test_what_a_rule_says_wrongly_is_named(rule, words):
    with pytest.raises(WrongKindError, match=f"^{re.escape(words)}$"):
        swapped(rule).check()


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ([Counting([named(Resource, "iops")] * 2)], "rule counting: resources(): 'iops' is there twice"),
        ([Counting([named(Resource, "ram_mib")])], "rule counting: resources(): 'ram_mib' is there twice"),
        ([Grouping([named(Group, "crowd")] * 2)], "rule grouping: groups(): 'crowd' is there twice"),
        ([Grouping([named(Group, "crowd")])] * 2, "rule grouping: groups(): 'crowd' is there twice"),
    ],
)
def test_two_resources_or_two_groups_of_one_name_are_refused(rules, words):
    """Whatever is asked by name, such as the load of a host, knew only the last of them."""
    with pytest.raises(PoolError, match=f"^{re.escape(words)}, names are unique$"):
        PoolState(HOSTS, databases(1), {"d0": "h1"}, rules=rules).load("h1")


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (lambda: Group("crowd", ("a",), 1), "group crowd: limit: 1, must be a callable"),
        (lambda: Group("crowd", "ab", lambda _: 1), "group crowd: 'ab', must be a tuple of names of VMs"),
        (lambda: Group("crowd", (1,), lambda _: 1), "group crowd: 1 among its members, must be a name"),
        (lambda: Resource("iops", 1, lambda _: 1), "resource iops: demand: 1, must be a callable"),
        (lambda: Resource("iops", lambda _: 1, 1), "resource iops: usable: 1, must be a callable"),
    ],
)
def test_a_group_or_resource_that_nobody_can_count_is_refused(made, words):
    with pytest.raises(WrongKindError, match=f"^{words}$"):
        made()


def test_the_members_of_a_group_may_come_one_by_one():
    """They are asked for more than once."""
    assert Group("crowd", (name for name in "ab"), lambda _: 1).members == ("a", "b")


@pytest.mark.parametrize(
    ("bases", "words"),
    [
        ((Filter,), "has no name, by which violations call it"),
        ((Racks, Licences), "is a Filter and a GroupLimit, must be one of them"),
    ],
)
def test_a_rule_has_a_name_and_one_kind(bases, words):
    """What wraps a rule, as a run does, would leave out all but one kind of it."""
    with pytest.raises(PoolError, match=rf"^rules\[0\]: Odd {words}$"):
        swapped(type("Odd", bases, {})())


@pytest.mark.parametrize("none", [2**70, inf])
@pytest.mark.parametrize("rule", [lambda none: Crowd(none), lambda none: Amounts(1, none)])
def test_no_limit_may_be_said_by_any_number(rule, none):
    one = swapped(rule(none))
    assert plan(one.current, one.target, workers=1).cost == 2


@pytest.mark.parametrize("rule", [Licences, "licences", None])
def test_what_is_no_rule_is_refused(rule):
    """A class in place of what is made of it would be asked nothing, and so allow everything."""
    with pytest.raises(PoolError, match=r"rules\[1\]: .*must be a Filter, ResourceRule or GroupLimit"):
        PoolState(HOSTS, databases(1), {"d0": "h1"}, rules=[Racks(), rule])


def test_rules_of_a_target_that_are_others_are_named():
    current = PoolState(HOSTS, databases(1), {"d0": "h1"}, rules=[Racks()])
    with pytest.raises(PoolError, match="target: its rules are not the very ones of the current placement"):
        plan(current, current.changed(placement={"d0": "h2"}, rules=[Racks()]))


def test_a_limit_may_be_anything_that_can_be_called():
    vms = [vm(name) for name in "abcd"]
    swap = pool(HOSTS, vms, "h1: a c, h2: b d", "h1: b d, h2: a c", rules=[Pairs()])
    result = plan(swap.current, swap.target, workers=1)
    assert result.cost == 5
    groups = Problem(swap).tables.groups
    assert [limits for limits, _ in groups.alike()] == [(1, 1, 1), (2, 2, 2)]


class OfPlaces(Filter):
    """Asks where a VM is, goes and shall be, and nothing else of VMs and hosts."""

    def vm_key(self, vm):
        return None

    def host_key(self, host):
        return None


class Staying(OfPlaces):
    """Who has no target goes nowhere."""

    name = "staying"

    def refuses_move(self, vm, source, host, target):
        return "it is going away" if target is None else None


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_who_has_no_target_is_not_taken_for_one_that_goes_to_the_last_host(order):
    some = pool(HOSTS, [vm("a"), vm("b")], "h1: a b", "h3: b", rules=[Staying()])
    problem = everyone(some)
    assert {number: problem.may_go(number, 0, 1) for number in order} == {0: False, 1: True}


class Straight(OfPlaces):
    """Who has a target goes there and nowhere else."""

    name = "straight"

    def refuses_move(self, vm, source, host, target):
        aside = None not in (source, target) and host.name != target.name
        return "not its target" if aside else None


def test_a_host_like_the_target_is_not_taken_for_it():
    alike = [host(name) for name in ("h1", "h2", "h3")]
    problem = Problem(pool(alike, [vm("a")], "h1: a", "h2: a", rules=[Straight()]))
    assert {there: problem.may_go(0, 0, there) for there in (1, 2)} == {1: True, 2: False}


class AtHome(OfPlaces):
    """Who is at home stays there."""

    name = "at_home"

    def refuses_move(self, vm, source, host, target):
        return "is at home" if None not in (source, target) and source.name == target.name else None


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_who_is_at_home_is_not_taken_for_one_that_comes_from_a_host_like_its_target(order):
    alike = [host(name) for name in ("h1", "h2", "h3")]
    problem = Problem(pool(alike, [vm("a"), vm("b")], "h1: a b", "h1: b, h2: a", rules=[AtHome()]))
    assert {number: problem.may_go(number, 0, 2) for number in order} == {0: True, 1: False}


def test_where_who_is_at_home_may_make_no_way_there_is_no_plan():
    """The shelter has room for neither of two that swap as long as c is there."""
    hosts = [host("h1"), host("h2"), host("h3", 8)]
    vms = [vm("a", 7), vm("b", 6), vm("c", 3)]
    swap = pool(hosts, vms, "h1: a, h2: b, h3: c", "h1: b, h2: a, h3: c", rules=[AtHome()])
    assert plan(swap.current, swap.target, workers=1).status == "infeasible"


class Named(Filter):
    """Keeps a VM off a host, or from going there, by names that its keys leave out."""

    name = "named"

    def __init__(self, *, moves):
        self.moves = moves

    def refuses(self, vm, host):
        return "no" if not self.moves and (vm.name, host.name) == ("c", "h3") else None

    def refuses_move(self, vm, source, host, target):
        return "no" if self.moves and source is not None and (vm.name, host.name) == ("c", "h3") else None

    def vm_key(self, vm):
        return None

    def host_key(self, host):
        return None


@pytest.mark.parametrize("moves", [False, True])
def test_keys_that_leave_something_out_are_told(moves):
    """They may make "there is no plan" of one that there is."""
    hosts, vms = [host(f"h{n}") for n in (1, 2, 3)], [vm(name, 1) for name in "abc"]
    wrong = pool(hosts, vms, "h1: a b c", "h2: a, h1: b c", rules=[Named(moves=moves)])
    words = "named says another thing of 'a' on 'h1' than of 'c' on 'h3', and its keys are the same"
    with pytest.raises(PoolError, match=rf"rules\[0\]: {words}$"):
        wrong.check()


class StraightAlone(Straight):
    """The same of one VM, whose name the keys leave out."""

    def refuses_move(self, vm, source, host, target):
        return super().refuses_move(vm, source, host, target) if vm.name == "c" else None


def test_keys_that_leave_out_who_may_step_aside_are_told():
    """Else a search may send somebody aside who may not go there, and the replay says so in the end."""
    vms = [vm(name, 1) for name in "abc"]
    wrong = pool(HOSTS, vms, "h1: a b c", "h2: a, h1: b c", rules=[StraightAlone()])
    with pytest.raises(PoolError, match=r"straight says another thing of 'a' on 'h1' than of 'c' on 'h1'"):
        wrong.check()


@pytest.mark.parametrize("rule", [Racks(), NoReturn(), Staying(), Straight(), AtHome()])
def test_keys_that_leave_nothing_out_pass(rule):
    vms = [vm(f"v{n}", 1, labels={"rack": "AB"[n % 2]}) for n in range(200)]
    hosts = [host(f"h{n}", 400, labels={"rack": "AB"[n % 2]}) for n in range(60)]
    assert wrong_keys(rule, hosts, vms) == ""


def test_of_many_the_first_the_last_and_some_between_are_asked_about():
    hosts, vms = [host("h1")], [vm(f"v{n}", 1) for n in range(1000)]

    class Last(Named):
        def refuses(self, vm, host):
            return "no" if vm.name == "v999" else None

    assert "than of 'v999' on 'h1'" in wrong_keys(Last(moves=False), hosts, vms)
