"""What a problem says, in integers: its rules, its two placements, its prices. By index throughout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.amounts import LARGEST
from models.errors import PlannerError
from models.filters import Filters
from models.groups import Groups
from models.moves import OFF
from models.objective import Objective, price_of
from models.rules.base import Filter, Resource, resources_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.host import Host
    from models.pool import Pool
    from models.vm import VM

MOST = 1 << 62
"""What searches count up to, half of what an array holds."""

Needs = tuple[tuple[int, int], ...]
"""(resource, amount) pairs, amounts above 0."""


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables of a :class:`~models.problem.Problem`, which says what each of them holds.

    They hold no function of a rule, so they can be pickled as they are.
    """

    hosts: tuple[Host, ...]
    vms: tuple[VM, ...]
    src: list[int]
    dst: list[int]
    resources: tuple[str, ...]
    usable: list[list[int]]
    demand: list[list[int]]
    needs: list[Needs]
    groups: Groups
    filters: Filters
    cost: list[int]
    stop_cost: list[int | None]
    is_backward: bool = False


def tables_of(pool: Pool, objective: Objective, *, everyone: bool = False) -> Tables:
    """Make the tables of a whole pool.

    Parameters
    ----------
    everyone
        VMs that are shut down or provisioned are in them too: their target, or their source, is ``OFF``.
    """
    rules = pool.current.rules
    here, there = pool.current.placement, pool.target.placement
    hosts = pool.hosts
    vms = tuple(vm for vm in pool.vms if everyone or (vm.name in here and vm.name in there))
    number_of = {host.name: number for number, host in enumerate(hosts)}
    dst = [number_of[there[vm.name]] if vm.name in there else OFF for vm in vms]
    resources = [resource for _, resource in resources_of(rules, hosts, vms)]
    demand, needs = _demand_and_needs(resources, vms)
    filters = Filters.of([rule for rule in rules if isinstance(rule, Filter)], hosts, vms)
    price = price_of(objective, pool.vms)
    cost = [price(vm) for vm in vms]
    return Tables(
        hosts=hosts,
        vms=vms,
        src=[number_of[here[vm.name]] if vm.name in here else OFF for vm in vms],
        dst=dst,
        resources=tuple(resource.name for resource in resources),
        usable=_usable(resources, hosts, demand),
        demand=demand,
        needs=needs,
        groups=Groups.of_pool(pool, vms),
        filters=filters,
        cost=cost,
        stop_cost=_stop_costs(cost, vms, dst, filters, pool.current.offline_cost_factor),
    )


def _demand_and_needs(
    resources: Sequence[Resource], vms: Sequence[VM]
) -> tuple[list[list[int]], list[Needs]]:
    """Give what each VM takes of each resource, with the zeros and without; VMs of one size share it.

    Raises
    ------
    PlannerError
        A rule says that it takes less than nothing, or a part of one.
    """
    if not resources:
        return [[] for _ in vms], [()] * len(vms)
    rows = list(zip(*(map(resource.demand, vms) for resource in resources), strict=True))
    for row, vm in dict(zip(rows, vms, strict=True)).items():
        for resource, amount in zip(resources, row, strict=True):
            resource.check_taken(vm, amount)
    shared = {
        row: (list(row), tuple((number, amount) for number, amount in enumerate(row) if amount))
        for row in dict.fromkeys(rows)
    }
    return [shared[row][0] for row in rows], [shared[row][1] for row in rows]


def _usable(
    resources: Sequence[Resource], hosts: Sequence[Host], demand: Sequence[Sequence[int]]
) -> list[list[int]]:
    """Give what VMs may take of each resource of each host, in numbers that an array holds.

    Where that is beyond every amount, the largest will do, or what all VMs take together.

    Raises
    ------
    PlannerError
        All VMs together take more of a resource than can be counted, or a rule says what is no integer.
    """
    total = [sum(column) for column in zip(*demand, strict=True)] or [0] * len(resources)
    for resource, amount in zip(resources, total, strict=True):
        if amount > MOST:
            text = f"all VMs together take {amount} {resource.name}, must be at most {MOST}, 2^62"
            raise PlannerError(text)
    most = [(resource, max(LARGEST, amount)) for resource, amount in zip(resources, total, strict=True)]
    return [[min(resource.usable_on(host), amount) for resource, amount in most] for host in hosts]


def _stop_costs(
    cost: Sequence[int], vms: Sequence[VM], dst: Sequence[int], filters: Filters, factor: int
) -> list[int | None]:
    """Price a stop of each VM; None where it may not be stopped, or not be started on its target.

    Raises
    ------
    PlannerError
        The costs of all add up to more than a reader of JSON keeps exact.
    """
    costs = [
        price * factor
        if vms[vm].offline and dst[vm] != OFF and filters.goes(vm, OFF, dst[vm], dst[vm])
        else None
        for vm, price in enumerate(cost)
    ]
    if sum(cost) + sum(stop or 0 for stop in costs) > LARGEST:
        raise PlannerError(f"objective: the costs of all VMs add up to more than {LARGEST}, 2^53 - 1")
    return costs
