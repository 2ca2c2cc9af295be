"""``vmplan import`` and ``vmplan export``, from files to files."""

from __future__ import annotations

import json

import pytest

from tests.places import EXAMPLES

HOSTS = """\
name,ram_mib,vcpus,reserved.ram_mib,overcommit.vcpus,traits,accepts,labels.rack
node1,64 GiB,16,4 GiB,4,avx2 avx512,yes,A
node2,32 GiB,8,2 GiB,4,avx2,yes,B
node3,32 GiB,8,2 GiB,4,avx2,no,B
"""
VMS = """\
name,host,ram_mib,vcpus,requires,group,movable,target
web1,node1,8 GiB,4,,web,yes,node2
web2,node3,8 GiB,4,avx2,web,yes,node1
lb,node1,2 GiB,1,,,no,node1
"""


def test_two_tables_become_a_pool_that_is_planned_and_exported(vmplan, tmp_path):
    pool, plan = tmp_path / "pool.json", tmp_path / "plan.json"
    tables = vmplan.file("hosts.csv", HOSTS), vmplan.file("vms.csv", VMS)
    ran = vmplan("import", "csv", *tables, "-o", pool)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        f"{pool}: 3 hosts, 3 VMs; closed hosts: 1; VMs not movable: 1; groups kept apart: 1; targets: 3\n"
    )
    assert vmplan("plan", pool, "-o", plan, "--workers", 1).code == 0
    assert vmplan("check", pool, plan).code == 0
    ran = vmplan("export", "shell", pool, plan, "--for", "xen")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("#!/bin/sh\n")


def test_what_is_exported_can_be_written_to_a_file(vmplan, tmp_path):
    plan, table = tmp_path / "plan.json", tmp_path / "plan.csv"
    vmplan("plan", EXAMPLES / "swap.json", "-o", plan, "--workers", 1)
    printed = vmplan("export", "csv", EXAMPLES / "swap.json", plan)
    ran = vmplan("export", "csv", EXAMPLES / "swap.json", plan, "--output", table)
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    assert table.read_text() == printed.out
    ran = vmplan("export", "csv", EXAMPLES / "swap.json", plan, "-o", plan)
    assert (ran.code, "would overwrite PLAN" in ran.err) == (2, True)


def test_a_pool_without_targets_has_none(vmplan):
    vms = vmplan.file("vms.csv", "name,host,ram_mib\na,n1,1\n")
    ran = vmplan("import", "csv", vmplan.file("hosts.csv", "name,ram_mib\nn1,8\n"), vms)
    assert ran.code == 0
    assert "target" not in json.loads(ran.out)


def test_what_the_placement_breaks_that_was_read_is_a_warning(vmplan):
    """As it is one of ``plan``; a pool without a target is not planned, and nobody would say it."""
    hosts = vmplan.file("hosts.csv", "name,ram_mib\nn1,8\n")
    vms = vmplan.file("vms.csv", "name,host,ram_mib\na,n1,5\nb,n1,5\n")
    ran = vmplan("import", "csv", hosts, vms)
    assert ran.code == 0
    assert ran.err == "vmplan: warning: current placement: n1 holds 10 of 8 ram_mib (capacity)\n"


def test_a_plan_of_a_pool_without_target_is_exported_too(vmplan):
    pool = vmplan.file(
        "pool.json",
        '{"format": "vm-pool/1", "hosts": [{"name": "h", "capacity": {}}, {"name": "k", "capacity": {}}],'
        ' "vms": [{"name": "a", "demand": {}}], "current": {"a": "h"}}',
    )
    plan = vmplan.file(
        "plan.json",
        '{"format": "vm-plan/1", "status": "optimal", "actions":'
        ' [{"id": 1, "action": "migrate", "vm": "a", "from": "h", "to": "k"}]}',
    )
    ran = vmplan("export", "csv", pool, plan)
    assert (ran.code, ran.out.splitlines()[1]) == (0, "1,1,migrate,a,h,k,,,")


def test_a_plan_that_does_not_hold_on_the_pool_is_not_exported(vmplan, tmp_path):
    plan = tmp_path / "plan.json"
    vmplan("plan", EXAMPLES / "swap.json", "-o", plan, "--workers", 1)
    broken = json.loads(plan.read_text())
    broken["actions"].reverse()
    ran = vmplan("export", "shell", EXAMPLES / "swap.json", vmplan.file("broken.json", broken))
    assert (ran.code, ran.out) == (2, "")
    assert "does not hold on this pool" in ran.err


