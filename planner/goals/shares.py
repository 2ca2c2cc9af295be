"""Shares of resources, and the hosts that count: those that accept something, and have some of it."""

from __future__ import annotations

from fractions import Fraction
from math import gcd
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.goals.choice import Choice


SCALE = 10**6
"""Parts of a share that the solver counts."""

TOLD = 10**4
"""Parts of a share that are told of how far one is from another."""


def step_of(choice: Choice, resource: int) -> int:
    """Give what all demands have in common, of which every load is a multiple; 0 where nobody takes any."""
    return gcd(*(row[resource] for row in choice.problem.demand))


def counted(
    choice: Choice, resources: Sequence[int], hosts: Sequence[int] | None = None
) -> list[tuple[int, int]]:
    """Give (host, resource) for all that have a share, or for those of some hosts."""
    problem = choice.problem
    return [
        (number, resource)
        for number in (range(problem.num_hosts) if hosts is None else hosts)
        if problem.hosts[number].accepts
        for resource in resources
        if problem.usable[number][resource]
    ]


def pool_share(choice: Choice, resource: int) -> Fraction:
    """Give the share of all hosts that count together."""
    hosts = [host for host, _ in counted(choice, [resource])]
    usable = sum(choice.problem.usable[host][resource] for host in hosts)
    load = sum(
        choice.load[number][resource] for number, host in enumerate(choice.problem.hosts) if host.accepts
    )
    return Fraction(load, usable) if usable else Fraction(0)


def furthest_step(choice: Choice, resource: int) -> tuple[Fraction, int] | None:
    """Give how far from the pool's share some host's stays at least, and the host; None where none counts.

    Its load is a multiple of the step: it can be that next below what the pool's share would be, or above.
    """
    step, share = step_of(choice, resource), pool_share(choice, resource)
    found = []
    for host, _ in counted(choice, [resource]) if step else ():
        usable = choice.problem.usable[host][resource]
        over = share * usable % step
        found.append((Fraction(min(over, step - over), usable), host))
    return max(found, key=lambda it: it[0], default=None)


def tops(
    choice: Choice,
    loads: Sequence[Sequence[int]],
    resources: Sequence[int],
    hosts: Sequence[int] | None = None,
) -> dict[int, Fraction]:
    """Give the highest share of each host that counts, or of some hosts."""
    top: dict[int, Fraction] = {}
    for host, resource in counted(choice, resources, hosts):
        share = Fraction(loads[host][resource], choice.problem.usable[host][resource])
        top[host] = max(top.get(host, Fraction(0)), share)
    return top
