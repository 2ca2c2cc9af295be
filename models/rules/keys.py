"""Whether the keys of a filter hold all that it looks at: who has the same is not asked about again."""

from __future__ import annotations

from collections import defaultdict
from itertools import product
from typing import TYPE_CHECKING, TypeVar

from models.rules.base import Filter

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from models.host import Host
    from models.vm import VM

FEW, SOURCES = 24, 4
"""VMs and hosts that a filter is asked about, and hosts that they come from: what that costs is not felt."""

Thing = TypeVar("Thing")


def has_keys(rule: Filter) -> bool:
    """Tell whether a filter has keys of its own, and is not asked by the names."""
    return type(rule).vm_key is not Filter.vm_key or type(rule).host_key is not Filter.host_key


def wrong_keys(rule: Filter, hosts: Sequence[Host], vms: Sequence[VM]) -> str:
    """Say of whom a filter says different things, though the keys are the same; empty where none is found.

    It is asked about some of those that the keys do not tell apart.
    """
    if not has_keys(rule):
        return ""
    guests, places = _some_alike(vms, rule.vm_key), _some_alike(hosts, rule.host_key)
    sources = hosts[:SOURCES]
    for alike, there in product(guests, places):
        first: list[bool | None] = []
        for vm, host in product(alike, there):
            ways = ((source, target) for source in sources for target in (host, source))
            said = [bool(rule.refuses(vm, host)), *(_move(rule, vm, host, *way) for way in ways)]
            first = first or said
            if any(None not in pair and pair[0] is not pair[1] for pair in zip(first, said, strict=True)):
                one, other = f"{alike[0].name!r} on {there[0].name!r}", f"{vm.name!r} on {host.name!r}"
                return f"{rule.name} says another thing of {one} than of {other}, and its keys are the same"
    return ""


def _move(rule: Filter, vm: VM, host: Host, source: Host, target: Host) -> bool | None:
    """Tell whether a VM may not come to a host, home or aside; None where it is there."""
    return None if source is host else bool(rule.refuses_move(vm, source, host, target))


def _some_alike(things: Sequence[Thing], key: Callable[[Thing], Hashable]) -> list[list[Thing]]:
    """Put those with the same key together, few in all: of each the first, the last and some between."""
    found: dict[Hashable, list[Thing]] = defaultdict(list)
    for thing in things:
        found[key(thing)].append(thing)
    each = max(2, FEW // max(1, len(found)))
    return [_spread(alike, each) for alike in [*found.values()][: FEW // 2]]


def _spread(alike: list[Thing], most: int) -> list[Thing]:
    step = max(1, (len(alike) - 1) // (most - 1))
    return [*alike[:-1:step], alike[-1]]
