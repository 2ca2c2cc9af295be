"""One at a time per cloud and pool; a lock says whose it is, and is broken only on demand."""

from __future__ import annotations

import errno
import os
import stat
from threading import Thread

import pytest
from msgspec.structs import replace

from planner.execution import End, JournalError, prepare, prepare_resume
from planner.execution.events import Owner
from planner.execution.lock import LockedError, Ticket, acquire, cloud_locked, door, is_running, state_folder
from tests.planner.execution.rig import Rig, two_pairs
from tests.waiting import PATIENCE_S


def ticket(journal, *hosts, cloud="openstack:one", owner=None, has_ids=False):
    mine = owner or Owner("me", "here", 7)
    return Ticket(cloud, hosts or ("h1", "h2"), str(journal), mine, "2026-01-31T12:00:00.000Z", has_ids)


@pytest.fixture
def journals(tmp_path):
    for name in "jk":
        (tmp_path / name).touch()
    return tmp_path / "j", tmp_path / "k"


def die(lock):
    """Leave what a process that is killed leaves."""
    lock.keep()
    lock.release()


def test_a_second_one_is_told_who_has_it(journals):
    one, other = journals
    lock = acquire(ticket(one))
    assert is_running("openstack:one", one)
    with pytest.raises(LockedError, match=rf"me on here, process 7, since .* runs {one}"):
        acquire(ticket(other))
    lock.release()
    assert not is_running("openstack:one", one)
    acquire(ticket(other)).release()


def test_it_is_not_given_back_while_somebody_else_looks_at_it(journals):
    lock = acquire(ticket(journals[0]))
    locks = state_folder() / "locks"
    giver = Thread(target=lock.release, daemon=True)
    with door(locks):
        giver.start()
        giver.join(timeout=0.1)
        assert list(locks.glob("*.lock"))
    giver.join(PATIENCE_S)
    assert not giver.is_alive()
    assert not list(locks.glob("*.lock"))


def test_pools_that_share_a_host_exclude_each_other(journals):
    one, other = journals
    lock = acquire(ticket(one, "h1", "h2"))
    with pytest.raises(LockedError):
        acquire(ticket(other, "h2", "h3"))
    acquire(ticket(other, "h3", "h4")).release()
    acquire(ticket(other, "h1", "h2", cloud="openstack:two")).release()
    lock.release()


def test_one_cloud_under_two_names_is_known_by_the_ids_of_its_hosts(journals):
    one, other = journals
    lock = acquire(ticket(one, "uuid-1", "uuid-2", cloud="openstack", has_ids=True))
    with pytest.raises(LockedError):
        acquire(ticket(other, "uuid-2", "uuid-3", cloud="openstack:prod", has_ids=True))
    for cloud, host, has_ids in (
        ("openstack:prod", "uuid-3", True),
        ("openstack:prod", "uuid-1", False),
        ("libvirt", "uuid-1", True),
    ):
        acquire(ticket(other, host, cloud=cloud, has_ids=has_ids)).release()
    lock.release()


def labelled(cloud, ident, tmp_path):
    """Give a run on a cloud of that name, of whose hosts the ids are so."""
    of, plan = two_pairs()
    of = of.rebuilt(hosts=[replace(it, labels={"id": ident.format(it.name)}) for it in of.hosts])
    rig = Rig(of, plan, tmp_path)
    rig.cloud.name = cloud
    return rig


@pytest.mark.parametrize(
    ("clouds", "ident", "is_locked"),
    [
        (("openstack", "openstack:prod"), "uuid-of-{}", True),
        (("ganeti:https://a:5080", "ganeti:https://b:5080"), "{}", False),
        (("simulated:one", "simulated:two"), "uuid-of-{}", False),
        (("simulated:one", "simulated:one?speed=1"), "uuid-of-{}", True),
        (("simulated:one?seed=2", "simulated:one?speed=1"), "{}", True),
    ],
)
def test_only_ids_that_are_no_names_tell_that_two_clouds_are_one(tmp_path, clouds, ident, is_locked):
    one, other = (labelled(cloud, ident, tmp_path) for cloud in clouds)
    other.journal = tmp_path / "other.jsonl"
    with prepare(one.cloud, one.of, one.plan, journal=one.journal, clock=one.clock):
        if is_locked:
            with pytest.raises(LockedError):
                other.run()
        else:
            assert other.run().end is End.FINISHED


