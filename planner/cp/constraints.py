"""The constraints of the interval model: what the rules ask of every host at every instant.

Rules come as the three things they may say (models/rules/base.py): filters, resources, group limits.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from planner.cp.variables import Chain, Chains, FirstArrival, OptionalStay, TooLargeToCountError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ortools.sat.python import cp_model

    from planner.cp.window import Stay

MOST_COUNTED = (1 << 63) - 1
"""CP-SAT refuses a model in which the amounts of one constraint add up to more."""


def add_constraints(chains: Chains) -> None:
    """Add all constraints, in order."""
    for chain in chains.of.values():
        add_filters(chains, chain)
    for host in chains.window.hosts:
        chains.check_time()
        add_resources(chains, host)
        add_groups(chains, host)


def add_filters(chains: Chains, chain: Chain) -> None:
    """Forbid every single migration that a filter refuses.

    For neighbouring stays on hosts g, h: ``in(g) and in(h)`` is false where the VM may not go from g to h.
    """
    window, model, vm = chains.window, chains.model, chain.vm
    problem = window.problem
    source, target = window.start[vm], window.end[vm]
    if source != target and not problem.may_go(vm, source, target):
        if not chain.used:
            _never(chains, chain)
            return
        _imply(model, chain.moves, chain.used[0])
    for slot, here in enumerate(chain.in_slot):
        before = {source: chain.moves} if slot == 0 else chain.in_slot[slot - 1]
        for host, literal in here.items():
            for previous, there in before.items():
                if previous == host or not problem.may_go(vm, previous, host):
                    model.add_bool_or(~literal, _not(there))
            last = chain.used[slot + 1] if slot + 1 < len(chain.used) else False
            if host == target or not problem.may_go(vm, host, target):
                model.add_bool_or(~literal, last)


def _never(chains: Chains, chain: Chain) -> None:
    """The VM can get to its target neither directly nor by the slots there are: it must be away."""
    chains.model.add_bool_or([chain.away] if chain.away is not None else [False])


def _imply(model: cp_model.CpModel, condition: cp_model.LiteralT, then: cp_model.IntVar) -> None:
    model.add_bool_or(_not(condition), then)


def _not(literal: cp_model.LiteralT) -> cp_model.LiteralT:
    return not literal if isinstance(literal, bool) else ~literal


def add_resources(chains: Chains, host: int) -> None:
    """Sum of demands of the stays that cover an instant <= usable, for each resource."""
    problem = chains.window.problem
    for resource, usable in enumerate(problem.usable[host]):

        def demand(vm: int, resource: int = resource) -> int:
            return problem.demand[vm][resource]

        _add_limit(chains, host, usable, demand)


def add_groups(chains: Chains, host: int) -> None:
    """Members of the group among the stays that cover an instant <= limit, for each group."""
    problem = chains.window.problem
    groups = {group for stay in chains.stays[host] for group in problem.groups_of[stay.vm]}
    for group in sorted(groups):
        inside = frozenset(problem.members[group])

        def counts(vm: int, inside: frozenset[int] = inside) -> int:
            return int(vm in inside)

        _add_limit(chains, host, problem.limit(group, host), counts)


def _add_limit(chains: Chains, host: int, limit: int, demand: Callable[[int], int]) -> None:
    """Keep the sum of demands on a host within a limit at every instant.

    Raises
    ------
    TooLargeToCountError
        All stays that a host could have take more than CP-SAT counts: each VM may have several there.
    """
    window, model = chains.window, chains.model
    optional = [(one, amount) for one in chains.stays[host] if (amount := demand(one.vm))]
    if not optional:
        return
    stays = [(stay, amount) for stay in window.fixed.get(host, ()) if (amount := demand(stay.vm))]
    always = sum(amount for stay, amount in stays if (stay.start, stay.end) == (0, window.horizon))
    stays = [(stay, amount) for stay, amount in stays if (stay.start, stay.end) != (0, window.horizon)]
    room = limit - always
    if most_at_once(optional, stays) <= room:
        return
    at_start = sum(amount for stay, amount in stays if stay.start == 0)
    at_start += sum(amount for one, amount in optional if one.initial)
    intervals = [one.interval for one, _ in optional]
    amounts = [amount for _, amount in optional]
    for stay, amount in stays:
        intervals.append(model.new_fixed_size_interval_var(stay.start, stay.end - stay.start, ""))
        amounts.append(amount)
    if at_start > room:
        # Overloaded at the start: from its first arrival on the host must be within its limit.
        intervals.append(_from_first_arrival(chains, optional, stays))
        amounts.append(at_start - room)
        room = at_start
    if sum(amounts) > MOST_COUNTED:
        raise TooLargeToCountError
    if room == 1 and max(amounts) == 1:
        model.add_no_overlap(intervals)
    else:
        model.add_cumulative(intervals, amounts, room)


def most_at_once(optional: list[tuple[OptionalStay, int]], stays: list[tuple[Stay, int]]) -> int:
    """An upper bound of what can be on a host at once: each VM counts as often as it can be in flight."""
    each: dict[int, int] = defaultdict(int)
    whole: dict[int, int] = {}
    for one, amount in optional:
        each[one.vm] = amount
        whole[one.vm] = whole.get(one.vm, 0) + 1
    # A chain that comes back to a host can count twice there in one instant.
    return sum(a * (2 if whole[vm] > 1 else 1) for vm, a in each.items()) + sum(a for _, a in stays)


def _from_first_arrival(
    chains: Chains, optional: list[tuple[OptionalStay, int]], stays: list[tuple[Stay, int]]
) -> cp_model.IntervalVar:
    """An interval from the first arrival of anything counted on a host to the end."""
    model, horizon = chains.model, chains.window.horizon
    latest = min((stay.start for stay, _ in stays if stay.start > 0), default=horizon)
    first = model.new_int_var(0, latest, "")
    arriving = [one for one, _ in optional if not isinstance(one.start, int)]
    for one in arriving:
        model.add(first <= one.start).only_enforce_if(one.present)
    chains.first_arrivals.append(FirstArrival(first, arriving, latest))
    return model.new_interval_var(first, horizon - first, horizon, "")
