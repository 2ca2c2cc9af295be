"""Hosts of libvirt, read: what each has, which domains are on it, and what moves between them.

During a migration both hosts list the domain, running here and paused there: it is one VM, on its source.
"""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from planner.clouds.found import FoundHost, FoundVM, SourceFound, named
from planner.clouds.imported import Imported, imported
from planner.clouds.libvirt.hosts import Hosts, told
from planner.clouds.protocol import CloudError, UnknownError
from planner.clouds.seen import Power

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

NO_JOB = 0
"""VIR_DOMAIN_JOB_NONE."""

NO_SUPPORT = 3
"""VIR_ERR_NO_SUPPORT: the driver of this hypervisor has no such call."""

AUTOSTART = "+autostart"
"""Behind the UUID in the handle of a migration whose VM starts with its host, and shall with the next."""

MIGRATION_IN, MIGRATION_OUT = 4, 5
"""VIR_DOMAIN_JOB_OPERATION_MIGRATION_IN and _OUT."""

RUNNING, BLOCKED, PAUSED, SHUTDOWN, SHUTOFF, CRASHED, SUSPENDED = 1, 2, 3, 4, 5, 6, 7
"""States of a domain: VIR_DOMAIN_RUNNING and so on, up to VIR_DOMAIN_PMSUSPENDED, by the guest itself."""

STATES = {
    0: "no state",
    PAUSED: "paused",
    SHUTDOWN: "shutting down",
    SHUTOFF: "shut off",
    CRASHED: "crashed",
    SUSPENDED: "suspended",
}

BY_SOMEBODY = (1, 7)
"""Reasons to be paused that are somebody's will: VIR_DOMAIN_PAUSED_USER and _FROM_SNAPSHOT.

The first is also that of a domain that was paused before it migrated, and so has arrived paused.
"""

BROKEN = {
    5: "I/O error",
    6: "watchdog",
    10: "crashed",
    13: "its migration by post-copy failed",
    14: "API error",
}
"""Reasons to be paused that are nobody's will, in words: VIR_DOMAIN_PAUSED_IOERROR and so on."""

HAS_SNAPSHOT = 1 << 12
"""VIR_CONNECT_LIST_DOMAINS_HAS_SNAPSHOT."""

DEVICE = "has a device of its host"

TIED = {
    "devices/hostdev": DEVICE,
    "devices/interface[@type='hostdev']": DEVICE,
    "devices/interface[@type='vdpa']": DEVICE,
    "devices/filesystem/driver[@type='virtiofs']": "shares a folder of its host",
    "devices/disk/transient": "has a disk whose changes are thrown away",
    "launchSecurity": "has its memory encrypted",
}
"""What is in a domain that libvirt or QEMU do not migrate live, and why not, in words."""

MASTER = "master"
"""The role of a shared memory that migrates; that without a role does not."""

DISKS = (
    "libvirt does not say which disks every host reaches: VMs with disks of one host alone cannot migrate,"
    " unless their disks are copied too"
)


def read(
    uris: Iterable[str], *, cpu_ratio: float | None = None, reserved_mib: int = 0, stopped: bool = True
) -> Imported:
    """Read hosts as a pool.

    Parameters
    ----------
    uris
        One for each host.
    cpu_ratio
        Virtual CPUs for each CPU of a host; None: CPUs are not counted.
    reserved_mib
        RAM that each host keeps for itself, MiB.
    stopped
        False: domains that are off are left out.

    Raises
    ------
    CloudError
        A host that does not answer: a pool without it would be wrong.
    """
    hosts = Hosts(uris, read_only=True)
    try:
        found, down = find(hosts, cpu_ratio, reserved_mib)
    finally:
        hosts.close()
    if down:
        raise CloudError("; ".join(down))
    return imported(named(found), stopped=stopped)


@dataclass(frozen=True, slots=True)
class Sight:
    """A domain as one host lists it.

    Parameters
    ----------
    starts
        It is leaving this host, and has started with it until now.
    """

    uri: str
    host: str
    id: str
    name: str
    state: int
    reason: int
    operation: int
    demand: dict[str, int]
    arch: str
    fixed: tuple[str, ...]
    numa: bool
    starts: bool = False

    @property
    def is_arriving(self) -> bool:
        """Whether it is on its way to this host, and not here yet."""
        return self.operation == MIGRATION_IN


