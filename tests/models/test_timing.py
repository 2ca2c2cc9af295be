"""What a pool may say of time: read, written, and refused with place, value and rule."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from msgspec.structs import replace

from models import VM, Host, Link, Pool, PoolError, Timing, read_pool, write_pool
from models.reading import parse_pool
from tests.builders import host, pool, vm
from tests.strategies import encoded, put

SMALL: dict[str, Any] = {
    "format": "vm-pool/1",
    "hosts": [
        {"name": "h1", "capacity": {"ram_mib": 10}, "bandwidth_mbps": 500, "max_in": 2, "max_moves": 3},
        {"name": "h2", "capacity": {"ram_mib": 10}},
    ],
    "vms": [{"name": "a", "demand": {"ram_mib": 7}, "dirty_mib_s": 1.5, "hot_mib": 2, "copied_mib": 900}],
    "current": {"a": "h1"},
    "target": {"a": "h2"},
    "timing": {
        "rate_mbps": 93,
        "max_parallel": 4,
        "overhead_s": 0,
        "efficiency": 1,
        "links": [{"name": "rack", "hosts": ["h1"], "mbps": 10000}],
    },
}


def test_all_of_it_is_read_and_written_back(tmp_path):
    read = parse_pool(encoded(SMALL))
    assert read.current.timing == read.target.timing
    assert read.current.timing == Timing(93, 4, 0, 1, links=(Link("rack", ("h1",), 10000),))
    assert (read.hosts[0].bandwidth_mbps, read.hosts[0].max_in, read.hosts[0].max_out) == (500, 2, 1)
    write_pool(tmp_path / "pool.json", read)
    assert read_pool(tmp_path / "pool.json") == read


def test_a_pool_that_says_nothing_of_time_has_the_defaults_and_is_written_without_a_word_of_it(tmp_path):
    plain = pool([host("h1")], [vm("a")], "h1: a", "h1: a")
    assert plain.current.timing == Timing(None, None, 2, 0.9, 30, 30, 600, ())
    write_pool(tmp_path / "pool.json", plain)
    assert "timing" not in (tmp_path / "pool.json").read_text()


def test_a_pool_made_anew_keeps_its_timing():
    read = parse_pool(encoded(SMALL))
    assert read.rebuilt(vms=[replace(it, offline=True) for it in read.vms]).target.timing.rate_mbps == 93


def test_both_placements_have_the_same_timing():
    here = parse_pool(encoded(SMALL)).current
    there = parse_pool(encoded({**SMALL, "timing": {}})).target
    with pytest.raises(PoolError, match="target: its timing is not that of the current placement"):
        Pool(here, there).check()


WRONG: dict[str, tuple[tuple[Any, ...], Any, list[str]]] = {
    "rate 0": (("timing", "rate_mbps"), 0, ["timing.rate_mbps", "0", "> 0"]),
    "rate below 0": (("timing", "rate_mbps"), -93, ["timing.rate_mbps", "-93", "> 0"]),
    "rate a string": (("timing", "rate_mbps"), "93", ["timing.rate_mbps", "'93'"]),
    "rate NaN": (("timing", "rate_mbps"), float("nan"), ["timing.rate_mbps", "nan"]),
    "NIC 0": (("hosts", 0, "bandwidth_mbps"), 0, ["hosts[0].bandwidth_mbps", "0", "> 0"]),
    "NIC beyond counting": (("hosts", 0, "bandwidth_mbps"), 1e10, ["hosts[0].bandwidth_mbps", "<= 1"]),
    "no slot in": (("hosts", 1, "max_in"), 0, ["hosts[1].max_in", "0", ">= 1"]),
    "half a slot out": (("hosts", 1, "max_out"), 0.5, ["hosts[1].max_out", "0.5", "int"]),
    "no limit out": (("hosts", 1, "max_out"), None, ["hosts[1].max_out", "None", "int"]),
    "no slot at all": (("hosts", 0, "max_moves"), 0, ["hosts[0].max_moves", "0", ">= 1"]),
    "none at a time": (("timing", "max_parallel"), 0, ["timing.max_parallel", "0", ">= 1"]),
    "efficiency above 1": (("timing", "efficiency"), 1.1, ["timing.efficiency", "1.1", "<= 1"]),
    "efficiency 0": (("timing", "efficiency"), 0, ["timing.efficiency", "0", "> 0"]),
    "overhead below 0": (("timing", "overhead_s"), -1, ["timing.overhead_s", "-1", ">= 0"]),
    "shutdown below 0": (("timing", "shutdown_s"), -1, ["timing.shutdown_s", "-1", ">= 0"]),
    "half a second": (("timing", "provision_s"), 0.5, ["timing.provision_s", "0.5", "int"]),
    "a hundred years": (("timing", "provision_s"), 3 * 10**9, ["timing.provision_s", "<= 1000000000"]),
    "measured 0": (("vms", 0, "migration_s"), 0, ["vms[0].migration_s", "0", ">= 1"]),
    "measured a float": (("vms", 0, "migration_s"), 7.5, ["vms[0].migration_s", "7.5", "int"]),
    "copies less than nothing": (("vms", 0, "copied_mib"), -1, ["vms[0].copied_mib", "-1", ">= 0"]),
    "dirty below 0": (("vms", 0, "dirty_mib_s"), -1, ["vms[0].dirty_mib_s", "-1", ">= 0"]),
    "dirty a bool": (("vms", 0, "dirty_mib_s"), True, ["vms[0].dirty_mib_s", "True"]),
    "hot below 0": (("vms", 0, "hot_mib"), -1, ["vms[0].hot_mib", "-1", ">= 0"]),
    "a link of 0": (("timing", "links", 0, "mbps"), 0, ["timing.links[0].mbps", "0", "> 0"]),
    "a link over nobody known": (
        ("timing", "links", 0, "hosts"),
        ["h1", "h9"],
        ["timing.links[0].hosts[1]", "'h9'", "no host of the pool"],
    ),
    "a link over a host twice": (
        ("timing", "links", 0, "hosts"),
        ["h1", "h1"],
        ["timing.links[0].hosts[1]", "'h1'", "twice"],
    ),
    "a link without a name": (("timing", "links", 0, "name"), "", ["timing.links[0].name", "''"]),
    "a link name twice": (
        ("timing", "links"),
        [{"name": "r", "hosts": ["h1"], "mbps": 1}, {"name": "r", "hosts": ["h2"], "mbps": 1}],
        ["timing.links[1].name", "'r'", "unique"],
    ),
    "an unknown field": (("timing", "speed"), 1, ["timing.speed", "unknown field", "rate_mbps"]),
}


@pytest.mark.parametrize(("path", "value", "words"), WRONG.values(), ids=WRONG)
def test_a_wrong_word_on_time_is_named_with_its_place_and_the_rule(path, value, words):
    with pytest.raises(PoolError) as caught:
        parse_pool(encoded(put(copy.deepcopy(SMALL), path, value))).check()
    assert all(word in caught.value.errors[0] for word in words), caught.value.errors[0]


BAD_OBJECTS = {
    "NIC": lambda: Host("h", {}, bandwidth_mbps=0),
    "max_in": lambda: Host("h", {}, max_in=0),
    "max_moves": lambda: Host("h", {}, max_moves=True),
    "copied": lambda: VM("a", {}, copied_mib=-1),
    "copied beyond a float": lambda: VM("a", {}, copied_mib=10**400),
    "dirty beyond a float": lambda: VM("a", {}, dirty_mib_s=10**400),
    "hot beyond a float": lambda: VM("a", {}, hot_mib=10**400),
    "overhead beyond a float": lambda: Timing(overhead_s=10**400),
    "dirty": lambda: VM("a", {}, dirty_mib_s=float("inf")),
    "hot": lambda: VM("a", {}, hot_mib="much"),
    "measured": lambda: VM("a", {}, migration_s=0),
    "rate": lambda: Timing(rate_mbps=0),
    "parallel": lambda: Timing(max_parallel=0),
    "overhead": lambda: Timing(overhead_s=-1),
    "efficiency": lambda: Timing(efficiency=1.01),
    "shutdown": lambda: Timing(shutdown_s=0.5),
    "links": lambda: Timing(links=[{"name": "r"}]),
    "link": lambda: Link("r", "h1", 1),
    "mbps": lambda: Link("r", (), float("nan")),
}


@pytest.mark.parametrize("make", BAD_OBJECTS.values(), ids=BAD_OBJECTS)
def test_from_python_the_same_is_refused(make):
    with pytest.raises(ValueError, match="must be"):
        make()
