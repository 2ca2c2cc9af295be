"""A cloud that is not there: for trying out, for demos and for tests. Durations and faults come by seed.

It behaves as real ones were seen to: it refuses at once or fails late, it lists a VM in flight at both ends,
it hangs, it does not answer and has done it all the same, its hosts go down, and others work on it too.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import msgspec

from planner.clouds.faults import Faults, Strike
from planner.clouds.protocol import (
    Cloud,
    CloudError,
    Phase,
    Progress,
    RefusedError,
    Running,
    UnknownError,
)
from planner.clouds.seen import Power, Seen, SeenHost, SeenMigration, SeenVM
from planner.clouds.world import MIGRATING, World

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from models.actions import Action
    from models.state import PoolState

SPEED = 100.0
"""Seconds of a simulated cloud in one real second, unless told otherwise."""

LATE, MOST_LATE_S = 0.5, 25.0
"""A request whose answer was lost is begun by such a share of ``settle_s`` later, and by no more than so many
seconds of the cloud: however fast its time goes, one that begins late is not given up for its time."""

POLL_REAL_S, SETTLE_REAL_S = 0.1, 0.5
"""Real seconds, however fast its time goes: between two looks at its file, and until what a process that was
held up has asked for has begun."""


class SimulatedCloud(Cloud):
    """A cloud in memory, or in a file that outlives the process.

    It holds to the rules that a pool file can say. Rules of one's own are code, which its file cannot keep:
    as a real cloud would, it takes a request that breaks one.

    Parameters
    ----------
    world
        Its hosts and VMs.
    faults
        What goes wrong.
    now
        Gives the seconds of its clock.
    path
        Where its state is kept; None: in memory alone.
    name
        As the command line says it.
    is_credulous
        It takes every request that can be carried out at all, rules or no rules; and what others do comes
        right behind a request, not before it. For tests: what is broken then, the asker has broken.
    """

    def __init__(
        self,
        world: World,
        *,
        faults: Faults | None = None,
        now: Callable[[], float],
        path: Path | None = None,
        name: str = "simulated",
        is_credulous: bool = False,
    ) -> None:
        self.world, self.faults, self.name = world, faults or Faults(), name
        self._now, self._path, self._is_credulous = now, path, is_credulous
        self.is_new = False
        """Its file was made by this process: it goes again where nothing was ever asked for."""
        self._has_asked = False

    def close(self) -> None:
        """Take its file away where it was made for nothing: a run that was refused leaves nothing behind."""
        if self.is_new and self._path is not None and self._path.exists() and not _read(self._path).requests:
            _there(self._path).unlink()

    def observe(self) -> Seen:
        """Look at everything."""
        self._pass_time()
        hosts = tuple(self._host(name) for name in self.world.hosts)
        vms = tuple(self._vm(name) for name in self.world.vms)
        return Seen(hosts, vms, self.world.apart)

    def look(self, vm: str) -> SeenVM | None:
        """Look at one VM."""
        self._pass_time()
        return self._vm(vm) if vm in self.world.vms else None

    def look_at_host(self, host: str) -> tuple[SeenHost, tuple[SeenVM, ...]] | None:
        """Look at one host and its VMs."""
        self._pass_time()
        if host not in self.world.hosts:
            return None
        return self._host(host), tuple(map(self._vm, self.world.room.at(host)))

    def migrations(self) -> Sequence[SeenMigration]:
        """Give all that migrates."""
        self._pass_time()
        jobs = [job for job in self.world.jobs.values() if job.word == MIGRATING]
        return tuple(SeenMigration(job.vm, job.source, job.goes_to) for job in jobs)

    def start(self, action: Action) -> str:
        """Take a request, or refuse it, or keep silent about it."""
        self._pass_time()
        world = self.world
        world.requests += 1
        self._has_asked = True
        strike = self.faults.of_request(world.requests)
        try:
            return self._take(action, strike)
        finally:
            self._save()

    def _take(self, action: Action, strike: Strike | None) -> str:
        world, now = self.world, self._now()
        if strike is Strike.NOT_TAKEN:
            raise UnknownError("no answer")
        if strike in (Strike.REFUSED, Strike.BUSY):
            raise RefusedError("no valid host was found", transient=strike is Strike.BUSY)
        by_others = strike if strike is not None and strike.is_by_others else None
        if by_others and not self._is_credulous:
            world.strike(by_others, now, self.faults.chance(world.requests))
        if why := world.refusal(action, rules=not self._is_credulous):
            raise RefusedError(why)
        begins = now
        if strike is Strike.TAKEN_LATE:
            begins += min(self.settle_s * LATE, MOST_LATE_S)
        seconds = world.room.durations.of(action) * self.faults.stretch(world.requests)
        job = world.begin(action, f"job-{world.requests}", begins, seconds, strike)
        if by_others and self._is_credulous:
            world.strike(by_others, now, self.faults.chance(world.requests))
        if strike in (Strike.TAKEN, Strike.TAKEN_LATE):
            raise UnknownError("no answer")
        return job.handle

    def follow(self, running: Sequence[Running]) -> Mapping[str, Progress]:
        """Say how far jobs have come."""
        self._pass_time()
        return {each.handle: self._progress(each) for each in running}

    def _progress(self, running: Running) -> Progress:
        job, now = self.world.jobs.get(running.action.vm), self._now()
        if job is not None and job.handle == running.handle:
            if job.hangs:  # no matter how long it should have taken, which may be no time at all
                return Progress(Phase.RUNNING, 0.9)
            return Progress(Phase.RUNNING, max(0.0, min(0.99, (now - job.begins) / (job.ends - job.begins))))
        ended = self.world.ended.get(running.handle)
        if ended is None:
            return Progress(Phase.UNKNOWN)
        return Progress(Phase.FAILED, why=ended) if ended else Progress(Phase.DONE, 1.0)

    def abort(self, running: Running) -> None:
        """Give a job up: the VM stays where it was."""
        self._pass_time()
        job = self.world.job_by(running.handle)
        if job is None:
            raise RefusedError(f"{running.handle}: no such job runs")
        self.world.end(job, "aborted")
        self._has_asked = True
        self._save()

    def _pass_time(self) -> None:
        # Who but looks writes nothing: another may have asked for something meanwhile, and whoever reads the
        # file comes by the time of day to what has ended.
        if self.world.pass_time(self._now()) and self._has_asked:
            self._save()

    def _save(self) -> None:
        if self._path is not None:
            write_whole(self._path, msgspec.json.encode(self.world))

    def _host(self, name: str) -> SeenHost:
        state = self.world.hosts[name]
        why = "" if state.up else "down"
        accepts = state.host.accepts and state.up
        return SeenHost(msgspec.structs.replace(state.host, accepts=accepts), state.up, why)

    def _vm(self, name: str) -> SeenVM:
        guest = self.world.vms[name]
        power = (Power.PAUSED if guest.paused else Power.ON) if guest.on else Power.OFF
        job = self.world.jobs.get(name)
        if job is None or job.begins > self._now():
            return SeenVM(guest.vm, guest.host, power, locked=guest.locked)
        goes_to = job.goes_to if job.source is not None else None
        return SeenVM(guest.vm, guest.host, power, job.word, goes_to, job.handle, guest.locked)


def connect(name: str, pool: PoolState | None) -> SimulatedCloud:
    """Open ``simulated``, ``simulated:FILE`` or ``simulated:FILE?seed=7&failed=0.1&speed=60``.

    Where there is no file of that name the cloud is made of the pool as it stands, and of the settings
    behind the question mark (:class:`~planner.clouds.faults.Faults`); where there is one it goes on, with the
    settings in it.
    """
    file, _, query = name.partition("?")
    path = Path(file) if file else None
    is_new = path is None or not path.exists()
    if path is not None and not is_new:
        world = _read(path)
    elif pool is None:
        raise CloudError(f"simulated: {file or 'it'} has no file, and there is no pool to make one of")
    else:
        world = World.of(pool, time.time(), settings(query))
    faults = world.faults
    cloud = SimulatedCloud(
        world,
        faults=faults,
        now=lambda: (time.time() - world.made_at) * faults.speed,
        path=path,
        name=f"simulated:{name}" if name else "simulated",
    )
    cloud.poll_s, cloud.settle_s = POLL_REAL_S * faults.speed, SETTLE_REAL_S * faults.speed
    cloud.speed, cloud.is_new = faults.speed, is_new
    if is_new:
        cloud._save()
    return cloud


def check_settings(name: str) -> None:
    """Check that a cloud that goes on is asked for no other settings than those in its file.

    Who asks for faults, and meets none, would take that for a good sign.

    Raises
    ------
    CloudError
        It is asked for others; or the file holds no such cloud.
    """
    file, _, query = name.partition("?")
    if not file or not Path(file).exists():
        return
    faults, asked = _read(Path(file)).faults, settings(query)
    for key in dict(parse_qsl(query, keep_blank_values=True)):
        has, wants = getattr(faults, key), getattr(asked, key)
        if has != wants:
            raise CloudError(
                f"simulated: {key}={wants:.12g}: the cloud of {file} goes on as it was made, with "
                f"{key}={has:.12g}; name another file for a new one"
            )


def settings(query: str) -> Faults:
    """Read settings such as ``seed=7&failed=0.1``."""
    given: dict[str, float] = {}
    for key, value in parse_qsl(query, keep_blank_values=True):
        if key not in Faults.__struct_fields__:
            raise CloudError(f"simulated: {key}: unknown, known are {', '.join(Faults.__struct_fields__)}")
        if key in given:
            raise CloudError(f"simulated: {key}: given twice")
        try:
            given[key] = int(value) if key == "seed" else float(value)
        except ValueError:
            raise CloudError(f"simulated: {key}={value!r}, must be a number") from None
    try:
        return msgspec.convert({"speed": SPEED, **given}, Faults)
    except msgspec.ValidationError as error:
        raise CloudError(f"simulated: {error}") from None


def _read(path: Path) -> World:
    try:
        return msgspec.json.decode(path.read_bytes(), type=World)
    except msgspec.MsgspecError as error:
        raise CloudError(f"{path}: no simulated cloud: {error}") from None


def _there(path: Path) -> Path:
    """Give what a path leads to, which may be a link."""
    return Path(os.path.realpath(path))


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that whoever reads it, even after a crash, finds the old or the new one, whole.

    Where the path is a link, it is what it leads to that is written.
    """
    there = _there(path)
    fresh = there.with_name(f"{there.name}.{os.getpid()}")
    try:
        fresh.write_bytes(data)
        fresh.replace(there)
    except OSError as error:
        error.filename = str(path)  # that of the other one is no name that anybody gave
        raise
