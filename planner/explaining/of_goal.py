"""More of a plan to a goal: why these VMs and not others, and what room would save migrations.

Everything that is said was tried: another VM in the place of one that moves, judged by the goal and the
rules; and more room on a host, by planning again with it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Any

from heuristics.deadline import Deadline, clock_of
from models.actions import Stop
from models.errors import PlannerError
from models.mistakes import given_or
from models.wanted import Wanted
from planner.explaining.changes import roomier
from planner.explaining.parameters import DEFAULT
from planner.finishing import TIME
from planner.goals.cheapest import meets
from planner.goals.choice import Choice
from planner.goals.goal import BestGoal
from planner.goals.lacking import amount_of, lacking
from planner.goals.orders import all_go_straight
from planner.goals.reach import reach
from planner.goals.repair import Repair
from planner.result import Status
from planner.verdict.sentences import difference

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from models.objective import Objective
    from models.state import PoolState
    from planner.explaining.parameters import ExplainParameters
    from planner.goals.goal import Goal
    from planner.result import Result


def explain_goal(
    current: PoolState,
    goal: Goal,
    *,
    target: Mapping[str, str] | None = None,
    objective: Objective = "moves",
    time_limit_s: float = 30.0,
    deadline: Deadline | None = None,
    parameters: ExplainParameters | None = None,
    **options: Any,
) -> Result:
    """Reach a goal, and say more of why: ``result.why`` also has who stays instead, and what would save.

    Parameters
    ----------
    current, goal, target, objective
        As for :func:`planner.reach`.
    time_limit_s, deadline
        Likewise, for the plan and for what is tried after it.
    parameters
        Of what is tried and, as its ``goal``, of reaching the goal; None: the defaults.
    options
        The others that :func:`planner.reach` takes.

    Raises
    ------
    PlannerError
        A ``ValueError``: as of :func:`planner.reach`, or the objective is ``time``.
    """
    if objective == TIME:
        raise PlannerError(
            "objective: 'time' is not for an explanation (--explain), which speaks of what migrations cost"
        )
    deadline, how = clock_of(time_limit_s, deadline), given_or(DEFAULT, "parameters", parameters)
    options |= {"objective": objective, "parameters": how.goal}
    result = reach(current, goal, target=target, deadline=deadline.share(how.plan), **options)
    if result.target is None or result.interrupted:
        return result
    choice = Choice(Wanted(current, target), objective, how.goal)
    at = choice.numbers(result.target)
    plain = goal
    if isinstance(goal, BestGoal) and goal.asks_for_best:
        plain = goal.as_good_as(goal.measured(choice.wanted.current, choice.after(at)))
    quiet = {name: value for name, value in options.items() if name not in ("schedule", "on_progress")}
    reached = _Reached(choice, plain, at, result, quiet)
    others = _others(reached, deadline.share(how.others), how.most_others)
    why = [*result.why]
    try:  # What was told before a Ctrl-C stays.
        for line in chain(others, _saved(reached, deadline, how.most_saved)):
            why.append(line)
    except KeyboardInterrupt:
        result = replace(result, interrupted=True)
    return replace(result, why=tuple(why))


@dataclass(frozen=True, slots=True)
class _Reached:
    """A goal, the placement that meets it, and the plan to that; with the options of planning again."""

    choice: Choice
    goal: Goal
    at: Sequence[int]
    result: Result
    options: Mapping[str, Any]

    def again(
        self, current: PoolState, goal: Goal, target: Mapping[str, str] | None, deadline: Deadline
    ) -> Result:
        """Plan again; Ctrl-C ends all that is tried, not only this."""
        found = reach(current, goal, target=target, deadline=deadline, **self.options)
        if found.interrupted:
            raise KeyboardInterrupt
        return found


def _freely(reached: _Reached) -> list[int]:
    """Give the VMs that move though nothing compels themselves: others might do as well."""
    choice, gone = reached.choice, reached.goal.emptied(reached.choice)
    return [
        vm
        for vm, host in enumerate(reached.at)
        if host != choice.src[vm]
        and choice.src[vm] not in gone
        and vm not in choice.fixed
        and choice.fare(vm, choice.src[vm]) is not None
    ]


def _others(reached: _Reached, deadline: Deadline, most: int) -> Iterator[str]:
    """Say of each VM that moves freely why not those that stay on its host: tried in its place."""
    choice, at = reached.choice, reached.at
    names = [vm.name for vm in choice.problem.vms]
    for vm in _freely(reached):
        home = choice.src[vm]
        stay = [other for other, host in enumerate(at) if host == choice.src[other] == home]
        told = []
        for other in sorted(stay, key=lambda other: choice.problem.cost[other])[:most]:
            if deadline.over:
                return
            told.append(f"{names[other]} {_instead(reached, vm, other, deadline)}")
        if told:
            yield f"{names[vm]} and not another of {choice.problem.hosts[home].name}: {'; '.join(told)}"


def _instead(reached: _Reached, vm: int, other: int, deadline: Deadline) -> str:
    """Say what it would be like if another VM took the place of one that moves."""
    choice, goal, at = reached.choice, reached.goal, reached.at
    problem, end = choice.problem, at[vm]
    if choice.fare(other, end) is None:
        where = problem.hosts[end].name
        return f"may not go to {where}" if problem.vms[other].movable else "is not movable"
    trial = list(at)
    trial[vm], trial[other] = choice.src[vm], end
    if meets(choice, goal, trial):
        return _would_do(reached, trial, deadline)
    loads = choice.loads(trial)
    for host, words in ((choice.src[vm], "leaves {} short of {}"), (end, "finds {} short of {}")):
        for resource, usable in enumerate(problem.usable[host]):
            if (short := loads[host][resource] - usable) > 0:
                return words.format(problem.hosts[host].name, amount_of(choice, resource, short))
    wrong = next(iter(goal.judge(choice.wanted.current, choice.after(trial))), "")
    return f"would not do: {wrong}" if wrong else "would not do"


def _would_do(reached: _Reached, at: Sequence[int], deadline: Deadline) -> str:
    """Say what a plan to another placement costs, which is planned to where somebody may have to wait."""
    choice, goal, result = reached.choice, reached.goal, reached.result
    cost = choice.cost(at)
    moving = [vm for vm, end in enumerate(at) if end != choice.src[vm]]
    has_stop = _has_stop(result) or any(_may_be_a_stop(choice, vm, at[vm]) for vm in moving)
    if not all_go_straight(choice, at):
        there, exactly = dict(choice.after(at).placement), Repair(goal.at_most)
        found = reached.again(choice.wanted.current, exactly, there, deadline)
        if found.status is Status.INFEASIBLE:
            return f"would do, but no plan leads there{goal.within_words()}"
        cost, has_stop = found.cost, _has_stop(result) or _has_stop(found)
    if cost is None or result.cost is None:
        return "would do, but no plan was found that leads there"
    dearer = difference(cost - result.cost, result.objective, has_stop=has_stop)
    return "would do as well" if cost <= result.cost else f"would do, for {dearer} more"


def _has_stop(result: Result) -> bool:
    return result.plan is not None and any(isinstance(it, Stop) for it in result.plan.actions)


def _may_be_a_stop(choice: Choice, vm: int, end: int) -> bool:
    """Tell whether what a VM pays to end on a host is no number of migrations."""
    fare = choice.fare(vm, end)
    return fare is not None and fare.cost != fare.migrations * choice.problem.cost[vm]


def _saved(reached: _Reached, deadline: Deadline, most: int) -> Iterator[str]:
    """Say what more room would save, found by planning again with it."""
    choice, at = reached.choice, reached.at
    movers, moving = _freely(reached), [vm for vm, end in enumerate(at) if end != choice.src[vm]]
    if moving and not movers and reached.result.cost == _least(choice, reached.goal, moving):
        yield "no room anywhere would save a migration: each of these VMs must move"
        return
    # Who moves freely might have stayed at home; where all must move, they might have come without detours.
    vms, hosts, loads = (movers, choice.src, choice.loads(at)) if movers else (moving, at, choice.load)
    for host, _ in Counter(hosts[vm] for vm in vms).most_common(most):
        beside = [vm for vm in vms if hosts[vm] == host]
        for resource, amount in _short(choice, host, loads[host], beside):
            if deadline.over:
                return
            share = deadline.within(deadline.left_s / most)
            yield from _with_room(reached, (host, resource, amount), share)


def _least(choice: Choice, goal: Goal, moving: Sequence[int]) -> int:
    """Give what VMs that must move cost at least, however much room there is."""
    gone = goal.emptied(choice)
    return sum(choice.fare_away(vm, gone) or 0 for vm in moving)


def _short(choice: Choice, host: int, load: Sequence[int], vms: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Give (resource, amount) that a host lacks to hold some VMs beside a load, in capacity."""
    for resource, taken in enumerate(load):
        wanted = taken + sum(choice.problem.demand[vm][resource] for vm in vms)
        if amount := lacking(choice, host, resource, wanted):
            yield resource, amount


def _with_room(reached: _Reached, room: tuple[int, int, int], deadline: Deadline) -> Iterator[str]:
    choice, result = reached.choice, reached.result
    number, resource, amount = room
    state, host = choice.wanted.current, choice.problem.hosts[number]
    name = choice.problem.resources[resource]
    hosts = [roomier(it, name, amount) if it.name == host.name else it for it in state.hosts]
    easier = state.changed(hosts=hosts)
    found = reached.again(easier, reached.goal, choice.wanted.target, deadline)
    if found.cost is not None and result.cost is not None and found.cost < result.cost:
        has_stop = _has_stop(result) or _has_stop(found)
        saved = difference(result.cost - found.cost, result.objective, has_stop=has_stop)
        yield f"with {amount_of(choice, resource, amount)} more on {host.name} {saved} would be saved"
