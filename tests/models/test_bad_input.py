"""Bad pool files: every kind is a ``PoolError`` that names the place, the value and the rule."""

from __future__ import annotations

import copy
import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from models import PoolError, read_pool
from models.reading import parse_pool
from tests.strategies import DEEP, GOOD, HUGE, encoded, malformed_files, put, scrambled_files, without

if TYPE_CHECKING:
    from collections.abc import Callable

SMALL: dict[str, Any] = {
    "format": "vm-pool/1",
    "hosts": [
        {"name": "h1", "capacity": {"ram_mib": 10}},
        {"name": "h2", "capacity": {"ram_mib": 10}},
    ],
    "vms": [{"name": "a", "demand": {"ram_mib": 7}}],
    "current": {"a": "h1"},
    "target": {"a": "h2"},
}


def errors(data: bytes) -> tuple[str, ...]:
    """Read and check a bad file; give every mistake."""
    with pytest.raises(PoolError) as caught:
        parse_pool(data).check()
    assert isinstance(caught.value, ValueError)
    assert str(caught.value).startswith(caught.value.errors[0])
    assert all(text and "\n" not in text for text in caught.value.errors)
    return caught.value.errors


def changed(change: Callable[[Any], Any]) -> bytes:
    """Give the small file with a change."""
    pool = copy.deepcopy(SMALL)
    change(pool)
    return encoded(pool)


WRONG_TYPES: dict[str, tuple[tuple[Any, ...], Any, list[str]]] = {
    "negative": (("vms", 0, "demand", "ram_mib"), -7, ["vms[0].demand.ram_mib", "-7", ">= 0"]),
    "float": (("vms", 0, "demand", "ram_mib"), 7.5, ["vms[0].demand.ram_mib", "7.5", "int"]),
    "whole float": (("vms", 0, "demand", "ram_mib"), 7.0, ["vms[0].demand.ram_mib", "7.0", "int"]),
    "string": (("vms", 0, "demand", "ram_mib"), "7", ["vms[0].demand.ram_mib", "'7'", "int"]),
    "bool": (("vms", 0, "demand", "ram_mib"), True, ["vms[0].demand.ram_mib", "True", "int"]),
    "null": (("vms", 0, "demand", "ram_mib"), None, ["vms[0].demand.ram_mib", "None", "int"]),
    "10^30": (("vms", 0, "demand", "ram_mib"), 10**30, ["vms[0].demand.ram_mib", "1" + "0" * 30]),
    "5000 digits": (("vms", 0, "demand", "ram_mib"), HUGE, ["vms[0].demand.ram_mib", "over 40 digits"]),
    "2^53": (("hosts", 1, "capacity", "ram_mib"), 2**53, ["hosts[1].capacity.ram_mib", str(2**53), "<="]),
    "nested": (("vms", 0, "demand", "ram_mib"), DEEP, ["nested too deep"]),
    "NaN demand": (("vms", 0, "demand", "ram_mib"), float("nan"), ["vms[0].demand.ram_mib", "nan"]),
    "NaN overcommit": (
        ("hosts", 0, "overcommit"),
        {"ram_mib": float("nan")},
        ["hosts[0].overcommit.ram_mib"],
    ),
    "infinite": (
        ("hosts", 0, "overcommit"),
        {"ram_mib": float("inf")},
        ["hosts[0].overcommit.ram_mib", "inf"],
    ),
    "negative ratio": (
        ("hosts", 0, "overcommit"),
        {"ram_mib": -1.0},
        ["hosts[0].overcommit.ram_mib", "-1.0"],
    ),
    "negative reserve": (("hosts", 0, "reserved"), {"ram_mib": -1}, ["hosts[0].reserved.ram_mib", "-1"]),
    "hosts an object": (("hosts",), {}, ["hosts", "{}", "array"]),
    "host a number": (("hosts", 0), 7, ["hosts[0]", "7", "object"]),
    "empty name": (("vms", 0, "name"), "", ["vms[0].name", "''"]),
    "name a number": (("hosts", 1, "name"), 5, ["hosts[1].name", "5", "str"]),
    "trait a number": (("hosts", 0, "traits"), [7], ["hosts[0].traits[0]", "7", "str"]),
    "accepts a number": (("hosts", 0, "accepts"), 1, ["hosts[0].accepts", "1", "bool"]),
    "label a number": (("vms", 0, "labels"), {"rack": 7}, ["vms[0].labels.rack", "7", "str"]),
    "cost negative": (("vms", 0, "cost"), -1, ["vms[0].cost", "-1", ">= 0"]),
    "version a string": (("hosts", 0, "version"), "8", ["hosts[0].version", "'8'", "int"]),
    "unknown field": (("hosts", 0, "ramm"), 1, ["hosts[0].ramm", "unknown field", "capacity"]),
    "unknown top field": (("pools",), 1, ["pools", "unknown field"]),
    "unknown rule": (("rules",), {"affinity": []}, ["rules.affinity", "unknown field", "anti_affinity"]),
    "group a string": (("rules",), {"anti_affinity": ["a"]}, ["rules.anti_affinity[0]", "'a'"]),
    "factor negative": (("rules",), {"offline_cost_factor": -1}, ["rules.offline_cost_factor", "-1"]),
    "other format": (("format",), "vm-pool/9", ["format", "'vm-pool/9'"]),
    "host a list": (("current", "a"), ["h1"], ["current.a", "['h1']", "str"]),
}


