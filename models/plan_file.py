"""The plan file, ``vm-plan/1``: what it holds, read and written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

from msgspec import UNSET, Meta, Struct, UnsetType, field
from msgspec.structs import replace

from models.actions import Action, Migration, Provision, Shutdown, Start, Step, Stop, Update
from models.errors import PlanError
from models.goal_told import GoalTold
from models.schedule import Schedule

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

AnEntry = TypeVar("AnEntry", bound="Timed")

StatusName = Literal["optimal", "feasible", "infeasible", "no_plan_found"]

Figure = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
"""A cost or a bound: far more than any plan costs, and yet no more than a float can be told of."""


class Timed(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What an action of a plan with a schedule has beside all else."""

    start_s: int | None = None
    end_s: int | None = None
    after: tuple[int, ...] | None = None
    wave: int | None = None


class Entry(Timed, frozen=True, tag_field="action"):
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
    cost: Figure | None = None


class StopEntry(Entry, frozen=True, tag="stop"):
    """The VM is stopped; the cost is that of the stop/start pair."""

    host: str
    cost: Figure | None = None


class StartEntry(Entry, frozen=True, tag="start"):
    """The stopped VM is started."""

    host: str


class ProvisionEntry(Entry, frozen=True, tag="provision"):
    """The VM is provisioned."""

    host: str


class UpdateEntry(Timed, frozen=True, tag_field="action", tag="update"):
    """The host, which is empty, is updated."""

    id: int
    host: str


AnyEntry = ShutdownEntry | MigrateEntry | StopEntry | StartEntry | ProvisionEntry


class HeuristicEntry(Struct, frozen=True, forbid_unknown_fields=True):
    """The plan that the optimiser started from: who made it, and its cost."""

    name: str
    cost: Figure


class PlanFile(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A whole plan file; see docs/reference/plan-file.md."""

    format: Literal["vm-plan/1"] = "vm-plan/1"
    status: StatusName
    objective: str = "moves"
    cost: Figure | None = None
    bound: Figure | float | None = None
    gap: float | None = None
    heuristic: HeuristicEntry | None = None
    reason: str | None = None
    makespan_s: int | UnsetType = UNSET
    makespan_bound_s: int | UnsetType | None = UNSET
    makespan_gap: float | UnsetType | None = UNSET
    at_once: int | UnsetType = UNSET
    goal: GoalTold | UnsetType = UNSET
    why: tuple[str, ...] | UnsetType = UNSET
    actions: tuple[AnyEntry | UpdateEntry, ...] = ()

    def steps(self) -> tuple[Action, ...]:
        """Give the actions.

        Raises
        ------
        PlanError
            It is a rolling plan, which updates hosts: see :meth:`rolling_steps`.
        """
        return tuple(_action(entry) for entry in self.vm_entries())

    def vm_entries(self) -> tuple[AnyEntry, ...]:
        """Give the entries of a plan in which all actions are done to VMs; raises as :meth:`steps`."""
        found = tuple(entry for entry in self.actions if not isinstance(entry, UpdateEntry))
        if len(found) < len(self.actions):
            raise PlanError(
                "actions: it updates hosts, which this command does not; check, report and export take such "
                "a plan, and vmplan rolling --batches writes ordinary ones, with the updates between them"
            )
        return found

    @property
    def is_rolling(self) -> bool:
        """Tell whether it updates hosts."""
        return any(isinstance(entry, UpdateEntry) for entry in self.actions)

    def rolling_steps(self) -> tuple[Step, ...]:
        """Give the actions, updates of hosts among them."""
        return tuple(
            Update(entry.host) if isinstance(entry, UpdateEntry) else _action(entry) for entry in self.actions
        )

    def check_ids(self) -> None:
        """Raise ``PlanError`` where two actions have one id: what is said of it is of neither."""
        seen: set[int] = set()
        for entry in self.actions:
            if entry.id in seen:
                raise PlanError(f"action {entry.id}: this id is there twice, ids are unique")
            seen.add(entry.id)

    def check_waits(self) -> None:
        """Raise ``PlanError`` where an action waits for none of those before it, or two have one id."""
        self.check_ids()
        before: set[int] = set()
        for entry in self.actions:
            if missing := set(entry.after or ()) - before:
                raise PlanError(f"action {entry.id}: after {min(missing)}, which is not an action before it")
            before.add(entry.id)

    @property
    def has_times(self) -> bool:
        """Tell whether any action says when it runs, or what it waits for."""
        return any(
            field is not None
            for entry in self.actions
            for field in (entry.start_s, entry.end_s, entry.after, entry.wave)
        )

    def schedule(self) -> Schedule | None:
        """Give the schedule, the actions numbered from 1 in their order; None where no action has a time.

        Raises
        ------
        PlanError
            An action lacks what others have, or waits for an id that no action, or more than one, has.
        """
        if not self.has_times:
            return None
        self.check_ids()
        number_of = {entry.id: number for number, entry in enumerate(self.actions, 1)}
        bound = self.makespan_bound_s
        return Schedule(
            tuple(_given(entry, "start_s", entry.start_s) for entry in self.actions),
            tuple(_given(entry, "end_s", entry.end_s) for entry in self.actions),
            tuple(_numbers(entry, number_of) for entry in self.actions),
            tuple(_given(entry, "wave", entry.wave) for entry in self.actions),
            None if bound is UNSET else bound,
        )


def _given(entry: AnyEntry | UpdateEntry, field: str, value: int | None) -> int:
    if value is None:
        raise PlanError(f"action {entry.id}: {field} is missing, every action of a schedule has it")
    return value


def _numbers(entry: AnyEntry | UpdateEntry, number_of: Mapping[int, int]) -> tuple[int, ...]:
    after = entry.after or ()
    for id_ in after:
        if id_ not in number_of:
            raise PlanError(f"action {entry.id}: after {id_}, no action has this id")
    return tuple(number_of[id_] for id_ in after)


def timed_entries(untimed: Iterable[AnEntry], schedule: Schedule) -> tuple[AnEntry, ...]:
    """Give entries with what a schedule of them says."""
    columns = zip(untimed, schedule.start_s, schedule.end_s, schedule.after, schedule.wave, strict=True)
    return tuple(
        replace(entry, start_s=start, end_s=end, after=after, wave=wave)
        for entry, start, end, after, wave in columns
    )


def entry_of(number: int, action: Action, cost: int) -> AnyEntry:
    """Give an action as a plan file has it; the cost only where it has any."""
    match action:
        case Shutdown(vm, host):
            return ShutdownEntry(number, vm, host)
        case Migration(vm, source, destination):
            return MigrateEntry(number, vm, source, destination, cost)
        case Stop(vm, host):
            return StopEntry(number, vm, host, cost)
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
