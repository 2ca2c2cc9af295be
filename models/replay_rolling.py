"""Replaying a rolling plan: every rule it breaks, step by step, hosts growing newer on the way.

As :mod:`models.replay`, it counts by name and asks the rules themselves, and shares no code with the search.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from models.actions import Migration, Provision, Shutdown, Start, Step, Stop, Update
from models.ledger import Ledger, Violation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from models.host import Host
    from models.pool import Pool


def with_versions(hosts: Iterable[Host]) -> tuple[Host, ...]:
    """Give hosts whose versions can be compared: where none has any, all count as version 0."""
    hosts = tuple(hosts)
    if any(host.version is not None for host in hosts):
        return hosts
    return tuple(replace(host, version=0) for host in hosts)


def updated(host: Host) -> Host:
    """Give the host as it is after its update: its version, if it has one, is one higher."""
    return host if host.version is None else replace(host, version=host.version + 1)


def replay_rolling(pool: Pool, steps: Iterable[Step]) -> list[Violation]:
    """Carry out a rolling plan; give every violation, in order.

    Parameters
    ----------
    pool
        The placements before and after all updates.
    """
    run = _Run(pool)
    for step in steps:
        run.act(step)
    run.finish(pool.target.placement)
    return run.violations


class _Run:
    """A pool in which steps are carried out one by one, whatever they break."""

    def __init__(self, pool: Pool) -> None:
        self.violations: list[Violation] = []
        self._at = dict(pool.current.placement)
        self._off: dict[str, str] = {}
        self._end = pool.target.placement
        self._ledger = Ledger(with_versions(pool.hosts), pool.vms, pool.current.rules, self._at)
        self._updated: set[str] = set()
        self._step = 0

    def act(self, step: Step) -> None:
        self._step += 1
        match step:
            case Update():
                self._update(step.host)
            case Migration():
                self._migrate(step)
            case Stop():
                self._stop(step)
            case Start():
                self._start(step)
            case Shutdown() | Provision():
                self._say("rolling", f"a rolling plan neither shuts down nor provisions: {step.vm}", step.vm)

    def finish(self, end: Mapping[str, str]) -> None:
        self._step = 0
        for vm, host in end.items():
            if self._at.get(vm) != host:
                self._say("end", f"end: {vm} is on {self._at.get(vm)}, its target is {host}", vm, host)

    def _say(self, rule: str, text: str, vm: str | None = None, host: str | None = None) -> None:
        self.violations.append(Violation(rule, text, vm, host, step=self._step))

    def _update(self, host: str) -> None:
        if host not in self._ledger.hosts:
            self._say("unknown_host", f"update {host}: no such host", None, host)
            return
        there = [vm for vm, at in self._at.items() if at == host]
        if there:
            self._say("update", f"update {host}: {there[0]} is on it", there[0], host)
        if host in self._updated:
            self._say("update", f"update {host}: it was updated before", None, host)
        self._updated.add(host)
        self._ledger.hosts[host] = updated(self._ledger.hosts[host])

    def _migrate(self, step: Migration) -> None:
        if not self._is_on(step.vm, step.source):
            return
        self._arrive(step.vm, step.source, step.destination)
        self._ledger.take(step.vm, step.source)

    def _stop(self, step: Stop) -> None:
        if self._is_on(step.vm, step.host):
            if not self._ledger.vms[step.vm].offline:
                self._say("offline", f"stop {step.vm}: it may not be stopped", step.vm, step.host)
            self._ledger.take(step.vm, step.host)
            del self._at[step.vm]
            self._off[step.vm] = step.host

    def _start(self, step: Start) -> None:
        if self._off.pop(step.vm, None) is None:
            self._say("position", f"start {step.vm}: it was not stopped", step.vm, step.host)
        else:
            self._arrive(step.vm, None, step.host)

    def _is_on(self, vm: str, host: str) -> bool:
        if self._at.get(vm) == host:
            return True
        self._say("position", f"{vm} is on {self._at.get(vm)}, not on {host}", vm, host)
        return False

    def _arrive(self, vm: str, source: str | None, host: str) -> None:
        if host not in self._ledger.hosts:
            self._say("unknown_host", f"{vm} to {host}: no such host", vm, host)
            return
        for found in self._ledger.refusals(vm, source, host, self._end.get(vm)):
            self.violations.append(
                Violation(
                    found.rule, found.text, vm, host, found.resource, found.amount, found.limit, self._step
                )
            )
        self._ledger.put(vm, host)
        self._at[vm] = host
