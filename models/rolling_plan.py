"""A rolling plan: hosts are emptied and updated one batch after another."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from models.actions import Migration, Step, Stop, Update
from models.objective import NAMED, Objective, objective_name, price_of
from models.plan import Plan, describe
from models.plan_file import AnyEntry, UpdateEntry, entry_of, timed_entries

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from models.plan_file import PlanFile
    from models.pool import Pool
    from models.schedule import Schedule
    from models.state import PoolState


@dataclass(frozen=True, slots=True)
class RollingPlan:
    """Ordered steps; each runs after the one before.

    Parameters
    ----------
    steps
        Migrations, stops, starts, and updates of hosts.
    prices
        VM name -> what one migration of it costs.
    objective
        The word for what is minimised.
    offline_cost_factor
        What a stop/start pair costs, in migrations of that VM.
    """

    steps: tuple[Step, ...]
    prices: Mapping[str, int] = field(repr=False)
    objective: str = "moves"
    offline_cost_factor: int = 10

    @classmethod
    def of(cls, state: PoolState, steps: Iterable[Step], objective: Objective = "moves") -> RollingPlan:
        """Price the steps by an objective."""
        price = price_of(objective, state.vms)
        prices = {vm.name: price(vm) for vm in state.vms}
        return cls(tuple(steps), prices, objective_name(objective), state.offline_cost_factor)

    def price(self, step: Step) -> int:
        """Give what one step costs; the stop carries the cost of the stop/start pair."""
        match step:
            case Migration():
                return self.prices.get(step.vm, 0)
            case Stop():
                return self.prices.get(step.vm, 0) * self.offline_cost_factor
            case _:
                return 0

    @property
    def actions(self) -> tuple[Step, ...]:
        """The steps, by the name that they have in a plan of any kind."""
        return self.steps

    def is_detour(self, step: Step) -> bool:  # noqa: ARG002
        """Tell whether a step is a detour: none is, for no placement in between was asked for."""
        return False

    @property
    def detours(self) -> int:
        """How many steps are detours."""
        return 0

    @property
    def cost(self) -> int:
        """The sum of what the steps cost."""
        return sum(map(self.price, self.steps))

    @property
    def migrations(self) -> tuple[Migration, ...]:
        """The migrations alone, in order."""
        return tuple(step for step in self.steps if isinstance(step, Migration))

    @property
    def updates(self) -> tuple[str, ...]:
        """The hosts that are updated, in order."""
        return tuple(step.host for step in self.steps if isinstance(step, Update))

    def entries(self, schedule: Schedule | None = None) -> tuple[AnyEntry | UpdateEntry, ...]:
        """Give the steps as a plan file has them."""
        untimed = tuple(
            UpdateEntry(id=number, host=step.host)
            if isinstance(step, Update)
            else entry_of(number, step, self.price(step))
            for number, step in enumerate(self.steps, 1)
        )
        return untimed if schedule is None else timed_entries(untimed, schedule)

    def lines(self) -> Iterator[str]:
        """Give the steps as numbered lines."""
        width = len(str(len(self.steps)))
        for number, step in enumerate(self.steps, 1):
            yield f"{number:>{width}}. {step_described(step)}"


def plan_in(pool: Pool, file: PlanFile) -> Plan | RollingPlan:
    """Give the plan that a file holds, of either kind; by migrations where its objective has no name."""
    objective = file.objective if file.objective in NAMED else "moves"
    if file.is_rolling:
        return RollingPlan.of(pool.current, file.rolling_steps(), objective)
    return Plan.of(pool, file.steps(), objective)


def step_described(step: Step) -> str:
    """Say what a step does, in a few words."""
    return f"update {step.host}" if isinstance(step, Update) else describe(step)
