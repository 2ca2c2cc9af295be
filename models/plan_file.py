"""The plan file, ``vm-plan/1``: what it holds, read and written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec
from msgspec import Struct, field

from models.actions import Action, Migration, Provision, Shutdown, Start, Stop

if TYPE_CHECKING:
    from models.plan import Plan

StatusName = Literal["optimal", "feasible", "infeasible", "no_plan_found"]


class Entry(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="action"):
    """What every action of a plan file has."""

    id: int
    vm: str


class ShutdownEntry(Entry, frozen=True, tag="shutdown"):
    """The VM is shut down."""

    host: str


class MigrateEntry(Entry, frozen=True, tag="migrate"):
    """The VM migrates live."""

    source: str = field(name="from")
    destination: str = field(name="to")
    cost: int | None = None


class StopEntry(Entry, frozen=True, tag="stop"):
    """The VM is stopped; the cost is that of the stop/start pair."""

    host: str
    cost: int | None = None


class StartEntry(Entry, frozen=True, tag="start"):
    """The stopped VM is started."""

    host: str


class ProvisionEntry(Entry, frozen=True, tag="provision"):
    """The VM is provisioned."""

    host: str


AnyEntry = ShutdownEntry | MigrateEntry | StopEntry | StartEntry | ProvisionEntry


class HeuristicEntry(Struct, frozen=True, forbid_unknown_fields=True):
    """The plan that the optimiser started from: who made it, and its cost."""

    name: str
    cost: int


class PlanFile(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A whole plan file; see the field tables of the README."""

    format: Literal["vm-plan/1"] = "vm-plan/1"
    status: StatusName
    objective: str = "moves"
    cost: int | None = None
    bound: int | float | None = None
    gap: float | None = None
    heuristic: HeuristicEntry | None = None
    reason: str | None = None
    actions: tuple[AnyEntry, ...] = ()

    def steps(self) -> tuple[Action, ...]:
        """Give the actions."""
        return tuple(map(_action, self.actions))


def entries(plan: Plan) -> tuple[AnyEntry, ...]:
    """Give the actions of a plan as a plan file has them."""
    return tuple(_entry(plan, number, action) for number, action in enumerate(plan.actions, 1))


def _entry(plan: Plan, number: int, action: Action) -> AnyEntry:
    match action:
        case Shutdown(vm, host):
            return ShutdownEntry(number, vm, host)
        case Migration(vm, source, destination):
            return MigrateEntry(number, vm, source, destination, plan.price(action))
        case Stop(vm, host):
            return StopEntry(number, vm, host, plan.price(action))
        case Start(vm, host):
            return StartEntry(number, vm, host)
        case Provision(vm, host):
            return ProvisionEntry(number, vm, host)


def _action(entry: AnyEntry) -> Action:
    match entry:
        case ShutdownEntry():
            return Shutdown(entry.vm, entry.host)
        case MigrateEntry():
            return Migration(entry.vm, entry.source, entry.destination)
        case StopEntry():
            return Stop(entry.vm, entry.host)
        case StartEntry():
            return Start(entry.vm, entry.host)
        case ProvisionEntry():
            return Provision(entry.vm, entry.host)


def plan_schema() -> dict[str, object]:
    """Give the JSON Schema of a plan file."""
    return msgspec.json.schema(PlanFile)
