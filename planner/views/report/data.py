"""What the page is given: hosts, VMs and actions by number, and the sentences that go with them.

Rows are JSON arrays, not objects: a plan of 4,000 actions stays well below one megabyte.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from msgspec import Struct

from models.actions import Migration, Provision, Shutdown, Start, Stop, Update
from models.replay import Replay
from models.replay_rolling import RollingReplay
from models.rolling_plan import RollingPlan, step_described
from models.sizes import title, unit_of
from models.vm import MOST_ARE
from planner.scheduling.judging import judge_schedule
from planner.views.report.detours import DetourReasons
from planner.views.report.times import ScheduleShown, times_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from models.actions import Step
    from models.goal_told import GoalTold
    from models.host import Host
    from models.plan import Plan
    from models.pool import Pool
    from models.schedule import Schedule
    from models.vm import VM
    from planner.verdict.statements import ConflictTold

WARN_ABOVE = 0.9
"""The share of a host above which the page marks it, where nobody asks for another."""

NOWHERE = -1
"""The number of the host of a VM that is off, and of a VM the pool does not have."""

KINDS: dict[type, str] = {
    Shutdown: "shutdown",
    Migration: "migrate",
    Stop: "stop",
    Start: "start",
    Provision: "provision",
    Update: "update",
}


class ResourceRow(Struct, array_like=True):
    """A resource: its name, how to show amounts of it, and the share above which a host is marked."""

    name: str
    label: str
    unit: str | None
    warn_above: float


class HostRow(Struct, array_like=True):
    """A host: per resource what is usable and what it keeps for itself, in the same measure."""

    name: str
    usable: list[int]
    reserved: list[int]
    tags: list[str]


class VMRow(Struct, array_like=True):
    """A VM: its demand per resource, and the numbers of its hosts before and after."""

    name: str
    demand: list[int]
    source: int
    target: int


class ActionRow(Struct, array_like=True):
    """An action as it was carried out: where the VM was, and where it is afterwards.

    An update has no VM, and its host is both.
    """

    kind: str
    vm: int
    source: int
    destination: int
    cost: int
    detour: bool


class ConflictRow(Struct, array_like=True):
    """A conflict: the numbers of its VMs, what it weighs, and the sentence about it."""

    vms: list[int]
    weight: str
    text: str


class PageData(Struct):
    """All that the page knows."""

    resources: list[ResourceRow]
    hosts: list[HostRow]
    vms: list[VMRow]
    actions: list[ActionRow]
    notes: dict[int, str]
    """Step -> why it is a detour."""
    odd: dict[int, str]
    """Step -> the words for an action that could not be carried out."""
    violations: list[tuple[int, str, str]]
    """(step, where in words, sentence); step 0 is the end of the plan, or the file as a whole."""
    times: ScheduleShown | None
    """When each action runs, where the plan says so and it can be done."""
    held: dict[int, str] = {}
    """VM -> why a goal could not choose where it ends."""
    conflicts: list[ConflictRow] = []


def build_data(
    pool: Pool,
    plan: Plan | RollingPlan,
    warn_above: Mapping[str, float],
    explanations: Mapping[int, str] | None,
    schedule: Schedule | None,
    conflicts: Sequence[ConflictTold],
) -> PageData:
    """Replay a plan and write down what the page shows of it.

    Parameters
    ----------
    warn_above
        Resource -> share of what is usable; ``WARN_ABOVE`` where a resource is not named.
    explanations
        Step number from 1 -> why that detour. None: a plain sentence is made from the replay.
    schedule
        When each action runs. One that breaks a rule is told among the violations, and not drawn.
    conflicts
        VMs that cannot all go straight home.
    """
    run = RollingReplay(pool) if isinstance(plan, RollingPlan) else Replay(pool)
    data = _before_any_action(pool, run, warn_above, conflicts)
    _Recorder(pool, plan, run, data, explanations).record()
    data.violations = [
        (
            found.step,
            f"Action {found.step:,}" if found.step else "In the end",
            found.text.removeprefix("end: "),
        )
        for found in run.violations
    ]
    if schedule is not None and not data.violations:
        data.violations = [
            (found.step, f"Action {found.step:,}" if found.step else "The schedule", found.text)
            for found in judge_schedule(pool, plan, schedule)
        ]
        if not data.violations:
            data.times = times_of(pool, plan, schedule)
    return data


def _before_any_action(
    pool: Pool,
    run: Replay | RollingReplay,
    warn_above: Mapping[str, float],
    conflicts: Sequence[ConflictTold],
) -> PageData:
    """Write down what the pool is like, and nothing of the plan yet."""
    names = run.ledger.resource_names
    host_at, vm_at = _numbers(pool.hosts), _numbers(pool.vms)
    start, end = pool.current.placement, pool.target.placement
    return PageData(
        [ResourceRow(r, title(r), unit_of(r), warn_above.get(r, WARN_ABOVE)) for r in names],
        [
            HostRow(host.name, run.ledger.usable(host.name), _reserved(host, names), _tags(host))
            for host in pool.hosts
        ],
        [
            VMRow(
                vm.name,
                list(run.ledger.demand(vm.name)),
                host_at.get(start.get(vm.name, ""), NOWHERE),
                host_at.get(end.get(vm.name, ""), NOWHERE),
            )
            for vm in pool.vms
        ],
        *([], {}, {}, [], None),
        conflicts=[ConflictRow([vm_at[vm] for vm in one.vms], one.weight, one.text) for one in conflicts],
    )


def _numbers(named: Sequence[Host | VM]) -> dict[str, int]:
    """Give name -> place in the page's lists."""
    return {one.name: number for number, one in enumerate(named)}


