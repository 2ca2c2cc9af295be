"""BtrPlace: an instance in JSON, as its ``JSONs`` class writes it.

Fence and Ban become traits, Spread becomes anti-affinity, Offline a host that accepts nothing (drain it,
and the goal is met), Root a VM that is not movable; resources are resources. What cannot be said is named
in a warning.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from planner.clouds.found import FoundHost, FoundVM, SourceFound, named
from planner.clouds.imported import Imported, imported
from planner.clouds.reading.json_file import field, optional, read_json, wrong
from planner.clouds.seen import Power

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Json = dict[str, Any]

RESOURCES = {"mem": "ram_mib", "memory": "ram_mib", "ram": "ram_mib", "cpu": "vcpus"}
"""Names of BtrPlace's examples -> those of a pool; others stay as they are."""


def read_btrplace(path: str, *, stopped: bool = True) -> Imported:
    """Read an instance.

    Raises
    ------
    PoolError
        It is no such instance.
    """
    return imported(named(found(read_json(path), path)), stopped=stopped)


def found(instance: Any, path: str = "instance") -> SourceFound:
    """Give what an instance says."""
    model = field(instance, "model", dict, path)
    mapping = field(model, "mapping", dict, f"{path}.model")
    online = field(mapping, "onlineNodes", dict, f"{path}.model.mapping")
    offline = [str(node) for node in optional(mapping, "offlineNodes", list, f"{path}.model.mapping")]
    views = optional(model, "views", list, f"{path}.model")
    for number, view in enumerate(views):
        if not isinstance(view, dict):
            wrong(f"{path}.model.views[{number}]", view, "must be an object")
    constraints = Constraints(optional(instance, "constraints", list, path), [*online, *offline])
    names = {kind: _names(views, kind) for kind in ("vm", "node")}
    amounts = [view for view in views if view.get("id") == "shareableResource"]
    hosts = [
        FoundHost(
            node,
            names["node"].get(node, f"node{node}"),
            _amounts(amounts, node, "nodes", "defCapacity"),
            traits=constraints.traits[node],
            closed=("offline",) if node in offline else tuple(constraints.closed[node]),
            up=node not in offline,
        )
        for node in [*online, *offline]
    ]
    vms = [
        FoundVM(
            vm,
            names["vm"].get(vm, f"vm{vm}"),
            node,
            _amounts(amounts, vm, "vms", "defConsumption"),
            requires=constraints.requires[vm],
            fixed=tuple(constraints.fixed[vm]),
            power=power,
            state="" if power is Power.ON else state,
        )
        for vm, node, power, state in _placed(online, mapping)
    ]
    others = Counter(str(view.get("id")) for view in views) - Counter(
        {"shareableResource": len(amounts), "ns": 2}
    )
    warnings = [f"{count} views {name!r}: a pool cannot say them" for name, count in sorted(others.items())]
    return SourceFound(hosts, vms, constraints.apart, (*warnings, *constraints.warnings()))


def _placed(online: Mapping[str, Any], mapping: Json) -> Iterator[tuple[str, str | None, Power, str]]:
    """Give VM, node, and whether it runs; a ready VM is on no node."""
    for node, guests in online.items():
        place = f"model.mapping.onlineNodes.{node}"
        for vm in field(guests, "runningVMs", list, place):
            yield str(vm), node, Power.ON, "running"
        for vm in field(guests, "sleepingVMs", list, place):
            yield str(vm), node, Power.OFF, "sleeping"
    for vm in optional(mapping, "readyVMs", list, "model.mapping"):
        yield str(vm), None, Power.OFF, "ready"


def _names(views: Iterable[Json], kind: str) -> dict[str, str]:
    """Give id -> name, of the naming service where there is one."""
    return {
        str(ident): name
        for view in views
        if view.get("id") == "ns" and view.get("type") == kind
        for name, ident in optional(view, "map", dict, "model.views.ns").items()
    }


def _amounts(views: Iterable[Json], ident: str, of: str, default: str) -> dict[str, int]:
    amounts = {}
    for view in views:
        name = field(view, "rcId", str, "model.views")
        amount = optional(view, of, dict, f"model.views.{name}").get(ident, view.get(default, 0))
        if type(amount) is not int or amount < 0:
            wrong(f"model.views.{name}.{of}.{ident}", amount, "must be an integer >= 0")
        amounts[RESOURCES.get(name, name)] = amount
    return amounts


class Constraints:
    """The constraints of an instance in the words of a pool.

    Parameters
    ----------
    constraints
        As the file has them.
    nodes
        The ids of all nodes.
    """

    def __init__(self, constraints: Iterable[Json], nodes: Iterable[str]) -> None:
        self.nodes = set(nodes)
        self.traits: dict[str, list[str]] = defaultdict(list)
        self.closed: dict[str, list[str]] = defaultdict(list)
        self.requires: dict[str, list[str]] = defaultdict(list)
        self.fixed: dict[str, list[str]] = defaultdict(list)
        self.apart: list[list[str]] = []
        self._unsaid: Counter[str] = Counter()
        self._by_nodes: dict[frozenset[str], str] = {}
        for number, constraint in enumerate(constraints):
            self._read(constraint, f"constraints[{number}]")

    def warnings(self) -> Iterator[str]:
        """Name what a pool cannot say."""
        for name, count in sorted(self._unsaid.items()):
            yield f"{count} constraints {name!r}: a pool cannot say them"

    def _read(self, constraint: Json, place: str) -> None:
        kind = field(constraint, "id", str, place)
        match kind.lower():
            case "fence":
                self._only_on(constraint, {str(it) for it in field(constraint, "nodes", list, place)})
            case "ban":
                banned = {str(it) for it in field(constraint, "nodes", list, place)}
                self._only_on(constraint, self.nodes - banned)
            case "spread":
                self.apart.append(_vms(constraint))
            case "offline":
                for node in _some(constraint, "node", "nodes"):
                    self.closed[node].append("to be offline")
            case "root":
                for vm in _vms(constraint):
                    self.fixed[vm].append("root")
            case "running" | "online":
                pass  # what runs stays so: a plan shuts nothing down but what its target leaves out
            case _:
                self._unsaid[kind] += 1

    def _only_on(self, constraint: Json, nodes: set[str]) -> None:
        """Let VMs require what these nodes alone have; the same nodes share one trait."""
        key = frozenset(nodes)
        if key not in self._by_nodes:
            trait = self._by_nodes[key] = f"fence{len(self._by_nodes) + 1}"
            for node in nodes:
                self.traits[node].append(trait)
        for vm in _vms(constraint):
            self.requires[vm].append(self._by_nodes[key])


def _vms(constraint: Json) -> list[str]:
    return _some(constraint, "vm", "vms")


def _some(constraint: Json, one: str, many: str) -> list[str]:
    """Give the ids of a constraint on one thing or on several."""
    return [
        str(it)
        for it in (
            [constraint[one]] if one in constraint else optional(constraint, many, list, "constraints")
        )
    ]
