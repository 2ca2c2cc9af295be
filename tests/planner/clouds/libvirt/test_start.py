"""What comes of a start that libvirt does not answer or refuses, by a libvirt that only pretends."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from models import Start
from planner.clouds.libvirt import Libvirt
from planner.clouds.protocol import RefusedError, UnknownError
from planner.clouds.seen import Power
from tests.planner.clouds.libvirt.pretending import library

RPC, DOMAIN = 7, 10
"""VIR_FROM_RPC: the connection is lost; VIR_FROM_DOM: what the daemon says."""


class LibvirtError(Exception):
    """Stands in for ``libvirtError``."""

    def __init__(self, domain):
        super().__init__("no such domain")
        self._domain = domain

    def get_error_domain(self):
        return self._domain

    def get_error_code(self):
        return 42

    def get_error_message(self):
        return str(self)


@pytest.mark.parametrize(("domain", "kind"), [(RPC, UnknownError), (DOMAIN, RefusedError)])
def test_a_domain_that_is_gone_before_it_is_carried_over_is_no_bare_error(monkeypatch, domain, kind):
    """The VM was seen off on h1; when it is asked for, h1 says it has none, or says nothing."""

    def lookup(_):
        raise LibvirtError(domain)

    connection = SimpleNamespace(lookupByUUIDString=lookup, isAlive=lambda: True)
    pretended = library(connection, libvirtError=LibvirtError, VIR_FROM_RPC=RPC)
    monkeypatch.setitem(sys.modules, "libvirt", pretended)
    hosts = [
        SimpleNamespace(name=name, host=SimpleNamespace(labels={"uri": f"test:///{name}"}))
        for name in ("h1", "h2")
    ]
    vm = SimpleNamespace(ref="a", host="h1", power=Power.OFF, busy=None, goes_to=None)
    seen = SimpleNamespace(hosts=hosts, vms=[vm])
    monkeypatch.setattr("planner.clouds.libvirt.adapter.find", lambda _: (None, []))
    monkeypatch.setattr("planner.clouds.libvirt.adapter.named", lambda _: seen)
    with pytest.raises(kind, match="no such domain"):
        Libvirt(["test:///h1", "test:///h2"]).start(Start("a", "h2"))
