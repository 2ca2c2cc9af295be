"""An explanation as a whole: plain data, with a schema, and all of it in words."""

from __future__ import annotations

import sys

import msgspec
import pytest

from models import VM, Host, PlannerError, PoolState
from planner import Explanation, explain, plan
from planner.views.explained import explained
from planner.views.summary import wanted
from tests.builders import host, pool, vm
from tests.planner.ctrl_c import interrupting
from tests.planner.explaining.telling import told
from tests.planner.small_pools import deadlock, making_way, rivals, two_deadlocks


def test_a_pool_that_is_done_needs_no_explanation():
    of = told(pool([host("h1")], [vm("a")], "h1: a", "h1: a"))
    assert (of.moves, of.components, of.detours, of.obstacles, of.unlock) == ((), (), (), (), None)
    assert "Can deadlock: no hosts wait for each other, so an order without detours exists." in explained(of)


def test_one_host_is_told_as_one():
    lines = list(explained(told(pool([host("h1")], [vm("a")], "h1: a", "h1: a"))))
    assert lines[0] == "Wanted: on 1 host, 0 VMs must move."
    assert "Roomy: 1 of 1 host never makes anyone wait: h1." in lines


def test_where_rules_ask_for_a_detour_no_order_without_one_is_claimed():
    """Nobody waits for room, and yet ``a`` may not go back to an older host at once."""
    hosts = [host("new", version=2), host("old", version=1), host("any")]
    of = told(pool(hosts, [vm("a")], "new: a", "old: a"))
    assert [detour.shelter for detour in of.detours] == ["any"]
    assert "Can deadlock: no hosts wait for each other." in explained(of)


def test_an_explanation_is_plain_json():
    for of in (told(deadlock()), told(making_way())):
        data = msgspec.json.encode(of)
        assert msgspec.json.decode(data, type=Explanation) == of
        assert msgspec.json.decode(data)["format"] == "vm-explanation/1"


def test_the_schema_names_every_field():
    schema = msgspec.json.schema(Explanation)
    fields = schema["$defs"]["Explanation"]["properties"]
    assert set(fields) == set(msgspec.json.decode(msgspec.json.encode(told(making_way()))))


def test_an_interrupt_while_conflicts_are_looked_for_keeps_the_rest(monkeypatch):
    def interrupted(*args, **options):
        raise KeyboardInterrupt

    whole = told(making_way())
    monkeypatch.setattr(sys.modules["planner.explaining.explain"], "find_conflicts", interrupted)
    of = told(making_way())
    assert of == msgspec.structs.replace(whole, conflicts=(), interrupted=True)


def test_after_an_interrupt_nothing_more_is_looked_for(tiny, monkeypatch):
    """Conflicts were, for up to half of the time that was left."""
    monkeypatch.delattr(sys.modules["planner.explaining.explain"], "find_conflicts")
    events = []
    for number in range(12):
        of = told(tiny, on_progress=interrupting(number, events), schedule=True)
        if of.interrupted and of.cost is not None:
            break
    assert (of.interrupted, of.conflicts, of.schedule) == (True, (), None)


@pytest.mark.parametrize("seconds", [0, -1, float("nan")])
def test_a_time_limit_of_nothing_is_refused(tiny, seconds):
    with pytest.raises(PlannerError, match="time_limit_s"):
        explain(tiny.current, tiny.target, time_limit_s=seconds)


@pytest.mark.parametrize("make", [deadlock, rivals, two_deadlocks, making_way])
def test_people_read_all_of_it(make):
    of = told(make())
    text = "\n".join(explained(of))
    for part in (*of.detours, *of.obstacles):
        assert part.text in text
    if of.unlock is not None:
        assert of.unlock.text in text
        assert all(way.text in text for way in (*of.unlock.more_room, *of.unlock.stop))


def test_a_group_as_large_as_the_pool_is_named_so():
    """Where every host holds one of a group, no member can ever move, and the reason says why."""
    hosts = [Host(f"h{n}", {"ram_mib": 10}) for n in range(3)]
    vms = [VM(f"v{n}", {"ram_mib": 1}) for n in range(3)]
    group = [[vm.name for vm in vms]]
    current = PoolState(hosts, vms, {"v0": "h0", "v1": "h1", "v2": "h2"}, anti_affinity=group)
    result = plan(current, current.placed({"v0": "h1", "v1": "h2", "v2": "h0"}), workers=1)
    assert result.status == "infeasible"
    assert "the group is as large as the pool, 3 members for 3 places" in result.reason


def test_figures_of_thousands_are_told_alike():
    names = [f"v{number}" for number in range(1_001)]
    of = pool([host("h1", 1_001), host("h2")], [vm(name) for name in names], dict.fromkeys(names, "h1"), {})
    first, *_ = explained(told(of))
    assert first == "Wanted: on 2 hosts, 0 VMs must move, 1,001 be shut down."
    assert wanted(of) == "Wanted: on 2 hosts, 0 of 1,001 VMs shall move, 1,001 be shut down."
