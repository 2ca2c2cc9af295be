"""A plan for another tool: its actions by wave, each with the commands that do it and the checks around."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from models.actions import Migration, Provision, Shutdown, Start, Stop, Update
from models.errors import PlanError, PoolError
from models.pool import Pool
from models.replay import replay
from models.replay_in_waves import replay_in_waves
from models.replay_rolling import replay_rolling
from models.rolling_plan import step_described
from models.schedule import Schedule
from planner.clouds.writing.words import Check, Deed, Need, Thing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from models import actions
    from models.host import Host
    from models.ledger import Violation
    from models.plan_file import AnyEntry, PlanFile, UpdateEntry
    from models.state import PoolState
    from models.vm import VM
    from planner.clouds.writing.tools import Tool

    Way = dict[int, actions.Action]
    """What is done to one VM, by the numbers of the steps, in order."""


@dataclass(frozen=True, slots=True)
class StepTold:
    """One action.

    Parameters
    ----------
    number
        Its id in the plan.
    wave
        From 1. A plan that says nothing of waves runs one action after the other, each a wave.
    after
        The numbers of the actions that must have ended before it starts.
    start_s, end_s
        When it starts and ends by the schedule; None where the plan has none.
    """

    number: int
    action: actions.Step
    wave: int
    after: tuple[int, ...]
    start_s: int | None = None
    end_s: int | None = None

    @property
    def text(self) -> str:
        """What it does, in a few words."""
        return step_described(self.action)


def steps(plan: PlanFile) -> tuple[StepTold, ...]:
    """Give the actions of a plan, wave by wave.

    Raises
    ------
    PlanError
        The file holds no plan.
    """
    if plan.status in ("infeasible", "no_plan_found"):
        raise PlanError(f"the plan file holds no plan: its status is {plan.status}")
    told = all(_of(entry, "wave") is not None for entry in plan.actions)
    found, before = [], None
    for place, (entry, action) in enumerate(zip(plan.actions, plan.rolling_steps(), strict=True), 1):
        serial = (before,) if before is not None else ()
        after = _of(entry, "after")
        found.append(
            StepTold(
                entry.id,
                action,
                _of(entry, "wave") if told else place,
                serial if after is None else tuple(after),
                _of(entry, "start_s"),
                _of(entry, "end_s"),
            )
        )
        before = entry.id
    return tuple(sorted(found, key=lambda step: step.wave))


def check_plan(state: PoolState, plan: PlanFile) -> None:
    """Raise ``PlanError`` where an action breaks a rule of the pool, or finds a VM elsewhere.

    What is judged is what is written: wave by wave, whatever the order of the file; and what waits for what.
    """
    told = steps(plan)
    plan.check_waits()
    end = dict(state.placement)
    for action in plan.rolling_steps():
        if isinstance(action, Shutdown | Stop):
            end.pop(action.vm, None)
        elif not isinstance(action, Update):
            end[action.vm] = action.destination if isinstance(action, Migration) else action.host
    try:
        pool = Pool(state, state.placed(end))
        broken = next(_broken(pool, plan, [step.action for step in told], [step.wave for step in told]), None)
    except PoolError as error:
        raise PlanError(f"it is the plan of another pool: {error}") from None
    if broken:
        raise PlanError(f"it does not hold on this pool: {broken.text}; `vmplan check` tells all")


def _broken(
    pool: Pool, plan: PlanFile, written: Sequence[actions.Step], wave: Sequence[int]
) -> Iterator[Violation]:
    """Yield what is broken in the order of the file, in that of the waves, and within waves.

    Each is asked only where nothing was found before: waves know every name, and have every VM where it is.
    """
    asked = plan.rolling_steps()
    for order in (asked, written) if list(written) != list(asked) else (asked,):
        if plan.is_rolling:
            yield from replay_rolling(pool, order)
        else:
            yield from replay(pool, [step for step in order if not isinstance(step, Update)])
    nothing = (0,) * len(wave)
    yield from replay_in_waves(pool, written, Schedule(nothing, nothing, ((),) * len(wave), tuple(wave)))


def _of(entry: AnyEntry | UpdateEntry, name: str) -> Any:
    return getattr(entry, name, None)


def waves(of: Iterable[StepTold]) -> list[tuple[int, list[StepTold]]]:
    """Give (number of the wave, its steps)."""
    return [(wave, list(group)) for wave, group in groupby(of, key=lambda step: step.wave)]


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a tool does for one step.

    Parameters
    ----------
    done
        Holds where the step has been done already; and must hold when it has been.
    deeds
        One after the other; none: a person must do it.
    passed
        Each holds only where a later step of the same VM has been done, or half done, and so this one too.
    """

    step: StepTold
    done: Check
    deeds: tuple[Deed, ...]
    passed: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True)
