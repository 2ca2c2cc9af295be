"""What runs is followed one by one: the trouble of one server says nothing of the others."""

from __future__ import annotations

import pytest

from models import Migration, Shutdown, Stop
from planner.clouds.openstack.adapter import OpenStack
from planner.clouds.openstack.reading import Cached
from planner.clouds.openstack.servers import Context
from planner.clouds.protocol import Phase, RefusedError, Running, UnknownError


class Nova:
    """Stands in for the requests: migration m1 runs, server b is shelved and on its host still."""

    name = "test"

    def __init__(self, code=202, why="", silent=(), **migration):
        self.code, self.why, self.silent, self.migration = code, why, silent, migration

    def together(self, questions):
        return [question() for question in list(questions)]

    def server_migrations(self, vm):
        self._hear(vm)
        return [{"uuid": "m1", "status": "running", **self.migration}]

    def server(self, vm, *, pinned=False):
        self._hear(vm)
        return {"id": vm, "status": "SHELVED", "OS-EXT-STS:task_state": None}

    def act(self, vm, body, version):
        assert body == {"shelveOffload": None}
        return self.code, self.why

    def _hear(self, vm):
        if vm in self.silent:
            raise UnknownError("nova says 500")


RUNNING = [Running(Migration("a", "h1", "h2"), "m1"), Running(Shutdown("b", "h1"), "shelve b")]


def test_a_refusal_about_one_server_is_its_failure_and_no_other_s():
    told = OpenStack(Nova(403, "Policy does not allow it")).follow(RUNNING)
    assert told["m1"].phase is Phase.RUNNING
    assert (told["shelve b"].phase, told["shelve b"].why) == (Phase.FAILED, "Policy does not allow it")


class Waiting(Nova):
    """Its migration m1 is accepted, and a server that waits for one has a task."""

    def __init__(self, task, **migration):
        super().__init__()
        self.task = task
        self.migration = {
            "uuid": "m1",
            "status": "accepted",
            "created_at": "2026-01-31T04:00:00.0",
            **migration,
        }

    def server_migrations(self, vm):
        return []  # nova lists none there that is accepted

    def migrations(self, vm):
        return [self.migration]

    def allocation(self, vm):
        return {}

    def server(self, vm, *, pinned=False):
        place = {"OS-EXT-SRV-ATTR:host": "h1", "OS-EXT-SRV-ATTR:hypervisor_hostname": "h1"}
        return {"id": vm, "status": "ACTIVE", "OS-EXT-STS:task_state": self.task, **place}


def followed(nova):
    """Give how the migration of a stands; nothing of the cloud is asked for but that."""
    cloud = OpenStack(nova)
    cloud._cached = Cached(Context({}, {}, {}, {}, {}, {}), {}, {}, {})
    return cloud.follow(RUNNING[:1])["m1"]


@pytest.mark.parametrize(
    ("updated_at", "since"), [(None, "04:00:00"), ("2026-01-31T04:07:09.123456", "04:07:09")]
)
def test_a_migration_that_waits_says_what_nova_calls_it_and_since_when(updated_at, since):
    told = followed(Waiting("migrating", updated_at=updated_at))
    assert (told.phase, told.why) == (Phase.QUEUED, f"nova calls it accepted since 2026-01-31T{since} UTC")


def test_a_migration_that_has_not_begun_and_whose_server_is_idle_is_lost_and_may_be_asked_for_again(
    monkeypatch,
):
    monkeypatch.setattr(OpenStack, "_service", lambda _, host: host)
    monkeypatch.setattr(OpenStack, "_seen_vm", lambda *_: None)
    told = followed(Waiting(None))
    assert (told.phase, told.is_transient) == (Phase.FAILED, True)
    assert told.why.startswith("nova has lost the migration, and calls it accepted since 2026-01-31T04:00:00")


GIB = 2**30


@pytest.mark.parametrize(
    ("disks", "share", "copied_mib"),
    [
        ({}, 0.75, None),
        ({"disk_total_bytes": 0, "disk_remaining_bytes": 0}, 0.75, None),
        ({"disk_total_bytes": 96 * GIB, "disk_remaining_bytes": 74 * GIB}, 0.25, 100 * 1024),
    ],
)
def test_a_migration_that_copies_disks_tells_how_much_it_copies(disks, share, copied_mib):
    nova = Nova(memory_total_bytes=4 * GIB, memory_remaining_bytes=GIB, **disks)
    told = OpenStack(nova).follow(RUNNING)["m1"]
    assert (told.phase, told.share, told.copied_mib) == (Phase.RUNNING, share, copied_mib)


def test_no_answer_to_a_request_about_one_server_leaves_it_out():
    assert set(OpenStack(Nova(500)).follow(RUNNING)) == {"m1"}


@pytest.mark.parametrize(("silent", "told"), [("a", "shelve b"), ("b", "m1")])
def test_no_answer_about_one_server_says_nothing_of_the_others(silent, told):
    found = OpenStack(Nova(silent=silent)).follow(RUNNING)
    assert {handle: it.phase for handle, it in found.items()} == {told: Phase.RUNNING}


def test_a_server_that_could_not_be_brought_back_is_not_stopped_on_an_old_nova():
    asked = []

    class OldNova:
        name = "test"

        def speaks(self, version):
            return tuple(map(int, version.split("."))) <= (2, 79)

        def __getattr__(self, request):
            asked.append(request)
            raise AssertionError(request)

    cloud = OpenStack(OldNova())
    assert "cannot unshelve to a host" in cloud.cannot(Stop("a", "h1"))
    assert not cloud.cannot(Shutdown("a", "h1"))
    with pytest.raises(RefusedError, match="cannot unshelve to a host") as refused:
        cloud.start(Stop("a", "h1"))
    assert not refused.value.transient
    assert asked == []


def test_no_answer_about_any_is_no_answer():
    with pytest.raises(UnknownError):
        OpenStack(Nova(silent="ab")).follow(RUNNING)
