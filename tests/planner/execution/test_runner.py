"""A plan is carried out: in order, side by side where it may be, each action in the journal first."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from models import Migration, Provision, Shutdown, Start, Stop, Timing, WrongKindError
from models.durations import Durations
from models.plan_file import PlanFile
from planner.cli.status import lines
from planner.clouds.faults import Faults, Strike
from planner.clouds.protocol import Cloud, CloudError, Phase, RefusedError, UnknownError
from planner.clouds.seen import Power
from planner.clouds.simulated import SimulatedCloud
from planner.execution import End, Options, prepare, read_journal
from planner.execution.limits import Limits
from planner.execution.outcome import LEFT_RUNNING, NOT_ITS_TURN, NOT_WELL
from planner.execution.past import story_of
from tests.builders import host, moves, pool, vm
from tests.planner.execution.rig import Once, Rig, plan_of, six_on_their_own, swapped_by_a_stop, two_pairs

if TYPE_CHECKING:
    from pathlib import Path


def most_at_once(rig: Rig) -> int:
    """Give how many actions flew at a time at most, by the journal."""
    flying, most = set(), 0
    for event in read_journal(rig.journal).events:
        if event.event == "intent":
            flying.add(event.action)
        elif event.event in ("done", "failed"):
            flying.discard(event.action)
        most = max(most, len(flying))
    return most


def test_every_vm_gets_to_its_target(tmp_path):
    rig = Rig(*two_pairs(), tmp_path)
    outcome = rig.run()
    assert (outcome.end, outcome.done, outcome.left) == (End.FINISHED, 4, {})
    assert rig.where() == dict(rig.of.target.placement)
    assert rig.words()[-1] == ("finished", None)


def test_what_does_not_wait_for_each_other_runs_side_by_side(tmp_path):
    rig = Rig(*two_pairs(), tmp_path)
    rig.run()
    # b waits for a; c and d wait for nobody.
    assert [vm for _, vm in rig.words("intent")] == ["a", "c", "d", "b"]
    assert most_at_once(rig) == 3


def test_a_plan_that_says_nothing_of_time_runs_in_its_order(tmp_path):
    of, plan = two_pairs()
    rig = Rig(of, replace(plan, actions=tuple(replace(it, after=None) for it in plan.actions)), tmp_path)
    assert rig.run().end is End.FINISHED
    assert most_at_once(rig) == 1
    assert [vm for _, vm in rig.words("intent")] == ["a", "b", "c", "d"]


def test_the_option_bounds_how_many_run_at_a_time(tmp_path):
    rig = Rig(*two_pairs(), tmp_path, options=Options(max_parallel=2))
    assert rig.run().end is End.FINISHED
    assert most_at_once(rig) == 2


def test_the_slots_of_a_host_are_kept(tmp_path):
    of, plan = two_pairs()
    of = of.rebuilt(hosts=[replace(it, max_out=1) for it in of.hosts])
    rig = Rig(of, plan, tmp_path)
    assert rig.run().end is End.FINISHED
    assert most_at_once(rig) == 2


@dataclasses.dataclass
class Told:
    """Faults that are told: what befalls a request, and how many times its estimate an action takes."""

    strikes: dict[int, Strike] = dataclasses.field(default_factory=dict)
    times: dict[int, float] = dataclasses.field(default_factory=dict)

    def of_request(self, number: int) -> Strike | None:
        return self.strikes.get(number)

    def stretch(self, number: int) -> float:
        return self.times.get(number, 1.0)


LONG_ONE = [
    ("a: h2 -> h3", (), 0),
    ("b: h1 -> h2", (1,), 60),
    ("c: h4 -> h2", (), 120),
    ("d: h5 -> h6", (), 0),
]
"""Migration, ``after``, second: a leaves h2, then b comes there; so may c at any time, and d is on its own.

