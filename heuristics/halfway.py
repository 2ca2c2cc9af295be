"""A placement between current and target with more room than either: two easy pools in place of a hard one.

Where many resources are full at both ends hardly anything can move there. With some of the VMs at home
and the others not there may yet be room on every host. ALGORITHM.md, "Halfway".
"""

from __future__ import annotations

import logging
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from heuristics.compiled.halfway.records import NO_GROUP, HalfwayPool, HalfwayPrices, HalfwayState
from heuristics.parameters import DEFAULT, HalfwayParameters
from heuristics.spare import Spare

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from heuristics.deadline import Deadline
    from models.problem import Problem

    Ints = NDArray[np.int64]
    Reals = NDArray[np.float64]

log = logging.getLogger(__name__)


def halfway(
    problem: Problem,
    deadline: Deadline,
    seed: int = 0,
    tilt: float = 0.0,
    parameters: HalfwayParameters = DEFAULT.halfway,
) -> list[int] | None:
    """Look for such a placement by annealing.

    Parameters
    ----------
    deadline
        When to give up.
    seed
        Other seeds give other placements.
    tilt
        What each VM at home is charged; above 0 it is nearer to the current placement, below 0 to the target.

    Returns
    -------
    list of int or None
        The host of each VM, within all limits; None where none was found.
    """
    try:
        from heuristics.compiled.halfway.annealing import cooled
    except Exception as error:  # What a compiler says on a machine it does not know may be anything.
        log.info("no placement halfway without compiled code: %s", error)
        return None
    annealing = _Annealing(problem, seed)
    annealing.run(cooled, deadline, tilt, parameters)
    return annealing.placement()


class _Annealing:
    """Where every VM is and how much room each host has, as arrays of compiled code.

    Room is counted in *shares*: what is free of a resource at first, on all hosts, divided by their number.
    """

    def __init__(self, problem: Problem, seed: int) -> None:
        self.problem, self._seed = problem, seed
        roving = [
            number
            for number, vm in enumerate(problem.vms)
            if vm.may_step_aside and problem.filters.unbound[number]
        ]
        shares = _shares(problem)
        self._pool = HalfwayPool(
            needs=np.array(problem.demand, dtype=float).reshape(problem.num_vms, -1) / shares,
            groups=_padded(problem.groups_of),
            source=np.array(problem.src),
            target=np.array(problem.dst),
            displaced=np.array(problem.displaced, dtype=int),
            roving=np.array(roving, dtype=int),
        )
        self._state = self._drawn(shares)

    def _drawn(self, shares: Reals) -> HalfwayState:
        """Let about half of the VMs be at home; count what is free on each host, and places of each group."""
        problem, pool = self.problem, self._pool
        at: Ints = pool.source.copy()
        gone = pool.displaced[np.random.default_rng(self._seed).random(len(pool.displaced)) < 0.5]
        at[gone] = pool.target[gone]
        spare = Spare(problem, at.tolist())
        room = np.array(spare.free, dtype=float).reshape(problem.num_hosts, -1) / shares
        groups = range(len(problem.group_names))
        hosts = range(problem.num_hosts)
        places = [[problem.limit(g, host) - spare.held[host].get(g, 0) for g in groups] for host in hosts]
        return HalfwayState(at, room, np.array(places, dtype=np.int64).reshape(problem.num_hosts, -1))

    def run(
        self, cooled: Callable[..., None], deadline: Deadline, tilt: float, parameters: HalfwayParameters
    ) -> None:
        """Make changes, ever fewer of them for the worse."""
        steps = min(parameters.most_steps, parameters.steps_a_vm * len(self.problem.displaced))
        looks = max(1, steps // parameters.look_steps)
        prices = HalfwayPrices(
            parameters.least, parameters.low, parameters.over, parameters.aside, parameters.dear, tilt
        )
        warmths = np.geomspace(parameters.warmest, parameters.coldest, looks + 1)
        for look, (warm, cool) in enumerate(pairwise(warmths)):
            if deadline.over:
                return
            seed = self._seed + look
            cooled(self._state, self._pool, prices, steps // looks, float(warm), float(cool), seed)

    def placement(self) -> list[int] | None:
        """Give it where all limits are kept, counted in whole numbers."""
        at: list[int] = self._state.at.tolist()
        return at if Spare(self.problem, at).is_sane() else None


def _shares(problem: Problem) -> Reals:
    """Give of each resource what is free at first in all, divided by the hosts; never 0."""
    free = np.array(Spare(problem, problem.src).free, dtype=float).reshape(problem.num_hosts, -1)
    shares: Reals = np.maximum(np.maximum(free, 0.0).mean(axis=0), 1.0)
    return shares


def _padded(groups_of: list[tuple[int, ...]]) -> Ints:
    """Give the groups of each VM in rows of the same length, with ``NO_GROUP`` after the last."""
    width = 1 + max(map(len, groups_of), default=0)
    return np.array([[*groups, *[NO_GROUP] * (width - len(groups))] for groups in groups_of], dtype=np.int64)
