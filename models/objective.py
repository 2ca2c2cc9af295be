"""What a migration costs: the objective of a plan."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from models.errors import PlannerError
from models.vm import VM

Objective = str | Callable[[VM], int]
"""``moves``, ``ram``, ``custom``, ``time``, or a callable VM -> integer cost >= 0."""

NAMED: dict[str, Callable[[VM], int]] = {
    "moves": lambda vm: 1,  # noqa: ARG005
    "ram": lambda vm: vm.ram_mib,
    "custom": lambda vm: vm.custom_cost,
    # What ends earliest; of two that end together, the one with fewer migrations.
    "time": lambda vm: 1,  # noqa: ARG005
}


def objective_name(objective: Objective) -> str:
    """Give the word for it; a callable is called ``callable``."""
    return objective if isinstance(objective, str) else "callable"


def counted_by(objective: str) -> str:
    """Give the word for what cost and bound count: with ``time`` migrations, as with ``moves``."""
    return "moves" if objective == "time" else objective


def price_of(objective: Objective, vms: Iterable[VM]) -> Callable[[VM], int]:
    """Give what one migration of a VM costs.

    Raises
    ------
    PlannerError
        An unknown name, or ``ram`` on a pool in which no VM names ``ram_mib``.
    """
    if callable(objective):
        return lambda vm: _checked(objective(vm), vm)
    if not isinstance(objective, str) or objective not in NAMED:
        raise PlannerError(f"objective: {objective!r}, must be one of {', '.join(NAMED)}, or a callable")
    if objective == "ram":
        vms = list(vms)
        if vms and not any("ram_mib" in vm.demand for vm in vms):
            raise PlannerError("objective: 'ram' needs demand.ram_mib, which no VM of the pool names")
    return NAMED[objective]


def _checked(cost: object, vm: VM) -> int:
    if type(cost) is not int or cost < 0:
        raise PlannerError(f"objective: cost of {vm.name!r} is {cost!r}, must be an integer >= 0")
    return cost
