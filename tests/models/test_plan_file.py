"""The plan file: round trips, what it says, and what is no plan file."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import (
    Migration,
    Plan,
    PlanError,
    Provision,
    Schedule,
    Shutdown,
    Start,
    Stop,
    read_plan,
    write_plan,
)
from models.plan_file import HeuristicEntry, PlanFile
from models.reading import parse_plan, plan_bytes
from tests.strategies import DEEP, HUGE, encoded, places, put

SMALL: dict[str, Any] = {
    "format": "vm-plan/1",
    "status": "feasible",
    "objective": "moves",
    "cost": 11,
    "bound": 1,
    "gap": 10 / 11,
    "heuristic": {"name": "aspiers", "cost": 12},
    "actions": [
        {"id": 1, "action": "shutdown", "vm": "d", "host": "h1"},
        {"id": 2, "action": "migrate", "vm": "a", "from": "h1", "to": "h2", "cost": 1},
        {"id": 3, "action": "stop", "vm": "b", "host": "h2", "cost": 10},
        {"id": 4, "action": "start", "vm": "b", "host": "h1"},
        {"id": 5, "action": "provision", "vm": "c", "host": "h2"},
    ],
}
ACTIONS = (
    Shutdown("d", "h1"),
    Migration("a", "h1", "h2"),
    Stop("b", "h2"),
    Start("b", "h1"),
    Provision("c", "h2"),
)


def test_the_actions_of_a_file_are_its_steps():
    assert parse_plan(encoded(SMALL)).steps() == ACTIONS


def test_a_plan_gives_the_entries_of_its_file():
    plan = Plan(ACTIONS, {"a": 1, "b": 1}, {})
    file = PlanFile(status="feasible", cost=11, bound=1, actions=plan.entries())
    assert json.loads(plan_bytes(file))["actions"] == SMALL["actions"]


def test_the_bytes_of_a_plan_hold_an_action_a_line():
    lines = plan_bytes(parse_plan(encoded(SMALL))).decode().splitlines()
    assert len(lines) == 2 + len(ACTIONS)
    assert all('"action":' in line for line in lines[1:-1])


@pytest.mark.parametrize("name", ["plan.json", "plan.json.gz"])
def test_a_plan_file_survives_a_round_trip(tmp_path, name):
    plan = parse_plan(encoded(SMALL))
    write_plan(tmp_path / name, plan)
    assert read_plan(tmp_path / name) == plan
    assert ((tmp_path / name).read_bytes()[:2] == b"\x1f\x8b") == name.endswith("gz")


def test_the_same_plan_gives_the_same_gzipped_bytes(tmp_path):
    plan = parse_plan(encoded(SMALL))
    for name in ("one.json.gz", "two.json.gz"):
        write_plan(tmp_path / name, plan)
    assert (tmp_path / "one.json.gz").read_bytes() == (tmp_path / "two.json.gz").read_bytes()


def test_a_plan_goes_to_standard_output(capfdbinary):
    plan = parse_plan(encoded(SMALL))
    write_plan("-", plan)
    assert parse_plan(capfdbinary.readouterr().out) == plan


@pytest.mark.parametrize("status", ["infeasible", "no_plan_found"])
def test_a_file_without_a_plan_has_no_actions_and_cost_null(status):
    data = json.loads(plan_bytes(PlanFile(status=status, reason="because")))
    assert data["actions"] == []
    assert data["cost"] is None
    assert data["reason"] == "because"


NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=5)
COSTS = st.integers(0, 2**63 - 1)
ANY_ACTION = st.one_of(
    st.builds(Migration, NAMES, NAMES, NAMES),
    *(st.builds(kind, NAMES, NAMES) for kind in (Shutdown, Stop, Start, Provision)),
)


@given(st.lists(ANY_ACTION), st.integers(0, 99), st.none() | st.builds(HeuristicEntry, NAMES, COSTS))
def test_any_plan_survives_a_round_trip(actions, price, heuristic):
    plan = Plan(tuple(actions), {action.vm: price for action in actions}, {})
    file = PlanFile(status="optimal", cost=plan.cost, bound=0.5, heuristic=heuristic, actions=plan.entries())
    back = parse_plan(plan_bytes(file))
    assert back == file
    assert back.steps() == plan.actions


BAD: dict[str, tuple[tuple[Any, ...], Any, list[str]]] = {
    "vm a number": (("actions", 1, "vm"), 7, ["actions[1].vm", "7", "str"]),
    "unknown action": (("actions", 1, "action"), "teleport", ["actions[1].action", "'teleport'", "migrate"]),
    "action a list": (("actions", 1, "action"), [], ["actions[1].action", "[]", "migrate"]),
    "action an object": (("actions", 1, "action"), {}, ["actions[1].action", "{}", "migrate"]),
    "action null": (("actions", 1, "action"), None, ["actions[1].action", "None", "migrate"]),
    "entry a number": (("actions", 1), 7, ["actions[1]", "7"]),
    "entry a list": (("actions", 1), [], ["actions[1]", "[]"]),
    "unknown field": (("actions", 1, "too"), "h1", ["actions[1].too", "unknown field"]),
    "heuristic cost": (("heuristic", "cost"), "12", ["heuristic.cost", "'12'", "int"]),
    "heuristic a list": (("heuristic",), [], ["heuristic", "[]"]),
    "heuristic field": (("heuristic", "costs"), 1, ["heuristic.costs", "unknown field"]),
    "status": (("status",), "perfect", ["status: 'perfect', must be one of optimal, feasible, infeasible"]),
    "long status": (("status",), "o" * 9_000, ["status: 'ooo", "..., must be one of optimal"]),
    "why a number": (("why",), ["a", 7], ["why[1]: 7: Expected str"]),
    "after a word": (("actions", 1, "after"), [1, "2"], ["actions[1].after[1]: '2': Expected int"]),
    "format": (("format",), "vm-pool/1", ["format", "is a vm-pool/1, expected vm-plan/1"]),
    "NaN": (("bound",), float("nan"), ["bound", "nan"]),
    "bound an object": (("bound",), {}, ["bound", "{}"]),
    "5000 digits": (("cost",), HUGE, ["cost", "over 40 digits", "<="]),
    "no float holds the cost": (("cost",), 10**400, ["cost", "over 40 digits", "<="]),
    "no float holds the bound": (("bound",), -(10**400), ["bound", "over 40 digits", ">="]),
    "no float holds a price": (("actions", 1, "cost"), 10**400, ["actions[1].cost", "over 40 digits"]),
    "half a surrogate": (("status",), "\ud800", ["status", "surrogate"]),
    "nested": (("cost",), DEEP, ["nested too deep"]),
}


@pytest.mark.parametrize(("path", "value", "words"), BAD.values(), ids=BAD)
def test_a_bad_plan_file_is_named_with_place_value_and_rule(path, value, words):
    with pytest.raises(PlanError) as caught:
        parse_plan(encoded(put(SMALL, path, value)))
    message = str(caught.value)
    assert all(word in message for word in words), message


@pytest.mark.parametrize("data", [b"", b"[]", b"7", b"{}", b"\xff", b"[" * 10**5, b'{"format": "vm-plan/1"'])
def test_bytes_that_are_no_plan_file_are_a_plan_error(data):
    with pytest.raises(PlanError, match=r"."):
        parse_plan(data)


def test_a_field_given_twice_in_a_plan_file_is_an_error():
    with pytest.raises(PlanError, match=r"status: given twice"):
        parse_plan(b'{"format": "vm-plan/1", "status": "optimal", "status": "feasible"}')


VALUES = st.sampled_from((-1, 7.5, "7", True, None, [], {}, 10**30, HUGE, DEEP, float("nan"), [[]], [{}]))


@given(st.sampled_from(places(SMALL)), VALUES)
def test_a_plan_file_with_any_value_anywhere_is_a_plan_or_a_plan_error(path, value):
    try:
        parse_plan(encoded(put(SMALL, path, value)))
    except PlanError as error:
        assert str(error)  # noqa: PT017 - it may be a plan still


def timed() -> PlanFile:
    """Give a plan file with a schedule."""
    plan = Plan((Shutdown("a", "h1"), Migration("b", "h1", "h2"), Migration("c", "h3", "h1")), {}, {})
    times = Schedule((0, 0, 30), (30, 12, 41), ((), (), (1, 2)), (1, 1, 2), makespan_bound_s=41)
    return PlanFile(
        status="feasible",
        actions=plan.entries(times),
        makespan_s=41,
        makespan_bound_s=41,
        makespan_gap=0.0,
    )


def test_a_schedule_comes_back_as_it_was_written():
    file = timed()
    again = parse_plan(plan_bytes(file))
    assert again == file
    assert again.schedule() == Schedule((0, 0, 30), (30, 12, 41), ((), (), (1, 2)), (1, 1, 2), 41)


def test_a_schedule_stands_in_the_fields_of_the_contract():
    data = json.loads(plan_bytes(timed()))
    assert (data["makespan_s"], data["makespan_bound_s"], data["makespan_gap"]) == (41, 41, 0.0)
    last = data["actions"][2]
    assert {key: last[key] for key in ("start_s", "end_s", "after", "wave")} == {
        "start_s": 30,
        "end_s": 41,
        "after": [1, 2],
        "wave": 2,
    }
    assert data["actions"][0]["after"] == []


def test_a_plan_without_a_schedule_says_nothing_of_time():
    text = plan_bytes(PlanFile(status="infeasible", reason="full")).decode()
    assert "makespan" not in text
    assert parse_plan(text.encode()).schedule() is None


def test_a_bound_that_nothing_proves_is_null():
    text = plan_bytes(PlanFile(status="optimal", makespan_s=0, makespan_bound_s=None, makespan_gap=None))
    assert json.loads(text)["makespan_bound_s"] is None


@pytest.mark.parametrize("field", ["start_s", "end_s", "wave"])
def test_a_schedule_of_some_actions_only_is_an_error(field):
    data = json.loads(plan_bytes(timed()))
    del data["actions"][1][field]
    with pytest.raises(PlanError, match=f"action 2: {field} is missing"):
        parse_plan(encoded(data)).schedule()


def test_ids_of_another_tool_are_numbered_anew():
    data = json.loads(plan_bytes(timed()))
    for entry, number in zip(data["actions"], (7, 9, 3), strict=True):
        entry["id"] = number
    data["actions"][2]["after"] = [9, 7]
    schedule = parse_plan(encoded(data)).schedule()
    assert schedule is not None
    assert schedule.after == ((), (), (2, 1))
    data["actions"][2]["after"] = [1]
    with pytest.raises(PlanError, match="action 3: after 1, no action has this id"):
        parse_plan(encoded(data)).schedule()
    data["actions"][2]["id"] = 7
    with pytest.raises(PlanError, match="this id is there twice"):
        parse_plan(encoded(data)).schedule()


@pytest.mark.parametrize("kept", ["after", "wave"])
def test_precedences_without_times_are_an_error(kept):
    data = json.loads(plan_bytes(timed()))
    for entry in data["actions"]:
        for field in {"start_s", "end_s", "after", "wave"} - {kept}:
            del entry[field]
    with pytest.raises(PlanError, match="action 1: start_s is missing, every action of a schedule has it"):
        parse_plan(encoded(data)).schedule()


def test_a_bad_value_whose_key_stands_twice_is_named_by_its_key():
    """The decoder sees the first, JSON of Python the last, which may be right."""
    data = b'{"format": "vm-plan/1", "status": "optimal", "actions": [{}], "actions": []}'
    with pytest.raises(PlanError, match=r"^actions: given twice in one object"):
        parse_plan(data)
