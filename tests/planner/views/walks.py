"""Plans without a planner: a random legal walk through placements, whose end is the target.

Who walks more than once took a detour, and who comes back home made way, so a walk shows a report nearly
all that a plan may hold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from models import VM, Host, Migration, Plan, Pool, PoolState, Replay
from models.plan_file import PlanFile

if TYPE_CHECKING:
    from random import Random

    from models.ledger import Ledger

RAM_MIB = 65536
RESERVED_MIB = 2048


def random_state(rng: Random, num_hosts: int, num_vms: int, load: float) -> PoolState:
    """Give hosts of 64 GiB and 32 vCPUs, filled with VMs up to about a share of their room."""
    hosts = [
        Host(f"host-{number}", {"ram_mib": RAM_MIB, "vcpus": 32}, reserved={"ram_mib": RESERVED_MIB})
        for number in range(num_hosts)
    ]
    parts = [rng.choice([1, 2, 2, 3, 4]) for _ in range(num_vms)]
    unit = int(num_hosts * (RAM_MIB - RESERVED_MIB) * load) // sum(parts)
    vms = [VM(f"vm-{n}", {"ram_mib": part * unit, "vcpus": part}) for n, part in enumerate(parts)]
    ledger, placement = PoolState(hosts, vms, {}).ledger(), {}
    for vm in vms:
        host = next(
            h.name for h in iter(lambda: rng.choice(hosts), None) if fits(ledger, vm.name, None, h.name)
        )
        ledger.put(vm.name, host)
        placement[vm.name] = host
    return PoolState(hosts, vms, placement)


def walked(state: PoolState, steps: int, rng: Random) -> tuple[Pool, Plan]:
    """Give a pool whose target is where a walk of so many migrations ended, and the walk as its plan."""
    hosts = [host.name for host in state.hosts]
    ledger, placement, actions = state.ledger(), dict(state.placement), []
    names = list(placement)
    while len(actions) < steps:
        vm, host = rng.choice(names), rng.choice(hosts)
        here = placement[vm]
        if here != host and fits(ledger, vm, here, host):
            ledger.put(vm, host)
            ledger.take(vm, here)
            placement[vm] = host
            actions.append(Migration(vm, here, host))
    pool = Pool(state, state.placed(placement))
    return pool, Plan.of(pool, actions)


def fits(ledger: Ledger, vm: str, source: str | None, host: str) -> bool:
    """Tell whether no rule forbids the arrival."""
    return not ledger.refusals(vm, source, host, host)


def plan_file(plan: Plan, status: str = "feasible", **more: object) -> PlanFile:
    """Give the plan file of a plan."""
    return PlanFile(status=status, objective=plan.objective, cost=plan.cost, actions=plan.entries(), **more)


def replayed(pool: Pool, plan: Plan, step: int) -> dict[str, dict[str, int]]:
    """Give host -> resource -> load after so many actions, by the replay."""
    run = Replay(pool)
    for action in plan.actions[:step]:
        run.act(action)
    names = run.ledger.resource_names
    return {host: dict(zip(names, load, strict=True)) for host, load in run.ledger.load.items()}
