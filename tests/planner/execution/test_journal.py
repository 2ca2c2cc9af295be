"""The journal: on disk before the deed, for its owner alone, and whole after any crash."""

from __future__ import annotations

import errno
import json
import os
import stat

import pytest

from models.pool_file import PoolFile
from planner.execution import Event, Head, JournalError, Owner, prepare_resume, read_journal
from planner.execution.fingerprint import fingerprint
from planner.execution.journal import Journal
from tests.builders import with_host, with_vm
from tests.planner.execution.rig import Rig, two_pairs


def head():
    of, plan = two_pairs()
    return Head(
        pool=PoolFile.of(of),
        plan=plan,
        cloud="simulated",
        fingerprint=fingerprint(PoolFile.of(of)),
        owner=Owner("me", "here", 7),
        at="2026-01-31T12:00:00.000Z",
    )


def event(name="intent", number=1):
    return Event("2026-01-31T12:00:01.000Z", name, number, "a", "migrate a: h1 -> h2")


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "j.jsonl"
    journal = Journal.create(path, head())
    journal.write(event())
    journal.write(event("accepted"))
    journal.close()
    return path


def test_what_was_written_is_read(path):
    read = read_journal(path)
    assert read.head == head()
    assert [it.event for it in read.events] == ["intent", "accepted"]


def test_the_first_line_has_what_the_contract_names(path):
    import json

    first, second = map(json.loads, path.read_text().splitlines()[:2])
    assert first["format"] == "vm-journal/1"
    assert {"format", "pool", "plan", "cloud", "fingerprint", "owner", "at"} <= first.keys()
    assert {"at", "event", "action", "vm"} <= second.keys()


def full_disk(patched, of):
    """Let writes that begin so find the disk full half-way, and all others do."""
    write = os.write

    def half(file, data):
        if not bytes(data).startswith(of):
            return write(file, data)
        write(file, bytes(data)[: len(data) // 2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    patched.setattr(os, "write", half)


def test_behind_a_line_that_found_the_disk_full_no_other_is_written(path, monkeypatch):
    journal = Journal.reopen(path)
    with monkeypatch.context() as patched:
        full_disk(patched, b"{")
        with pytest.raises(OSError, match=f"No space left on device: '{path}'"):
            journal.write(event("done"))
    with pytest.raises(OSError, match="No space left"):
        journal.write(event(number=2))
    journal.close()
    assert [it.event for it in read_journal(path).events] == ["intent", "accepted"]


def test_a_journal_that_finds_the_disk_full_at_once_leaves_no_file(tmp_path, monkeypatch):
    full_disk(monkeypatch, b"{")
    with pytest.raises(OSError, match="No space left"):
        Journal.create(tmp_path / "j", head())
    assert not (tmp_path / "j").exists()


def test_it_is_readable_by_its_owner_alone(path):
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_intent_is_synced_before_the_call_returns(tmp_path, monkeypatch):
    synced = []
    sync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda file: (synced.append(file), sync(file)))
    journal = Journal.create(tmp_path / "j", head())
    before = len(synced)
    journal.write(event("done"))
    assert len(synced) == before
    journal.write(event("intent"))
    assert len(synced) == before + 1
    journal.write(event("done"))
    journal.sync()
    journal.sync()
    assert len(synced) == before + 2
    journal.close()


def test_all_is_on_disk_before_the_run_sleeps(tmp_path, monkeypatch):
    rig = Rig(*two_pairs(), tmp_path)
    synced, sync, sleep = [0], os.fsync, rig.clock.sleep
    monkeypatch.setattr(os, "fsync", lambda file: (synced.append(rig.journal.stat().st_size), sync(file)))

    def asleep(seconds, awaited=()):
        assert synced[-1] == rig.journal.stat().st_size
        sleep(seconds, awaited)

    rig.clock.sleep = asleep
    rig.run()


def test_a_file_that_is_there_is_never_written_over(path):
    with pytest.raises(JournalError, match="vmplan resume"):
        Journal.create(path, head())
    assert len(read_journal(path).events) == 2


@pytest.mark.parametrize("cut", [1, 5, 40])
def test_a_torn_last_line_is_a_crash_and_no_error(path, cut):
    whole = path.read_bytes()
    path.write_bytes(whole[:-cut])
    assert [it.event for it in read_journal(path).events] == ["intent"]
    journal = Journal.reopen(path)
    journal.write(event("unknown"))
    journal.close()
    assert [it.event for it in read_journal(path).events] == ["intent", "unknown"]


def test_zeros_that_a_power_cut_leaves_are_cut_off(path):
    path.write_bytes(path.read_bytes() + b"\0" * 100 + b"\n")
    assert len(read_journal(path).events) == 2


@pytest.mark.parametrize("data", [b"", b"{", b"{}\n", b'{"format": "vm-plan/1"}\n', b"\xff\n", b"7\n"])
def test_what_is_no_journal_is_said_to_be_none(tmp_path, data):
    (tmp_path / "j").write_bytes(data)
    with pytest.raises(JournalError, match="line 1"):
        read_journal(tmp_path / "j")


@pytest.mark.parametrize("left", [0, 1, 300, 10**6, None])
def test_a_crash_before_the_first_line_was_whole_leaves_a_way_out(path, left):
    line = path.read_bytes().splitlines()[0]
    torn = b"\0" * len(line) if left is None else line[:left]
    path.write_bytes(torn)
    with pytest.raises(JournalError, match=r"line 1: .*not whole.* remove the file and run the plan anew"):
        read_journal(path)
    with pytest.raises(JournalError, match=r"not whole.* remove the file, or name another \(--journal\)"):
        Journal.create(path, head())
    assert path.read_bytes() == torn


def test_a_file_that_is_no_journal_is_not_said_to_be_one_cut_off(path):
    for data in (b"my notes", b'{"format":"vm-pool/1"', b'{"format":"vm-journal/1"}\n', path.read_bytes()):
        path.write_bytes(data)
        with pytest.raises(JournalError, match="there is a file already; go on with it"):
            Journal.create(path, head())


@pytest.mark.parametrize(("number", "place"), [(1, 25), (2, 7)])
def test_a_line_that_is_no_utf_8_is_told_with_its_place(path, number, place):
    lines = path.read_bytes().splitlines(keepends=True)
    line = lines[number - 1]
    lines[number - 1] = line[:place] + b"\xff" + line[place + 1 :]
    path.write_bytes(b"".join(lines))
    with pytest.raises(JournalError, match=rf"j.jsonl: line {number}: .*not UTF-8: byte {place} is 0xff$"):
        read_journal(path)


def test_damage_before_the_end_is_an_error_that_names_the_line(path):
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], b"{oops}\n", *lines[1:]]))
    with pytest.raises(JournalError, match="line 2"):
        read_journal(path)


