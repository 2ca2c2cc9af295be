"""``vmplan check`` of a rolling plan in time: a good file passes, each fault of a spoiled one is named."""

from __future__ import annotations

import json
from copy import deepcopy

import pytest

HOSTS = [{"name": name, "capacity": {"ram_mib": 10}} for name in ("h1", "h2", "h3", "h4")]
SIZES = {"a": 4, "b": 4, "c": 6, "d": 6}
POOL = {
    "format": "vm-pool/1",
    "hosts": HOSTS,
    "vms": [{"name": name, "demand": {"ram_mib": size}, "migration_s": 5} for name, size in SIZES.items()],
    "timing": {"update_s": 100},
    "current": {"a": "h1", "b": "h1", "c": "h2", "d": "h4"},
    "target": {"a": "h1", "b": "h3", "c": "h3", "d": "h2"},
}
"""h3 is updated, and h1 once its VMs are on h3; a comes back to h1, c takes its place, and d that of c."""


def done(number, action, start, after, wave, **fields):
    """Give an action of the file; an update takes 100 s, a migration 5."""
    end = start + (100 if action == "update" else 5)
    times = {"start_s": start, "end_s": end, "after": after, "wave": wave}
    return {"id": number, "action": action, **fields, **times}


def sent(number, vm, source, destination, start, after, wave):
    """Give a migration."""
    way = {"from": source, "to": destination}
    return done(number, "migrate", start, after, wave, vm=vm, cost=1, **way)


PLAN = {
    "format": "vm-plan/1",
    "status": "optimal",
    "cost": 5,
    "bound": 5,
    "gap": 0.0,
    "makespan_s": 225,
    "makespan_bound_s": 205,
    "actions": [
        done(1, "update", 0, [], 1, host="h3"),
        sent(2, "a", "h1", "h3", 100, [1], 2),
        sent(3, "b", "h1", "h3", 105, [1], 2),
        done(4, "update", 110, [2, 3], 3, host="h1"),
        sent(5, "a", "h3", "h1", 210, [4], 4),
        sent(6, "c", "h2", "h3", 215, [5], 5),
        sent(7, "d", "h4", "h2", 220, [6], 6),
    ],
}

FAULTS = {
    "an update that is too short": (
        {4: {"end_s": 200}},
        "action 4: update h1: planned to take 90 s, it takes 100",
    ),
    "a start below 0": ({1: {"start_s": -1, "end_s": 99}}, "action 1: update h3: starts at -1 s"),
    "a host that is not empty yet": (
        {4: {"start_s": 109, "end_s": 209, "after": [2]}},
        "action 4: update h1: b is on it",
    ),
    "a host that is being updated": (
        {5: {"start_s": 205, "end_s": 210, "after": [2]}},
        "action 5: a comes to h1, whose update ends at 210 s",
    ),
    "a start before what is waited for": (
        {4: {"start_s": 109, "end_s": 209}},
        "action 4: update h1: starts at 109 s, 3 that it waits for ends at 110 s",
    ),
    "a wait for what comes later": ({2: {"after": [1, 5]}}, "action 2: migrate a: h1 -> h3: after 5, which"),
    "no room in time": (
        {6: {"start_s": 205, "end_s": 210, "after": [1]}, 7: {"start_s": 225, "end_s": 230}},
        "action 6: h3 has 2 ram_mib free of 10, c takes 6",
    ),
    "two into one host at a time": (
        {3: {"start_s": 100, "end_s": 105}},
        "2 migrations at once on h1, max_",
    ),
    "an update that waits for one of two": (
        {4: {"after": [3]}},
        "action 4: update h1: does not wait for action 2, by which a leaves",
    ),
    "an update that waits for nobody": (
        {4: {"after": []}},
        "action 4: update h1: does not wait for action 3, by which b leaves",
    ),
    "an arrival that waits for no update": (
        {3: {"after": []}},
        "action 3: migrate b: h1 -> h3: does not wait for action 1, the update of h3",
    ),
    "an action that does not wait for the one before": (
        {5: {"after": []}},
        "action 5: migrate a: h3 -> h1: does not wait for action 2, of the same VM",
    ),
    "no room in other times": (
        {7: {"after": []}},
        "h2 can come to hold 12 of 10 ram_mib, were other times taken: c, d",
    ),
    "a departure in the wave of the update": (
        {4: {"wave": 2}},
        "action 3: migrate b: h1 -> h3: in wave 2 with the update of h1",
    ),
    "an arrival in the wave of the update": (
        {2: {"wave": 1}},
        "action 2: migrate a: h1 -> h3: in wave 1 with the update of h3",
    ),
    "no room in a wave": ({7: {"wave": 5}}, "action 7: in wave 5: "),
    "waves that fall": ({7: {"wave": 3}}, "waves: not in the order of the plan"),
    "waves from 0": ({1: {"wave": 0}}, "waves: the first is 0, they count from 1"),
}
CLAIMS = {
    "another makespan": (
        {"makespan_s": 224},
        "it says makespan_s 224, its last action ends at 225",
    ),
    "a bound above it": ({"makespan_bound_s": 226}, "makespan_bound_s: 226 is above the makespan 225"),
    "another gap": ({"makespan_gap": 0.5}, "makespan_gap: it says makespan_gap 0.5"),
}


