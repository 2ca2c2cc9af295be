"""A plan for another tool: its actions by wave, each with the commands that do it and the checks around."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from models.actions import Migration, Provision, Shutdown, Start, Stop, Update
from models.errors import PlanError, PoolError
from models.pool import Pool
from models.replay import replay
from models.replay_rolling import replay_rolling
from models.rolling_plan import step_described
from planner.clouds.writing.words import Check, Command, Thing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from models import actions
    from models.host import Host
    from models.plan_file import AnyEntry, PlanFile, UpdateEntry
    from models.state import PoolState
    from models.vm import VM
    from planner.clouds.writing.tools import Tool


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
    """Raise ``PlanError`` where an action breaks a rule of the pool, or finds a VM elsewhere."""
    end, actions = dict(state.placement), plan.rolling_steps()
    for action in actions:
        if isinstance(action, Shutdown | Stop):
            end.pop(action.vm, None)
        elif not isinstance(action, Update):
            end[action.vm] = action.destination if isinstance(action, Migration) else action.host
    try:
        pool = Pool(state, state.placed(end))
        broken = replay_rolling(pool, actions) if plan.is_rolling else replay(pool, plan.steps())
    except PoolError as error:
        raise PlanError(f"it is the plan of another pool: {error}") from None
    if broken:
        raise PlanError(f"it does not hold on this pool: {broken[0].text}; `vmplan check` tells all")


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
        Holds where the step has been done already; and must hold when it has been. None: nothing to ask.
    ready
        Must hold before the commands run; None: nothing to ask.
    commands
        One after the other; none: a person must do it.
    updated
        The host that is to be updated, once ``ready`` holds; None where the step is done to a VM.
    """

    step: StepTold
    done: Check | None
    ready: Check | None
    commands: tuple[Command, ...]
    updated: Thing | None = None


class Recipes:
    """Turns steps into recipes of one tool.

    Parameters
    ----------
    state
        The pool, for what the cloud calls its hosts and VMs.
    """

    def __init__(self, tool: Tool, state: PoolState) -> None:
        self.tool = tool
        self.hosts = {host.name: _host(host) for host in state.hosts}
        self.vms = {vm.name: _vm(vm) for vm in state.vms}
        self.stopped_on: dict[str, Thing] = {}

    def of(self, step: StepTold) -> Recipe:
        """Give the recipe of a step; the steps must come in order."""
        if isinstance(step.action, Update):
            empty = self._host(step.action.host)
            return Recipe(step, None, self.tool.empty(empty), (), empty)
        tool, vm = self.tool, self._known(self.vms, "VM", step.action.vm)
        match step.action:
            case Migration(_, source, destination):
                here, there = self._host(source), self._host(destination)
                return Recipe(step, tool.on(vm, there), tool.on(vm, here), (tool.migrate(vm, here, there),))
            case Shutdown(_, host) | Stop(_, host):
                here = self.stopped_on[step.action.vm] = self._host(host)
                return Recipe(step, tool.off(vm, here), tool.on(vm, here), (tool.stop(vm, here),))
            case Start(_, host):
                here, there = self.stopped_on.get(step.action.vm, self._host(host)), self._host(host)
                return Recipe(step, tool.on(vm, there), None, tool.start(vm, here, there))
            case Provision(_, host):
                return Recipe(step, tool.on(vm, self._host(host)), None, ())

    def _host(self, name: str) -> Thing:
        return self._known(self.hosts, "host", name)

    @staticmethod
    def _known(things: Mapping[str, Thing], kind: str, name: str) -> Thing:
        if name not in things:
            raise PlanError(f"the plan names the {kind} {name!r}, which the pool does not have")
        return things[name]


def _host(host: Host) -> Thing:
    uri = host.labels.get("uri", f"qemu+ssh://{host.name}/system")
    return Thing(host.labels.get("name", host.name), host.labels.get("id", host.name), uri)


def _vm(vm: VM) -> Thing:
    return Thing(vm.labels.get("name", vm.name), vm.labels.get("id", vm.name))
