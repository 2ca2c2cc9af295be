"""Why each VM moves that a goal moves, and what would save its migration."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest

from models import VM, Host, PoolState
from models.reading import parse_wanted
from models.rules.base import Group, GroupLimit
from planner import Balance, Consolidate, Drain, MakeRoom, Repair, reach
from planner.goals.choice import Choice
from planner.goals.why import why_each_moves
from tests.models.rules.own_rules import Racks
from tests.planner.goals.packing import packed
from tests.planner.goals.reaching import reached


def why(pool, goal):
    """Give the sentences, in alphabetical order."""
    return sorted(reached(pool, goal).why)


def test_a_drain_tells_those_that_must_from_those_that_make_room():
    """h1 holds 4 and 2 of 10: were the 2 to stay where a VM of 5 comes, it would be 11, 1 too many."""
    assert why(packed(), Drain("h0"))[:2] == ["a must leave h0", "b must leave h0"]
    made_room = why(packed(), Drain("h0"))[2:]
    assert [text.split(" on ")[0] for text in made_room] == ["y1 makes room", "y2 makes room"]
    assert made_room[0].endswith("; with 1 MiB RAM more h1 could keep it")


def test_what_is_said_to_save_a_migration_does():
    pool = packed()
    pool["hosts"][1]["capacity"]["ram_mib"] += 1
    assert reached(packed(), Drain("h0")).cost == 4
    assert reached(pool, Drain("h0")).cost == 3


def test_a_host_that_is_too_full():
    pool = packed()
    pool["hosts"][0]["capacity"]["ram_mib"] = 9
    pool["hosts"][3]["capacity"]["ram_mib"] = 11
    assert why(pool, Repair()) in (
        ["a makes room on h0; with 1 MiB RAM more h0 could keep it"],
        ["b makes room on h0; with 1 MiB RAM more h0 could keep it"],
    )


def test_more_is_told_in_capacity_where_a_host_promises_more_than_it_has():
    """At four to one, 2 CPUs more are 8 more for VMs: 12 could stay beside the 36 that come."""
    hosts = [
        {"name": name, "capacity": {"vcpus": cpus}, "overcommit": {"vcpus": 4.0}}
        for name, cpus in (("a", 10), ("b", 10), ("c", 4))
    ]
    vms = [{"name": "big", "demand": {"vcpus": 36}}, {"name": "small", "demand": {"vcpus": 12}}]
    pool = {"format": "vm-pool/1", "hosts": hosts, "vms": vms, "current": {"big": "a", "small": "b"}}
    told = "small makes room on b for big; with 2 vCPUs more b could keep it"
    assert why(pool, Drain("a")) == ["big must leave a", told]


def small(hosts, sizes, at, **more):
    """Give a pool without a target from the sizes of its VMs."""
    vms = [{"name": name, "demand": {"ram_mib": size}} for name, size in sizes.items()]
    return {"format": "vm-pool/1", "hosts": hosts, "vms": vms, "current": at} | more


def test_more_is_told_beyond_what_a_host_keeps_for_itself():
    """At 1.5 to one, 3 of 4 are 4 for VMs; one more is 6. ``b`` keeps 2 that it does not have."""
    hosts = [
        {"name": "a", "capacity": {"ram_mib": 4}, "reserved": {"ram_mib": 1}, "overcommit": {"ram_mib": 1.5}},
        {"name": "b", "capacity": {"ram_mib": 0}, "reserved": {"ram_mib": 2}},
        {"name": "c", "capacity": {"ram_mib": 9}},
    ]
    assert why(small(hosts, {"v": 6}, {"v": "a"}), Repair()) == [
        "v makes room on a; with 1 MiB RAM more a could keep it"
    ]
    assert why(small(hosts, {"v": 6}, {"v": "b"}), Repair()) == [
        "v makes room on b; with 8 MiB RAM more b could keep it"
    ]


def ten_each(names, sizes, at):
    """Give hosts of 10."""
    return small([{"name": name, "capacity": {"ram_mib": 10}} for name in names], sizes, at)


def test_one_host_that_is_left_lacks_one():
    pool = ten_each("ab", {"v": 6, "w": 5}, {"v": "a", "w": "b"})
    told = "not enough room: the VMs take 11 MiB RAM, and the 1 host left has 10 MiB: 1 MiB is missing"
    assert reached(pool, Drain("a")).reason.endswith(told)


@pytest.mark.parametrize(
    ("goal", "where", "what"),
    [
        (Drain("a"), "the 2 hosts left", "some do not fit"),
        (MakeRoom({"ram_mib": 5}), "the 3 hosts", "1 VM more of that size does not fit"),
        (MakeRoom({"ram_mib": 3}, count=4), "the 3 hosts", "4 VMs more of that size do not fit"),
    ],
)
def test_vms_that_do_not_pack_are_told_apart_from_room_that_is_missing(goal, where, what):
    """Three of 6 on hosts of 10: two hosts have 20, and no two of them fit on one."""
    pool = ten_each("abc", {"u": 6, "v": 6, "w": 6}, {"u": "a", "v": "b", "w": "c"})
    told = (
        f"no plan exists: however the VMs may be put on {where}, {what}, though in sum there is room enough"
    )
    assert reached(pool, goal).reason == told


def test_a_pool_that_does_not_pack_at_all_is_told_so():
    """Two are on one host, and are too much for it."""
    pool = ten_each("ab", {"u": 6, "v": 6, "w": 6}, {"u": "a", "v": "b", "w": "b"})
    pool["hosts"][1]["capacity"]["ram_mib"] = 11
    assert "on the 2 hosts, some do not fit, though in sum" in reached(pool, Repair()).reason


def test_it_is_not_said_that_vms_do_not_pack_where_migrations_are_limited():
    """That more of them might help is not looked at."""
    pool = ten_each("abc", {"u": 6, "v": 6, "w": 6}, {"u": "a", "v": "b", "w": "c"})
    told = "no plan exists: no placement meets the goal, with at most 3 migrations"
    assert reached(pool, Drain("a", at_most=3)).reason == told


def test_one_is_missing_of_what_is_wanted():
    pool = ten_each("ab", {"v": 9, "w": 8}, {"v": "a", "w": "b"})
    told = "4 MiB RAM are wanted and 3 MiB are free in the whole pool, 1 MiB is missing"
    assert reached(pool, MakeRoom({"ram_mib": 4})).reason.endswith(told)


def apart(hosts, at, *groups, **more):
    """Give a pool of VMs of 1 on hosts of 10 whose groups are kept apart."""
    pool = ten_each(hosts, dict.fromkeys(at, 1), at)
    return pool | {"rules": {"anti_affinity": [list(group) for group in groups]}} | more


def test_a_group_that_is_kept_apart_needs_as_many_hosts():
    pool = apart("abc", {"db1": "a", "db2": "b", "web": "c"}, ["db1", "db2"])
    assert reached(pool, Drain("a")).status == "optimal"
    assert reached(pool, Drain("a", "c")).reason == (
        "no plan exists: the 2 VMs of rules.anti_affinity[0] (db1, db2) can end on 1 host alone, "
        "and no more than 1 of them may be there"
    )


def test_hosts_that_a_group_may_not_run_on_do_not_count_for_it():
    """Three may run on a, b and c, of which c is drained; d lacks their trait, and is open to others."""
    at = {"v": "a", "w": "b", "x": "c", "y": "d"}
    pool = apart("abcd", at, ["w", "y"], ["v", "w", "x"])
    for thing, key in (
        *((host, "traits") for host in pool["hosts"][:3]),
        *((vm, "requires") for vm in pool["vms"][:3]),
    ):
        thing[key] = ["ssd"]
    assert reached(pool, Drain("c")).reason.endswith(
        "the 3 VMs of rules.anti_affinity[1] (v, w, x) can end on 2 hosts alone, "
        "and no more than 2 of them may be there"
    )
    pool["vms"][2]["requires"] = []
    assert reached(pool, Drain("c")).status == "optimal"


def test_who_leaves_another_of_its_group_is_told_with_the_other():
    pool = apart("ab", {"v": "a", "w": "a"}, ["v", "w"])
    assert why(pool, Repair()) in (
        ["v leaves a: rules.anti_affinity[0] lets no more stay beside w"],
        ["w leaves a: rules.anti_affinity[0] lets no more stay beside v"],
    )


@pytest.mark.parametrize("goal", [Repair(), Drain("h1"), Consolidate()])
def test_a_vm_that_is_larger_than_any_host_is_named(goal):
    """``v`` takes 12 where it is, of 10; nobody asks it to leave, and no host is large enough for it."""
    hosts = [{"name": f"h{number}", "capacity": {"ram_mib": size}} for number, size in enumerate((10, 9, 11))]
    pool = small(hosts, {"v": 12, "w": 1}, {"v": "h0", "w": "h1"})
    left = "left " if goal.name == "drain" else ""
    assert reached(pool, goal).reason == (
        f"no plan exists: v takes 12 MiB RAM, the largest host {left}for it has 11 MiB"
    )


def test_a_vm_that_is_larger_than_its_own_host_goes_to_one_that_is_not():
    hosts = [{"name": f"h{number}", "capacity": {"ram_mib": size}} for number, size in enumerate((10, 12))]
    assert reached(small(hosts, {"v": 12}, {"v": "h0"}), Repair()).cost == 1


def test_a_large_group_is_named_in_short():
    at = dict(zip("vwxyz", "aabbc", strict=True))
    assert (
        " (v, w, x and 2 more) can end on 3 hosts alone"
        in reached(apart("abc", at, "vwxyz"), Repair()).reason
    )


def test_a_placement_that_misses_a_goal_by_one_is_judged_in_plain_words():
    hosts, vms = [Host(name, {"ram_mib": 10}) for name in "ab"], [VM(name, {"ram_mib": 5}) for name in "vw"]
    before = PoolState(hosts, vms, {"v": "a", "w": "a"})
    after = before.placed({"v": "a", "w": "b"})
    assert list(Consolidate(1).judge(before, after)) == ["1 host fewer is empty, 1 is wanted"]
    assert list(MakeRoom({"ram_mib": 6}).judge(before, after)) == ["0 of that size fit, 1 is wanted"]
    assert list(MakeRoom({"ram_mib": 10}, count=2).judge(after, before)) == [
        "1 of that size fits, 2 are wanted"
    ]


@pytest.mark.parametrize(
    ("hosts", "said"), [("a", "the only host is named"), ("ab", "all 2 hosts are named")]
)
def test_all_hosts_cannot_be_drained(hosts, said):
    found = reached(ten_each(hosts, {"v": 6}, {"v": "a"}), Drain(*hosts))
    assert (found.status, found.reason) == (
        "infeasible",
        f"no plan exists: {said}, none is left to take their VMs",
    )


def test_all_hosts_are_drained_where_nobody_is():
    assert reached(ten_each("ab", {}, {}), Drain("a", "b")).status == "optimal"


def test_who_may_not_stay_is_not_said_to_run_there():
    """``v`` is on a host that does not run it."""
    hosts = [{"name": "h0", "capacity": {"ram_mib": 9}, "arch": "aarch64"}]
    hosts.append({"name": "h1", "capacity": {"ram_mib": 9}, "accepts": False})
    reason = reached(small(hosts, {"v": 1}, {"v": "h0"}), Repair()).reason
    assert reason == (
        "no plan exists: v may not stay on h0, and no other host is left: "
        "v on h0: arch x86_64 guest, host 'h0' is aarch64; v to h1: host 'h1' has accepts=false (cordoned)"
    )


def test_a_target_where_a_vm_may_not_go_is_told_with_the_rule():
    """``v`` might stay, or go to ``h2``."""
    hosts = [{"name": f"h{number}", "capacity": {"ram_mib": 9}} for number in range(3)]
    hosts[1]["accepts"] = False
    pool = small(hosts, {"v": 1, "free": 1}, {"v": "h0", "free": "h0"}, target={"v": "h1"})
    pool["vms"][1]["free"] = True
    reason = reached(pool, Repair()).reason
    assert reason == (
        "no plan exists: the target names h1 for v: v to h1: host 'h1' has accepts=false (cordoned)"
    )


def test_a_target_that_puts_those_together_who_are_kept_apart_is_told_with_the_rule():
    hosts = [{"name": f"h{number}", "capacity": {"ram_mib": 9}} for number in range(3)]
    pool = small(hosts, {"v": 1, "w": 1, "free": 1}, {"v": "h0", "w": "h1", "free": "h0"})
    pool |= {"target": {"v": "h2", "w": "h2"}, "rules": {"anti_affinity": [["v", "w"]]}}
    pool["vms"][2]["free"] = True
    assert reached(pool, Drain("h1")).reason == (
        "no plan exists: the target alone breaks a rule: "
        "h2 holds 2 of rules.anti_affinity[0] (v, w); 1 allowed (anti_affinity)"
    )


def test_migrations_that_are_too_few_are_not_blamed_on_room():
    hosts = [{"name": f"h{number}", "capacity": {"ram_mib": 9}} for number in range(3)]
    pool = small(hosts, {"a": 1, "b": 1, "c": 1}, {"a": "h0", "b": "h1", "c": "h2"})
    few = reached(pool, Consolidate(2, at_most=1)).reason
    assert few == "no plan exists: at most 1 host more can be empty with 1 migration"
    many = reached(pool, Consolidate(3, at_most=9)).reason
    assert many == (
        "no plan exists: at most 2 hosts more can be empty: "
        "the VMs need 1 of the 3 hosts at least, for their ram_mib"
    )


def test_no_capacity_is_named_where_a_group_forbids_it_too():
    hosts = [{"name": name, "capacity": {"ram_mib": 6}} for name in ("h0", "h1")]
    apart = small(hosts, {"a": 4, "b": 5}, {"a": "h0", "b": "h0"}, rules={"anti_affinity": [["a", "b"]]})
    assert why(apart, Repair()) in (["a makes room on h0"], ["b makes room on h0"])


def test_no_capacity_is_named_where_the_host_is_to_be_empty():
    """With 2 more ``h0`` could hold ``large``, but one host is to be empty."""
    hosts = [{"name": f"h{n}", "capacity": {"ram_mib": ram}} for n, ram in enumerate((3, 9))]
    pool = small(hosts, {"large": 5, "small": 1}, {"large": "h0", "small": "h1"})
    assert why(pool, Consolidate(1)) == ["large leaves h0, which is emptied"]


def test_a_group_that_lets_several_stay_is_no_reason_while_there_are_fewer():
    class Pairs(GroupLimit):
        """At most two on a host."""

        name = "pairs"

        def groups(self, hosts, vms):
            yield Group("two at most", tuple(vm.name for vm in vms), lambda _: 2)

    hosts, vms = (
        [Host(name, {"ram_mib": 10}) for name in ("h0", "h1")],
        [VM("a", {"ram_mib": 6}), VM("b", {"ram_mib": 4})],
    )
    state = PoolState(hosts, vms, dict.fromkeys("ab", "h0"), rules=[Pairs()])
    result = reach(state, Balance("ram_mib", at_most=1, even=False), seed=0, workers=1, time_limit_s=20.0)
    assert len(result.why) == 1
    assert "two at most" not in result.why[0]


def test_no_capacity_is_named_where_the_goal_asks_for_less_load():
    """With 2 more ``h0`` could hold both, but at 100% where 81% are allowed."""
    sizes = {"a": 8, "b": 4}
    pool = {
        "format": "vm-pool/1",
        "hosts": [{"name": f"h{number}", "capacity": {"ram_mib": 10}} for number in range(3)],
        "vms": [{"name": name, "demand": {"ram_mib": size}} for name, size in sizes.items()],
        "current": {"a": "h0", "b": "h0"},
    }
    assert why(pool, Balance(within=0.41)) in (["a makes room on h0"], ["b makes room on h0"])


def test_who_had_to_leave_whoever_comes_makes_room_for_nobody():
    """``h0`` is at 100% where 90% are the best there is; ``c`` comes when ``a`` has left, to even out."""
    sizes, at = {"a": 4, "b": 6, "c": 3, "d": 5}, {"a": "h0", "b": "h0", "c": "h1", "d": "h1"}
    choice = Choice(parse_wanted(json.dumps(ten_each(["h0", "h1", "h2"], sizes, at)).encode()))
    told = why_each_moves(choice, Balance(highest=Fraction(9, 10)), [2, 0, 0, 1])
    assert list(told) == ["a leaves h0 (100%) for h2 (0%)", "c leaves h1 (80%) for h0 (100%, 90% in the end)"]


def test_a_host_that_is_emptied_and_one_that_is_full():
    pool = packed()
    pool["hosts"][3]["capacity"]["ram_mib"] = 20
    assert any(text.endswith(", which is emptied") for text in why(pool, Consolidate(1)))
    pool["hosts"][3]["capacity"]["ram_mib"] = 100
    assert why(pool, Balance(at_most=1, even=False)) == ["a leaves h0 (100%) for h3 (6%)"]


def test_a_stop_counts_as_one_migration_of_those_allowed():
    """Both VMs of h0 are pinned, and may be stopped, at ten migrations each: two of two that are allowed."""
    pool = packed()
    for host in pool["hosts"][1:]:
        host["capacity"]["ram_mib"] = 20
    for vm in pool["vms"][:2]:
        vm |= {"movable": False, "offline": True}
    assert reached(pool, Drain("h0", at_most=2)).cost == 20
    assert reached(pool, Drain("h0", at_most=1)).status == "infeasible"


def test_who_makes_room_for_another_architecture_is_told_of_it():
    goal = MakeRoom({"ram_mib": 1}, arch="arm", at_most=1)
    assert goal.words() == "a VM more of ram_mib=1 fits on hosts that run arm, with at most 1 migration"
    assert reached(packed(), goal).reason == "no plan exists: no host runs arm, the hosts are x86_64"


def test_who_makes_room_is_told_what_no_host_of_the_architecture_has():
    goal = MakeRoom({"ram_mib": 1}, requires=("gpu",), arch="i386")
    assert goal.words() == "a VM more of ram_mib=1 fits on hosts that run i386 with gpu"
    assert reached(packed(), goal).reason == "no plan exists: no host with gpu accepts such a VM of i386"


def test_a_target_that_names_a_drained_host_is_told():
    pool = packed() | {"target": {"x1": "h1"}}
    result = reached(pool, Drain("h1"))
    assert result.status == "infeasible"
    assert "the target names h1 for x1, and nobody may stay there" in result.reason


def test_no_room_is_counted_where_a_rule_of_ones_own_forbids_it():
    class Closed(Racks):
        def refuses(self, vm, host):
            return "closed to newcomers" if vm.name == "newcomer" and host.name == "h2" else None

        def vm_key(self, vm):
            return vm.name

        def host_key(self, host):
            return host.name

    hosts, vms = [Host(name, {"ram_mib": 10}) for name in ("h1", "h2")], [VM("a", {"ram_mib": 7})]
    for rules, cost in (([], 0), ([Closed()], 1)):
        state = PoolState(hosts, vms, {"a": "h1"}, rules=rules)
        result = reach(state, MakeRoom({"ram_mib": 9}), seed=0, workers=1, time_limit_s=20.0)
        assert (result.status, result.cost) == ("optimal", cost)


def test_a_vm_that_only_drained_hosts_can_take_is_told_so():
    """It may run on h2 too: not on h1 alone."""
    pool = PoolState(
        [Host("h1", {}, traits=("gpu",)), Host("h2", {}, traits=("gpu",)), Host("h3", {})],
        [VM("a", {}, requires=("gpu",))],
        {"a": "h1"},
    )
    both, one = (reach(pool, Drain(*hosts), workers=1, time_limit_s=5.0) for hosts in (("h1", "h2"), ("h1",)))
    assert both.reason is not None
    assert both.reason.startswith("no plan exists: a may run nowhere but on hosts that are to be empty: ")
    assert one.cost == 1
