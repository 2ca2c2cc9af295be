"""Beams: many placements at a time, legal migrations alone, plans that cost less than what is known."""

from __future__ import annotations

from itertools import count, islice, product
from math import inf
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from heuristics import Deadline, Dijkstra
from heuristics.beam import Beam, Promise, narrowed
from heuristics.beams import beams
from heuristics.compiled.beams.steps import BeamSteps, nobody_sent
from heuristics.parameters import DEFAULT, BeamParameters
from heuristics.squeaky import is_reversible
from heuristics.tracker import is_safe
from models.problem import Problem
from models.reversal import backward
from tests.builders import host, pool, vm
from tests.strategies import knotted_pools, parsed, planted_pools, random_pools

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from heuristics.compiled.beams.branches import Placements

LIMIT_S = 60.0
"""Far more than any of these takes."""
FAR = 1 << 62
"""More than any plan costs."""


def a_swap() -> Problem:
    """Two guests change places, by a third host."""
    hosts = [host("h1", 6), host("h2", 6), host("h3", 6)]
    return Problem(pool(hosts, [vm("a", 4), vm("b", 4)], "h1: a, h2: b", "h1: b, h2: a"))


def search(problem: Problem, *, width: int = 50, gain: float = inf, below: int = FAR, over: bool = False):
    return Beam(problem).search(width, Promise(3.0, gain), np.random.default_rng(0), below, lambda: over)


@pytest.mark.parametrize("gain", [inf, 0.0, -inf])
def test_a_swap_takes_one_detour(gain):
    problem = a_swap()
    moves = search(problem, gain=gain)
    assert moves is not None
    assert len(moves) == 3
    assert is_safe(problem, moves)


def test_only_plans_that_cost_less_are_given():
    assert search(a_swap(), below=4) is not None
    assert search(a_swap(), below=3) is None


def test_nothing_is_found_without_time():
    assert search(a_swap(), over=True) is None


def test_a_beam_of_one_still_goes_straight_home():
    hosts = [host("h1", 8), host("h2", 8)]
    problem = Problem(pool(hosts, [vm("a", 4), vm("b", 4)], "h1: a, h2: b", "h1: b, h2: a"))
    for gain in (inf, -inf):
        assert sorted(search(problem, width=1, gain=gain) or ()) == [(0, 1), (1, 0)]


def test_who_can_go_home_does_so_before_anybody_steps_aside():
    """All in one step, the opening, though no migration of a beam is made: c frees room for b, b for a."""
    hosts = [host("h1", 4), host("h2", 4), host("h3", 4), host("h4", 4)]
    vms = [vm("a", 4), vm("b", 4), vm("c", 4)]
    problem = Problem(pool(hosts, vms, "h1: a, h2: b, h3: c", "h2: a, h3: b, h4: c"))
    assert search(problem, gain=-inf, over=True) == [(2, 3), (1, 2), (0, 1)]
    assert search(problem, gain=inf, over=True) is None


def test_nobody_goes_home_at_once_who_breaks_up_more_room_than_is_wanted():
    """Of 8 there are 4 and 8 left, then 6 and 6: the squares were 1.25 and are 1.125."""
    problem = Problem(
        pool([host("h1", 8), host("h2", 8)], [vm("a", 2), vm("b", 2)], "h1: a b", "h1: b, h2: a")
    )
    assert search(problem, gain=-0.13, over=True) == [(0, 1)]
    assert search(problem, gain=-0.12, over=True) is None
    assert search(problem, gain=-0.12) == [(0, 1)], "a step of its own"


def test_a_beam_ends_though_vms_could_wander_for_nothing():
    """Nobody can leave home but those that cost nothing, whose placements are four to the power of seven."""
    hosts = [host(f"h{number}", 9) for number in range(4)]
    guests, wandering = [vm("a", 7), vm("b", 7)], [vm(f"w{number}", 1, cost=0) for number in range(7)]
    idle = "h2: w0 w1 w2 w3, h3: w4 w5 w6"
    of = pool(hosts, guests + wandering, f"h0: a, h1: b, {idle}", f"h0: b, h1: a, {idle}")
    problem, steps = Problem(of, "custom"), count()
    Beam(problem).search(50, Promise(3.0), np.random.default_rng(0), 15, lambda: next(steps) < 0)
    assert next(steps) <= DEFAULT.beam.most_steps * problem.num_vms + 1


