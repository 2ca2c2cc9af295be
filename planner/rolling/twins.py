"""Updated hosts beside themselves: each has a twin, by a name that rules of one's own do not get to see."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace as changed

from models.replay_rolling import updated
from models.rules.base import Filter, Group, GroupLimit, Resource, ResourceRule

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence

    from models.host import Host
    from models.rules.base import Rule
    from models.timing import Timing
    from models.vm import VM

Known = TypeVar("Known", "Host", "VM")

UPDATED = "\0updated"
"""What the name of a twin ends in: no pool file has a name with a NUL in it, nor of a VM."""


def twin_of(host: Host) -> Host:
    """Give a host as it is once it is updated, under a name of its own."""
    return changed(updated(host), name=host.name + UPDATED)


def with_twins(timing: Timing, hosts: Iterable[str]) -> Timing:
    """Give what is said of time where these hosts have twins: behind the links that they are behind."""
    doubled = set(hosts)
    links = tuple(
        changed(link, hosts=(*link.hosts, *(host + UPDATED for host in link.hosts if host in doubled)))
        for link in timing.links
    )
    return changed(timing, links=links)


def seen_by_name(rule: Rule) -> Rule:
    """Give a rule of one's own that is asked about twins by the names that its author knows."""
    match rule:
        case Filter():
            return _NamedFilter(rule.name, rule)
        case ResourceRule():
            return _NamedResources(rule.name, rule)
        case GroupLimit():
            return _NamedGroups(rule.name, rule)
        case _:
            raise AssertionError(f"{rule!r} is of a kind that knows no twins")


def _named(host: Host) -> Host:
    return changed(host, name=host.name.removesuffix(UPDATED)) if host.name.endswith(UPDATED) else host


def _known(things: Iterable[Known]) -> list[Known]:
    """Give the hosts or VMs of the pool, without twins and what stands for an update."""
    return [it for it in things if "\0" not in it.name]


def _asked_of_known(demand: Callable[[VM], int]) -> Callable[[VM], int]:
    return lambda vm: 0 if "\0" in vm.name else demand(vm)


def _asked_by_name(amount: Callable[[Host], int]) -> Callable[[Host], int]:
    return lambda host: amount(_named(host))


@dataclass(frozen=True, slots=True)
class _NamedFilter(Filter):
    name: str
    rule: Filter

    def refuses(self, vm: VM, host: Host) -> str | None:
        """Refuse what the rule does."""
        return self.rule.refuses(vm, _named(host))

    def refuses_move(self, vm: VM, source: Host | None, host: Host, target: Host | None) -> str | None:
        """Refuse what the rule does."""
        come_from = None if source is None else _named(source)
        goes_to = None if target is None else _named(target)
        return self.rule.refuses_move(vm, come_from, _named(host), goes_to)

    def vm_key(self, vm: VM) -> Hashable:
        """All that the rule looks at."""
        return self.rule.vm_key(vm)

    def host_key(self, host: Host) -> Hashable:
        """All that the rule looks at."""
        return self.rule.host_key(_named(host))


@dataclass(frozen=True, slots=True)
class _NamedResources(ResourceRule):
    name: str
    rule: ResourceRule

    def resources(self, hosts: Sequence[Host], vms: Sequence[VM]) -> Iterable[Resource]:
        """Give the resources of the rule."""
        for resource in self.rule.resources(_known(hosts), _known(vms)):
            demand, usable = _asked_of_known(resource.demand), _asked_by_name(resource.usable)
            yield replace(resource, demand=demand, usable=usable)


@dataclass(frozen=True, slots=True)
class _NamedGroups(GroupLimit):
    name: str
    rule: GroupLimit

    def groups(self, hosts: Sequence[Host], vms: Sequence[VM]) -> Iterable[Group]:
        """Give the groups of the rule."""
        for group in self.rule.groups(_known(hosts), _known(vms)):
            yield replace(group, limit=_asked_by_name(group.limit))
