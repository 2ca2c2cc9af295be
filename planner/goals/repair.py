"""Repair: every rule holds that the current placement breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.goals.goal import Goal, does_not_pack

if TYPE_CHECKING:
    from collections.abc import Iterator

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

    def constrain(self, model: PlacementModel) -> None:
        """Nothing beyond the rules, which every model holds."""
