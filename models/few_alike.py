"""A few hosts of each kind, one of which speaks for all that are like it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

Name = TypeVar("Name", str, int)

MOST_ALIKE = 3
"""Hosts of a kind that are kept: one of them is none of any two."""


class FewAlike(Generic[Name]):
    """The first hosts of each kind.

    Parameters
    ----------
    kinds
        (host, kind) pairs.
    """

    def __init__(self, kinds: Iterable[tuple[Name, Hashable]]) -> None:
        self._few: dict[Hashable, list[Name]] = {}
        for host, kind in kinds:
            if len(alike := self._few.setdefault(kind, [])) < MOST_ALIKE:
                alike.append(host)

    def one_of_each(self, but: Name, nor: Name) -> list[Name]:
        """Give a host of each kind, beside two that are asked about by themselves, where there is one."""
        others = (next((host for host in few if host not in (but, nor)), None) for few in self._few.values())
        return [host for host in others if host is not None]
