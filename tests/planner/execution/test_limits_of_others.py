"""What others migrate meanwhile counts in the limits of hosts, links and pool, at both its ends."""

from __future__ import annotations

import pytest

from models import Link, Migration, Timing
from models.vm import VM
from planner.cli.status import lines
from planner.clouds.faults import Strike
from planner.clouds.protocol import UnknownError
from planner.clouds.seen import SeenMigration
from planner.clouds.simulated import SimulatedCloud
from planner.clouds.world import HostNow, WorldVM
from planner.execution import End, Options, prepare, read_journal
from planner.execution.past import story_of
from planner.views.running import line_of
from tests.builders import host, pool, vm
from tests.planner.execution.rig import Rig, plan_of, six_on_their_own

TAKES_S = 200.0
"""Seconds of a migration of others, more than all of the run takes."""


def two_in_turn(tmp_path, timing=None, options=None, **limits):
    """Give a run of z: h5 -> h6, then a: h1 -> h2; h3 and h4 have room for strangers."""
    hosts = [host(f"h{n}", **limits.get(f"h{n}", {})) for n in range(1, 7)]
    more = {} if timing is None else {"timing": timing}
    of = pool(hosts, [vm("z", 4), vm("a", 4)], "h5: z, h1: a", "h6: z, h2: a", **more)
    plan = plan_of(of, [Migration("z", "h5", "h6"), Migration("a", "h1", "h2")], [(), (1,)])
    return Rig(of, plan, tmp_path, options=options or Options())


def others_migrate(rig, name, source, destination, *, seconds=TAKES_S, hangs=False):
    """Let others migrate a VM, a stranger unless there is one of that name."""
    if name not in rig.world.vms:
        rig.world.vms[name] = WorldVM(VM(name, {"ram_mib": 1}), source)
        rig.world._changed()
    strike = Strike.HUNG if hangs else None
    way = Migration(name, source, destination)
    rig.world.begin(way, f"of-{name}", rig.clock.now(), seconds, strike)


def once_z_is_done(rig, do):
    """Let something happen right after z has got home; carry the plan out."""
    rig.on_event = lambda event: event.event == "done" and event.vm == "z" and do()
    return rig.run()


def told(rig):
    """Give what was said of what others do."""
    return [event for event in rig.events if event.event == "observed"]


@pytest.mark.parametrize(
    ("source", "destination", "limit"),
    [("h3", "h2", "max_in of h2"), ("h1", "h3", "max_out of h1"), ("outside", "h2", "max_in of h2")],
)
def test_a_host_that_others_migrate_into_or_out_of_is_waited_for(tmp_path, source, destination, limit):
    rig = two_in_turn(tmp_path)
    rig.world.hosts["outside"] = HostNow(host("outside"))
    outcome = once_z_is_done(rig, lambda: others_migrate(rig, "x", source, destination))
    assert outcome.end is End.FINISHED
    assert rig.clock.now() > TAKES_S
    (event,) = told(rig)
    assert (event.action, event.vm) == (None, "x")
    waits = f"migrate a: h1 -> h2 waits for it ({limit})"
    assert event.text == f"migrates {source} -> {destination}, which others asked for: {waits}"
    assert "x: migrates" in line_of(event)


@pytest.mark.parametrize(
    ("source", "destination", "limits"),
    [
        ("h2", "h3", {}),
        ("h3", "h1", {}),
        ("h3", "h4", {}),
        ("h3", "h2", {"h2": {"max_in": 2}}),
        ("h1", "h3", {"h1": {"max_out": 2}}),
    ],
)
def test_what_leaves_a_limit_its_room_is_not_waited_for(tmp_path, source, destination, limits):
    rig = two_in_turn(tmp_path, **limits)
    assert once_z_is_done(rig, lambda: others_migrate(rig, "x", source, destination)).end is End.FINISHED
    assert rig.clock.now() < TAKES_S
    assert not told(rig)


@pytest.mark.parametrize(
    ("source", "destination", "more", "limit"),
    [
        ("h3", "h4", {"timing": Timing(max_parallel=1)}, "max_parallel of the pool"),
        ("h2", "h3", {"h2": {"max_moves": 1}}, "max_moves of h2"),
        ("h3", "h1", {"h1": {"max_moves": 1}}, "max_moves of h1"),
        ("h3", "h2", {"h2": {"max_in": 2, "bandwidth_mbps": 1000.0}}, "the NIC of h2"),
        ("h3", "h4", {"timing": Timing(links=(Link("up", ("h1", "h3"), 1000.0),))}, "link up"),
    ],
)
def test_so_is_every_other_limit_that_others_hold_a_part_of(tmp_path, source, destination, more, limit):
    rig = two_in_turn(tmp_path, **more)
    assert once_z_is_done(rig, lambda: others_migrate(rig, "x", source, destination)).end is End.FINISHED
    assert rig.clock.now() > TAKES_S
    assert told(rig)[0].text.endswith(f"({limit})")


