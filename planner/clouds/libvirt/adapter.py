"""libvirt, asked for live migrations while a plan runs: peer to peer, so the source's libvirtd carries them.

A call to migrate comes back when all is over, so it runs in a thread of its own. What it says in the end is
only a hint: where a libvirtd dies on the way it says nothing of the VM. What came of a migration is looked
at, on all hosts.
"""

from __future__ import annotations

import contextlib
import logging
import re
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from models.actions import Migration, Provision, Shutdown, Start, Stop
from planner.clouds.found import named
from planner.clouds.libvirt.alive import connected
from planner.clouds.libvirt.hosts import Hosts, told
from planner.clouds.libvirt.reading import AUTOSTART, MIGRATION_OUT, find, find_migrations
from planner.clouds.protocol import Cloud, CloudError, Phase, Progress, RefusedError, UnknownError, at_rest
from planner.clouds.seen import Power, Seen, SeenMigration

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from models.actions import Action
    from models.state import PoolState
    from planner.clouds.protocol import Running
    from planner.clouds.seen import SeenVM

log = logging.getLogger(__name__)

POLL_S, SETTLE_S = 1.0, 5.0
"""See :class:`Cloud`."""

BEGIN_S = 10.0
"""How long a migration may take until it is seen to run, or has failed."""

LOOK_S = 0.05
"""Seconds between two looks at a migration that has just begun."""

MAY_PASS = (68, 87)
"""VIR_ERR_OPERATION_TIMEOUT (somebody else holds the domain) and VIR_ERR_RESOURCE_BUSY."""


def listed(name: str) -> list[str]:
    """Give the URIs of a comma-separated list; a comma that no URI follows is part of one, as in a query."""
    return [uri for uri in re.split(r",(?=[a-z][a-z0-9+.-]*:|,|$)", name) if uri]


def connect(name: str, pool: PoolState | None) -> Libvirt:
    """Open the hosts that ``name`` lists, comma-separated; without one those of the pool's ``labels.uri``."""
    uris = listed(name)
    if not uris and pool is not None:
        uris = [host.labels["uri"] for host in pool.hosts if "uri" in host.labels]
    if not uris:
        raise CloudError("libvirt: name the URI of every host, or run a pool whose hosts have labels.uri")
    return Libvirt(uris, name=f"libvirt:{name}" if name else "libvirt")


def may_pass(error: Any) -> bool:
    """Tell whether libvirt says that nothing was done for a reason that may be gone in a moment."""
    return error.get_error_code() in MAY_PASS


class Flight:
    """A migration that this process has asked for."""

    def __init__(self, call: Any, error_kind: type[Exception]) -> None:
        self.error, self.may_pass = "", False
        self._call, self._kind = call, error_kind
        self._thread = threading.Thread(target=self._fly, daemon=True)
        self._thread.start()

    def _fly(self) -> None:
        try:
            self._call()
        except self._kind as error:
            self.error, self.may_pass = told(error), may_pass(error)

    @property
    def flies(self) -> bool:
        """Whether the call has not come back yet."""
        return self._thread.is_alive()


