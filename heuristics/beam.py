"""A beam of placements: many at a time, one migration further at each step. ALGORITHM.md, "Beam".

Where room is scarce a detour is worth as much as the room that it brings together, and single decisions say
little: of all placements that so many migrations lead to, the most promising go on.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from heuristics.parameters import DEFAULT, BeamParameters
from heuristics.permits import HostKinds

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from heuristics.compiled.beams.steps import BeamSteps
    from models.problem import Move, Problem

    Ints = NDArray[np.int64]
    Reals = NDArray[np.float64]
    Truths = NDArray[np.bool_]

NO_NEED = np.iinfo(np.int64).min
"""What a VM needs of a resource that it does not take: any host has more."""


def never() -> bool:
    """Tell that there is no hurry."""
    return False


@dataclass(frozen=True, slots=True)
class Placements:
    """Some placements, a row each.

    Parameters
    ----------
    at
        ``at[row, vm]``: its host.
    free
        ``free[row, host, limit]``: what is left there of each resource, then of each group.
    cost
        What led there, and what all that are not home cost at least from there.
    away
        VMs that are not home.
    last
        The VM that moved last; -1 at first.
    marks
        A hash of the placement.
    """

    at: Ints
    free: Ints
    cost: Ints
    away: Ints
    last: Ints
    marks: NDArray[np.uint64]

    def rows(self, chosen: Ints) -> Placements:
        """Give some of them."""
        return Placements(*(getattr(self, one.name)[chosen] for one in fields(self)))


@dataclass(frozen=True, slots=True)
class Branches:
    """Migrations that may be made next, or that led to the placements of a beam, a row each."""

    parent: Ints
    vm: Ints
    host: Ints

    def rows(self, chosen: Ints) -> Branches:
        """Give some of them."""
        return Branches(self.parent[chosen], self.vm[chosen], self.host[chosen])


@dataclass(frozen=True, slots=True)
class Promise:
    """What makes a placement promising, in migrations of an average VM.

    Parameters
    ----------
    together
        What room that is together is worth: so much for an empty host.
    short
        What it costs that hosts are short of room for the next VM to come: so much for a whole host.
    """

    together: float
    short: float = 0.0

    @classmethod
    def drawn(cls, parameters: BeamParameters, rng: np.random.Generator) -> Promise:
        """Draw one for a beam: different pools want different ones."""
        together = rng.uniform(parameters.least_together, parameters.most_together)
        return cls(together, rng.uniform(0, parameters.most_short))


class Beam:
    """The beams of one problem.

    Parameters
    ----------
    problem
        What is planned. Nothing is ever stopped.
    parameters
        How placements are told apart.
    over
        Tells when there is no more time to get ready: whose ways are not known by then stay where they are.
    compiled
        By compiled code.
    """

    def __init__(
        self,
        problem: Problem,
        parameters: BeamParameters = DEFAULT.beam,
        over: Callable[[], bool] = never,
        *,
        compiled: bool = False,
    ) -> None:
        self.problem = problem
        self.parameters = parameters
        self._takes, self._limits = _limits_of(problem)
        kinds, kind_of = np.unique(self._takes, axis=0, return_inverse=True)
        self._kinds, self._kind_of = np.where(kinds > 0, kinds, NO_NEED), kind_of.reshape(-1)
        self._home = np.array(problem.dst, dtype=np.int64)
        self._cost = np.array(problem.cost, dtype=np.int64)
        self._coming = np.array(sorted(problem.displaced, key=lambda vm: problem.dst[vm]), dtype=np.int64)
        _, self._first_to_come = np.unique(self._home[self._coming], return_index=True)
        self._open = _open_places(problem)
        self._ways = _ways(problem, over)
        marks = np.random.default_rng(0).integers(1 << 63, size=(problem.num_vms, problem.num_hosts))
        self._marks = marks.astype(np.uint64)
        resources = len(problem.resources)
        average = np.maximum(self._limits[:, :resources].mean(axis=0), 1.0)
        self._per_unit = 1.0 / (average * max(1, resources) ** 0.5)
        self._steps = self._compiled_steps() if compiled else None

    def search(
        self, width: int, promise: Promise, rng: np.random.Generator, below: int, over: Callable[[], bool]
    ) -> list[Move] | None:
        """Look for a plan.

        Parameters
        ----------
        width
            Placements that go on at each step.
        promise
            Which placements go on.
        rng
            Draws between placements that look alike.
        below
            Only plans that cost less are of use.
        over
            Tells when to give up.

        Returns
        -------
        list of moves or None
            A plan that costs less; None where none was found.
        """
        beam, made, best = self._first(), list[Branches](), None
        seen = set(beam.marks.tolist())
        while beam.cost.size and not over():
            branches, cost, score = self._next(
                beam, below, promise.together, self.parameters.spare * width, rng
            )
            some = self._fresh(beam, branches, score, width, seen)
            after = self._after(beam, branches.rows(some), cost[some])
            best_first = np.argsort(score[some] + promise.short * self._short(after), kind="stable")[:width]
            beam = after.rows(best_first)
            seen.update(beam.marks.tolist())
            made.append(branches.rows(some[best_first]))
            home = np.flatnonzero(beam.away == 0)
            if home.size:
                row = int(home[np.argmin(beam.cost[home])])
                best, below = _moves_to(made, row), int(beam.cost[row])
        return best

    def _first(self) -> Placements:
        problem = self.problem
        at = np.array(problem.src, dtype=np.int64)
        free = self._limits.copy()
        np.subtract.at(free, at, self._takes)
        mark = np.bitwise_xor.reduce(self._marks[np.arange(problem.num_vms), at])
        away = at != self._home
        return Placements(
            at[None],
            free[None],
            np.array([self._cost[away].sum()]),
            np.array([away.sum()]),
            np.array([-1]),
            np.array([mark], dtype=np.uint64),
        )

    def _compiled_steps(self) -> BeamSteps:
        from heuristics.compiled.beams.steps import BeamSteps

        vms = self._kinds, self._kind_of, self._takes, self._home, self._cost
        coming = self._coming, self._first_to_come
        return BeamSteps(*vms, self._per_unit, *coming, self._open, self._ways)

    def _next(
        self, beam: Placements, below: int, together: float, most: int, rng: np.random.Generator
    ) -> tuple[Branches, Ints, Reals]:
        """Give migrations that may come next, what plans by them cost at least, and their scores.

        The best are among them, so many or more.
        """
        if self._steps is None:
            return self._all_next(beam, below, together, rng)
        placements = beam.at, beam.free, beam.cost, beam.last
        best = self._steps.best(placements, below, together, self.parameters.drawn, most, rng)
        return Branches(best.parent, best.vm, best.host), best.cost, best.score

    def _all_next(
        self, beam: Placements, below: int, together: float, rng: np.random.Generator
    ) -> tuple[Branches, Ints, Reals]:
        """Give all of them, of the best and others; some that are drawn where they are too many."""
        legal = self._legal(beam)
        # Many times quicker than to ask for three indices at once.
        found = np.flatnonzero(legal)
        if len(found) > (most := self.parameters.branches):
            found = found[rng.random(len(found)) < most / len(found)]
        places, hosts = np.divmod(found, legal.shape[2])
        rows, vms = np.divmod(places, legal.shape[1])
        source = beam.at[rows, vms]
        home = self._home[vms]
        # Who is home again has paid for; who leaves home pays once more.
        cost = beam.cost[rows] + self._cost[vms] * (1 + (source == home) - (hosts == home))
        useful = cost < below
        rows, vms, hosts, source, cost = (one[useful] for one in (rows, vms, hosts, source, cost))
        migrations = cost / max(1.0, float(self._cost.mean()))
        score = migrations - together * self._together(beam, rows, vms, source, hosts)
        score += self.parameters.drawn * rng.random(len(rows))
        return Branches(rows, vms, hosts), cost, score

    def _legal(self, beam: Placements) -> Truths:
        """Tell for each placement, VM and host whether the VM may go there now."""
        rows, num_vms = beam.at.shape
        fits = np.ones((rows, len(self._kinds), len(self._limits)), dtype=bool)
        for limit in range(self._limits.shape[1]):
            fits &= beam.free[:, None, :, limit] >= self._kinds[None, :, limit, None]
        legal = fits[:, self._kind_of] & self._open
        each = np.arange(num_vms)
        if self._ways is not None:
            legal &= self._ways[each, beam.at]
        legal[np.arange(rows)[:, None], each, beam.at] = False
        moved = np.flatnonzero(beam.last >= 0)
        legal[moved, beam.last[moved]] = False
        return legal

    def _together(self, beam: Placements, rows: Ints, vms: Ints, source: Ints, hosts: Ints) -> Reals:
        """Give how much room is together after some migrations: 1 where all of it is one empty host."""
        resources = len(self._per_unit)
        room = np.maximum(beam.free[:, :, :resources], 0) * self._per_unit
        squares = (room**2).sum(axis=(1, 2))
        size = self._takes[vms, :resources] * self._per_unit
        left, come = room[rows, source], room[rows, hosts]
        # (a + s)^2 - a^2 + (b - s)^2 - b^2
        gained = (2 * size * (left - come + size)).sum(axis=1)
        together: Reals = np.sqrt(np.maximum(squares[rows] + gained, 0.0))
        return together

    def _fresh(self, beam: Placements, branches: Branches, score: Reals, width: int, seen: set[int]) -> Ints:
        """Choose the branches to look at closer: those of the best scores, to placements that are new."""
        most = self.parameters.spare * width
        best = np.argpartition(score, most)[:most] if len(score) > most else np.arange(len(score))
        best = best[np.argsort(score[best], kind="stable")]
        rows, vms, hosts = branches.parent[best], branches.vm[best], branches.host[best]
        marks = beam.marks[rows] ^ self._marks[vms, beam.at[rows, vms]] ^ self._marks[vms, hosts]
        _, first = np.unique(marks, return_index=True)
        first.sort()
        new = [mark not in seen for mark in marks[first].tolist()]
        fresh: Ints = best[first[np.array(new, dtype=bool)]]
        return fresh

    def _short(self, placements: Placements) -> Reals:
        """Give what hosts are short of for the next VM to come, the one that lacks least, over all hosts."""
        if self._steps is not None:
            return self._steps.short(placements.at, placements.free)
        vms = self._coming
        resources = len(self._per_unit)
        room = placements.free[:, self._home[vms], :resources]
        lacks = (np.maximum(self._takes[vms, :resources] - room, 0) * self._per_unit).sum(axis=2)
        lacks[placements.at[:, vms] == self._home[vms]] = np.inf
        least = np.minimum.reduceat(lacks, self._first_to_come, axis=1)
        short: Reals = np.where(np.isinf(least), 0.0, least).sum(axis=1)
        return short

    def _after(self, beam: Placements, steps: Branches, cost: Ints) -> Placements:
        """Give the placements after some steps."""
        parent, vm, host = steps.parent, steps.vm, steps.host
        each = np.arange(len(parent))
        at, free = beam.at[parent], beam.free[parent]
        source = at[each, vm]
        at[each, vm] = host
        free[each, source] += self._takes[vm]
        free[each, host] -= self._takes[vm]
        away = beam.away[parent] + (source == self._home[vm]) - (host == self._home[vm])
        marks = beam.marks[parent] ^ self._marks[vm, source] ^ self._marks[vm, host]
        return Placements(at, free, cost, away, vm, marks)


def _moves_to(made: list[Branches], row: int) -> list[Move]:
    """Give the migrations that led to a placement of the last step."""
    moves: list[Move] = []
    for steps in reversed(made):
        moves.append((int(steps.vm[row]), int(steps.host[row])))
        row = int(steps.parent[row])
    moves.reverse()
    return moves


def _limits_of(problem: Problem) -> tuple[Ints, Ints]:
    """Give what each VM takes of each limit, and what each host has: resources, then groups."""
    groups = range(len(problem.members))
    takes = [
        [*problem.demand[vm], *(int(group in problem.groups_of[vm]) for group in groups)]
        for vm in range(problem.num_vms)
    ]
    limits = [
        [*problem.usable[host], *(problem.limit(group, host) for group in groups)]
        for host in range(problem.num_hosts)
    ]
    return np.array(takes, dtype=np.int64), np.array(limits, dtype=np.int64)


def _open_places(problem: Problem) -> Truths:
    """Tell for each VM and host whether it may ever go there."""
    places = np.zeros((problem.num_vms, problem.num_hosts), dtype=bool)
    for vm, guest in enumerate(problem.vms):
        if guest.movable and guest.detours:
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
