"""Names that would move the cursor or break a line: every command prints them as text."""

from __future__ import annotations

import pytest

ONE = ("--workers", 1)
EVIL = "we\nb\x1b[31m"
SHOWN = "we\ufffdb\ufffd[31m"


def evil_pool(**fields):
    """Give three hosts with room for one VM each; two VMs of bad names, which change places."""
    here = {EVIL: "h1", f"{EVIL}2": "h\x1b2"}
    return {
        "format": "vm-pool/1",
        "hosts": [{"name": name, "capacity": {"ram_mib": 10}} for name in ("h1", "h\x1b2", "h3")],
        "vms": [{"name": name, "demand": {"ram_mib": 7}} for name in here],
        "current": here,
        "target": {EVIL: "h\x1b2", f"{EVIL}2": "h1"},
        **fields,
    }


def says_it_as_text(ran):
    said = ran.out + ran.err
    assert SHOWN in said
    assert "\x1b" not in said
    assert "we\n" not in said


@pytest.mark.parametrize(
    "args",
    [
        ("plan",),
        ("plan", "--schedule"),
        ("plan", "--timeline", "--warn-above", "ram_mib=0.5"),
        ("explain",),
        ("explain", "--schedule"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("hosts", [2, 3])
def test_plan_and_explain_print_names_as_text(vmplan, args, hosts):
    """With two hosts there is no plan, and the words are others."""
    pool = evil_pool()
    pool["hosts"] = pool["hosts"][:hosts]
    command, *options = args
    ran = vmplan(command, vmplan.file("pool.json", pool), *options, *ONE)
    assert ran.code == (0 if hosts == 3 else 3)
    says_it_as_text(ran)


@pytest.mark.parametrize("args", [("drain", "h1", "--explain"), ("rolling", "h1")], ids=" ".join)
def test_goals_print_names_as_text(vmplan, args):
    pool = evil_pool()
    del pool["target"]
    command, *options = args
    says_it_as_text(vmplan(command, vmplan.file("pool.json", pool), *options, *ONE))


@pytest.mark.parametrize("command", [("check",), ("report", "-o", "page.html")])
def test_what_is_wrong_with_a_plan_is_said_as_text(vmplan, command):
    pool = vmplan.file("pool.json", evil_pool())
    plan = vmplan("plan", pool, "--json", *ONE).json()
    plan["actions"] = plan["actions"][1:]
    name, *options = command
    vmplan.go_home()
    ran = vmplan(name, pool, vmplan.file("plan.json", plan), *options)
    assert ran.code == 1
    says_it_as_text(ran)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"vms": []}, 2),
        ({"current": {EVIL: "h\x1b2", f"{EVIL}2": "h\x1b2"}}, 0),
    ],
)
def test_errors_and_warnings_print_names_as_text(vmplan, fields, code):
    ran = vmplan("plan", vmplan.file("pool.json", evil_pool(**fields)), "--json", *ONE)
    assert ran.code == code
    assert "\ufffd" in ran.err
    assert "\x1b" not in ran.err
    assert all(line.startswith("vmplan: ") for line in ran.err.splitlines())
