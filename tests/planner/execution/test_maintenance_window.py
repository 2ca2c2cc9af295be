"""Until when a run may go on: nothing is begun that should end later, and nobody is left off for it."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from models import Migration, Plan, PlanError, Start, Stop, Timing
from models.plan_file import PlanFile
from planner import schedule
from planner.clouds.faults import Faults, Strike
from planner.clouds.simulated import SimulatedCloud
from planner.clouds.world import WorldVM
from planner.execution import End, Options, prepare
from planner.execution.clock import FakeClock, stamp_of
from planner.execution.maintenance_window import owed
from planner.execution.outcome import NOT_ITS_TURN
from planner.views.running import headline
from tests.builders import host, pool, vm
from tests.planner.execution.rig import Once, Rig, plan_of, six_on_their_own

CLOSES = datetime(1970, 1, 1, 1, tzinfo=UTC)
"""3,600 s after the clock of a rig begins."""

TOO_LATE = f"would not end by {CLOSES.astimezone():%H:%M}"


def going(tmp_path, seconds, after=None, **options):
    """Give a run of VMs that take so long, each to a host of its own, all at once unless told."""
    vms = [vm(name, 4, migration_s=takes) for name, takes in seconds.items()]
    here, there = ({name: f"{end}-{name}" for name in seconds} for end in ("from", "to"))
    of = pool([host(name) for name in (*here.values(), *there.values())], vms, here, there)
    actions = [Migration(name, here[name], there[name]) for name in seconds]
    return Rig(of, plan_of(of, actions, after or [()] * len(vms)), tmp_path, options=Options(**options))


def test_what_should_end_later_is_not_begun_and_a_resume_does_it(tmp_path):
    rig = going(tmp_path, {"a": 3000, "b": 700, "c": 100}, [(), (1,), (2,)])
    outcome = rig.run(until=CLOSES)
    assert (outcome.end, outcome.done, outcome.why) == (End.STOPPED, 1, f"what is left {TOO_LATE}")
    assert outcome.left == {"b": TOO_LATE, "c": NOT_ITS_TURN}
    assert rig.clock.now() < 3600
    assert rig.resume().end is End.FINISHED
    assert [name for _, name in rig.words("intent")] == ["a", "b", "c"]


def test_what_ends_in_time_is_done(tmp_path):
    assert going(tmp_path, {"a": 3000, "b": 590}, [(), (1,)]).run(until=CLOSES).end is End.FINISHED


def test_a_run_that_ends_late_and_leaves_nothing_has_finished(tmp_path):
    rig = going(tmp_path, {"a": 3500})
    rig.on_event = lambda event: event.event == "accepted" and rig.clock.sleep(3700)
    assert rig.run(until=CLOSES).end is End.FINISHED


def test_the_time_of_day_counts_though_the_machine_has_slept_meanwhile(tmp_path):
    class Sleeping(FakeClock):
        slept_s = 0

        def stamp(self):
            return stamp_of(self.now() + self.slept_s)

    rig = going(tmp_path, {"a": 100, "b": 100}, [(), (1,)])
    rig.clock = Sleeping()
    rig.cloud = SimulatedCloud(rig.world, faults=rig.faults, now=rig.clock.now)
    rig.on_event = lambda event: event.event == "accepted" and setattr(rig.clock, "slept_s", 7200)
    outcome = rig.run(until=CLOSES)
    assert (outcome.end, outcome.done, outcome.left) == (End.STOPPED, 1, {"b": TOO_LATE})


def test_a_shorter_one_is_begun_where_a_longer_one_is_too_late(tmp_path):
    rig = going(tmp_path, {"a": 3000, "long": 900, "short": 300}, [(), (1,), (1,)])
    assert rig.run(until=CLOSES).left == {"long": TOO_LATE}


def test_nobody_gives_way_to_one_that_is_too_late(tmp_path):
    vms = [vm("long", 4, migration_s=4000), vm("short", 4, migration_s=300), vm("other", 4, migration_s=100)]
    of = pool(
        [host("h1", max_out=1), *map(host, ("h2", "h3", "h4"))],
        vms,
        "h1: long short other",
        "h2: long, h3: short, h4: other",
    )
    actions = [Migration("long", "h1", "h2"), Migration("short", "h1", "h3"), Migration("other", "h1", "h4")]
    made = schedule(of, Plan.of(of, actions))  # only who has times has a turn to give way to
    plan = PlanFile(status="feasible", cost=3, actions=made.plan.entries(made.schedule))
    assert Rig(of, plan, tmp_path).run(until=CLOSES).left == {"long": TOO_LATE}


def test_a_resume_may_have_an_end_of_its_own(tmp_path):
    rig = going(tmp_path, {"a": 3000, "b": 700, "c": 4000}, [(), (1,), (2,)])
    rig.run(until=CLOSES)
    next_hour = CLOSES + timedelta(hours=1)
    assert rig.resume(until=next_hour).left == {"c": f"would not end by {next_hour.astimezone():%H:%M}"}


def test_a_local_time_will_do(tmp_path):
    outcome = going(tmp_path, {"a": 3700}).run(until=CLOSES.astimezone().replace(tzinfo=None))
    assert outcome.left == {"a": TOO_LATE}


def test_one_that_is_over_is_refused_before_anything_is_touched(tmp_path):
    rig = going(tmp_path, {"a": 10})
    with pytest.raises(PlanError, match="that is over, it is 19"):
        rig.run(until=CLOSES - timedelta(hours=2))
    assert not rig.journal.exists()


def test_a_day_ahead_is_told_with_its_date(tmp_path):
    later = CLOSES + timedelta(days=2)
    outcome = going(tmp_path, {"a": 10**6}).run(until=later)
    assert outcome.left == {"a": f"would not end by {later.astimezone():%Y-%m-%d %H:%M}"}


def stopped_on_the_way(tmp_path, *, first_s=3000, passes_s=300):
    """Give two full hosts, and a long migration before: big is off while the other passes."""
    of = pool(
        [host(name) for name in ("h1", "h2", "h3", "h4")],
        [
            vm("big", 8, offline=True),
            vm("other", 8, migration_s=passes_s),
            vm("first", 1, migration_s=first_s),
        ],
        "h1: big, h2: other, h3: first",
        "h2: big, h1: other, h4: first",
        timing=Timing(shutdown_s=30, provision_s=30),
    )
    actions = [Migration("first", "h3", "h4"), Stop("big", "h1"), Migration("other", "h2", "h1")]
    return Rig(of, plan_of(of, [*actions, Start("big", "h2")], [(), (1,), (2,), (3,)]), tmp_path)


def test_what_is_done_however_late_it_is_is_found_once_for_all_that_are_too_late(tmp_path, monkeypatch):
    rig = stopped_on_the_way(tmp_path, first_s=4000)
    vms = [*rig.of.vms, *(vm(f"v{number}", 1, migration_s=4000) for number in range(5))]
    ends = [
        {**state.placement, **dict.fromkeys((it.name for it in vms[3:]), end)}
        for state, end in ((rig.of.current, "h3"), (rig.of.target, "h4"))
    ]
    of = pool(rig.of.hosts, vms, *ends, timing=rig.of.current.timing)
    moves = [Migration(it.name, "h3", "h4") for it in vms[2:]]
    plan = plan_of(
        of,
        [*moves, Stop("big", "h1"), Migration("other", "h2", "h1"), Start("big", "h2")],
        [*[()] * 6, (1,), (7,), (8,)],
    )
    asked = []

    def found(steps):
        asked.append(steps)
        return owed(steps)

    for place in ("runner", "maintenance_window"):
        monkeypatch.setattr(f"planner.execution.{place}.owed", found)
    rig = Rig(of, plan, tmp_path)
    assert len(rig.run(until=CLOSES).left) == 8
    assert len(asked) <= 2  # once more in the end


def test_nobody_is_stopped_who_would_not_run_again_in_time(tmp_path):
    rig = stopped_on_the_way(tmp_path, passes_s=550)
    assert rig.run(until=CLOSES).left == {"big": TOO_LATE, "other": NOT_ITS_TURN}
    assert rig.words("intent") == [("intent", "first")]


def test_who_can_run_again_in_time_is_stopped(tmp_path):
    assert stopped_on_the_way(tmp_path, passes_s=500).run(until=CLOSES).end is End.FINISHED


def test_nobody_is_stopped_whose_start_waits_for_one_that_is_not_begun(tmp_path):
    of = pool(
        [host(name) for name in ("h1", "h2", "h3")],
        [vm("big", 8, offline=True), vm("long", 8, migration_s=4000)],
        "h1: big, h2: long",
        "h2: big, h3: long",
    )
    actions = [Migration("long", "h2", "h3"), Stop("big", "h1"), Start("big", "h2")]
    made = plan_of(of, actions, [(), (), (1, 2)])
    times = ((0, 60, 1), (0, 30, 1), (60, 90, 2))
    entries = [
        replace(it, start_s=start, end_s=end, wave=wave)
        for it, (start, end, wave) in zip(made.actions, times, strict=True)
    ]
    rig = Rig(of, replace(made, actions=tuple(entries)), tmp_path)
    assert rig.run(until=CLOSES).left == {"big": TOO_LATE, "long": TOO_LATE}


@pytest.mark.parametrize(("at_a_time", "end"), [(None, End.FINISHED), (1, End.STOPPED)])
def test_a_run_that_does_less_at_a_time_stops_nobody_who_would_not_run_again_in_time(
    tmp_path, at_a_time, end
):
    """By its times the plan takes 2,060 s, its migrations one after another 4,000."""
    names = ["big", "one", "two"]
    vms = [vm("big", 8, offline=True), *(vm(name, 4, migration_s=2000) for name in names[1:])]
    hosts = [host(name, max_in=2, max_out=2) for name in ("h1", "h2")]
    of = pool(hosts, vms, "h1: big, h2: one two", "h1: one two, h2: big")
    moves = [Migration(name, "h2", "h1") for name in names[1:]]
    made = plan_of(of, [Stop("big", "h1"), *moves, Start("big", "h2")], [(), (1,), (1,), (2, 3)])
    times = ((0, 30), (30, 2030), (30, 2030), (2030, 2060))
    entries = [
        replace(it, start_s=start, end_s=finish, wave=1)
        for it, (start, finish) in zip(made.actions, times, strict=True)
    ]
    plan = replace(made, actions=tuple(entries))
    rig = Rig(of, plan, tmp_path, options=Options(max_parallel=at_a_time))
    assert rig.run(until=CLOSES).end is end
    assert rig.world.vms["big"].on
    assert rig.clock.now() < 3600


def test_who_is_off_is_started_however_late_it_is_and_what_that_waits_for_is_done(tmp_path):
    rig = stopped_on_the_way(tmp_path)
    rig.on_event = lambda event: event.event == "accepted" and event.vm == "big" and rig.clock.sleep(900)
    assert rig.run(until=CLOSES).end is End.FINISHED
    assert rig.clock.now() > 3600


def test_who_is_off_is_planned_for_anew_however_late_it_is(tmp_path):
    rig = stopped_on_the_way(tmp_path)
    rig = Rig(rig.of, rig.plan, tmp_path, Once(r3=Strike.FAILED), Options(on_failure="replan"))
    rig.on_event = lambda event: event.event == "accepted" and event.vm == "other" and rig.clock.sleep(900)
    outcome = rig.run(until=CLOSES)
    assert rig.clock.now() > 3600
    assert rig.world.vms["big"].on
    assert outcome.end is End.FINISHED


def test_nothing_is_planned_anew_when_it_is_over(tmp_path):
    rig = going(tmp_path, {"a": 3500, "b": 10}, [(), (1,)], on_failure="replan")

    def somebody_moves_b_meanwhile(event):
        if event.event == "accepted":
            rig.place("b", "from-a")
            rig.clock.sleep(3700)

    rig.on_event = somebody_moves_b_meanwhile
    outcome = rig.run(until=CLOSES, replan=lambda _: pytest.fail("nobody shall ask for a new plan"))
    assert (outcome.end, outcome.done) == (End.STOPPED, 1)


def test_a_failure_is_told_rather_than_the_hour_and_not_planned_anew(tmp_path):
    rig = going(tmp_path, {"a": 100, "b": 4000}, on_failure="replan")
    outcome = Rig(rig.of, rig.plan, tmp_path, Faults(failed=1, spread=0), rig.options).run(
        until=CLOSES, replan=lambda _: pytest.fail("nobody shall ask for a new plan")
    )
    assert outcome.why.startswith("migrate a: from-a -> to-a: ")
    assert outcome.left["b"] == TOO_LATE


def test_nobody_waits_longer_for_what_others_migrate(tmp_path):
    rig = going(tmp_path, {"a": 10, "b": 10}, [(), (1,)])
    hosts = [replace(it, max_in=1) if it.name == "to-b" else it for it in rig.of.hosts]
    rig = Rig(rig.of.rebuilt(hosts=hosts), rig.plan, tmp_path)

    def others_begin(event):
        if event.event == "done":
            rig.world.vms["theirs"] = WorldVM(vm("theirs"), "from-a")
            rig.world._changed()
            rig.world.begin(Migration("theirs", "from-a", "to-b"), "of theirs", rig.clock.now(), 10**5, None)

    rig.on_event = others_begin
    soon = CLOSES - timedelta(minutes=55)
    assert rig.run(until=soon).left == {"b": f"would not end by {soon.astimezone():%H:%M}"}
    assert 280 < rig.clock.now() <= 300


def test_the_view_says_until_when(tmp_path):
    of, plan = six_on_their_own()
    rig = Rig(of, plan, tmp_path)
    with prepare(
        rig.cloud, of, plan, journal=rig.journal, clock=rig.clock, watcher=rig, until=CLOSES
    ) as ready:
        assert headline(ready.runner).endswith(f"; nothing begins that {TOO_LATE}")


def test_a_dry_run_takes_the_time_that_it_would_take(tmp_path):
    rig = going(tmp_path, {"a": 500, "b": 500, "c": 500}, [(), (1,), (2,)])
    until = datetime.fromtimestamp(time.time() + 1200, UTC)
    with prepare(rig.cloud, rig.of, rig.plan, dry_run=True, watcher=rig, until=until) as ready:
        assert ready.go().done == 2


def test_a_dry_run_goes_by_the_clock_of_its_cloud(tmp_path):
    """A simulated cloud passes 60 s in one: of three that take 500 s one after another, two fit into 20 s."""
    rig = going(tmp_path, {"a": 500, "b": 500, "c": 500}, [(), (1,), (2,)])
    rig.cloud.speed = 60.0
    until = datetime.fromtimestamp(time.time() + 20, UTC)
    with prepare(rig.cloud, rig.of, rig.plan, dry_run=True, watcher=rig, until=until) as ready:
        assert ready.go().done == 2
    assert datetime.fromisoformat(rig.events[-1].at) <= until  # as it is told