def test_a_file_is_one_cloud_whatever_way_leads_to_it_and_whoever_is_moved(tmp_path, journals, monkeypatch):
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("cloud")
    monkeypatch.chdir(tmp_path)
    one, other = journals
    lock = acquire(ticket(one, "h1", cloud=cloud_locked(f"simulated:{tmp_path / 'cloud'}")))
    for way in ("cloud", "folder/../cloud?speed=7", "link"):
        with pytest.raises(LockedError):
            acquire(ticket(other, "h2", cloud=cloud_locked(f"simulated:{way}")))
    acquire(ticket(other, "h1", cloud=cloud_locked("simulated:another"))).release()
    lock.release()


def test_a_journal_is_one_whatever_way_leads_to_it(tmp_path, monkeypatch):
    rig = Rig(*two_pairs(), tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(rig.journal.name)
    monkeypatch.chdir(tmp_path / "folder")
    ways = ("../journal.jsonl", "../link", tmp_path / "folder" / ".." / "link")
    with prepare(rig.cloud, rig.of, rig.plan, journal="../journal.jsonl", clock=rig.clock) as ready:
        assert all(is_running(rig.cloud.name, way) for way in ways)
        ready.begin()
    for way in ways:
        prepare_resume(way, cloud=rig.cloud, clock=rig.clock).__exit__(None, None, None)


def test_a_simulated_cloud_with_settings_is_known_to_run(tmp_path):
    rig = labelled("simulated:one?speed=1", "{}", tmp_path)
    with prepare(rig.cloud, rig.of, rig.plan, journal=rig.journal, clock=rig.clock):
        assert is_running("simulated:one?speed=1", rig.journal)
    assert not is_running("simulated:one?speed=1", rig.journal)


def test_a_journal_that_is_being_written_is_left_to_who_does_so_whosever_it_is(tmp_path, monkeypatch):
    """Another user has his locks in a folder of his own."""
    rig = Rig(*two_pairs(), tmp_path)
    with prepare(rig.cloud, rig.of, rig.plan, journal=rig.journal, clock=rig.clock) as ready:
        ready.begin()
        monkeypatch.setenv("VMPLAN_STATE_DIR", str(tmp_path / "root"))
        assert is_running(rig.cloud.name, rig.journal)
        with pytest.raises(JournalError, match="a live process writes it; wait until it has ended"):
            rig.resume()
        with prepare_resume(rig.journal, cloud=rig.cloud, clock=rig.clock, break_lock=True):
            pass
        assert ready.go().end is End.FINISHED
    assert not is_running(rig.cloud.name, rig.journal)
    assert rig.resume().end is End.FINISHED


def test_the_lock_of_one_who_died_stays(journals):
    one, other = journals
    die(acquire(ticket(one)))
    assert not is_running("openstack:one", one)
    with pytest.raises(LockedError, match=rf"died over {one}; go on with it \(vmplan resume"):
        acquire(ticket(other))


def test_the_journal_of_one_who_died_is_quoted_for_the_shell(tmp_path):
    one, other = tmp_path / "my one.journal", tmp_path / "other.journal"
    one.touch()
    die(acquire(ticket(one)))
    with pytest.raises(LockedError, match=rf"\(vmplan resume '{one}'\)"):
        acquire(ticket(other))


def test_a_resume_takes_over_the_lock_of_its_own_journal(journals):
    one, _ = journals
    die(acquire(ticket(one)))
    acquire(ticket(one)).release()


def test_and_leaves_it_as_it_was_unless_it_gets_to_an_end(journals):
    one, other = journals
    die(acquire(ticket(one)))
    acquire(ticket(one)).release()
    with pytest.raises(LockedError, match="died over"):
        acquire(ticket(other))
    lock = acquire(ticket(one))
    lock.keep(False)
    lock.release()
    acquire(ticket(other)).release()


def test_a_full_disk_takes_the_lock_of_one_who_died_from_nobody(journals, monkeypatch):
    one, other = journals
    die(acquire(ticket(one)))

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.write", full)
        with pytest.raises(OSError, match="No space"):
            acquire(ticket(one))
    with pytest.raises(LockedError, match="died over"):
        acquire(ticket(other))


def test_a_disk_that_takes_a_part_of_a_lock_gives_no_lock(journals, monkeypatch):
    """Half a ticket would be taken for none, and a second run let in beside the first."""
    real_write, written = os.write, []

    def nearly_full(file, data):
        if written:
            raise OSError(errno.ENOSPC, "No space left on device")
        written.append(real_write(file, data[:9]))
        return written[0]

    with monkeypatch.context() as patched:
        patched.setattr("os.write", nearly_full)
        with pytest.raises(OSError, match="No space"):
            acquire(ticket(journals[0]))
    assert not [path for path in (state_folder() / "locks").iterdir() if path.name != "door"]


def test_a_lock_written_piece_by_piece_keeps_others_out(journals, monkeypatch):
    one, other = journals
    real_write = os.write
    with monkeypatch.context() as patched:
        patched.setattr("os.write", lambda file, data: real_write(file, data[:9]))
        lock = acquire(ticket(one))
    with pytest.raises(LockedError, match="process 7"):
        acquire(ticket(other))
    lock.release()


def test_but_not_while_it_still_runs(journals):
    one, _ = journals
    lock = acquire(ticket(one))
    with pytest.raises(LockedError):
        acquire(ticket(one))
    lock.release()


def test_nor_from_another_machine_where_nobody_can_tell(journals):
    one, _ = journals
    die(acquire(ticket(one)))
    with pytest.raises(LockedError):
        acquire(ticket(one, owner=Owner("me", "elsewhere", 7)))


def test_whether_a_journal_is_gone_is_told_on_the_machine_of_its_run_alone(journals):
    one, other = journals
    die(acquire(ticket(one)))
    one.unlink()
    with pytest.raises(LockedError, match="died over"):
        acquire(ticket(other, owner=Owner("me", "elsewhere", 7)))
    acquire(ticket(other)).release()


def test_it_is_broken_on_demand(journals):
    one, other = journals
    first = acquire(ticket(one))
    second = acquire(ticket(other), break_lock=True)
    # Whoever lost it does not take away what is another's by now.
    first.release()
    assert is_running("openstack:one", other)
    second.release()


def test_it_is_readable_by_its_owner_alone(journals):
    lock = acquire(ticket(journals[0]))
    folder = state_folder() / "locks"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in folder.iterdir())
    lock.release()


