"""VMs of one size that are yet to come, as the rules see them: where they may run, what they take."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from models.errors import PlannerError
from models.rules.base import Filter, Resource, ResourceRule, Rule
from models.vm import VM

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from models.host import Host
    from models.state import PoolState

NAME = "newcomer"
"""What rules see as the name of such a VM, unless one of the pool has it."""


class Newcomers:
    """VMs that are expected in a pool.

    Parameters
    ----------
    demand, requires, arch
        Of one of them; see :class:`models.vm.VM`.
    most
        No host is asked for more of them.

    Attributes
    ----------
    takes
        What one of them takes of each resource, amounts above 0; of those of rules of one's own too.

    Raises
    ------
    PlannerError
        A rule of one's own fails when it is asked about a VM that is not in the pool.
    """

    def __init__(
        self, state: PoolState, demand: Mapping[str, int], requires: tuple[str, ...], arch: str, most: int
    ) -> None:
        name = NAME
        while state.has_vm(name):
            name += "'"
        self._state, self._most = state, most
        self._guest = VM(name, dict(demand), arch=arch, requires=requires)
        self._resources = dict[str, Resource]()
        self.takes = dict[str, int]()
        for rule in state.rules:
            if isinstance(rule, ResourceRule):
                self._count(rule)
        self._suits = {host.name: self._is_let(host) for host in state.hosts}

    def _count(self, rule: ResourceRule) -> None:
        """Note what one of them takes by a rule."""
        with self._asking(rule):
            for resource in rule.resources(self._state.hosts, (*self._state.vms, self._guest)):
                if amount := resource.demand(self._guest):
                    self._resources[resource.name], self.takes[resource.name] = resource, amount

    def _is_let(self, host: Host) -> bool:
        """Tell whether no filter keeps them from a host; groups know nobody who is yet to come."""
        return not any(self._is_refused(rule, host) for rule in self._state.rules if isinstance(rule, Filter))

    def _is_refused(self, rule: Filter, host: Host) -> bool:
        with self._asking(rule):
            found = rule.refuses(self._guest, host) or rule.refuses_move(self._guest, None, host, host)
        return bool(found)

    @contextmanager
    def _asking(self, rule: Rule) -> Iterator[None]:
        """Say whose fault it is when a rule knows only the VMs of the pool."""
        try:
            yield
        except Exception as error:
            raise PlannerError(
                f"make-room: the rule {rule.name!r} fails when it is asked about {self._guest.name!r}, a VM "
                f"that is not in the pool: {type(error).__name__}: {error}"
            ) from error

    def suits(self, host: Host) -> bool:
        """Tell whether no filter keeps them from a host."""
        return self._suits[host.name]

    def usable(self, host: Host, resource: str) -> int:
        """Give what a host has of a resource that they take."""
        return self._resources[resource].usable(host)

    def fit(self, host: Host, free: Mapping[str, int] | None = None) -> int:
        """Give how many fit on a host with so much free, where that is known; None: on an empty one."""
        if not self.suits(host):
            return 0
        left = free or {}
        each = (
            max(0, left[name] if name in left else self.usable(host, name)) // amount
            for name, amount in self.takes.items()
        )
        return min([self._most, *each])
