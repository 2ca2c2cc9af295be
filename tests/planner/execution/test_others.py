"""Others work on the cloud too: what they do meanwhile is seen, held, and planned around."""

from __future__ import annotations

import dataclasses

import pytest
from msgspec.structs import replace

from models import Filter, Migration, Provision, Shutdown, Stop
from models.ledger import Ledger
from models.vm import VM
from planner.cli.status import lines
from planner.clouds.faults import Faults, Strike
from planner.clouds.protocol import Phase, Progress, RefusedError, UnknownError
from planner.clouds.seen import STATE, Power, Seen, SeenHost, SeenVM
from planner.clouds.simulated import SimulatedCloud
from planner.clouds.world import HostNow, WorldVM
from planner.execution import End, Options, prepare, read_journal
from planner.execution.looking import KEEPS_ROOM
from planner.execution.past import story_of
from planner.execution.picture import Picture
from planner.execution.retarget import retarget
from tests.builders import host, pool, vm
from tests.models.rules.own_rules import Licences, Racks, Sockets, databases
from tests.models.rules.shipped import SHIPPED
from tests.models.said import PARAMETERS, SAID
from tests.planner.execution.judge import KilledError
from tests.planner.execution.rig import Rig, plan_of, swapped_by_a_stop, two_pairs


def chain(tmp_path):
    """Give a run of a, then b: both leave h1, a for h2, b for h3; h4 is empty."""
    of = pool(
        [host(name) for name in ("h1", "h2", "h3", "h4")], [vm("a", 4), vm("b", 4)], "h1: a b", "h2: a, h3: b"
    )
    plan = plan_of(of, [Migration("a", "h1", "h2"), Migration("b", "h1", "h3")])
    return Rig(of, plan, tmp_path, options=Options(on_failure="stop"))


def after_a(rig, do):
    """Let something happen right after a has got home."""
    rig.on_event = lambda event: event.event == "done" and event.vm == "a" and do(rig.world)
    return rig.run()


def test_a_vm_that_was_moved_is_planned_anew_from_where_it_is(tmp_path):
    rig = chain(tmp_path)
    outcome = after_a(rig, lambda _: rig.place("b", "h4"))
    assert outcome.end is End.FINISHED
    assert [word for word, _ in rig.words("held", "replanned")] == ["held", "replanned"]
    assert rig.where() == {"a": "h2", "b": "h3"}


class NeverStops(SimulatedCloud):
    """Can stop nobody, as a nova that cannot start them again where they belong."""

    def cannot(self, action):
        return "it would stay off" if isinstance(action, Stop) else ""


@pytest.mark.parametrize("kind", [SimulatedCloud, NeverStops])
def test_a_new_plan_stops_nobody_whom_the_cloud_can_never_stop(tmp_path, kind):
    of = pool(
        [host("h1"), host("h2"), host("h3")],
        [vm("a", 1), vm("big", 8, offline=True), vm("other", 8)],
        "h1: big, h2: other, h3: a",
        "h1: a other, h2: big",
    )
    ways = ("a", "h3", "h1"), ("other", "h2", "h3"), ("big", "h1", "h2"), ("other", "h3", "h1")
    rig = Rig(of, plan_of(of, [Migration(*way) for way in ways]), tmp_path)
    rig.cloud = kind(rig.world, faults=rig.faults, now=rig.clock.now)

    def cordon(world):
        world.hosts["h3"].host = replace(world.hosts["h3"].host, accepts=False)

    outcome = after_a(rig, cordon)
    if kind is NeverStops:
        assert outcome.end is End.STOPPED
        assert "no new plan" in outcome.why
        assert rig.where() == {"a": "h1", "big": "h1", "other": "h2"}
    else:
        assert outcome.end is End.FINISHED
        (new,) = (event.plan for event in rig.events if event.event == "replanned")
        assert any(isinstance(action, Stop) for action in new.steps())


def test_a_host_that_lost_a_trait_meanwhile_takes_nobody_who_requires_it(tmp_path):
    of = pool(
        [host("h1"), host("h2"), host("h3", traits=("gpu",)), host("h4", traits=("gpu",))],
        [vm("a", 4), vm("b", 4, requires=("gpu",))],
        "h1: a, h4: b",
        "h2: a, h3: b",
    )
    plan = plan_of(of, [Migration("a", "h1", "h2"), Migration("b", "h4", "h3")])
    rig = Rig(of, plan, tmp_path)

    def lose(world):
        world.hosts["h3"].host = replace(world.hosts["h3"].host, traits=())

    outcome = after_a(rig, lose)
    assert outcome.end is End.STOPPED
    assert "gpu" in outcome.left["b"]
    assert rig.words("held") == [("held", "b")]
    # At once: what it lacks does not come back in a moment, as room may.
    at = {(event.event, event.vm): event.at for event in rig.events}
    assert at["held", "b"] == at["done", "a"]
    assert rig.where() == {"a": "h2", "b": "h4"}


def test_a_host_whose_arch_has_changed_meanwhile_takes_nobody_who_does_not_run_there(tmp_path):
    rig = chain(tmp_path)

    def change(world):
        world.hosts["h3"].host = replace(world.hosts["h3"].host, arch="aarch64")

    outcome = after_a(rig, change)
    assert outcome.end is End.STOPPED
    assert "aarch64" in outcome.left["b"]
    assert rig.words("held") == [("held", "b")]


