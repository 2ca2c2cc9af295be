"""What was asked for, and who could choose: what a plan file and its page say of a goal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.goal_told import GoalTold, Held

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.goals.choice import Choice
    from planner.goals.goal import Goal, Measure


def told(choice: Choice, goal: Goal, measure: Measure | None = None) -> GoalTold:
    """Say what was wanted, and of which VMs the end was open."""
    held = tuple(_held(choice))
    found = None if measure is None else measure.text
    return GoalTold(goal.words(), choice.problem.num_vms - len(held), found, held)


def _held(choice: Choice) -> Iterator[Held]:
    """Give the VMs that end where they do whatever the goal is."""
    unbound = choice.problem.filters.unbound
    for vm, guest in enumerate(choice.problem.vms):
        if vm in choice.fixed:
            yield Held(guest.name, f"the target has it on {choice.problem.hosts[choice.fixed[vm]].name}")
        elif not unbound[vm] and not _has_another(choice, vm):
            home = choice.problem.hosts[choice.src[vm]].name
            why = "it is not movable" if not guest.movable else f"it may run nowhere but on {home}"
            yield Held(guest.name, why)


def _has_another(choice: Choice, vm: int) -> bool:
    return any(host != choice.src[vm] for host in choice.hosts_for(vm))
