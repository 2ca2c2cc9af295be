"""Two real libvirtd, for the tests of a module."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest

from planner.clouds.libvirt import Libvirt
from tests.planner.clouds.libvirt.pair import Pair


@pytest.fixture(scope="module")
def pair():
    # Paths of UNIX sockets are short: pytest's own folders are too deep.
    folder = Path(tempfile.mkdtemp(prefix="vmplan-"))
    pair = Pair(folder)
    yield pair
    pair.close()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def opened(pair):
    """Open the pair with parameters for migrations; all guests are gone in the end."""
    clouds = []

    def opened(**more):
        cloud = Libvirt(pair.uris, parameters=pair.parameters(**more))
        pair.wait(cloud.hosts)
        clouds.append(cloud)
        return cloud

    yield opened
    hosts = opened().hosts
    for uri in pair.uris:
        for domain in hosts.at(uri).listAllDomains():
            is_persistent = domain.isPersistent()
            if domain.isActive():
                domain.destroy()
            if is_persistent:
                domain.undefine()
    for cloud in clouds:
        cloud.hosts.close()
