"""The steps of beams by compiled code: what they ask of a problem, as arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from heuristics.compiled.beams.branches import Best, Guests, Weights, best_branches, short_of_room

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Reals = NDArray[np.float64]
    Truths = NDArray[np.bool_]


class BeamSteps:
    """Finds the most promising next migrations of placements.

    Parameters
    ----------
    kinds, kind_of
        ``kinds[kind, limit]``: what a VM of a kind takes, below any amount where that is nothing;
        ``kind_of[vm]``.
    needs, home, cost, per_unit, coming, first_to_come, is_open, ways
        As in ``Guests``; ways None where all may be gone.
    """

    def __init__(
        self,
        kinds: Ints,
        kind_of: Ints,
        needs: Ints,
        home: Ints,
        cost: Ints,
        per_unit: Reals,
        coming: Ints,
        first_to_come: Ints,
        is_open: Truths,
        ways: Truths | None,
    ) -> None:
        of_kind = np.argsort(kind_of, kind="stable")
        first = np.searchsorted(kind_of[of_kind], np.arange(len(kinds) + 1))
        ways = np.empty((0, 0, 0), dtype=np.bool_) if ways is None else ways
        columns: tuple[Any, ...] = (
            kinds,
            first,
            of_kind,
            home,
            cost,
            needs,
            per_unit,
            coming,
            first_to_come,
            is_open,
            ways,
        )
        self._guests = Guests(*(np.ascontiguousarray(column) for column in columns))
        self._average = max(1.0, float(cost.mean()))

    def best(
        self,
        placements: tuple[Ints, Ints, Ints, Ints],
        below: int,
        together: float,
        noise: float,
        most: int,
        rng: np.random.Generator,
    ) -> Best:
        """Give the best next migrations of some placements, in no order.

        Parameters
        ----------
        placements
            As in ``heuristics.beam.Placements``: where VMs are, what is free, costs, and who moved last.
        below
            Only what leads to plans that cost less is of use.
        together, noise
            What room that is together is worth, and what is drawn for each, at the most, in migrations.
        most
            How many at the most.
        """
        parent, vm, host, cost = np.empty((4, most), dtype=np.int64)
        score = np.empty(most)
        state = np.array([rng.integers(1 << 63)], dtype=np.uint64)
        places = Best(parent, vm, host, cost, score)
        weights = Weights(self._average, together, noise)
        some = slice(best_branches(self._guests, *placements, below, weights, state, places))
        return Best(parent[some], vm[some], host[some], cost[some], score[some])

    def short(self, at: Ints, free: Ints) -> Reals:
        """Give what hosts are short of for the next VM to come, the one that lacks least, over all hosts."""
        short = np.empty(len(at))
        short_of_room(self._guests, at, free, short)
        return short


def warm_up() -> None:
    """Load the compiled code, or compile it."""
    one, numbers = np.zeros((1, 1), dtype=np.int64), np.zeros(1, dtype=np.int64)
    steps = BeamSteps(one, numbers, one, numbers, numbers, np.zeros(1), numbers, numbers, one > 0, None)
    free = np.zeros((1, 1, 1), dtype=np.int64)
    steps.best((one, free, numbers, numbers), 0, 0.0, 0.0, 1, np.random.default_rng(0))
    steps.short(one, free)
