"""Proxmox VE: what ``pvesh get /cluster/resources --output-format json`` prints, and its HA rules.

Proxmox VE promises no CPUs, so CPUs are counted only where a ratio is asked for.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from models.errors import PoolError
from planner.clouds.found import FoundHost, FoundVM, SourceFound, named
from planner.clouds.imported import Imported, imported
from planner.clouds.reading import json_file
from planner.clouds.reading.json_file import read_json
from planner.clouds.seen import Power
from planner.verdict.sentences import number_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

MIB = 2**20
"""In bytes."""

POWER = {"running": Power.ON, "stopped": Power.OFF, "paused": Power.PAUSED, "suspended": Power.PAUSED}
"""Status of a guest -> whether it runs; of other words, such as QEMU's ``io-error``, nothing good is known.

It follows the documentation: none was ever seen from a real Proxmox VE.
"""

BUSY_HA = ("migrate", "relocate", "error", "fence", "recovery", "request_stop", "freeze")
"""HA states in which the HA manager is about to act on a VM itself."""

DISKS = (
    "which disks are on storage of one node alone is not in this output:"
    " VMs with such disks migrate only with their disks (--with-local-disks)"
)


NO_SIZE = "its size is not told"
WITH_NODES = "pvesh get /cluster/resources --output-format json, without --type,"
WITH_RULES = "pvesh get /cluster/ha/rules --output-format json"


def read_proxmox(
    resources: str,
    rules: str | None = None,
    *,
    cpu_ratio: float | None = None,
    reserved_mib: int = 0,
    stopped: bool = True,
) -> Imported:
    """Read a cluster.

    Parameters
    ----------
    resources
        The file, ``-`` for standard input.
    rules
        What ``pvesh get /cluster/ha/rules --output-format json`` printed, if anything.
    cpu_ratio
        Virtual CPUs for each CPU of a host; None: CPUs are not counted.
    reserved_mib
        RAM that each host keeps for itself, MiB.

    Raises
    ------
    PoolError
        The output is not of this kind.
    """
    asked = None if rules is None else _list(read_json(rules), rules)
    listed = _list(read_json(resources), resources)
    if not any(it.get("type") == "node" for it in listed):
        raise PoolError([f"{resources}: no node is in it; {WITH_NODES} prints them"])
    if asked is not None and not all("rule" in it for it in asked):
        raise PoolError([f"{rules}: not every entry is a rule; {WITH_RULES} prints them"])
    return imported(named(found(listed, asked, cpu_ratio, reserved_mib)), stopped=stopped)


def found(
    resources: Sequence[Mapping[str, Any]],
    rules: Sequence[Mapping[str, Any]] | None = None,
    cpu_ratio: float | None = None,
    reserved_mib: int = 0,
) -> SourceFound:
    """Give what the lists of a cluster say."""
    nodes = [it for it in resources if it.get("type") == "node"]
    guests = [it for it in resources if it.get("type") in ("qemu", "lxc")]
    templates = sum(_is_set(it, "template") for it in guests)
    vms = [it for it in guests if not _is_set(it, "template")]
    sizeless = Counter(_text(it, "node") for it in vms if _has_no_size(it))
    ha = read_rules(rules or [], [_text(it, "id") for it in vms])
    return SourceFound(
        [_host(it, ha, cpu_ratio, reserved_mib, sizeless[_text(it, "node")]) for it in nodes],
        [_vm(it, ha, cpu_ratio) for it in vms],
        ha.apart,
        (
            *ha.warnings,
            *([DISKS] if vms else []),
            *(
                f"node {node} takes nothing: the size of {number_of(count, 'guest')} is not known"
                for node, count in sorted(sizeless.items())
            ),
            *(
                f"node {_text(it, 'node')} takes nothing: {NO_SIZE}, which the right Sys.Audit on it shows"
                for it in nodes
                if _is_not_told(it)
            ),
            *([f"{number_of(templates, 'template is', 'templates are')} left out"] if templates else []),
            *(["no HA rules were given; if there are some, add --rules"] if rules is None else []),
        ),
    )


def _list(value: Any, path: str) -> list[Mapping[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(it, dict) for it in value):
        json_file.wrong(path, type(value).__name__, "must be a list of objects, as pvesh prints it")
    return value


def _text(of: Mapping[str, Any], key: str) -> str:
    return str(json_file.field(of, key, str, str(of.get("id", of.get("rule", "entry")))))


def _number(of: Mapping[str, Any], key: str) -> int:
    return int(json_file.field(of, key, (int, float), _text(of, "id")))


def _is_set(of: Mapping[str, Any], key: str) -> bool:
    """Tell whether a flag is set: 1, which Perl may also print as a text, as it may 0."""
    return str(of.get(key) or "0") not in ("0", "False")


def _has_no_size(guest: Mapping[str, Any]) -> bool:
    """Tell whether a guest is but a name: so are those of a node that has been silent for some minutes."""
    return guest.get("status") == "unknown" and "maxmem" not in guest


def _is_not_told(node: Mapping[str, Any]) -> bool:
    """Tell whether a node answers and its size is hidden: so it is from who has no right to see it."""
    return node.get("status") == "online" and "maxmem" not in node


def _host(
    node: Mapping[str, Any], ha: HaRules, cpu_ratio: float | None, reserved_mib: int, num_sizeless: int
) -> FoundHost:
    name, online = _text(node, "node"), node.get("status") == "online"
    closed = [] if online else [f"node is {node.get('status', 'unknown')}"]
    if node.get("hastate") == "maintenance":
        closed.append("maintenance")
    if _is_not_told(node):
        closed.append(NO_SIZE)
    if num_sizeless:
        closed.append(f"the size of {number_of(num_sizeless, 'guest')} is not known")
    capacity = {"ram_mib": _number(node, "maxmem") // MIB} if "maxmem" in node else {"ram_mib": 0}
    if cpu_ratio is not None:
        capacity["vcpus"] = _number(node, "maxcpu") if "maxcpu" in node else 0
    return FoundHost(
        _text(node, "id"),
        name,
        capacity,
        reserved={"ram_mib": min(reserved_mib, capacity["ram_mib"])},
        overcommit={} if cpu_ratio is None else {"vcpus": cpu_ratio},
        traits=[trait for trait, nodes in ha.nodes.items() if name in nodes],
        closed=tuple(closed),
        up=online,
    )


def _vm(guest: Mapping[str, Any], ha: HaRules, cpu_ratio: float | None) -> FoundVM:
    ident, status = _text(guest, "id"), str(guest.get("status", "unknown"))
    demand = _demand(guest, ident, cpu_ratio)
    fixed = ["a container, which cannot migrate live"] if guest["type"] == "lxc" else []
    fixed += ["its size is not known"] if _has_no_size(guest) else []
    if ident in ha.together:
        fixed.append(f"HA rule {ha.together[ident]} keeps it beside others")
    busy = [f"lock: {guest['lock']}"] if guest.get("lock") else []
    busy += [f"HA: {guest['hastate']}"] if guest.get("hastate") in BUSY_HA else []
    power = POWER.get(status, Power.OTHER)
    return FoundVM(
        ident,
        str(guest.get("name") or ident),
        f"node/{_text(guest, 'node')}",
        demand,
        requires=ha.requires.get(ident, ()),
        fixed=tuple(fixed),
        power=power,
        state="" if power is Power.ON else status,
        busy="; ".join(busy),
        labels={"tags": str(guest["tags"])} if guest.get("tags") else {},
    )


def _demand(guest: Mapping[str, Any], ident: str, cpu_ratio: float | None) -> dict[str, int]:
    """Give what a guest takes; of one whose size is not known nothing, for its host takes nobody."""
    known = not _has_no_size(guest)
    demand = {"ram_mib": -(-_number(guest, "maxmem") // MIB) if known else 0}
    if cpu_ratio is not None:
        # Containers may have a share of a CPU.
        cpus = json_file.field(guest, "maxcpu", (int, float), ident) if known else 0
        demand["vcpus"] = -int(-cpus // 1)
    return demand


@dataclass(slots=True)
class HaRules:
    """HA rules in the words of a pool.

    Parameters
    ----------
    nodes
        Trait -> the nodes that have it.
    requires
        Id of a VM -> traits that it requires.
    apart
        Groups of ids, no two on one host.
    together
        Id of a VM -> the rule that keeps it beside others.
    """

    nodes: dict[str, set[str]] = field(default_factory=dict)
    requires: dict[str, list[str]] = field(default_factory=dict)
    apart: list[list[str]] = field(default_factory=list)
    together: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def read_rules(rules: Iterable[Mapping[str, Any]], vms: Iterable[str]) -> HaRules:
    """Sort HA rules into what a pool can say and what it cannot; disabled ones are passed over."""
    read, known = HaRules(), set(vms)
    for rule in rules:
        if not _is_set(rule, "disable"):
            _read_rule(read, rule, [it for it in _resources(rule) if it in known])
    return read


def _read_rule(read: HaRules, rule: Mapping[str, Any], members: list[str]) -> None:
    name, kind = _text(rule, "rule"), _text(rule, "type")
    if kind == "node-affinity" and _is_set(rule, "strict"):
        trait, priorities = f"ha:{name}", _priorities(rule)
        read.nodes[trait] = set(priorities)
        if members and len(set(priorities.values())) > 1:
            read.warnings.append(
                f"HA rule {name} prefers some of its nodes, which a pool cannot say;"
                " the HA manager may bring VMs back there"
            )
        for vm in members:
            read.requires.setdefault(vm, []).append(trait)
    elif kind == "resource-affinity" and rule.get("affinity") == "negative":
        read.apart.append(members)
    elif kind == "resource-affinity" and len(members) > 1:
        read.together.update(dict.fromkeys(members, name))
        read.warnings.append(
            f"HA rule {name} keeps {len(members)} VMs together: they cannot be moved one by one,"
            " so they are not movable"
        )
    elif kind == "node-affinity":
        read.warnings.append(f"HA rule {name} prefers nodes, which a pool cannot say")
    elif kind != "resource-affinity":
        read.warnings.append(f"HA rule {name} is of a kind that a pool cannot say: {kind}")


def _resources(rule: Mapping[str, Any]) -> Iterator[str]:
    """Give the ids of guests: ``vm:100`` is ``qemu/100``."""
    for kind, number in re.findall(r"\b(vm|ct):(\d+)", str(rule.get("resources", ""))):
        yield f"{'qemu' if kind == 'vm' else 'lxc'}/{number}"


def _priorities(rule: Mapping[str, Any]) -> dict[str, str]:
    """Give node -> priority of ``pve1:2,pve2``; without one it is 0."""
    parts = (part.strip().partition(":") for part in str(rule.get("nodes", "")).split(","))
    return {node: priority or "0" for node, _, priority in parts if node}