c and d take ten times as long as the others.
"""


def asked_for(
    folder: Path, faults: Told, actions=LONG_ONE, *, is_timed=True, at_a_time=1, timing=None, **h2
) -> dict:
    """Give the seconds at which each VM is asked for in a run, first and last."""
    hosts = [host(name, 40, max_out=2) for name in ("h1", "h3", "h4", "h5", "h6")] + [host("h2", 40, **h2)]
    vms = [vm(name, 10, migration_s=600 if name in "cd" else 60) for name in "abcd"]
    timing = timing or Timing()
    of = pool(hosts, vms, "h1: b, h2: a, h4: c, h5: d", "h2: b c, h3: a, h6: d", timing=timing)
    plan = plan_of(of, moves(*(text for text, _, _ in actions)), [after for _, after, _ in actions])
    if is_timed:
        seconds = {one.name: one.migration_s for one in vms}
        timed = [
            replace(entry, start_s=start, end_s=start + seconds[entry.vm])
            for entry, (_, _, start) in zip(plan.actions, actions, strict=True)
        ]
        plan = replace(plan, actions=tuple(timed))
    rig, found = Rig(of, plan, folder, faults), {}
    rig.cloud.at_a_time = at_a_time
    begun = rig.clock.now()

    def note(event):
        if event.event == "intent":
            found.setdefault(event.vm, []).append(rig.clock.now() - begun)

    rig.on_event = note
    assert rig.run().end is End.FINISHED
    return {name: (times[0], times[-1]) for name, times in found.items()}


def test_whoever_comes_later_leaves_a_free_slot_to_one_who_waits_for_what_is_under_way(tmp_path):
    asked = asked_for(tmp_path, Told())
    assert asked["b"][0] < 70
    assert asked["c"][0] > asked["b"][0] + 59


def test_in_a_plan_without_times_nobody_gives_way(tmp_path):
    asked = asked_for(tmp_path, Told(), is_timed=False)
    assert asked["c"][0] < 10


def test_nobody_gives_way_to_one_who_waits_for_what_takes_much_longer_than_it_should(tmp_path):
    asked = asked_for(tmp_path, Told(times={1: 5.0}))
    assert 120 <= asked["c"][0] <= 130 < asked["b"][0]


def test_nobody_gives_way_to_one_who_waits_for_a_slot_of_somebody_late(tmp_path):
    """The slot out of h1 is that of e, who takes five times as long as he should; b waits for it."""
    of = pool(
        [host(name, 40) for name in ("h1", "h2", "h4", "h6")],
        [vm("e", 10, migration_s=60), vm("b", 10, migration_s=60), vm("c", 10, migration_s=600)],
        "h1: b e, h4: c",
        "h2: b c, h6: e",
    )
    plan = plan_of(of, moves("e: h1 -> h6", "b: h1 -> h2", "c: h4 -> h2"), [(), (), ()])
    times = ((0, 60), (60, 120), (120, 720))
    entries = [replace(it, start_s=a, end_s=b) for it, (a, b) in zip(plan.actions, times, strict=True)]
    rig, asked = Rig(of, replace(plan, actions=tuple(entries)), tmp_path, Told(times={1: 5.0})), {}
    begun = rig.clock.now()
    rig.on_event = lambda event: event.event == "intent" and asked.update({event.vm: rig.clock.now() - begun})
    assert rig.run().end is End.FINISHED
    assert asked["c"] <= 130
    assert asked["b"] >= 300


def test_nobody_gives_way_to_one_who_was_refused_for_now(tmp_path):
    """While d flies, b is asked for third, and refused."""
    asked = asked_for(tmp_path, Told(strikes={3: Strike.BUSY}))
    assert asked["b"][0] <= asked["c"][0] < asked["b"][0] + 30 < asked["b"][1]


def test_for_what_many_hosts_share_nobody_gives_way(tmp_path):
    actions = [*LONG_ONE[:2], ("d: h5 -> h6", (), 120), ("c: h4 -> h2", (2, 3), 720)]
    asked = asked_for(tmp_path, Told(), actions, timing=Timing(max_parallel=2))
    assert asked["d"][0] < 10


def test_of_those_asked_for_together_none_gives_way_to_one_who_has_its_slot(tmp_path):
    """While d flies, both b and c may come to h2 once a has left it."""
    actions = [
        ("d: h5 -> h6", (), 0),
        ("a: h2 -> h3", (), 0),
        ("b: h1 -> h2", (2,), 60),
        ("c: h4 -> h2", (2,), 61),
    ]
    asked = asked_for(tmp_path, Told(), actions, at_a_time=2, max_in=2)
    assert asked["c"][0] == asked["b"][0]


def test_nobody_gives_way_where_there_is_room_for_both_but_for_rounding():
    """Three times 566.45 is a little more than 1,699.35."""
    hosts = [host(f"h{n}", 40, bandwidth_mbps=566.45) for n in range(3)]
    hosts.append(host("there", 40, bandwidth_mbps=1699.35, max_in=3))
    of = pool(hosts, [vm(f"v{n}") for n in range(3)], "h0: v0, h1: v1, h2: v2", "there: v0 v1 v2")
    limits = Limits(Durations(of.current), None)
    for one in moves("v0: h0 -> there", "v1: h1 -> there"):
        limits.take(one)
    last = moves("v2: h2 -> there")[0]
    assert limits.blocks(last) is None
    needed = dict(limits.uses(last))
    assert all(limits.room(last)[limit] >= amount for limit, amount in needed.items())


def test_what_does_not_migrate_does_not_wait_for_the_limit_on_migrations(tmp_path):
    of = pool(
        [host("h1", 20), host("h2", 20)],
        [vm("a", 4), vm("b", 4), vm("old", 1), vm("new", 1)],
        {"a": "h1", "b": "h1", "old": "h1"},
        {"a": "h2", "b": "h2", "new": "h1"},
        timing=Timing(max_parallel=1, overhead_s=600),
    )
    actions = [
        Migration("a", "h1", "h2"),
        Migration("b", "h1", "h2"),
        Shutdown("old", "h1"),
        Provision("new", "h1"),
    ]
    rig = Rig(of, plan_of(of, actions, [(), (), (), ()]), tmp_path)
    assert rig.run().end is End.FINISHED
    assert rig.words("intent", "done")[:3] == [("intent", "a"), ("intent", "old"), ("intent", "new")]
    assert rig.words("intent", "done")[-2:] == [("intent", "b"), ("done", "b")]


def test_a_link_carries_no_more_than_it_can(tmp_path):
    hosts = [host(name, 20, max_in=3, max_out=3, bandwidth_mbps=1000) for name in ("h1", "h2")]
    vms = [vm(name, 1) for name in "abc"]
    of = pool(hosts, vms, "h1: a b c", "h2: a b c", timing=Timing(rate_mbps=400))
    plan = plan_of(of, [Migration(name, "h1", "h2") for name in "abc"], [(), (), ()])
    rig = Rig(of, plan, tmp_path)
    assert rig.run().end is End.FINISHED
    assert most_at_once(rig) == 2


def test_a_vm_that_writes_more_than_most_networks_carry_goes_at_the_rate_of_its_pool(tmp_path):
    """200 MiB/s: 10 Gb/s carry 1,073 of them, and 1 Gb/s, which is taken where a pool says nothing, 107."""
    of = pool(
        [host("h1"), host("h2")],
        [vm("a", 4, dirty_mib_s=200)],
        "h1: a",
        "h2: a",
        timing=Timing(rate_mbps=10_000),
    )
    rig = Rig(of, plan_of(of, [Migration("a", "h1", "h2")]), tmp_path)
    assert rig.run().end is End.FINISHED
    assert rig.words("held", "replanned") == []


def test_the_intent_is_on_disk_before_the_request(tmp_path):
    rig = Rig(*two_pairs(), tmp_path)
    take = rig.cloud.start

    def start(action):
        last = read_journal(rig.journal).events[-1]
        assert (last.event, last.vm) == ("intent", action.vm)
        return take(action)

    rig.cloud.start = start
    assert rig.run().end is End.FINISHED


def test_the_next_one_starts_at_the_poll_that_sees_the_end(tmp_path):
    rig = Rig(*two_pairs(), tmp_path)
    rig.run()
    at = {(e.event, e.vm): e.at for e in read_journal(rig.journal).events}
    assert at["intent", "b"] == at["done", "a"]


def slow_to_start(rig, seconds):
    """Let every request take so long, and nothing else."""
    take = rig.cloud.start

    def start(action):
        rig.clock.sleep(seconds)
        return take(action)

    rig.cloud.start = start


def test_an_end_is_seen_within_a_poll_though_many_are_being_started(tmp_path):
    rig = Rig(*six_on_their_own(), tmp_path)
    slow_to_start(rig, 1.5 * rig.cloud.poll_s)
    assert rig.run().end is End.FINISHED
    words = [(event.event, event.vm) for event in read_journal(rig.journal).events]
    assert words.index(("done", "v0")) < words.index(("intent", "v5"))


def slow_to_tell(tmp_path):
    """Give a run of long migrations whose cloud takes longer than a poll to tell of what flies."""
    rig = Rig(*six_on_their_own(timing=Timing(overhead_s=600)), tmp_path)
    follow = rig.cloud.follow

    def slowly(running):
        rig.clock.sleep(1.5 * rig.cloud.poll_s)
        return follow(running)

    rig.cloud.follow = slowly
    return rig


def test_one_more_is_started_after_each_look_though_a_look_takes_longer_than_a_poll(tmp_path):
    rig = slow_to_tell(tmp_path)
    slow_to_start(rig, 0.7 * rig.cloud.poll_s)
    assert rig.run().end is End.FINISHED
    assert [word for word, _ in rig.words("intent", "done")] == [*["intent"] * 6, *["done"] * 6]


def test_after_a_ctrl_c_a_cloud_that_is_slow_to_tell_is_left_alone_between_looks(tmp_path):
    rig = slow_to_tell(tmp_path)
    slow_to_start(rig, 1.5 * rig.cloud.poll_s)
    with prepare(rig.cloud, rig.of, rig.plan, journal=rig.journal, clock=rig.clock, watcher=rig) as ready:
        ready.begin()
        ready.step()
        assert ready.runner.pause() < 0.1, "five more may start"
        ready.runner.interrupt()
        ready.step()
        assert ready.runner.pause() == rig.cloud.poll_s / 2


def test_nothing_is_asked_for_after_a_ctrl_c_in_the_middle_of_the_look_before_it(tmp_path):
    rig = Rig(*two_pairs(), tmp_path)
    look = rig.cloud.look
    with prepare(rig.cloud, rig.of, rig.plan, journal=rig.journal, clock=rig.clock, watcher=rig) as ready:
        rig.cloud.look = lambda vm: (ready.runner.interrupt(), look(vm))[1]
        assert ready.go().end is End.INTERRUPTED
    assert not rig.words("intent")


def test_the_time_of_an_action_runs_from_its_answer_though_that_was_lost(tmp_path):
    rig = Rig(*six_on_their_own(timing=Timing(overhead_s=30)), tmp_path)
    take, aborted = rig.cloud.start, []

    def begin_at_last(action):
        rig.clock.sleep(300)  # longer than the action itself may take
        take(action)
        raise UnknownError("gateway time-out")

    rig.cloud.start, rig.cloud.abort = begin_at_last, aborted.append
    assert rig.run().end is End.FINISHED
    assert not aborted


class Breaking(SimulatedCloud):
    """Every migration gets there and fails at its very end: the VM is on its target, in error."""

    def _progress(self, running):
        progress = super()._progress(running)
        if progress.phase is not Phase.DONE:
            return progress
        return dataclasses.replace(progress, phase=Phase.FAILED, why="libvirt lost it")

    def _vm(self, name):
        seen = super()._vm(name)
        return dataclasses.replace(seen, power=Power.OTHER) if seen.host == "h2" else seen


def test_a_vm_that_got_there_in_error_has_failed(tmp_path):
    rig = Rig(*two_pairs(), tmp_path)
    rig.cloud = Breaking(rig.world, faults=rig.faults, now=rig.clock.now)
    outcome = rig.run()
    assert outcome.end is End.STOPPED
    assert outcome.failed == {"a": "libvirt lost it; it got to h2, and did not run properly"}
    assert {vm for _, vm in rig.words("done")} == {"c", "d"}


@pytest.mark.parametrize("power", [Power.OTHER, Power.PAUSED])
def test_a_vm_that_got_there_unanswered_has_failed_if_in_error_and_is_done_if_paused(tmp_path, power):
    rig = Rig(*two_pairs(), tmp_path)
    start, look = rig.cloud.start, rig.cloud.look

    def unanswered(action):
        handle = start(action)
        if action.vm == "a":
            raise UnknownError("504")
        return handle

    def look_at(name):
        seen = look(name)
        is_there = name == "a" and seen.host == "h2" and not seen.busy
        return dataclasses.replace(seen, power=power) if is_there else seen

    rig.cloud.start, rig.cloud.look = unanswered, look_at
    outcome = rig.run()
    if power is Power.PAUSED:
        assert ("done", "a") in rig.words()
        return
    assert outcome.end is End.STOPPED
    assert outcome.failed == {"a": "got to h2, and did not run properly"}
    assert {vm for _, vm in rig.words("done")} == {"c", "d"}


def test_a_vm_in_error_on_its_target_is_left_and_named_where_the_rest_is_planned_anew(tmp_path):
    rig = Rig(*two_pairs(), tmp_path, options=Options(on_failure="replan"))
    rig.cloud = Breaking(rig.world, faults=rig.faults, now=rig.clock.now)
    outcome = rig.run()
    assert outcome.end is End.STOPPED
    assert outcome.left == dict.fromkeys("ab", NOT_WELL)
    assert all(outcome.failed[vm].startswith("libvirt lost it") for vm in "ab")
    assert rig.where() == dict(rig.of.target.placement)


def test_a_resume_does_not_forget_that_a_vm_is_in_error_on_its_target(tmp_path):
    rig = Rig(*two_pairs(), tmp_path)
    rig.cloud = Breaking(rig.world, faults=rig.faults, now=rig.clock.now)
    assert rig.run().left["a"] == NOT_WELL
    outcome = rig.resume()
    assert (outcome.end, outcome.left["a"]) == (End.STOPPED, NOT_WELL)
    assert ("done", "a") not in rig.words()
    assert [vm for _, vm in rig.words("intent")].count("a") == 1
    again = rig.resume()
    assert (again.end, set(again.left)) == (End.STOPPED, {"a", "b"})


def paused_in_flight(rig, name="a"):
    """Let somebody pause a VM as soon as it is under way."""

    def pause(event):
        if (event.event, event.vm) == ("accepted", name):
            rig.world.change_vm(name, Strike.PAUSED)

    rig.on_event = pause


@pytest.mark.parametrize("on_failure", ["stop", "replan"])
def test_a_vm_that_arrives_paused_has_arrived(tmp_path, on_failure):
    rig = Rig(*two_pairs(), tmp_path, options=Options(on_failure=on_failure))
    paused_in_flight(rig)
    outcome = rig.run()
    assert (outcome.end, outcome.done, outcome.left, outcome.failed) == (End.FINISHED, 4, {}, {})
    assert rig.cloud.look("a").power is Power.PAUSED
    said = {event.vm: event.text for event in rig.events if event.event == "done"}
    assert said == {"a": "is paused on h2", "b": "is on h2", "c": "is on h4", "d": "is on h4"}
    assert not rig.words("replanned", "held", "failed")


def test_a_resume_finds_that_a_vm_has_arrived_paused(tmp_path):
    rig = Rig(*two_pairs(), tmp_path)
    rig.killed_at("accepted", "a")
    rig.world.change_vm("a", Strike.PAUSED)
    rig.clock.sleep(600)
    assert rig.resume(break_lock=True).end is End.FINISHED
    assert [vm for _, vm in rig.words("intent")].count("a") == 1


def test_a_vm_that_others_took_to_its_target_and_paused_there_is_where_it_shall_be(tmp_path):
    rig = Rig(*two_pairs(), tmp_path)

    def take_b(event):
        if (event.event, event.vm) == ("done", "a"):
            rig.place("b", "h2")
            rig.world.change_vm("b", Strike.PAUSED)

    rig.on_event = take_b
    assert rig.run().end is End.FINISHED
    assert ("intent", "b") not in rig.words()


def test_a_vm_that_was_not_to_be_moved_may_be_as_it_likes(tmp_path):
    of = pool([host("h1"), host("h2")], [vm("a", 4), vm("b", 4)], "h1: a, h2: b", "h2: a b")
    rig = Rig(of, plan_of(of, [Migration("a", "h1", "h2")]), tmp_path)
    see = rig.cloud.observe
    rig.cloud.observe = lambda: dataclasses.replace(
        (seen := see()),
        vms=tuple(dataclasses.replace(it, power=Power.OTHER) if it.name == "b" else it for it in seen.vms),
    )
    assert rig.run().end is End.FINISHED


def refusing_all(tmp_path):
    """Give a run whose cloud refuses everything, and the means to run it."""
    rig = Rig(*two_pairs(), tmp_path, options=Options(on_failure="replan"))

    def refuse(_):
        raise RefusedError("no")

    rig.cloud.start = refuse
    return rig, {"journal": rig.journal, "clock": rig.clock, "options": rig.options}


def test_after_a_ctrl_c_nothing_is_planned_anew(tmp_path):
    rig, means = refusing_all(tmp_path)
    observe = rig.cloud.observe
    with prepare(rig.cloud, rig.of, rig.plan, **means) as ready:
        rig.cloud.observe = lambda: (ready.runner.interrupt(), observe())[1]
        outcome = ready.go()
    assert (outcome.end, list(outcome.failed)) == (End.INTERRUPTED, ["a"])
    assert not rig.words("replanned")


def test_a_ctrl_c_right_before_the_search_for_a_new_plan_lets_none_begin(tmp_path):
    """On a large pool it takes a moment to tell what there is to plan."""
    rig, means = refusing_all(tmp_path)
    searched = []
    with prepare(rig.cloud, rig.of, rig.plan, replan=searched.append, **means) as ready:
        runner = ready.runner
        because = runner._because
        runner._because = lambda: (runner.interrupt(), because())[1]
        assert ready.go().end is End.INTERRUPTED
    assert not searched


def test_after_a_ctrl_c_a_cloud_that_does_not_answer_is_not_asked_again_and_again(tmp_path):
    rig, means = refusing_all(tmp_path)
    looks = []
    with prepare(rig.cloud, rig.of, rig.plan, **means) as ready:

        def no_answer():
            ready.runner.interrupt()
            looks.append(rig.clock.now())
            raise UnknownError("gateway time-out")

        rig.cloud.observe = no_answer
        assert ready.go().end is End.INTERRUPTED
    assert len(looks) == 1


def pressing_ctrl_c_in_every_look(rig, runner):
    """Interrupt a run as the command line does, while the cloud says nothing; count its looks."""
    looks = []

    def silent():
        looks.append(rig.clock.now())
        assert runner.is_at_rest
        runner.interrupt()
        raise KeyboardInterrupt

    rig.cloud.observe = silent
    return looks


def test_a_ctrl_c_ends_a_look_at_a_cloud_that_says_nothing(tmp_path):
    rig, means = refusing_all(tmp_path)
    with prepare(rig.cloud, rig.of, rig.plan, **means) as ready:
        looks = pressing_ctrl_c_in_every_look(rig, ready.runner)
        assert ready.go().end is End.INTERRUPTED
    assert len(looks) == 1


def test_a_ctrl_c_ends_the_last_look_of_a_run_that_has_stopped(tmp_path):
    rig, means = refusing_all(tmp_path)
    means["options"] = Options()
    with prepare(rig.cloud, rig.of, rig.plan, **means) as ready:
        looks = pressing_ctrl_c_in_every_look(rig, ready.runner)
        outcome = ready.go()
    assert (outcome.end, list(outcome.failed), len(looks)) == (End.STOPPED, ["a"], 1)


def test_a_poll_is_counted_from_the_look_before(tmp_path):
    rig = Rig(*two_pairs(), tmp_path)
    slow_to_start(rig, 0.7)
    pauses = []
    with prepare(rig.cloud, rig.of, rig.plan, journal=rig.journal, clock=rig.clock, watcher=rig) as ready:
        ready.begin()
        ready.step()  # it starts a, c and d
        pauses.append(ready.runner.pause())
        rig.clock.sleep(pauses[-1])
        ready.step()
        pauses.append(ready.runner.pause())
    assert pauses == [1.0, 2.0]  # half a poll at the least; nothing was started the second time


class StillDefined(SimulatedCloud):
    """Goes on to list a VM that is off on the host that it was on, as libvirt and Ganeti do."""

    def _vm(self, name):
        seen = super()._vm(name)
        self.last = {**getattr(self, "last", {}), **({name: seen.host} if seen.host else {})}
        return dataclasses.replace(seen, host=self.last.get(name))

    look_at_host = Cloud.look_at_host


@pytest.mark.parametrize("kind", [SimulatedCloud, StillDefined])
def test_stops_and_starts_shutdowns_and_provisions_are_carried_out(tmp_path, kind):
    of = pool(
        [host("h1"), host("h2")],
        [vm("big", 8, offline=True), vm("other", 8, offline=True), vm("old", 1), vm("new", 2)],
        {"big": "h1", "other": "h2", "old": "h1"},
        {"big": "h2", "other": "h1", "new": "h1"},
    )
    actions = [
        Shutdown("old", "h1"),
        Stop("big", "h1"),
        Migration("other", "h2", "h1"),
        Start("big", "h2"),
        Provision("new", "h1"),
    ]
    rig = Rig(of, plan_of(of, actions), tmp_path)
    rig.cloud = kind(rig.world, faults=rig.faults, now=rig.clock.now)
    assert rig.run().end is End.FINISHED
    assert rig.where() == {"big": "h2", "other": "h1", "old": None, "new": "h1"}
    assert not rig.words("held", "replanned")


def test_a_vm_that_was_stopped_before_a_kill_is_off_by_us_after_it(tmp_path):
    rig = Rig(*swapped_by_a_stop(), tmp_path)
    rig.cloud = StillDefined(rig.world, faults=rig.faults, now=rig.clock.now)
    rig.killed_at("done", "big")
    assert rig.resume(break_lock=True).end is End.FINISHED
    assert not rig.words("held", "replanned")


def test_a_vm_that_is_stopped_and_not_started_again_is_told_first_and_that_it_is_off(tmp_path):
    rig = Rig(*swapped_by_a_stop(), tmp_path, faults=Once(r2=Strike.FAILED))
    outcome = rig.run()
    assert not rig.world.vms["big"].on
    assert list(outcome.left.items()) == [
        ("big", "its turn did not come; it was stopped, and is off still"),
        ("other", "the hypervisor says no; it is on h2"),
    ]
    assert read_journal(rig.journal).events[-1].left == outcome.left
    assert rig.resume().end is End.FINISHED


def test_one_whose_start_was_refused_is_off_too(tmp_path):
    rig = Rig(*swapped_by_a_stop(), tmp_path, faults=Once(r3=Strike.REFUSED))
    assert rig.run().left == {"big": "refused: no valid host was found; it was stopped, and is off still"}


def test_one_that_is_being_started_is_left_running(tmp_path):
    rig = Rig(*swapped_by_a_stop(), tmp_path)
    with prepare(rig.cloud, rig.of, rig.plan, journal=rig.journal, clock=rig.clock, watcher=rig) as ready:

        def twice(event):
            if event.event == "accepted" and event.action == 3:
                ready.runner.interrupt()
                ready.runner.interrupt()

        rig.on_event = twice
        assert ready.go().left == {"big": LEFT_RUNNING}


def test_nothing_to_do_is_done(tmp_path):
    of = pool([host("h1")], [vm("a")], "h1: a", "h1: a")
    rig = Rig(of, PlanFile(status="optimal", cost=0, bound=0), tmp_path)
    assert rig.run().end is End.FINISHED


def test_durations_by_seed_are_the_same_again(tmp_path):
    ends = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        rig = Rig(*two_pairs(), tmp_path / name, faults=Faults(seed=3, spread=0.5))
        rig.run()
        ends.append(rig.clock.now())
    assert ends[0] == ends[1]


def detour_of_a(tmp_path):
    """Give a run in which a steps aside for b, and gets home once b is gone."""
    of = pool(
        [host(name) for name in ("h1", "h2", "h3")], [vm("a", 8), vm("b", 8)], "h1: a, h2: b", "h2: a, h1: b"
    )
    ways = [("a", "h1", "h3"), ("b", "h2", "h1"), ("a", "h3", "h2")]
    return Rig(of, plan_of(of, [Migration(*way) for way in ways]), tmp_path)


def mute_once(rig):
    """Let the cloud give no answer to the first look at the host that a steps aside to."""
    look, asked = rig.cloud.look_at_host, []

    def look_at_host(name):
        asked.append(name)
        if asked.count("h3") == 1 and name == "h3":
            raise UnknownError("504")
        return look(name)

    rig.cloud.look_at_host = look_at_host


def test_what_an_action_waited_for_is_not_told_once_it_is_done(tmp_path):
    rig = detour_of_a(tmp_path)
    mute_once(rig)

    def meddle(event):
        if event.event == "done":
            rig.cloud.faults = Faults(spread=0, failed=1.0)

    rig.on_event = meddle
    assert rig.run().left == {"a": NOT_ITS_TURN, "b": "the hypervisor says no; it is on h2"}


def test_nor_where_it_is_left_running(tmp_path):
    rig = detour_of_a(tmp_path)
    mute_once(rig)
    with prepare(rig.cloud, rig.of, rig.plan, journal=rig.journal, clock=rig.clock, watcher=rig) as ready:
        rig.on_event = lambda event: (
            event.event == "accepted"
            and (
                ready.runner.interrupt(),
                ready.runner.interrupt(),
            )
        )
        assert ready.go().left["a"] == LEFT_RUNNING


def test_one_that_was_refused_for_now_says_so(tmp_path):
    rig = detour_of_a(tmp_path)
    rig.cloud.faults = Faults(spread=0, busy=1.0)
    with prepare(rig.cloud, rig.of, rig.plan, journal=rig.journal, clock=rig.clock, watcher=rig) as ready:
        ready.begin()
        assert ready.step() is None
        assert ready.runner.flights.steps.all[1].why == "refused for now: no valid host was found"
        told = list(lines("j", read_journal(rig.journal).head, story_of(read_journal(rig.journal))))
        assert told[2] == "  refused: migrate a: h1 -> h3: refused for now: no valid host was found"
        ready.runner.interrupt()
        assert ready.go().left["a"] == "refused for now: no valid host was found, when its turn came"


def test_a_cloud_without_a_name_is_refused_before_anything_is_written(tmp_path):
    rig = Rig(*two_pairs(), tmp_path)
    del rig.cloud.name
    with pytest.raises(CloudError, match="SimulatedCloud: its name is None"):
        rig.run()
    assert not rig.journal.exists()


def test_a_cloud_that_breaks_as_it_is_closed_changes_nothing_of_what_the_run_came_to(tmp_path, caplog):
    rig = Rig(*two_pairs(), tmp_path)

    def close():
        raise ConnectionResetError("with a token in it")

    rig.cloud.close = close
    assert rig.run().end is End.FINISHED
    assert "ConnectionResetError in the adapter" in caplog.text
    assert "token" not in caplog.text
    assert not list(tmp_path.rglob("*.lock"))


def test_a_cloud_that_says_nothing_of_what_runs_is_looked_at(tmp_path):
    rig = Rig(*two_pairs(), tmp_path)
    rig.cloud.follow = lambda _: None
    assert rig.run().end is End.FINISHED
    assert ("unknown", "a") in rig.words()


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_parallel": 0},
        {"max_parallel": 1.5},
        {"on_failure": "rollback"},
        {"on_failure": None},
        {"max_replans": -1},
        {"max_tries": 0},
    ],
    ids=str,
)
def test_options_that_no_run_can_be_held_to_are_refused(wrong):
    """With ``max_parallel=0`` a run started nothing, and said that a VM was not on its target."""
    ((name, value),) = wrong.items()
    with pytest.raises(ValueError, match=f"options: {name}={value!r}, must be"):
        Options(**wrong)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_another_thing_in_place_of_pool_plan_or_options_is_told(tmp_path, number):
    rig = Rig(*two_pairs(), tmp_path)
    pool, plan, options = rig.of, rig.plan, rig.options
    what, given = (
        ("pool", (pool.current, plan, options)),
        ("plan", (pool, plan.steps(), options)),
        ("options", (pool, plan, {"max_parallel": 2})),
    )[number]
    with pytest.raises(WrongKindError, match=f"^{what}: "):
        prepare(rig.cloud, *given[:2], journal=rig.journal, options=given[2])
    assert not rig.journal.exists()
