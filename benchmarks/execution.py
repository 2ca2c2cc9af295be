"""What the executor itself costs: a plan of many migrations in a simulated cloud whose time costs nothing.

``python -m benchmarks.execution [MIGRATIONS]`` prints one JSON line. The clock is a fake one, so nobody
waits; the journal is a real file, every line of it synced; the seconds inside the cloud are taken apart from
those of the executor.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING, Any

from models import VM, Host, Migration, Plan, Pool, PoolState
from models.plan_file import PlanFile
from planner.clouds.faults import Faults
from planner.clouds.simulated import SimulatedCloud
from planner.clouds.world import World
from planner.execution import End, Event, Options, Watcher, prepare
from planner.execution.clock import FakeClock

if TYPE_CHECKING:
    from collections.abc import Callable

VMS_A_HOST = 5

AT_ONCE = 200
"""Migrations at a time, as in a large cloud."""


class TimedCloud(SimulatedCloud):
    """A simulated cloud that notes how long it takes itself, by method."""

    def __init__(self, world: World, clock: FakeClock) -> None:
        super().__init__(world, faults=Faults(seed=0), now=clock.now)
        self.seconds: defaultdict[str, float] = defaultdict(float)
        for name in ("observe", "look", "look_at_host", "start", "follow"):
            setattr(self, name, self._timed(name, getattr(self, name)))

    def _timed(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any) -> Any:
            began = perf_counter()
            try:
                return method(*args)
            finally:
                self.seconds[name] += perf_counter() - began

        return timed


class Memory(Watcher):
    """Notes what the process holds when a tenth, and when all of the actions are done."""

    def __init__(self, actions: int) -> None:
        self.actions, self.done = actions, 0
        self.mib: list[float] = []

    def event(self, event: Event) -> None:
        """Look at the memory now and then."""
        self.done += event.event == "done"
        if event.event == "done" and self.done in (self.actions // 10, self.actions):
            gc.collect()
            self.mib.append(resident_mib())


def resident_mib() -> float:
    """Give what this process holds in memory, on Linux; elsewhere 0."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:")), 0.0)


def pool_of(migrations: int) -> tuple[Pool, PlanFile]:
    """Give pairs of hosts; all VMs of the one go to the other, which is empty."""
    pairs = -(-migrations // VMS_A_HOST)
    hosts = [Host(f"h{n}", {"ram_mib": 1024 * VMS_A_HOST}, max_in=2, max_out=2) for n in range(2 * pairs)]
    vms = [VM(f"v{n}", {"ram_mib": 1024}) for n in range(migrations)]
    ways = {
        vm.name: (f"h{2 * (n // VMS_A_HOST)}", f"h{2 * (n // VMS_A_HOST) + 1}") for n, vm in enumerate(vms)
    }
    current = PoolState(hosts, vms, {vm: old for vm, (old, _) in ways.items()})
    pool = Pool(current, current.placed({vm: new for vm, (_, new) in ways.items()}))
    plan = Plan.of(pool, [Migration(vm, *way) for vm, way in ways.items()])
    free = tuple(_free(entry) for entry in plan.entries())
    return pool, PlanFile(status="optimal", cost=plan.cost, bound=plan.cost, actions=free)


def _free(entry: Any) -> Any:
    from msgspec.structs import replace

    return replace(entry, after=())


def measure(migrations: int) -> dict[str, object]:
    """Run a plan; give what it took."""
    pool, plan = pool_of(migrations)
    clock, memory = FakeClock(), Memory(migrations)
    cloud = TimedCloud(World.of(pool.current), clock)
    with TemporaryDirectory() as folder:
        os.environ["VMPLAN_STATE_DIR"] = folder
        journal = Path(folder) / "journal.jsonl"
        ready = prepare(
            cloud, pool, plan, journal=journal, options=Options(AT_ONCE), clock=clock, watcher=memory
        )
        cloud.seconds.clear()
        with ready:
            began = perf_counter()
            outcome = ready.go()
            total_s = perf_counter() - began
        journal_mib = journal.stat().st_size / 2**20
    if outcome.end is not End.FINISHED:
        raise RuntimeError(f"it did not finish: {outcome}")
    own_s = total_s - sum(cloud.seconds.values())
    return {
        "migrations": migrations,
        "own_ms_a_migration": round(1000 * own_s / migrations, 3),
        "cloud_ms_a_migration": round(1000 * (total_s - own_s) / migrations, 3),
        "journal_mib": round(journal_mib, 2),
        "resident_mib_at_a_tenth": round(memory.mib[0], 1),
        "resident_mib_at_the_end": round(memory.mib[-1], 1),
    }


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)))