def test_a_new_plan_says_what_was_in_the_way_of_the_old_one(tmp_path):
    rig = chain(tmp_path)
    by_way_of_h4 = [("a", "h1", "h2"), ("b", "h1", "h4"), ("b", "h4", "h3")]
    rig.plan = plan_of(rig.of, [Migration(*action) for action in by_way_of_h4])

    def close(world):
        world.hosts["h4"].host = replace(world.hosts["h4"].host, accepts=False)

    assert after_a(rig, close).end is End.FINISHED
    assert [event.text for event in rig.events if event.event == "replanned"] == [
        "migrate b: h1 -> h4: host h4 accepts nothing any more"
    ]


def test_one_who_has_come_not_to_fit_where_it_stays_keeps_nobody_else_from_a_new_plan(tmp_path):
    of = pool(
        [host("h1"), host("h2"), host("h3", traits=("gpu",)), host("h4", traits=("gpu",))],
        [vm("a", 4), vm("b", 4), vm("c", 4, requires=("gpu",))],
        "h1: a b, h3: c",
        "h2: a, h4: b, h3: c",
    )
    rig = Rig(of, plan_of(of, [Migration("a", "h1", "h2"), Migration("b", "h1", "h4")]), tmp_path)

    def lose(world):
        world.hosts["h3"].host = replace(world.hosts["h3"].host, traits=())
        rig.place("b", "h2")

    assert after_a(rig, lose).end is End.FINISHED
    assert rig.where() == {"a": "h2", "b": "h4", "c": "h3"}


def test_a_vm_that_is_home_already_is_done(tmp_path):
    rig = chain(tmp_path)
    assert after_a(rig, lambda _: rig.place("b", "h3")).end is End.FINISHED
    assert [vm for _, vm in rig.words("intent")] == ["a"]


def test_a_vm_that_others_take_to_its_target_is_followed(tmp_path):
    rig = chain(tmp_path)
    way = Migration("b", "h1", "h3")
    assert (
        after_a(rig, lambda world: world.begin(way, "others", rig.clock.now(), 9, None)).end is End.FINISHED
    )
    assert [vm for _, vm in rig.words("intent")] == ["a"]


def begins(rig, vm, way, seconds):
    """Let others begin a migration."""
    rig.world.begin(way, f"others-{vm}", rig.clock.now(), seconds, None)


def test_a_stranger_that_is_busy_keeps_no_run_from_its_end(tmp_path):
    rig = chain(tmp_path)

    def boot_and_migrate(world):
        world.vms["x"] = WorldVM(vm("x", 4), "h4")
        world._changed()
        begins(rig, "x", Migration("x", "h4", "h1"), 1000)

    assert after_a(rig, boot_and_migrate).end is End.FINISHED
    last_done = [event.at for event in rig.events if event.event == "done"][-1]
    assert rig.events[-1].at == last_done


def test_what_others_take_up_after_we_were_refused_is_not_aborted(tmp_path):
    rig = chain(tmp_path)
    take, aborted = rig.cloud.start, []
    rig.cloud.abort = aborted.append

    def refuse_b_once(action):
        if action.vm == "b" and "others-b" not in [job.handle for job in rig.world.jobs.values()]:
            begins(rig, "b", Migration("b", "h1", "h3"), 1000)
            raise RefusedError("too many requests", transient=True)
        return take(action)

    rig.cloud.start = refuse_b_once
    rig.run()
    assert ("held", "b") in rig.words()
    assert not aborted


def test_room_that_others_are_bringing_a_vm_to_is_taken(tmp_path):
    """Somebody takes x to h3, which has no room for b beside it; it is brought back, and b comes."""
    of = pool(
        [host(name) for name in ("h1", "h2", "h3", "h4")],
        [vm("a", 4), vm("b", 4), vm("x", 8)],
        "h1: a b, h4: x",
        "h2: a, h3: b, h4: x",
    )
    rig = Rig(of, plan_of(of, [Migration("a", "h1", "h2"), Migration("b", "h1", "h3")]), tmp_path)
    way = Migration("x", "h4", "h3")
    assert after_a(rig, lambda _: begins(rig, "x", way, 5)).end is End.FINISHED
    assert not rig.words("failed")
    assert rig.words("intent") == [("intent", "a"), ("intent", "x"), ("intent", "b")]


def test_one_whom_we_have_stopped_and_others_have_started_takes_its_room(tmp_path):
    rig = Rig(*swapped_by_a_stop(), tmp_path)

    def start(event):
        if (event.event, event.vm) == ("done", "big") and len(rig.words("done")) == 1:
            guest = rig.world.vms["big"]
            guest.host, guest.on = "h1", True
            rig.world.room.put("big", "h1")

    rig.on_event = start
    rig.run()
    assert rig.words("intent")[:2] == [("intent", "big"), ("intent", "big")]
    assert not rig.words("failed")


def test_one_whom_somebody_has_paused_is_not_shut_down(tmp_path):
    of = pool(
        [host("h1"), host("h2")],
        [vm("a", 4), vm("old", 4)],
        {"a": "h1", "old": "h1"},
        {"a": "h2"},
    )
    rig = Rig(of, plan_of(of, [Migration("a", "h1", "h2"), Shutdown("old", "h1")]), tmp_path)
    after_a(rig, lambda world: world.change_vm("old", Strike.PAUSED))
    assert ("held", "old") in rig.words()
    assert ("intent", "old") not in rig.words()


