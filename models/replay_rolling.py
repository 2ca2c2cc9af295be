"""Replaying a rolling plan: every rule it breaks, step by step, hosts growing newer on the way.

As :mod:`models.replay`, whose replay it goes on from, it shares no code with the search.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from models.actions import Provision, Shutdown, Step, Update
from models.ledger import Ledger
from models.replay import Replay

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from models.host import Host
    from models.ledger import Violation
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
    run = RollingReplay(pool)
    for step in steps:
        run.act(step)
    run.finish()
    return run.violations


class WhoIsThere(Ledger):
    """A ledger that keeps the names too.

    Attributes
    ----------
    on
        The VMs on each host, in the order in which they came.
    """

    def _count(self, placement: Mapping[str, str]) -> None:
        self.on: dict[str, dict[str, None]] = {name: {} for name in self.hosts}
        super()._count(placement)

    def put(self, vm: str, host: str) -> None:
        """Count the VM on the host too."""
        self.on[host][vm] = None
        super().put(vm, host)

    def take(self, vm: str, host: str) -> None:
        """Count the VM on the host no longer."""
        self.on[host].pop(vm, None)
        super().take(vm, host)


class RollingReplay(Replay):
    """A pool in which steps are carried out one by one, updates among them, whatever they break.

    Attributes
    ----------
    updated
        The hosts that have been updated.
    """

    def __init__(self, pool: Pool) -> None:
        super().__init__(pool)
        self.ledger: WhoIsThere = WhoIsThere(
            with_versions(pool.hosts), pool.vms, pool.current.rules, self.placement
        )
        self.updated: set[str] = set()

    def act(self, step: Step) -> list[Violation]:
        """Carry out the next step; give what it breaks."""
        if not isinstance(step, Update | Shutdown | Provision):
            return super().act(step)
        self._step += 1
        before = len(self.violations)
        if isinstance(step, Update):
            self._update(step.host)
        else:
            self._say("rolling", f"a rolling plan neither shuts down nor provisions: {step.vm}", step.vm)
        return self.violations[before:]

    def _update(self, host: str) -> None:
        if host not in self.ledger.hosts:
            self._say("unknown_host", f"update {host}: no such host", None, host)
            return
        if there := next(iter(self.ledger.on[host]), None):
            self._say("update", f"update {host}: {there} is on it", there, host)
        if host in self.updated:
            self._say("update", f"update {host}: it was updated before", None, host)
        self.updated.add(host)
        self._renew(host)

    def _renew(self, host: str) -> None:
        self.ledger.renew(updated(self.ledger.hosts[host]))
