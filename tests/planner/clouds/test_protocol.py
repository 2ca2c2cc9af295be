"""The protocol: three methods make an adapter, the others have defaults."""

from __future__ import annotations

import re

import pytest

from models import VM, Host, Migration
from models.mistakes import shown
from planner.clouds import (
    Cloud,
    CloudError,
    Progress,
    Running,
    Seen,
    SeenHost,
    SeenMigration,
    SeenVM,
    open_cloud,
)
from planner.clouds.protocol import Phase, RefusedError, UnknownError
from planner.execution.careful import CarefulCloud


class Smallest(Cloud):
    """An adapter with nothing but what it must have."""

    name = "smallest"

    def observe(self):
        host = [SeenHost(Host(name, {"ram_mib": 8})) for name in ("h1", "h2")]
        web = VM("web", {"ram_mib": 4}, labels={"id": "1234"})
        return Seen(tuple(host), (SeenVM(web, "h1", busy="migrating", goes_to="h2"),))

    def start(self, action):
        return action.vm

    def follow(self, running):
        return {each.handle: Progress(Phase.DONE) for each in running}


def test_three_methods_make_an_adapter():
    cloud = Smallest()
    assert cloud.poll_s == 2.0
    assert not cloud.cannot(Migration("1234", "h1", "h2"))
    cloud.close()


def test_of_an_adapter_that_does_not_say_what_migrates_it_is_taken_from_a_look_at_everything():
    assert Smallest().migrations() == (SeenMigration("1234", "h1", "h2"),)


@pytest.mark.parametrize("missing", ["observe", "start", "follow"])
def test_without_one_of_the_three_it_is_refused(missing):
    methods = {name: getattr(Smallest, name) for name in ("observe", "start", "follow") if name != missing}
    with pytest.raises(TypeError, match=f"abstract method '?{missing}"):
        type("Lacking", (Cloud,), methods)()


@pytest.mark.parametrize("name", [None, ""])
def test_without_a_name_it_is_refused(name):
    cloud = Smallest()
    cloud.name = name
    with pytest.raises(CloudError, match="Smallest: its name is"):
        CarefulCloud(cloud)


@pytest.mark.parametrize(
    ("method", "asked", "gives", "must_be"),
    [
        ("observe", (), None, "a Seen"),
        ("follow", ([],), None, "handle -> Progress"),
        ("follow", ([],), ["done"], "handle -> Progress"),
        ("look", ("1234",), "web", "a SeenVM or None"),
        ("look_at_host", ("h1",), "h1", r"\(a SeenHost, its SeenVMs\) or None"),
        ("look_at_host", ("h1",), Smallest().observe().hosts[0], r"\(a SeenHost, its SeenVMs\) or None"),
        ("look_at_host", ("h1",), (Smallest().observe().hosts[0], ("web",)), r"\(a SeenHost, .* or None"),
        ("start", (Migration("1234", "h1", "h2"),), None, "a handle, a text that is not empty"),
    ],
)
def test_what_is_no_answer_to_a_question_is_told_and_nothing_is_known(method, asked, gives, must_be):
    cloud = Smallest()
    setattr(cloud, method, lambda *_: gives)
    words = rf"^{method}\(\) of the adapter gave {re.escape(shown(gives))}, must be {must_be}$"
    with pytest.raises(UnknownError, match=words):
        getattr(CarefulCloud(cloud), method)(*asked)


@pytest.mark.parametrize(
    ("seen", "kind"),
    [(Seen(("h1",), ()), "SeenHost"), (Seen((), (VM("web", {"ram_mib": 4}),)), "SeenVM")],
)
def test_what_is_no_host_or_vm_as_it_is_seen_is_told(seen, kind):
    cloud = Smallest()
    cloud.observe = lambda: seen
    with pytest.raises(UnknownError, match=rf"^observe\(\) of the adapter gave .*, must be a {kind} each$"):
        CarefulCloud(cloud).observe()


def test_what_is_no_progress_of_what_runs_is_told_and_nothing_is_known():
    cloud = Smallest()
    cloud.follow = lambda running: {each.handle: "done" for each in running}
    with pytest.raises(
        UnknownError, match=r"^follow\(\) of the adapter gave 'done', must be a Progress of each$"
    ):
        CarefulCloud(cloud).follow([Running(Migration("1234", "h1", "h2"), "1234")])


def test_a_vm_is_looked_at_by_the_clouds_own_id():
    seen = Smallest().look("1234")
    assert (seen.name, seen.ref, seen.host) == ("web", "1234", "h1")
    assert Smallest().look("web") is None


@pytest.mark.parametrize("host", ["h1", "h2"])
def test_a_vm_in_flight_is_seen_at_both_its_hosts(host):
    seen, vms = Smallest().look_at_host(host)
    assert (seen.name, [vm.name for vm in vms]) == (host, ["web"])
    assert Smallest().look_at_host("h3") is None


def test_what_cannot_be_aborted_says_so():
    with pytest.raises(RefusedError, match="cannot abort"):
        Smallest().abort(Running(Migration("1234", "h1", "h2"), "1234"))


def test_an_unknown_kind_names_those_there_are():
    with pytest.raises(
        CloudError, match="'cumulus': no such kind, known are openstack, libvirt, ganeti, simulated"
    ):
        open_cloud("cumulus:one")
