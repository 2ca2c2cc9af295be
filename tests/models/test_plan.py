"""Plan: its cost, recomputed term by term, and how it reads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import Migration, Plan, PlannerError, Provision, Shutdown, Start, Stop
from tests import slow_replay
from tests.builders import action_of, host, moves, pool, vm
from tests.strategies import parsed, planted_pools

POOL = pool(
    [host("h1"), host("h2"), host("h3")],
    [vm("a", 7), vm("b", 6, cost=2), vm("c", 1, offline=True), vm("d", 3), vm("e", 4)],
    "h1: a c, h2: b, h3: d",
    "h2: a, h1: b c, h3: e",
    offline_cost_factor=4,
)
ACTIONS = [
    Shutdown("d", "h3"),
    *moves("b: h2 -> h3", "a: h1 -> h2"),
    Stop("c", "h1"),
    Start("c", "h1"),
    *moves("b: h3 -> h1"),
    Provision("e", "h3"),
]


@pytest.mark.parametrize(
    ("objective", "prices", "cost"),
    [
        ("moves", [0, 1, 1, 4, 0, 1, 0], 7),
        ("ram", [0, 6, 7, 4, 0, 6, 0], 23),
        ("custom", [0, 2, 7, 4, 0, 2, 0], 15),
        (lambda it: len(it.name) * 100, [0, 100, 100, 400, 0, 100, 0], 700),
    ],
)
def test_cost_is_the_sum_over_migrations_and_stops(objective, prices, cost):
    plan = Plan.of(POOL, ACTIONS, objective)
    assert [plan.price(action) for action in plan.actions] == prices
    assert plan.cost == cost


def test_an_objective_has_a_word():
    assert Plan.of(POOL, [], "ram").objective == "ram"
    assert Plan.of(POOL, [], lambda _: 1).objective == "callable"


@pytest.mark.parametrize("objective", ["", "MOVES", "cost"])
def test_an_unknown_objective_is_an_error(objective):
    with pytest.raises(PlannerError, match=rf"objective: '{objective}', must be one of moves, ram, custom"):
        Plan.of(POOL, [], objective)


def test_objective_ram_needs_a_vm_that_names_it():
    bare = pool([host("h1")], [vm("a", demand={"vcpus": 1})], "h1: a", "h1: a")
    with pytest.raises(PlannerError, match=r"objective: 'ram' needs demand.ram_mib, which no VM"):
        Plan.of(bare, [], "ram")
    Plan.of(pool([host("h1")], [], "", ""), [], "ram")


@pytest.mark.parametrize("price", [-1, 1.5, "1", None, True])
def test_a_callable_gives_an_integer_from_0(price):
    with pytest.raises(PlannerError, match=r"objective: cost of 'b' is .*, must be an integer >= 0"):
        Plan.of(POOL, moves("b: h2 -> h3"), lambda _: price)


def test_a_plan_reads_as_numbered_lines_with_detours_marked():
    assert str(Plan.of(POOL, ACTIONS)).splitlines() == [
        "1. shut down d on h3",
        "2. migrate b: h2 -> h3  (detour)",
        "3. migrate a: h1 -> h2",
        "4. stop c on h1",
        "5. start c on h1",
        "6. migrate b: h3 -> h1",
        "7. provision e on h3",
    ]


def test_the_numbers_of_a_long_plan_stand_below_each_other():
    lines = str(Plan.of(POOL, moves(*["b: h2 -> h3", "b: h3 -> h2"] * 5))).splitlines()
    assert lines[8].startswith(" 9. ")
    assert lines[9].startswith("10. ")


def test_an_empty_plan_says_so():
    assert str(Plan.of(POOL, [])) == "nothing to do"
    assert Plan.of(POOL, []).cost == 0


def test_migrations_and_detours_are_counted():
    plan = Plan.of(POOL, ACTIONS)
    assert [m.vm for m in plan.migrations] == ["b", "a", "b"]
    assert plan.detours == 1
    assert all(isinstance(m, Migration) for m in plan.migrations)


@given(planted_pools(), st.sampled_from(("moves", "ram", "custom")))
def test_the_cost_of_a_walk_is_what_its_actions_cost_one_by_one(planted, objective):
    plan = Plan.of(parsed(planted.pool), map(action_of, planted.walk), objective)
    assert plan.cost == slow_replay.cost(planted.pool, planted.walk, objective)
