"""Drain: nothing is left on some hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.goals.fill import filled, filled_by_force
from planner.goals.goal import Goal, does_not_pack
from planner.goals.named_hosts import wrong_names
from planner.verdict.sentences import some_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from heuristics import Deadline
    from models.state import PoolState
    from planner.goals.choice import Choice
    from planner.goals.placement_model import Expr, PlacementModel


class Drain(Goal):
    """Empty some hosts, for maintenance, for an upgrade, to switch them off.

    Parameters
    ----------
    hosts
        The names of the hosts.
    at_most
        The most migrations.
    """

    name = "drain"

    def __init__(self, *hosts: str, at_most: int | None = None) -> None:
        self.hosts = hosts
        self.at_most = at_most

    def words(self) -> str:
        """Say what is wanted."""
        return f"nothing is left on {some_of(self.hosts, 5)}"

    def mistakes(self, state: PoolState) -> Iterator[str]:
        """Refuse hosts that are not there, or named twice."""
        if not self.hosts:
            yield "drain: no host is named"
        yield from wrong_names("drain", state, self.hosts)

    def impossible(self, choice: Choice) -> str | None:
        """Say that all hosts are named, where anybody is on them."""
        count = choice.problem.num_hosts
        if len(self.emptied(choice)) < count or not choice.problem.num_vms:
            return None
        named = f"all {count} hosts are named" if count > 1 else "the only host is named"
        return f"{named}, none is left to take their VMs"

    def none_meets(self, choice: Choice) -> str:
        """Say that the VMs do not pack on the other hosts."""
        return does_not_pack(self, choice, "some do not fit") or super().none_meets(choice)

    def judge(self, before: PoolState, after: PoolState) -> Iterator[str]:  # noqa: ARG002
        """Name who is still there."""
        gone = set(self.hosts)
        for vm, host in after.placement.items():
            if host in gone:
                yield f"{vm} is still on {host}"

    def emptied(self, choice: Choice) -> frozenset[int]:
        """The hosts of the goal."""
        return frozenset(choice.problem.host_index[host] for host in self.hosts)

    def constrain(self, model: PlacementModel) -> None:
        """No VM ends on them."""
        for host in self.emptied(model.choice):
            model.cp.add(model.number_on(host) == 0)

    def bound(self, choice: Choice) -> int:
        """Everybody there pays for the cheapest way out."""
        gone = self.emptied(choice)
        total = 0
        for vm, host in enumerate(choice.src):
            if host in gone:
                total += choice.fare_away(vm, gone) or 0
        return total

    def start(self, choice: Choice, deadline: Deadline) -> list[int] | None:
        """Put everybody where there is room now, the load as even as can be; or as tight as can be."""
        gone = self.emptied(choice)
        leaving = [vm for vm, host in enumerate(choice.src) if host in gone]
        for even in (True, False):
            found = filled(choice, choice.src, leaving, gone, even=even)
            if found is not None and choice.is_lawful(found):
                return found
        found = filled_by_force(choice, choice.src, leaving, gone, deadline=deadline)
        return found if found is not None and choice.is_lawful(found) else None

    def prefer(self, model: PlacementModel) -> Expr:
        """An even load first, then few hosts touched."""
        return model.highest_share_of_receivers() * (len(model.hosts) + 1) + model.hosts_touched()
