"""What a tool proposes, and what that comes to: the same judge for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from models import Migration, Pool
from models.replay import Replay

if TYPE_CHECKING:
    from collections.abc import Collection

    from models import PoolState


@dataclass(frozen=True, slots=True)
class Proposal:
    """Moves in the order in which a tool would have them made.

    Parameters
    ----------
    moves
        (VM, host) by name.
    seconds
        What it took to find them.
    note
        What else there is to say, such as a bound.
    """

    moves: tuple[tuple[str, str], ...]
    seconds: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """What a proposal comes to where it is carried out in its order.

    Parameters
    ----------
    placement
        Where every VM would be if all moves could be made.
    refused
        Moves that find no room, or break a rule, where each waits for the one before; a tool that stops at
        the first of them ends before its goal.
    first_refused
        The number of the first of them, from 1; None without any.
    highest
        The highest share of any host that accepts VMs, over the resources that count.
    left
        VMs still on hosts that were to be emptied.
    """

    placement: dict[str, str]
    refused: int
    first_refused: int | None
    highest: float
    left: int


def judged(
    state: PoolState, proposal: Proposal, resources: Collection[str], drained: Collection[str] = ()
) -> Judged:
    """Carry a proposal out, move by move, and look at where it ends."""
    at = dict(state.placement)
    wanted = at | dict(proposal.moves)
    replay = Replay(Pool(state, state.placed(wanted)))
    refused: list[int] = []
    for number, (vm, host) in enumerate(proposal.moves, 1):
        if replay.act(Migration(vm, at[vm], host)):
            refused.append(number)
        at[vm] = host
    gone = set(drained)
    return Judged(
        at,
        len(refused),
        refused[0] if refused else None,
        highest_share(state.placed(at), resources, gone),
        sum(host in gone for host in at.values()),
    )


def highest_share(state: PoolState, resources: Collection[str], apart: Collection[str]) -> float:
    """Give the highest share of any resource that counts, of the hosts that accept VMs."""
    shares = [Fraction(0)]
    for host in state.hosts:
        if host.accepts and host.name not in apart:
            load = state.load(host.name)
            shares += [
                Fraction(load[name], host.usable(name))
                for name in resources
                if name in load and host.usable(name)
            ]
    return float(max(shares))