def spoiled(changes):
    """Give the good plan with some fields of some actions changed, by id."""
    plan = deepcopy(PLAN)
    for number, fields in changes.items():
        plan["actions"][number - 1] |= fields
    plan["makespan_s"] = max(action["end_s"] for action in plan["actions"])
    return plan


def judged(vmplan, plan, command="check"):
    """Give what a command says of a plan of the pool."""
    files = vmplan.file("pool.json", POOL), vmplan.file("plan.json", plan)
    options = ["-o", vmplan.folder / "page.html"] if command == "report" else []
    return vmplan(command, *files, *options)


def test_a_good_rolling_plan_passes_in_time(vmplan):
    ran = judged(vmplan, PLAN)
    assert (ran.code, ran.out) == (0, "7 actions, 0 violations\n")


@pytest.mark.parametrize(("changes", "words"), FAULTS.values(), ids=FAULTS)
def test_a_fault_in_the_times_of_a_rolling_plan_is_named(vmplan, changes, words):
    ran = judged(vmplan, spoiled(changes))
    assert ran.code == 1
    assert words in ran.out


@pytest.mark.parametrize(("changes", "words"), CLAIMS.values(), ids=CLAIMS)
def test_what_a_rolling_plan_says_of_its_end_is_judged(vmplan, changes, words):
    ran = judged(vmplan, PLAN | changes)
    assert ran.code == 1
    assert words in ran.out


IDLE = {
    "format": "vm-pool/1",
    "hosts": HOSTS,
    "vms": [],
    "timing": {"update_s": 100},
    "current": {},
    "target": {},
}
"""Nobody is on any host: nothing but ``at_once`` keeps updates apart."""


@pytest.mark.parametrize(
    ("starts", "waves", "at_once", "words"),
    [
        pytest.param((0, 100, 200), (1, 2, 3), 1, None, id="one after another"),
        pytest.param((0, 0, 100), (1, 1, 2), 2, None, id="as many as may be"),
        pytest.param((0, 99, 200), (1, 2, 3), 1, "it says at_once 1, at 99 s 2 updates run", id="in time"),
        pytest.param(
            (0, 100, 200), (1, 2, 2), 1, "it says at_once 1, in wave 2 are 2 updates", id="in waves"
        ),
    ],
)
def test_no_more_updates_at_a_time_than_the_file_says(vmplan, starts, waves, at_once, words):
    actions = [
        done(number, "update", start, [], wave, host=f"h{number}")
        for number, (start, wave) in enumerate(zip(starts, waves, strict=True), 1)
    ]
    end = starts[-1] + 100
    figures = {"status": "optimal", "cost": 0, "bound": 0, "gap": 0.0, "makespan_s": end}
    plan = {"format": "vm-plan/1", **figures, "at_once": at_once, "actions": actions}
    ran = vmplan("check", vmplan.file("pool.json", IDLE), vmplan.file("plan.json", plan))
    assert ran.code == (0 if words is None else 1), ran
    assert (words or "0 violations") in ran.out


