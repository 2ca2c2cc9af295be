"""Anti-affinity: no two VMs of a group on one host, ever."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.rules.base import Group, GroupLimit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from models.host import Host
    from models.vm import VM


def one(host: Host) -> int:  # noqa: ARG001
    """Allow one on every host."""
    return 1


class AntiAffinity(GroupLimit):
    """Groups of VMs, of each of which a host holds one at most, the one in flight counted on both."""

    name = "anti_affinity"

    def __init__(self, groups: Sequence[Sequence[str]]) -> None:
        self._groups = tuple(tuple(group) for group in groups)

    def groups(self, hosts: Sequence[Host], vms: Sequence[VM]) -> Iterator[Group]:  # noqa: ARG002
        """Give the groups of the pool file, numbered as there."""
        for number, members in enumerate(self._groups):
            yield Group(f"rules.anti_affinity[{number}]", members, one)