@pytest.mark.parametrize(("large", "width"), [(12, 100), (6, 100), (3, 50), (1, 16)])
def test_beams_are_the_narrower_the_more_pairs_of_vm_and_host_there_are(large, width):
    assert narrowed(a_swap(), 100, BeamParameters(large_pairs=large)) == width
    assert narrowed(a_swap(), 1, BeamParameters(large_pairs=large)) == 1


def test_beams_go_both_ways_and_grow():
    problem = a_swap()
    found = list(islice(beams(problem, Deadline(LIMIT_S), 0, FAR), 4))
    for moves in found[:2]:
        assert moves is not None, "what the other of a pair comes to does not count, whoever is done first"
        assert is_safe(problem, moves)
    assert found[2:] == [None, None], "nothing costs less than the first pair"
    backwards = list(islice(beams(problem, Deadline(LIMIT_S), 0, 4), 2))
    assert len(backwards[0] or ()) == 3


def test_room_that_is_together_counts_as_one_empty_host():
    """Whoever goes to h3 leaves 6, 2 and 2 of 6."""
    beam = Beam(a_swap())
    steps = BeamSteps(beam._guests, together=3.0, away=0.0, noise=0.0, least_gain=inf)
    best = steps.best(beam._first(), FAR, 10, np.random.default_rng(0))
    of = {
        (int(vm), int(there)): score for vm, there, score in zip(best.vm, best.host, best.score, strict=True)
    }
    assert of == {(n, 2): pytest.approx(3 - 3 * (1 + 2 / 9) ** 0.5) for n in (0, 1)}


def test_in_small_pools_nobody_goes_home_at_once():
    rng, problem = np.random.default_rng(0), a_swap()
    assert Promise.drawn(problem, BeamParameters(few_pairs=7), rng).least_gain == inf
    assert Promise.drawn(problem, BeamParameters(few_pairs=6), rng).least_gain <= 0


def test_a_range_may_be_given_the_other_way_round():
    """Of its two ends each is set by itself, and neither is out of its own range."""
    turned = BeamParameters(least_together=5.0, most_together=4.5, least_gain=2.0, most_gain=1.5, few_pairs=0)
    drawn = Promise.drawn(a_swap(), turned, np.random.default_rng(0))
    assert 4.5 <= drawn.together <= 5.0
    assert 1.5 <= drawn.least_gain <= 2.0


def of_versions_and_traits() -> Problem:
    """Versions never go down, and b needs a GPU: no two VMs may make the same migrations."""
    versions = {"h1": 1, "h2": 1, "h3": 2, "h4": 2, "h5": 2, "h6": 3}
    gpu = dict.fromkeys(("h2", "h4", "h6"), ("gpu",))
    hosts = [host(name, version=version, traits=gpu.get(name, ())) for name, version in versions.items()]
    vms = [vm("a", 4), vm("b", 4, requires=("gpu",)), vm("c", 4)]
    return Problem(pool(hosts, vms, "h1: a, h2: b, h3: c", "h4: a, h6: b, h5: c"))


@pytest.mark.parametrize("way", [lambda problem: problem, backward], ids=["forwards", "backwards"])
def test_vms_go_where_filters_let_them_though_one_host_of_a_kind_is_asked_about(way):
    problem = way(of_versions_and_traits())
    ways, hosts = Beam(problem)._guests.ways, range(problem.num_hosts)
    for guest, source, there in product(range(problem.num_vms), hosts, hosts):
        assert source == there or ways[guest, source, there] == problem.may_go(guest, source, there)


def test_a_beam_is_ready_in_time_though_its_filters_are_slow_to_tell():
    assert not Beam(of_versions_and_traits(), over=lambda: True)._guests.ways.any()


def free_of(problem: Problem, at: Sequence[int]) -> NDArray[np.int64]:
    """Count what is free on each host of each resource, then of each group."""
    free = [
        [*problem.usable[there], *(problem.limit(group, there) for group in range(len(problem.members)))]
        for there in range(problem.num_hosts)
    ]
    for guest, there in enumerate(at):
        for resource, amount in enumerate(problem.demand[guest]):
            free[there][resource] -= amount
        for group in problem.groups_of[guest]:
            free[there][len(problem.resources) + group] -= 1
    return np.array(free, dtype=np.int64)


def score_of(problem: Problem, at: Sequence[int], cost: int) -> float:
    """Count what a placement is worth where room together counts 3, and each VM that is not home 0.1."""
    resources = range(len(problem.resources))
    usable = [max(1.0, float(np.mean([room[resource] for room in problem.usable]))) for resource in resources]
    room = np.maximum(free_of(problem, at)[:, resources], 0) / usable
    together = float((room**2).sum() / max(1, len(resources))) ** 0.5
    away = sum(here != home for here, home in zip(at, problem.dst, strict=True))
    return cost / max(1.0, float(np.mean(problem.cost))) + 0.1 * away - 3.0 * together


