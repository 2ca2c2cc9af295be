"""A plan that no longer fits is refused before anything is touched, and what has changed is named."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from models import VM, Host, Migration, PlanError, Start, Stop
from planner.clouds.faults import Strike
from planner.clouds.protocol import CloudError
from planner.clouds.world import HostNow, WorldVM
from planner.execution import End, StaleError
from tests.builders import host, pool, vm, with_host, with_vm
from tests.planner.execution.rig import Rig, plan_of, two_pairs


def refused(rig):
    with pytest.raises(StaleError) as raised:
        rig.run()
    assert rig.world.requests == 0
    assert not rig.journal.exists()
    assert list((rig.folder / "state" / "locks").glob("*.lock")) == []
    return str(raised.value)


@pytest.fixture
def rig(tmp_path):
    return Rig(*two_pairs(), tmp_path)


def test_a_vm_that_is_elsewhere(rig):
    rig.world.vms["a"].host = "h4"
    assert refused(rig) == (
        "the plan is stale: vm a: the plan has it on h1, it is on h4. Read the cloud again, and plan again"
    )


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_plan_that_the_cloud_can_never_do_is_refused_before_anything_is_touched(tmp_path, dry_run):
    """As a nova before Zed, which starts nothing on a host of one's choice."""
    hosts, vms = [host("h1"), host("h2")], [vm("a", 4), vm("b", 8, offline=True), vm("c", 4)]
    of = pool(hosts, vms, "h1: a c, h2: b", "h1: b, h2: a c")
    actions = [
        Stop("b", "h2"),
        Migration("a", "h1", "h2"),
        Migration("c", "h1", "h2"),
        Start("b", "h1"),
    ]
    rig = Rig(of, plan_of(of, actions), tmp_path)
    rig.cloud.cannot = lambda action: "it starts nothing" if isinstance(action, Start) else ""
    with pytest.raises(CloudError, match=r"^start b on h1: it starts nothing$"):
        rig.run(dry_run=dry_run)
    assert rig.world.requests == 0
    assert not rig.journal.exists()
    assert list(tmp_path.rglob("*.lock")) == []


def test_a_plan_that_was_carried_out_already(rig):
    assert rig.run().end is End.FINISHED
    rig.journal.unlink()
    with pytest.raises(StaleError, match=r"vm a: .* it is on h2; .*; and 1 more"):
        rig.run()


@pytest.mark.parametrize(
    ("strike", "word"),
    [
        (Strike.DELETED, "vm b: the plan has it on h1, the cloud has no such VM"),
        (Strike.LOCKED, "vm b: it is locked"),
        (Strike.SHUT_OFF, "vm b: it is shut off"),
        (Strike.PAUSED, "vm b: it is paused"),
        (Strike.GROWN, "vm b: the plan counts on 4 ram_mib, it takes 6"),
    ],
)
def test_a_vm_that_has_changed(rig, strike, word):
    if strike is Strike.GROWN:
        rig.world.vms["b"].vm = VM("b", {"ram_mib": 6})
    else:
        rig.world.change_vm("b", strike)
    assert word in refused(rig)


def test_a_vm_that_is_new(rig):
    rig.world.vms["new"] = WorldVM(VM("new", {"ram_mib": 1}), "h2")
    assert "vm new: it is on h2, and the pool does not know it" in refused(rig)


@pytest.mark.parametrize(
    ("strike", "word"), [(Strike.DOWN, "is down"), (Strike.CORDONED, "accepts nothing any more")]
)
def test_a_host_that_was_closed(rig, strike, word):
    rig.world.change_host("h2", strike)
    assert f"host h2: it {word}" in refused(rig)


def test_a_host_that_has_less_room(rig):
    rig.world.hosts["h4"].host = Host("h4", {"ram_mib": 9})
    assert "host h4: the plan counts on 10 ram_mib, it has 9" in refused(rig)


def test_a_host_that_has_lost_what_its_vms_require(rig):
    rig.of = with_host(rig.of, "h4", traits=("gpu", "ssd"))
    rig.of = with_vm(rig.of, "c", requires=("gpu",))
    rig.world.vms["c"].vm = rig.of.current.vm("c")
    assert "host h4: it has lost gpu, which VMs that go there require" in refused(rig)


def test_a_vm_that_has_come_to_require_more(rig):
    rig.world.vms["c"].vm = VM("c", {"ram_mib": 4}, requires=("gpu",))
    assert "vm c: it has come to require gpu" in refused(rig)


def test_a_trait_that_only_the_pool_knows_is_not_lost(rig):
    rig.of = with_vm(with_host(rig.of, "h4", traits=("ours",)), "c", requires=("ours",))
    assert rig.run().end is End.FINISHED


@pytest.mark.parametrize(("name", "version"), [("h3", 3), ("h4", 1)])
def test_a_host_whose_version_is_in_the_way_by_now(rig, name, version):
    for it in ("h1", "h2", "h3", "h4"):
        rig.of = with_host(rig.of, it, version=2)
        rig.world.hosts[it].host = replace(rig.world.hosts[it].host, version=2)
    rig.world.hosts[name].host = replace(rig.world.hosts[name].host, version=version)
    assert f"host {name}: the plan has it with version 2, it has {version}" in refused(rig)


