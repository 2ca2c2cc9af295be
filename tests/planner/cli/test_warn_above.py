"""``vmplan plan --warn-above``: a list after the summary, or on stderr; the plan is the same."""

from __future__ import annotations

import json

import pytest

from models import read_plan
from tests.seed_cases import SEED_CASES

TEMP = next(case.path for case in SEED_CASES if case.name == "swap_with_one_temp")
DEADLOCK = next(case.path for case in SEED_CASES if case.name == "simple_deadlock")
ONE = ("--workers", 1)
LINE = "  h3: RAM above 0.8 from step 1 to step 3 (3 steps); at most 3256 of 3840 MiB (84.8%)"


def test_hosts_above_are_listed_after_the_summary(vmplan):
    plain, ran = vmplan("plan", TEMP, *ONE), vmplan("plan", TEMP, "--warn-above", "ram_mib=0.8", *ONE)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(plain.out)
    listed = ran.out.removeprefix(plain.out).splitlines()
    assert listed[0] == "Hosts above ram_mib=0.8 of what is usable:"
    assert LINE in listed
    assert sum("already at the start" in line for line in listed) == 2


def test_a_percentage_is_a_share(vmplan):
    assert LINE in vmplan("plan", TEMP, "--warn-above", "ram_mib=80%", *ONE).out.splitlines()


def test_of_a_schedule_it_is_said_in_seconds(vmplan):
    ran = vmplan("plan", TEMP, "--schedule", "--warn-above", "ram_mib=0.8", *ONE)
    assert "h3: RAM above 0.8 from 0 s to " in ran.out
    assert "step 1" not in ran.out


def test_no_host_above_is_said(vmplan):
    ran = vmplan("plan", TEMP, "--warn-above", "ram_mib=0.85", *ONE)
    assert ran.out.endswith("No host goes above ram_mib=0.85.\n")


@pytest.mark.parametrize("where", [("--json",), ("-o", "-")])
def test_the_list_keeps_out_of_a_plan_file_on_stdout(vmplan, where):
    ran = vmplan("plan", TEMP, "--warn-above", "ram_mib=0.8", *where, *ONE)
    assert json.loads(ran.out)["cost"] == 3
    assert LINE in ran.err.splitlines()


def test_it_changes_no_plan(vmplan):
    one, two = vmplan.folder / "one.json", vmplan.folder / "two.json"
    vmplan("plan", TEMP, "-o", one, *ONE)
    vmplan("plan", TEMP, "-o", two, "--warn-above", "ram_mib=0.1", *ONE)
    assert read_plan(one) == read_plan(two)


def test_without_a_plan_there_is_nothing_to_warn_of(vmplan):
    ran = vmplan("plan", DEADLOCK, "--warn-above", "ram_mib=0.1", *ONE)
    assert (ran.code, ran.err) == (3, "")
    assert "above" not in ran.out


@pytest.mark.parametrize(
    "option",
    ["ram_mib", "ram_mib=", "ram_mib=0", "ram_mib=1.5", "ram_mib=nan", "ram_mib=x", "disk=0.5", "=0.5"],
)
def test_a_bad_value_is_one_line(vmplan, option):
    ran = vmplan("plan", TEMP, "--warn-above", option, *ONE)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("vmplan: --warn-above")
    assert ran.err.count("\n") == 1


def test_what_is_no_share_at_all_is_told_the_form(vmplan):
    ran = vmplan("plan", TEMP, "--warn-above", "ram_mib", *ONE)
    assert ran.err == "vmplan: --warn-above ram_mib: expected RES=SHARE, such as ram_mib=0.9\n"


def test_a_resource_has_one_share(vmplan):
    ran = vmplan("plan", TEMP, "--warn-above", "ram_mib=0.8", "--warn-above", "ram_mib=0.9", *ONE)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "vmplan: --warn-above ram_mib=0.9: ram_mib is given twice\n"