class Libvirt(Cloud):
    """Hosts of libvirt.

    Parameters
    ----------
    uris
        One for each host.
    destinations
        URI of a host -> what other hosts reach its libvirtd by, where that is not the same.
    parameters
        More for ``virDomainMigrateToURI3``, of the destination's URI: ``{uri: {"migrate_uri": ...}}``.
    """

    def __init__(
        self,
        uris: Sequence[str],
        *,
        name: str = "libvirt",
        destinations: Mapping[str, str] | None = None,
        parameters: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        self.name, self.poll_s, self.settle_s, self.keeps_room = name, POLL_S, SETTLE_S, False
        self.hosts = Hosts(uris)
        self._destinations, self._parameters = destinations or {}, parameters or {}
        self._uris: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._flights: dict[str, Flight] = {}

    def observe(self) -> Seen:
        """See :class:`Cloud`; every host is asked. One that does not answer makes all unknown.

        A host whose libvirtd is gone may still run VMs, and may be about to receive one: nothing can be
        said of where VMs are without it.
        """
        found, down = find(self.hosts)
        if down:
            raise UnknownError("; ".join(down))
        seen = named(found)
        self._uris = {host.name: host.host.labels["uri"] for host in seen.hosts}
        self._names = {host.host.labels.get("id", host.name): host.name for host in seen.hosts}
        return seen

    def look(self, vm: str) -> SeenVM | None:
        """See :class:`Cloud`; every host is asked, and one more time that of an idle domain.

        Who starts with its host has the handle of a migration to come, by which that is seen to however it
        arrives: then nobody could tell any more.
        """
        seen = super().look(vm)
        if seen is None or seen.busy or seen.host is None or not self._starts(vm, seen.host):
            return seen
        return replace(seen, handle=f"{vm}{AUTOSTART}")

    def _starts(self, vm: str, host: str) -> bool:
        """Tell whether a domain starts with its host; one that has gone in the meantime does not."""
        try:
            return bool(self._domain(vm, host).autostart())
        except self.hosts.lib.libvirtError as error:
            if error.get_error_domain() == self.hosts.lib.VIR_FROM_RPC:
                raise UnknownError(told(error)) from None
            return False

    def migrations(self) -> Sequence[SeenMigration]:
        """See :class:`Cloud`; every host is asked, and must answer, as when everything is looked at."""
        if not self._names:
            self.observe()
        found, down = find_migrations(self.hosts)
        if down:
            raise UnknownError("; ".join(down))
        return tuple(
            SeenMigration(vm, *(None if host is None else self._names.get(host, host) for host in ends))
            for vm, *ends in found
        )

    def start(self, action: Action) -> str:
        """See :class:`Cloud`; the handle is the VM's UUID, with ``AUTOSTART`` behind it where it arrives."""
        vm = at_rest(self.look(action.vm), f"no host has a domain {action.vm}")
        match action:
            case Migration(_, source, destination):
                self._must_be_on(vm, source)
                return self._migrate(action.vm, source, destination)
            case Shutdown(_, host) | Stop(_, host):
                self._must_be_on(vm, host)
                self._ask(lambda: self._turn_off(self._domain(action.vm, host)))
            case Start(_, host) | Provision(_, host):
                self._power_on(vm, host)
                return vm.handle or action.vm
        return action.vm

    def follow(self, running: Sequence[Running]) -> Mapping[str, Progress]:
        """See :class:`Cloud`; all hosts are asked once."""
        vms = {vm.ref: vm for vm in self.observe().vms}
        return {it.handle: self._progress(it, vms.get(it.action.vm)) for it in running}

    def abort(self, running: Running) -> None:
        """See :class:`Cloud`."""
        action = running.action
        if not isinstance(action, Migration):
            raise RefusedError("only a migration can be aborted")
        self._ask(lambda: self._abort_migration(self._domain(action.vm, action.source)))

    @staticmethod
    def _abort_migration(domain: Any) -> None:
        """Abort what runs on a domain if it is a migration: libvirt aborts any job, a backup too."""
        if domain.jobStats().get("operation") != MIGRATION_OUT:
            raise RefusedError("no migration of it runs")
        domain.abortJob()

    def close(self) -> None:
        """See :class:`Cloud`."""
        if not any(flight.flies for flight in self._flights.values()):
            self.hosts.close()

    @staticmethod
    def _turn_off(domain: Any) -> None:
        if not domain.isPersistent():
            raise RefusedError(
                "it is transient: libvirt forgets it when it is off, and nobody could start it"
            )
        domain.shutdown()

    def _must_be_on(self, vm: SeenVM, host: str) -> None:
        if vm.host != host or vm.power is not Power.ON:
            raise RefusedError(f"it is {vm.power.value} on {vm.host}, not running on {host}")

    def _uri(self, host: str) -> str:
        if host not in self._uris:
            self.observe()
        if host not in self._uris:
            raise RefusedError(f"no host {host}")
        return self._uris[host]

    def _domain(self, vm: str, host: str) -> Any:
        return self.hosts.at(self._uri(host)).lookupByUUIDString(vm)

    def _ask(self, request: Any) -> None:
        """Send a request that is answered at once."""
        try:
            request()
        except self.hosts.lib.libvirtError as error:
            if error.get_error_domain() == self.hosts.lib.VIR_FROM_RPC:
                raise UnknownError(told(error)) from None
            raise RefusedError(told(error), transient=may_pass(error)) from None

    def _flags(self, domain: Any) -> int:
        lib = self.hosts.lib
        flags: int = lib.VIR_MIGRATE_PEER2PEER | lib.VIR_MIGRATE_ABORT_ON_ERROR
        if domain.isPersistent():
            flags |= lib.VIR_MIGRATE_PERSIST_DEST | lib.VIR_MIGRATE_UNDEFINE_SOURCE
        return flags

    def _migrate(self, vm: str, source: str, destination: str) -> str:
        """Begin a migration, and come back with its handle when it is seen to run or has ended."""
        there = self._uri(destination)
        try:
            domain = self._domain(vm, source)
            flags, starts = self._flags(domain) | self.hosts.lib.VIR_MIGRATE_LIVE, domain.autostart()
        except self.hosts.lib.libvirtError as error:
            raise RefusedError(told(error)) from None
        reach, more = self._destinations.get(there, there), dict(self._parameters.get(there, {}))
        lib, here = self.hosts.lib, self._uri(source)

        def fly() -> None:
            # On a connection of its own: libvirt was seen to hold up the looks that share one with it.
            with contextlib.closing(connected(lib, here)) as own:
                own.lookupByUUIDString(vm).migrateToURI3(reach, more, flags)
            if starts:
                # Libvirt does not take that along: at the next boot of its host the VM would stay off.
                with contextlib.closing(connected(lib, there)) as own:
                    own.lookupByUUIDString(vm).setAutostart(1)

        flight = self._flights[vm] = Flight(fly, lib.libvirtError)
        deadline = time.monotonic() + BEGIN_S
        while flight.flies and not self._is_leaving(domain) and time.monotonic() < deadline:
            time.sleep(LOOK_S)
        if flight.error:
            self._judge(vm, source, flight)
        return f"{vm}{AUTOSTART}" if starts else vm

    def _judge(self, vm: str, source: str, flight: Flight) -> None:
        """Say what a call that failed at once has come to: refused only if all is as it was."""
        seen = self.look(vm)
        if seen is None or seen.host != source or seen.busy or seen.power is not Power.ON:
            raise UnknownError(flight.error)
        raise RefusedError(flight.error, transient=flight.may_pass)

    def _is_leaving(self, domain: Any) -> bool:
        try:
            return bool(domain.jobStats().get("operation") == MIGRATION_OUT)
        except self.hosts.lib.libvirtError:
            return False

    def _power_on(self, vm: SeenVM, host: str) -> None:
        """Start a VM that is off; one that is defined elsewhere is carried over first."""
        if vm.power is not Power.OFF or vm.host is None:
            raise RefusedError(f"it is {vm.power.value}, and cannot be started")
        source = vm.host
        if source != host:
            self._ask(lambda: self._carry_over(vm.ref, source, host))
        self._ask(lambda: self._domain(vm.ref, host).create())

    def _carry_over(self, vm: str, source: str, destination: str) -> None:
        """Define a domain that is off on another host, and no more where it was."""
        domain, there = self._domain(vm, source), self._uri(destination)
        if domain.hasManagedSaveImage():
            raise RefusedError(f"its memory is saved on {source}, and libvirt carries it over without that")
        flags, starts = self._flags(domain) | self.hosts.lib.VIR_MIGRATE_OFFLINE, domain.autostart()
        domain.migrateToURI3(self._destinations.get(there, there), {}, flags)
        if starts:
            self._domain(vm, destination).setAutostart(1)

    def _progress(self, running: Running, vm: SeenVM | None) -> Progress:
        if vm is None:
            return Progress(Phase.FAILED, why="no host has this domain any more")
        progress = self._stand(running.action, vm)
        if progress.phase is Phase.DONE and vm.host is not None and running.handle.endswith(AUTOSTART):
            self._let_start_with(vm.ref, vm.host)
        return progress

    def _stand(self, action: Action, vm: SeenVM) -> Progress:
        match action:
            case Migration(_, _, destination):
                return self._migration_progress(action, vm, vm.host == destination)
            case Shutdown() | Stop():
                return Progress(Phase.DONE if vm.power is Power.OFF else Phase.RUNNING)
            case Start(_, host) | Provision(_, host):
                there = vm.host == host and vm.power is Power.ON
                return (
                    Progress(Phase.DONE) if there else Progress(Phase.FAILED, why=f"it is {vm.power.value}")
                )

    def _migration_progress(self, action: Migration, vm: SeenVM, there: bool) -> Progress:
        flight = self._flights.get(action.vm)
        if vm.busy or (flight is not None and flight.flies):
            return Progress(Phase.RUNNING, self._share(action))
        if there and vm.power in (Power.ON, Power.PAUSED):
            return Progress(Phase.DONE)
        error, passes = ("", False) if flight is None else (flight.error, flight.may_pass)
        why = error or f"it is {vm.power.value} on {vm.host}, and nothing moves it"
        return Progress(Phase.FAILED, why=why, is_transient=passes)

    def _let_start_with(self, vm: str, host: str) -> None:
        """Let a VM that has arrived start with its host, where who moved it did not come to that."""
        try:
            domain = self._domain(vm, host)
            if not domain.autostart():
                domain.setAutostart(1)
        except (self.hosts.lib.libvirtError, CloudError) as error:
            log.warning("%s: does not start with its new host %s as it did before: %s", vm, host, error)

    def _share(self, action: Migration) -> float | None:
        """Say how much of the memory has been copied."""
        try:
            stats = self._domain(action.vm, action.source).jobStats()
        except self.hosts.lib.libvirtError:
            return None
        total, left = stats.get("memory_total"), stats.get("memory_remaining")
        return 1 - left / total if total and left is not None else None
