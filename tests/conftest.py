"""Hypothesis profiles, and two pools that many tests look at."""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings

from benchmarks.peers import hbal
from models import VM, Host, Pool, PoolState
from tests.planner.clouds.libvirt import pair
from tests.strategies import parsed

# Compiled once and kept beside its source, whatever the environment asks: hundreds of tests start a process,
# and without this each compiles the planner anew, as each worker does all tests.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# What a shell starts in the background ignores Ctrl-C, and so would all processes that the tests interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

_SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)
settings.register_profile(
    "small", derandomize=True, deadline=None, max_examples=60, database=None, suppress_health_check=_SLOW
)
settings.register_profile(
    "thorough", deadline=None, max_examples=10_000, print_blob=True, suppress_health_check=_SLOW
)
settings.register_profile(
    "quick",
    settings.get_profile("small"),
    max_examples=10,
    phases=(Phase.explicit, Phase.generate),
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "small"))


WHY_NOT = {"libvirt": pair.why_not, "hbal": lambda: "" if hbal.is_installed() else hbal.MISSING}
"""Marker of tests -> why what they need is not here; nothing where it is."""


def pytest_collection_modifyitems(config, items):
    """Leave out the tests of what is not installed here, and begin with those that take longest."""
    lacking = {marker for marker, why_not in WHY_NOT.items() if why_not()}
    left_out = [item for item in items if any(item.get_closest_marker(marker) for marker in lacking)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def pytest_terminal_summary(terminalreporter):
    """Say which were left out, and why."""
    for marker, why_not in WHY_NOT.items():
        if why := why_not():
            terminalreporter.write_line(f"tests marked {marker} were left out: {why}")


@pytest.fixture(autouse=True)
def _own_state_folder(tmp_path, monkeypatch):
    """Keep the locks of a test with the test."""
    monkeypatch.setenv("VMPLAN_STATE_DIR", str(tmp_path / "state"))


@pytest.fixture
def tiny() -> Pool:
    """Two VMs swap hosts, and one of them must step aside.

    Three hosts of 10 GiB of RAM (here: ``ram_mib`` 10). a (7) is on h1 and b (6) on h2; they shall change
    places. Neither fits beside the other: 7 + 6 = 13 > 10. h3 is empty, so one VM steps aside to it:

    - b: h2 -> h3 (load of h3: 6), a: h1 -> h2 (7), b: h3 -> h1 (6): 3 moves, 6 + 7 + 6 = 19 of RAM;
    - with a aside: 7 + 6 + 7 = 20 of RAM.

    Each VM must move once (2 moves, 13 of RAM) and the swap needs one detour, so 3 moves are best, and 19
    of RAM. Stopping a VM costs ten migrations, more than any detour.
    """
    hosts = [Host(f"h{number}", {"ram_mib": 10}) for number in (1, 2, 3)]
    vms = [VM("a", {"ram_mib": 7}), VM("b", {"ram_mib": 6})]
    current = PoolState(hosts, vms, {"a": "h1", "b": "h2"})
    return Pool(current, current.placed({"a": "h2", "b": "h1"}))


FULL: dict[str, Any] = {
    "format": "vm-pool/1",
    "hosts": [
        {
            "name": "old1",
            "capacity": {"ram_mib": 32, "vcpus": 4},
            "reserved": {"ram_mib": 2},
            "overcommit": {"vcpus": 2.0},
            "traits": ["avx2"],
            "version": 7,
            "labels": {"rack": "A"},
        },
        {"name": "old2", "capacity": {"ram_mib": 8, "vcpus": 4}, "version": 7, "accepts": False},
        {
            "name": "new1",
            "capacity": {"ram_mib": 32, "vcpus": 8},
            "traits": ["avx2", "gpu"],
            "version": 8,
            "labels": {"rack": "B"},
        },
        {"name": "new2", "capacity": {"ram_mib": 16, "vcpus": 8}, "traits": ["avx2"], "version": 8},
        {"name": "arm", "arch": "aarch64", "capacity": {"ram_mib": 8, "vcpus": 2}},
    ],
    "vms": [
        {
            "name": "db1",
            "demand": {"ram_mib": 12, "vcpus": 4},
            "requires": ["avx2"],
            "labels": {"role": "db"},
        },
        {"name": "db2", "demand": {"ram_mib": 12, "vcpus": 4}, "labels": {"role": "db"}, "detours": False},
        {"name": "legacy", "arch": "i386", "demand": {"ram_mib": 4}, "cost": 9},
        {"name": "pinned", "demand": {"ram_mib": 4}, "movable": False},
        {"name": "render", "demand": {"ram_mib": 14, "vcpus": 2}, "requires": ["gpu"], "offline": True},
        {"name": "sensor", "arch": "armv7l", "demand": {"ram_mib": 1}},
        {"name": "gone", "demand": {"ram_mib": 8}},
        {"name": "fresh", "demand": {"ram_mib": 10, "vcpus": 1}},
    ],
    "rules": {"anti_affinity": [["db1", "db2"]], "offline_cost_factor": 5},
    "current": {
        **{"db1": "old1", "legacy": "old1", "gone": "old1"},
        **{"pinned": "old2", "db2": "old2"},
        **{"render": "new1", "sensor": "arm"},
    },
    "target": {
        **{"db1": "new2", "fresh": "old1", "pinned": "old2"},
        **{"db2": "new1", "legacy": "new1", "sensor": "arm", "render": "new1"},
    },
}
"""The pool of the fixture ``full``, as its file."""


@pytest.fixture
def full_file() -> dict[str, Any]:
    """The pool that uses every field of a pool file, as plain JSON, for a test to change."""
    return json.loads(json.dumps(FULL))


@pytest.fixture
def full() -> Pool:
    """A pool that uses every feature: see ``FULL``.

    old2 is overloaded (16 of 8 ``ram_mib``) and cordoned; db2 leaves it, straight for new1. gone is shut
    down and fresh provisioned on old1. db1 and legacy move to newer hosts, from which there is no way back;
    db1 and db2 may meet nowhere. pinned, render and sensor stay: 3 moves, no detour.
    """
    return parsed(FULL)
