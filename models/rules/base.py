"""What a rule may say: a filter, a resource, or a group limit.

From these three, and nothing else, the state, the replay, the path finders, the bounds and the CP-SAT
models take all they need, so a new rule is one class in one place. What it says wrongly is an error that
names it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from math import inf
from numbers import Integral
from typing import TYPE_CHECKING, TypeVar

from models.errors import PlannerError, PoolError, WrongKindError
from models.mistakes import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

    from models.host import Host
    from models.vm import VM

Said = TypeVar("Said", "Resource", "Group")


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

    def __post_init__(self) -> None:
        """Refuse amounts where somebody is to be asked for them; ``WrongKindError``."""
        for what, asked in (("demand", self.demand), ("usable", self.usable)):
            if not callable(asked):
                raise WrongKindError(f"resource {self.name}: {what}: {shown(asked)}, must be a callable")

    def taken_by(self, vm: VM) -> int:
        """Give what a VM takes; ``PlannerError`` where the rule says what is no amount."""
        amount = self.demand(vm)
        if type(amount) is not int or amount < 0:
            self.check_taken(vm, amount)
        return amount

    def check_taken(self, vm: VM, amount: object) -> None:
        """Raise ``PlannerError`` unless a VM can take so much."""
        if not isinstance(amount, Integral) or amount < 0:
            raise PlannerError(f"{self.name}: {vm.name!r} takes {amount!r} of it, must be an integer >= 0")

    def usable_on(self, host: Host) -> int:
        """Give what VMs may take of it on a host; ``PlannerError`` where the rule says what is no amount."""
        room = self.usable(host)
        if not isinstance(room, Integral) and room != inf:
            raise PlannerError(f"{self.name}: of {host.name!r} {room!r} is usable, must be an integer")
        return room


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

    def __post_init__(self) -> None:
        """Refuse what are no names, and a limit that nobody can be asked for; ``WrongKindError``."""
        if not callable(self.limit):
            raise WrongKindError(f"group {self.name}: limit: {shown(self.limit)}, must be a callable")
        if isinstance(self.members, str):  # each letter would be taken for a VM
            raise WrongKindError(f"group {self.name}: {self.members!r}, must be a tuple of names of VMs")
        object.__setattr__(self, "members", tuple(self.members))
        for member in self.members:
            if not isinstance(member, str):
                raise WrongKindError(f"group {self.name}: {shown(member)} among its members, must be a name")

    def limit_on(self, host: Host) -> int:
        """Give how many of it a host may hold; ``PlannerError`` where the rule says what is no number."""
        limit = self.limit(host)
        if type(limit) is not int and not isinstance(limit, Integral) and limit != inf:
            raise PlannerError(f"{self.name}: {host.name!r} may hold {limit!r}, must be an integer")
        return limit


class GroupLimit(Rule):
    """How many of a group of VMs a host may hold."""

    @abstractmethod
    def groups(self, hosts: Sequence[Host], vms: Sequence[VM]) -> Iterable[Group]:
        """Give the groups of this rule in a pool."""


KINDS = (Filter, ResourceRule, GroupLimit)
"""What a rule may be: nobody asks one that is nothing of these."""


def resources_of(
    rules: Iterable[Rule], hosts: Sequence[Host], vms: Sequence[VM]
) -> Iterator[tuple[str, Resource]]:
    """Give every resource of a pool, behind the name of its rule.

    Raises
    ------
    WrongKindError
        What is no resource.
    PoolError
        A name twice.
    """
    seen = set[str]()
    for rule in rules:
        if isinstance(rule, ResourceRule):
            yield from _said(rule, "resources()", rule.resources(hosts, vms), Resource, seen)


def groups_of(rules: Iterable[Rule], hosts: Sequence[Host], vms: Sequence[VM]) -> Iterator[tuple[str, Group]]:
    """Give every group of a pool, behind the name of its rule; raises as :func:`resources_of`."""
    seen = set[str]()
    for rule in rules:
        if isinstance(rule, GroupLimit):
            yield from _said(rule, "groups()", rule.groups(hosts, vms), Group, seen)


def _said(
    rule: Rule, method: str, said: Iterable[Said], kind: type[Said], seen: set[str]
) -> Iterator[tuple[str, Said]]:
    where = f"rule {rule.name}: {method}"
    if not isinstance(said, Iterable):
        raise WrongKindError(f"{where}: {shown(said)}, must give each {kind.__name__}")
    for one in said:
        if not isinstance(one, kind):
            raise WrongKindError(f"{where}: {shown(one)}, must be a {kind.__name__}")
        if one.name in seen:
            raise PoolError([f"{where}: {one.name!r} is there twice, names are unique"])
        seen.add(one.name)
        yield rule.name, one
