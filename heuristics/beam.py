"""A beam of placements: many at a time, one step further each time. ALGORITHM.md, "Beam".

Where room is scarce a detour is worth as much as the room that it brings together, and single decisions say
little: of all placements that so many steps lead to, the most promising go on.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

import numpy as np

from heuristics.deadline import never
from heuristics.parameters import DEFAULT, BeamParameters
from heuristics.permits import HostKinds
from heuristics.spare import limits_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from heuristics.compiled.beams.branches import Best, Placements
    from models.problem import Move, Problem

    Ints = NDArray[np.int64]
    Marks = NDArray[np.uint64]
    Truths = NDArray[np.bool_]

NO_NEED = np.iinfo(np.int64).min
"""What a VM needs of a resource that it does not take: any host has more."""


@dataclass(frozen=True, slots=True)
class Promise:
    """What makes a placement promising, and what is done there at once.

    Parameters
    ----------
    together
        What room that is together is worth, in migrations of an average VM: so much for an empty host.
    least_gain
        VMs that can go home do so at once where that adds so much to the squares of the room, hosts counted
        as 1, or more. ``inf``: nobody does.
    """

    together: float
    least_gain: float = inf

    @classmethod
    def drawn(cls, problem: Problem, parameters: BeamParameters, rng: np.random.Generator) -> Promise:
        """Draw one for a beam: different pools want different ones."""
        together = drawn_between(parameters.least_together, parameters.most_together, rng)
        gain = drawn_between(parameters.least_gain, parameters.most_gain, rng)
        return cls(together, inf if problem.num_vms * problem.num_hosts < parameters.few_pairs else gain)


def drawn_between(one: float, other: float, rng: np.random.Generator) -> float:
    """Draw from a range; each end is set by itself, so it may be given the other way round."""
    low, high = sorted((one, other))
    return rng.uniform(low, high)


def narrowed(problem: Problem, width: int, parameters: BeamParameters) -> int:
    """Give how wide a beam is to be that takes as long as one of so many placements in a smaller pool."""
    pairs = max(1, problem.num_vms * problem.num_hosts)
    return max(1, min(width, width * parameters.large_pairs // pairs))


class Beam:
    """The beams of one problem, by compiled code.

    Parameters
    ----------
    problem
        What is planned. Nothing is ever stopped.
    parameters
        How placements are chosen.
    over
        Tells when there is no more time to get ready: whose ways are not known by then stay where they are.
    """

    def __init__(
        self,
        problem: Problem,
        parameters: BeamParameters = DEFAULT.beam,
        over: Callable[[], bool] = never,
    ) -> None:
        from heuristics.compiled.beams.steps import guests_of

        self.problem = problem
        self.parameters = parameters
        takes, self._limits = limits_of(problem)
        kinds, kind_of = np.unique(takes, axis=0, return_inverse=True)
        home = np.array(problem.dst, dtype=np.int64)
        at_home = np.argsort(home, kind="stable")
        first = np.searchsorted(home[at_home], np.arange(problem.num_hosts + 1))
        resources = len(problem.resources)
        average = np.maximum(self._limits[:, :resources].mean(axis=0), 1.0)
        marks = np.random.default_rng(0).integers(1 << 63, size=(problem.num_vms, problem.num_hosts))
        ways = _ways(problem, over)
        self._guests = guests_of(
            np.where(kinds > 0, kinds, NO_NEED),
            kind_of.reshape(-1),
            home,
            np.array(problem.cost, dtype=np.int64),
            takes,
            1.0 / (average * max(1, resources) ** 0.5),
            at_home,
            first,
            _open_places(problem),
            np.empty((0, 0, 0), dtype=np.bool_) if ways is None else ways,
            marks.astype(np.uint64),
        )

    def search(
        self, width: int, promise: Promise, rng: np.random.Generator, below: int, over: Callable[[], bool]
    ) -> list[Move] | None:
        """Look for a plan.

        Parameters
        ----------
        width
            Placements that go on at each step.
        promise
            Which placements go on, and who goes home there at once.
        rng
            Draws between placements that look alike, and who goes home first.
        below
            Only plans that cost less are of use.
        over
            Tells when to give up.

        Returns
        -------
        list of moves or None
            A plan that costs less; None where none was found.
        """
        from heuristics.compiled.beams.steps import BeamSteps, nobody_sent

        away, noise = self.parameters.yet_to_come, self.parameters.drawn
        most = self.parameters.most_steps * self.problem.num_vms
        steps = BeamSteps(self._guests, promise.together, away, noise, promise.least_gain)
        begin, some, seeds = self._first(), nobody_sent(), _seeds(1, rng)
        beam = steps.after(begin, some, seeds)
        made, seen, best = [(some, seeds)], set(beam.mark.tolist()), None
        while True:
            home = np.flatnonzero(beam.away == 0)
            row = int(home[np.argmin(beam.cost[home])]) if home.size else -1
            if row >= 0 and beam.cost[row] < below:
                best, below = (len(made), row), int(beam.cost[row])
            if over() or len(made) > most:
                break
            some = steps.best(beam, below, self.parameters.spare * width, rng)
            seeds = _seeds(some.vm.size, rng)
            after = steps.after(beam, some, seeds)
            chosen = _fresh(after.mark, some.score, width, seen)
            if not chosen.size:
                break
            beam = after.rows(chosen)
            seen.update(beam.mark.tolist())
            made.append((some.rows(chosen), seeds[chosen]))
        return None if best is None else steps.moves(begin, _way_to(made, *best))

    def _first(self) -> Placements:
        from heuristics.compiled.beams.branches import Placements

        problem, guests = self.problem, self._guests
        at = np.array(problem.src, dtype=np.int32)
        free = self._limits.copy()
        np.subtract.at(free, at, guests.needs)
        away = at != guests.home
        return Placements(
            at[None],
            free[None],
            np.array([guests.cost[away].sum()]),
            np.array([away.sum()]),
            np.array([-1]),
            np.array([np.bitwise_xor.reduce(guests.marks[np.arange(problem.num_vms), at])]),
        )


def _seeds(count: int, rng: np.random.Generator) -> Marks:
    return rng.integers(1 << 63, size=count).astype(np.uint64)


def _fresh(marks: Marks, score: NDArray[np.float64], width: int, seen: set[int]) -> Ints:
    """Choose the placements that go on: of the best scores, and new."""
    best = np.argsort(score, kind="stable")
    _, first = np.unique(marks[best], return_index=True)
    best = best[np.sort(first)]
    new = np.array([mark not in seen for mark in marks[best].tolist()], dtype=bool)
    some: Ints = best[new][:width]
    return some


def _way_to(made: list[tuple[Best, Marks]], count: int, row: int) -> list[tuple[Best, Marks]]:
    """Give the steps, each with its seed, that led to a row of the placements after so many of them."""
    way = []
    for steps, seeds in reversed(made[:count]):
        alone = slice(row, row + 1)
        way.append((steps.rows(alone), seeds[alone]))
        row = int(steps.parent[row])
    return way[::-1]


def _open_places(problem: Problem) -> Truths:
    """Tell for each VM and host whether it may ever go there."""
    places = np.zeros((problem.num_vms, problem.num_hosts), dtype=bool)
    for vm, guest in enumerate(problem.vms):
        if guest.may_step_aside and problem.filters.unbound[vm]:
            places[vm] = True
        elif guest.may_step_aside:
            places[vm] = [problem.may_run(vm, host) for host in range(problem.num_hosts)]
        elif problem.src[vm] != problem.dst[vm]:
            places[vm, problem.dst[vm]] = True
    return places


def _ways(problem: Problem, over: Callable[[], bool]) -> Truths | None:
    """Tell for each VM and pair of hosts whether it may make that migration; None where all may."""
    bound = [vm for vm in range(problem.num_vms) if not problem.filters.unbound[vm]]
    if not bound:
        return None
    ways = np.ones((problem.num_vms, problem.num_hosts, problem.num_hosts), dtype=bool)
    ways[bound] = False
    kinds = HostKinds(problem)
    for vm in bound:
        if over():
            break
        ways[vm] = kinds.ways_of(vm)
    return ways
