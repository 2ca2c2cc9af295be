"""What a rule may say: a filter, a resource, or a group limit.

From these three, and nothing else, the state, the replay, the path finders, the bounds and the CP-SAT
models take all they need, so a new rule is one class in one place.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence

    from models.host import Host
    from models.vm import VM


class Rule(ABC):
    """Base of the three kinds of rules. ``name`` is what violations call it."""

    name: str


class Filter(Rule):
    """Which host a VM may run on, and which single migrations it may make.

    Answers are cached per (:meth:`vm_key`, :meth:`host_key`). The default keys, the names, are right for
    any filter; a filter that looks at a few fields only returns just these, and stays quick at size.
    """

    def refuses(self, vm: VM, host: Host) -> str | None:  # noqa: ARG002 - for subclasses
        """Say why ``vm`` may not run on ``host``; None where it may."""
        return None

    def refuses_move(self, vm: VM, source: Host | None, host: Host, target: Host | None) -> str | None:  # noqa: ARG002
        """Say why ``vm`` may not arrive on ``host`` from ``source``; None where it may.

        ``source`` is None for a VM that is provisioned or started. ``target`` is the VM's host in the
        target placement.
        """
        return None

    def vm_key(self, vm: VM) -> Hashable:
        """All that this filter looks at in a VM."""
        return vm.name

    def host_key(self, host: Host) -> Hashable:
        """All that this filter looks at in a host."""
        return host.name


@dataclass(frozen=True, slots=True)
class Resource:
    """An amount that VMs take and hosts have: the demands on a host never exceed what is usable."""

    name: str
    demand: Callable[[VM], int]
    usable: Callable[[Host], int]


class ResourceRule(Rule):
    """What VMs consume: any number of resources."""

    @abstractmethod
    def resources(self, hosts: Sequence[Host], vms: Sequence[VM]) -> Iterable[Resource]:
        """Give the resources of this rule in a pool."""


@dataclass(frozen=True, slots=True)
class Group:
    """VMs of which each host may hold at most ``limit(host)``, those in flight counted on both hosts."""

    name: str
    members: tuple[str, ...]
    limit: Callable[[Host], int]


class GroupLimit(Rule):
    """How many of a group of VMs a host may hold."""

    @abstractmethod
    def groups(self, hosts: Sequence[Host], vms: Sequence[VM]) -> Iterable[Group]:
        """Give the groups of this rule in a pool."""
