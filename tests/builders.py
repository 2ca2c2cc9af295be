"""Pools in one line, and the names of what a plan breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from models import VM, Host, Migration, Pool, PoolState, Provision, Shutdown, Start, Stop, replay

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from models import Action, Rule, Violation
    from tests.slow_replay import Json


def host(name: str, ram_mib: int = 10, **fields: Any) -> Host:
    """Give a host with some RAM."""
    return Host(name, fields.pop("capacity", {"ram_mib": ram_mib}), **fields)


def vm(name: str, ram_mib: int = 1, **fields: Any) -> VM:
    """Give a VM that takes some RAM."""
    return VM(name, fields.pop("demand", {"ram_mib": ram_mib}), **fields)


def where(text: str) -> dict[str, str]:
    """Give the placement ``h1: a b, h2: c``."""
    rows = [row.split(":") for row in text.split(",") if row.strip()]
    return {name: row[0].strip() for row in rows for name in row[1].split()}


def pool(
    hosts: Sequence[Host],
    vms: Sequence[VM],
    current: str | Mapping[str, str],
    target: str | Mapping[str, str],
    *,
    rules: Sequence[Rule] = (),
    **state: Any,
) -> Pool:
    """Give a pool of two placements."""
    here, there = (where(text) if isinstance(text, str) else text for text in (current, target))
    before = PoolState(hosts, vms, here, rules=rules, **state)
    return Pool(before, before.placed(there))


def move(text: str) -> Migration:
    """Give the migration ``a: h1 -> h2``."""
    name, way = text.split(":")
    source, destination = way.split("->")
    return Migration(name.strip(), source.strip(), destination.strip())


def moves(*texts: str) -> list[Migration]:
    """Give migrations."""
    return [move(text) for text in texts]


def broken(found: Iterable[Violation]) -> list[str]:
    """Give the rules that violations name, in order."""
    return [violation.rule for violation in found]


def broken_by(of: Pool, actions: Iterable[Action]) -> list[tuple[int, str]]:
    """Give (number of the action, rule) of all that a plan breaks."""
    return [(violation.step, violation.rule) for violation in replay(of, list(actions))]


def with_vm(of: Pool, name: str, **fields: Any) -> Pool:
    """Give the same pool with one VM changed."""
    vms = [msgspec.structs.replace(it, **fields) if it.name == name else it for it in of.vms]
    return _again(of, of.hosts, vms)


def with_host(of: Pool, name: str, **fields: Any) -> Pool:
    """Give the same pool with one host changed."""
    hosts = [msgspec.structs.replace(it, **fields) if it.name == name else it for it in of.hosts]
    return _again(of, hosts, of.vms)


def _again(of: Pool, hosts: Sequence[Host], vms: Sequence[VM]) -> Pool:
    here = of.current
    before = PoolState(
        hosts,
        vms,
        here.placement,
        anti_affinity=here.anti_affinity,
        offline_cost_factor=here.offline_cost_factor,
        rules=here.extra_rules,
        timing=here.timing,
    )
    return Pool(before, before.placed(of.target.placement))


def action_of(entry: Json) -> Action:
    """Give the action of an entry of a plan file."""
    match entry["action"]:
        case "migrate":
            return Migration(entry["vm"], entry["from"], entry["to"])
        case "shutdown":
            return Shutdown(entry["vm"], entry["host"])
        case "provision":
            return Provision(entry["vm"], entry["host"])
        case "stop":
            return Stop(entry["vm"], entry["host"])
        case "start":
            return Start(entry["vm"], entry["host"])
        case kind:
            raise ValueError(kind)