@pytest.mark.parametrize("kind", ["shell", "ansible", "csv"])
def test_waves_that_do_not_hold_are_not_exported(vmplan, tmp_path, kind):
    """They are what is written: the last migration in the first wave finds its host full."""
    plan = tmp_path / "plan.json"
    vmplan("plan", EXAMPLES / "swap.json", "--schedule", "-o", plan, "--workers", 1)
    assert vmplan("export", kind, EXAMPLES / "swap.json", plan).code == 0
    broken = json.loads(plan.read_text())
    broken["actions"][2]["wave"] = 1
    ran = vmplan("export", kind, EXAMPLES / "swap.json", vmplan.file("broken.json", broken))
    assert (ran.code, ran.out) == (2, "")
    assert "does not hold on this pool" in ran.err


@pytest.mark.parametrize("fields", [{"to": "nowhere"}, {"from": "nowhere"}, {"vm": "nobody"}])
def test_an_action_of_whom_the_pool_does_not_have_is_not_exported(vmplan, tmp_path, fields):
    plan = tmp_path / "plan.json"
    vmplan("plan", EXAMPLES / "swap.json", "-o", plan, "--workers", 1)
    broken = json.loads(plan.read_text())
    broken["actions"][0] |= fields
    ran = vmplan("export", "csv", EXAMPLES / "swap.json", vmplan.file("broken.json", broken))
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert next(iter(fields.values())) in ran.err


def test_waves_in_which_a_vm_goes_on_before_it_has_come_are_not_exported(vmplan):
    pool = vmplan.file(
        "pool.json",
        {
            "format": "vm-pool/1",
            "hosts": [{"name": name, "capacity": {}} for name in ("h1", "h2", "h3")],
            "vms": [{"name": "a", "demand": {}}],
            "current": {"a": "h1"},
        },
    )
    moves = [{"id": 1, "from": "h1", "to": "h2", "wave": 2}, {"id": 2, "from": "h2", "to": "h3", "wave": 1}]
    actions = [{"action": "migrate", "vm": "a", **move} for move in moves]
    plan = vmplan.file("plan.json", {"format": "vm-plan/1", "status": "feasible", "actions": actions})
    ran = vmplan("export", "shell", pool, plan)
    assert (ran.code, ran.out) == (2, "")
    assert "migrate a: h2 -> h3: a is on h1" in ran.err


@pytest.mark.parametrize(
    ("number", "fields", "told"),
    [
        (1, {"id": 1}, "this id is there twice, ids are unique"),
        (1, {"after": [9]}, "action 2: after 9, which is not an action before it"),
        (0, {"after": [1]}, "action 1: after 1, which is not an action before it"),
    ],
    ids=range(3),
)
def test_a_picture_of_actions_that_cannot_be_told_apart_is_refused(vmplan, tmp_path, number, fields, told):
    plan = tmp_path / "plan.json"
    vmplan("plan", EXAMPLES / "swap.json", "-o", plan, "--workers", 1)
    broken = json.loads(plan.read_text())
    broken["actions"][number] |= fields
    ran = vmplan("export", "dot", EXAMPLES / "swap.json", vmplan.file("broken.json", broken))
    assert (ran.code, ran.out) == (2, "")
    assert told in ran.err


def test_a_plan_with_an_id_twice_is_bad_input_to_check_as_to_run(vmplan, tmp_path):
    plan = tmp_path / "plan.json"
    vmplan("plan", EXAMPLES / "swap.json", "-o", plan, "--workers", 1)
    broken = json.loads(plan.read_text())
    broken["actions"][1]["id"] = 1
    ran = vmplan("check", EXAMPLES / "swap.json", vmplan.file("broken.json", broken))
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert "this id is there twice" in ran.err


@pytest.mark.parametrize(
    ("args", "word"),
    [
        (("import", "csv", "-", "-"), "standard input"),
        (("import", "nowhere"), "nowhere"),
        (("export", "dot", "p", "q", "--for", "xen"), "--for"),
        (("export", "csv", "-", "-"), "standard input"),
        (("export", "csv", "missing.json", "q"), "missing.json"),
    ],
)
def test_bad_usage_is_one_line_on_stderr(vmplan, args, word):
    ran = vmplan(*args)
    assert (ran.code, ran.out, len(ran.err.splitlines())) == (2, "", 1)
    assert word in ran.err
