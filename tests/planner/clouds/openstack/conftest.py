"""A real nova, one for the tests of a module."""

from __future__ import annotations

import pytest

from tests.planner.clouds.openstack.running import Nova

HOSTS = 4
"""How many hosts there are, where the module of a test does not say."""


@pytest.fixture(scope="module")
def running_nova(request, tmp_path_factory):
    """Start a nova."""
    nova = Nova(tmp_path_factory.mktemp("nova"), getattr(request.module, "HOSTS", HOSTS))
    yield nova
    nova.close()


@pytest.fixture
def nova(running_nova, monkeypatch, tmp_path):
    """Give a nova without servers, named ``test`` in ``clouds.yaml``."""
    for variable in ("OS_CLOUD", "OS_AUTH_URL"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(running_nova.config))
    monkeypatch.setenv("VMPLAN_STATE_DIR", str(tmp_path / "state"))
    running_nova.connect()
    yield running_nova
    for host in range(running_nova.hosts):
        running_nova.tell(f"up h{host}")
        running_nova.tell(f"enable h{host}")
    running_nova.clear()
    running_nova.api.close()
