"""Capacity: on no host do the demands exceed what is usable of any resource."""

from __future__ import annotations

from operator import methodcaller
from typing import TYPE_CHECKING

from models.rules.base import Resource, ResourceRule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from models.host import Host
    from models.vm import VM


class Capacity(ResourceRule):
    """Every resource that some VM names, with ``reserved`` and ``overcommit`` taken into account."""

    name = "capacity"

    def resources(self, hosts: Sequence[Host], vms: Sequence[VM]) -> Iterator[Resource]:  # noqa: ARG002
        """Give one resource for each name in a demand, in order of first mention."""
        names: dict[str, None] = {}
        for vm in vms:
            if not names.keys() >= vm.demand.keys():
                names.update(dict.fromkeys(vm.demand))
        for name in names:
            yield Resource(name, _demand_of(name), methodcaller("usable", name))


def _demand_of(name: str) -> Callable[[VM], int]:
    return lambda vm: vm.demand.get(name, 0)
