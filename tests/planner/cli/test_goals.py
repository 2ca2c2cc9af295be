"""``vmplan drain`` and its like: pools without a target, what is written, bad input, exit codes."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import click
import pytest

import planner
from planner import Goal
from planner.cli.amounts import parse_amounts
from planner.cli.main import GROUPS
from planner.cli.main import vmplan as cli
from tests.places import EXAMPLES

CLUSTER = EXAMPLES / "goals" / "cluster.json"
ONE = ("--workers", 1)


def small(**fields: Any) -> dict[str, Any]:
    """Give three hosts of 10, ``a`` (4) and ``b`` (3) on the first, ``c`` (5) on the second; no target."""
    return {
        "format": "vm-pool/1",
        "hosts": [{"name": f"h{n}", "capacity": {"ram_mib": 10}, "accepts": True} for n in (1, 2, 3)],
        "vms": [{"name": name, "demand": {"ram_mib": ram}} for name, ram in (("a", 4), ("b", 3), ("c", 5))],
        "current": {"a": "h1", "b": "h1", "c": "h2"},
        **fields,
    }


def test_drain_prints_a_summary(vmplan):
    ran = vmplan("drain", vmplan.file("pool.json", small()), "h2", *ONE)
    assert ran.code == 0, ran
    assert "Wanted: of 3 VMs on 3 hosts, nothing is left on h2." in ran.out
    assert "1. migrate c: h2 -> h3" in ran.out
    assert "Optimal: proven" in ran.out


def test_the_pool_comes_back_with_its_target_and_nothing_else_changed(vmplan):
    pool = small()
    out, plan = vmplan.folder / "with.json", vmplan.folder / "plan.json"
    ran = vmplan("drain", vmplan.file("pool.json", pool), "h1", "-o", plan, "--pool-out", out, *ONE)
    assert ran.code == 0
    written = json.loads(out.read_text())
    assert {**written, "target": None} == {**pool, "target": None}
    assert "h1" not in written["target"].values()
    assert vmplan("check", out, plan).code == 0


def test_the_schedule_of_an_update_says_how_many_at_a_time_what_bounds_it_and_what_was_assumed(vmplan):
    file = vmplan.file("pool.json", small(timing={"overhead_s": 5}))
    ran = vmplan("rolling", file, "h1", "--schedule", "--time-limit", 2, *ONE)
    assert ran.code == 0, ran
    assert "(one after another: " in ran.out
    assert "with up to 1 migration at a time; in waves: " in ran.out
    assert "actions that decide the end wait for " in ran.out
    assert "h1 to be empty (" in ran.out
    assumed = next(line for line in ran.out.splitlines() if line.startswith("Assumed"))
    assert assumed.endswith(
        "1 migration into and 1 out of a host at a time, 90% of the rate carries pages, 10 min an update."
    )


def test_json_on_standard_output_from_standard_input(vmplan):
    ran = vmplan("drain", "-", "h1", "--json", *ONE, stdin=json.dumps(small()).encode())
    assert (ran.code, ran.err) == (0, "")
    assert ran.json()["cost"] == ran.json()["bound"] == 2


def test_a_goal_beside_a_full_target_is_bad_input_and_nothing_is_written(vmplan):
    pool, out = small(target={"a": "h1", "b": "h2", "c": "h2"}), vmplan.folder / "with.json"
    ran = vmplan("drain", vmplan.file("pool.json", pool), "h1", "--pool-out", out)
    assert ran.code == 2
    assert "target" in ran.err
    assert "nothing to choose" in ran.err
    assert not out.exists()


def test_rolling_takes_no_target_given_in_part(vmplan):
    """Where ``c`` is to end on ``h3`` nothing of that could be kept: ``h3`` is emptied too."""
    pool, out = small(target={"c": "h3"}), vmplan.folder / "with.json"
    for guest in pool["vms"]:
        guest["free"] = True
    ran = vmplan("rolling", vmplan.file("pool.json", pool), "--pool-out", out)
    assert ran.code == 2
    assert "target: given in part" in ran.err
    assert ran.err.count("\n") == 1
    assert not out.exists()


def test_plan_without_a_target_names_the_goals(vmplan):
    ran = vmplan("plan", vmplan.file("pool.json", small()))
    assert ran.code == 2
    assert "drain" in ran.err
    assert "make-room" in ran.err


@pytest.mark.parametrize(("hosts", "word"), [(["h9"], "'h9' is no host"), (["h1", "h1"], "named twice")])
def test_hosts_to_drain_must_be_there_once(vmplan, hosts, word):
    ran = vmplan("drain", vmplan.file("pool.json", small()), *hosts)
    assert ran.code == 2
    assert word in ran.err
    assert ran.err.count("\n") == 1


def test_to_drain_all_hosts_is_told_with_exit_code_3(vmplan):
    ran = vmplan("drain", vmplan.file("pool.json", small()), "h1", "h2", "h3", *ONE)
    assert ran.code == 3
    assert "all 3 hosts are named, none is left to take their VMs" in ran.out


def test_what_cannot_be_drained_is_told_with_exit_code_3(vmplan):
    pool = small()
    pool["vms"][0]["movable"] = False
    ran = vmplan("drain", vmplan.file("pool.json", pool), "h1", "--json", *ONE)
    assert ran.code == 3
    assert ran.json()["status"] == "infeasible"


def test_offline_is_a_last_resort(vmplan):
    """Two hosts, two VMs that fill them: they can only be drained by a stop, once somebody makes room."""
    pool = small(current={"a": "h1", "b": "h1", "c": "h2"}, rules={"offline_cost_factor": 3})
    pool["vms"][0]["movable"] = False
    ran = vmplan("drain", vmplan.file("pool.json", pool), "h1", "--allow-offline", "--json", *ONE)
    assert ran.code == 0
    assert ran.json()["cost"] == ran.json()["bound"] == 4


def test_repair_moves_what_is_too_much_and_warns_of_it(vmplan):
    pool = small(current={"a": "h1", "b": "h1", "c": "h1"})
    ran = vmplan("repair", vmplan.file("pool.json", pool), "--json", *ONE)
    assert ran.code == 0
    assert "h1 holds 12 of 10 ram_mib" in ran.err
    assert ran.json()["cost"] == ran.json()["bound"] == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        pytest.param(("--demand", "ram_mib=4"), "Room for it is on h2, h3.", id="nothing to do"),
        pytest.param(("--demand", "ram_mib=6"), "Room for it is on h3.", id="one host"),
        pytest.param(
            ("--demand", "ram_mib=5", "--count", "2"), "Room for them is on h2 (1), h3 (2).", id="several"
        ),
    ],
)
def test_make_room_names_the_hosts_that_have_it(vmplan, options, said):
    ran = vmplan("make-room", vmplan.file("pool.json", small()), *options, *ONE)
    assert ran.out.splitlines()[-1] == said


def test_where_there_can_be_no_room_none_is_named(vmplan):
    ran = vmplan("make-room", vmplan.file("pool.json", small()), "--demand", "ram_mib=11", *ONE)
    assert (ran.code, "Room for" in ran.out) == (3, False)


def test_hosts_with_room_are_named_up_to_a_handful(vmplan):
    hosts = [{"name": f"h{n}", "capacity": {"ram_mib": 10}} for n in range(1, 9)]
    pool = vmplan.file("pool.json", small(hosts=hosts))
    ran = vmplan("make-room", pool, "--demand", "ram_mib=4", *ONE)
    assert ran.out.splitlines()[-1] == "Room for it is on h2, h3, h4, h5, h6, h7 and 1 more."


def test_who_cannot_leave_is_told_with_what_its_cloud_says_of_it(vmplan):
    pool = small()
    pool["vms"][2] |= {"movable": False, "labels": {"why": "locked"}}
    pool["vms"][0] |= {"movable": False}
    ran = vmplan("drain", vmplan.file("pool.json", pool), "h1", "h2", *ONE)
    assert "a cannot leave h1: movable=false (pinned); c cannot leave h2: movable=false (locked)" in ran.out


def test_hosts_that_cannot_be_drained_together_are_to_be_asked_for_one_after_another(vmplan):
    pool = vmplan.file("pool.json", small())
    asked = f"vmplan rolling {pool} h1 h2 asks for the same, one host after another."
    ran = vmplan("drain", pool, "h1", "h2", *ONE)
    assert (ran.code, ran.out.splitlines()[-1]) == (3, asked)
    stops = vmplan("drain", pool, "h1", "h2", "--allow-offline", *ONE)
    assert stops.out.splitlines()[-1] == asked.replace("rolling ", "rolling --allow-offline ")
    assert "rolling" not in vmplan("drain", pool, "h1", "h2", "--json", *ONE).out
    assert "vmplan rolling" not in vmplan("drain", pool, "h1", *ONE).out


def test_a_command_that_is_named_can_be_typed_whatever_names_begin_with(vmplan):
    pool = vmplan.file("pool.json", json.loads(json.dumps(small()).replace("h1", "-h1")))
    ran = vmplan("drain", *ONE, "--", pool, "-h1", "h2")
    command = shlex.split(ran.out.splitlines()[-1].partition(" asks for")[0])
    assert command == ["vmplan", "rolling", "--", str(pool), "-h1", "h2"]
    assert vmplan(*command[1:2], *ONE, *command[2:]).code in (0, 3)


def test_the_example_can_be_drained_host_by_host(vmplan):
    hosts = [host["name"] for host in json.loads(Path(CLUSTER).read_text())["hosts"]]
    for host in hosts[:3]:
        assert vmplan("drain", CLUSTER, host, "--json", *ONE).json()["status"] == "optimal"


GOALS = {
    "drain": ("h1",),
    "consolidate": ("--free", "1"),
    "balance": ("--resource", "ram_mib", "--within", "0.35"),
    "repair": (),
    "make-room": ("--demand", "ram_mib=10"),
}


def test_every_goal_is_held_by_what_follows():
    """A rolling update, which has no plan file of this kind, has tests of its own."""
    assert {*GOALS, "rolling"} == {*GROUPS["Goals"]}


def test_every_command_of_a_goal_has_its_goal_in_python():
    exported = [getattr(planner, name) for name in planner.__all__]
    goals = {it.name for it in exported if isinstance(it, type) and issubclass(it, Goal) and it is not Goal}
    assert {*goals, "rolling"} == {*GROUPS["Goals"]}


def test_where_a_target_is_missing_every_goal_is_named(vmplan):
    ran = vmplan("plan", vmplan.file("pool.json", small()))
    assert ran.code == 2
    assert f"vmplan {', '.join(GROUPS['Goals'])}" in ran.err


@pytest.mark.parametrize("command", GOALS)
def test_every_goal_writes_a_plan_and_a_pool_that_fit_each_other(vmplan, command):
    plan, out = vmplan.folder / "plan.json", vmplan.folder / "with.json"
    spread = {"a": "h1", "b": "h3", "c": "h2"} if command == "consolidate" else small()["current"]
    source = vmplan.file("pool.json", small(current=spread))
    ran = vmplan(command, source, *GOALS[command], "-o", plan, "--pool-out", out, *ONE)
    assert ran.code == 0, ran
    assert vmplan("check", out, plan).code == 0
    assert json.loads(plan.read_text())["status"] == "optimal"


@pytest.mark.parametrize("command", GOALS)
def test_every_goal_can_be_reached_as_early_as_can_be(vmplan, command):
    """The plan has a schedule without ``--schedule``, and fits the pool that is written."""
    plan, out = vmplan.folder / "plan.json", vmplan.folder / "with.json"
    spread = {"a": "h1", "b": "h3", "c": "h2"} if command == "consolidate" else small()["current"]
    source, options = vmplan.file("pool.json", small(current=spread)), GOALS[command]
    asked = ("--objective", "time", "-o", plan, "--pool-out", out)
    ran = vmplan(command, source, *options, *asked, *ONE)
    assert ran.code == 0, ran
    assert "ends before" in ran.out
    assert vmplan("check", out, plan).code == 0
    written = json.loads(plan.read_text())
    assert (written["objective"], written["status"]) == ("time", "optimal")
    assert written["makespan_s"] == written["makespan_bound_s"]
    assert all("start_s" in action for action in written["actions"])
    assert "moves|ram|custom|time]" in vmplan(command, "--help").out


CHAIN = json.loads((EXAMPLES / "chain6.json").read_text())


def chain(**fields: Any) -> dict[str, Any]:
    """Give the chain of six with a VM that is free; ``aspiers`` alone takes 13 migrations, 11 will do."""
    stays = next(name for name, host in CHAIN["current"].items() if CHAIN["target"].get(name) == host)
    vms = [{**vm, "free": True} if vm["name"] == stays else vm for vm in CHAIN["vms"]]
    target = {name: host for name, host in CHAIN["target"].items() if name != stays}
    return {**CHAIN, "vms": vms, "target": target, **fields}


def test_a_method_plans_alone_to_the_placement_of_a_goal(vmplan):
    """As it does for ``plan``: what comes out is its plan, and the bound says how much is left to gain."""
    pool = vmplan.file("pool.json", chain())
    alone = vmplan("repair", pool, "--method", "aspiers", "--json", *ONE).json()
    assert (alone["cost"], alone["heuristic"]) == (13, {"name": "aspiers", "cost": 13})
    assert vmplan("repair", pool, "--json", *ONE).json()["cost"] == 11


def test_a_method_plans_alone_to_the_placement_of_a_goal_where_the_end_comes_first_too(vmplan):
    """Nothing proves that no plan ends earlier, so that the limit is used up."""
    pool, limit = vmplan.file("pool.json", chain()), ("--time-limit", 2)
    timed = vmplan("repair", pool, "--method", "aspiers", "--objective", "time", "--json", *limit, *ONE)
    assert (timed.code, timed.json()["heuristic"]["name"]) == (0, "aspiers")


def test_an_unknown_method_of_a_goal_is_bad_usage(vmplan):
    ran = vmplan("drain", vmplan.file("pool.json", small()), "h1", "--method", "guess", *ONE)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert "guess" in ran.err


@pytest.mark.parametrize("command", GOALS)
def test_every_goal_is_drawn_and_looked_at_as_plan_is(vmplan, command):
    """On standard output beside a summary, on standard error beside a file."""
    spread = {"a": "h1", "b": "h3", "c": "h2"} if command == "consolidate" else small()["current"]
    source = vmplan.file("pool.json", small(current=spread))
    closer = ("--timeline", "--warn-above", "ram_mib=0.4")
    ran = vmplan(command, source, *GOALS[command], *closer, *ONE)
    assert (ran.code, ran.err) == (0, "")
    assert "Hosts above ram_mib=0.4 of what is usable:" in ran.out
    assert "decides the end" in ran.out or "nothing to do" in ran.out
    beside = vmplan(command, source, *GOALS[command], *closer, "--json", *ONE)
    assert "makespan_s" in beside.json()
    assert "Hosts above ram_mib=0.4 of what is usable:" in beside.err


def test_a_share_of_what_no_vm_takes_is_bad_usage_of_a_goal_too(vmplan):
    ran = vmplan("drain", vmplan.file("pool.json", small()), "h1", "--warn-above", "disk=0.5", *ONE)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert "unknown resource" in ran.err


REFUSED = [(command, "--proof", ["proof.json"], "one target") for command in [*GOALS, "rolling"]]
REFUSED += [
    ("rolling", "--timeline", [], "--batches"),
    ("rolling", "--warn-above", ["ram_mib=1"], "--batches"),
]


@pytest.mark.parametrize(("command", "option", "value", "words"), REFUSED)
def test_what_a_goal_does_not_take_of_plan_is_refused_in_words(vmplan, command, option, value, words):
    source = vmplan.file("pool.json", small())
    ran = vmplan(command, source, *GOALS.get(command, ()), option, *value)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert option in ran.err
    assert words in ran.err


def test_every_goal_knows_every_option_of_plan():
    """To take it, or to say why not."""
    context = click.Context(cli)
    known = {name: cli.get_command(context, name) for name in ["plan", *GOALS, "rolling"]}
    options = {name: {opt for it in command.params for opt in it.opts} for name, command in known.items()}
    assert not {name: options["plan"] - options[name] for name in known if options["plan"] - options[name]}


def test_what_is_proven_of_a_rolling_update_by_ram_has_a_unit(vmplan):
    """Who moves first moves twice unless one host at a time is emptied, which the bound speaks of."""
    pool = small(
        vms=[{"name": name, "demand": {"ram_mib": ram}} for name, ram in (("v", 1), ("w", 2), ("x", 3))],
        current={"v": "h1", "w": "h2", "x": "h3"},
    )
    file, plan = vmplan.file("pool.json", pool), vmplan.folder / "plan.json"
    ran = vmplan("rolling", file, "--at-once", 2, "--objective", "ram", "-o", plan, *ONE, "--time-limit", 5)
    assert (
        "cost 9 MiB, bound 7 MiB.\n"
        "Feasible: proven that no order of the hosts, one at a time either, costs less than 7 MiB,"
    ) in ran.out
    reason = json.loads(plan.read_text())["reason"]
    assert reason == (
        "proven: no order of the hosts, one at a time either, costs less than 7 MiB; this one costs 9 MiB"
    )


def test_one_host_is_emptied_and_updated(vmplan):
    host, plan = small()["hosts"][0], vmplan.folder / "plan.json"
    file = vmplan.file("pool.json", small(hosts=[host], vms=[], current={}))
    vmplan("rolling", file, "-o", plan, *ONE)
    assert json.loads(plan.read_text())["goal"]["asked"] == "1 host is emptied and updated, 1 at a time"


def test_a_rolling_update_has_no_objective_time(vmplan):
    """It is made of updates with stops between them, which take far longer than what runs side by side."""
    ran = vmplan("rolling", vmplan.file("pool.json", small()), "--objective", "time")
    assert ran.code == 2
    assert "--schedule says when" in ran.err
    assert ran.err.count("\n") == 1
    assert "moves|ram|custom]" in vmplan("rolling", "--help").out


def test_what_is_explained_of_a_goal_is_what_migrations_cost(vmplan):
    ran = vmplan("drain", vmplan.file("pool.json", small()), "h1", "--objective", "time", "--explain")
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert "'time' is not for an explanation" in ran.err


@pytest.mark.parametrize("command", ["consolidate", "balance"])
def test_with_no_migration_at_all_the_best_is_nothing(vmplan, command):
    ran = vmplan(command, vmplan.file("pool.json", small()), "--at-most", 0, "--json", *ONE)
    assert ran.code == 0
    answer = ran.json()
    assert (answer["status"], answer["cost"], answer["actions"]) == ("optimal", 0, [])


BARE = {
    "no host": {"hosts": [], "vms": [], "current": {}},
    "no VM": {"hosts": [{"name": "a", "capacity": {}}], "vms": [], "current": {}},
    "no demand": {
        "hosts": [{"name": name, "capacity": {}} for name in "ab"],
        "vms": [{"name": name, "demand": {}} for name in "vw"],
        "current": {"v": "a", "w": "a"},
    },
}
ASKED = [
    ("balance",),
    ("balance", "--at-most", "2"),
    ("balance", "--within", "0.1"),
    ("consolidate",),
    ("consolidate", "--free", "0"),
    ("repair",),
]


@pytest.mark.parametrize("asked", ASKED, ids=" ".join)
@pytest.mark.parametrize("case", BARE)
def test_where_there_is_nothing_to_choose_nothing_is_done(vmplan, case, asked):
    command, *options = asked
    ran = vmplan(command, vmplan.file("pool.json", small(**BARE[case])), *options, "--json", *ONE)
    assert ran.code == 0, ran
    assert (ran.json()["status"], ran.json()["actions"]) == ("optimal", [])


BAD = {
    "share above 1": (("balance", "--within", "1.5"), "out of range"),
    "share below 0": (("balance", "--within", "-0.1"), "out of range"),
    "share no number": (("balance", "--within", "nan"), "no share"),
    "share of an endless power of ten": (("balance", "--within", "1e-999999999"), "no share"),
    "share in percent of one": (("balance", "--within", "1e999999999%"), "no share"),
    "unknown resource": (("balance", "--resource", "disk"), "'disk' is no resource"),
    "resource twice": (("balance", "--resource", "ram_mib", "--resource", "ram_mib"), "named twice"),
    "negative number": (("consolidate", "--at-most", "-1"), "--at-most"),
    "too many hosts": (("consolidate", "--free", "9"), "free=9"),
    "no demand": (("make-room",), "--demand"),
    "demand no number": (
        ("make-room", "--demand", "ram_mib=x"),
        "must be an integer >= 0, or a size such as 16 GiB",
    ),
    "demand in no unit": (("make-room", "--demand", "vcpus=2 GiB"), "must be an integer >= 0"),
    "demand in parts": (("make-room", "--demand", "ram_mib=0.3"), "a whole number of its unit"),
    "demand of nothing": (("make-room", "--demand", "8 GiB"), "expected R=N"),
    "demand too large": (("make-room", "--demand", f"ram_mib={'9' * 23}"), "up to 2^53 - 1"),
    "demand far too large": (("make-room", "--demand", f"ram_mib={'9' * 5000}"), "up to 2^53 - 1"),
    "demand twice": (("make-room", "--demand", "ram_mib=1", "--demand", "ram_mib=2"), "twice"),
    "demand unknown": (("make-room", "--demand", "disk=1"), "'disk' is no resource"),
    "count": (("make-room", "--demand", "ram_mib=1", "--count", "0"), "--count"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_usage_is_one_line_and_exit_code_2(vmplan, case):
    (command, *options), words = BAD[case]
    ran = vmplan(command, vmplan.file("pool.json", small()), *options)
    assert ran.code == 2
    assert words in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("asked", [("balance", "--resource"), ("make-room", "--demand")], ids=" ".join)
def test_where_nobody_takes_or_has_anything_no_resource_is_known(vmplan, asked):
    command, option = asked
    empty = small(hosts=[{"name": "h1", "capacity": {}}], vms=[], current={})
    ran = vmplan(command, vmplan.file("pool.json", empty), option, "ram_mib" + "=1" * (option == "--demand"))
    assert ran.code == 2, ran
    assert "'ram_mib' is no resource of the pool, known are none" in ran.err


IMPOSSIBLE = {
    "more than any host": (("make-room", "--demand", "ram_mib=11"), "no host can ever hold 11 MiB RAM"),
    "more than the pool": (("make-room", "--demand", "ram_mib=7", "--count", "3"), "3 MiB are missing"),
    "no such trait": (("make-room", "--demand", "ram_mib=1", "--requires", "gpu"), "no host with gpu"),
    "no room elsewhere": (("drain", "h1", "h2"), "2 MiB are missing"),
    "too many to empty": (("consolidate", "--free", "2"), "the VMs need 2 of the 3 hosts"),
    "too few migrations": (("consolidate", "--free", "1", "--at-most", "0"), "0 migrations"),
}


@pytest.mark.parametrize("case", IMPOSSIBLE)
def test_what_cannot_be_is_exit_code_3_and_says_what_is_missing(vmplan, case):
    (command, *options), words = IMPOSSIBLE[case]
    ran = vmplan(command, vmplan.file("pool.json", small()), *options, *ONE)
    assert ran.code == 3, ran
    assert words in ran.out


def test_zeros_before_a_demand_change_nothing(vmplan):
    demand = f"ram_mib={'0' * 22}11"
    ran = vmplan("make-room", vmplan.file("pool.json", small()), "--demand", demand, *ONE)
    assert ran.code == 3, ran
    assert "no host can ever hold 11 MiB RAM" in ran.out


@pytest.mark.parametrize("size", ["8 GiB", "8g", "8192", "0.0078125T"])
def test_a_demand_is_a_size_as_people_write_it(size):
    assert parse_amounts((f"ram_mib={size}",)) == {"ram_mib": 8192}


def test_the_largest_demand_is_taken_as_it_is(vmplan):
    ran = vmplan("make-room", vmplan.file("pool.json", small()), "--demand", f"ram_mib={2**53 - 1}", *ONE)
    assert ran.code == 3, ran
    assert f"no host can ever hold {2**53 - 1} MiB RAM" in ran.out


@pytest.mark.parametrize("command", [["drain", "h1"], ["rolling", "h1"]])
@pytest.mark.parametrize("plan", [["--json"], ["-o", "-"]])
def test_a_plan_and_its_pool_are_not_both_standard_output(vmplan, command, plan):
    name, *hosts = command
    ran = vmplan(name, vmplan.file("pool.json", small()), *hosts, *plan, "--pool-out", "-", *ONE)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == f"vmplan: only one of {plan[0]} and --pool-out can be standard output\n"


def test_json_of_a_goal_with_standard_output_named_too_is_one_document(vmplan):
    ran = vmplan("drain", vmplan.file("pool.json", small()), "h2", "--json", "-o", "-", *ONE)
    assert (ran.code, ran.json()["cost"], ran.err) == (0, 1, "")


@pytest.mark.parametrize("command", ["check", "debug", "repl", "report"])
def test_the_pool_of_a_goal_without_target_leads_to_the_one_that_goes_with_the_plan(vmplan, command):
    pool, plan = vmplan.file("pool.json", small()), vmplan.folder / "plan.json"
    vmplan("drain", pool, "h2", "-o", plan, *ONE)
    rest = {"check": [plan], "report": [plan, "-o", vmplan.folder / "page.html"]}.get(command, [])
    ran = vmplan(command, pool, *rest)
    assert ran.code == 2
    assert "target: missing" in ran.err
    assert "--pool-out writes the pool that goes with a plan" in ran.err
    assert "--pool-out" not in vmplan("plan", pool).err


@pytest.mark.parametrize("command", ["animate", "check", "report", "run"])
def test_of_a_goal_that_nothing_reaches_no_pool_with_a_target_is_asked_for(vmplan, command):
    pool, plan = vmplan.file("pool.json", small()), vmplan.folder / "plan.json"
    assert vmplan("drain", pool, "h1", "h2", "h3", "-o", plan, *ONE).code == 3
    more = {"report": ["-o", vmplan.folder / "page.html"], "run": ["--cloud", "simulated", "--dry-run"]}
    ran = vmplan(command, pool, plan, *more.get(command, []))
    assert ran.code == 2
    assert ran.err == f"vmplan: {plan}: the plan file holds no plan: its status is infeasible\n"


def test_the_step_model_is_said_to_know_no_updates(vmplan):
    pool, rolled, plan = vmplan.file("pool.json", small()), vmplan.folder / "r.json", vmplan.folder / "p.json"
    vmplan("rolling", pool, "h2", "-o", plan, "--pool-out", rolled, *ONE)
    assert vmplan("check", rolled, plan).code == 0
    ran = vmplan("check", rolled, plan, "--solver")
    assert (ran.code, ran.out) == (2, "")
    assert "--solver: the step model knows no updates" in ran.err
    assert "this command does not" not in ran.err


@pytest.mark.parametrize("in_time", [[], ["--in-time"]])
def test_what_cannot_be_played_of_a_rolling_plan_is_said_of_its_file(vmplan, in_time):
    plan, rolled = vmplan.folder / "plan.json", vmplan.folder / "rolled.json"
    vmplan("rolling", vmplan.file("pool.json", small()), "h2", "-o", plan, "--pool-out", rolled, *ONE)
    ran = vmplan("animate", rolled, plan, *in_time)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"vmplan: {plan}: actions: it updates hosts, which this command does not")
