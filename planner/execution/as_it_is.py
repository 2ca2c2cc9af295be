"""Rules of one's own that let be what they find broken: a target that breaks a rule cannot be planned to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from models.rules.base import Filter, Group, GroupLimit, Resource, ResourceRule

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

    from models.host import Host
    from models.rules.base import Rule
    from models.vm import VM

Held = dict[tuple[str, str], int]
"""(resource or group, host) -> what the host holds of it."""


def as_it_is(rule: Rule, held: Held, misplaced: Mapping[str, str]) -> Rule:
    """Give a rule by which nothing is broken.

    Parameters
    ----------
    held
        What is above the limits of the rule.
    misplaced
        VM -> the host that it is on, and that filters keep it from.
    """
    if isinstance(rule, GroupLimit) and held:
        return _GroupAsItIs(rule.name, rule, held)
    if isinstance(rule, ResourceRule) and held:
        return _ResourceAsItIs(rule.name, rule, held)
    if isinstance(rule, Filter) and misplaced:
        return _FilterAsItIs(rule.name, rule, misplaced)
    return rule


def _at_least(limit: Callable[[Host], int], name: str, held: Held) -> Callable[[Host], int]:
    return lambda host: max(limit(host), held.get((name, host.name), 0))


@dataclass(frozen=True, slots=True)
class _GroupAsItIs(GroupLimit):
    name: str
    rule: GroupLimit
    held: Held

    def groups(self, hosts: Sequence[Host], vms: Sequence[VM]) -> Iterable[Group]:
        """Give the groups; a host that holds too many may hold as many as it does."""
        for group in self.rule.groups(hosts, vms):
            yield replace(group, limit=_at_least(group.limit, group.name, self.held))


@dataclass(frozen=True, slots=True)
class _ResourceAsItIs(ResourceRule):
    name: str
    rule: ResourceRule
    held: Held

    def resources(self, hosts: Sequence[Host], vms: Sequence[VM]) -> Iterable[Resource]:
        """Give the resources; an overloaded host has as much as is taken."""
        for resource in self.rule.resources(hosts, vms):
            yield replace(resource, usable=_at_least(resource.usable, resource.name, self.held))


@dataclass(frozen=True, slots=True)
class _FilterAsItIs(Filter):
    name: str
    rule: Filter
    misplaced: Mapping[str, str]

    def refuses(self, vm: VM, host: Host) -> str | None:
        """Refuse what the rule does, but nobody the host it is on."""
        return None if self.misplaced.get(vm.name) == host.name else self.rule.refuses(vm, host)

    def refuses_move(self, vm: VM, source: Host | None, host: Host, target: Host | None) -> str | None:
        """Refuse what the rule does."""
        return self.rule.refuses_move(vm, source, host, target)

    def vm_key(self, vm: VM) -> Hashable:
        """All that the rule looks at, and the host of a VM that is misplaced."""
        return self.rule.vm_key(vm), self.misplaced.get(vm.name)

    def host_key(self, host: Host) -> Hashable:
        """All that the rule looks at, and the name of a host that somebody is misplaced on."""
        return self.rule.host_key(host), host.name if host.name in self.misplaced.values() else None
