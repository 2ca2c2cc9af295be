"""A plan: actions in order, and what they cost."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from models.actions import Action, Migration, Provision, Shutdown, Start, Stop
from models.errors import WrongKindError
from models.mistakes import check_kind, shown
from models.objective import Objective, objective_name, price_of
from models.plan_file import AnyEntry, entry_of, timed_entries
from models.pool import Pool

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from models.schedule import Schedule


@dataclass(frozen=True, slots=True)
class Plan:
    """Ordered actions; each runs after the one before.

    Parameters
    ----------
    actions
        Shutdowns, then stops, migrations and starts, then provisions.
    prices
        VM name -> what one migration of it costs, for every VM that is migrated or stopped.
    targets
        VM name -> its host in the target placement, where it has one.
    objective
        The word for what is minimised.
    offline_cost_factor
        What a stop/start pair costs, in migrations of that VM.
    """

    actions: tuple[Action, ...]
    prices: Mapping[str, int] = field(repr=False)
    targets: Mapping[str, str] = field(repr=False)
    objective: str = "moves"
    offline_cost_factor: int = 10
    _added: list[int] = field(default_factory=list, init=False, repr=False, compare=False)

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle and copy with mappings of its own: a view of one, as a placement is, cannot be."""
        mappings = dict(self.prices), dict(self.targets)
        return type(self), (self.actions, *mappings, self.objective, self.offline_cost_factor)

    @classmethod
    def of(cls, pool: Pool, actions: Iterable[Action], objective: Objective = "moves") -> Plan:
        """Price the actions by an objective.

        Raises
        ------
        PlannerError
            The objective does not fit the pool.
        """
        check_kind("pool", pool, Pool)
        actions = given_actions(actions)
        vms = {vm.name: vm for vm in pool.vms}
        price = price_of(objective, vms.values())
        paid = dict.fromkeys(a.vm for a in actions if isinstance(a, (Migration, Stop)) and a.vm in vms)
        return cls(
            actions,
            {name: price(vms[name]) for name in paid},
            pool.target.placement,
            objective_name(objective),
            pool.current.offline_cost_factor,
        )

    def price(self, action: Action) -> int:
        """Give what one action costs; the stop carries the cost of the stop/start pair."""
        match action:
            case Migration():
                return self.prices.get(action.vm, 0)
            case Stop():
                return self.prices.get(action.vm, 0) * self.offline_cost_factor
            case _:
                return 0

    @property
    def cost(self) -> int:
        """The sum of what the actions cost, added up once."""
        if not self._added:
            self._added.append(sum(map(self.price, self.actions)))
        return self._added[0]

    @property
    def migrations(self) -> tuple[Migration, ...]:
        """The migrations alone, in order."""
        return tuple(a for a in self.actions if isinstance(a, Migration))

    def is_detour(self, action: Action) -> bool:
        """Tell whether the action takes a VM to a host that is not its target."""
        return isinstance(action, Migration) and self.targets.get(action.vm) != action.destination

    @property
    def detours(self) -> int:
        """How many migrations go to a host that is not the target."""
        return sum(map(self.is_detour, self.actions))

    def entries(self, schedule: Schedule | None = None) -> tuple[AnyEntry, ...]:
        """Give the actions as a plan file has them."""
        untimed = tuple(entry_of(number, one, self.price(one)) for number, one in enumerate(self.actions, 1))
        return untimed if schedule is None else timed_entries(untimed, schedule)

    def lines(self) -> Iterator[str]:
        """Give the actions as numbered lines."""
        width = len(str(len(self.actions)))
        for number, action in enumerate(self.actions, 1):
            yield f"{number:>{width}}. {describe(action)}{'  (detour)' if self.is_detour(action) else ''}"

    def __str__(self) -> str:
        """Give the readable plan, an action a line."""
        return "\n".join(self.lines()) if self.actions else "nothing to do"


def describe(action: Action) -> str:
    """Say what an action does, in a few words."""
    match action:
        case Shutdown():
            return f"shut down {action.vm} on {action.host}"
        case Migration():
            return f"migrate {action.vm}: {action.source} -> {action.destination}"
        case Stop():
            return f"stop {action.vm} on {action.host}"
        case Start():
            return f"start {action.vm} on {action.host}"
        case Provision():
            return f"provision {action.vm} on {action.host}"


def given_actions(plan: Plan | Iterable[Action]) -> tuple[Action, ...]:
    """Give the actions of a plan, or those given in place of one; ``WrongKindError`` for anything else."""
    if isinstance(plan, Plan):
        return plan.actions
    actions = tuple(plan) if isinstance(plan, Iterable) else (plan,)
    if not all(isinstance(each, Action) for each in actions):
        raise WrongKindError(f"plan: {shown(plan)}, must be a Plan, or a list of actions")
    return actions
