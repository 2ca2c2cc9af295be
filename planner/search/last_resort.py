"""Stops as the last resort: first nobody is stopped, then as few as need be, set by set.

Where there is no plan without stops, each plan costs at least one. And who is stopped is best decided first,
since what is left then is an ordinary pool. ALGORITHM.md, "The last resort".
"""

from __future__ import annotations

import logging
from itertools import accumulate, chain, combinations
from math import inf
from typing import TYPE_CHECKING

from models.problem import OFF
from planner.search.bounds import fewest_migrations, least_cost
from planner.search.exact import is_small
from planner.search.stopping import Stopping

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from heuristics.deadline import Deadline
    from models.problem import Problem
    from planner.search.stage import Search

    Stages = Callable[[Search], None]

log = logging.getLogger(__name__)


def may_be_without_stops(search: Search) -> bool:
    """Tell whether somebody may be stopped, and every stop costs more than to go home live."""
    problem = search.problem
    if all(stop is None for stop in problem.stop_cost) or search.incumbent.relaxation.mandatory is None:
        return False
    return all(excess > 0 for excess in _excess_of(problem).values())


def plan_without_stops(search: Search, deadline: Deadline, first: Stages, rest: Stages) -> None:
    """Look for a plan that stops nobody but those who have no other way, and bound all others by one more.

    Parameters
    ----------
    first, rest
        The stages that find a first plan, and those after them.
    """
    incumbent = search.incumbent
    some = Stopping(search, _without_a_way(search.problem))
    search.stoppings.append(some)
    beyond = next(iter(_bounds_of_sets(search, _excess_of(search.problem))[1:]), inf)

    def go_on(until: Deadline, stages: Stages) -> None:
        some.go_on(until, stages, lambda: min(some.bound, beyond))
        incumbent.prove(_whole(min(some.bound, beyond)))

    if some.is_blocked():
        incumbent.prove(_whole(beyond))
        return
    go_on(deadline.within(deadline.left_s), first)
    how = search.parameters.last_resort
    # In a large pool without a plan so far, others are as likely to be found with stops.
    is_likely = some.cost < inf or is_small(search)
    if some.cost > beyond and some.bound < inf and is_likely and not incumbent.done:
        is_for_many = some.cost < inf and len(search.problem.displaced) > how.few_displaced
        go_on(deadline.share(how.nobody_of_many if is_for_many else how.nobody), rest)
    if some.cost <= beyond and not incumbent.done:  # No stop could pay.
        go_on(deadline.within(deadline.left_s), rest)


def _are_drawn(search: Search) -> bool:
    """Tell whether sets of VMs are drawn, one after another."""
    return len(search.problem.displaced) <= search.parameters.last_resort.most_displaced


def are_to_be_chosen(search: Search) -> bool:
    """Tell whether it was not looked yet at who is stopped."""
    return bool(search.stoppings)


def are_to_be_chosen_soon(search: Search) -> bool:
    """Tell the same where there is a plan, whose stops are a start."""
    return are_to_be_chosen(search) and search.has_plan


def choose_the_stopped(search: Search, deadline: Deadline, stages: Stages) -> None:
    """Look for plans set by set of VMs to be stopped, the smallest sets first; bound those not looked at."""
    incumbent, how = search.incumbent, search.parameters.last_resort
    sets, first_s = _Sets(search), how.a_try.of(deadline.left_s)
    while not (incumbent.done or deadline.over):
        # Far from a proof, sets are drawn for better plans alone, and joining finds these sooner.
        num_new = 1 if sets.cost > how.far * sets.rest else how.at_once
        if _are_drawn(search):
            sets.draw(num_new, deadline.within(how.drawing * first_s))
        best = sets.best(how.best)
        num_new += sets.join(best)
        some = [*sets.new()[:num_new], *best[: how.again]]
        if not some:
            break
        for one in some:
            if incumbent.done or deadline.over:
                break
            if one.bound < sets.cost:
                until = deadline.within(first_s * how.longer**one.rounds)
                one.go_on(until, stages, lambda: sets.bound)
                incumbent.prove(_whole(sets.bound))
    incumbent.prove(_whole(sets.bound))
    search.stoppings.clear()
    log.info("%d sets of VMs to be stopped are open, all others cost at least %s", len(sets.open), sets.rest)


def _whole(bound: float) -> int | None:
    return None if bound == inf else int(bound)


def _without_a_way(problem: Problem) -> list[int]:
    """Give the displaced VMs that get home by a stop alone."""
    return [vm for vm in problem.displaced if fewest_migrations(problem, vm) is None]


