"""The families of pools that a soak test goes round."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.pool import Pool
from planner.soak.pools.life import life
from planner.soak.pools.origin import origin
from planner.soak.pools.resources import resources
from planner.soak.pools.ruled import ruled
from planner.soak.pools.shuffles import shuffled
from planner.soak.pools.tight import tight

if TYPE_CHECKING:
    from numpy.random import Generator

    from planner.soak.pools.walk import Walk

Make = Callable[["Generator", int], Pool]


@dataclass(frozen=True, slots=True)
class Family:
    """A kind of random pools.

    Parameters
    ----------
    name, make
        ``make(rng, num_hosts)`` gives a pool.
    planted
        Every pool of it has a plan.
    """

    name: str
    make: Make
    planted: bool = True


def _end_of(plant: Callable[[Generator, int], Walk]) -> Make:
    """Give the pool that a walk plants; the walk itself is nobody's business here."""
    return lambda rng, num_hosts: plant(rng, num_hosts).pool


def _shuffled(rng: Generator, num_hosts: int) -> Pool:
    """Two packings that know nothing of each other, at 70 to 95% load: a plan may not exist."""
    return shuffled(rng, num_hosts, rng.uniform(0.7, 0.95))


FAMILIES: tuple[Family, ...] = (
    Family("origin", _end_of(origin)),
    Family("tight", _end_of(tight)),
    Family("resources", _end_of(resources)),
    Family("life", life),
    Family("rules", _end_of(ruled)),
    Family("shuffled", _shuffled, planted=False),
)
