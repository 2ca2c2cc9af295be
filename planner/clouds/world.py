"""The inside of a simulated cloud: hosts, VMs, jobs, and the passing of time."""

from __future__ import annotations

from functools import cached_property
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from models.actions import Action, Migration, Provision, Shutdown, Start, Stop
from models.host import Host
from models.timing import Timing
from models.vm import VM
from planner.clouds.faults import Faults, Strike
from planner.clouds.occupancy import Occupancy

if TYPE_CHECKING:
    from collections.abc import Iterable
    from random import Random

    from models.state import PoolState

MIGRATING = "migrating"
"""What a VM is in the middle of that goes from host to host."""


class HostNow(Struct):
    """A host, and whether it answers."""

    host: Host
    up: bool = True


class WorldVM(Struct):
    """A VM, where it is, and whether it runs there: it is on, and not paused.

    One that is paused migrates as any other, and arrives paused, as in nova and libvirt.
    """

    vm: VM
    host: str | None
    on: bool = True
    locked: bool = False
    paused: bool = False


class Job(Struct, frozen=True, kw_only=True):
    """Something that runs on a VM, from ``begins`` to ``ends``, seconds of the cloud's clock.

    ``word`` is what the VM is in the middle of; ``goes_to`` the host it is on in the end, None for off.
    """

    handle: str
    vm: str
    word: str
    source: str | None
    goes_to: str | None
    begins: float
    ends: float
    fails: bool = False
    hangs: bool = False


