"""Who can deadlock at all: roomy hosts struck, the kernel, its strongly connected components.

ALGORITHM.md, "Roomy hosts and the kernel".
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import networkx as nx

from heuristics.spare import Spare

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from models.problem import Move, Problem


@dataclass(frozen=True, slots=True)
class Component:
    """Hosts that wait for each other, and the VMs that move between them.

    Parameters
    ----------
    hosts
        In order.
    moving
        The displaced VMs with both ends among them, in order.
    """

    hosts: tuple[int, ...]
    moving: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Kernel:
    """What is left of a problem when the moves that never wait are struck.

    Parameters
    ----------
    roomy
        Hosts that never make anyone wait.
    components
        The components that can deadlock, smallest first.
    first
        The moves that never wait, in an order in which they can be made.
    rest
        The other displaced VMs, in order.
    """

    roomy: frozenset[int]
    components: tuple[Component, ...]
    first: tuple[int, ...]
    rest: tuple[int, ...]


def kernel(problem: Problem) -> Kernel:
    """Strike the moves to roomy hosts until none is left; give what remains, in components."""
    need = _need(problem)
    incoming: dict[int, list[int]] = defaultdict(list)
    for vm in problem.displaced:
        incoming[problem.dst[vm]].append(vm)
    roomy: set[int] = set()
    first: list[int] = []
    work = list(range(problem.num_hosts))
    while work:
        host = work.pop()
        if host in roomy or not need.is_within(host):
            continue
        roomy.add(host)
        for vm in incoming.pop(host, ()):
            if problem.may_go(vm, problem.src[vm], host):
                need.take(vm, problem.src[vm])
                first.append(vm)
                work.append(problem.src[vm])
            else:
                # It cannot come directly, so it is no move that can be made at once.
                incoming[host].append(vm)
    rest = sorted(vm for vms in incoming.values() for vm in vms)
    return Kernel(frozenset(roomy), tuple(_components(problem, rest)), tuple(first), tuple(rest))


@dataclass(frozen=True, slots=True)
class Turn:
    """What is done before the next turn begins.

    Parameters
    ----------
    component
        What is solved, all else at rest; None where no VM moves between the hosts of this turn.
    entering
        The VMs that come in thereafter, from hosts whose turn is yet to come.
    """

    component: Component | None
    entering: tuple[int, ...]


def turns(problem: Problem, locks: Kernel) -> list[Turn]:
    """Give the order that makes a plan of plans for the components, once ``locks.first`` have moved.

    A component has its turn after all that its VMs leave for: so moves that leave it are done, and those
    that enter it come last.
    """
    graph = nx.DiGraph()
    graph.add_edges_from((problem.src[vm], problem.dst[vm]) for vm in locks.rest)
    condensed = nx.condensation(graph)
    number_of: dict[int, int] = condensed.graph["mapping"]
    component_of = {number_of[component.hosts[0]]: component for component in locks.components}
    entering: dict[int, list[int]] = defaultdict(list)
    for vm in locks.rest:
        if number_of[problem.src[vm]] != number_of[problem.dst[vm]]:
            entering[number_of[problem.dst[vm]]].append(vm)
    order = list(nx.topological_sort(condensed))
    return [Turn(component_of.get(number), tuple(entering[number])) for number in reversed(order)]


def all_straight(
    problem: Problem, locks: Kernel, orders: Mapping[Component, Sequence[int]]
) -> list[Move] | None:
    """Put orders in which all VMs of each component can go straight together to a plan.

    Returns
    -------
    list of Move or None
        None where a component has none, or a VM that comes in cannot do so directly.
    """
    goes = list(locks.first)
    for turn in turns(problem, locks):
        if turn.component is not None:
            if turn.component not in orders:
                return None
            goes += orders[turn.component]
        if not all(problem.may_go(vm, problem.src[vm], problem.dst[vm]) for vm in turn.entering):
            return None
        goes += turn.entering
    return [(vm, problem.dst[vm]) for vm in goes]


def _need(problem: Problem) -> Spare:
    """Give need(h), the load of a host and all VMs still to come to it, as what it leaves free."""
    need = Spare(problem, problem.src)
    for vm in problem.displaced:
        need.put(vm, problem.dst[vm])
    return need


def _components(problem: Problem, moving: list[int]) -> list[Component]:
    graph = nx.DiGraph()
    graph.add_edges_from((problem.src[vm], problem.dst[vm]) for vm in moving)
    number_of: dict[int, int] = {}
    hosts: list[tuple[int, ...]] = []
    for number, component in enumerate(nx.strongly_connected_components(graph)):
        hosts.append(tuple(sorted(component)))
        number_of.update(dict.fromkeys(component, number))
    inside: dict[int, list[int]] = defaultdict(list)
    for vm in moving:
        if number_of[problem.src[vm]] == number_of[problem.dst[vm]]:
            inside[number_of[problem.src[vm]]].append(vm)
    found = [Component(hosts[number], tuple(vms)) for number, vms in inside.items()]
    return sorted(found, key=lambda c: (len(c.moving), c.hosts))
