"""Pools that random tests found, kept: each once got a wrong answer, or none."""

from __future__ import annotations

import pytest

from planner import Status
from tests.oracle import optimum
from tests.planner.solving import LIMIT_S, solve_checked

FREE_STOPS = {
    "format": "vm-pool/1",
    "hosts": [
        {"name": "h0", "capacity": {}, "arch": "aarch64"},
        {"name": "h1", "capacity": {}, "arch": "aarch64"},
        {"name": "h2", "capacity": {}, "accepts": False},
        {"name": "h3", "capacity": {}, "arch": "aarch64"},
    ],
    "vms": [
        {"name": "v0", "demand": {}},
        {"name": "v1", "demand": {}, "arch": "aarch64"},
        {"name": "v2", "demand": {}},
        {"name": "v3", "demand": {}, "arch": "aarch64"},
        {"name": "v4", "demand": {}, "arch": "armv7l"},
        {"name": "v5", "demand": {}, "arch": "armv7l", "offline": True},
        {"name": "v6", "demand": {}, "arch": "armv7l"},
        {"name": "v7", "demand": {}, "offline": True},
    ],
    "rules": {"offline_cost_factor": 0},
    "current": {
        **{"v0": "h2", "v1": "h0", "v2": "h2", "v3": "h3"},
        **{"v4": "h1", "v5": "h1", "v6": "h0", "v7": "h2"},
    },
    "target": {
        **{"v0": "h2", "v1": "h0", "v2": "h2", "v3": "h1"},
        **{"v4": "h3", "v5": "h3", "v6": "h0", "v7": "h2"},
    },
}
FREE_DETOURS = {
    "format": "vm-pool/1",
    "hosts": [
        {
            "name": "h0",
            "arch": "aarch64",
            "capacity": {"ram_mib": 5, "vcpus": 2, "disk_gib": 3},
            "overcommit": {"ram_mib": 4.0, "vcpus": 1.1, "disk_gib": 1.1},
        },
        {"name": "h1", "capacity": {}},
        {
            "name": "h2",
            "arch": "aarch64",
            "capacity": {"ram_mib": 12, "vcpus": 4, "disk_gib": 4},
            "overcommit": {"ram_mib": 1.1, "vcpus": 0.5},
            "reserved": {"ram_mib": 2, "vcpus": 2},
        },
        {"name": "h3", "arch": "riscv64", "capacity": {"ram_mib": 10, "vcpus": 18}, "traits": ["gpu"]},
    ],
    "vms": [
        {"name": "v0", "demand": {"vcpus": 1}, "arch": "riscv64"},
        {"name": "v1", "demand": {"ram_mib": 6}, "arch": "aarch64", "offline": True, "detours": False},
        {"name": "v2", "demand": {"ram_mib": 6, "vcpus": 2}, "arch": "aarch64", "offline": True},
        {"name": "v3", "demand": {"ram_mib": 7, "vcpus": 4}, "arch": "riscv64", "offline": True},
        {"name": "v4", "demand": {"ram_mib": 2}, "arch": "riscv64"},
        {
            "name": "v5",
            "demand": {"ram_mib": 2, "vcpus": 1},
            "arch": "armv7l",
            "offline": True,
            "detours": False,
        },
        {"name": "v6", "demand": {"ram_mib": 7, "disk_gib": 3}, "arch": "armv7l"},
        {"name": "v7", "demand": {"ram_mib": 4, "disk_gib": 1}, "arch": "aarch64"},
    ],
    "current": {
        **{"v0": "h1", "v1": "h0", "v2": "h0", "v3": "h3"},
        **{"v4": "h1", "v5": "h0", "v6": "h2", "v7": "h2"},
    },
    "target": {
        **{"v0": "h3", "v1": "h0", "v2": "h0", "v3": "h3"},
        **{"v4": "h3", "v5": "h2", "v6": "h0", "v7": "h2"},
    },
}
LIGHT_AND_HEAVY = {
    "format": "vm-pool/1",
    "hosts": [{"name": f"h{n}", "capacity": {"ram_mib": ram}} for n, ram in enumerate((12, 12, 12, 7))],
    "vms": [{"name": f"v{n}", "demand": {"ram_mib": ram}} for n, ram in enumerate((2, 8, 2, 7, 4, 4, 4, 4))],
    "current": {
        **{"v0": "h0", "v1": "h0", "v2": "h0", "v3": "h1"},
        **{"v4": "h1", "v5": "h2", "v6": "h2", "v7": "h2"},
    },
    "target": {
        **{"v0": "h1", "v1": "h2", "v2": "h1", "v3": "h1"},
        **{"v4": "h0", "v5": "h0", "v6": "h2", "v7": "h0"},
    },
}
FOUND = {
    "a VM at home on a cordoned host, whose stop is free, could not be started there again": (
        FREE_STOPS,
        "moves",
    ),
    "a VM without RAM steps aside for nothing, so no number of detours was beyond the bound": (
        FREE_DETOURS,
        "ram",
    ),
    "light VMs could step aside more often than was searched, so the proof stopped short": (
        LIGHT_AND_HEAVY,
        "ram",
    ),
}


@pytest.mark.parametrize(("data", "objective"), FOUND.values(), ids=FOUND)
def test_a_pool_that_was_got_wrong_is_planned_at_the_cost_of_the_oracle(data, objective):
    best = optimum(data, objective)
    # To prove it takes ten seconds, where nothing else runs.
    result = solve_checked(data, objective, time_limit_s=6 * LIMIT_S)
    assert (result.status, result.cost) == (Status.OPTIMAL, best.cost)