def test_a_rolling_plan_says_how_many_hosts_may_be_updated_at_once(vmplan):
    """Four empty hosts, two at a time; who reads the plan and changes that to one is told."""
    pool, plan = {key: it for key, it in IDLE.items() if key != "target"}, vmplan.folder / "roll.json"
    options = ("--at-once", 2, "--schedule", "--workers", 1)
    assert vmplan("rolling", vmplan.file("pool.json", pool), "-o", plan, *options).code == 0
    written = json.loads(plan.read_text())
    assert written["at_once"] == 2
    ran = vmplan("check", vmplan.file("pool.json", IDLE), vmplan.file("one.json", written | {"at_once": 1}))
    assert (ran.code, "at_once 1" in ran.out) == (1, True)


@pytest.mark.parametrize("field", ["start_s", "end_s", "wave"])
def test_an_update_without_times_among_others_is_bad_input(vmplan, field):
    plan = deepcopy(PLAN)
    del plan["actions"][3][field]
    ran = judged(vmplan, plan)
    assert (ran.code, ran.out) == (2, "")
    assert f"action 4: {field} is missing" in ran.err


def test_a_wait_for_an_id_that_no_action_has_is_bad_input(vmplan):
    ran = judged(vmplan, spoiled({4: {"after": [2, 9]}}))
    assert ran.code == 2
    assert "action 4: after 9, no action has this id" in ran.err


@pytest.mark.parametrize("command", ["check", "report"])
def test_a_target_that_only_updates_make_lawful_passes(vmplan, command):
    """h2 is older than h1: v may go there once it has been updated."""
    hosts = [HOSTS[0] | {"version": 9}, HOSTS[1] | {"version": 8}]
    vms = [{"name": "v", "demand": {"ram_mib": 4}}]
    pool = {"format": "vm-pool/1", "hosts": hosts, "vms": vms, "current": {"v": "h1"}}
    rolled, plan = vmplan.folder / "rolled.json", vmplan.folder / "roll.json"
    vmplan("rolling", vmplan.file("pool.json", pool), "--pool-out", rolled, "-o", plan, "--workers", 1)
    options = ["-o", vmplan.folder / "page.html"] if command == "report" else []
    ran = vmplan(command, rolled, plan, *options)
    assert (ran.code, ran.err) == (0, "")


def test_a_report_names_the_fault_too(vmplan):
    changes, words = FAULTS["an arrival that waits for no update"]
    ran = judged(vmplan, spoiled(changes), "report")
    assert ran.code == 1
    assert words in ran.out + ran.err


@pytest.mark.parametrize("back", [(), ("--return",)])
def test_a_host_that_stays_overloaded_while_others_are_updated_is_no_mistake(vmplan, back):
    """h1 holds two pinned VMs of 3, of 4, one of them with no right to be there, and h2 is updated.

    One VM more on h1 at the end is a mistake.
    """
    sizes = {"a": 3, "b": 3, "c": 3}
    pool = {
        "format": "vm-pool/1",
        "hosts": [{"name": "h1", "capacity": {"ram_mib": 4}}, *HOSTS[1:3]],
        "vms": [
            {"name": name, "demand": {"ram_mib": size}, "movable": name == "c"}
            for name, size in sizes.items()
        ],
        "current": {"a": "h1", "b": "h1", "c": "h2"},
    }
    pool["vms"][0]["requires"] = ["gpu"]
    plan, rolled = vmplan.folder / "roll.json", vmplan.folder / "rolled.json"
    files = vmplan.file("pool.json", pool), "h2", "-o", plan, "--pool-out", rolled
    assert vmplan("rolling", *files, *back, "--workers", 1).code == 0
    ran = vmplan("check", rolled, plan)
    assert (ran.code, ran.out) == (0, f"{2 + len(back)} actions, 0 violations\n"), ran.err
    crowded = json.loads(rolled.read_text())
    crowded["target"]["c"] = "h1"
    ran = vmplan("check", vmplan.file("crowded.json", crowded), plan)
    assert ran.code == 2
    assert "target: h1 holds 9 of 4 ram_mib" in ran.err
