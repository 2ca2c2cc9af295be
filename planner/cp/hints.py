"""Handing a known plan to the interval model: a value for every variable, or none at all.

A partial hint is completed by the solver as it pleases, and mostly lost (CP-SAT parameters reference).
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from ortools.sat.python import cp_model

from models.problem import OFF

if TYPE_CHECKING:
    from collections.abc import Iterable

    from planner.cp.variables import Chain, Chains, Timed

Values = dict[int, int]
"""Index of a variable -> its value."""


def add_hint(chains: Chains, moves: Iterable[Timed]) -> bool:
    """Hint every variable with a plan of the free VMs.

    Parameters
    ----------
    moves
        (instant, -, move) of the free VMs, in order, instants within the horizon.

    Returns
    -------
    bool
        False where the plan needs more slots or other hosts than the model offers: then nothing is hinted.
    """
    paths: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for instant, _, (vm, host) in moves:
        paths[vm].append((instant, host))
    values: Values = {}
    for vm, chain in chains.of.items():
        if not _follow(chains, chain, paths[vm], values):
            return False
    for first in chains.first_arrivals:
        starts = [
            values[stay.start.index]
            for stay in first.stays
            if not isinstance(stay.start, int) and _truth(stay.present, values)
        ]
        values[first.variable.index] = min([first.latest, *starts])
    model = chains.model
    for index, value in values.items():
        model.add_hint(model.get_int_var_from_proto_index(index), value)
    return True


def _truth(literal: cp_model.LiteralT, values: Values) -> bool:
    if isinstance(literal, cp_model.IntVar | cp_model.NotBooleanVariable):
        index = literal.index
        return bool(values[index]) if index >= 0 else not values[-index - 1]
    return bool(literal)


def _follow(chains: Chains, chain: Chain, path: list[tuple[int, int]], values: Values) -> bool:
    """Set the variables of one chain to a path of (instant, host); False where they cannot follow it."""
    gone = any(host == OFF for _, host in path)
    if gone and chain.away is None:
        return False
    live = [] if gone else path
    detours = live[:-1]
    if len(detours) > len(chain.used) or (live and chain.moves is False):
        return False
    instants = [instant for instant, _ in live] or [0]
    instants += [instants[-1]] * (len(chain.times) - len(instants))
    for time, instant in zip(chain.times, instants, strict=True):
        values[time.index] = instant
    for slot, here in enumerate(chain.in_slot):
        host = detours[slot][1] if slot < len(detours) else None
        if host is not None and host not in here:
            return False
        values.update({there.index: int(place == host) for place, there in here.items()})
        values[chain.used[slot].index] = int(host is not None)
        values[chain.sizes[slot].index] = instants[slot + 1] + 1 - instants[slot]
    if chain.away is not None:
        values[chain.away.index] = int(gone)
    settled = chains.window.start[chain.vm] == chains.window.end[chain.vm]
    if settled and isinstance(chain.moves, cp_model.IntVar):
        values[chain.moves.index] = int(bool(live))
    if chain.at_home is not None:
        values[chain.at_home.index] = int(not live and not gone)
    return True
