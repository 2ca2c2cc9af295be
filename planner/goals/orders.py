"""VMs that cannot all go straight to where a placement has them: what a cut says. ALGORITHM.md, "Goals".

Those that step aside, and those left out, take no room here; so what is found holds for every placement in
which the same VMs have the same hosts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from planner.goals.choice import Choice


def conflict(choice: Choice, at: Sequence[int], aside: Collection[int]) -> list[int] | None:
    """Give VMs that cannot all go straight, or stay, as few as is easily found; None where there are none.

    Parameters
    ----------
    at
        The placement.
    aside
        VMs that step aside, or are stopped: they take no room.
    """
    ignored = set(aside) | choice.provisioned | _forced_aside(choice, at)
    every = [vm for vm in range(choice.problem.num_vms) if vm not in ignored]
    if _orderable(choice, at, every) is not False:
        return None
    # Who stays where no move waits plays no part: leave all out at once where that is enough.
    movers = {vm for vm in every if at[vm] != choice.src[vm]}
    few = [vm for vm in every if vm in movers or choice.src[vm] in {at[m] for m in movers}]
    kept = few if _orderable(choice, at, few) is False else every
    for vm in sorted(kept, key=lambda vm: vm in movers):
        rest = [other for other in kept if other != vm]
        if _orderable(choice, at, rest) is False:
            kept = rest
    return kept


def all_go_straight(choice: Choice, at: Sequence[int]) -> bool:
    """Tell whether all go straight to a placement, or stay, in some order; False too where it is not known.

    Then the cheapest plan to it costs what the placement does.
    """
    every = [vm for vm in range(choice.problem.num_vms) if vm not in choice.provisioned]
    return not _forced_aside(choice, at) and _orderable(choice, at, every) is True


def _forced_aside(choice: Choice, at: Sequence[int]) -> set[int]:
    """Give the VMs that go another way than straight by the filters alone; their fare pays for it."""
    goes, src = choice.problem.filters.goes, choice.src
    return {
        vm
        for vm, host in enumerate(at)
        if host != src[vm] and vm not in choice.provisioned and not goes(vm, src[vm], host, host)
    }


def _orderable(choice: Choice, at: Sequence[int], vms: Sequence[int]) -> bool | None:
    """Tell whether some VMs, alone in the pool, can go straight in some order; None: not known."""
    waiting = _Waiting(choice, at, vms)
    seen: set[frozenset[int]] = set()
    stack = [frozenset(waiting.movers)]
    while stack:
        left = waiting.without_roomy(stack.pop())
        if not left:
            return True
        if left in seen:
            continue
        seen.add(left)
        if len(seen) > choice.parameters.cutting.most_states:
            return None
        stack += [left - {vm} for vm in left if waiting.fits(vm, left)]
    return False


class _Waiting:
    """Loads of the hosts that somebody goes to, as a function of who has not gone yet."""

    def __init__(self, choice: Choice, at: Sequence[int], vms: Sequence[int]) -> None:
        self.problem = choice.problem
        self.at = at
        self.src = choice.src
        self.movers = [vm for vm in vms if at[vm] != choice.src[vm]]
        self.stay: dict[int, list[int]] = {}
        for vm in vms:
            if at[vm] == choice.src[vm]:
                self.stay.setdefault(at[vm], []).append(vm)

    def on(self, host: int, left: frozenset[int]) -> list[int]:
        """Give who is on a host while ``left`` have not gone yet."""
        moved = [vm for vm in self.movers if (self.src[vm] if vm in left else self.at[vm]) == host]
        return self.stay.get(host, []) + moved

    def fits(self, vm: int, left: frozenset[int]) -> bool:
        """Tell whether there is room for a VM where it goes."""
        host = self.at[vm]
        return self._holds([*self.on(host, left), vm], host, vm)

    def without_roomy(self, left: frozenset[int]) -> frozenset[int]:
        """Let those go whose hosts would hold all who are there and all who come: they make nobody wait."""
        while True:
            roomy = {
                vm
                for vm in left
                if self._holds(
                    [*self.on(self.at[vm], left), *(o for o in left if self.at[o] == self.at[vm])],
                    self.at[vm],
                )
            }
            if not roomy:
                return left
            left -= roomy

    def _holds(self, vms: Sequence[int], host: int, new: int | None = None) -> bool:
        """Tell whether a host may hold some VMs at once; of rules that ``new`` has no part in, nothing."""
        problem = self.problem
        for resource, usable in enumerate(problem.usable[host]):
            if (new is None or problem.demand[new][resource]) and (
                sum(problem.demand[vm][resource] for vm in vms) > usable
            ):
                return False
        groups = {g for vm in ([new] if new is not None else vms) for g in problem.groups_of[vm]}
        return all(
            sum(group in problem.groups_of[vm] for vm in vms) <= problem.limit(group, host)
            for group in groups
        )