def find(
    hosts: Hosts, cpu_ratio: float | None = None, reserved_mib: int = 0
) -> tuple[SourceFound, list[str]]:
    """Ask every host; give what they say, and why those that do not answer do not.

    Raises
    ------
    CloudError
        Two of them are one host, or pass for it.
    """
    found, by_id, down = _look(hosts, cpu_ratio, reserved_mib)
    numa = sum(any(it.numa for it in seen) for seen in by_id.values())
    warnings = [DISKS] if by_id else []
    for running in map(_running, by_id.values()):
        if len(running) > 1:
            where = " and ".join(it.uri for it in running)
            warnings.append(
                f"vm {running[0].name}: runs at {where} at once, and takes room at one of them here"
            )
    if numa:
        warnings.append(f"{numa} VMs have NUMA, pinned CPUs or huge pages, which a pool cannot say")
    vms = [found_vm(seen) for seen in by_id.values()]
    return SourceFound(found, vms, namesakes(vms), tuple(warnings)), down


def namesakes(vms: Iterable[FoundVM]) -> list[list[str]]:
    """Give the ids of domains of one name, by name: no host of libvirt can have two of it, be they off."""
    by_name: dict[str, list[str]] = defaultdict(list)
    for vm in vms:
        by_name[vm.name].append(vm.id)
    return [ids for _, ids in sorted(by_name.items()) if len(ids) > 1]


def find_migrations(hosts: Hosts) -> tuple[list[tuple[str, str | None, str | None]], list[str]]:
    """Ask every host for what leaves it and what arrives; give (domain, host, host), and who is silent.

    Domains and hosts by id; None for a host that is none of these.
    """
    _, by_id, down = _look(hosts)
    found = []
    for ident, seen in by_id.items():
        leaves = next((it.host for it in seen if it.operation == MIGRATION_OUT), None)
        arrives = next((it.host for it in seen if it.is_arriving), None)
        if leaves or arrives:
            found.append((ident, leaves, arrives))
    return found, down


def _look(
    hosts: Hosts, cpu_ratio: float | None = None, reserved_mib: int = 0
) -> tuple[list[FoundHost], dict[str, list[Sight]], list[str]]:
    """Ask every host; give them, id -> a domain as those list it that do, and why some do not answer."""
    found, sights, down = [], [], []
    uri_of: dict[str, str] = {}
    for uri in hosts.uris:
        try:
            host, there = ask(hosts, uri, cpu_ratio, reserved_mib)
        except UnknownError as error:
            down.append(str(error))
            continue
        if (other := uri_of.setdefault(host.id, uri)) != uri:
            # Boards of some makers all have the same, and nobody could tell whose VMs are whose.
            raise CloudError(
                f"{other} and {uri} say the same UUID of their host, {host.id}: name a host once,"
                " or set host_uuid in libvirtd.conf"
            )
        found.append(host)
        sights += there
    by_id: dict[str, list[Sight]] = defaultdict(list)
    for sight in sights:
        by_id[sight.id].append(sight)
    return found, by_id, down


def ask(hosts: Hosts, uri: str, cpu_ratio: float | None, reserved_mib: int) -> tuple[FoundHost, list[Sight]]:
    """Ask one host what it has and who is there."""
    connection = hosts.at(uri)
    try:
        capabilities = ElementTree.fromstring(connection.getCapabilities())
        ident = capabilities.findtext("host/uuid") or uri
        memory = _memory_mib(hosts, connection)
        capacity = {"ram_mib": memory, **({} if cpu_ratio is None else {"vcpus": connection.getInfo()[2]})}
        host = FoundHost(
            ident,
            connection.getHostname(),
            capacity,
            reserved={"ram_mib": min(reserved_mib, memory)},
            overcommit={} if cpu_ratio is None else {"vcpus": cpu_ratio},
            arch=capabilities.findtext("host/cpu/arch") or "x86_64",
            labels={"uri": uri},
        )
        domains = connection.listAllDomains()
        bound = {it.UUIDString() for it in connection.listAllDomains(HAS_SNAPSHOT)}
    except hosts.lib.libvirtError as error:
        raise UnknownError(f"{uri}: {told(error)}") from None
    sights = (sight(hosts, uri, ident, domain, cpu_ratio is not None) for domain in domains)
    return host, [_bound(it) if it.id in bound else it for it in sights if it is not None]


