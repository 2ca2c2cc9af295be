"""What the relaxations of a problem have come to: stages hand it on, so that nothing is asked twice."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from planner.search.bounds import mandatory
from planner.search.kernel import Kernel, kernel

if TYPE_CHECKING:
    from models.problem import Problem
    from planner.search.kernel import Component
    from planner.search.limbo import Limbo


class Relaxation:
    """The mandatory moves, the kernel, and what the limbo of its components came to.

    Parameters
    ----------
    problem
        What is relaxed.

    Attributes
    ----------
    in_limbo
        VMs that the bound has in limbo: a hint who might step aside.
    limbo_of
        What the limbo of each component came to, as far as it was looked into. What is known beforehand of
        a component, of a larger problem that this one was cut out of, may stand here too.
    asked_reachability
        The relaxation that may prove a pool impossible has been asked.
    asked_compiled
        Whether it was compiled code that has been asked about all VMs of small components; None: nobody was.
    asked_one_detour, asked_two_detours
        It has been asked whether a single detour is enough, or two.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.in_limbo: set[int] = set()
        self.limbo_of: dict[Component, Limbo] = {}
        self.asked_reachability = False
        self.asked_compiled: bool | None = None
        self.asked_one_detour = False
        self.asked_two_detours = False
        self._counted: dict[Component, int] = {}
        self._beyond_mandatory = 0

    @cached_property
    def mandatory(self) -> int | None:
        """What all displaced VMs cost at least, each on its own; None where one can never get home."""
        return mandatory(self.problem)

    @cached_property
    def kernel(self) -> Kernel:
        """What can deadlock at all."""
        return kernel(self.problem)

    @property
    def bound(self) -> int:
        """What every plan costs at least, even were there more hosts to step aside to."""
        return (self.mandatory or 0) + self._beyond_mandatory

    def take(self, component: Component, limbo: Limbo) -> None:
        """Count what the limbo of a component came to, or what was known before where that says more."""
        known = self.limbo_of.get(component)
        best = self.limbo_of[component] = limbo if known is None else limbo.or_better(known)
        self.in_limbo |= limbo.in_limbo
        extra = best.extra or 0
        self._beyond_mandatory += extra - self._counted.get(component, 0)
        self._counted[component] = extra
