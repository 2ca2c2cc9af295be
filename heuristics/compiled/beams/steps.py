"""The steps of beams by compiled code: what they ask of a problem, as arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from heuristics.compiled.beams.branches import Best, Guests, Placements, Weights, best_branches
from heuristics.compiled.beams.homecomings import Scratch, carry_out

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    Marks = NDArray[np.uint64]


class BeamSteps:
    """Finds the most promising next migrations of placements, and carries them out.

    Parameters
    ----------
    guests
        The VMs.
    together, away, noise
        As in ``Weights``.
    least_gain
        As in ``carry_out``.
    """

    def __init__(self, guests: Guests, together: float, away: float, noise: float, least_gain: float) -> None:
        self._guests = guests
        per_cost = 1.0 / max(1.0, float(guests.cost.mean()))
        self._weights, self._least_gain = Weights(per_cost, together, away, noise), least_gain
        hosts, vms = guests.is_open.shape[1], guests.home.size
        self._scratch = Scratch(
            np.empty(hosts, dtype=np.int64), np.zeros(hosts, dtype=np.bool_), np.empty(vms, dtype=np.int64)
        )

    def best(self, beam: Placements, below: int, most: int, rng: np.random.Generator) -> Best:
        """Give the best next migrations of some placements, in no order.

        Parameters
        ----------
        below
            Only what leads to plans that cost less is of use.
        most
            How many at the most.
        """
        parent, vm, host = np.empty((3, most), dtype=np.int64)
        best = Best(parent, vm, host, np.empty(most))
        state = np.array([rng.integers(1 << 63)], dtype=np.uint64)
        return best.rows(slice(best_branches(self._guests, beam, below, self._weights, state, best)))

    def after(self, beam: Placements, steps: Best, seeds: Marks) -> Placements:
        """Give the placements to which steps lead; the scores of the steps become theirs.

        Parameters
        ----------
        seeds
            ``seeds[step]``: of what is drawn.
        """
        return self._carried_out(beam, steps, seeds)[0]

    def moves(self, begin: Placements, way: Iterable[tuple[Best, Marks]]) -> list[tuple[int, int]]:
        """Give the migrations of steps, one after the other.

        Parameters
        ----------
        begin
            The only placement with which they begin.
        way
            Each by itself, with its seed.
        """
        moves: list[tuple[int, int]] = []
        for step, seed in way:
            alone = Best(np.zeros(1, dtype=np.int64), step.vm, step.host, step.score)
            begin, gone = self._carried_out(begin, alone, seed)
            if step.vm[0] >= 0:
                moves.append((int(step.vm[0]), int(step.host[0])))
            home = self._scratch.home[:gone]
            moves += zip(home.tolist(), self._guests.home[home].tolist(), strict=True)
        return moves

    def _carried_out(self, beam: Placements, steps: Best, seeds: Marks) -> tuple[Placements, int]:
        count = steps.vm.size
        after = Placements(
            np.empty((count, *beam.at.shape[1:]), dtype=np.int32),
            np.empty((count, *beam.free.shape[1:]), dtype=np.int64),
            np.empty(count, dtype=np.int64),
            np.empty(count, dtype=np.int64),
            np.empty(count, dtype=np.int64),
            np.empty(count, dtype=np.uint64),
        )
        gone = carry_out(
            self._guests, beam, steps, seeds, self._least_gain, self._weights, after, self._scratch
        )
        return after, gone


def nobody_sent() -> Best:
    """Give the step that has VMs go home with nobody sent elsewhere first."""
    none = np.array([-1], dtype=np.int64)
    return Best(np.zeros(1, dtype=np.int64), none, none, np.zeros(1))


def guests_of(*columns: Any) -> Guests:
    """Give the VMs of a beam, with columns as compiled code wants them."""
    return Guests(*(np.ascontiguousarray(column) for column in columns))


def warm_up() -> None:
    """Load the compiled code, or compile it."""
    one, numbers = np.zeros((1, 1), dtype=np.int64), np.zeros(1, dtype=np.int64)
    marks, ways = np.zeros((1, 1), dtype=np.uint64), np.empty((0, 0, 0), dtype=np.bool_)
    guests = guests_of(
        one, numbers, numbers, numbers, one, np.zeros(1), numbers, np.array([0, 1]), one > 0, ways, marks
    )
    steps, rng = BeamSteps(guests, 0.0, 0.0, 0.0, 0.0), np.random.default_rng(0)
    free = np.zeros((1, 1, 1), dtype=np.int64)
    beam = Placements(one.astype(np.int32), free, numbers, numbers, numbers, marks[0])
    steps.best(beam, 0, 1, rng)
    steps.moves(beam, [(nobody_sent(), marks[0])])