def counted(
    problem: Problem, placements: Placements, row: int, below: int
) -> Iterator[tuple[int, int, float]]:
    """Give all next migrations of a placement, (VM, host, score)."""
    at = placements.at[row].tolist()
    free = free_of(problem, at)
    for guest, there in product(range(problem.num_vms), range(problem.num_hosts)):
        takes = -(free_of(problem, [*at[:guest], there, *at[guest + 1 :]])[there] - free[there])
        roams = problem.vms[guest].movable and problem.vms[guest].detours
        if there == at[guest] or placements.last[row] == guest or (not roams and there != problem.dst[guest]):
            continue
        if any(takes[takes > 0] > free[there][takes > 0]) or not problem.may_go(guest, at[guest], there):
            continue
        cost = int(placements.cost[row])
        if there != problem.dst[guest]:
            cost += problem.cost[guest] * (2 if at[guest] == problem.dst[guest] else 1)
        if cost < below:
            yield guest, there, score_of(problem, [*at[:guest], there, *at[guest + 1 :]], cost)


@given(
    st.one_of(random_pools(), planted_pools(max_hosts=4, max_vms=8).map(lambda it: it.pool), knotted_pools()),
    st.sampled_from(["moves", "custom"]),
    st.sampled_from([inf, 0.0, -inf]),
)
def test_plans_are_safe_and_no_cheaper_than_the_best(data, objective, gain):
    problem = Problem(parsed(data), objective)
    for way in [problem, backward(problem)] if is_reversible(problem) else [problem]:
        moves = search(way, width=20, gain=gain)
        event("a plan" if moves else "none")
        if moves is not None:
            assert is_safe(way, moves)
            best = Dijkstra(DEFAULT.dijkstra).find(way, Deadline(LIMIT_S))
            assert not best.proven or way.moves_cost(best.moves) <= way.moves_cost(moves)


@given(planted_pools(max_hosts=4, max_vms=8).map(lambda it: it.pool))
def test_beams_both_ways_at_once_find_safe_plans(data):
    problem = Problem(parsed(data))
    found = beams(problem, Deadline(LIMIT_S), 0, FAR, both_ways=is_reversible(problem), threads=2)
    for moves in islice(found, 4):
        assert moves is None or is_safe(problem, moves)


@given(
    st.one_of(random_pools(), planted_pools(max_hosts=4, max_vms=8).map(lambda it: it.pool), knotted_pools()),
    st.sampled_from([1, 3, 1000]),
    st.integers(0, 4),
    st.sampled_from([inf, 0.0, -inf]),
)
def test_steps_are_the_best_of_all_and_lead_where_they_say(data, most, further, gain):
    """Whatever is drawn is left out: migrations, costs and scores as counted one by one, some steps on."""
    problem = Problem(parsed(data))
    beam, rng = Beam(problem), np.random.default_rng(0)
    steps = BeamSteps(beam._guests, together=3.0, away=0.1, noise=0.0, least_gain=gain)
    placements = steps.after(beam._first(), nobody_sent(), np.zeros(1, dtype=np.uint64))
    for _ in range(further):
        some = steps.best(placements, FAR, 5, rng)
        if not some.vm.size:
            break
        placements = steps.after(placements, some, rng.integers(1 << 63, size=some.vm.size).astype(np.uint64))
    below = int(placements.cost.max()) + 2
    best = steps.best(placements, below, most, rng)
    one_by_one = [
        (row, guest, there, score)
        for row in range(len(placements.at))
        for guest, there, score in counted(problem, placements, row, below)
    ]
    event("several" if len(one_by_one) > 1 else "few")
    scores = sorted(score for *_, score in one_by_one)
    assert np.allclose(np.sort(best.score), scores[: len(best.score)])
    assert len(best.score) == min(most, len(scores))
    told = {(row, guest, there): score for row, guest, there, score in one_by_one}
    for row, guest, there, score in zip(best.parent, best.vm, best.host, best.score, strict=True):
        assert told[int(row), int(guest), int(there)] == pytest.approx(score)
    after = steps.after(placements, best, np.zeros(best.vm.size, dtype=np.uint64))
    for row in range(len(after.at)):
        at = after.at[row].tolist()
        assert np.array_equal(after.free[row], free_of(problem, at))
        assert after.away[row] == sum(a != b for a, b in zip(at, problem.dst, strict=True))
