"""What a host lacks of a resource: in capacity, which is what can be given to it, and in words."""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING

from models.sizes import exact, title

if TYPE_CHECKING:
    from planner.goals.choice import Choice


def lacking(choice: Choice, number: int, resource: int, load: int) -> int | None:
    """Give the capacity that a host lacks for a load; 0 where it has room, None where no capacity helps."""
    host, name = choice.problem.hosts[number], choice.problem.resources[resource]
    usable = choice.problem.usable[number][resource]
    if load <= usable:
        return 0
    if host.usable(name) != usable:
        return load - usable  # of a rule of one's own, which counts something else than capacity
    ratio = Fraction(str(host.overcommit.get(name, 1.0)))
    given = host.capacity.get(name, 0) - host.reserved.get(name, 0)
    return ceil(load / ratio) - given if ratio else None


def amount_of(choice: Choice, resource: int, amount: int) -> str:
    """Write an amount: ``8 vCPUs``, ``512 MiB RAM``."""
    name = choice.problem.resources[resource]
    return f"{exact(amount, name)} {title(name)}"
