"""The sentences of a verdict: one for each status, and a bound is never rounded up."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from models.plan_file import PlanFile
from planner.verdict.sentences import amount, are, claimed, counted, number_of, some_of, verdict


@dataclass(frozen=True)
class Said:
    """What was found, as a verdict reads it."""

    status: str
    cost: float | None = None
    bound: float | None = None
    reason: str | None = None


@pytest.mark.parametrize(
    ("said", "objective", "text"),
    [
        (Said("optimal", 3, 3), "moves", "Optimal: proven that no plan costs less."),
        (
            Said("feasible", 4, 3),
            "moves",
            "Feasible: proven that no plan costs less than 3, a gap of 25.00%.",
        ),
        (Said("feasible", 4), "moves", "Feasible: nothing is proven about how short it could be."),
        (
            Said("feasible", 400_000, 393_000),
            "ram",
            "Feasible: proven that no plan costs less than 393,000 MiB, a gap of 1.75%.",
        ),
        (
            Said("feasible", 12_345_678_999, 12_345_678_998),
            "custom",
            "Feasible: proven that no plan costs less than 12,345,678,998, a gap of 0.00%.",
        ),
        (Said("infeasible"), "moves", "Proven: no plan exists."),
        (
            Said("infeasible", reason="no plan exists: stuck"),
            "moves",
            "Proven: no plan exists: stuck.",
        ),
        (Said("infeasible", reason="h1 is full!"), "moves", "Proven: no plan exists: h1 is full!"),
        (Said("no_plan_found"), "moves", "No plan found, and no proof that there is none."),
        (
            Said("no_plan_found", reason="no plan found, and no proof that there is none: 5 s are up"),
            "moves",
            "No plan found, and no proof that there is none: 5 s are up.",
        ),
    ],
)
def test_a_verdict_says_what_was_proven(said, objective, text):
    assert verdict(said, objective) == text


def test_a_verdict_without_its_why_is_the_bare_fact():
    said = Said("infeasible", reason="no plan exists: stuck")
    assert verdict(said, why=False) == "Proven: no plan exists."


def test_costs_are_counted_in_what_the_objective_counts():
    assert [counted(cost, "moves") for cost in (1, 1024)] == ["1 migration", "1,024 migrations"]
    assert (counted(2816, "ram"), counted(7, "custom")) == ("2.75 GiB migrated", "7 in cost")
    assert (amount(2816, "ram"), amount(1024, "custom")) == ("2.75 GiB", "1,024")
    assert amount(12_345_678_998, "custom") == "12,345,678,998"


def test_a_cost_with_stops_is_no_number_of_migrations():
    assert counted(11, "moves", stops=1) == counted(11, "time", stops=1) == "11 in cost with 1 stop"
    assert counted(2816, "ram", stops=2) == "2.75 GiB in cost with 2 stops"


def test_a_plan_file_is_told_as_a_claim():
    file = PlanFile(status="feasible", objective="moves", cost=4, bound=3, reason="by hand")
    assert claimed(file) == "The plan file says: feasible, cost 4, bound 3; by hand."
    early = PlanFile(status="optimal", objective="time", cost=4, bound=3, makespan_s=75)
    assert claimed(early) == "The plan file says: optimal, ends after 1 min 15 s, cost 4, bound 3."
    assert claimed(PlanFile(status="infeasible")) == "The plan file says: infeasible."


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (number_of(0, "action"), "0 actions"),
        (number_of(1, "action"), "1 action"),
        (number_of(1234, "VM is", "VMs are"), "1,234 VMs are"),
    ],
)
def test_a_number_is_said_with_its_noun(said, text):
    assert said == text


def test_a_number_is_said_with_its_verb():
    assert [are(count) for count in (0, 1, 2)] == ["are", "is", "are"]


@pytest.mark.parametrize(
    ("names", "text"),
    [((), ""), (("a",), "a"), (("a", "b"), "a, b"), (("a", "b", "c", "d"), "a, b and 2 more")],
)
def test_of_many_the_first_are_named(names, text):
    assert some_of(names, 2) == text
