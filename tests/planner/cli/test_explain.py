"""``vmplan explain``: exit codes, sentences for people, JSON for programs."""

from __future__ import annotations

import json

import pytest

from models.pool_file import PoolFile
from tests.planner.small_pools import deadlock
from tests.seed_cases import SEED_CASES

BY_NAME = {case.name: case for case in SEED_CASES}
TEMP = BY_NAME["swap_with_one_temp"].path
DEADLOCK = BY_NAME["simple_deadlock"].path
ONE = ("--workers", 1)
CONFLICT = (
    "vm1 and vm2 cannot all go straight home: vm1 needs 3256 MiB RAM on h2, where the others leave 584 MiB; "
    "vm2 needs 3256 MiB RAM on h1, where the others leave 584 MiB"
)
SENTENCE = (
    "vm2 steps aside to h3: h2 must take vm1 (3256 MiB RAM, 584 free), "
    "and vm2's target h1 is full until vm1 leaves"
)


def test_a_plan_is_explained(vmplan):
    ran = vmplan("explain", TEMP, *ONE)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        "Wanted: on 3 hosts, 2 VMs must move.",
        "  vm1: h1 -> h2",
        "  vm2: h2 -> h1",
        "",
        "Roomy: 1 of 3 hosts never makes anyone wait: h3.",
        "Can deadlock: 1 component of hosts that wait for each other.",
        "  1. 2 hosts, 2 VMs move between them, none of them could go home now:",
        "     h1 must take vm2: RAM 3256 MiB needed, 584 MiB free now, 3256 MiB to leave",
        "     h2 must take vm1: RAM 3256 MiB needed, 584 MiB free now, 3256 MiB to leave",
        "",
        "Conflicts: 1; of each, one VM at least must step aside.",
        f"  {CONFLICT}",
        "",
        "Detours: 1 in the plan.",
        f"  step 1: {SENTENCE}",
        "",
        "The plan: 3 migrations.",
        "Optimal: proven that no plan costs less.",
    ]


def test_of_several_resources_that_a_host_lacks_each_has_a_line(vmplan):
    hosts = [{"name": name, "capacity": {"ram_mib": 10, "vcpus": 4}} for name in ("h1", "h2", "h3")]
    vms = [{"name": name, "demand": {"ram_mib": 8, "vcpus": 3}} for name in ("vm1", "vm2")]
    here, there = {"vm1": "h1", "vm2": "h2"}, {"vm1": "h2", "vm2": "h1"}
    pool = {"format": "vm-pool/1", "hosts": hosts, "vms": vms, "current": here, "target": there}
    lines = vmplan("explain", vmplan.file("pool.json", json.dumps(pool)), *ONE).out.splitlines()
    place = lines.index("     h1 must take vm2:")
    assert lines[place + 1 : place + 3] == [
        "       RAM 8 MiB needed, 2 MiB free now, 8 MiB to leave",
        "       vCPUs 3 needed, 1 free now, 3 to leave",
    ]


def test_an_impossible_pool_is_explained(vmplan):
    ran = vmplan("explain", DEADLOCK, *ONE)
    assert (ran.code, ran.err) == (3, "")
    assert "vm1 can never leave h1" in ran.out
    assert "  2672 MiB more RAM on h1: then a plan of 2 migrations exists; with less none" in ran.out
    assert "  stop vm1 on h1" in ran.out
    assert ran.out.endswith("Proven: no plan exists.\n")


def test_json_holds_the_same_sentences(vmplan):
    told = vmplan("explain", TEMP, "--json", *ONE).json()
    assert (told["format"], told["status"]) == ("vm-explanation/1", "optimal")
    assert told["detours"] == [
        {
            "step": 1,
            "vm": "vm2",
            "from": "h2",
            "to": "h3",
            "target": "h1",
            "makes_way_for": {"vm": "vm1", "step": 2, "what": "ram_mib", "need": 3256, "free": 584},
            "waits_for": "vm1",
            "arrives": 3,
            "text": SENTENCE,
        }
    ]
    assert SENTENCE in told["reason"]


def test_json_of_an_impossible_pool(vmplan):
    ran = vmplan("explain", DEADLOCK, "--json", *ONE)
    told = ran.json()
    assert (ran.code, told["status"], told["cost"]) == (3, "infeasible", None)
    assert told["unlock"]["complete"] is True
    (room,) = told["unlock"]["more_room"]
    assert (room["amount"], room["least_proven"]) == (2672, True)


def test_the_plan_that_is_explained_is_that_of_the_options(vmplan):
    told = vmplan("explain", DEADLOCK, "--allow-offline", "--json", *ONE).json()
    assert (told["status"], told["cost"]) == ("optimal", 11)
    assert [detour["to"] for detour in told["detours"]] == [None]
    assert "The plan: 11 in cost with 1 stop." in vmplan("explain", DEADLOCK, "--allow-offline", *ONE).out


def test_standard_input_is_a_pool_too(vmplan):
    import msgspec

    ran = vmplan("explain", "-", *ONE, stdin=msgspec.json.encode(PoolFile.of(deadlock())))
    assert ran.code == 3


@pytest.mark.parametrize("args", [("nowhere.json",), (TEMP, "--method", "nobody"), (TEMP, "--time-limit", 0)])
def test_bad_usage_is_one_line(vmplan, args):
    ran = vmplan("explain", *args)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("vmplan: ")
    assert ran.err.count("\n") == 1


def test_the_report_says_the_same_of_a_detour(vmplan):
    plan, page = vmplan.folder / "plan.json", vmplan.folder / "page.html"
    vmplan("plan", TEMP, "-o", plan, *ONE)
    assert vmplan("report", TEMP, plan, "-o", page).code == 0
    assert SENTENCE.replace("'", r"'") in page.read_text()
