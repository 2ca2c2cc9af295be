"""``vmplan plan``: exit codes, the two streams, and what it prints."""

from __future__ import annotations

import gzip
import json

import pytest

from models import read_plan
from tests import slow_replay
from tests.conftest import FULL
from tests.places import EXAMPLES
from tests.seed_cases import SEED_CASES, SOLVABLE

BY_NAME = {case.name: case for case in SEED_CASES}
TEMP = BY_NAME["swap_with_one_temp"]
DEADLOCK = BY_NAME["simple_deadlock"]
ONE = ("--workers", 1)


def test_a_plan_for_people_goes_to_stdout(vmplan):
    ran = vmplan("plan", TEMP.path, *ONE)
    assert (ran.code, ran.err) == (0, "")
    for words in ("2 of 2 VMs", "1. migrate", "(detour)", "3 migrations", "bound 3", "Optimal", "proven"):
        assert words in ran.out


@pytest.mark.parametrize("case", SOLVABLE, ids=lambda case: case.name)
@pytest.mark.parametrize("objective", ["moves", "ram"])
def test_a_plan_file_goes_to_stdout_with_json(vmplan, case, objective):
    ran = vmplan("plan", case.path, "--json", "--objective", objective, *ONE)
    plan = ran.json()
    assert (ran.code, ran.err) == (0, "")
    assert (plan["format"], plan["status"], plan["objective"]) == ("vm-plan/1", "optimal", objective)
    assert plan["cost"] == plan["bound"] == case.best(objective)
    assert plan["gap"] == 0.0
    assert plan["heuristic"]["cost"] >= plan["cost"]
    assert [action["id"] for action in plan["actions"]] == [*range(1, len(plan["actions"]) + 1)]
    assert slow_replay.judge(case.data(), plan["actions"]) == []
    assert sum(action.get("cost", 0) for action in plan["actions"]) == plan["cost"]


def test_an_impossible_pool_exits_with_3_and_says_why(vmplan):
    ran = vmplan("plan", DEADLOCK.path, "--json", *ONE)
    plan = ran.json()
    assert ran.code == 3
    assert (plan["status"], plan["cost"], plan["actions"]) == ("infeasible", None, [])
    assert plan["reason"]
    told = vmplan("plan", DEADLOCK.path, *ONE)
    assert told.code == 3
    assert "no plan exists" in told.out
    command = f"vmplan explain {DEADLOCK.path}"
    assert told.out.endswith(f"\n{command} says who blocks whom, and what would help.\n")
    assert vmplan(*command.split()[1:], *ONE).code == 3


def test_no_plan_found_is_told_where_more_is_said(vmplan):
    pool = vmplan.file("my pool.json", DEADLOCK.data())
    ran = vmplan("plan", pool, "--method", "aspiers")
    assert (ran.code, f"vmplan explain '{pool}' says" in ran.out) == (4, True)


def test_no_plan_found_exits_with_4(vmplan):
    """Aspiers alone finds none, and proves nothing."""
    ran = vmplan("plan", DEADLOCK.path, "--json", "--method", "aspiers")
    assert (ran.code, ran.json()["status"]) == (4, "no_plan_found")


def test_a_stop_as_the_last_resort(vmplan):
    ran = vmplan("plan", DEADLOCK.path, "--json", "--allow-offline", *ONE)
    plan = ran.json()
    assert (ran.code, plan["cost"], plan["status"]) == (0, 11, "optimal")
    assert sorted(action["action"] for action in plan["actions"]) == ["migrate", "start", "stop"]


def test_the_cost_of_a_stop_is_said_beside_the_bound_where_the_end_counts_too(vmplan):
    ran = vmplan("plan", DEADLOCK.path, "--objective", "time", "--allow-offline", *ONE)
    assert "1 stop at 10 migrations each; cost 11; bound " in ran.out


@pytest.mark.parametrize("name", ["plan.json", "plan.json.gz"])
def test_a_plan_file_is_written_beside_the_summary(vmplan, tmp_path, name):
    ran = vmplan("plan", TEMP.path, "-o", tmp_path / name, *ONE)
    assert ran.code == 0
    assert "3 migrations" in ran.out
    assert read_plan(tmp_path / name).cost == 3


def test_the_file_and_stdout_hold_the_same_plan(vmplan, tmp_path):
    ran = vmplan("plan", TEMP.path, "--json", "-o", tmp_path / "plan.json", *ONE)
    assert (tmp_path / "plan.json").read_text() == ran.out


def test_a_pool_may_come_from_standard_input(vmplan):
    data = TEMP.path.read_bytes()
    for content in (data, gzip.compress(data)):
        ran = vmplan("plan", "-", "--json", *ONE, stdin=content)
        assert (ran.code, ran.json()["cost"]) == (0, 3)


def test_a_pool_may_be_gzipped(vmplan):
    path = vmplan.file("pool.json.gz", gzip.compress(TEMP.path.read_bytes()))
    assert vmplan("plan", path, "--json", *ONE).json()["cost"] == 3