def test_what_starts_between_hosts_outside_of_the_pool_is_not_its_business(tmp_path):
    rig = two_in_turn(tmp_path, timing=Timing(max_parallel=1))
    for name in ("o1", "o2"):
        rig.world.hosts[name] = HostNow(host(name))
    assert once_z_is_done(rig, lambda: others_migrate(rig, "x", "o1", "o2")).end is End.FINISHED
    assert rig.clock.now() < TAKES_S


def test_a_migration_of_others_that_never_ends_is_not_waited_for_for_ever(tmp_path):
    rig = two_in_turn(tmp_path)
    outcome = once_z_is_done(rig, lambda: others_migrate(rig, "x", "h3", "h2", hangs=True))
    assert outcome.end is End.STOPPED
    assert outcome.why.startswith("others migrate x: h3 -> h2 (max_in of h2), for ")
    assert set(outcome.left) == {"a"}
    assert rig.world.jobs["x"].hangs  # what is theirs is left alone
    assert rig.words("held", "replanned") == [("held", "a"), ("replanned", None)]  # once, and in vain
    rig.world.end(rig.world.jobs["x"])
    assert rig.resume().end is End.FINISHED


def test_others_that_take_turns_are_waited_for(tmp_path):
    """All of them take longer than nobody would wait for one; that something changes is what counts."""
    rig, queue = two_in_turn(tmp_path), [f"x{n}" for n in range(5)]

    def begin_all():
        for n, name in enumerate(queue, 1):
            others_migrate(rig, name, "h3", "h2", seconds=400.0 * n)

    outcome = once_z_is_done(rig, begin_all)
    assert outcome.end is End.FINISHED
    assert rig.clock.now() > 2000
    assert {event.vm for event in told(rig)} == set(queue)


def test_the_status_of_a_run_says_what_it_waits_for_until_it_goes_on(tmp_path):
    rig, said = two_in_turn(tmp_path), []

    def on_event(event):
        if event.event == "done" and event.vm == "z":
            others_migrate(rig, "x", "h3", "h2")
        if event.vm == "a" or event.event == "observed":
            read = read_journal(rig.journal)
            waits = [line for line in lines("j", read.head, story_of(read)) if line.startswith("  waits: ")]
            said.append((event.event, *waits))

    rig.on_event = on_event
    assert rig.run().end is End.FINISHED
    theirs, ours = "migrates h3 -> h2, which others asked for", "migrate a: h1 -> h2 waits for it"
    waits = f"  waits: x {theirs}: {ours} (max_in of h2)"
    assert said == [("observed", waits), ("intent",), ("accepted",), ("done",)]


def test_what_is_free_goes_on_meanwhile(tmp_path):
    names = "abc"
    of = pool(
        [host(f"h{n}") for n in range(8)],
        [vm(name, 4) for name in names],
        "h0: a, h1: b, h2: c",
        "h3: a, h4: b, h5: c",
    )
    ways = [Migration("a", "h0", "h3"), Migration("b", "h1", "h4"), Migration("c", "h2", "h5")]
    rig = Rig(of, plan_of(of, ways, [(), (), (2,)]), tmp_path)
    rig.on_event = lambda event: (
        event.event == "intent" and event.vm == "a" and others_migrate(rig, "x", "h6", "h4")
    )
    assert rig.run().end is End.FINISHED
    assert [vm for _, vm in rig.words("intent")] == ["a", "b", "c"]


def test_a_ctrl_c_ends_the_waiting(tmp_path):
    rig = two_in_turn(tmp_path)
    runs = []
    rig.look = runs.append

    def begin():
        others_migrate(rig, "x", "h3", "h2")

    def on_event(event):
        if event.event == "done" and event.vm == "z":
            begin()
        if event.event == "observed":
            runs[-1].interrupt()

    rig.on_event = on_event
    assert rig.run().end is End.INTERRUPTED
    assert rig.clock.now() < TAKES_S


def test_a_vm_that_others_take_where_its_action_does_is_followed_and_not_waited_for(tmp_path):
    rig = two_in_turn(tmp_path)
    assert once_z_is_done(rig, lambda: others_migrate(rig, "a", "h1", "h2", seconds=20.0)).end is End.FINISHED
    assert all(event.vm == "a" and event.action is not None for event in told(rig))
    assert ("intent", "a") not in rig.words()


