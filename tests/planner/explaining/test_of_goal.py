"""Why these VMs move and not others, and what would save: each sentence is what a trial came to."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from heuristics import Deadline
from models import VM, Filter, Host, PlannerError, PoolState
from models.reading import parse_wanted
from planner import Consolidate, Drain, MakeRoom, Repair, explain_goal, reach
from tests.planner.goals.packing import packed

if TYPE_CHECKING:
    from planner import Goal

LIMIT_S = 20.0
"""Far more than any of these pools takes."""


def told(current: PoolState, goal: Goal, **options: Any) -> list[str]:
    """Give all that is said, with one worker and a seed."""
    result = explain_goal(current, goal, deadline=Deadline(LIMIT_S), workers=1, seed=0, **options)
    assert result.target is not None
    return list(result.why)


def state(vms: dict[str, int], at: dict[str, str], **fixed: bool) -> PoolState:
    """Two hosts of 10; ``fixed`` are pinned."""
    hosts = [Host(name, {"ram_mib": 10}) for name in ("h1", "h2")]
    guests = [VM(name, {"ram_mib": size}, movable=name not in fixed) for name, size in vms.items()]
    return PoolState(hosts, guests, at)


def test_a_time_limit_is_taken_as_by_all_that_plan():
    """Seconds, as of ``reach``; none that is none."""
    current = state({"a": 3}, {"a": "h1"})
    result = explain_goal(current, Drain("h1"), time_limit_s=LIMIT_S, workers=1)
    assert (result.status, result.cost) == ("optimal", 1)
    with pytest.raises(PlannerError, match="time_limit"):
        explain_goal(current, Drain("h1"), time_limit_s=-1)


def test_of_two_vms_that_would_do_it_is_said_so():
    """h1 holds 3 and 3 of 10, h2 7: room for 7 comes when one of 3 leaves h1, whichever."""
    lines = told(state({"a": 3, "b": 3, "c": 7}, {"a": "h1", "b": "h1", "c": "h2"}), MakeRoom({"ram_mib": 7}))
    assert sum(line.endswith("would do as well") for line in lines) == 1


@pytest.mark.parametrize(
    ("most", "told_of_it"),
    [(None, "for 2 migrations more"), (3, "but no plan leads there, with at most 3 migrations")],
)
def test_what_another_would_cost_is_what_a_plan_to_that_placement_costs(most, told_of_it):
    """h1 holds 1 and 3 of 8, h2 5 of 6 that are to come: the 3 find room on h2 once these have left."""
    hosts = [Host("h1", {"ram_mib": 8}), Host("h2", {"ram_mib": 6})]
    sizes = {"small": 1, "large": 3, "wanted": 5}
    guests = [VM(name, {"ram_mib": size}, free=name != "wanted") for name, size in sizes.items()]
    current = PoolState(hosts, guests, {"small": "h1", "large": "h1", "wanted": "h2"})
    lines = told(current, Repair(most), target={"wanted": "h1"})
    assert f"small and not another of h1: large would do, {told_of_it}" in lines


@pytest.mark.parametrize("comes", ["at once", "in the midst of a plan"])
def test_an_interrupt_while_others_are_tried_keeps_the_plan(comes, monkeypatch):
    """What was told is kept, and nothing is told of a plan that was interrupted."""
    current = state({"a": 7, "b": 7}, {"a": "h1", "b": "h2"})
    current = PoolState([*current.hosts, Host("h3", {"ram_mib": 10})], current.vms, current.placement)
    calls = []

    def interrupted(*args, **options):
        calls.append(args)
        if len(calls) > 2 and comes == "at once":
            raise KeyboardInterrupt
        return replace(reach(*args, **options), interrupted=len(calls) > 2)

    monkeypatch.setattr(sys.modules["planner.explaining.of_goal"], "reach", interrupted)
    result = explain_goal(current, Repair(), target={"a": "h2", "b": "h1"}, workers=1)
    assert (result.interrupted, result.cost, len(calls)) == (True, 3, 3)
    assert result.why == (
        "a goes where the target has it",
        "b goes where the target has it",
        "with 4 MiB RAM more on h2 1 migration would be saved",
    )


def test_a_vm_that_could_not_have_moved_instead_is_told_with_the_reason():
    lines = told(
        state({"a": 3, "b": 3, "c": 7}, {"a": "h1", "b": "h1", "c": "h2"}, b=True), MakeRoom({"ram_mib": 7})
    )
    assert "a and not another of h1: b is not movable" in lines


def test_what_room_would_save_was_tried():
    """See :func:`packed`: with 1 more on h1 the VM of 2 could stay beside the 4 and a 5 that comes."""
    current = parse_wanted(json.dumps(packed()).encode()).current
    lines = told(current, Drain("h0"))
    assert any("x1 finds h3 short of 2 MiB RAM" in line for line in lines)
    assert "with 1 MiB RAM more on h1 1 migration would be saved" in lines


def test_a_drain_without_more_than_its_own_vms_says_that_nothing_would_save():
    lines = told(state({"a": 3}, {"a": "h1"}), Drain("h1"))
    assert lines == [
        "a must leave h1",
        "no room anywhere would save a migration: each of these VMs must move",
    ]


def test_where_all_must_move_the_room_that_saves_a_detour_is_told():
    """Two VMs of 7 exchange their hosts of 10: one steps aside to the third, unless 4 more are there."""
    current = state({"a": 7, "b": 7}, {"a": "h1", "b": "h2"})
    current = PoolState([*current.hosts, Host("h3", {"ram_mib": 10})], current.vms, current.placement)
    lines = told(current, Repair(), target={"a": "h2", "b": "h1"})
    assert lines == [
        "a goes where the target has it",
        "b goes where the target has it",
        "with 4 MiB RAM more on h2 1 migration would be saved",
        "with 4 MiB RAM more on h1 1 migration would be saved",
    ]


def test_room_on_the_nearer_host_is_not_ruled_out_where_the_way_is_longer():
    """``a`` may migrate to ``h2`` alone, which is full: it is stopped, at the price of 10 migrations."""
    hosts = [
        Host("h1", {"ram_mib": 10}, version=2),
        Host("h2", {"ram_mib": 10}, version=2),
        Host("h3", {"ram_mib": 10}, version=1),
    ]
    guests = [VM("a", {"ram_mib": 6}, offline=True), VM("b", {"ram_mib": 6}, movable=False)]
    lines = told(PoolState(hosts, guests, {"a": "h1", "b": "h2"}), Drain("h1"))
    assert lines == ["a must leave h1"]


def test_where_fewer_hosts_are_empty_than_before_more_room_is_tried_all_the_same():
    """h1 holds 6 and 6 of 10: one of them must leave for h2, which was empty."""
    lines = told(state({"a": 6, "b": 6}, {"a": "h1", "b": "h1"}), Consolidate())
    assert lines[-1] == "with 2 MiB RAM more on h1 1 migration would be saved"


def test_where_a_stop_would_be_saved_its_cost_is_no_number_of_migrations():
    """Two VMs of 7 change places by a stop, at the price of 10 migrations; with 4 more both migrate."""
    guests = [VM("a", {"ram_mib": 7}, offline=True), VM("b", {"ram_mib": 7})]
    current = PoolState(state({}, {}).hosts, guests, {"a": "h1", "b": "h2"})
    lines = told(current, Repair(), target={"a": "h2", "b": "h1"})
    assert lines[2:] == [
        "with 4 MiB RAM more on h2 9 in cost would be saved",
        "with 4 MiB RAM more on h1 9 in cost would be saved",
    ]


class NeverMigrates(Filter):
    """One VM changes hosts while it is off, or not at all."""

    name = "never-migrates"

    def refuses(self, vm, host):
        return None

    def refuses_move(self, vm, source, host, target):
        return "it does not migrate" if vm.name == "b" and source is not None and source != host else None

    def vm_key(self, vm):
        return vm.name

    def host_key(self, host):
        return host.name


def test_where_another_would_be_stopped_its_cost_is_no_number_of_migrations():
    guests = [VM("a", {"ram_mib": 3}), VM("b", {"ram_mib": 3}, offline=True), VM("c", {"ram_mib": 7})]
    placement = {"a": "h1", "b": "h1", "c": "h2"}
    current = PoolState(state({}, {}).hosts, guests, placement, rules=[NeverMigrates()])
    assert "a and not another of h1: b would do, for 9 in cost more" in told(
        current, MakeRoom({"ram_mib": 7})
    )
