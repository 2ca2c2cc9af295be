"""A real nova, one for the tests of a module, or more where it loses a migration."""

from __future__ import annotations

import pytest

from tests.planner.clouds.openstack.again import LOST, run_again_where_lost
from tests.planner.clouds.openstack.running import Nova

HOSTS = 4
"""How many hosts there are, where the module of a test does not say."""


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item, nextitem):
    """Give a test of a real nova a second try where nova has lost a migration."""
    return run_again_where_lost(item, nextitem) if "nova" in getattr(item, "fixturenames", ()) else None


@pytest.fixture(scope="module")
def running_nova(request, tmp_path_factory):
    """Start a nova."""
    nova = Nova(tmp_path_factory.mktemp("nova"), getattr(request.module, "HOSTS", HOSTS))
    yield nova
    nova.close()


@pytest.fixture
def nova(request, running_nova, monkeypatch, tmp_path):
    """Give a nova without servers, named ``test`` in ``clouds.yaml``, and leave one behind.

    One that has lost a migration, or cannot be tidied up, is left to no other test.
    """
    for variable in ("OS_CLOUD", "OS_AUTH_URL"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(running_nova.config))
    monkeypatch.setenv("VMPLAN_STATE_DIR", str(tmp_path / "state"))
    if running_nova.is_spoilt:
        running_nova.renew()
    running_nova.connect()
    running_nova.is_spoilt = True  # until it is tidy again
    yield running_nova
    try:
        if not running_nova.lost:
            running_nova.tidy()
            running_nova.is_spoilt = bool(running_nova.lost)
    finally:
        running_nova.api.close()
        if running_nova.lost:
            request.node.stash[LOST] = running_nova.lost
