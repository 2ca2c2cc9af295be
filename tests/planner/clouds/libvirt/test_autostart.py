"""Who starts with its host does so with the next, whoever sees it arrive; by a libvirt that only pretends."""

from __future__ import annotations

import sys
from threading import Event
from types import SimpleNamespace

import pytest

from models import VM, Migration
from planner.clouds.libvirt import Libvirt
from planner.clouds.protocol import Phase, Running
from planner.clouds.seen import SeenVM
from tests.planner.clouds.libvirt.pretending import library

URIS = ("test:///h1", "test:///h2")

FLAGS = dict.fromkeys(
    (
        "VIR_MIGRATE_PEER2PEER",
        "VIR_MIGRATE_ABORT_ON_ERROR",
        "VIR_MIGRATE_PERSIST_DEST",
        "VIR_MIGRATE_UNDEFINE_SOURCE",
        "VIR_MIGRATE_LIVE",
    ),
    0,
)


class Domain:
    """Migrates until somebody lets it arrive, and starts with its host or not."""

    def __init__(self):
        self.starts, self.arrives, self.error = 0, Event(), None

    def autostart(self):
        return self.starts

    def setAutostart(self, starts):  # noqa: N802
        if self.error:
            raise self.error
        self.starts = starts

    def isPersistent(self):  # noqa: N802
        return 1

    def jobStats(self):  # noqa: N802
        return {"operation": 5}  # VIR_DOMAIN_JOB_OPERATION_MIGRATION_OUT

    def migrateToURI3(self, *_):  # noqa: N802
        self.arrives.wait(timeout=30)


@pytest.fixture
def domain(monkeypatch):
    made = Domain()
    connection = SimpleNamespace(lookupByUUIDString=lambda _: made, isAlive=lambda: True, close=lambda: None)
    monkeypatch.setitem(sys.modules, "libvirt", library(connection, **FLAGS))
    monkeypatch.setattr("planner.clouds.libvirt.adapter.find", lambda _: (None, []))
    sees(monkeypatch, "h1")
    yield made
    made.error = None
    made.arrives.set()


def sees(monkeypatch, host):
    """Let libvirt say that the VM runs there, idle."""
    hosts = [SimpleNamespace(name=uri[-2:], host=SimpleNamespace(labels={"uri": uri})) for uri in URIS]
    seen = SimpleNamespace(hosts=hosts, vms=[SeenVM(VM("a", {}), host)])
    monkeypatch.setattr("planner.clouds.libvirt.adapter.named", lambda _: seen)


def followed_by_another_process(monkeypatch, domain):
    """Begin a migration, and let another process see that it has arrived; give what that says."""
    away = Migration("a", "h1", "h2")
    handle = Libvirt(URIS).start(away)
    domain.starts = 0  # libvirt does not take that along
    sees(monkeypatch, "h2")
    return Libvirt(URIS).follow([Running(away, handle)])[handle]


@pytest.mark.parametrize("starts", [0, 1])
def test_a_resume_lets_a_vm_start_with_its_host_as_it_did_before(monkeypatch, domain, starts):
    domain.starts = starts
    assert followed_by_another_process(monkeypatch, domain).phase is Phase.DONE
    assert domain.starts == starts


def test_one_that_cannot_be_made_to_has_arrived_and_that_is_told(monkeypatch, domain, caplog):
    domain.starts, domain.error = 1, OSError("read-only file system")
    assert followed_by_another_process(monkeypatch, domain).phase is Phase.DONE
    assert "a: does not start with its new host h2 as it did before: read-only" in caplog.text


@pytest.mark.parametrize("starts", [0, 1])
def test_one_that_has_arrived_before_a_resume_is_followed_by_what_was_seen_before_its_request(
    monkeypatch, domain, starts
):
    """Killed behind its request, a run has that from its journal; who has arrived tells it no more."""
    domain.starts = starts
    foretold = Libvirt(URIS).look("a").handle
    assert (foretold is None) == (not starts)
    domain.starts = 0
    sees(monkeypatch, "h2")
    Libvirt(URIS).follow([Running(Migration("a", "h1", "h2"), foretold or "a")])
    assert domain.starts == starts
