"""What is aborted, by a libvirt that only pretends."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from models import Migration
from planner.clouds.libvirt import Libvirt
from planner.clouds.protocol import RefusedError, Running
from tests.planner.clouds.libvirt.pretending import library

MIGRATION_OUT, BACKUP = 5, 9
"""VIR_DOMAIN_JOB_OPERATION_MIGRATION_OUT and _BACKUP."""


@pytest.fixture
def domain(monkeypatch):
    """Give the one domain of the one host; its ``job`` is what runs on it, and it counts what is aborted."""

    class Domain:
        job, num_aborted = {}, 0

        def jobStats(self):  # noqa: N802
            return self.job

        def abortJob(self):  # noqa: N802
            self.num_aborted += 1

    domain = Domain()
    connection = SimpleNamespace(lookupByUUIDString=lambda _: domain)
    monkeypatch.setitem(sys.modules, "libvirt", library(connection))
    host = SimpleNamespace(name="h1", host=SimpleNamespace(labels={"uri": "test:///1"}))
    monkeypatch.setattr("planner.clouds.libvirt.adapter.find", lambda _: (None, []))
    monkeypatch.setattr("planner.clouds.libvirt.adapter.named", lambda _: SimpleNamespace(hosts=[host]))
    return domain


def test_a_migration_is_aborted(domain):
    domain.job = {"operation": MIGRATION_OUT}
    Libvirt(["test:///1"]).abort(Running(Migration("a", "h1", "h2"), "a"))
    assert domain.num_aborted == 1


@pytest.mark.parametrize("job", [{"operation": BACKUP}, {}])
def test_what_is_no_migration_is_left_alone(domain, job):
    domain.job = job
    with pytest.raises(RefusedError, match="no migration"):
        Libvirt(["test:///1"]).abort(Running(Migration("a", "h1", "h2"), "a"))
    assert domain.num_aborted == 0
