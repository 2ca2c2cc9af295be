"""Random histories: a small pool, its plan, and whatever goes wrong on the way, by seed."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from msgspec.structs import replace

from models import Plan, Pool, PoolState
from models.actions import hosts_of
from models.plan_file import PlanFile
from planner import find, plan
from planner.clouds.faults import Faults
from planner.clouds.world import World
from planner.execution import End, Outcome, Watcher, prepare, prepare_resume
from planner.execution.clock import FakeClock
from planner.execution.events import Options
from tests.builders import host, vm
from tests.planner.execution.judge import JudgedCloud, KilledError

if TYPE_CHECKING:
    from pathlib import Path

    from planner.execution.events import Event

KINDS = (
    *("refused", "busy", "failed", "hung", "lost", "moved", "down", "cordoned"),
    *("deleted", "grown", "shut_off", "locked", "booted", "paused"),
)
MOST_RESUMES = 60


def random_pool(rng: Random) -> Pool:
    """Give a pool of a few hosts whose target is a random walk from where its VMs are."""
    at_once = rng.choice((1, 2))
    hosts = [host(f"h{n}", 12, max_in=at_once, max_out=at_once) for n in range(rng.randint(3, 5))]
    vms = [vm(f"v{n}", rng.randint(1, 5)) for n in range(rng.randint(3, 10))]
    free = {it.name: 12 for it in hosts}
    current = {}
    for it in vms:
        open_hosts = [name for name in free if free[name] >= it.ram_mib]
        if open_hosts:
            current[it.name] = rng.choice(open_hosts)
            free[current[it.name]] -= it.ram_mib
    vms = [it for it in vms if it.name in current]
    together = {}
    for name, place in current.items():
        together.setdefault(place, name)
    apart = [tuple(together.values())] if len(together) > 1 and rng.random() < 0.5 else []
    target = dict(current)
    for _ in range(4 * len(vms)):
        it, place = rng.choice(vms), rng.choice(hosts).name
        meets = {target[other] for group in apart if it.name in group for other in group}
        if free[place] >= it.ram_mib and target[it.name] != place and place not in meets:
            free[target[it.name]] += it.ram_mib
            free[place] -= it.ram_mib
            target[it.name] = place
    before = PoolState(hosts, vms, current, anti_affinity=apart)
    return Pool(before, before.placed(target))


def plan_for(of: Pool) -> PlanFile:
    """Give a plan quickly, with an ``after`` that is safe: who shares a host keeps the order."""
    result = find(of.current, of.target, method="squeaky", time_limit_s=5)
    if result.plan is None:
        result = plan(of.current, of.target, time_limit_s=5, workers=1)
    if result.plan is None:
        return result.file()
    return PlanFile(status="feasible", cost=result.cost, actions=with_after(result.plan))


def with_after(of: Plan):
    """Give the entries of a plan; each waits for those before it that share a host with it."""
    made = []
    for number, entry in enumerate(of.entries()):
        mine = set(hosts_of(of.actions[number]))
        before = [n + 1 for n in range(number) if mine.intersection(hosts_of(of.actions[n]))]
        made.append(replace(entry, after=tuple(before)))
    return tuple(made)


def loose(of: PlanFile) -> PlanFile:
    """Give a plan whose actions wait for nobody: all that keeps the rules then is the look before each."""
    return replace(of, actions=tuple(replace(entry, after=()) for entry in of.actions))


@dataclass
class History(Watcher):
    """One run, killed and resumed until it is over."""

    seed: int
    folder: Path
    faults: Faults | None = None
    kills: int | None = None
    replans: bool | None = None

    def __post_init__(self) -> None:
        rng = self.rng = Random(self.seed)
        self.of = random_pool(rng)
        self.plan = plan_for(self.of)
        if self.faults is None:
            chosen = rng.sample(KINDS, rng.randint(0, 4))
            shares = {kind: rng.choice((0.05, 0.15, 0.3)) for kind in chosen}
            scale = max(1.0, sum(shares.values()))
            self.faults = Faults(seed=self.seed, **{k: share / scale for k, share in shares.items()})
        if self.kills is None:
            self.kills = rng.choice((0, 0, 1, 3, 10))
        replans = rng.random() < 0.6 if self.replans is None else self.replans
        self.options = Options(rng.choice((None, 1, 2)), "replan" if replans else "stop")
        self.clock = FakeClock(10.0)
        self.world = World.of(self.of.current)
        self.journal = self.folder / f"{self.seed}.jsonl"
        self.cloud = JudgedCloud(self.world, self.of, self.journal, faults=self.faults, now=self.clock.now)
        if rng.random() < 0.3:
            self.plan = loose(self.plan)
        self._aim()

    def _aim(self) -> None:
        """Say when it is killed next: after so many writes, or after so many requests."""
        self.writes_left: int | None = None
        self.cloud.killed_after_request = None
        if self.kills:
            self.kills -= 1
            if self.rng.random() < 0.5:
                self.writes_left = self.rng.randint(1, 8)
            else:
                self.cloud.killed_after_request = self.world.requests + self.rng.randint(1, 3)

    def event(self, event: Event) -> None:
        if self.writes_left is not None:
            self.writes_left -= 1
            if self.writes_left <= 0:
                if self.rng.random() < 0.3:
                    tear(self.journal, self.rng)
                raise KilledError

    def live(self) -> Outcome | None:
        """Run to the end; give what it came to, None where there was nothing to run."""
        if self.plan.status not in ("optimal", "feasible"):
            return None
        opened = lambda: prepare(  # noqa: E731
            self.cloud,
            self.of,
            self.plan,
            journal=self.journal,
            options=self.options,
            clock=self.clock,
            watcher=self,
            replan=plan_for,
        )
        for _ in range(MOST_RESUMES):
            try:
                with opened() as ready:
                    outcome = ready.go()
                if outcome.end is not End.STOPPED or self.rng.random() < 0.7:
                    return outcome
            except KilledError:
                self._aim()
                self.clock.sleep(self.rng.choice((0.0, 1.0, 30.0)))
            opened = lambda: prepare_resume(  # noqa: E731
                self.journal, cloud=self.cloud, clock=self.clock, watcher=self, replan=plan_for
            )
        return outcome

    def judged(self, outcome: Outcome) -> list[str]:
        """Say what was wrong with it all."""
        return [*self.cloud.wrongs, *judged(self.of, self.world, outcome)]


def judged(of: Pool, world: World, outcome: Outcome) -> list[str]:
    """Say what is wrong with what a run says it came to."""
    where = {name: guest.host for name, guest in world.vms.items()}
    off = [vm for vm, host in of.target.placement.items() if where.get(vm) != host]
    if outcome.end is End.FINISHED:
        return [f"finished, but {off}"] if off else []
    if outcome.running:
        # Nobody looks again: what was left running may have landed, and others may have done anything.
        off = [vm for vm in off if where.get(vm) == of.current.placement.get(vm)]
    on_target = [vm for vm in outcome.left if where.get(vm) == of.target.placement.get(vm)]
    found = [f"no reason for {vm}" for vm in off if not outcome.left.get(vm)]
    found += [f"{vm} is on its target, but left" for vm in on_target if not outcome.running]
    if not outcome.why:
        found.append("stopped, nobody knows why")
    if outcome.end is End.STOPPED and not off and not outcome.running and not outcome.failed:
        found.append(f"stopped for nothing: {outcome}")
    if outcome.running:
        return found  # what flies may land before the judge looks
    return found + [lie for vm, why in outcome.left.items() if (lie := lie_about(world, vm, why))]


def lie_about(world: World, vm: str, why: str) -> str:
    """Say so where a reason is not true."""
    guest, hosts = world.vms.get(vm), world.hosts.values()
    true = {
        "is gone: the cloud": guest is None,
        "is locked": guest is not None and guest.locked,
        "is shut off": guest is not None and not guest.on,
        "is paused": guest is not None and guest.paused,
        "is down": any(not state.up for state in hosts),
        "accepts nothing": any(not state.host.accepts or not state.up for state in hosts),
    }
    return "; ".join(f"{vm}: {why!r} is not so" for word, so in true.items() if word in why and not so)


def tear(journal: Path, rng: Random) -> None:
    """Leave only a part of the last line, as a crash in the middle of a write does."""
    data = journal.read_bytes()
    start = data.rfind(b"\n", 0, -1) + 1
    if start:
        journal.write_bytes(data[: rng.randint(start, len(data) - 1)])