def test_its_name_is_on_disk_before_anything_runs_under_it(journals, monkeypatch):
    acquire(ticket(journals[0])).release()  # its folder is there
    synced, sync = [], os.fsync

    def note(file):
        held = [path.name for path in (state_folder() / "locks").glob("*.lock")]
        synced.append((stat.S_ISDIR(os.fstat(file).st_mode), bool(held)))
        sync(file)

    monkeypatch.setattr(os, "fsync", note)
    lock = acquire(ticket(journals[0]))
    assert synced == [(False, False), (True, True)]
    lock.release()


def test_so_are_the_names_of_the_folders_that_are_made_for_it(journals, tmp_path, monkeypatch):
    monkeypatch.setenv("VMPLAN_STATE_DIR", str(tmp_path / "home" / "state"))
    synced, sync = [], os.fsync

    def note(file):
        synced.append(os.fstat(file).st_ino)
        sync(file)

    monkeypatch.setattr(os, "fsync", note)
    acquire(ticket(journals[0])).release()
    parents = [tmp_path, tmp_path / "home", state_folder()]
    assert synced[: len(parents)] == [path.stat().st_ino for path in parents]


def test_one_that_cannot_be_read_is_left_to_who_is_alive(journals):
    one, other = journals
    lock = acquire(ticket(one))
    (path,) = (state_folder() / "locks").glob("*.lock")
    path.write_text('{"made_by": "another version"}')
    with pytest.raises(LockedError, match="live process holds this lock, which cannot be read"):
        acquire(ticket(other))
    assert path.exists()
    acquire(ticket(other), break_lock=True).release()
    lock.release()