@pytest.mark.parametrize("when", ["before", "after"])
def test_one_to_be_shut_down_that_others_run_outside_the_pool_is_left(tmp_path, when):
    """Taken there before it was shut down, or started there after that."""
    of = pool([host("h1"), host("h2")], [vm("a", 4), vm("old", 4)], "h1: a old", "h2: a")
    actions = [Migration("a", "h1", "h2"), Shutdown("old", "h1")]
    rig = Rig(of, plan_of(of, actions if when == "before" else actions[::-1]), tmp_path)
    rig.world.hosts["h9"] = HostNow(host("h9"))

    def run_there(world):
        world.vms["old"].host, world.vms["old"].on = "h9", True
        world.__dict__.pop("room", None)

    outcome = after_a(rig, run_there)
    assert outcome.end is End.STOPPED
    assert outcome.left == {"old": "is on h9, which is no host of the pool"}


def test_a_vm_that_others_take_elsewhere_while_it_is_followed_is_planned_anew(tmp_path):
    rig = chain(tmp_path)

    def meddle(event):
        if (event.event, event.vm) == ("done", "a"):
            begins(rig, "b", Migration("b", "h1", "h3"), 1000)
        elif (event.event, event.vm) == ("observed", "b") and "b" in rig.world.jobs:
            rig.world.end(rig.world.jobs["b"], "changed my mind")
            rig.place("b", "h4")

    rig.on_event = meddle
    assert rig.run().end is End.FINISHED
    assert rig.words("held", "failed") == [("held", "b")]
    assert rig.where() == {"a": "h2", "b": "h3"}


class Meddled(SimulatedCloud):
    """Somebody else's job 99 runs on VM b until ``ends``."""

    goes_to, ends = None, 2000.0

    def __init__(self, *args, **more):
        super().__init__(*args, **more)
        self.aborted = []

    def _vm(self, name):
        seen = super()._vm(name)
        if name != "b" or seen.busy or self._now() >= self.ends:
            return seen
        return dataclasses.replace(seen, busy="a backup", goes_to=self.goes_to, handle="99")

    def _progress(self, running):
        if running.handle != "99":
            return super()._progress(running)
        return Progress(Phase.RUNNING if self._now() < self.ends else Phase.FAILED)

    def abort(self, running):
        self.aborted.append(running)
        super().abort(running)


def meddled(tmp_path, **more):
    """Give a run that migrates a and turns b off."""
    of = pool([host("h1"), host("h2")], [vm("a", 4), vm("b", 4)], "h1: a b", "h2: a")
    rig = Rig(of, plan_of(of, [Migration("a", "h1", "h2"), Shutdown("b", "h1")]), tmp_path)
    rig.cloud = Meddled(rig.world, faults=rig.faults, now=rig.clock.now)
    for name, value in more.items():
        setattr(rig.cloud, name, value)
    return rig


def test_what_others_asked_for_is_not_aborted_and_its_vm_is_left(tmp_path):
    rig = meddled(tmp_path)
    outcome = rig.run()
    assert outcome.end is End.STOPPED
    assert "in the middle of something" in outcome.left["b"]
    assert (outcome.running, rig.cloud.aborted) == ((), [])
    assert rig.words("held") == [("held", "b")]


def test_nor_is_it_by_a_resume(tmp_path):
    rig = meddled(tmp_path)
    rig.killed(lambda event: event.handle == "99")
    assert rig.resume().end is End.STOPPED
    assert rig.cloud.aborted == []


def test_when_others_are_through_it_is_asked_for(tmp_path):
    rig = meddled(tmp_path, ends=30.0)
    assert rig.run().end is End.FINISHED
    assert [vm for _, vm in rig.words("intent")] == ["a", "b"]


def test_what_goes_elsewhere_is_not_taken_for_ours_though_our_answer_was_lost(tmp_path):
    of = pool([host(name) for name in ("h1", "h2", "h3")], [vm("b", 4)], "h1: b", "h2: b")
    rig = Rig(of, plan_of(of, [Migration("b", "h1", "h2")]), tmp_path)
    rig.cloud = Meddled(rig.world, faults=rig.faults, now=rig.clock.now)
    rig.cloud.goes_to, rig.cloud.ends = "h3", 0.0

    def lost(action):
        rig.cloud.ends = 2000.0
        raise UnknownError("no answer")

    rig.cloud.start = lost
    assert rig.run().end is End.STOPPED
    assert rig.cloud.aborted == []


def test_a_vm_that_is_done_and_taken_away_again_is_brought_back(tmp_path):
    rig = chain(tmp_path)
    rig.on_event = lambda event: event.event == "done" and event.vm == "b" and rig.place("a", "h4")
    assert rig.run().end is End.FINISHED
    assert rig.where() == {"a": "h2", "b": "h3"}


@pytest.mark.parametrize(
    ("strike", "word"), [(Strike.DOWN, "is down"), (Strike.CORDONED, "accepts nothing any more")]
)
def test_a_host_that_closes_is_not_moved_to(tmp_path, strike, word):
    rig = chain(tmp_path)
    outcome = after_a(rig, lambda world: world.change_host("h3", strike))
    assert outcome.end is End.STOPPED
    assert word in outcome.left["b"]
    assert rig.where() == {"a": "h2", "b": "h1"}


