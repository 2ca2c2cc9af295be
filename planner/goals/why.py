"""Why each VM moves that a goal moves, and what would save its migration, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from planner.goals.choice import Choice
    from planner.goals.goal import Goal


def why_each_moves(choice: Choice, goal: Goal, at: Sequence[int]) -> Iterator[str]:
    """Give a sentence for each VM that ends elsewhere, those that must first.

    Parameters
    ----------
    at
        The placement found.
    """
    names, hosts = choice.problem.vms, choice.problem.hosts
    moving = [vm for vm, host in enumerate(at) if host != choice.src[vm]]
    gone = goal.emptied(choice)
    later = []
    for vm in moving:
        home = hosts[choice.src[vm]].name
        if choice.src[vm] in gone:
            yield f"{names[vm].name} must leave {home}"
        elif vm in choice.fixed:
            yield f"{names[vm].name} goes where the target has it"
        elif choice.fare(vm, choice.src[vm]) is None:
            yield f"{names[vm].name} may not stay on {home}"
        else:
            later.append(vm)
    for vm in later:
        yield _why_it_makes_way(choice, goal, at, vm)


def _why_it_makes_way(choice: Choice, goal: Goal, at: Sequence[int], vm: int) -> str:
    """Say for whom a VM makes room, and how much more room would have kept it."""
    problem, home = choice.problem, choice.src[vm]
    name, host = problem.vms[vm].name, problem.hosts[home].name
    staying = [other for other, end in enumerate(at) if end == home]
    taken = [sum(problem.demand[other][r] for other in [*staying, vm]) for r in range(len(problem.resources))]
    rows = zip(taken, problem.usable[home], problem.resources, strict=True)
    if short := [f"{amount - usable} {label}" for amount, usable, label in rows if amount > usable]:
        coming = [problem.vms[other].name for other in staying if choice.src[other] != home]
        others = " and others" if len(coming) > 2 else ""
        whom = f" for {' and '.join(coming[:2])}{others}" if coming else ""
        return f"{name} makes room on {host}{whom}; with {' and '.join(short)} more {host} could keep it"
    for group in problem.groups_of[vm]:
        rival = next((other for other in staying if group in problem.groups_of[other]), None)
        if rival is not None:
            return f"{name} leaves {host} to {problem.vms[rival].name}: {problem.group_names[group]}"
    return f"{name} leaves {host}{goal.because(choice, at, vm)}"