class HostUpdate:
    """What is done for the update of a host.

    Parameters
    ----------
    empty
        Must hold before it.
    """

    step: StepTold
    host: Thing
    empty: Check


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """A VM on a host, running or off."""

    host: str
    runs: bool


class Recipes:
    """Turns steps into recipes of one tool.

    Parameters
    ----------
    state
        The pool, for what the cloud calls its hosts and VMs.
    told
        All steps, in order.
    """

    def __init__(self, tool: Tool, state: PoolState, told: Iterable[StepTold]) -> None:
        self.tool = tool
        self.hosts = {host.name: _host(host) for host in state.hosts}
        self.vms = {vm.name: _vm(vm) for vm in state.vms}
        self.ways: dict[str, Way] = {}
        for step in told:
            if not isinstance(step.action, Update):
                self.ways.setdefault(step.action.vm, {})[step.number] = step.action

    @property
    def need(self) -> Need | None:
        """Give what must hold before the first of them; None: nothing."""
        acts = (action for way in self.ways.values() for action in way.values())
        return self.tool.for_stops if any(isinstance(action, Stop | Start) for action in acts) else None

    def of(self, step: StepTold) -> Recipe | HostUpdate:
        """Give the recipe of a step."""
        if isinstance(step.action, Update):
            host = self._host(step.action.host)
            return HostUpdate(step, host, self.tool.empty(host))
        tool, vm, way = self.tool, self._known(self.vms, "VM", step.action.vm), self.ways[step.action.vm]
        deeds: tuple[Deed, ...]
        match step.action:
            case Migration(_, source, destination):
                here, there = self._host(source), self._host(destination)
                done, deeds = tool.on(vm, there), (tool.migrate(vm, here, there),)
            case Shutdown(_, stopped) | Stop(_, stopped):
                here = self._host(stopped)
                done, deeds = tool.off(vm, here), (tool.stop(vm, here),)
            case Start(_, started):
                here, there = self._host(_stopped_on(way, step.number) or started), self._host(started)
                done, deeds = tool.on(vm, there), tool.start(vm, here, there)
            case Provision(_, made):
                return Recipe(step, tool.on(vm, self._host(made)), ())
        return Recipe(step, done, deeds, tuple(self._passed(step.number, way, vm, here)))

    def _passed(self, number: int, way: Way, vm: Thing, here: Thing) -> Iterator[Check]:
        """Give what holds only after a later step of the VM, which is here before the step of the number.

        Where it comes back to a place, that says nothing of how often it has been there.
        """
        place = list(way).index(number) + 1
        acts = list(way.values())
        been = {self._look(vm, stand) for stand in [*_before(acts[0]), *_stands(acts[:place])]}
        for stand in _stands(acts[place:]):
            look, there = self._look(vm, stand), self._host(stand.host)
            if look in been or (not stand.runs and there == here):
                continue
            been.add(look)
            yield look if stand.runs else self.tool.carried(vm, here, there)

    def _look(self, vm: Thing, stand: Whereabouts) -> Check:
        host = self._host(stand.host)
        return self.tool.on(vm, host) if stand.runs else self.tool.off(vm, host)

    def _host(self, name: str) -> Thing:
        return self._known(self.hosts, "host", name)

    @staticmethod
    def _known(things: Mapping[str, Thing], kind: str, name: str) -> Thing:
        if name not in things:
            raise PlanError(f"the plan names the {kind} {name!r}, which the pool does not have")
        return things[name]


def _host(host: Host) -> Thing:
    uri = host.labels.get("uri", f"qemu+ssh://{host.name}/system")
    name = host.labels.get("name", host.name)
    return Thing(name, host.labels.get("id", host.name), uri, host.labels.get("host", name))


def _vm(vm: VM) -> Thing:
    return Thing(vm.labels.get("name", vm.name), vm.labels.get("id", vm.name))


def _stopped_on(way: Way, number: int) -> str | None:
    """Give the host on which a VM was stopped before the step of the number; None: it was not."""
    stopped = None
    for step, action in way.items():
        if step == number:
            break
        if isinstance(action, Shutdown | Stop):
            stopped = action.host
    return stopped


def _before(first: actions.Action) -> list[Whereabouts]:
    """Give where a VM is before its first step."""
    match first:
        case Migration(_, host, _) | Shutdown(_, host) | Stop(_, host):
            return [Whereabouts(host, True)]
    return []


def _stands(acts: Iterable[actions.Action]) -> Iterator[Whereabouts]:
    """Give where a VM comes by its steps, one after the other."""
    for action in acts:
        match action:
            case Migration(_, _, host) | Provision(_, host):
                yield Whereabouts(host, True)
            case Shutdown(_, host) | Stop(_, host):
                yield Whereabouts(host, False)
            case Start(_, host):
                # Before it starts there it is carried there.
                yield Whereabouts(host, False)
                yield Whereabouts(host, True)