def test_a_pool_where_nothing_is_to_be_done(vmplan):
    data = TEMP.data()
    path = vmplan.file("pool.json", data | {"target": data["current"]})
    plan = vmplan("plan", path, "--json").json()
    assert (plan["status"], plan["cost"], plan["bound"], plan["gap"], plan["actions"]) == (
        "optimal",
        0,
        0,
        0.0,
        [],
    )
    assert "nothing to do" in vmplan("plan", path).out


def test_a_pool_with_only_shutdowns_and_provisions(vmplan):
    pool = {
        "format": "vm-pool/1",
        "hosts": [{"name": "h", "capacity": {"ram_mib": 10}}],
        "vms": [{"name": name, "demand": {"ram_mib": 10}} for name in "ab"],
        "current": {"a": "h"},
        "target": {"b": "h"},
    }
    plan = vmplan("plan", vmplan.file("pool.json", pool), "--json").json()
    assert (plan["status"], plan["cost"]) == ("optimal", 0)
    assert [action["action"] for action in plan["actions"]] == ["shutdown", "provision"]


def test_one_vm_on_one_host(vmplan):
    pool = {
        "format": "vm-pool/1",
        "hosts": [{"name": "h", "capacity": {}}],
        "vms": [{"name": "v", "demand": {}}],
        "current": {"v": "h"},
        "target": {"v": "h"},
    }
    assert vmplan("plan", vmplan.file("pool.json", pool), "--json").json()["status"] == "optimal"


def test_an_empty_pool(vmplan):
    pool = {"format": "vm-pool/1", "hosts": [], "vms": [], "current": {}, "target": {}}
    ran = vmplan("plan", vmplan.file("pool.json", pool), "--json")
    assert (ran.code, ran.json()["actions"]) == (0, [])


def test_what_the_current_placement_breaks_is_a_warning_on_stderr(vmplan):
    ran = vmplan("plan", vmplan.file("pool.json", FULL), "--json", *ONE)
    assert ran.code == 0
    assert ran.json()["cost"] == 3
    (line,) = ran.err.splitlines()
    assert line.startswith("vmplan: warning: current placement: old2 holds 16 of 8 ram_mib")


def test_objective_custom_takes_the_cost_of_the_vms(vmplan):
    plan = vmplan("plan", vmplan.file("pool.json", FULL), "--json", "--objective", "custom", *ONE).json()
    assert (plan["objective"], plan["cost"]) == ("custom", 33)


@pytest.mark.parametrize("method", ["aspiers", "dijkstra", "squeaky"])
def test_a_method_runs_that_path_finder_alone(vmplan, method):
    plan = vmplan("plan", TEMP.path, "--json", "--method", method).json()
    assert (plan["cost"], plan["heuristic"]["name"]) == (3, method)


def test_the_same_seed_and_one_worker_give_the_same_bytes(vmplan):
    runs = [vmplan("plan", EXAMPLES / "homecoming.json", "--json", "--seed", 5, *ONE) for _ in range(2)]
    assert runs[0].out == runs[1].out


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_every_example_is_planned_with_the_proof_and_some_visibly_beat_the_heuristic(vmplan, path):
    plan = vmplan("plan", path, "--json", "--time-limit", 300, *ONE).json()
    assert plan["status"] == "optimal"
    assert slow_replay.judge(json.loads(path.read_text()), plan["actions"]) == []
    assert plan["heuristic"]["cost"] > plan["cost"] or path.stem not in ("chain6", "drain", "homecoming")


@pytest.mark.parametrize("name", ["drain", "homecoming"])
def test_a_naive_order_of_the_examples_fails(name):
    data = json.loads((EXAMPLES / f"{name}.json").read_text())
    naive = [
        {
            "action": "migrate",
            "vm": vm["name"],
            "from": data["current"][vm["name"]],
            "to": data["target"][vm["name"]],
        }
        for vm in data["vms"]
        if data["current"][vm["name"]] != data["target"][vm["name"]]
    ]
    assert any(fault.rule == "capacity" for fault in slow_replay.judge(data, naive))


def test_a_limit_that_reading_uses_up_leaves_time_for_a_small_pool(vmplan):
    ran = vmplan("plan", EXAMPLES / "swap.json", "--time-limit", "0.0001", "--workers", 1)
    assert ran.code == 0


def test_json_with_standard_output_named_too_is_one_document(vmplan):
    ran = vmplan("plan", TEMP.path, "--json", "-o", "-", *ONE)
    assert (ran.code, ran.json()["cost"], ran.err) == (0, 3, "")


@pytest.mark.parametrize("plan", [["--json"], ["-o", "-"], ["--json", "-o", "-"]])
def test_a_plan_and_a_proof_are_not_both_standard_output(vmplan, plan):
    ran = vmplan("plan", TEMP.path, *plan, "--proof", "-", *ONE)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == f"vmplan: only one of {plan[0]} and --proof can be standard output\n"


def test_a_proof_on_standard_output_stands_there_alone(vmplan):
    ran = vmplan("plan", TEMP.path, "--proof", "-", "--warn-above", "ram_mib=0.99", *ONE)
    assert (ran.code, ran.json()["format"]) == (0, "vm-proof/1")
    assert "ram_mib=0.99" in ran.err
