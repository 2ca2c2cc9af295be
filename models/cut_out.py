"""Some hosts of a problem alone, as a problem of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.problem import Problem


def cut_out(
    problem: Problem, hosts: Sequence[int], vms: Sequence[int], start: Sequence[int], end: Sequence[int]
) -> Problem:
    """Give the problem of some hosts alone, as it is at some time on the way.

    Parameters
    ----------
    hosts
        The hosts; they are counted from 0 in this order.
    vms
        All VMs that are there at that time; counted likewise.
    start, end
        ``start[n]``, ``end[n]``: where VM ``vms[n]`` is and shall be, as hosts of the whole problem.

    Notes
    -----
    It takes no longer in a larger problem. Its plans are moves, not actions: shutdowns and provisions stay
    with the whole.
    """
    number_of = {host: number for number, host in enumerate(hosts)}
    some = tuple(problem.hosts[host] for host in hosts)
    return problem.changed(
        hosts=some,
        vms=tuple(problem.vms[vm] for vm in vms),
        src=[number_of[host] for host in start],
        dst=[number_of[host] for host in end],
        usable=[problem.usable[host] for host in hosts],
        demand=[problem.demand[vm] for vm in vms],
        needs=[problem.needs[vm] for vm in vms],
        groups=problem.tables.groups.cut(some, vms),
        filters=problem.filters.cut(hosts, vms),
        cost=[problem.cost[vm] for vm in vms],
        # Whether a VM may be stopped was asked for a start on its target, and for no other host.
        stop_cost=[
            problem.stop_cost[vm] if last == problem.dst[vm] else None
            for vm, last in zip(vms, end, strict=True)
        ],
    )
