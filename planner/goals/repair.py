"""Repair: every rule holds that the current placement breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.goals.fill import filled, filled_by_force
from planner.goals.free_room import FreeRoom
from planner.goals.goal import Goal, does_not_pack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from heuristics import Deadline
    from models.state import PoolState
    from planner.goals.choice import Choice
    from planner.goals.placement_model import PlacementModel


class Repair(Goal):
    """Mend what the current placement breaks: overloaded hosts, groups together, VMs where they may not run.

    That every rule holds is part of every goal, and all of this one.

    Parameters
    ----------
    at_most
        The most migrations.
    """

    name = "repair"

    def __init__(self, at_most: int | None = None) -> None:
        self.at_most = at_most

    def words(self) -> str:
        """Say what is wanted."""
        return "every rule holds"

    def judge(self, before: PoolState, after: PoolState) -> Iterator[str]:  # noqa: ARG002
        """Give every rule that is broken."""
        for violation in after.violations():
            yield violation.text

    def none_meets(self, choice: Choice) -> str:
        """Say that the VMs do not pack on the hosts."""
        return does_not_pack(self, choice, "some do not fit") or super().none_meets(choice)

    def start(self, choice: Choice, deadline: Deadline) -> list[int] | None:
        """Let as many stay on each host as it may hold, and put the others where there is room."""
        leaving = _too_many(choice)
        for even in (True, False):
            found = filled(choice, choice.src, leaving, (), even=even)
            if found is not None and choice.is_lawful(found):
                return found
        found = filled_by_force(choice, choice.src, leaving, deadline=deadline)
        return found if found is not None and choice.is_lawful(found) else None

    def constrain(self, model: PlacementModel) -> None:
        """Nothing beyond the rules, which every model holds."""


def _too_many(choice: Choice) -> list[int]:
    """Give the VMs that may not stay, and the largest of those that are too many on a host."""
    leaving = [vm for vm, home in enumerate(choice.src) if choice.fare(vm, home) is None]
    broken, room = set(choice.broken_hosts(choice.src)), FreeRoom(choice, choice.src, ())
    gone, there = set(leaving), [vm for vm, home in enumerate(choice.src) if home in broken]
    for vm in there:
        room.take(vm, choice.src[vm])
    for vm in sorted(there, key=lambda vm: (choice.fare_away(vm) is not None, room.size(vm))):
        if vm in gone:
            continue
        if room.fits(vm, choice.src[vm]):
            room.put(vm, choice.src[vm])
        else:
            leaving.append(vm)
    return leaving
