"""``vmplan check``: every violation of a plan, or that there is none."""

from __future__ import annotations

import gzip
import json

import pytest

from tests.places import EXAMPLES
from tests.seed_cases import SEED_CASES

BY_NAME = {case.name: case for case in SEED_CASES}
TEMP = BY_NAME["swap_with_one_temp"]


@pytest.fixture
def plan(vmplan):
    """Give the plan file of ``swap_with_one_temp``, as JSON."""
    return vmplan("plan", TEMP.path, "--json", "--workers", 1).json()


def test_a_good_plan_exits_with_0(vmplan, plan):
    ran = vmplan("check", TEMP.path, vmplan.file("plan.json", plan))
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines()[-1] == "3 actions, 0 violations"


def test_a_bad_plan_exits_with_1_and_lists_every_violation(vmplan, plan):
    plan["actions"][0], plan["actions"][1] = plan["actions"][1], plan["actions"][0]
    ran = vmplan("check", TEMP.path, vmplan.file("plan.json", plan))
    assert (ran.code, ran.err) == (1, "")
    assert ran.out.startswith("action 1: ")
    assert "ram_mib" in ran.out


def test_a_dropped_action_is_found(vmplan, plan):
    ran = vmplan(
        "check", TEMP.path, vmplan.file("plan.json", plan | {"actions": plan["actions"][:2], "cost": 2})
    )
    assert ran.code == 1
    assert "end: " in ran.out


@pytest.mark.parametrize(("change", "word"), [({"cost": 2, "bound": 1}, "cost: "), ({"bound": 4}, "bound: ")])
def test_a_false_figure_is_found(vmplan, plan, change, word):
    ran = vmplan("check", TEMP.path, vmplan.file("plan.json", plan | change))
    assert ran.code == 1
    assert ran.out.startswith(word)


def test_the_solver_is_a_second_witness(vmplan, plan):
    path = vmplan.file("plan.json", plan)
    ran = vmplan("check", TEMP.path, path, "--solver")
    assert (ran.code, ran.out.splitlines()[-1]) == (0, "3 actions, 0 violations; step model: accepted")
    bad = plan | {"actions": plan["actions"][1:]}
    ran = vmplan("check", TEMP.path, vmplan.file("bad.json", bad), "--solver")
    assert ran.code == 1
    assert "rejected" in ran.out


@pytest.mark.parametrize("pool_first", [True, False])
def test_either_file_may_be_standard_input(vmplan, plan, pool_first):
    path = vmplan.file("plan.json.gz", gzip.compress(json.dumps(plan).encode()))
    if pool_first:
        ran = vmplan("check", "-", path, stdin=TEMP.path.read_bytes())
    else:
        ran = vmplan("check", TEMP.path, "-", stdin=json.dumps(plan).encode())
    assert ran.code == 0


def test_not_both_files_are_standard_input(vmplan):
    assert vmplan("check", "-", "-").code == 2


def test_the_plan_of_another_pool_does_not_pass(vmplan, plan):
    assert vmplan("check", EXAMPLES / "chain6.json", vmplan.file("plan.json", plan)).code == 1


def test_stops_pass_where_they_are_allowed(vmplan, tmp_path):
    pool = BY_NAME["simple_deadlock"].path
    vmplan("plan", pool, "--allow-offline", "-o", tmp_path / "plan.json", "--workers", 1)
    assert vmplan("check", pool, tmp_path / "plan.json", "--allow-offline").code == 0
    ran = vmplan("check", pool, tmp_path / "plan.json")
    assert ran.code == 1
    assert 'may not be stopped; set "offline": true in the pool, or pass --allow-offline' in ran.out


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("check", []),
        ("report", ["-o", "page.html"]),
        ("run", ["--cloud", "simulated", "--dry-run"]),
        ("export shell", []),
        ("export csv", []),
    ],
)
def test_a_plan_with_a_stop_is_taken_by_whoever_is_told(vmplan, command, options):
    pool = BY_NAME["simple_deadlock"].path
    vmplan.go_home()
    vmplan("plan", pool, "--allow-offline", "-o", "plan.json", "--workers", 1)
    ran = vmplan(*command.split(), pool, "plan.json", *options)
    assert ran.code in (1, 2)
    assert "--allow-offline" in ran.out + ran.err
    ran = vmplan(*command.split(), pool, "plan.json", *options, "--allow-offline")
    assert (ran.code, ran.err) == (0, "")


def test_a_run_with_a_stop_goes_on_without_being_told_again(vmplan):
    """The journal holds the pool as it was run, so that ``resume`` needs no option."""
    pool = BY_NAME["simple_deadlock"].path
    vmplan.go_home()
    vmplan("plan", pool, "--allow-offline", "-o", "plan.json", "--workers", 1)
    cloud = "simulated:cloud?speed=2000&refused=1"
    ran = vmplan("run", pool, "plan.json", "--cloud", cloud, "--allow-offline", "--yes")
    assert ran.code == 5
    ran = vmplan("resume", "plan.journal", "--yes")
    assert ran.code == 5
    assert "stop" in ran.out
    assert "may not be stopped" not in ran.out + ran.err


def test_a_file_without_a_plan_is_bad_input(vmplan, tmp_path):
    pool = BY_NAME["simple_deadlock"].path
    vmplan("plan", pool, "-o", tmp_path / "plan.json", "--workers", 1)
    ran = vmplan("check", pool, tmp_path / "plan.json")
    assert (ran.code, ran.out) == (2, "")
    assert "infeasible" in ran.err


@pytest.mark.parametrize(
    ("content", "word"),
    [("", "empty"), ("[]", "object"), ('{"format": "vm-pool/1"}', "format"), ("\x00", "JSON"), ("{", "JSON")],
)
def test_a_bad_plan_file_is_one_line_on_stderr(vmplan, content, word):
    path = vmplan.file("plan.json", content)
    ran = vmplan("check", TEMP.path, path)
    assert (ran.code, ran.out) == (2, "")
    (line,) = ran.err.splitlines()
    assert line.startswith(f"vmplan: {path}: ")
    assert word in line
