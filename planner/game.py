"""Moving VMs by hand: every action is judged by the replay, and can be taken back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from models.actions import Action, Migration, Provision, Shutdown, Start, Stop
from models.plan import Plan
from models.plan_file import PlanFile
from models.pool import Pool
from models.replay import Replay
from planner.verdict.sentences import astray

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.ledger import Violation
    from models.objective import Objective
    from planner.asking import Ask, Reply


class Game:
    """A pool, and the actions somebody took so far.

    Parameters
    ----------
    pool
        Where it begins, and what is wanted.
    ask
        The planner, for hints and for what could be done at best.
    objective
        What a migration costs.
    """

    def __init__(self, pool: Pool, ask: Ask, objective: Objective = "moves") -> None:
        self.pool = pool
        self.actions: list[Action] = []
        self.objective = objective
        self._ask = ask
        self._run = Replay(pool)
        self._best: Reply | None = None

    @property
    def placement(self) -> Mapping[str, str]:
        """Who is where now."""
        return self._run.placement

    @property
    def astray(self) -> list[str]:
        """The VMs that are not where they shall be, in pool order."""
        here, there = self._run.placement, self.pool.target.placement
        return [vm.name for vm in self.pool.vms if here.get(vm.name) != there.get(vm.name)]

    @property
    def plan(self) -> Plan:
        """The actions so far as a plan."""
        return Plan.of(self.pool, self.actions, self.objective)

    def moving(self, vm: str, host: str) -> Action:
        """Give the action that brings a VM of the pool to a host, whatever it is that does."""
        here = self.placement.get(vm)
        if here is not None:
            return Migration(vm, here, host)
        return Start(vm, host) if vm in self._run.off else Provision(vm, host)

    def leaving(self, vm: str) -> Action:
        """Give the action that turns a VM off: for good, or for a while where the target keeps it."""
        here = self.placement.get(vm, "")
        return Stop(vm, here) if vm in self.pool.target.placement else Shutdown(vm, here)

    def take(self, action: Action) -> list[Violation]:
        """Carry an action out where no rule forbids it; else give the rules that do."""
        broken = list(self._run.act(action))
        if broken:
            self._replay()
        else:
            self.actions.append(action)
        return broken

    def undo(self) -> Action | None:
        """Take the last action back; give it, or None where there is none."""
        if not self.actions:
            return None
        last = self.actions.pop()
        self._replay()
        return last

    def _replay(self) -> None:
        self._run = Replay(self.pool)
        for action in self.actions:
            self._run.act(action)

    def from_here(self) -> Pool:
        """Give the pool as it is now, with what is still wanted; VMs that are done with are gone."""
        here, there = self.pool.current, self.pool.target.placement
        vms = [vm for vm in self.pool.vms if vm.name in self.placement or vm.name in there]
        names = {vm.name for vm in vms}
        apart = [[vm for vm in group if vm in names] for group in here.anti_affinity]
        state = here.changed(vms=vms, placement=self.placement, anti_affinity=apart)
        return Pool(state, state.placed(there))

    def ways_home(self) -> Reply:
        """Plan from here; ``PlannerError`` where a VM can never get home any more."""
        pool = self.from_here()
        pool.check()
        return self._ask(pool)

    def as_played(self, plan: Plan) -> Plan:
        """Give a plan from here as it is played on: a stopped VM is started, not provisioned."""
        off = self._run.off
        actions = (
            Start(action.vm, action.host) if isinstance(action, Provision) and action.vm in off else action
            for action in plan.actions
        )
        return replace(plan, actions=tuple(actions))

    def best(self) -> Reply:
        """Plan from the beginning, once."""
        if self._best is None:
            self._best = self._ask(self.pool)
        return self._best

    def plan_file(self) -> PlanFile:
        """Give the actions so far as a plan file; of an unfinished one a check says what is missing."""
        plan, bound, reason = self.plan, None, None
        if self.astray:
            reason = f"unfinished: {astray(len(self.astray))}"
        elif self._best is not None:
            bound = self._best.bound
        optimal = bound is not None and plan.cost <= bound
        gap = None if bound is None else (plan.cost - bound) / plan.cost if plan.cost else 0.0
        return PlanFile(
            status="optimal" if optimal else "feasible",
            objective=plan.objective,
            cost=plan.cost,
            bound=bound,
            gap=gap,
            reason=reason,
            actions=plan.entries(),
        )
