"""In a run a stop waits for its turn, and for nothing that would keep the run from going on."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from models import Migration, Start, Stop, Timing
from models.plan_file import PlanFile
from planner import schedule
from planner.clouds.faults import Strike
from planner.clouds.seen import SeenMigration
from planner.execution import End, read_journal
from tests.builders import host, pool, vm
from tests.changing_places import PASSING_S, changing_places
from tests.planner.execution.rig import Once, Rig, plan_of

STOPPING_S = 30


def five_pairs(folder, faults=None):
    """Give a run of five pairs that change places, one migration at a time."""
    timing = Timing(max_parallel=1, shutdown_s=STOPPING_S, provision_s=0)
    of, walk = changing_places(5, timing)
    plan, times = schedule(of, walk, time_limit_s=1)
    file = PlanFile(status="feasible", cost=plan.cost, actions=plan.entries(times))
    return Rig(of, file, folder) if faults is None else Rig(of, file, folder, faults)


def off_s(rig):
    """Run it, and give the seconds from the request that stops each VM until it runs again, and the end."""
    began, found = {}, {}

    def note(event):
        if event.event == "intent" and event.text.startswith("stop"):
            began[event.vm] = rig.clock.now()
        elif event.event == "done" and event.text.startswith("runs"):
            found[event.vm] = rig.clock.now() - began[event.vm]

    rig.on_event = note
    return rig.run(), found


def test_a_run_has_hardly_more_vms_off_at_a_time_than_its_plan(tmp_path):
    rig = five_pairs(tmp_path)
    outcome, off = off_s(rig)
    assert outcome.end is End.FINISHED
    assert len(off) == 5
    assert max(off.values()) < STOPPING_S + PASSING_S + 3 * rig.cloud.poll_s
    assert rig.clock.now() < STOPPING_S + 5 * (PASSING_S + 3 * rig.cloud.poll_s)


class Slow(Once):
    """The first migration, which is the second request, takes four times as long as it should."""

    def stretch(self, number):
        return 4.0 if number == 1 else 1.0


def test_a_stop_waits_for_what_takes_longer_than_it_should(tmp_path):
    rig = five_pairs(tmp_path, Slow())
    outcome, off = off_s(rig)
    assert outcome.end is End.FINISHED
    took = sorted(off.values())
    assert took[-1] > 4 * PASSING_S
    assert took[-2] < STOPPING_S + PASSING_S + 3 * rig.cloud.poll_s


@pytest.mark.parametrize("strike", [Strike.BUSY, Strike.FAILED, Strike.NOT_TAKEN, Strike.TAKEN_LATE])
@pytest.mark.parametrize("request_number", range(6))
def test_whatever_befalls_a_request_nobody_waits_for_ever(tmp_path, request_number, strike):
    rig = five_pairs(tmp_path, Once(**{f"r{request_number}": strike}))
    rig.options = replace(rig.options, on_failure="replan")
    assert rig.run().end is End.FINISHED
    assert rig.where() == dict(rig.of.target.placement)


def test_a_plan_without_times_stops_whom_it_may_at_once(tmp_path):
    rig = five_pairs(tmp_path)
    rig.plan = replace(
        rig.plan, actions=tuple(replace(it, start_s=None, end_s=None) for it in rig.plan.actions)
    )
    assert rig.run().end is End.FINISHED
    events = [event.text.split()[0] for event in read_journal(rig.journal).events if event.event == "intent"]
    assert events[:5] == ["stop"] * 5


LONG_S = 600


def stopped_at_last(folder, faults=None):
    """Give a run in which ``big`` is stopped just before ``long``, which goes second, has left its target."""
    vms = [
        vm("big", 8, offline=True, detours=False),
        vm("long", 8, detours=False, migration_s=LONG_S),
        vm("first", 4, detours=False, migration_s=20),
    ]
    hosts = [host(f"h{number}") for number in range(1, 6)]
    of = pool(hosts, vms, "h1: big, h2: long, h4: first", "h2: big, h3: long, h5: first")
    actions = [Migration("first", "h4", "h5"), Migration("long", "h2", "h3")]
    made = plan_of(of, [*actions, Stop("big", "h1"), Start("big", "h2")], [(), (1,), (), (2, 3)])
    times = ((0, 20), (20, 620), (590, 620), (620, 650))
    entries = [
        replace(it, start_s=start, end_s=end, wave=1)
        for it, (start, end) in zip(made.actions, times, strict=True)
    ]
    file = replace(made, actions=tuple(entries))
    return Rig(of, file, folder) if faults is None else Rig(of, file, folder, faults)


def test_nobody_is_stopped_whose_start_waits_for_what_is_held(tmp_path):
    """There may be no other way: it would be off until somebody comes."""
    rig = stopped_at_last(tmp_path)

    def cordon(event):
        if (event.event, event.vm) == ("accepted", "first"):
            state = rig.world.hosts["h3"]
            state.host = replace(state.host, accepts=False)

    rig.on_event = cordon
    outcome = rig.run()
    assert outcome.end is End.STOPPED
    assert rig.world.vms["big"].on
    assert rig.words("intent") == [("intent", "first")]
    assert ("held", "big") in rig.words("held")


def test_a_stop_waits_for_what_is_tried_again_in_a_while(tmp_path):
    rig = stopped_at_last(tmp_path, Once(r1=Strike.BUSY))
    outcome, off = off_s(rig)
    assert outcome.end is End.FINISHED
    assert off["big"] < LONG_S / 2


def test_a_stop_waits_for_what_others_hold_up(tmp_path):
    """They have the only way into the host that the long one goes to."""
    rig = stopped_at_last(tmp_path)
    migrations = rig.cloud.migrations
    theirs = SeenMigration("theirs", "h5", "h3")
    rig.cloud.migrations = lambda: [*migrations(), *([theirs] if rig.clock.now() < 500 else [])]
    outcome, off = off_s(rig)
    assert outcome.end is End.FINISHED
    assert rig.clock.now() > 500 + LONG_S
    assert off["big"] < LONG_S / 2
