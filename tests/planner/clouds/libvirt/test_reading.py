"""What libvirt says of a domain: whether it runs, is paused by somebody, or for a reason that is nobody's."""

from __future__ import annotations

import sys
from dataclasses import replace
from types import SimpleNamespace

import pytest

from models import Pool
from planner.clouds.libvirt import Libvirt, read
from planner.clouds.libvirt.reading import (
    AUTOSTART,
    BLOCKED,
    CRASHED,
    MIGRATION_IN,
    MIGRATION_OUT,
    NO_JOB,
    NO_SUPPORT,
    PAUSED,
    RUNNING,
    SHUTOFF,
    SUSPENDED,
    Sight,
    found_vm,
)
from planner.clouds.protocol import CloudError
from planner.clouds.seen import Power
from planner.execution.picture import Picture
from tests.planner.clouds.libvirt.pretending import library

OPERATION_INVALID = 55
"""VIR_ERR_OPERATION_INVALID."""

USER, MIGRATION, IO_ERROR, STARTING_UP, POSTCOPY_FAILED = 1, 2, 5, 11, 13


def seen(host, state, reason=1, operation=NO_JOB):
    return Sight("uri", host, "1", "one", state, reason, operation, {"ram_mib": 1}, "x86_64", (), numa=False)


@pytest.mark.parametrize(
    ("state", "reason", "power", "words"),
    [
        (RUNNING, 1, Power.ON, ""),
        (BLOCKED, 0, Power.ON, ""),
        (SHUTOFF, 1, Power.OFF, "shut off"),
        (PAUSED, USER, Power.PAUSED, "paused"),
        (SUSPENDED, 0, Power.PAUSED, "suspended"),
        (PAUSED, IO_ERROR, Power.OTHER, "paused: I/O error"),
        (PAUSED, POSTCOPY_FAILED, Power.OTHER, "paused: its migration by post-copy failed"),
        (PAUSED, MIGRATION, Power.OTHER, "paused"),
        (PAUSED, 0, Power.OTHER, "paused"),
        (CRASHED, 0, Power.OTHER, "crashed"),
    ],
)
def test_who_is_paused_by_somebody_is_well_and_who_is_paused_by_an_error_is_not(state, reason, power, words):
    found = found_vm([seen("a", state, reason)])
    assert (found.power, found.state) == (power, words)


@pytest.mark.parametrize("use", [read, Libvirt])
def test_a_password_in_a_uri_is_refused_and_goes_into_no_pool(use):
    with pytest.raises(CloudError, match="a password does not belong in a URL") as refused:
        use(["qemu+tcp://h1/system", "qemu+tcp://root:pw-leak@h2/system"])
    assert "leak" not in str(refused.value)


def test_a_paused_vm_in_flight_is_on_its_source_still():
    found = found_vm(
        [seen("b", PAUSED, STARTING_UP, MIGRATION_IN), seen("a", PAUSED, USER, MIGRATION_OUT)],
    )
    assert (found.host, found.goes_to, found.busy, found.power) == ("a", "b", "migrating", Power.PAUSED)


@pytest.mark.parametrize("starts", [0, 1])
def test_the_handle_of_a_migration_that_is_seen_is_that_which_its_request_would_have_had(monkeypatch, starts):
    """By it a resume follows one whose request was never answered, and lets it start with its host."""
    going = domain("going", RUNNING)
    going.jobStats, going.autostart = lambda: {"operation": MIGRATION_OUT}, lambda: starts
    monkeypatch.setitem(sys.modules, "libvirt", a_host(going))
    (vm,) = Libvirt(["test:///one"]).observe().vms
    assert vm.handle == f"uuid-of-going{AUTOSTART if starts else ''}"


def test_a_vm_that_runs_on_two_hosts_is_not_at_rest():
    found = found_vm([seen("a", RUNNING), replace(seen("b", RUNNING), uri="uri of b")])
    assert (found.host, found.busy) == ("a", "runs at uri of b too")


def domain(name, state):
    """Give a stand-in for a domain of 2 MiB that does nothing."""
    return SimpleNamespace(
        state=lambda: (state, 1),
        isActive=lambda: state == RUNNING,
        jobStats=dict,
        XMLDesc=lambda: "<domain/>",
        maxMemory=lambda: 2 * 1024,
        name=lambda: name,
        UUIDString=lambda: f"uuid-of-{name}",
    )


def a_host(*domains):
    """Give a stand-in for libvirt, with one host of 10 MiB."""
    connection = SimpleNamespace(
        isAlive=lambda: True,
        getCapabilities=lambda: "<capabilities><host><uuid>1</uuid></host></capabilities>",
        getMemoryStats=lambda _: {"total": 10 * 1024},
        getInfo=lambda: ["x86_64", 10, 1],
        getHostname=lambda: "h1",
        listAllDomains=lambda flags=0: () if flags else domains,
        close=lambda: None,
    )
    return library(connection)