@pytest.mark.parametrize("answers", [True, False])
def test_a_host_that_is_gone_ends_no_run_in_the_midst(tmp_path, answers):
    """As a hypervisor taken out of its cloud, which tells of its VMs all the same, or of nothing more."""
    of = pool(
        [host(f"h{n}") for n in (1, 2, 3)],
        [vm(name, 4) for name in "abc"],
        "h1: a b, h3: c",
        "h2: a, h3: b c",
    )
    rig = Rig(of, plan_of(of, [Migration("a", "h1", "h2"), Migration("b", "h1", "h3")]), tmp_path)

    def observe():
        if not answers:
            raise UnknownError("no answer")
        seen = SimulatedCloud.observe(rig.cloud)
        return dataclasses.replace(seen, hosts=tuple(it for it in seen.hosts if it.name != "h3"))

    def take_out(_):
        rig.cloud.look_at_host, rig.cloud.observe = lambda _: None, observe

    outcome = after_a(rig, take_out)
    assert outcome.end is End.STOPPED
    assert outcome.left == {"b": "its target h3 is gone"}


def test_a_host_that_goes_down_with_its_vms_leaves_them_there(tmp_path):
    rig = chain(tmp_path)
    outcome = after_a(rig, lambda world: world.change_host("h1", Strike.DOWN))
    assert outcome.end is End.STOPPED
    assert outcome.left == {"b": "its host h1 is down"}


@pytest.mark.parametrize("is_looked_at", [False, True])
def test_one_whose_host_goes_down_keeps_nobody_else_from_home(tmp_path, is_looked_at):
    """Nobody looks at the host that an action leaves, unless another one is bound for it."""
    of = pool(
        [host(name) for name in ("h1", "h2", "h3", "h4", "h5")],
        [vm("a", 4), vm("b", 4), vm("c", 4), vm("d", 1)],
        "h1: a b, h4: c, h5: d",
        f"h2: a, h3: b, h5: c, {'h1' if is_looked_at else 'h4'}: d",
    )
    ways = [Migration("a", "h1", "h2"), Migration("d", "h5", "h1" if is_looked_at else "h4")]
    ways += [Migration("b", "h1", "h3"), Migration("c", "h4", "h5")]
    rig = Rig(of, plan_of(of, ways, [(), (1,), (1,), (1,)]), tmp_path)
    outcome = after_a(rig, lambda world: world.change_host("h1", Strike.DOWN))
    down = {"b": "its host h1 is down"} | ({"d": "its target h1 is down"} if is_looked_at else {})
    assert (outcome.end, outcome.left, outcome.failed) == (End.STOPPED, down, {})
    assert rig.where()["c"] == "h5"
    assert (("intent", "b") in rig.words()) is not is_looked_at


def vanish(cloud, *hosts):
    """Let a cloud list some hosts no more, nor any VM that is on them now."""
    unseen = {it.ref for it in cloud.observe().vms if it.host in hosts}

    def listed():
        seen = SimulatedCloud.observe(cloud)
        left = tuple(it for it in seen.hosts if it.name not in hosts)
        return dataclasses.replace(seen, hosts=left, vms=tuple(it for it in seen.vms if it.ref not in unseen))

    cloud.observe = listed
    cloud.look = lambda vm: next((it for it in listed().vms if it.ref == vm), None)
    cloud.look_at_host = lambda at: None if at in hosts else SimulatedCloud.look_at_host(cloud, at)


GONE_WITH_H1 = "is gone, and so is its host h1: it may still run there"


def one_to_be_shut_down(tmp_path):
    """Give a run that takes a from h3 to h2 and then shuts b down on h1."""
    of = pool([host(f"h{n}") for n in (1, 2, 3)], [vm("a", 4), vm("b", 4)], "h1: b, h3: a", "h2: a")
    return Rig(of, plan_of(of, [Migration("a", "h3", "h2"), Shutdown("b", "h1")]), tmp_path)


def test_one_to_be_shut_down_that_is_gone_with_its_host_is_not_taken_for_off(tmp_path):
    rig = one_to_be_shut_down(tmp_path)
    outcome = after_a(rig, lambda _: vanish(rig.cloud, "h1"))
    assert rig.world.vms["b"].on
    assert outcome.end is End.STOPPED
    assert outcome.left == {"b": GONE_WITH_H1}
    assert ("done", "b") not in rig.words()


def test_nor_is_it_where_its_host_goes_while_it_is_shut_down(tmp_path):
    rig = one_to_be_shut_down(tmp_path)
    rig.on_event = lambda event: event.event == "accepted" and event.vm == "b" and vanish(rig.cloud, "h1")
    rig.cloud.follow = lambda _: {}
    outcome = rig.run()
    assert outcome.end is End.STOPPED
    assert outcome.running == ("shut down b on h1",)
    assert GONE_WITH_H1 in outcome.why
    assert ("done", "b") not in rig.words()


def test_nor_does_a_resume_take_it_for_off(tmp_path):
    rig = one_to_be_shut_down(tmp_path)
    rig.killed_at("done", "a")
    vanish(rig.cloud, "h1")
    outcome = rig.resume()
    assert outcome.end is End.STOPPED
    assert outcome.left == {"b": GONE_WITH_H1}


@pytest.mark.parametrize(
    ("strike", "keeps_room", "left"),
    [
        (Strike.PAUSED, True, {"b": "is paused"}),
        (Strike.SHUT_OFF, True, {"b": "is shut off, and keeps its room"}),
        (Strike.SHUT_OFF, False, {}),
    ],
)
def test_one_to_be_shut_down_that_others_have_paused_or_turned_off_is_left_unless_it_takes_no_room(
    tmp_path, strike, keeps_room, left
):
    rig = one_to_be_shut_down(tmp_path)
    rig.cloud.keeps_room = keeps_room
    outcome = after_a(rig, lambda world: world.change_vm("b", strike))
    assert ("replanned", None) not in rig.words()
    assert outcome.left == left
    assert outcome.end is (End.STOPPED if left else End.FINISHED)


