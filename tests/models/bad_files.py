"""Pool files with one mistake each, and the words that must name it."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from tests.strategies import DEEP, HUGE, encoded

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
    "half a surrogate": (("format",), "\ud800", ["format", "surrogate"]),
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
    "other format": (("format",), "vm-pool/9", ["format: 'vm-pool/9', must be vm-pool/1"]),
    "host a list": (("current", "a"), ["h1"], ["current.a", "['h1']", "str"]),
}


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