def test_the_fingerprint_is_of_all_that_the_pool_says():
    of, _ = two_pairs()
    same = fingerprint(PoolFile.of(of))
    others = [
        with_vm(of, "a", demand={"ram_mib": 5}),
        with_vm(of, "a", dirty_mib_s=9),
        with_vm(of, "a", labels={"role": "db"}),
        with_host(of, "h4", capacity={"ram_mib": 9}),
        with_host(of, "h4", accepts=False),
    ]
    assert len({same, *(fingerprint(PoolFile.of(other)) for other in others)}) == 6


def head_of(pool, plan, begun_with):
    """Give the head of a journal with a pool in it, perhaps another one than the run began with."""
    return Head(
        pool=pool,
        plan=plan,
        cloud="simulated",
        fingerprint=fingerprint(PoolFile.of(begun_with)),
        owner=Owner("me", "here", 7),
        at="2026-01-31T12:00:00.000Z",
    )


def test_a_resume_refuses_a_pool_that_was_changed_since(tmp_path):
    of, plan = two_pairs()
    other = PoolFile.of(with_host(of, "h4", capacity={"ram_mib": 9}))
    Journal.create(tmp_path / "j.jsonl", head_of(other, plan, begun_with=of)).close()
    with pytest.raises(JournalError, match="not the one that the run began with"):
        prepare_resume(tmp_path / "j.jsonl")


@pytest.mark.parametrize("indent", [None, 1])
def test_another_file_in_its_place_is_told_with_the_command_that_takes_it(tmp_path, indent):
    (tmp_path / "j").write_text(json.dumps({"format": "vm-proof/1", "claim": "bound"}, indent=indent))
    with pytest.raises(JournalError, match="is a vm-proof/1, expected vm-journal/1; vmplan check takes it"):
        read_journal(tmp_path / "j")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ({"event": "intend"}, "line 4: event: 'intend', must be one of intent, accepted, done"),
        ({"event": 7}, "line 4: event: 7: Expected str"),
        ({"running": [1, "2"]}, r"line 4: running\[1\]: '2': Expected int"),
        ({"action": 9}, "line 4: action 9 is none of a plan before it"),
    ],
    ids=range(4),
)
def test_a_line_that_was_changed_is_named_with_its_field(path, line, told):
    """What a later version may add beside these is no mistake."""
    good = {"at": "", "event": "done", "action": 1, "vm": "a", "later": 1}
    with path.open("a") as file:
        file.write(json.dumps({**good, **line}) + "\n")
    with pytest.raises(JournalError, match=told):
        read_journal(path)


@pytest.mark.parametrize("name", ["vm", "from", "to"])
def test_a_resume_refuses_a_plan_that_names_what_its_pool_does_not_have(tmp_path, name):
    of, plan = two_pairs()
    Journal.create(tmp_path / "j.jsonl", head_of(PoolFile.of(of), plan, begun_with=of)).close()
    first = json.loads((tmp_path / "j.jsonl").read_text())
    first["plan"]["actions"][0][name] = "gone"
    (tmp_path / "j.jsonl").write_text(json.dumps(first) + "\n")
    with pytest.raises(JournalError, match=r"action 1 \(.*gone.*names what its pool does not have"):
        prepare_resume(tmp_path / "j.jsonl")


def test_options_that_were_changed_to_what_they_cannot_be_are_named(tmp_path):
    of, plan = two_pairs()
    Journal.create(tmp_path / "j.jsonl", head_of(PoolFile.of(of), plan, begun_with=of)).close()
    first = json.loads((tmp_path / "j.jsonl").read_text())
    first["options"] = {"max_parallel": 0}
    (tmp_path / "j.jsonl").write_text(json.dumps(first) + "\n")
    with pytest.raises(JournalError, match=r"options: max_parallel=0, must be an integer from 1"):
        prepare_resume(tmp_path / "j.jsonl")