class World(Struct, kw_only=True, dict=True):
    """All of a simulated cloud.

    Parameters
    ----------
    apart
        Groups of VMs that it keeps apart, those in flight counted on both hosts.
    jobs
        VM -> what runs on it.
    ended
        Handle -> why it failed, empty where it did not.
    requests
        How many there have been.
    made_at
        Seconds since 1970 at which its clock was 0.
    """

    hosts: dict[str, HostNow]
    vms: dict[str, WorldVM]
    apart: tuple[tuple[str, ...], ...] = ()
    timing: Timing = field(default_factory=Timing)
    jobs: dict[str, Job] = field(default_factory=dict)
    ended: dict[str, str] = field(default_factory=dict)
    requests: int = 0
    made_at: float = 0.0
    faults: Faults = field(default_factory=Faults)

    @classmethod
    def of(cls, pool: PoolState, made_at: float = 0.0, faults: Faults | None = None) -> World:
        """Make one of a pool as it stands; VMs that are nowhere are off."""
        where = pool.placement
        return cls(
            hosts={host.name: HostNow(host) for host in pool.hosts},
            vms={vm.name: WorldVM(vm, where.get(vm.name), vm.name in where) for vm in pool.vms},
            apart=pool.anti_affinity,
            timing=pool.timing,
            made_at=made_at,
            faults=faults or Faults(),
        )

    @cached_property
    def room(self) -> Occupancy:
        """Who takes room where; made anew when a host or a VM is no longer what it was."""
        hosts = [state.host for state in self.hosts.values()]
        made = Occupancy(hosts, [guest.vm for guest in self.vms.values()], self.apart, self.timing)
        for name, guest in self.vms.items():
            if guest.host is not None:
                made.put(name, guest.host)
        for job in self.jobs.values():
            if job.goes_to is not None and job.vm in self.vms:
                made.put(job.vm, job.goes_to)
        return made

    @cached_property
    def _due(self) -> list[tuple[float, str]]:
        """(end, VM) of what runs, as a heap."""
        return sorted((job.ends, job.vm) for job in self.jobs.values())

    def _changed(self) -> None:
        self.__dict__.pop("room", None)

    def refusal(self, action: Action, *, rules: bool = True) -> str:
        """Say why the cloud does not take a request; empty where it does.

        Parameters
        ----------
        rules
            False: refuse only what cannot be done at all.
        """
        guest = self.vms.get(action.vm)
        if guest is None:
            return f"{action.vm}: no such VM"
        if action.vm in self.jobs:
            return f"{action.vm}: another job runs on it"
        match action:
            case Migration(_, source, destination):
                if guest.host != source or not guest.on or not self.hosts[source].up:
                    return f"{action.vm}: does not run on {source}"
                return self._no_room(guest, source, destination, rules=rules)
            case Shutdown(_, host) | Stop(_, host):
                return "" if guest.host == host and guest.on else f"{action.vm}: does not run on {host}"
            case Start(_, host) | Provision(_, host):
                return (
                    f"{action.vm}: runs already"
                    if guest.on
                    else self._no_room(guest, None, host, rules=rules)
                )

    def _no_room(self, guest: WorldVM, source: str | None, host: str, *, rules: bool) -> str:
        there = self.hosts.get(host)
        if there is None or not there.up:
            return f"{host}: is not up"
        if not rules:
            return ""
        refusals = self.room.ledger.refusals(guest.vm.name, source, host, host)
        return next((violation.text for violation in refusals), "")

    def begin(self, action: Action, handle: str, begins: float, seconds: float, strike: Strike | None) -> Job:
        """Take a job on."""
        source, word, goes_to = _described(action)
        job = Job(
            handle=handle,
            vm=action.vm,
            word=word,
            source=source,
            goes_to=goes_to,
            begins=begins,
            ends=begins + seconds,
            fails=strike is Strike.FAILED,
            hangs=strike is Strike.HUNG,
        )
        due, room = self._due, self.room
        self.jobs[job.vm] = job
        heappush(due, (job.ends, job.vm))
        if goes_to is not None:
            room.put(job.vm, goes_to)
        return job

    def pass_time(self, now: float) -> bool:
        """End what has ended by now; tell whether anything has."""
        ended = False
        while self._due and self._due[0][0] <= now:
            end, vm = heappop(self._due)
            job = self.jobs.get(vm)
            if job is not None and job.ends == end and not job.hangs:
                self.end(job, "the hypervisor says no" if job.fails else "")
                ended = True
        return ended

    def end(self, job: Job, why: str = "") -> None:
        """End a job; with a reason it has failed, and the VM is as it was."""
        room = self.room
        del self.jobs[job.vm]
        guest = self.vms.get(job.vm)
        if not why and guest is None:
            why = "the VM is gone"
        if not why and job.goes_to is not None and not self.hosts[job.goes_to].up:
            why = f"{job.goes_to} went down"
        self.ended[job.handle] = why
        if guest is None:
            return
        leaves = job.goes_to if why else guest.host
        if leaves is not None:
            room.take(job.vm, leaves)
        if not why:
            guest.host, guest.on = job.goes_to, job.goes_to is not None
            guest.paused = guest.paused and guest.on

    def job_by(self, handle: str) -> Job | None:
        """Give a job that runs, by its handle."""
        return next((job for job in self.jobs.values() if job.handle == handle), None)

    def strike(self, strike: Strike, now: float, chance: Random) -> None:
        """Let something happen that nobody here asked for, to a random victim."""
        on = [name for name, guest in self.vms.items() if guest.on]
        idle = [name for name in on if name not in self.jobs]
        hosts = [name for name, state in self.hosts.items() if state.up and state.host.accepts]
        if strike in (Strike.DOWN, Strike.CORDONED):
            if hosts:
                self.change_host(chance.choice(hosts), strike)
        elif strike is Strike.BOOTED:
            self._boot(chance, hosts)
        elif strike is Strike.MOVED:
            self._move(chance.choice(idle) if idle else "", now, chance, hosts)
        elif victims := on if strike is Strike.PAUSED else idle:
            self.change_vm(chance.choice(victims), strike)

    def change_host(self, host: str, strike: Strike) -> None:
        """Take a host down, or cordon it."""
        state = self.hosts[host]
        if strike is Strike.DOWN:
            state.up = False
            for job in [it for it in self.jobs.values() if host in (it.source, it.goes_to)]:
                self.end(job, f"{host} went down")
        else:
            state.host = replace(state.host, accepts=False)
        self._changed()

    def change_vm(self, vm: str, strike: Strike) -> None:
        """Delete a VM, shut it off, lock or pause it, or let it grow by half where its host has the room."""
        guest = self.vms[vm]
        match strike:
            case Strike.DELETED:
                del self.vms[vm]
            case Strike.SHUT_OFF:
                guest.on = guest.paused = False
            case Strike.LOCKED:
                guest.locked = True
            case Strike.PAUSED:
                guest.paused = True
            case Strike.GROWN:
                before = guest.vm
                grown = {resource: amount + amount // 2 + 1 for resource, amount in before.demand.items()}
                guest.vm = replace(before, demand=grown)
                self._changed()
                if any(self.room.ledger.broken()):
                    guest.vm = before
        self._changed()

    def _move(self, vm: str, now: float, chance: Random, hosts: list[str]) -> None:
        guest = self.vms.get(vm)
        if guest is None or guest.host is None:
            return
        ways = [Migration(vm, guest.host, host) for host in hosts if host != guest.host]
        if free := [way for way in ways if not self.refusal(way)]:
            way = chance.choice(free)
            self.begin(way, f"others-{self.requests}", now, self.room.durations.of(way), None)

    def _boot(self, chance: Random, hosts: Iterable[str]) -> None:
        """Boot a VM like one there is, on a host with the room for it."""
        if not self.vms:
            return
        like = chance.choice(list(self.vms.values())).vm
        name = f"stranger-{self.requests}"
        self.vms[name] = WorldVM(VM(name, like.demand, arch=like.arch, requires=like.requires), None, False)
        self._changed()
        if free := [host for host in hosts if not self.refusal(Start(name, host))]:
            self.vms[name].host, self.vms[name].on = chance.choice(free), True
        else:
            del self.vms[name]
        self._changed()


def _described(action: Action) -> tuple[str | None, str, str | None]:
    """Give (host it is on, what it is in the middle of, host it is on in the end)."""
    match action:
        case Migration():
            return action.source, MIGRATING, action.destination
        case Shutdown() | Stop():
            return action.host, "powering-off", None
        case Start() | Provision():
            return None, "powering-on", action.host
