"""Random pools by the thousand: every method plans each, and the first that is wrong stops it."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import numpy as np

from heuristics.deadline import Deadline
from heuristics.registry import names, path_finder
from models.errors import TooLargeError
from models.plan_of_moves import plan_of
from models.problem import Problem
from models.reading import write_pool
from planner.soak.families import FAMILIES, Family
from planner.soak.judging import Round, Try, judge

if TYPE_CHECKING:
    from models.objective import Objective
    from models.pool import Pool
    from planner.asking import Ask

Finders = Mapping[str, Callable[["Pool"], Try | None]]

FEWEST_HOSTS, MOST_HOSTS = 5, 8
"""Hosts of a pool, drawn anew each round, unless somebody says how many."""

FINDER_LIMIT_S = 1.0


@dataclass(slots=True)
class Score:
    """What came of the pools of one family."""

    pools: int = 0
    optimal: int = 0
    feasible: int = 0
    infeasible: int = 0
    no_plan_found: int = 0
    cost: int = 0
    bound: float = 0
    detours: int = 0
    slowest_s: float = 0.0

    def add(self, found: Round) -> None:
        """Count a round."""
        answer = found.answer
        self.pools += 1
        setattr(self, answer.status, getattr(self, answer.status) + 1)
        if answer.plan is not None:
            self.cost += answer.plan.cost
            self.bound += answer.bound or 0
            self.detours += answer.plan.detours
        self.slowest_s = max(self.slowest_s, found.seconds.get("plan()", 0.0))


@dataclass(slots=True)
class Soak:
    """A soak test.

    Parameters
    ----------
    ask, finders
        The planner, and the path finders it is held against.
    rounds
        How many pools.
    hosts
        Of each pool; None: 5 to 8, drawn.
    seed
        Round n of a seed is always the same pool.
    slower_than_s
        A method that takes longer stops the test; None: none does.
    out
        The folder where the pool that stopped it is saved.
    change
        What is done to each pool before it is planned.

    Attributes
    ----------
    scores
        Family -> what came of it.
    complaints
        What was wrong with the last pool; empty where nothing was.
    saved
        Where that pool was saved.
    """

    ask: Ask
    finders: Finders
    rounds: int = 100
    hosts: int | None = None
    seed: int = 0
    slower_than_s: float | None = None
    out: Path = Path()
    families: tuple[Family, ...] = FAMILIES
    change: Callable[[Pool], Pool] = lambda pool: pool
    scores: dict[str, Score] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)
    saved: Path | None = None

    def run(self) -> Iterator[int]:
        """Do the rounds, telling the number of each when it is done; stops after the first wrong one."""
        for number in range(self.rounds):
            family = self.families[number % len(self.families)]
            rng = np.random.default_rng([self.seed, number])
            hosts = self.hosts or int(rng.integers(FEWEST_HOSTS, MOST_HOSTS + 1))
            pool = self.change(family.make(rng, hosts))
            self.complaints = self._complaints(pool, family)
            if self.complaints:
                self._save(pool, f"soak-{family.name}-{self.seed}-{number}")
            yield number
            if self.complaints:
                return

    def _complaints(self, pool: Pool, family: Family) -> list[str]:
        try:
            found = self._round(pool, family.planted)
        except ImportError:  # no method's fault: so Ctrl-C comes out of a library of C++ that is being loaded
            raise
        except Exception:  # whatever a method raises on a good pool is wrong
            return [f"raised on a pool that passes its check: {traceback.format_exc()}"]
        self.scores.setdefault(family.name, Score()).add(found)
        limit = self.slower_than_s
        slow = {} if limit is None else {m: s for m, s in found.seconds.items() if s > limit}
        return [
            *judge(found),
            *(f"{method}: took {s:.2f} s, more than {limit:g} s" for method, s in slow.items()),
        ]

    def _round(self, pool: Pool, planted: bool) -> Round:
        pool.check()
        seconds, tries = dict[str, float](), dict[str, Try]()
        began = monotonic()
        answer = self.ask(pool)
        seconds["plan()"] = monotonic() - began
        for name, find in self.finders.items():
            began = monotonic()
            tried = find(pool)
            seconds[name] = monotonic() - began
            if tried is not None:
                tries[name] = tried
        return Round(pool, planted, answer, tries, seconds)

    def _save(self, pool: Pool, name: str) -> None:
        self.out.mkdir(parents=True, exist_ok=True)
        self.saved = self.out / f"{name}.json"
        write_pool(self.saved, pool)
        self.saved.with_suffix(".txt").write_text("\n".join(self.complaints) + "\n", encoding="utf-8")


def all_finders(objective: Objective = "moves", seed: int = 0) -> Finders:
    """Give every registered path finder, each with a second a pool."""

    def finder(name: str) -> Callable[[Pool], Try | None]:
        def find(pool: Pool) -> Try | None:
            problem = Problem(pool, objective)
            try:
                found = path_finder(name).find(problem, Deadline(FINDER_LIMIT_S), seed)
            except TooLargeError:
                return None
            return Try(None if found.moves is None else plan_of(problem, found.moves), found.proven)

        return find

    return {name: finder(name) for name in names()}