def test_nobody_takes_the_room_of_one_that_others_have_turned_off_and_that_keeps_it(tmp_path):
    """As nova has it: what is off and not shelved holds its room, and could not be started elsewhere."""
    of, plan = swapped_by_a_stop()
    rig = Rig(of, plan, tmp_path)
    rig.cloud.look = lambda vm: (
        rig.world.change_vm("big", Strike.SHUT_OFF) or SimulatedCloud.look(rig.cloud, vm)
    )
    outcome = rig.run()
    assert outcome.end is End.STOPPED
    assert not rig.words("intent", "done")
    assert outcome.left["big"] == "is shut off"


def test_one_that_cannot_be_provisioned_is_given_up_after_two_failures_as_any_other(tmp_path):
    """The simulated cloud makes no VM out of nothing: it has to be there, and off."""
    of = pool([host("h1"), host("h2")], [vm("a", 4), vm("new", 4)], "h1: a", "h1: a, h2: new")
    rig = Rig(of, plan_of(of, [Provision("new", "h2")]), tmp_path, options=Options(on_failure="replan"))
    rig.world.change_vm("new", Strike.DELETED)
    outcome = rig.run()
    assert outcome.end is End.STOPPED
    assert rig.words("intent") == [("intent", "new")] * 2
    assert outcome.left == {"new": "refused: new: no such VM"}
    assert outcome.why == "new: provision new on h2: refused: new: no such VM"


def test_nor_does_a_resume_take_one_for_off_that_somebody_had_moved_before(tmp_path):
    """The new plan, of which nothing is done, has it on h2; then h2 is gone, and it too."""
    rig = one_to_be_shut_down(tmp_path)
    look = rig.cloud.look

    def move_before(name):
        if name == "b" and rig.where()["b"] == "h1":
            rig.place("b", "h2")
        return look(name)

    rig.cloud.look = move_before
    rig.killed_at("replanned", None)
    vanish(rig.cloud, "h2")
    outcome = rig.resume()
    assert outcome.end is End.STOPPED
    assert outcome.left["b"] == "is gone, and so is its host h2: it may still run there"


def test_a_resume_tells_with_which_host_one_is_gone_that_was_brought_there_before(tmp_path):
    rig = chain(tmp_path)
    rig.killed_at("done", "a")
    vanish(rig.cloud, "h2")
    outcome = rig.resume()
    assert outcome.left == {"a": "is gone, and so is its host h2: it may still run there"}


@pytest.mark.parametrize("is_resumed", [False, True])
def test_one_that_is_gone_with_the_host_it_was_on_its_way_to_may_still_run_there(tmp_path, is_resumed):
    rig = chain(tmp_path)

    def arrive_and_vanish():
        rig.clock.sleep(1000)
        vanish(rig.cloud, "h2")

    if is_resumed:
        rig.killed(lambda event: (event.event, event.vm) == ("accepted", "a") and not arrive_and_vanish())
        rig.resume()
        outcome = rig.resume()  # what was asked for has failed by now, and that is all the journal says of it
    else:
        rig.on_event = lambda event: (event.event, event.vm) == ("accepted", "a") and arrive_and_vanish()
        outcome = rig.run()
    assert outcome.end is End.STOPPED
    assert outcome.left["a"] == "is gone, and so is its host h2: it may still run there"


def test_one_that_was_deleted_before_it_is_shut_down_is_off(tmp_path):
    rig = one_to_be_shut_down(tmp_path)
    outcome = after_a(rig, lambda world: world.change_vm("b", Strike.DELETED))
    assert outcome.end is End.FINISHED


def test_a_vm_that_is_gone_with_its_host_is_left_and_said_to_run_there(tmp_path):
    rig = chain(tmp_path)
    outcome = after_a(rig, lambda _: vanish(rig.cloud, "h1"))
    assert outcome.end is End.STOPPED
    assert outcome.left == {"b": GONE_WITH_H1}


@pytest.mark.parametrize(
    ("strike", "word"),
    [
        (Strike.DELETED, "is gone"),
        (Strike.SHUT_OFF, "is shut off"),
        (Strike.LOCKED, "is locked"),
        (Strike.PAUSED, "is paused"),
    ],
)
def test_a_vm_that_cannot_be_touched_is_left_and_said_why(tmp_path, strike, word):
    rig = chain(tmp_path)
    outcome = after_a(rig, lambda world: world.change_vm("b", strike))
    assert outcome.end is End.STOPPED
    assert word in outcome.left["b"]
    assert [vm for _, vm in rig.words("intent")] == ["a"]


def test_one_that_is_left_for_what_our_words_do_not_name_is_told_in_those_of_its_cloud(tmp_path):
    """As a server of nova that was resized, and waits for that to be confirmed: it does run."""
    rig = chain(tmp_path)
    see = rig.cloud._vm

    def resized(name):
        seen = see(name)
        if name != "b":
            return seen
        labels = {STATE: "VERIFY_RESIZE"}
        return dataclasses.replace(seen, power=Power.OTHER, vm=replace(seen.vm, labels=labels))

    outcome = after_a(rig, lambda _: setattr(rig.cloud, "_vm", resized))
    assert outcome.left == {"b": "does not run properly (VERIFY_RESIZE)"}
    assert "stopped: b: does not run properly (VERIFY_RESIZE)" in f"{outcome.end}: {outcome.why}"