@pytest.mark.parametrize(("path", "value", "words"), WRONG_TYPES.values(), ids=WRONG_TYPES)
def test_a_wrong_value_is_named_with_its_place_and_the_rule(path, value, words):
    first = errors(encoded(put(SMALL, path, value)))[0]
    assert all(word in first for word in words), first


MISSING = {
    "format": ("format",),
    "hosts": ("hosts",),
    "vms": ("vms",),
    "current": ("current",),
    "hosts[1].name": ("hosts", 1, "name"),
    "vms[0].demand": ("vms", 0, "demand"),
}


@pytest.mark.parametrize("place", MISSING)
def test_a_missing_field_is_named(place):
    assert f"{place}: missing, this field is required" in errors(encoded(without(SMALL, MISSING[place])))


NAMES: dict[str, tuple[Callable[[Any], Any], list[str]]] = {
    "host twice": (
        lambda p: p["hosts"].append({"name": "h1", "capacity": {}}),
        ["hosts[2].name", "'h1'", "unique"],
    ),
    "vm twice": (lambda p: p["vms"].append({"name": "a", "demand": {}}), ["vms[1].name", "'a'", "unique"]),
    "unknown host in target": (lambda p: p["target"].update(a="h9"), ["target.a", "'h9'", "no host"]),
    "unknown host in current": (lambda p: p["current"].update(a="h9"), ["current.a", "'h9'", "no host"]),
    "unknown vm in current": (lambda p: p["current"].update(zz="h1"), ["current.zz", "'zz'", "no VM"]),
    "unknown vm in target": (lambda p: p["target"].update(zz="h1"), ["target.zz", "'zz'", "no VM"]),
    "unknown vm in a group": (
        lambda p: p.update(rules={"anti_affinity": [["a", "zz"]]}),
        ["rules.anti_affinity[0][1]", "'zz'", "no VM"],
    ),
    "vm nowhere": (lambda p: p["vms"].append({"name": "b", "demand": {}}), ["vms[1]", "'b'", "neither"]),
}


@pytest.mark.parametrize(("change", "words"), NAMES.values(), ids=NAMES)
def test_a_name_that_is_not_of_the_pool_is_named(change, words):
    first = errors(changed(change))[0]
    assert all(word in first for word in words), first


UNREACHABLE: dict[str, tuple[Callable[[Any], Any], list[str]]] = {
    "too small": (
        lambda p: p["hosts"][1]["capacity"].update(ram_mib=3),
        ["target", "h2", "7", "3", "ram_mib"],
    ),
    "arch": (lambda p: p["hosts"][1].update(arch="aarch64"), ["target.a", "arch x86_64", "aarch64", "h2"]),
    "nobody has the trait": (lambda p: p["vms"][0].update(requires=["gpu"]), ["vms[0].requires", "'gpu'"]),
    "target lacks the trait": (
        lambda p: (p["vms"][0].update(requires=["gpu"]), p["hosts"][0].update(traits=["gpu"])),
        ["target.a", "gpu", "h2"],
    ),
    "pinned": (lambda p: p["vms"][0].update(movable=False), ["target.a", "movable=false"]),
    "cordoned": (lambda p: p["hosts"][1].update(accepts=False), ["target.a", "accepts=false", "h2"]),
    "older": (
        lambda p: (p["hosts"][0].update(version=8), p["hosts"][1].update(version=7)),
        ["target.a", "version 7", "h2", "8"],
    ),
    "anti-affinity": (
        lambda p: (
            p["vms"].append({"name": "b", "demand": {}}),
            p["current"].update(b="h2"),
            p["target"].update(b="h2"),
            p.update(rules={"anti_affinity": [["a", "b"]]}),
        ),
        ["target", "rules.anti_affinity[0]", "h2", "2", "1 allowed"],
    ),
}


