"""Hosts filled with drawn VMs, each where it fits under all rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models import VM, Host, PoolState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.random import Generator

CAPACITY_MIB = 1000
"""Of a host that holds RAM alone."""


def plain_hosts(num_hosts: int) -> list[Host]:
    """Give hosts of 1000 that hold RAM alone."""
    return [Host(f"h{n}", {"ram_mib": CAPACITY_MIB}) for n in range(1, num_hosts + 1)]


def ram_draw(rng: Generator) -> dict[str, int]:
    """Draw a VM for such hosts."""
    return {"ram_mib": int(rng.integers(50, 501))}


def packed(
    rng: Generator,
    hosts: Sequence[Host],
    load: float,
    draw: Callable[[Generator], dict[str, int]],
    guest: Callable[[Generator, str, dict[str, int]], VM] | None = None,
) -> tuple[list[VM], dict[str, str]]:
    """Fill hosts with drawn VMs until so much of all RAM is taken, or ten draws in a row fit nowhere."""
    vms: list[VM] = []
    placement: dict[str, str] = {}
    left = load * sum(host.usable("ram_mib") for host in hosts)
    misses = 0
    while left > 0 and misses < 10:
        name, amounts = f"vm{len(vms) + 1}", draw(rng)
        vm = guest(rng, name, amounts) if guest else VM(name, amounts)
        ledger = PoolState(hosts, [*vms, vm], placement).ledger()
        fitting = [host.name for host in hosts if not ledger.refusals(name, None, host.name, None)]
        if not fitting:
            misses += 1
            continue
        misses = 0
        vms.append(vm)
        placement[name] = str(rng.choice(fitting))
        left -= amounts.get("ram_mib", 0)
    return vms, placement
