"""What the compiled search for a placement halfway is given."""

from __future__ import annotations

from typing import Any, NamedTuple

NO_GROUP = -1
"""Where a VM counts in no further group."""


class HalfwayState(NamedTuple):
    """A placement, which changes.

    Parameters
    ----------
    at
        ``at[vm]``: the host of each VM.
    room
        ``room[host, resource]``: what is free, in shares, of which each host wishes for one.
    places
        ``places[host, group]``: how many more of a group may come.
    """

    at: Any
    room: Any
    places: Any


class HalfwayPool(NamedTuple):
    """What stays as it is.

    Parameters
    ----------
    needs
        ``needs[vm, resource]``, in shares.
    groups
        ``groups[vm]``: the groups of a VM, then ``NO_GROUP``.
    source, target
        ``source[vm]``, ``target[vm]``: the ends of each VM.
    displaced, roving
        The VMs that may go home or back; those that may go to any host.
    """

    needs: Any
    groups: Any
    source: Any
    target: Any
    displaced: Any
    roving: Any


class HalfwayPrices(NamedTuple):
    """What a placement costs, and how often VMs are sent aside.

    Parameters
    ----------
    least, low, over, aside, dear
        As :class:`heuristics.parameters.HalfwayParameters` has them.
    tilt
        As :func:`heuristics.halfway.halfway` has it.
    """

    least: float
    low: float
    over: float
    aside: float
    dear: float
    tilt: float
