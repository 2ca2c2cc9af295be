"""A cloud that takes everything, and a judge beside it who counts for himself.

It shares no code with what it judges: it adds up what is on a host and on its way there, from the world of
the simulated cloud, and holds every request against the rules of the pool and of the cloud.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from models import Migration, Provision, Shutdown, Start, Stop
from models.plan import describe
from planner.clouds.simulated import SimulatedCloud
from planner.execution import read_journal

if TYPE_CHECKING:
    from pathlib import Path

    from models import Action, Pool
    from planner.clouds.world import World


class KilledError(BaseException):
    """The process is gone."""


class JudgedCloud(SimulatedCloud):
    """Takes every request, and keeps what was wrong with it in ``wrongs``."""

    def __init__(self, world: World, of: Pool, journal: Path, **more) -> None:
        super().__init__(world, is_credulous=True, **more)
        self.of, self.journal_path = of, journal
        self.wrongs: list[str] = []
        self.others_take_s = 30.0
        self.killed_after_request: int | None = None
        self.sent: list[Action] = []

    def start(self, action: Action) -> str:
        self.observe()  # time has passed
        self.wrongs += self.judged(action)
        self.sent.append(action)
        try:
            return super().start(action)
        finally:
            self._slow_down(f"others-{self.world.requests}")
            if self.killed_after_request is not None and self.world.requests >= self.killed_after_request:
                self.killed_after_request = None
                raise KilledError

    def _slow_down(self, handle: str) -> None:
        """Let what others have begun take so long that requests of the run come meanwhile."""
        if job := self.world.job_by(handle):
            self.world.jobs[job.vm] = replace(job, ends=job.ends + self.others_take_s)
            self.world.__dict__.pop("_due", None)

    def judged(self, action: Action) -> list[str]:
        """Say what is wrong with a request, as the world stands."""
        found = []
        events = [event for event in read_journal(self.journal_path).events if event.vm == action.vm]
        intent = [event for event in events if event.event == "intent"][-1]
        # Of another action of the same VM something may be told between the two.
        last = [event for event in events if event.action == intent.action][-1]
        if last.event != "intent" or last.text != describe(action):
            found.append(f"{action}: no intent in the journal, but {last}")
        if action.vm in self.world.jobs:
            found.append(f"{action}: sent while {self.world.jobs[action.vm]} runs")
        guest = self.world.vms.get(action.vm)
        if guest is None:
            return [*found, f"{action}: sent for a VM that is gone"]
        match action:
            case Migration(_, source, destination):
                if guest.host != source or not guest.on or guest.paused or guest.locked:
                    found.append(f"{action}: sent for {guest}")
                found += self.arrival(action.vm, destination)
                found += self.slots(source, destination)
            case Shutdown(_, host) | Stop(_, host):
                if guest.host != host or not guest.on or guest.paused or guest.locked:
                    found.append(f"{action}: sent for {guest}")
            case Start(_, host) | Provision(_, host):
                if guest.on:
                    found.append(f"{action}: sent for {guest}")
                found += self.arrival(action.vm, host)
        return found

    def arrival(self, vm: str, host: str) -> list[str]:
        """Say which rule an arrival breaks."""
        there, guest = self.world.hosts[host], self.world.vms[vm].vm
        mine = {it.name: it for it in self.of.hosts}[host]
        found = []
        if not there.up or not there.host.accepts or not mine.accepts:
            found.append(f"{vm} to {host}: it accepts nothing")
        if not set(guest.requires) <= set(mine.traits):
            found.append(f"{vm} to {host}: lacks {guest.requires}")
        on_it = self.counted(host)
        for resource in mine.capacity:
            room = min(mine.usable(resource), there.host.usable(resource))
            load = sum(self.takes(name, resource) for name in [*on_it, vm])
            if load > room and self.takes(vm, resource):
                found.append(f"{vm} to {host}: {load} of {room} {resource}, with {on_it}")
        for group in {*self.of.current.anti_affinity, *self.world.apart}:
            if vm in group and set(group) & (set(on_it) - {vm}):
                found.append(f"{vm} to {host}: together with {set(group) & set(on_it)}")
        return found

    def slots(self, source: str, destination: str) -> list[str]:
        """Say which host has more migrations at a time than it may, whoever asked for them."""
        hosts = {it.name: it for it in self.of.hosts}
        moving = [job for job in self.world.jobs.values() if None not in (job.source, job.goes_to)]
        out = sum(job.source == source for job in moving)
        into = sum(job.goes_to == destination for job in moving)
        found = []
        if out >= hosts[source].max_out:
            found.append(f"{source}: {out} leave it already")
        if into >= hosts[destination].max_in:
            found.append(f"{destination}: {into} come to it already")
        return found

    def counted(self, host: str) -> list[str]:
        """Give the VMs that take room on a host: those on it and those on their way."""
        on_it = [name for name, guest in self.world.vms.items() if guest.host == host]
        return on_it + [job.vm for job in self.world.jobs.values() if job.goes_to == host]

    def takes(self, vm: str, resource: str) -> int:
        """Give what a VM takes: the greater of what pool and cloud say."""
        known = {it.name: it.demand.get(resource, 0) for it in self.of.vms}
        guest = self.world.vms.get(vm)
        return max(known.get(vm, 0), guest.vm.demand.get(resource, 0) if guest else 0)
