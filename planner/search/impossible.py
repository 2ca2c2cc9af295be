"""Proofs that no plan exists, as values; ``planner.verdict`` makes words of them.

ALGORITHM.md, "Impossible pools".
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Blocked:
    """The fixpoint of the relaxed reachability: some VMs can never leave, or never arrive.

    Parameters
    ----------
    stuck
        Displaced VMs that can never leave where they are.
    shut_out
        Displaced VMs whose target never has room for them.
    fixed
        ``fixed[host]``: the VMs that never leave it.
    immovable
        All VMs that can never leave where they are.
    """

    stuck: list[int]
    shut_out: list[int]
    fixed: dict[int, list[int]]
    immovable: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class NoWay:
    """The filters leave a VM no way to its target, however much room there were, and it may not be stopped.

    Parameters
    ----------
    vm
        The first such VM.
    """

    vm: int


@dataclass(frozen=True, slots=True)
class NobodyAside:
    """Some VMs would have to step aside, into a limbo that takes no room, and none of them may."""


@dataclass(frozen=True, slots=True)
class AllPlacementsSearched:
    """Every placement that can be reached was searched; the target is none of them.

    Parameters
    ----------
    finder
        The path finder that did it.
    """

    finder: str


@dataclass(frozen=True, slots=True)
class AllPlansSearched:
    """The exact model, with as many slots as could be of use, has no solution."""


Impossible = Blocked | NoWay | NobodyAside | AllPlacementsSearched | AllPlansSearched
"""Why no plan exists."""
