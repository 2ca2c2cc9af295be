"""Steps that take long in a large pool leave off in time, or are left out."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from heuristics import Deadline
from models import VM, Host, PoolState
from models.wanted import Wanted
from planner import Consolidate, Drain, GoalParameters, Repair
from planner.cp.solve import Effort
from planner.goals import cheapest, consolidate
from planner.goals.by_host import bound_by_hosts
from planner.goals.cheapest import better_tie, cheapest_placement
from planner.goals.choice import Choice
from planner.goals.fill import filled_by_force
from planner.goals.lower import lowered, lowest
from planner.goals.missing_room import why_no_room


def choice_of(parameters=None):
    """Three hosts of 10 with a VM each: emptying ``h0`` takes one migration, and is more even to ``h2``."""
    hosts = [Host(f"h{number}", {"ram_mib": 10}) for number in range(3)]
    vms = [VM("a", {"ram_mib": 3}), VM("b", {"ram_mib": 5}), VM("c", {"ram_mib": 1})]
    state = PoolState(hosts, vms, {"a": "h0", "b": "h1", "c": "h2"})
    return Choice(Wanted(state), parameters=parameters or GoalParameters())


def test_consolidate_tries_nothing_by_force_once_the_time_of_its_start_is_up(monkeypatch):
    """What goes host after host is quick, and still gives a placement."""
    late = Deadline(60.0)
    late.stop()

    def not_now(*_, **__):
        pytest.fail("tried all the same")

    monkeypatch.setattr(consolidate, "filled_by_force", not_now)
    at = Consolidate().start(choice_of(), late)
    assert len(set(at)) == 1


def in_pairs(count):
    """Two hosts of 2 with a VM of 1 each, so many times."""
    hosts = [Host(f"h{number}", {"ram_mib": 2}) for number in range(2 * count)]
    vms = [VM(f"v{number}", {"ram_mib": 1}) for number in range(2 * count)]
    at = {vm.name: host.name for vm, host in zip(vms, hosts, strict=True)}
    return Choice(Wanted(PoolState(hosts, vms, at)))


def test_consolidate_empties_hosts_one_by_one_as_long_as_there_is_time(monkeypatch):
    """What has been emptied by then is kept."""
    choice, late = in_pairs(200), Deadline(60.0)
    late.stop()
    monkeypatch.setattr(consolidate, "filled_by_force", lambda *_, **__: None)
    assert len(set(Consolidate().start(choice, Deadline(60.0)))) == 200
    assert len(set(Consolidate().start(choice, late))) > 300


def test_consolidate_counts_the_migrations_of_those_who_move_alone(monkeypatch):
    """And not for each host that is emptied once more those of all VMs."""
    asked = []
    monkeypatch.setattr(consolidate, "filled_by_force", lambda *_, **__: None)
    for count in (50, 200):
        choice, looks = in_pairs(count), Counter()
        fare = choice.fare

        def counted(vm, host, looks=looks, fare=fare):
            looks["fare"] += 1
            return fare(vm, host)

        choice.fare = counted
        assert len(set(Consolidate(at_most=count).start(choice, Deadline(60.0)))) == count
        asked.append(looks["fare"])
    assert asked[1] < 6 * asked[0]


def test_repair_begins_with_as_many_elsewhere_as_are_too_many():
    """Twenty groups of three and one of 6 that is pinned on a host of 20: beside that one 14 may stay."""
    hosts = [Host("big", {"ram_mib": 20}), *(Host(f"h{number}", {"ram_mib": 30}) for number in range(3))]
    vms = [VM(f"v{number}", {"ram_mib": 1}) for number in range(60)]
    vms.append(VM("pinned", {"ram_mib": 6}, movable=False))
    groups = [[f"v{first + number}" for number in range(3)] for first in range(0, 60, 3)]
    state = PoolState(hosts, vms, dict.fromkeys((vm.name for vm in vms), "big"), anti_affinity=groups)
    choice = Choice(Wanted(state))
    at = Repair().start(choice, Deadline(60.0))
    assert choice.is_lawful(at)
    assert sum(host != home for host, home in zip(at, choice.src, strict=True)) == 46


def test_nobody_finds_another_home_by_force_once_the_time_is_up():
    late = Deadline(60.0)
    late.stop()
    assert filled_by_force(choice_of(), [0, 1, 2], [0], deadline=Deadline(60.0)) == [1, 1, 2]
    assert filled_by_force(choice_of(), [0, 1, 2], [0], deadline=late) is None


def test_the_fullest_host_is_lowered_as_long_as_there_is_time():
    """Of two VMs on one host one goes, the smaller: either way 5 is the most then."""
    hosts = [Host(f"h{number}", {"ram_mib": 10}) for number in range(2)]
    vms = [VM("a", {"ram_mib": 3}), VM("b", {"ram_mib": 5})]
    choice = Choice(Wanted(PoolState(hosts, vms, {"a": "h0", "b": "h0"})))
    late = Deadline(60.0)
    late.stop()
    assert lowered(choice, [0], 1, Deadline(60.0)) == [1, 0]
    assert lowered(choice, [0], 1, late) == [0, 0]


def test_of_thousands_of_hosts_thelowest_come_in_the_order_of_all():
    rng = np.random.default_rng(0)
    for few in (1, 3, 24, 100):
        values = rng.integers(0, 9, 50).astype(float)
        values[rng.random(50) < 0.3] = np.inf
        assert lowest(values, few) == np.argsort(values, kind="stable")[:few].tolist()


@pytest.mark.parametrize(("most", "is_even"), [(60_000, True), (2, False)])
def test_the_better_of_the_same_cost_is_asked_for_only_where_the_model_is_not_too_large(most, is_even):
    parameters = GoalParameters()
    sizes = replace(parameters.cheapest, most_pairs_at_all=most)
    choice, goal = choice_of(replace(parameters, cheapest=sizes)), Drain("h0")
    deadline, effort = Deadline(60.0), Effort(1, 0)
    uneven = [1, 1, 2]
    placed = replace(cheapest_placement(choice, goal, deadline, effort), at=uneven)
    at = better_tie(choice, goal, placed, deadline, effort)
    assert at == ([2, 1, 2] if is_even else uneven)


def test_where_not_everything_is_one_model_some_hosts_at_a_time_are_made_cheaper(monkeypatch):
    """From a placement that moves all three VMs, and no opening that finds better at first."""
    monkeypatch.setattr(cheapest, "openings", lambda *_: ())
    choice, kept = choice_of(GoalParameters.of("cheapest.most_pairs=1")), []
    goal, effort = Drain("h0"), Effort(1, 0)
    found = cheapest_placement(choice, goal, Deadline(60.0), effort, [2, 2, 1], keep=kept.append)
    assert [choice.cost(at) for at in kept] == [3, 1]
    assert (found.cost, found.bound) == (1, 1)


def told_apart(count):
    """So many hosts with a trait each, full of VMs that require it."""
    hosts = [Host(f"h{number}", {"ram_mib": 4}, traits=[f"t{number}"]) for number in range(count)]
    vms = [VM(f"v{number}", {"ram_mib": 4}, requires=[f"t{number}"]) for number in range(count)]
    return Choice(Wanted(PoolState(hosts, vms, {f"v{number}": f"h{number}" for number in range(count)})))


def asked_where_they_may_end(choice, monkeypatch):
    """Give the VMs of which all hosts were asked for that they may end on, as that goes on."""
    asked, hosts_for = [], choice.hosts_for
    monkeypatch.setattr(choice, "hosts_for", lambda vm: asked.append(vm) or hosts_for(vm))
    return asked


def test_who_lacks_room_among_few_hosts_is_looked_for_as_long_as_there_is_time(monkeypatch):
    """What is told of those who were looked at is true all the same."""
    choice, late = told_apart(200), Deadline(60.0)
    late.stop()
    asked = asked_where_they_may_end(choice, monkeypatch)
    assert why_no_room(choice, Repair(), late) is None
    assert len(asked) < 60


def test_the_bound_by_hosts_asks_nobody_where_there_are_more_kinds_than_it_takes(monkeypatch):
    """200 kinds are too many, which is known before where each of them may end."""
    choice = told_apart(200)
    asked = asked_where_they_may_end(choice, monkeypatch)
    assert (bound_by_hosts(choice, Repair(), Deadline(60.0)), asked) == (0, [])
