"""One at a time per cloud and pool: a lock with its owner in it, broken only on demand.

The lock is a file that its owner holds by ``flock`` as long as it lives. Where the owner was killed, the file
stays behind: something may be left half done, so only a resume of that very journal takes it over without
being told to. Two pools that share a host of one cloud exclude each other too, whatever their files are
called, and where hosts have ids of their own, whatever the cloud is called. A simulated cloud is one file,
written whole, and has one run at a time, whatever its hosts. Files are known by where they really are. Users
of one machine and one home: whoever shall be kept out must see the same folder.
"""

from __future__ import annotations

import fcntl
import getpass
import hashlib
import os
import platform
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from models.errors import PlannerError
from planner.execution.events import Owner
from planner.execution.journal import encoded, is_written, resumed_by, sync_folder, write_all

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class LockedError(PlannerError):
    """Somebody else runs a plan on this cloud, or died over one."""


class Ticket(Struct, frozen=True):
    """What stands in a lock.

    Parameters
    ----------
    hosts
        Of the pool, by the cloud's own ids where the pool has them.
    has_ids
        These are ids that no other cloud of the kind has: they tell whose hosts they are, whatever name the
        cloud goes by.
    journal
        Where the journal that is written really is, by :func:`real_path`.
    """

    cloud: str
    hosts: tuple[str, ...]
    journal: str
    owner: Owner
    at: str
    has_ids: bool = False

    def shares(self, other: Ticket) -> bool:
        """Tell whether the two have a host in common, or are one file."""
        if self.cloud == other.cloud and _is_file(self.cloud):
            return True
        is_one_cloud = self.cloud == other.cloud or (
            self.has_ids and other.has_ids and _kind(self.cloud) == _kind(other.cloud)
        )
        return is_one_cloud and not set(self.hosts).isdisjoint(other.hosts)


def whoami() -> Owner:
    """Give this process."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError):  # a user number without a name, in a container
        user = str(os.getuid())
    return Owner(user, platform.node(), os.getpid())


def state_folder() -> Path:
    """Give where locks are kept: ``VMPLAN_STATE_DIR``, or a folder below ``XDG_STATE_HOME``."""
    if own := os.environ.get("VMPLAN_STATE_DIR"):
        return Path(own)
    home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(home) / "vmplan"


class Lock:
    """A lock that is held; :meth:`release` gives it back.

    Parameters
    ----------
    is_kept
        Its file stays when it is released: a run of its journal has died, and what that run started may still
        be under way, so only an outcome with nothing running is its end.
    """

    def __init__(self, path: Path, file: int, *, is_kept: bool = False) -> None:
        self._path, self._file, self._is_kept = path, file, is_kept

    def keep(self, is_kept: bool = True) -> None:
        """Leave its file when it is released: what was started still runs, and a resume looks after it.

        Parameters
        ----------
        is_kept
            False: nothing runs any more, and nobody need look.
        """
        self._is_kept = is_kept

    def release(self) -> None:
        """Give it back, and remove its file, unless somebody has broken it and it is his by now."""
        with suppress(FileNotFoundError), door(self._path.parent):  # nobody looks at it meanwhile
            if not self._is_kept and self._is_ours():
                self._path.unlink()
        os.close(self._file)

    def _is_ours(self) -> bool:
        return self._path.exists() and os.path.samestat(self._path.stat(), os.fstat(self._file))


def acquire(ticket: Ticket, *, break_lock: bool = False) -> Lock:
    """Take the lock of a cloud and some hosts.

    Parameters
    ----------
    break_lock
        Take it whoever has it, alive or dead.

    Raises
    ------
    LockedError
        Somebody has it; the message says who, since when, over which journal, and what to do.
    JournalError
        The path of the journal is no UTF-8.
    """
    line = encoded(ticket)
    folder = state_folder() / "locks"
    _make(folder)
    with door(folder):
        before = list(_sharing(folder, ticket, break_lock=break_lock))
        for path, other in before:
            if not break_lock:
                _refuse_in_the_way(path, other, ticket)
        made = folder / f"{_cloud_key(ticket.cloud)}-{_key(ticket.hosts)}.lock"
        file = _put(made, line)
        for path, _ in before:
            if path != made:
                path.unlink(missing_ok=True)
        return Lock(made, file, is_kept=any(other.journal == ticket.journal for _, other in before))


def _make(folder: Path) -> None:
    """Make a folder, and those above it that are not there: a power cut must not take the locks with it."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for made in reversed(missing):
        sync_folder(made)