def test_one_that_others_have_brought_to_its_target_and_that_is_not_well_there_stops_nobody_else(tmp_path):
    """As a server of nova that somebody migrates cold: it waits for that to be confirmed."""
    hosts = [host(name) for name in ("h1", "h2", "h3", "h4")]
    of = pool(hosts, [vm(name, 4) for name in "abc"], "h1: a b c", "h2: a, h3: b, h4: c")
    ways = [Migration("a", "h1", "h2"), Migration("b", "h1", "h3"), Migration("c", "h1", "h4")]
    rig = Rig(of, plan_of(of, ways), tmp_path)
    see = rig.cloud._vm

    def resized(name):
        seen = see(name)
        if name != "b" or seen.host == "h1" or seen.busy:
            return seen
        labels = {STATE: "VERIFY_RESIZE"}
        return dataclasses.replace(seen, power=Power.OTHER, vm=replace(seen.vm, labels=labels))

    rig.cloud._vm = resized
    outcome = after_a(rig, lambda _: rig.cloud.start(Migration("b", "h1", "h3")))
    assert rig.where() == {"a": "h2", "b": "h3", "c": "h4"}
    assert rig.words("failed") == []
    assert outcome.left == {"b": "has got to its target, and does not run properly (VERIFY_RESIZE)"}


def test_a_vm_that_has_grown_counts_as_what_it_takes(tmp_path):
    of = pool(
        [host("h1", 12), host("h2", 10), host("h3", 12)], [vm("a", 4), vm("b", 6)], "h1: a b", "h2: a b"
    )
    rig = Rig(of, plan_of(of, [Migration("a", "h1", "h2"), Migration("b", "h1", "h2")]), tmp_path)
    outcome = after_a(rig, lambda world: world.change_vm("a", Strike.GROWN))
    # a takes 7 by now, so there is no room for b beside it.
    assert outcome.end is End.STOPPED
    assert "b" in outcome.left
    assert rig.where() == {"a": "h2", "b": "h1"}


def test_room_that_somebody_took_is_seen(tmp_path):
    rig = chain(tmp_path)

    def boot(world):
        world.vms["new"] = WorldVM(VM("new", {"ram_mib": 7}), "h3")
        world._changed()

    outcome = after_a(rig, boot)
    assert outcome.end is End.STOPPED
    assert "there is no place for it on h3" in outcome.left["b"]


def test_new_plans_are_bounded(tmp_path):
    rig = chain(tmp_path)
    rig.options = Options(max_replans=2)
    # Whenever b is about to be moved, somebody takes it elsewhere.
    there = iter(["h4", "h1", "h4", "h1", "h4", "h1"])
    look = rig.cloud.look

    def moved(name):
        if name == "b" and not rig.world.jobs:
            rig.place("b", next(there))
        return look(name)

    rig.cloud.look = moved
    outcome = rig.run()
    assert outcome.end is End.STOPPED
    assert outcome.why.startswith("planned anew 2 times")


def test_a_stranger_counts_for_rules_that_look_at_labels(tmp_path):
    vms = [vm("a", 1), *databases(2)]
    of = pool(
        [host(name) for name in ("h1", "h2", "h3")],
        vms,
        "h1: a d0, h2: d1",
        "h2: a d0 d1",
        rules=[Licences()],
    )
    plan = plan_of(of, [Migration("a", "h1", "h2"), Migration("d0", "h1", "h2")])
    rig = Rig(of, plan, tmp_path, options=Options(on_failure="stop"))

    def boot(world):
        world.vms["another"] = WorldVM(vm("another", 1, labels={"role": "db"}), "h2")
        world.__dict__.pop("room", None)

    outcome = after_a(rig, boot)
    assert outcome.end is End.STOPPED
    assert "2 allowed" in outcome.left["d0"]
    assert rig.where()["d0"] == "h1"


BROKEN = {
    "a group limit of one's own": (databases(3), {"rules": [Licences()]}, {}),
    "a resource of one's own": (
        [vm(name, 1, labels={"sockets": "2"}) for name in "bcd"],
        {"rules": [Sockets()]},
        {},
    ),
    "a filter of one's own": (
        [vm("b", 1, labels={"rack": "r"})],
        {"rules": [Racks()]},
        {"labels": {"rack": "r"}},
    ),
    "a trait": ([vm("b", 1, requires=("gpu",))], {}, {"traits": ("gpu",)}),
    "an architecture": ([vm("b", 1, arch="aarch64")], {}, {"arch": "aarch64"}),
    "room": ([vm("b", 6), vm("c", 6)], {}, {}),
    "VMs kept apart": ([vm("b"), vm("c")], {"anti_affinity": [("b", "c")]}, {}),
}
"""Rule -> VMs that break it together on one host, what the pool is told, and the host that all may be on."""


def broken_on_h4(what):
    """Give a pool in which the first of those on h4, who break a rule there, shall leave it for h5."""
    vms, told, more = BROKEN[what]
    first, *others = (guest.name for guest in vms)
    stay = f", h4: {' '.join(others)}" if others else ""
    return pool(
        [*(host(name) for name in ("h1", "h2", "h3", "h4")), host("h5", **more)],
        [vm("z"), vm("a"), *vms],
        f"h1: z a, h4: {' '.join([first, *others])}",
        f"h2: z a, h5: {first}{stay}",
        **told,
    )


def test_there_is_an_example_of_each_rule_that_a_placement_breaks():
    broken = {found.rule for what in BROKEN for found in broken_on_h4(what).current.violations()}
    of_moves_alone = {rule for rule in SHIPPED if issubclass(rule, Filter) and rule.refuses is Filter.refuses}
    assert {rule.name for rule in {*SHIPPED} - of_moves_alone} < broken


