"""Random pools for ever, planned and played."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import numpy as np

from planner.soak.pools.origin import origin
from planner.views.player import Ending, play
from planner.views.showing import film_of_answer

if TYPE_CHECKING:
    from planner.asking import Ask

HOSTS = 5


def run_demo(
    ask: Ask,
    *,
    hosts: int | None,
    rounds: int | None,
    delay_s: float,
    seed: int,
    objective: str,
    keys: bool,
) -> int:
    """Plan and play random pools; give how many were played to the end.

    Parameters
    ----------
    rounds
        None: until somebody quits.
    seed
        Round n of a seed is always the same pool.
    """
    for number in count():
        if number == rounds:
            return number
        pool = origin(np.random.default_rng([seed, number]), hosts or HOSTS).pool
        title = f"Round {number + 1}{f' of {rounds}' if rounds else ''}: the challenge!"
        film = film_of_answer(pool, ask(pool), objective=objective, resource=None, title=title)
        if play(film, delay_s, keys=keys) is Ending.QUIT:
            return number
    raise AssertionError("unreachable: counting never ends")
