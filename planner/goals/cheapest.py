"""The cheapest placement that meets a goal, order aside: few VMs are free to move at first, then more.

Only the model of everything proves; what is cut down to some hosts finds. ALGORITHM.md, "Goals".
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.cp.solve import Effort, solve
from planner.goals.by_host import bound_by_hosts
from planner.goals.kinds import num_kinds
from planner.goals.placement_model import Opening, PlacementModel, opening_of, whole_opening

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from heuristics.deadline import Deadline
    from models.parameters import Share
    from planner.goals.choice import Choice
    from planner.goals.goal import Goal

log = logging.getLogger(__name__)

Keep = Callable[[list[int]], None]
"""Told of each better placement."""


@dataclass(frozen=True, slots=True)
class Placed:
    """What is known of the placements that meet a goal.

    Parameters
    ----------
    at
        The cheapest one found; None without any.
    cost
        What it costs at least, order aside.
    bound
        What every one costs at least.
    impossible
        Proven: there is none.
    opening
        Where it was found.
    """

    at: list[int] | None
    cost: int | None
    bound: int
    impossible: bool = False
    opening: Opening | None = None

    @property
    def settled(self) -> bool:
        """Tell whether nothing is left to find."""
        return self.impossible or (self.cost is not None and self.cost <= self.bound)


def cheapest_placement(
    choice: Choice,
    goal: Goal,
    deadline: Deadline,
    effort: Effort,
    start: list[int] | None = None,
    *,
    keep: Keep = lambda _: None,
) -> Placed:
    """Find the cheapest placement that meets a goal, and prove how cheap it could be.

    Parameters
    ----------
    start
        A placement that meets the goal.
    keep
        Given each cheaper one as it is found, for who is interrupted.
    """
    best = Placed(None, None, goal.bound(choice))
    if start is None:
        start = goal.start(choice, deadline.share(choice.parameters.cheapest.start))
    for at in (list(choice.src), start):
        if at is not None and meets(choice, goal, at):
            cost = choice.cost(at) or 0
            if best.cost is None or cost < best.cost:
                best = replace(best, at=at, cost=cost, opening=nearby(choice, goal, at))
                keep(at)
    if not best.settled and not is_small(choice):
        some = deadline.share(choice.parameters.cheapest.by_host)
        best = replace(best, bound=max(best.bound, bound_by_hosts(choice, goal, some, best.cost)))
    for opening, share in openings(choice, goal):
        if best.settled or deadline.over:
            break
        best = _improved(choice, goal, opening, best, deadline.share(share), effort)
        if best.at is not None:
            keep(best.at)
    if not is_small(choice):
        best = _by_turns(choice, goal, best, deadline, effort, keep)
    log.info("%s: placement costs %s, bound %d", goal.name, best.cost, best.bound)
    return best


def _by_turns(
    choice: Choice, goal: Goal, best: Placed, deadline: Deadline, effort: Effort, keep: Keep
) -> Placed:
    """Open some hosts at a time around the best placement, and make what it costs small between them."""
    rng = np.random.default_rng(effort.seed)
    turns, idle = choice.parameters.turns, 0
    while best.at is not None and not best.settled and not deadline.over and idle < turns.idle:
        hosts = _around(choice, goal, best.at, rng, turns.size(idle))
        model = PlacementModel(choice, goal, opening_of(choice, best.at, hosts))
        cost = model.cost()
        if isinstance(cost, int):
            idle += 1
            continue
        model.hint(best.at)
        model.cp.add(cost <= (best.cost or 0))
        model.cp.add(cost >= best.bound)
        model.cp.minimize(cost)
        own = replace(effort, deterministic_s=turns.share.most_s)
        solver, answer = solve(model.cp, deadline.share(turns.share), own)
        idle += 1
        if answer.found and (answer.cost or 0) < (best.cost or 0):
            at = model.placement(solver.value)
            best, idle = replace(best, at=at, cost=answer.cost, opening=nearby(choice, goal, at)), 0
            keep(at)
    return best


def _around(choice: Choice, goal: Goal, at: Sequence[int], rng: np.random.Generator, count: int) -> set[int]:
    """Give hosts where somebody comes from or goes to, some of their neighbours, and some of the roomiest."""
    moved = [vm for vm, host in enumerate(at) if host != choice.src[vm]]
    some = rng.permutation(len(moved))[: count // 2].tolist()
    hosts = {at[moved[n]] for n in some} | {choice.src[moved[n]] for n in some}
    rest = list(goal.focus(choice)[: 4 * count])
    while len(hosts) < count and rest:
        hosts.add(rest.pop(int(rng.integers(len(rest)))))
    return hosts


def meets(choice: Choice, goal: Goal, at: Sequence[int]) -> bool:
    """Tell whether a placement obeys every rule and the goal, order aside."""
    if not choice.is_lawful(at) or (goal.at_most is not None and choice.migrations(at) > goal.at_most):
        return False
    return not any(True for _ in goal.judge(choice.wanted.current, choice.after(at)))


def _improved(
    choice: Choice, goal: Goal, opening: Opening, best: Placed, deadline: Deadline, effort: Effort
) -> Placed:
    """Solve the model of an opening."""
    model = PlacementModel(choice, goal, opening)
    if best.at is not None and inside(opening, best.at):
        model.hint(best.at)
    cost = model.cost()
    if not isinstance(cost, int):
        model.cp.add(cost >= best.bound)
        if best.cost is not None:
            model.cp.add(cost <= best.cost)
    model.cp.minimize(cost)
    solver, answer = solve(model.cp, deadline, effort)
    if answer.found and answer.cost is not None and (best.cost is None or answer.cost < best.cost):
        best = replace(best, at=model.placement(solver.value), cost=answer.cost, opening=opening)
    if opening.whole:
        if answer.proven and not answer.found and best.at is None:
            return replace(best, impossible=True)
        bound = best.cost if answer.proven else answer.bound
        best = replace(best, bound=max(best.bound, bound or 0))
    return best


def better_tie(choice: Choice, goal: Goal, placed: Placed, deadline: Deadline, effort: Effort) -> list[int]:
    """Give the best placement of the same cost, as the goal prefers, as far as it is quickly found."""
    at = placed.at
    assert at is not None
    opening = placed.opening
    if opening is None or opening.vms == frozenset() or deadline.over:
        return at
    if num_kinds(choice, opening.vms) * len(opening.hosts) > choice.parameters.cheapest.most_pairs_at_all:
        return at
    model = PlacementModel(choice, goal, opening)
    wish = goal.prefer(model)
    if wish is None or isinstance(wish, int):
        return at
    model.hint(at)
    model.cp.add(model.cost() <= (placed.cost or 0))
    model.cp.minimize(wish)
    tie = choice.parameters.cheapest.tie
    own = Effort(effort.workers, effort.seed, tie.most_s)
    solver, answer = solve(model.cp, deadline.share(tie), own)
    return model.placement(solver.value) if answer.found else at


def inside(opening: Opening, at: Sequence[int]) -> bool:
    """Tell whether an opening can give a placement."""
    return all(
        host in opening.hosts if vm in opening.vms else host == opening.base[vm] for vm, host in enumerate(at)
    )


def openings(choice: Choice, goal: Goal) -> Iterator[tuple[Opening, Share]]:
    """Give what is opened one after another, and the share of the time that each may take."""
    problem, how = choice.problem, choice.parameters.cheapest
    if is_small(choice):
        yield whole_opening(choice), how.whole_first
        return
    must, always = forced(choice, goal)
    focus = [host for host in goal.focus(choice) if host not in always]
    src = list(choice.src)
    if must:
        yield opening_of(choice, src, always | set(focus[: how.must_hosts]), must), how.must
    for hosts in how.near_hosts:
        if hosts < len(focus):
            yield opening_of(choice, src, always | set(focus[:hosts])), how.near
    if num_kinds(choice) * problem.num_hosts <= how.most_pairs_at_all:
        yield whole_opening(choice), how.whole_last


def is_small(choice: Choice) -> bool:
    """Tell whether the model of everything comes first, and alone."""
    return choice.problem.num_vms * choice.problem.num_hosts <= choice.parameters.cheapest.most_pairs


def nearby(choice: Choice, goal: Goal, at: Sequence[int]) -> Opening:
    """Open those that move, between the hosts where they come from and go to and the roomiest."""
    moving = [vm for vm, host in enumerate(at) if host != choice.src[vm]]
    ends = {at[vm] for vm in moving} | {choice.src[vm] for vm in moving}
    roomy = goal.focus(choice)[: choice.parameters.cheapest.must_hosts]
    return opening_of(choice, choice.src, ends | set(roomy), moving)


def forced(choice: Choice, goal: Goal) -> tuple[set[int], set[int]]:
    """Give the VMs that must move, or on whose hosts somebody must; and the hosts that must be open."""
    gone = goal.emptied(choice)
    broken = set(choice.broken_hosts(choice.src))
    must = {
        vm
        for vm, host in enumerate(choice.src)
        if host in gone or host in broken or choice.fare(vm, host) is None
    }
    ends = {choice.fixed[vm] for vm in must if vm in choice.fixed}
    return must, broken | set(gone) | ends | {choice.src[vm] for vm in must}