@pytest.mark.parametrize("what", BROKEN)
def test_what_breaks_a_rule_and_is_locked_there_keeps_nobody_else_from_home(tmp_path, what):
    """Whoever shall leave h4 is locked there."""
    of, first = broken_on_h4(what), BROKEN[what][0][0].name
    ways = [Migration("z", "h1", "h2"), Migration(first, "h4", "h5"), Migration("a", "h1", "h2")]
    rig = Rig(of, plan_of(of, ways), tmp_path, options=Options(on_failure="replan"))

    def lock(event):
        if event.event == "done" and event.vm == "z":
            rig.world.vms[first].locked = True
            rig.place("a", "h3")

    rig.on_event = lock
    outcome = rig.run()
    assert outcome.left == {first: "is locked"}, outcome.why
    assert rig.where()["a"] == "h2"


def test_the_simulated_cloud_does_not_know_rules_of_ones_own(tmp_path):
    """Two licences on h2 are taken; it takes d0 there all the same, as a real cloud would."""
    of = pool(
        [host("h1"), host("h2")], databases(3), "h1: d0, h2: d1 d2", "h1: d0, h2: d1 d2", rules=[Licences()]
    )
    way = Migration("d0", "h1", "h2")
    assert of.current.refusals("d0", "h2")
    assert Rig(of, plan_of(of, []), tmp_path).cloud.start(way)


def test_one_that_was_made_anew_is_gone_and_told_apart_from_who_has_its_name():
    """Whoever reads that it is gone would see it in the lists of the cloud else."""
    of = pool([host("h1"), host("h2")], [vm("b", 4, labels={"id": "old"})], "h1: b", "h2: b")
    new = SeenVM(vm("b", 4, labels={"id": "new"}), "h2")
    picture = Picture(of, Seen(tuple(map(SeenHost, of.hosts)), (new,)))
    assert retarget(picture).left == {"b": "is gone: the cloud has no such VM (another has its name)"}


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_a_vm_that_is_gone_is_left_out_of_all_that_the_pool_says(tmp_path, parameter):
    """Else the pool that is planned anew would name a VM that it has not."""
    of = pool(
        [host(name) for name in ("h1", "h2", "h3", "h4")],
        [vm("a"), vm("b"), vm("c")],
        "h1: a, h2: b, h4: c",
        "h3: a, h2: b, h1: c",
        **{parameter: SAID[parameter]},
    )
    plan = plan_of(of, [Migration("a", "h1", "h3"), Migration("c", "h4", "h1")])
    rig = Rig(of, plan, tmp_path, options=Options(on_failure="replan"))

    def lose(world):
        del world.vms["b"]
        world.__dict__.pop("room", None)
        rig.place("c", "h2")

    outcome = after_a(rig, lose)
    assert outcome.left == {"b": "is gone: the cloud has no such VM"}
    assert [word for word, _ in rig.words("held", "replanned")] == ["held", "replanned"]
    assert rig.where() == {"a": "h3", "c": "h1"}


@pytest.mark.parametrize("keeps_room", [False, True])
def test_a_stranger_that_is_turned_on_meanwhile_takes_its_room_once(tmp_path, keeps_room):
    # Where its room is kept while it is off, an import has reserved it; where not, nobody has.
    reserved = {"ram_mib": 2} if keeps_room else {}
    of = pool(
        [host("h1", reserved=reserved), host("h2"), host("h3")],
        [vm("a", 4), vm("b", 8)],
        "h1: a, h3: b",
        "h2: a, h1: b",
    )
    plan = plan_of(of, [Migration("a", "h1", "h2"), Migration("b", "h3", "h1")])
    rig = Rig(of, plan, tmp_path, options=Options(on_failure="stop"))
    rig.cloud.keeps_room = keeps_room
    rig.world.hosts["h1"].host = host("h1")
    rig.world.vms["s"] = WorldVM(VM("s", {"ram_mib": 2 if keeps_room else 3}), "h1", on=False)

    def turn_on(world):
        world.vms["s"].on = True

    outcome = after_a(rig, turn_on)
    assert outcome.end is (End.FINISHED if keeps_room else End.STOPPED)
    assert rig.where()["b"] == ("h1" if keeps_room else "h3")
    assert [vm for _, vm in rig.words("intent")] == (["a", "b"] if keeps_room else ["a"])


def with_c_given_up(tmp_path, replanned):
    """Two pairs, of which the new plan for d gives c up, which is locked; then something else happens."""
    rig = Rig(*two_pairs(), tmp_path)

    def meddle(event):
        if (event.event, event.vm) == ("intent", "a"):
            rig.world.vms["c"].locked = rig.world.vms["d"].locked = True
        elif (event.event, event.vm) == ("held", "d"):
            rig.world.vms["d"].locked = False
        elif event.event == "replanned":
            replanned(rig)

    rig.on_event = meddle
    return rig


def test_one_that_was_given_up_and_has_recovered_is_told_what_it_was(tmp_path):
    def recovered(rig):
        rig.world.vms["c"].locked = False
        rig.cloud.faults = Faults(spread=0, failed=1.0)

    rig = with_c_given_up(tmp_path, recovered)
    outcome = rig.run()
    assert [it.left for it in rig.events if it.event == "replanned"] == [{"c": "is locked"}]
    assert outcome.left == {
        "c": "is locked, when it was given up",
        "d": "the hypervisor says no; it is on h3",
    }