@pytest.mark.parametrize(("change", "words"), UNREACHABLE.values(), ids=UNREACHABLE)
def test_a_target_that_cannot_be_meant_is_named_with_its_rule(change, words):
    first = errors(changed(change))[0]
    assert all(word in first for word in words), first


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "empty"),
        (b" \n\t", "empty"),
        (b"[]", "expected an object"),
        (b"7", "expected an object"),
        (b"null", "expected an object"),
        (b"\xff", "not UTF-8: byte 0 is 0xff"),
        (json.dumps(SMALL)[:-9].encode(), "not JSON"),
        (json.dumps(SMALL).encode() + b"x", "not JSON"),
        (json.dumps(SMALL).encode("utf-16"), "not UTF-8"),
        (b"[" * 100_000, "nested too deep"),
        (b'{"format":' * 100_000, "nested too deep"),
        (b"{'format': 'vm-pool/1'}", "not JSON"),
        (b'{"format": "vm-pool/1",}', "not JSON"),
    ],
    ids=range(13),
)
def test_bytes_that_are_no_json_object_are_told_apart(data, word):
    assert word in errors(data)[0]


@pytest.mark.parametrize(
    ("once", "key"),
    [
        ('"name": "h1"', "name"),
        ('"ram_mib": 7', "ram_mib"),
        ('"current": {"a": "h1"}', "current"),
        ('"a": "h2"', "a"),
    ],
)
def test_a_key_that_stands_twice_in_an_object_is_named(once, key):
    """JSON readers let the last one win, silently: a VM twice in ``current`` would be lost."""
    text = json.dumps(SMALL)
    assert text.count(once) == 1
    assert errors(text.replace(once, f"{once}, {once}").encode()) == (
        f"{key}: given twice in one object, names are unique",
    )


def test_every_mistake_of_the_fields_is_listed_in_one_go():
    pool = put(SMALL, ("vms", 0, "demand", "ram_mib"), -1)
    pool["hosts"][0]["ramm"] = 1
    pool["hosts"][1]["name"] = ""
    pool["format"] = "x"
    found = errors(json.dumps(pool).encode())
    places = ["format", "hosts[0].ramm", "hosts[1].name", "vms[0].demand.ram_mib"]
    assert [text.split(":")[0] for text in found] == places


def test_every_mistake_of_the_names_is_listed_in_one_go():
    pool = put(SMALL, ("current", "x"), "h1")
    pool["target"] = {"a": "h8", "y": "h9"}
    found = errors(json.dumps(pool).encode())
    assert [text.split(":")[0] for text in found] == ["current.x", "target.a", "target.y", "target.y"]


def test_every_mistake_of_the_target_is_listed_in_one_go():
    """A pinned VM with another target, an overfull host, a broken group, a trait nobody has."""
    pool = copy.deepcopy(SMALL)
    pool["vms"] = [
        {"name": "pinned", "demand": {"ram_mib": 6}, "movable": False},
        {"name": "big", "demand": {"ram_mib": 6}},
        {"name": "picky", "demand": {"ram_mib": 1}, "requires": ["gpu"]},
    ]
    pool["rules"] = {"anti_affinity": [["big", "pinned"]]}
    pool["current"] = {"pinned": "h1", "big": "h2", "picky": "h1"}
    pool["target"] = {"pinned": "h2", "big": "h2", "picky": "h1"}
    found = "\n".join(errors(json.dumps(pool).encode()))
    for word in ("'gpu', which no host has", "movable=false", "h2 holds 12 of 10 ram_mib", "2 of rules.anti"):
        assert word in found


def test_the_message_shows_the_first_mistake_and_counts_the_others():
    with pytest.raises(PoolError) as caught:
        parse_pool(b'{"format": "vm-pool/1", "hosts": []}')
    assert str(caught.value) == "vms: missing, this field is required (and 1 more)"


@given(malformed_files())
def test_a_malformed_file_is_a_pool_error_and_nothing_else(data):
    assert errors(data)


@given(scrambled_files())
def test_a_scrambled_file_is_a_pool_or_a_pool_error(data):
    try:
        parse_pool(data).check()
    except PoolError as error:
        assert error.errors  # noqa: PT017 - it may be a pool still


def test_the_good_file_of_the_malformed_ones_is_good():
    parse_pool(encoded(GOOD)).check()


def test_a_file_that_cannot_be_read_is_an_os_error(tmp_path):
    for path in (tmp_path, tmp_path / "none.json"):
        with pytest.raises(OSError, match=path.name):
            read_pool(path)


@pytest.mark.parametrize(
    "data", [gzip.compress(encoded(GOOD))[:-12], b"\x1f\x8b" + b"nonsense" * 9, b"\x1f\x8b\x08" + b"\0" * 30]
)
def test_a_damaged_gzip_file_is_named(tmp_path, data):
    path = tmp_path / "damaged.json.gz"
    path.write_bytes(data)
    with pytest.raises(OSError, match=r"damaged\.json\.gz: damaged gzip file: "):
        read_pool(path)
