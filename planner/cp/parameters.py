"""What running CP-SAT can be told."""

from __future__ import annotations

from dataclasses import dataclass

from models.parameters import Parameters, count, number


@dataclass(frozen=True, slots=True)
class Solver(Parameters):
    """Time, where it is not of the clock.

    Parameters
    ----------
    work_a_second
        The solver's own seconds that are taken for one second; models of one size differ by a factor of ten.
        Three shuffles of 20 hosts at 95% load, one worker, 8 s: 267 moves at 0.02, 271 at 0.05, 245 at 0.12.
    """

    work_a_second: float = number(0.12, 1e-6)


@dataclass(frozen=True, slots=True)
class HittingSets(Parameters):
    """The two models about conflicts: who steps aside most cheaply, and what the conflicts weigh together.

    Parameters
    ----------
    parts
        Weights are multiples of a migration divided by this: with 12, halves, thirds and quarters are exact.
    enough_s
        The solver's own seconds that one of these models may take.
    """

    parts: int = count(12)
    enough_s: float = number(3.0)


@dataclass(frozen=True, slots=True)
class WayPrices(Parameters):
    """What a move is charged where others make way for a VM.

    Parameters
    ----------
    home, aside, away
        To the VM's target, elsewhere, and off its target.
    """

    home: int = count(1)
    aside: int = count(5)
    away: int = count(10)


SOLVER = Solver()
WAY_PRICES = WayPrices()
