"""The migrations of a pool as integers: what path finders, bounds and CP-SAT models work on.

Shutdowns come first and provisions last, which gives the migrations the most room (ALGORITHM.md,
"Phases"); what is left are the VMs that are in both placements. Rules arrive here as the three things
that a rule may say, so nothing behind this file names a rule.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from models.moves import OFF, Move
from models.tables import Tables, tables_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from models.objective import Objective
    from models.pool import Pool

__all__ = ["OFF", "Move", "Problem"]


class Problem:
    """A pool between its shutdowns and its provisions.

    Parameters
    ----------
    pool
        A pool that has passed :meth:`Pool.check`.
    objective
        What a migration costs.
    tables
        What is planned, where that is not the whole pool as it is: some hosts of it alone
        (:func:`models.cut_out.cut_out`), the way back (:func:`models.reversal.backward`), or the pool with
        something changed (:meth:`changed`).

    Attributes
    ----------
    hosts, vms
        The hosts, and the VMs that are in both placements. All else speaks of them by index.
    src, dst
        ``src[vm]``, ``dst[vm]``: where each VM is and shall be.
    displaced
        The VMs for which these differ, in order.
    resources
        The names of what VMs take and hosts have.
    needs
        ``needs[vm]``: (resource, amount) pairs, amounts above 0.
    demand
        ``demand[vm][resource]``: the same with the zeros.
    usable
        ``usable[host][resource]``.
    groups_of, members, group_names
        ``groups_of[vm]``: the groups the VM counts in; ``members[group]``, ``group_names[group]``.
    filters
        What forbids VMs hosts, and single migrations.
    cost, stop_cost
        What a migration and a stop/start pair cost; ``stop_cost[vm]`` None where it may not be stopped, or
        not be started on its target.
    is_backward
        It is the problem from target to current: filters are asked the other way round.
    """

    def __init__(self, pool: Pool, objective: Objective = "moves", tables: Tables | None = None) -> None:
        self.pool = pool
        self.objective = objective
        self.tables = tables = tables or tables_of(pool, objective)
        # Searches ask for these millions of times, so each stands here by itself.
        self.hosts, self.vms = tables.hosts, tables.vms
        self.src, self.dst = tables.src, tables.dst
        self.resources, self.usable = tables.resources, tables.usable
        self.demand, self.needs = tables.demand, tables.needs
        self.groups_of, self.members = tables.groups.of, tables.groups.members
        self.group_names = tables.groups.names
        self.filters = tables.filters
        self.cost, self.stop_cost = tables.cost, tables.stop_cost
        self.is_backward = tables.is_backward
        self.host_index = {host.name: number for number, host in enumerate(self.hosts)}
        self.displaced = [vm for vm in range(self.num_vms) if self.src[vm] != self.dst[vm]]

    def __reduce__(self) -> tuple[type[Problem], tuple[Pool, Objective, Tables]]:
        """Pickle what it was made of."""
        return Problem, (self.pool, self.objective, self.tables)

    def changed(self, **tables: Any) -> Problem:
        """Give the problem with some of its tables replaced."""
        return Problem(self.pool, self.objective, replace(self.tables, **tables))

    @property
    def num_hosts(self) -> int:
        """The number of hosts."""
        return len(self.hosts)

    @property
    def num_vms(self) -> int:
        """The number of VMs in both placements."""
        return len(self.vms)

    def limit(self, group: int, host: int) -> int:
        """How many of a group the host may hold."""
        return self.tables.groups.limit(group, host)

    def may_run(self, vm: int, host: int) -> bool:
        """Tell whether no filter forbids the VM to run there."""
        return self.filters.runs(vm, host)

    def may_go(self, vm: int, source: int, host: int) -> bool:
        """Tell whether no filter forbids that migration; from ``OFF``, that start."""
        if self.filters.unbound[vm]:
            return True
        if self.is_backward:
            return host == OFF or source == OFF or self.filters.goes(vm, host, source, self.src[vm])
        return self.filters.goes(vm, source, host, self.dst[vm])

    def moves_cost(self, moves: Iterable[Move]) -> int:
        """What some moves cost together."""
        off: set[int] = set()
        total = 0
        for vm, host in moves:
            if host == OFF:
                off.add(vm)
                total += self.stop_cost[vm] or 0
            elif vm in off:
                off.remove(vm)
            else:
                total += self.cost[vm]
        return total
