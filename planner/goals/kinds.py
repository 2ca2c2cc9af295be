"""Kinds of VMs: those that only their names tell apart. Thousands of VMs are mostly of a dozen kinds."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.goals.choice import NOTHING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from planner.goals.choice import Choice, Fare
    from planner.goals.goal import Goal


@dataclass(frozen=True, slots=True)
class Kind:
    """VMs that only their names tell apart.

    Parameters
    ----------
    vms
        Its VMs.
    now
        Host -> how many are there now.
    hosts, open
        Where they may end, as far as that is open: in order, and as a set.
    """

    vms: tuple[int, ...]
    now: Counter[int]
    hosts: tuple[int, ...]
    open: frozenset[int]


def kinds_of(
    choice: Choice, goal: Goal, vms: Iterable[int], hosts: Iterable[int], *, single: bool = False
) -> list[Kind]:
    """Sort VMs into kinds.

    Parameters
    ----------
    hosts
        The hosts that are open.
    single
        Every VM is a kind of its own.
    """
    groups: dict[object, list[int]] = {}
    named = goal.singled_out()
    for vm in sorted(vms):
        alone = single or vm in choice.fixed or choice.problem.vms[vm].name in named
        groups.setdefault(vm if alone else _key(choice, vm), []).append(vm)
    there = set(hosts) - goal.emptied(choice)
    return [_kind(choice, members, there) for members in groups.values()]


def _key(choice: Choice, vm: int) -> object:
    problem = choice.problem
    filters, source = problem.filters, problem.src[vm]
    origin = None if filters.unbound[vm] else (filters.way_class[source], choice.fare(vm, source) is None)
    same = tuple(problem.demand[vm]), problem.groups_of[vm], filters.vm_class[vm], origin
    return *same, problem.cost[vm], choice.stop_cost(vm), vm in choice.provisioned


def _kind(choice: Choice, vms: list[int], there: set[int]) -> Kind:
    src = choice.problem.src
    allowed = set(choice.hosts_for(vms[0]))
    # The home of one may be shut to its like, but not to itself.
    allowed.update(src[vm] for vm in vms[1:] if choice.fare(vm, src[vm]) is not None)
    inside = frozenset(allowed & there)
    return Kind(tuple(vms), Counter(src[vm] for vm in vms), tuple(sorted(inside)), inside)


def fare_of(choice: Choice, kind: Kind, host: int) -> Fare | None:
    """Give what one of a kind pays that arrives on a host; None where none of them may."""
    src = choice.problem.src
    vm = next((vm for vm in kind.vms if src[vm] != host), None)
    return NOTHING if vm is None else choice.fare(vm, host)


def num_kinds(choice: Choice, vms: Iterable[int] | None = None) -> int:
    """Give how many kinds of VMs there are, or nearly, among all or some."""
    problem = choice.problem
    some = range(problem.num_vms) if vms is None else vms
    classes = problem.filters.vm_class
    return len({(tuple(problem.demand[vm]), problem.groups_of[vm], classes[vm]) for vm in some})