def _excess_of(problem: Problem) -> dict[int, int]:
    """Give for each VM that may be stopped, and need not be, what that costs beyond its least."""
    found = {}
    must, displaced = set(_without_a_way(problem)), set(problem.displaced)
    for vm, stop in enumerate(problem.stop_cost):
        if stop is not None and vm not in must:
            found[vm] = stop - ((least_cost(problem, vm) or 0) if vm in displaced else 0)
    return found


def _bounds_of_sets(search: Search, excess: Mapping[int, int]) -> list[int]:
    """Give what every plan costs at least in which 0, 1, 2... VMs are stopped that need not be."""
    return list(accumulate(sorted(excess.values()), initial=search.incumbent.relaxation.mandatory or 0))


class _Sets:
    """Sets of VMs to be stopped, beside those who must be: drawn by their number, the largest VMs first.

    Attributes
    ----------
    open
        Of those drawn, the ones that may yet have a plan that costs less than the best.
    rest
        What the plans of all sets not drawn cost at least; infinity where there are none.
    """

    def __init__(self, search: Search) -> None:
        self._search = search
        self._excess = _excess_of(search.problem)
        self._must = search.stoppings[0].stopped
        self._bounds = _bounds_of_sets(search, self._excess)
        self._all = [sum(column) for column in zip(*search.problem.usable, strict=True)]
        self._drawing = self._drawn()
        self.open = list(search.stoppings)
        self.rest: float = self._bounds[0]
        moves = search.incumbent.moves or []
        stopped = sorted({vm for vm, host in moves if host == OFF})
        if set(stopped) > set(self._must):
            known = Stopping(search, stopped)
            known.begin_with(moves)
            self.open.append(known)
        self._seen = {frozenset(one.stopped) for one in self.open}

    @property
    def cost(self) -> float:
        """What the best plan costs; infinity without one."""
        return inf if self._search.incumbent.cost is None else self._search.incumbent.cost

    @property
    def bound(self) -> float:
        """What all plans cost at least."""
        return min([self.rest, self.cost, *(one.bound for one in self.open)])

    def draw(self, enough: int, deadline: Deadline) -> None:
        """Draw sets until so many are open and not searched yet, or none is left that could be of use."""
        new = len(self.new())
        while new < enough and self.rest < self.cost and not deadline.over:
            stopped = next(self._drawing, ())
            if stopped and self._least_of(stopped) < self.cost:
                one = Stopping(self._search, (*self._must, *stopped))
                if frozenset(one.stopped) not in self._seen and not one.is_blocked():
                    self._seen.add(frozenset(one.stopped))
                    self.open.append(one)
                    new += 1

    def join(self, best: Sequence[Stopping]) -> int:
        """Open sets of those whom one of the best stops and those whom another does; give how many."""
        num = 0
        for some in combinations(best, 2):
            both = frozenset(chain.from_iterable(one.stopped for one in some))
            if both not in self._seen and self._least_of(both) < self.cost:
                self._seen.add(both)
                self.open.insert(num, Stopping(self._search, sorted(both)))
                num += 1
        return num

    def _least_of(self, stopped: Iterable[int]) -> int:
        """Give what the plans that stop them cost at least."""
        return self._bounds[0] + sum(self._excess.get(vm, 0) for vm in stopped)

    def new(self) -> list[Stopping]:
        """Give those of the open ones that were not searched yet."""
        self.open = [one for one in self.open if one.bound < self.cost]
        return [one for one in self.open if not one.rounds]

    def best(self, most: int) -> list[Stopping]:
        """Give so many of those that were, the ones that came to least."""
        searched = [one for one in self.open if one.rounds]
        searched = [one for one in searched if one.cost < inf] or searched
        return sorted(searched, key=lambda one: (one.cost, one.bound, one.rounds))[:most]

    def _drawn(self) -> Iterator[tuple[int, ...]]:
        """Give the sets of 1, 2, 3... VMs, and note what those behind cost at least."""
        by_size = sorted(self._excess, key=lambda vm: (self._excess[vm], -self._size(vm)))
        for number in range(1, len(by_size) + 1):
            self.rest = self._bounds[number]
            yield from combinations(by_size, number)
        self.rest = inf

    def _size(self, vm: int) -> float:
        """Give the largest share that a VM takes of what all hosts have of a resource."""
        return max((amount / self._all[it] for it, amount in self._search.problem.needs[vm]), default=0.0)