def _memory_mib(hosts: Hosts, connection: Any) -> int:
    """Give the RAM of a host: from its statistics, in KiB, where its driver has some, else in whole MiB."""
    try:
        total = connection.getMemoryStats(-1).get("total")
    except hosts.lib.libvirtError as error:
        if error.get_error_code() != NO_SUPPORT:
            raise
        total = None
    # Of node information the second is MiB, the third CPUs.
    return int(connection.getInfo()[1] if total is None else total // 1024)


def _bound(sight: Sight) -> Sight:
    return replace(sight, fixed=(*sight.fixed, "has snapshots, with which libvirt migrates nothing"))


def sight(hosts: Hosts, uri: str, host: str, domain: Any, cpus: bool) -> Sight | None:
    """Give a domain as a host lists it; None where it has gone in the meantime."""
    try:
        state, reason = domain.state()
        operation = _operation(hosts, domain) if domain.isActive() else NO_JOB
        xml = ElementTree.fromstring(domain.XMLDesc())
        demand = {"ram_mib": -(-domain.maxMemory() // 1024)}
        if cpus:
            demand["vcpus"] = int(xml.findtext("vcpu") or 1)
        name, ident = domain.name(), domain.UUIDString()
        starts = operation == MIGRATION_OUT and bool(domain.autostart())
    except hosts.lib.libvirtError as error:
        if error.get_error_code() == hosts.lib.VIR_ERR_NO_DOMAIN:
            return None
        raise UnknownError(f"{uri}: {told(error)}") from None
    guest = xml.find("os/type")
    return Sight(
        uri,
        host,
        ident,
        name,
        state,
        reason,
        operation,
        demand,
        "x86_64"
        if guest is None
        else {"i686": "i386"}.get(guest.get("arch", ""), guest.get("arch", "x86_64")),
        tuple(dict.fromkeys(_tied(xml))),
        any(
            xml.find(path) is not None for path in ("cputune/vcpupin", "numatune", "memoryBacking/hugepages")
        ),
        starts,
    )


def _tied(xml: ElementTree.Element) -> Iterator[str]:
    """Say what keeps a domain on its host for good."""
    yield from (why for path, why in TIED.items() if xml.find(path) is not None)
    if any(memory.get("role") != MASTER for memory in xml.iterfind("devices/shmem")):
        yield "shares memory of its host"
    if _counts_by_its_host(xml):
        yield "counts time by the TSC of its host (invtsc without a frequency)"


def _counts_by_its_host(xml: ElementTree.Element) -> bool:
    """Tell whether a domain has a TSC that never changes, and nothing says how fast that is elsewhere."""
    has_feature = any(
        feature.get("policy", "require") in ("require", "force")
        for feature in xml.iterfind("cpu/feature[@name='invtsc']")
    )
    timers = xml.iterfind("clock/timer[@name='tsc']")
    return has_feature and not any(int(timer.get("frequency", 0)) for timer in timers)


def _operation(hosts: Hosts, domain: Any) -> int:
    """Give what libvirt does with a domain; while one arrives, libvirt says only that the source knows."""
    try:
        return int(domain.jobStats().get("operation", NO_JOB))
    except hosts.lib.libvirtError as error:
        code = error.get_error_code()
        if code == hosts.lib.VIR_ERR_OPERATION_UNSUPPORTED:
            return MIGRATION_IN
        if code == hosts.lib.VIR_ERR_OPERATION_INVALID:  # it has gone off in the meantime
            return NO_JOB
        raise


def found_vm(sights: Sequence[Sight]) -> FoundVM:
    """Give one VM of all that hosts say of it."""
    here = min(sights, key=_least_likely)
    coming = next((it for it in sights if it.is_arriving and it is not here), None)
    return FoundVM(
        here.id,
        here.name,
        here.host,
        here.demand,
        arch=here.arch,
        fixed=here.fixed,
        power=_power(here),
        state=_state(here),
        busy="; ".join(_busy(here, coming, sights)),
        goes_to=coming.host if coming else None,
        handle=_handle(here) if here.operation == MIGRATION_OUT else None,
    )


def _handle(sight: Sight) -> str:
    """Give the handle of the migration that takes a domain away."""
    return f"{sight.id}{AUTOSTART}" if sight.starts else sight.id


def _power(sight: Sight) -> Power:
    if sight.state in (RUNNING, BLOCKED):
        return Power.ON
    if sight.state == SHUTOFF:
        return Power.OFF
    is_held = sight.state == SUSPENDED or (sight.state == PAUSED and sight.reason in BY_SOMEBODY)
    return Power.PAUSED if is_held else Power.OTHER


def _state(sight: Sight) -> str:
    state = STATES.get(sight.state, "")
    why = BROKEN.get(sight.reason, "") if sight.state == PAUSED else ""
    return f"{state}: {why}" if why else state


def _least_likely(sight: Sight) -> tuple[bool, bool, bool]:
    """Sort the host that a VM is on first: it does not arrive there, it runs there, it is not off there."""
    return sight.is_arriving, sight.state not in (RUNNING, BLOCKED), sight.state == SHUTOFF


def _running(sights: Iterable[Sight]) -> list[Sight]:
    """Give where it runs; at several where somebody has started a copy, or it has arrived this moment."""
    return [it for it in sights if it.state in (RUNNING, BLOCKED) and not it.is_arriving]


def _busy(here: Sight, coming: Sight | None, sights: Sequence[Sight]) -> Iterator[str]:
    for other in _running(sights):
        if other is not here:
            yield f"runs at {other.uri} too"
    if here.operation == MIGRATION_OUT:
        yield "migrating"
    elif here.operation != NO_JOB:
        yield f"a job of libvirt (operation {here.operation})"
    elif coming is not None:
        yield "arriving elsewhere"
