"""All placements that few needless migrations lead to, from both ends: exact. ALGORITHM.md, "Both ends".

Where room is short, few placements can be reached at all without a detour, or with one. They are listed from
the current placement and, backwards, from the target, until a plan is met, and until none with fewer can be.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from heuristics.parameters import DEFAULT, BothEndsParameters
from heuristics.spare import Spare, limits_of
from models.problem import OFF
from models.reversal import backward, reversed_moves

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from models.problem import Move, Problem

    Keys = NDArray[np.bytes_]
    Words = NDArray[np.uint64]
    Ints = NDArray[np.int64]

WORD = 64
"""Bits of a word of a key."""

AT_ONCE = 20_000
"""Placements that are looked at together: they fit in the cache, and time passes between them."""

EXACT = 1 << 53
"""Up to there a number with a point is one of the whole numbers, and so are sums."""

MOST_HOSTS = 255
"""A host is a byte in a table of placements."""


@dataclass(frozen=True, slots=True)
class Fewest:
    """What is known of the plans with the fewest migrations beyond one for each displaced VM.

    Parameters
    ----------
    least
        No plan has fewer of these.
    moves
        The best plan that was met; None where none was.
    """

    least: int
    moves: list[Move] | None


def is_for_both_ends(problem: Problem) -> bool:
    """Tell whether each migration costs 1, nobody is off or may be, and both placements keep all limits."""
    priced = any(cost != 1 for cost in problem.cost) or any(cost is not None for cost in problem.stop_cost)
    if priced or OFF in problem.src or OFF in problem.dst or problem.num_hosts > MOST_HOSTS:
        return False
    if not problem.displaced or bool((limits_of(problem)[1] >= EXACT).any()):
        return False
    return all(Spare(problem, at).is_sane() for at in (problem.src, problem.dst))


def fewest_beyond(
    problem: Problem,
    over: Callable[[], bool],
    below: int,
    most: int,
    parameters: BothEndsParameters = DEFAULT.both_ends,
) -> Fewest:
    """List placements from both ends until the best plan is met.

    Parameters
    ----------
    problem
        One that :func:`is_for_both_ends`.
    over
        Tells when to stop.
    below
        Only plans with fewer migrations beyond one for each displaced VM are sought.
    most
        Placements with detours that are listed.
    """
    ends = ahead, back = (_End(problem, 2 * below - 2), _End(backward(problem), 2 * below - 2))
    least = 0
    while least < below:
        end = min(ends, key=lambda end: end.work)
        enough = most if least else parameters.most_straight
        if _is_too_much(ends, end, enough, parameters) or not end.go_on(over, enough):
            break
        listing, other = ends if ahead.listed + back.looked >= back.listed + ahead.looked else ends[::-1]
        # A plan of so little comes by a placement that one end has listed, and the other has come to.
        if (listing.listed + other.looked + 1) // 2 < least:
            continue
        met = _meeting(listing, other, 2 * least)
        if met is not None:
            steps = {listing: met.listed, other: met.reached}
            rest = reversed_moves(problem, back.path(steps[back]))
            return Fewest(least, [*ahead.path(steps[ahead]), *rest])
        least += 1
    return Fewest(least, None)


def _is_too_much(ends: Sequence[_End], end: _End, most: int, parameters: BothEndsParameters) -> bool:
    """Tell whether there are too many placements for one end to go on."""
    if end.num_to_look_from > parameters.most_looked:
        return True
    return sum(one.size for one in ends) + end.num_waiting > most


class _Step(NamedTuple):
    """A migration from a listed placement, by number; VM and host are -1 for that placement itself."""

    placement: int
    vm: int = -1
    host: int = -1


class _Meeting(NamedTuple):
    """A placement that both ends have come to.

    Parameters
    ----------
    listed, reached
        What leads there from the end that has listed it, and from the other.
    """

    listed: _Step
    reached: _Step


class _Steps(NamedTuple):
    """Migrations from placements that are listed, and the keys of those that they lead to.

    Parameters
    ----------
    placements, vms, hosts
        Shape ``(steps,)``.
    keys
        Shape ``(steps, words)``.
    """

    placements: Ints
    vms: Ints
    hosts: Ints
    keys: Words


class _Ways(NamedTuple):
    """The migrations of a VM to a host: from where, and what toll each takes."""

    vm: int
    host: int
    from_hosts: list[tuple[int, int]]


class _End:
    """The placements that are reached from the current placement of a problem.

    What migrations are beyond the mandatory ones is their toll; a detour takes 2 of it: one when a displaced
    VM steps aside, and one when it goes home from there.

    Parameters
    ----------
    most_toll
        Placements that take more are of no interest.

    Attributes
    ----------
    listed
        All placements that take so much toll or less are listed.
    looked
        All migrations from those of so much or less are known.
    size
        How many are listed.
    """

    def __init__(self, problem: Problem, most_toll: int) -> None:
        self.listed, self.looked, self.size = -1, -1, 0
        self._most_toll = most_toll
        self._takes, self._limits = (part.astype(np.float64) for part in limits_of(problem))
        self._straight, self._aside = _ways(problem)
        bits = max(1, (problem.num_hosts - 1).bit_length())
        self._word, places = np.divmod(np.arange(problem.num_vms), WORD // bits)
        self._unit = [1 << int(place) * bits for place in places]
        words = int(self._word[-1]) + 1
        self._at = np.empty((0, problem.num_vms), dtype=np.uint8)
        self._keys = np.empty((0, words), dtype=np.uint64)
        self._came, self._taken = np.empty((0, 3), dtype=np.int64), np.empty(0, dtype=np.int64)
        self._known: set[bytes] = set()
        self._waiting: defaultdict[int, list[_Steps]] = defaultdict(list)
        first = np.array([problem.src], dtype=np.uint8)
        key = np.zeros((1, words), dtype=np.uint64)
        for vm, host in enumerate(problem.src):
            key[0, self._word[vm]] += np.uint64(host * self._unit[vm])
        self._put(first, key, np.full((1, 3), -1), 0)

    @property
    def work(self) -> int:
        """Estimate what it takes to go on."""
        return self.num_to_look_from * len(self._aside) + self.num_waiting * len(self._straight)

    @property
    def num_to_look_from(self) -> int:
        """Count the placements that were listed last, where these come next."""
        return int((self._taken == self.listed).sum()) if self.looked < self.listed else 0

    @property
    def num_waiting(self) -> int:
        """Count the migrations that lead to what is listed next, where that comes next."""
        if self.looked < self.listed:
            return 0
        return sum(len(steps.vms) for steps in self._waiting.get(self.listed + 1, ()))

    def go_on(self, over: Callable[[], bool], most: int) -> bool:
        """Look aside from what was listed last, or list what takes one more.

        Returns
        -------
        bool
            Whether that was done, before the time was up and without more than so many placements.
        """
        if self.looked < self.listed:
            self._look(np.flatnonzero(self._taken == self.listed), self._aside, over)
            self.looked = self.listed
            return not over()
        first, toll = self.size if self.listed >= 0 else 0, self.listed + 1
        self._take_in(toll)
        while first < self.size <= most and not over():
            new = np.arange(first, self.size)
            first = self.size
            self._look(new, self._straight, over)
            self._take_in(toll)
        self.listed = toll
        return self.size <= most and not over()

    def _take_in(self, toll: int) -> None:
        """List those that wait and are not listed yet."""
        waiting = self._waiting.pop(toll, [])
        if not waiting:
            return
        steps = _Steps(*map(np.concatenate, zip(*waiting, strict=True)))
        keys, which = np.unique(_as_bytes(steps.keys), return_index=True)
        which = which[np.array([key not in self._known for key in keys.tolist()])]
        placements, vms, hosts = steps.placements[which], steps.vms[which], steps.hosts[which]
        at = self._at[placements]
        at[np.arange(len(which)), vms] = hosts
        self._put(at, steps.keys[which], np.stack([placements, vms, hosts], axis=1), toll)

    def _put(self, at: NDArray[np.uint8], keys: Words, came: Ints, toll: int) -> None:
        self._at, self._keys = np.concatenate([self._at, at]), np.concatenate([self._keys, keys])
        self._came = np.concatenate([self._came, came])
        self._taken = np.concatenate([self._taken, np.full(len(at), toll)])
        self._known.update(_as_bytes(keys).tolist())
        self.size = len(self._at)

    def _look(self, placements: Ints, ways: Sequence[_Ways], over: Callable[[], bool]) -> None:
        """Note what these migrations lead to from some placements, which all take the same toll."""
        for start in range(0, len(placements), AT_ONCE):
            if over():
                return
            self._look_at_once(placements[start : start + AT_ONCE], ways)

    def _look_at_once(self, placements: Ints, ways: Sequence[_Ways]) -> None:
        so_far = int(self._taken[placements[0]])
        keys, at = self._keys[placements], np.ascontiguousarray(self._at[placements].T)
        # What is on a host is within its limit, so the sums are exact.
        free = [limit[:, None] - self._takes.T @ (at == host) for host, limit in enumerate(self._limits)]
        for vm, host, from_hosts in ways:
            fits = (free[host] >= self._takes[vm][:, None]).all(axis=0)
            if not fits.any():
                continue
            for here, more in from_hosts:
                toll = so_far + more
                which = np.flatnonzero(fits & (at[vm] == here))
                if len(which) and toll <= self._most_toll:
                    there = keys[which]
                    # Words wrap, so that what is to be taken away may be added.
                    there[:, self._word[vm]] += np.uint64((host - here) * self._unit[vm] % (1 << WORD))
                    same = np.ones(len(which), dtype=np.int64)
                    self._waiting[toll].append(_Steps(placements[which], same * vm, same * host, there))

    def listing(self, toll: int) -> tuple[Ints, Keys]:
        """Give what is listed and takes so much toll: the numbers, and the keys, in order."""
        numbers = np.flatnonzero(self._taken == toll)
        keys = _as_bytes(self._keys[numbers])
        order = np.argsort(keys)
        return numbers[order], keys[order]

    def reached(self, toll: int) -> _Steps:
        """Give what is listed and takes so much toll, and what is known to be next."""
        which = np.flatnonzero(self._taken == toll)
        nobody = np.full(len(which), -1)
        listed = _Steps(which, nobody, nobody, self._keys[which])
        return _Steps(*map(np.concatenate, zip(listed, *self._waiting.get(toll, ()), strict=True)))

    def path(self, step: _Step) -> list[Move]:
        """Give the migrations that lead to where a step leads."""
        moves: list[Move] = []
        while step.placement >= 0:
            if step.vm >= 0:
                moves.append((step.vm, step.host))
            step = _Step(*map(int, self._came[step.placement]))
        moves.reverse()
        return moves


def _meeting(listing: _End, other: _End, both_toll: int) -> _Meeting | None:
    """Give a placement that one end has listed and the other has come to, for just so much toll of both."""
    for toll in range(both_toll + 1):
        numbers, listed = listing.listing(both_toll - toll)
        if not len(listed):
            continue
        steps = other.reached(toll)
        keys = _as_bytes(steps.keys)
        found = np.minimum(np.searchsorted(listed, keys), len(listed) - 1)
        same = np.flatnonzero(listed[found] == keys)
        if len(same):
            step = _Step(*(int(part[same[0]]) for part in (steps.placements, steps.vms, steps.hosts)))
            return _Meeting(_Step(int(numbers[found[same[0]]])), step)
    return None


def _as_bytes(keys: Words) -> Keys:
    """Give each row of words as one item, which can be sorted and looked up."""
    return np.ascontiguousarray(keys.astype(">u8")).view(f"S{8 * keys.shape[1]}").reshape(-1)


def _ways(problem: Problem) -> tuple[list[_Ways], list[_Ways]]:
    """Give the migrations straight home, and all others, with the toll that each takes.

    A migration takes 2, less what is mandatory: of the 2 of that a displaced VM uses up one when it leaves
    its source, and one when it comes home; who goes back gives them back.
    """
    straight, aside = [], []
    hosts = range(problem.num_hosts)
    for vm, (source, home) in enumerate(zip(problem.src, problem.dst, strict=True)):
        used = [(host != source) + (host == home) if source != home else 0 for host in hosts]
        for host in hosts:
            goes = [here for here in hosts if here != host and problem.may_go(vm, here, host)]
            more = [(here, 2 + used[here] - used[host]) for here in goes]
            straight.append(_Ways(vm, host, [(here, toll) for here, toll in more if not toll]))
            aside.append(_Ways(vm, host, [(here, toll) for here, toll in more if toll]))
    return [ways for ways in straight if ways.from_hosts], [ways for ways in aside if ways.from_hosts]
