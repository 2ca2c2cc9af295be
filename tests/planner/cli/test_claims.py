"""What a plan file says of itself: ``check`` and ``report`` judge it alike, and refuse no legal file."""

from __future__ import annotations

import json

import pytest

from tests.places import EXAMPLES

SWAP = EXAMPLES / "swap.json"
CLUSTER = EXAMPLES / "goals" / "cluster.json"
ONE = ("--workers", 1)

UNTRUE = [
    ({"cost": 2, "bound": 2}, "it says cost 2, its actions cost 3"),
    ({"bound": 2, "gap": None}, "it says optimal, with a bound of 2 for a cost of 3"),
    ({"bound": None, "gap": None}, "it says optimal, with no bound for a cost of 3"),
    ({"bound": 9, "gap": None}, "it says bound 9, above the 3 that it costs"),
    ({"bound": 9, "cost": None, "gap": None}, "it says bound 9, above the 3 that it costs"),
    ({"status": "feasible", "gap": 0.7}, "it says gap 0.7, its figures come to 0"),
    ({"status": "feasible", "bound": 2, "gap": 0.0}, "it says gap 0, its figures come to 0.3333"),
]
TRUE = [
    {},
    {"cost": None, "gap": None},
    {"status": "feasible", "cost": None, "bound": None, "gap": None},
    {"status": "feasible", "bound": None, "gap": None},
    {"status": "feasible", "bound": 2, "gap": 0.33},
    {"status": "feasible", "bound": 3},
    {"bound": 2.9999999999, "gap": 0.0},
    {"objective": "downtime", "cost": 9, "bound": 4, "status": "feasible", "gap": 0.5556},
]
UNTRUE_IN_TIME = [
    (
        {"makespan_bound_s": None, "makespan_gap": None},
        "it says optimal, with no makespan_bound_s for an end at 99",
    ),
    (
        {"makespan_bound_s": 90, "makespan_gap": None},
        "it says optimal, with makespan_bound_s 90 for an end at 99",
    ),
    ({"makespan_bound_s": 100, "makespan_gap": None}, "makespan_bound_s: 100 is above"),
    ({"makespan_s": 98}, "it says makespan_s 98, its last action ends at 99"),
    ({"makespan_gap": 0.5}, "it says makespan_gap 0.5, its figures come to 0"),
]


@pytest.fixture
def judged(vmplan):
    """Give what both commands say of a plan: the exit codes, and all their words."""

    def of(pool, plan):
        path = vmplan.file("plan.json", plan)
        ran = [
            vmplan("check", pool, path),
            vmplan("report", pool, path, "-o", vmplan.folder / "page.html"),
        ]
        return [one.code for one in ran], [one.out + one.err for one in ran]

    return of


@pytest.mark.parametrize(("change", "words"), UNTRUE)
def test_an_untrue_claim_is_found_by_check_and_by_report(vmplan, judged, change, words):
    plan = vmplan("plan", SWAP, "--json", *ONE).json()
    codes, said = judged(SWAP, plan | change)
    assert codes == [1, 1]
    assert all(words in text for text in said), said


@pytest.mark.parametrize("change", TRUE)
def test_a_legal_file_passes_check_and_report(vmplan, judged, change):
    """Also one that says less than ours, or whose prices nobody but its maker knows."""
    plan = vmplan("plan", SWAP, "--json", *ONE).json() | change
    if plan["objective"] == "downtime":
        plan["actions"] = [
            {key: action[key] for key in action if key != "cost"} for action in plan["actions"]
        ]
    assert judged(SWAP, plan)[0] == [0, 0]


@pytest.mark.parametrize(("change", "words"), UNTRUE_IN_TIME)
def test_optimal_speaks_of_the_end_where_the_end_comes_first(vmplan, judged, change, words):
    plan = vmplan("plan", SWAP, "--json", "--objective", "time", *ONE).json()
    assert judged(SWAP, plan | {"bound": 2, "gap": None})[0] == [0, 0]
    codes, said = judged(SWAP, plan | change)
    assert codes == [1, 1]
    assert all(words in text for text in said), said


def test_optimal_of_a_rolling_plan_speaks_of_its_cost(vmplan, judged):
    rolled = vmplan.folder / "rolled.json"
    plan = vmplan("rolling", CLUSTER, "node1", "--json", "--pool-out", rolled, *ONE).json()
    assert (plan["status"], judged(rolled, plan)[0]) == ("optimal", [0, 0])
    assert judged(rolled, plan | {"objective": "time"})[0] == [0, 0]
    for untrue in ({"bound": plan["cost"] - 1, "gap": None}, {"bound": 99, "gap": None}, {"gap": 0.5}):
        assert judged(rolled, plan | untrue)[0] == [1, 1]


def test_a_plan_that_is_cut_short_refutes_no_bound(vmplan, judged):
    plan = vmplan("plan", SWAP, "--json", *ONE).json()
    codes, said = judged(SWAP, plan | {"actions": plan["actions"][:2]})
    assert codes == [1, 1]
    assert "it says cost 3, its actions cost 2" in said[0]
    assert not any("bound" in text for text in said)


@pytest.mark.parametrize("at_once", [0, -1])
def test_an_update_at_a_time_is_the_least_of_a_plan_that_updates(vmplan, judged, at_once):
    pool = vmplan.folder / "pool.json"
    made = vmplan("rolling", CLUSTER, "--json", "--pool-out", pool, "--time-limit", 2, *ONE)
    codes, told = judged(pool, {**json.loads(made.out), "at_once": at_once})
    assert codes == [1, 1]
    assert all(f"it says at_once {at_once}, and updates " in text for text in told)
