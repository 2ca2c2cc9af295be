"""The journal: what we know of our own doing, on disk before the deed."""

from __future__ import annotations

import fcntl
import json
import os
import shlex
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from msgspec import Struct

from models.errors import PlannerError
from models.mistakes import mistakes
from models.told_apart import another_format
from planner.execution.events import Event, Head

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from models.plan_file import PlanFile

_encode = msgspec.json.Encoder().encode
_decode_head = msgspec.json.Decoder(Head).decode
_decode_event = msgspec.json.Decoder(Event).decode


HOLD_TRIES, HOLD_PAUSE_S = 5, 0.1
"""Who looks whether a journal is being written holds it himself for a moment."""


class JournalError(PlannerError):
    """A file that is no journal, or that must not be written over."""


class Journal:
    """A journal that is open for writing.

    An intent is on disk when the call that writes it returns, and all lines before it with it. The others
    tell of what has been: they are with the system at once, so that nothing is lost when this process is
    killed, and on disk when :meth:`sync` returns, before the run goes to sleep. A power cut in between leaves
    an intent whose outcome is not known, and that is looked at.

    After an error, of a full disk for one, nothing is written any more: behind a line that is there in part
    no other may stand.
    """

    def __init__(self, file: int, path: str | Path) -> None:
        self._file, self._path, self._is_dirty = file, str(path), False
        self._error: OSError | None = None

    @classmethod
    def create(cls, path: str | Path, head: Head) -> Journal:
        """Begin a journal, readable by its owner alone.

        Raises
        ------
        JournalError
            There is a file of that name, or a name in it is no UTF-8.
        OSError
            It cannot be written.
        """
        line = encoded(head)
        try:
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        except FileExistsError:
            raise _exists(path) from None
        made = cls(file, path)
        _is_free(file)
        try:
            made._write(line)
            made.sync()
            sync_folder(Path(path))
        except OSError:
            made.close()
            Path(path).unlink()
            raise
        return made

    @classmethod
    def reopen(cls, path: str | Path, *, break_lock: bool = False) -> Journal:
        """Go on with a journal; a last line that a crash tore is cut off.

        Parameters
        ----------
        break_lock
            Whoever writes it.

        Raises
        ------
        JournalError
            A live process writes it, which no lock told of: those of another user are in another folder.
        """
        file = os.open(path, os.O_RDWR | os.O_APPEND)
        if not _is_free(file) and not break_lock:
            os.close(file)
            raise JournalError(f"{path}: a live process writes it; wait until it has ended")
        whole = len(_whole_lines(Path(path).read_bytes()))
        os.ftruncate(file, whole)
        return cls(file, path)

    def write(self, event: Event) -> None:
        """Add a line; return when it is on disk if it speaks of what is yet to be done.

        Raises
        ------
        OSError
            It cannot be written, with the name of the file.
        """
        self._write(_encode(event))
        if event.event == "intent":
            self.sync()

    def sync(self) -> None:
        """Return when all lines are on disk."""
        if self._is_dirty:
            with self._last_error():
                os.fsync(self._file)
            self._is_dirty = False

    def _write(self, line: bytes) -> None:
        with self._last_error():
            write_all(self._file, line + b"\n")
        self._is_dirty = True

    @contextmanager
    def _last_error(self) -> Iterator[None]:
        """Name the file in an error, and raise it again from then on."""
        if self._error is not None:
            raise self._error
        try:
            yield
        except OSError as error:
            self._error = OSError(error.errno, error.strerror, self._path)
            raise self._error from None

    def close(self) -> None:
        """Close the file."""
        try:
            if self._error is None:
                self.sync()
        finally:
            os.close(self._file)


def _is_free(file: int) -> bool:
    """Hold a journal from now on, as long as it is open; tell whether nobody else does."""
    for _ in range(HOLD_TRIES):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(HOLD_PAUSE_S)
        except OSError:  # a file system that has no such thing
            return True
        else:
            return True
    return False


def is_written(path: str | Path) -> bool:
    """Tell whether a live process writes a journal, whosever it is."""
    try:
        with Path(path).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # it is gone, or on a file system that has no such thing
        return False
    return False


def write_all(file: int, data: bytes) -> None:
    """Write all of it: a disk that gets full takes a part first, and says so only when asked for the rest.

    Raises
    ------
    OSError
        It cannot be written; a part of it may be there.
    """
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(file, rest) :]


