"""What a goal says host by host, for the bound that looks at each host alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Expected:
    """VMs that must fit beside the others.

    Parameters
    ----------
    demand
        Resource -> what one of them takes.
    hosts
        Those that suit them.
    count
        How many.
    """

    demand: Mapping[int, int]
    hosts: frozenset[int]
    count: int


@dataclass(frozen=True, slots=True)
class Terms:
    """What a goal says host by host, for the bound; what it leaves out only weakens it.

    Parameters
    ----------
    gone
        Hosts that hold nothing.
    most
        (host, resource) -> the most that it may hold, where that is less than what is usable.
    newcomers
        VMs that must fit; None where nobody is expected.
    empty
        So many hosts must hold nothing; None where that does not matter.
    """

    gone: frozenset[int] = frozenset()
    most: Mapping[tuple[int, int], int] = field(default_factory=dict)
    newcomers: Expected | None = None
    empty: int | None = None