def test_the_status_of_a_run_that_goes_on_names_those_given_up(tmp_path):
    def killed(_):
        raise KilledError

    rig = with_c_given_up(tmp_path, killed)
    with pytest.raises(KilledError):
        rig.run()
    read = read_journal(rig.journal)
    told = list(lines("j", read.head, story_of(read)))
    assert told[-2:] == ["  given up: c: is locked", "it was killed; vmplan resume j goes on"]


@pytest.mark.parametrize("is_stranger", [True, False])
def test_a_new_plan_leaves_the_room_that_others_are_bringing_a_vm_to(tmp_path, is_stranger):
    """Two change places by way of h3 or h4; others bring one that takes its time to where the plan goes."""
    hosts = [host(name) for name in ("h1", "h2", "h3", "h4")] + [host("h5", 20)]
    settled = [] if is_stranger else [vm("x", 8)]
    here = "h1: a, h2: b, h5: z" if is_stranger else "h1: a, h2: b, h5: z x"
    there = here.replace("h1: a, h2: b", "h1: b, h2: a")
    of = pool(hosts, [vm("a", 8), vm("b", 8), vm("z", 1), *settled], here, there)
    for shelter in ("h3", "h4"):
        ways = ("a", "h1", shelter), ("b", "h2", "h1"), ("a", shelter, "h2")
        folder = tmp_path / shelter
        folder.mkdir()
        rig = Rig(of, plan_of(of, [Migration(*way) for way in ways]), folder)
        if is_stranger:
            rig.world.hosts["outside"] = HostNow(host("outside"))
            rig.world.vms["x"] = WorldVM(VM("x", {"ram_mib": 8}), "outside")
            rig.world._changed()
        source = rig.world.vms["x"].host
        run = prepare(rig.cloud, rig.of, rig.plan, journal=rig.journal, clock=rig.clock, watcher=rig)
        with run as ready:
            rig.world.begin(Migration("x", source, shelter), "of-x", rig.clock.now(), 100_000.0, None)
            outcome = ready.go()
        assert len(rig.words("replanned")) == 1
        assert {name: rig.where()[name] for name in "ab"} == {"a": "h2", "b": "h1"}
        assert rig.clock.now() < 1000
        assert outcome.end is End.FINISHED


def test_a_run_says_for_whom_a_new_plan_waits(tmp_path):
    rig = chain(tmp_path)
    job = Migration("b", "h1", "h4")
    outcome = after_a(rig, lambda world: world.begin(job, "of-b", rig.clock.now(), 100_000.0, None))
    assert outcome.end is End.STOPPED
    (told,) = [event for event in rig.events if event.event == "observed"]
    text = "is in the middle of something (migrating), which a new plan waits for"
    assert (told.action, told.vm, told.text) == (None, "b", text)
    assert "in the middle of something" in outcome.left["b"]


class TurnsOff(SimulatedCloud):
    """Does not answer a stop, nor does it anything; somebody else turns the VM off meanwhile."""

    def start(self, action):
        if isinstance(action, Stop):
            self.world.change_vm(action.vm, Strike.SHUT_OFF)
            raise UnknownError("no answer")
        return super().start(action)


def test_one_whom_others_turned_off_while_a_stop_had_no_answer_keeps_its_room(tmp_path):
    rig = Rig(*swapped_by_a_stop(), tmp_path, options=Options(on_failure="stop"))
    rig.cloud = TurnsOff(rig.world, faults=rig.faults, now=rig.clock.now)
    outcome = rig.run()
    assert outcome.end is End.STOPPED
    assert outcome.failed == {"big": KEEPS_ROOM}
    assert [vm for _, vm in rig.words("intent")] == ["big"]
    assert rig.where() == {"big": "h1", "other": "h2"}


def test_one_that_is_off_where_a_stop_of_it_has_failed_keeps_its_room(tmp_path):
    """Nova turns a server off first, and then its image may not be stored: it is off, and not shelved."""
    rig = Rig(*swapped_by_a_stop(), tmp_path)

    def shelve(action):
        rig.world.change_vm(action.vm, Strike.SHUT_OFF)
        return "shelve big"

    rig.cloud.start = shelve
    rig.cloud.follow = lambda running: {it.handle: Progress(Phase.FAILED, why="no image") for it in running}
    outcome = rig.run()
    assert rig.words("done", "failed") == [("failed", "big")]
    assert outcome.failed == {"big": f"no image; it {KEEPS_ROOM}"}


def test_all_hosts_are_looked_at_once_however_many_find_no_place(tmp_path, monkeypatch):
    """In a large pool whose hosts are full one that stays keeps another from its host, and so on round it."""
    names, vms = [f"h{n}" for n in range(9)], [vm(f"v{n}", 6) for n in range(9)]
    here = {it.name: name for it, name in zip(vms, names, strict=True)}
    there = {it.name: name for it, name in zip(vms, [*names[1:], names[0]], strict=True)}
    of = pool([host(name) for name in [*names, "spare"]], vms, here, there)
    rig = Rig(of, plan_of(of, []), tmp_path)
    rig.world.vms["stranger"] = WorldVM(vm("stranger", 6), "h4")
    rig.world.__dict__.pop("room", None)
    looks, broken = [], Ledger.broken

    def counting(ledger, placement=None, *, hosts=None):
        looks.append(hosts)
        return broken(ledger, placement, hosts=hosts)

    monkeypatch.setattr(Ledger, "broken", counting)
    assert len(retarget(Picture(of, rig.cloud.observe())).left) == 9
    assert looks.count(None) == 2  # and once to see what those who stay have broken