def encoded(told: Struct) -> bytes:
    """Give what a journal or a lock says, in JSON.

    Raises
    ------
    JournalError
        It names a file or folder whose name is no UTF-8, as those of a disk of old may be.
    """
    try:
        return _encode(told)
    except UnicodeEncodeError as error:
        raise JournalError(f"{error.object!r} is no UTF-8, and no journal and no lock can name it") from None


def resumed_by(path: str | Path) -> str:
    """Give the command that goes on with a journal, as a shell takes it."""
    before = "-- " if str(path).startswith("-") else ""
    return f"vmplan resume {before}{shlex.quote(str(path))}"


_NO_HEAD = (
    "not whole: a run was cut off as it began, and has asked for nothing; "
    "unless one is beginning just now, remove the file"
)


def _is_headless(data: bytes) -> bool:
    """Tell whether it is what a crash leaves of a journal just begun: nothing, or a part of its first line.

    That line is on disk before anything is asked for.
    """
    start = b'{"format":"vm-journal/1"'
    torn = data.rstrip(b"\0")
    return not _whole_lines(data) and (start.startswith(torn) or torn.startswith(start))


def _exists(path: str | Path) -> JournalError:
    try:
        is_headless = Path(path).is_file() and _is_headless(Path(path).read_bytes())
    except OSError:  # another's, that we may not read
        is_headless = False
    if is_headless:
        return JournalError(
            f"{path}: there is a file already, its first line {_NO_HEAD}, or name another (--journal)"
        )
    return JournalError(
        f"{path}: there is a file already; go on with it ({resumed_by(path)}), or name another (--journal)"
    )


class Read(NamedTuple):
    """A journal that was read."""

    head: Head
    events: tuple[Event, ...]


def read_journal(path: str | Path) -> Read:
    """Read a journal; a torn last line is a crash, and no error.

    Raises
    ------
    JournalError
        It is no journal, or damaged before its end.
    OSError
        It cannot be read.
    """
    return parse_journal(Path(path).read_bytes(), str(path))


def parse_journal(data: bytes, name: str) -> Read:
    """Give what the bytes of a journal hold; see :func:`read_journal`."""
    if _is_headless(data):
        raise JournalError(f"{name}: line 1: {_NO_HEAD} and run the plan anew")
    first, *others = _whole_lines(data).split(b"\n")[:-1] or [b""]
    try:
        head = _decode_head(first)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        said = _other_file(data) or f"no vm-journal/1: {_place(Head, first, error)}"
        raise JournalError(f"{name}: line 1: {said}") from None
    return Read(head, tuple(_events(others, name, head.plan)))


def _other_file(data: bytes) -> str | None:
    """Say which other file it is, if it is one of ours."""
    try:
        return another_format(json.loads(data), "vm-journal/1")
    except (ValueError, RecursionError):
        return None


def _place(kind: type[Head | Event], line: bytes, error: Exception) -> str:
    """Say which field of a line is wrong; where it is no JSON, what the decoder says."""
    try:
        found = next(mistakes(kind, json.loads(line.decode())), None)
    except UnicodeDecodeError as bad:
        return f"not UTF-8: byte {bad.start} is 0x{line[bad.start]:02x}"
    except (ValueError, RecursionError):
        found = None
    return found or str(error)


def _events(lines: Sequence[bytes], name: str, plan: PlanFile) -> list[Event]:
    events = []
    known = {entry.id for entry in plan.actions}
    for number, line in enumerate(lines, 2):
        try:
            event = _decode_event(line)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise JournalError(f"{name}: line {number}: {_place(Event, line, error)}") from None
        if event.plan is not None:
            known |= {entry.id for entry in event.plan.actions}
        if event.action is not None and event.action not in known:
            raise JournalError(f"{name}: line {number}: action {event.action} is none of a plan before it")
        events.append(event)
    return events


def _whole_lines(data: bytes) -> bytes:
    """Leave out what stands behind the last line end: a line torn by a crash.

    A crash of the whole machine may also leave a last line of zeros, where the file had grown and the bytes
    were not there yet.
    """
    data = data[: data.rfind(b"\n") + 1]
    while data and b"\0" in data[data.rfind(b"\n", 0, -1) + 1 :]:
        data = data[: data.rfind(b"\n", 0, -1) + 1]
    return data


def sync_folder(path: Path) -> None:
    """Make the name itself last: without it a new file may be gone after a power cut."""
    folder = os.open(path.absolute().parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
