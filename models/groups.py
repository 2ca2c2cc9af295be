"""The group limits of a pool, asked by index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.amounts import LARGEST
from models.rules.base import groups_of

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from models.host import Host
    from models.pool import Pool
    from models.rules.base import Group
    from models.vm import VM

Of = list[tuple[int, ...]]
"""``of[vm]``: the groups that the VM counts in."""


class Groups:
    """Who counts in which group, and how many of it each host may hold.

    Parameters
    ----------
    pool
        Whose rules make the groups.
    hosts
        Those that are spoken of, by index.
    number, groups
        ``groups[group]``, and its number among all of the pool.
    of
        ``of[vm]``: the groups that the VM counts in.

    Attributes
    ----------
    members
        ``members[group]``: the VMs that count in it.
    names
        ``names[group]``.
    """

    def __init__(
        self, pool: Pool, hosts: Sequence[Host], number: Sequence[int], groups: Sequence[Group], of: Of
    ) -> None:
        self._pool, self._hosts, self._number, self._groups = pool, hosts, number, groups
        self.of = of
        self.names = [group.name for group in groups]
        self.members: list[list[int]] = [[] for _ in groups]
        for vm, inside in enumerate(of):
            for group in inside:
                self.members[group].append(vm)
        self._asked: dict[Hashable, tuple[int, ...]] = {}
        self._limits: list[tuple[int, ...] | None] = [None] * len(groups)

    @classmethod
    def of_pool(cls, pool: Pool, vms: Sequence[VM]) -> Groups:
        """Give all groups of a pool, for all hosts and some of the VMs."""
        groups = _groups_of(pool)
        of: Of = [()] * len(vms)
        number_of = {vm.name: number for number, vm in enumerate(vms)}
        for group, one in enumerate(groups):
            for name in dict.fromkeys(one.members):
                if name in number_of:
                    of[number_of[name]] += (group,)
        return cls(pool, pool.hosts, range(len(groups)), groups, of)

    def __reduce__(self) -> tuple[Callable[..., Groups], tuple[object, ...]]:
        """Pickle the pool whose rules make the groups: a limit may be a lambda, which cannot be pickled."""
        return _again, (self._pool, self._hosts, self._number, self.of)

    def limit(self, group: int, host: int) -> int:
        """How many of a group the host may hold."""
        return self.limits(group)[host]

    def limits(self, group: int) -> tuple[int, ...]:
        """How many of a group each host may hold.

        More than an array holds is meant for no limit.
        """
        found = self._limits[group]
        if found is None:
            key = _key(self._groups[group].limit)
            found = self._asked.get(key)
            if found is None:
                asked = self._groups[group].limit_on
                found = self._asked[key] = tuple(min(asked(host), LARGEST) for host in self._hosts)
            self._limits[group] = found
        return found

    def alike(self) -> list[tuple[tuple[int, ...], list[int]]]:
        """Put groups that ask alike together: how many of each every host may hold, and which they are."""
        asking: dict[Hashable, list[int]] = {}
        for group, one in enumerate(self._groups):
            asking.setdefault(_key(one.limit), []).append(group)
        return [(self.limits(groups[0]), groups) for groups in asking.values()]

    def cut(self, hosts: Sequence[Host], vms: Sequence[int]) -> Groups:
        """Give the groups in which some of the VMs count, for some of the hosts, both in that order."""
        kept: dict[int, int] = {}
        of = [tuple(kept.setdefault(group, len(kept)) for group in self.of[vm]) for vm in vms]
        number, groups = [self._number[group] for group in kept], [self._groups[group] for group in kept]
        return Groups(self._pool, hosts, number, groups, of)


def _groups_of(pool: Pool) -> list[Group]:
    return [group for _, group in groups_of(pool.current.rules, pool.hosts, pool.vms)]


def _again(pool: Pool, hosts: Sequence[Host], number: Sequence[int], of: Of) -> Groups:
    groups = _groups_of(pool)
    return Groups(pool, hosts, number, [groups[one] for one in number], of)


def _key(limit: Callable[[Host], int]) -> Hashable:
    """Give what tells one limit from another; those that cannot be hashed are told apart by who they are."""
    try:
        hash(limit)
    except TypeError:
        return id(limit)
    return limit