def test_a_newer_version_of_a_host_that_only_takes_vms_is_welcome(rig):
    for it, version in (("h1", 2), ("h2", 3), ("h3", 2), ("h4", 2)):
        rig.of = with_host(rig.of, it, version=2)
        rig.world.hosts[it].host = replace(rig.world.hosts[it].host, version=version)
    assert rig.run().end is End.FINISHED


def test_a_host_whose_arch_has_changed(rig):
    rig.world.hosts["h4"].host = replace(rig.world.hosts["h4"].host, arch="aarch64")
    assert "host h4: the plan has it with arch x86_64, it has aarch64" in refused(rig)


def test_an_arch_that_runs_what_goes_there_all_the_same_is_welcome(rig):
    for it in "cd":
        rig.of = with_vm(rig.of, it, arch="i386")
    for it in ("h3", "h4"):
        rig.of = with_host(rig.of, it, arch="i386")
        rig.world.hosts[it].host = Host(it, {"ram_mib": 10}, arch="i386")
    rig.world.hosts["h4"].host = Host("h4", {"ram_mib": 10})
    assert rig.run().end is End.FINISHED


def test_an_arch_that_only_the_pool_knows_is_not_changed(rig):
    for it in ("h1", "h2", "h3", "h4"):
        rig.of = with_host(rig.of, it, arch="aarch64")
    for it in "abcd":
        rig.of = with_vm(rig.of, it, arch="aarch64")
    assert rig.run().end is End.FINISHED


def test_a_host_that_is_gone(rig):
    del rig.world.hosts["h4"]
    assert "host h4: the cloud has no such host" in refused(rig)


def test_a_rule_that_is_new(rig):
    rig.world.apart = (("a", "c"),)
    assert "rule: the cloud keeps a, c apart, the pool does not" in refused(rig)


def test_a_host_that_is_drained_may_be_cordoned_meanwhile(rig):
    rig.world.change_host("h1", Strike.CORDONED)
    assert rig.run().end is End.FINISHED


def test_a_host_that_was_renamed_is_not_taken_for_the_one_that_has_its_name_now(rig):
    for name in ("h1", "h2", "h3", "h4"):
        rig.of = with_host(rig.of, name, labels={"id": f"id of {name}"})
        rig.world.hosts[name].host = rig.of.current.host(name)
    rig.world.hosts["renamed"] = HostNow(replace(rig.of.current.host("h2"), name="renamed"))
    rig.world.hosts["h2"] = HostNow(host("h2", labels={"id": "new"}, accepts=False), up=False)
    rig.world.vms["other"] = WorldVM(VM("other", {"ram_mib": 9}), "h2")
    assert rig.run().end is End.FINISHED
    assert rig.where()["a"] == "renamed"


def test_more_room_than_planned_is_welcome(rig):
    rig.world.hosts["h2"].host = Host("h2", {"ram_mib": 99})
    assert rig.run().end is End.FINISHED


def test_a_vm_that_is_off_and_left_out_of_the_pool_takes_its_room_and_stops_nobody(rig):
    # As an import leaves it out: its room is reserved.
    rig.of = with_host(rig.of, "h2", reserved={"ram_mib": 2})
    rig.world.vms["resting"] = WorldVM(VM("resting", {"ram_mib": 2}), "h2", on=False)
    assert rig.run().end is End.FINISHED


def test_where_a_vm_that_is_off_takes_no_room_nobody_need_reserve_it(rig):
    rig.cloud.keeps_room = False
    rig.world.vms["resting"] = WorldVM(VM("resting", {"ram_mib": 2}), "h2", on=False)
    assert rig.run().end is End.FINISHED


@pytest.mark.parametrize("place", ["h4", None])
def test_a_vm_that_is_off_and_left_out_of_the_pool_may_be_in_a_group_of_the_cloud(rig, place):
    """As a shelved server of nova, which stays in its server group."""
    rig.cloud.keeps_room = False
    rig.world.vms["resting"] = WorldVM(VM("resting", {"ram_mib": 2}), place, on=False)
    rig.world.apart = (("a", "resting"),)
    assert rig.run().end is End.FINISHED


def test_a_plan_for_another_pool(rig):
    rig.plan = replace(rig.plan, actions=rig.plan.actions[1:])
    with pytest.raises(PlanError, match="the plan does not fit the pool"):
        rig.run()


def test_a_plan_with_one_id_for_two_actions(rig):
    first, second, *others = rig.plan.actions
    rig.plan = replace(rig.plan, actions=(first, replace(second, id=1, after=()), *others))
    with pytest.raises(PlanError, match="action 1: this id is there twice"):
        rig.run()


def test_a_plan_that_waits_for_what_comes_later(rig):
    first, *others = rig.plan.actions
    rig.plan = replace(rig.plan, actions=(replace(first, after=(2,)), *others))
    with pytest.raises(PlanError, match="action 1: after 2"):
        rig.run()