def _put(path: Path, line: bytes) -> int:
    """Put a lock in its place, held; one of somebody dead is there until the new one is whole."""
    fresh = path.with_suffix(".new")
    file = os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        write_all(file, line)
        os.fsync(file)
        fresh.replace(path)
        sync_folder(path)  # what it starts outlives a power cut of this machine, and so must the lock
    except OSError:  # a full disk
        os.close(file)
        fresh.unlink(missing_ok=True)
        raise
    return file


def is_running(cloud: str, journal: str | Path) -> bool:
    """Tell whether a live process runs that journal."""
    if is_written(journal):
        return True
    for path in (state_folder() / "locks").glob(f"{_cloud_key(cloud_locked(cloud))}-*.lock"):
        with suppress(FileNotFoundError, msgspec.MsgspecError):
            ticket = msgspec.json.decode(path.read_bytes(), type=Ticket)
            if ticket.journal == real_path(journal):
                return _is_held(path)
    return False


def _sharing(folder: Path, ticket: Ticket, *, break_lock: bool) -> Iterator[tuple[Path, Ticket]]:
    """Give the locks that have a host in common with this one.

    Raises
    ------
    LockedError
        One cannot be read and is held: another version may have made it, and whose hosts it is of nobody can
        tell.
    """
    for path in sorted(folder.glob("*.lock")):
        try:
            other = msgspec.json.decode(path.read_bytes(), type=Ticket)
        except FileNotFoundError:
            continue
        except msgspec.MsgspecError:
            if not break_lock and _is_held(path):
                raise LockedError(_unreadable(path)) from None
            path.unlink()  # not whole: no run ever began with it
            continue
        if ticket.shares(other):
            yield path, other


def _refuse_in_the_way(path: Path, other: Ticket, ticket: Ticket) -> None:
    """Raise where another's lock is in the way; not where it is this journal's own, of a run that died."""
    alive = _is_held(path)
    # Where the journal is gone as well there is nothing that a resume could look after; but whether it is
    # gone can be told on the machine of that run alone.
    is_from_here = other.owner.machine == ticket.owner.machine
    same = other.journal == ticket.journal
    if alive or not (is_from_here and (same or not Path(other.journal).exists())):
        raise LockedError(_in_the_way(other, alive=alive))


def _in_the_way(other: Ticket, *, alive: bool) -> str:
    owner = other.owner
    who = f"{owner.user} on {owner.machine}, process {owner.pid}, since {other.at}"
    if alive:
        return f"{other.cloud} is locked: {who} runs {other.journal}"
    return (
        f"{other.cloud} is locked: {who}, died over {other.journal}; go on with it "
        f"({resumed_by(other.journal)}), or take the lock away (--break-lock)"
    )


def _unreadable(path: Path) -> str:
    return (
        f"{path}: a live process holds this lock, which cannot be read: another version of vmplan, or a "
        "damaged file; wait until it has ended, or take the lock away (--break-lock)"
    )


def _is_held(path: Path) -> bool:
    file = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False


@contextmanager
def door(folder: Path) -> Iterator[None]:
    """Let one at a time look at the locks and make one."""
    file = os.open(folder / "door", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)


def _kind(cloud: str) -> str:
    return cloud.partition(":")[0]


def cloud_locked(name: str) -> str:
    """Give the cloud that a lock is of, as a name says it: one that is simulated less its settings.

    A simulated cloud is its file; what follows a question mark makes no other one of it, nor does another
    way to that file.
    """
    kind, _, rest = name.partition(":")
    if kind != "simulated":
        return name
    file = rest.partition("?")[0]
    return f"{kind}:{real_path(file)}" if file else kind


def real_path(path: str | Path) -> str:
    """Give where a file is, the same for every way that leads to it: through links, folders and back."""
    return os.path.realpath(path)


def _is_file(cloud_locked: str) -> bool:
    return cloud_locked.startswith("simulated:")


def _cloud_key(cloud: str) -> str:
    return hashlib.sha256(cloud.encode()).hexdigest()[:16]


def _key(hosts: Sequence[str]) -> str:
    return hashlib.sha256("\0".join(sorted(hosts)).encode()).hexdigest()[:16]