class _Recorder:
    """Writes down each action as the replay carries it out."""

    def __init__(
        self,
        pool: Pool,
        plan: Plan | RollingPlan,
        run: Replay | RollingReplay,
        data: PageData,
        explanations: Mapping[int, str] | None,
    ) -> None:
        self.plan, self.run, self.data = plan, run, data
        self.explanations = explanations
        self.reasons = DetourReasons(pool, [step for step in plan.actions if not isinstance(step, Update)])
        self.host_at, self.vm_at = _numbers(pool.hosts), _numbers(pool.vms)

    def record(self) -> None:
        """Carry out the whole plan."""
        where = self.run.placement
        for step, action in enumerate(self.plan.actions, 1):
            if isinstance(action, Update):
                self._update(step, action)
                continue
            detour = self.plan.is_detour(action)
            if detour and isinstance(action, Migration):
                self._explain(step, action)
            source = self.host_at.get(where.get(action.vm, ""), NOWHERE)
            self.run.act(action)
            destination = self.host_at.get(where.get(action.vm, ""), NOWHERE)
            if source == destination:
                self.data.odd[step] = step_described(action)
            vm, cost = self.vm_at.get(action.vm, NOWHERE), self.plan.price(action)
            self.data.actions.append(ActionRow(_kind(action), vm, source, destination, cost, detour))
        self.run.finish()

    def _update(self, step: int, action: Update) -> None:
        """Write down that a host is updated; one that the pool does not have is an oddity."""
        assert isinstance(self.run, RollingReplay)
        self.run.act(action)
        host = self.host_at.get(action.host, NOWHERE)
        if host == NOWHERE:
            self.data.odd[step] = step_described(action)
        self.data.actions.append(ActionRow(_kind(action), NOWHERE, host, host, 0, False))

    def _explain(self, step: int, action: Migration) -> None:
        if self.explanations is not None and step in self.explanations:
            self.data.notes[step] = self.explanations[step]
        elif action.vm in self.vm_at and action.source in self.run.ledger.hosts:
            self.data.notes[step] = self.reasons.why(step, action, self.run.ledger)


def held_of(pool: Pool, goal: GoalTold) -> dict[int, str]:
    """Give the VMs that a goal could not choose about, by number, and why."""
    number = _numbers(pool.vms)
    return {number[held.vm]: held.why for held in goal.held if held.vm in number}


def _kind(action: Step) -> str:
    return KINDS[type(action)]


def _reserved(host: Host, resources: tuple[str, ...]) -> list[int]:
    """Give what a host keeps, multiplied like what is usable, so that both add up to one bar."""
    return [_multiplied(host.reserved.get(r, 0), host.overcommit.get(r, 1.0)) for r in resources]


def _multiplied(amount: int, ratio: float) -> int:
    """Multiply exactly: no product is too large for that, as one may be for a float."""
    return amount if ratio == 1 else round(amount * Fraction(str(ratio)))


def _tags(host: Host) -> list[str]:
    tags = [] if host.accepts else ["accepts nothing"]
    if host.arch != MOST_ARE:
        tags.append(host.arch)
    if host.version is not None:
        tags.append(f"version {host.version}")
    return tags + list(host.traits)
