"""Beams: many placements at a time, legal migrations alone, plans that cost less than what is known."""

from __future__ import annotations

from itertools import islice, product

import numpy as np
import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from heuristics import Deadline, Dijkstra
from heuristics.beam import Beam, Promise
from heuristics.beams import beams
from heuristics.parameters import DEFAULT, BeamParameters
from heuristics.squeaky import is_reversible
from heuristics.tracker import is_safe
from models.problem import Problem
from models.reversal import backward
from tests.builders import host, pool, vm
from tests.strategies import knotted_pools, parsed, planted_pools, random_pools

LIMIT_S = 60.0
"""Far more than any of these takes."""
FAR = 1 << 62
"""More than any plan costs."""


def a_swap() -> Problem:
    """Two guests change places, by a third host."""
    hosts = [host("h1", 6), host("h2", 6), host("h3", 6)]
    return Problem(pool(hosts, [vm("a", 4), vm("b", 4)], "h1: a, h2: b", "h1: b, h2: a"))


def search(problem: Problem, *, width: int = 50, short: float = 0.5, below: int = FAR, over: bool = False):
    return Beam(problem).search(width, Promise(3.0, short), np.random.default_rng(0), below, lambda: over)


def test_a_swap_takes_one_detour():
    problem = a_swap()
    moves = search(problem)
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
    moves = search(problem, width=1, short=0.0)
    assert moves is not None
    assert sorted(moves) == [(0, 1), (1, 0)]


def test_beams_go_both_ways_and_grow():
    problem = a_swap()
    found = list(islice(beams(problem, Deadline(LIMIT_S), 0, FAR), 2))
    assert found[0] is not None
    assert is_safe(problem, found[0])
    assert found[1] is None, "nothing costs less than the first"
    backwards = list(islice(beams(problem, Deadline(LIMIT_S), 0, 4), 2))
    assert len(backwards[0] or ()) == 3


def test_room_that_is_together_counts_as_one_empty_host():
    problem = a_swap()
    beam = Beam(problem)
    first = beam._first()
    one, none = np.array([0]), np.array([0])
    # a goes from h1 to h3: free are 6, 2 and 2 of 6.
    together = beam._together(first, one, none, np.array([0]), np.array([2]))
    assert np.isclose(together[0], (1 + 2 / 9) ** 0.5)


def test_a_host_is_short_of_what_its_next_vm_lacks():
    """Both hosts have 2 of 6 left, and the guest that shall come takes 4."""
    beam = Beam(a_swap())
    assert np.isclose(beam._short(beam._first())[0], 2 / 6 + 2 / 6)


def test_where_too_many_migrations_may_be_made_some_are_drawn():
    names, hosts = [f"v{n}" for n in range(30)], [f"h{n}" for n in range(10)]
    now, then = ({name: hosts[(n + by) % 10] for n, name in enumerate(names)} for by in (0, 1))
    problem = Problem(pool([host(name, 99) for name in hosts], [vm(name) for name in names], now, then))
    found = []
    for branches in (1000, 50):
        beam = Beam(problem, BeamParameters(branches=branches))
        some, _, _ = beam._all_next(beam._first(), FAR, 3.0, np.random.default_rng(0))
        found.append(len(some.vm))
    assert found[0] == 30 * 9
    assert 25 < found[1] < 75


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
    ways, hosts = Beam(problem)._ways, range(problem.num_hosts)
    for guest, source, there in product(range(problem.num_vms), hosts, hosts):
        assert source == there or ways[guest, source, there] == problem.may_go(guest, source, there)


def test_a_beam_is_ready_in_time_though_its_filters_are_slow_to_tell():
    assert not Beam(of_versions_and_traits(), over=lambda: True)._ways.any()


@given(
    st.one_of(random_pools(), planted_pools(max_hosts=4, max_vms=8).map(lambda it: it.pool), knotted_pools()),
    st.sampled_from(["moves", "custom"]),
)
def test_plans_are_safe_and_no_cheaper_than_the_best(data, objective):
    problem = Problem(parsed(data), objective)
    limits = DEFAULT.dijkstra
    for moves in islice(beams(problem, Deadline(LIMIT_S), 0, FAR, both_ways=is_reversible(problem)), 2):
        event("a plan" if moves else "none")
        if moves is not None:
            assert is_safe(problem, moves)
            best = Dijkstra(limits).find(problem, Deadline(LIMIT_S))
            assert not best.proven or problem.moves_cost(best.moves) <= problem.moves_cost(moves)


@given(
    st.one_of(random_pools(), planted_pools(max_hosts=4, max_vms=8).map(lambda it: it.pool), knotted_pools()),
    st.sampled_from([1, 3, 1000]),
    st.integers(0, 4),
)
def test_compiled_steps_are_the_best_of_all(data, most, further):
    """Whatever is drawn is left out: the same migrations, costs and scores, some steps on from the first."""
    problem = Problem(parsed(data))
    plain, compiled = (Beam(problem, BeamParameters(drawn=0), compiled=way) for way in (False, True))
    rng = np.random.default_rng(0)
    placements = plain._first()
    for _ in range(further):
        branches, cost, _ = plain._all_next(placements, FAR, 3.0, rng)
        if not cost.size:
            break
        some = rng.permutation(len(cost))[:5]
        placements = plain._after(placements, branches.rows(some), cost[some])
    below = int(placements.cost.max()) + 2
    branches, cost, score = plain._all_next(placements, below, 3.0, rng)
    of_all = {
        (int(branches.parent[place]), int(branches.vm[place]), int(branches.host[place])): (
            int(cost[place]),
            float(score[place]),
        )
        for place in range(len(cost))
    }
    best, best_cost, best_score = compiled._next(placements, below, 3.0, most, rng)
    event("several" if len(best_cost) > 1 else "few")
    assert np.allclose(np.sort(best_score), np.sort(score)[: len(best_score)])
    assert len(best_score) == min(most, len(score))
    for place in range(len(best_cost)):
        key = int(best.parent[place]), int(best.vm[place]), int(best.host[place])
        assert of_all.pop(key) == pytest.approx((best_cost[place], best_score[place]))
    assert np.allclose(compiled._short(placements), plain._short(placements))


@given(planted_pools(max_hosts=4, max_vms=8).map(lambda it: it.pool))
def test_compiled_beams_both_ways_at_once_find_safe_plans(data):
    problem = Problem(parsed(data))
    both_ways = is_reversible(problem)
    found = beams(problem, Deadline(LIMIT_S), 0, FAR, both_ways=both_ways, compiled=True, threads=2)
    for moves in islice(found, 4):
        assert moves is None or is_safe(problem, moves)