@pytest.mark.parametrize("times", [2, 100])
def test_where_nobody_says_what_others_migrate_nothing_is_migrated(tmp_path, times):
    rig = two_in_turn(tmp_path)
    asked = []
    know = rig.cloud.migrations

    def migrations():
        asked.append(rig.clock.now())
        if 1 < len(asked) <= 1 + times:
            raise UnknownError("not now")
        return know()

    rig.cloud.migrations = migrations
    outcome = rig.run()
    if times == 2:
        assert outcome.end is End.FINISHED
    else:
        assert outcome.end is End.STOPPED
        assert "no answer: not now" in outcome.why
        assert ("intent", "a") not in rig.words()


def test_an_adapter_that_gives_what_is_no_migration_gives_no_answer(tmp_path):
    rig = two_in_turn(tmp_path)
    rig.cloud.migrations = lambda: ["x"]
    outcome = rig.run()
    assert outcome.end is End.STOPPED
    assert "migrations() of the adapter gave 'x', must be a SeenMigration each" in outcome.why


def test_one_of_which_nobody_says_where_it_goes_counts_where_it_is(tmp_path):
    rig = two_in_turn(tmp_path)
    rig.cloud.migrations = lambda: [SeenMigration("x", "h1", None)] if rig.clock.now() < TAKES_S else []
    assert rig.run().end is End.FINISHED
    assert rig.clock.now() > TAKES_S
    assert "migrates h1 -> a host unknown" in told(rig)[0].text


def test_one_whose_ends_are_seen_one_after_the_other_is_told_once(tmp_path):
    """Two hosts of libvirt hear of a migration and of its end at different times, and neither says both."""
    rig, seen = two_in_turn(tmp_path), [("h1", None), ("h1", "h2"), (None, "h2")]

    def migrations():
        at = int(rig.clock.now() * len(seen) / TAKES_S)
        return [SeenMigration("x", *ends) for ends in seen[at : at + 1]]

    rig.cloud.migrations = migrations
    assert rig.run().end is End.FINISHED
    assert rig.clock.now() > TAKES_S
    assert [event.text.split(",")[0] for event in told(rig)] == ["migrates h1 -> a host unknown"]


def test_one_that_goes_on_to_another_host_is_told_again(tmp_path):
    rig = two_in_turn(tmp_path)

    def migrations():
        first, now = SeenMigration("x", "h1", "h3"), rig.clock.now()
        return [first if now < TAKES_S / 2 else SeenMigration("x", "h1", "h4")] if now < TAKES_S else []

    rig.cloud.migrations = migrations
    assert rig.run().end is End.FINISHED
    assert [event.text.split(",")[0] for event in told(rig)] == ["migrates h1 -> h3", "migrates h1 -> h4"]


def test_a_large_stranger_is_waited_for_as_long_as_it_should_take(tmp_path):
    """At 1000 Mb/s half a TiB takes more than an hour, and others may take their time over it."""
    rig = two_in_turn(tmp_path, h1={"max_out": 2})
    rig.world.hosts["outside"] = HostNow(host("outside", 2**20))
    rig.world.vms["x"] = WorldVM(VM("x", {"ram_mib": 2**19}), "outside")
    rig.cloud.migrations = lambda: [SeenMigration("x", "outside", "h2")] if rig.clock.now() < 6000 else []
    assert rig.run().end is End.FINISHED
    assert rig.clock.now() > 6000


def test_a_dry_run_says_what_others_migrate_and_goes_on(tmp_path):
    rig = two_in_turn(tmp_path)
    rig.cloud.migrations = lambda: [SeenMigration("x", "h3", "h6")]
    with prepare(rig.cloud, rig.of, rig.plan, dry_run=True, watcher=rig) as ready:
        assert ready.go().end is End.FINISHED
    assert told(rig)


def test_nobody_loses_patience_while_there_is_something_else_to_do(tmp_path):
    of = pool(
        [host(f"h{n}") for n in range(1, 7)],
        [vm("z", 4, migration_s=1500), vm("a", 4)],
        "h5: z, h1: a",
        "h6: z, h2: a",
    )
    plan = plan_of(of, [Migration("z", "h5", "h6"), Migration("a", "h1", "h2")], [(), ()])
    rig = Rig(of, plan, tmp_path)
    rig.cloud.migrations = lambda: [SeenMigration("x", "h3", "h2")] if rig.clock.now() < 1800 else []
    assert rig.run().end is End.FINISHED
    assert [name for _, name in rig.words("done")] == ["z", "a"]


class CountsQuestions(SimulatedCloud):
    """Counts how often it is asked for all that migrates."""

    asked = 0

    def migrations(self):
        self.asked += 1
        return super().migrations()


def test_who_may_start_nothing_does_not_ask_what_others_migrate(tmp_path):
    of, plan = six_on_their_own()
    rig = Rig(of, plan, tmp_path, options=Options(max_parallel=1))
    rig.cloud = CountsQuestions(rig.world, faults=rig.faults, now=rig.clock.now)
    assert rig.run().end is End.FINISHED
    assert rig.cloud.asked == len(plan.actions)
