"""A simulated cloud whose time costs nothing, a plan to run in it, and a watch that judges every moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from models import Migration, Plan, Pool, Start, Stop
from models.plan_file import PlanFile
from planner.clouds.faults import Faults, Strike
from planner.clouds.simulated import SimulatedCloud
from planner.clouds.world import World
from planner.execution import Outcome, Watcher, prepare, prepare_resume, read_journal
from planner.execution.clock import FakeClock
from planner.execution.events import Event, Options
from tests.builders import host, pool, vm
from tests.planner.execution.judge import KilledError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from models import Action


def plan_of(of: Pool, actions: Sequence[Action], after: Sequence[Iterable[int]] | None = None) -> PlanFile:
    """Give a plan file; without ``after`` it says nothing of time, and runs in order."""
    plan = Plan.of(of, actions)
    made = plan.entries()
    if after is not None:
        from msgspec.structs import replace

        made = tuple(replace(entry, after=tuple(ids)) for entry, ids in zip(made, after, strict=True))
    return PlanFile(status="feasible", cost=plan.cost, actions=made)


def two_pairs() -> tuple[Pool, PlanFile]:
    """Give four hosts of 10 and four VMs of 4: a and b leave h1 for h2, c and d leave h3 for h4."""
    of = pool(
        [host(name, max_in=2, max_out=2) for name in ("h1", "h2", "h3", "h4")],
        [vm(name, 4) for name in "abcd"],
        "h1: a b, h3: c d",
        "h2: a b, h4: c d",
    )
    actions = [Migration(name, old, new) for name, old, new in zip("abcd", HERE, THERE, strict=True)]
    return of, plan_of(of, actions, [(), (1,), (), ()])


def swapped_by_a_stop() -> tuple[Pool, PlanFile]:
    """Give two full hosts and two VMs that change places: the big one is off while the other passes."""
    vms = [vm("big", 8, offline=True), vm("other", 8)]
    of = pool([host("h1"), host("h2")], vms, "h1: big, h2: other", "h2: big, h1: other")
    return of, plan_of(of, [Stop("big", "h1"), Migration("other", "h2", "h1"), Start("big", "h2")])


def six_on_their_own(**rules: Any) -> tuple[Pool, PlanFile]:
    """Give six VMs, each of which may go to a host of its own at any time."""
    vms = [f"v{n}" for n in range(6)]
    here, there = ({name: f"h{n + first}" for n, name in enumerate(vms)} for first in (0, 6))
    of = pool([host(f"h{n}") for n in range(12)], [vm(name, 4) for name in vms], here, there, **rules)
    return of, plan_of(of, [Migration(name, here[name], there[name]) for name in vms], [()] * 6)


HERE, THERE = ("h1", "h1", "h3", "h3"), ("h2", "h2", "h4", "h4")


class Once:
    """Faults for the requests of these numbers, and for no others."""

    speed, spread, seed = 1.0, 0.0, 0

    def __init__(self, **strikes: Strike) -> None:
        self.strikes = {int(key.removeprefix("r")): strike for key, strike in strikes.items()}

    def of_request(self, number):
        return self.strikes.get(number)

    def stretch(self, number):
        return 1.0

    def chance(self, number):
        return Random(number)


@dataclass
class Rig(Watcher):
    """A run of a plan in a simulated cloud."""

    of: Pool
    plan: PlanFile
    folder: Path
    faults: Faults = field(default_factory=lambda: Faults(spread=0))
    options: Options = field(default_factory=Options)
    events: list[Event] = field(default_factory=list)
    on_event: Callable[[Event], None] | None = None

    def __post_init__(self) -> None:
        self.clock = FakeClock()
        self.world = World.of(self.of.current)
        self.cloud = SimulatedCloud(self.world, faults=self.faults, now=self.clock.now)
        self.journal = self.folder / "journal.jsonl"

    def event(self, event: Event) -> None:
        self.events.append(event)
        if self.on_event is not None:
            self.on_event(event)

    def run(self, **more: Any) -> Outcome:
        """Run the plan."""
        with prepare(
            self.cloud,
            self.of,
            self.plan,
            journal=self.journal,
            options=self.options,
            clock=self.clock,
            watcher=self,
            **more,
        ) as ready:
            return ready.go()

    def resume(self, **more: Any) -> Outcome:
        """Go on with it."""
        with prepare_resume(self.journal, cloud=self.cloud, clock=self.clock, watcher=self, **more) as ready:
            return ready.go()

    def killed_at(self, word: str, name: str | None, *, resumed: bool = False) -> None:
        """Run the plan, or go on with it, until the journal says a word of a VM, and kill it there."""
        self.killed(lambda event: (event.event, event.vm) == (word, name), resumed=resumed)

    def killed(self, when: Callable[[Event], object], *, resumed: bool = False) -> None:
        """Do the same at the first of such events."""

        def kill(event: Event) -> None:
            if when(event):
                self.on_event = None
                raise KilledError

        self.on_event = kill
        with pytest.raises(KilledError):
            (self.resume if resumed else self.run)()

    def words(self, *kinds: str) -> list[tuple[str, str | None]]:
        """Give (event, VM) of the journal, of some kinds or all."""
        return [(e.event, e.vm) for e in read_journal(self.journal).events if not kinds or e.event in kinds]

    def place(self, name: str, host: str) -> None:
        """Let somebody else have moved a VM."""
        guest = self.world.vms[name]
        self.world.room.take(name, guest.host)
        guest.host = host
        self.world.room.put(name, host)

    def where(self) -> dict[str, str | None]:
        """Give where the VMs are in truth."""
        return {name: guest.host for name, guest in self.world.vms.items()}