def test_no_room_is_kept_for_a_domain_that_is_off_neither_by_an_import_nor_by_a_run(monkeypatch):
    monkeypatch.setitem(sys.modules, "libvirt", a_host(domain("on", RUNNING), domain("off", SHUTOFF)))
    state = read(["test:///one"], stopped=False).state
    cloud = Libvirt(["test:///one"])
    picture = Picture(Pool(state, state), cloud.observe(), keeps_room=cloud.keeps_room)
    assert [vm.name for vm in state.vms] == ["on"]
    assert picture.merged_hosts()[0].usable("ram_mib") == state.host("h1").usable("ram_mib") == 10


class NotRunningError(Exception):
    """What libvirt raises about the job of a domain that does not run."""

    def get_error_code(self):
        return OPERATION_INVALID


class NoSupportError(Exception):
    """What libvirt raises where a driver has no such call."""

    def get_error_code(self):
        return NO_SUPPORT


def test_a_host_whose_driver_has_no_statistics_of_its_memory_is_read(monkeypatch):
    def memory_stats(_):
        raise NoSupportError

    pretended = a_host(domain("one", RUNNING))
    pretended.open("test:///one").getMemoryStats = memory_stats
    pretended.libvirtError = NoSupportError
    monkeypatch.setitem(sys.modules, "libvirt", pretended)
    assert read(["test:///one"]).state.host("h1").usable("ram_mib") == 10


def test_a_domain_that_goes_off_while_it_is_looked_at_is_no_error(monkeypatch):
    def job_stats():
        raise NotRunningError

    going = domain("going", RUNNING)
    going.jobStats = job_stats
    pretended = a_host(going)
    pretended.libvirtError = NotRunningError
    pretended.VIR_ERR_OPERATION_UNSUPPORTED, pretended.VIR_ERR_OPERATION_INVALID = 84, OPERATION_INVALID
    monkeypatch.setitem(sys.modules, "libvirt", pretended)
    assert read(["test:///one"]).state.placement == {"going": "h1"}


def test_two_hosts_of_one_uuid_are_refused_by_their_uris(monkeypatch):
    monkeypatch.setitem(sys.modules, "libvirt", a_host())
    with pytest.raises(CloudError, match=r"^test:///one and test:///two say the same UUID of their host, 1:"):
        read(["test:///one", "test:///two"])


@pytest.mark.parametrize(
    ("device", "why"),
    [
        ("<hostdev/>", "has a device of its host"),
        ("<interface type='hostdev'/>", "has a device of its host"),
        ("<interface type='vdpa'/><hostdev/>", "has a device of its host"),
        ("<filesystem><driver type='virtiofs'/></filesystem>", "shares a folder of its host"),
        ("<disk><transient/></disk>", "has a disk whose changes are thrown away"),
        ("<shmem name='a'/>", "shares memory of its host"),
        ("<shmem name='a' role='peer'/>", "shares memory of its host"),
        ("<shmem name='a' role='master'/><disk/><interface type='network'/>", None),
    ],
)
def test_a_domain_with_what_is_its_host_s_alone_is_not_moved(monkeypatch, device, why):
    with_device = domain("one", RUNNING)
    with_device.XMLDesc = lambda: f"<domain><devices>{device}</devices></domain>"
    monkeypatch.setitem(sys.modules, "libvirt", a_host(with_device, domain("two", RUNNING)))
    state = read(["test:///one"]).state
    assert [vm.movable for vm in state.vms] == [why is None, True]
    assert state.vm("one").labels.get("why") == why


def test_a_domain_with_encrypted_memory_is_not_moved(monkeypatch):
    secret = domain("one", RUNNING)
    secret.XMLDesc = lambda: "<domain><launchSecurity type='sev'/></domain>"
    monkeypatch.setitem(sys.modules, "libvirt", a_host(secret))
    assert read(["test:///one"]).state.vm("one").labels["why"] == "has its memory encrypted"


TIMER = "<clock><timer name='rtc'/><timer name='tsc' frequency='{}'/></clock>"


@pytest.mark.parametrize(
    ("feature", "clock", "is_moved"),
    [
        ("<feature policy='require' name='invtsc'/>", "", False),
        ("<feature name='invtsc'/>", "<clock><timer name='tsc' mode='native'/></clock>", False),
        ("<feature policy='force' name='invtsc'/>", TIMER.format(0), False),
        ("<feature policy='require' name='invtsc'/>", TIMER.format(2_400_000_000), True),
        ("<feature policy='disable' name='invtsc'/><feature policy='require' name='tsc'/>", "", True),
    ],
)
def test_a_domain_that_counts_by_the_tsc_of_its_host_is_moved_only_at_a_frequency_that_is_told(
    monkeypatch, feature, clock, is_moved
):
    """Libvirt: "domain has 'invtsc' CPU feature but TSC frequency is not specified"."""
    counting = domain("one", RUNNING)
    counting.XMLDesc = lambda: f"<domain><cpu>{feature}</cpu>{clock}</domain>"
    monkeypatch.setitem(sys.modules, "libvirt", a_host(counting))
    vm = read(["test:///one"]).state.vm("one")
    assert (vm.movable, "counts time by the TSC of its host" in vm.labels.get("why", "")) == (
        is_moved,
        not is_moved,
    )
