"""Compiled shifts make the tries that those in Python make."""

from __future__ import annotations

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from heuristics import Deadline, permits
from heuristics.compiled.shifts import compiled_shifts
from heuristics.compiled.shifts.compiled_shifts import CompiledShifts, Words
from heuristics.islands import is_slow, shifted_on_islands
from heuristics.legs import Packing
from heuristics.other_process import Others
from heuristics.parameters import ShiftParameters
from heuristics.quick_shifts import shifted_quickly
from heuristics.shifts import Shifts
from heuristics.squeaky import passes
from heuristics.tracker import Tracker, is_safe
from models.problem import OFF, Problem
from tests.builders import host, pool, vm
from tests.heuristics.in_time import LIMIT_S, POOLS, in_the_way
from tests.strategies import parsed

IMPATIENT = ShiftParameters(patience=30, patience_a_vm=3, round_s=0.02, round_a_move_s=0)


WAYS = st.sampled_from(
    [ShiftParameters(), ShiftParameters(above=50, rise=50), ShiftParameters(above=50, rise=50, steps=1)]
)
"""As it is, and further uphill, in walks as they are and in short ones."""


class SplitMix:
    """Draws what compiled shifts draw."""

    def __init__(self, seed: int) -> None:
        self.state = seed

    def random(self) -> float:
        most = (1 << 64) - 1
        self.state = (self.state + 0x9E3779B97F4A7C15) & most
        bits = self.state
        bits = ((bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9) & most
        bits = ((bits ^ (bits >> 27)) * 0x94D049BB133111EB) & most
        return ((bits ^ (bits >> 31)) >> 11) * 2.0**-53


def plan_of(data: object) -> tuple[Problem, list[tuple[int, int]]] | None:
    """Give a plan that may be shifted; None where there is none."""
    problem = Problem(parsed(data))
    moves = next(passes(problem, Deadline(LIMIT_S), 0))
    if moves is None or not moves or any(there == OFF for _, there in moves):
        return None
    return (problem, moves) if Shifts(problem, moves).table.is_sane() else None


@given(POOLS, st.integers(0, 1000), WAYS)
def test_every_try_is_the_one_that_python_makes(data, seed, parameters):
    """The same draws lead to the same plans, worse ones and the best."""
    found = plan_of(data)
    if found is None:
        return
    problem, moves = found
    shifts, compiled = Shifts(problem, moves, 0, parameters), CompiledShifts(problem, moves, seed, parameters)
    shifts.rng = SplitMix(seed)
    tries = 0
    while tries < 25 and shifts.table.wandering:
        shifts.turn()
        tries += 1
        assert compiled.turns(1) == 1
        assert compiled.now() == shifts.table.moves()
        assert is_safe(problem, compiled.now())
        assert compiled.cost == shifts.cost
    event("tries" if tries else "nothing to try")
    assert compiled.wandering == len(shifts.table.wandering)
    assert compiled.best() == shifts.best()


@given(POOLS, st.integers(0, 1000))
def test_a_plan_laid_out_anew_stays_safe_and_the_best_is_kept(data, seed):
    """Places for legs and for events run out, again and again."""
    found = plan_of(data)
    if found is None:
        return
    problem, moves = found
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled_shifts, "SPARE_LEGS", 0)
        patch.setattr(compiled_shifts, "SPARE_EVENTS", 0)
        shifts = CompiledShifts(problem, moves, seed, ShiftParameters(above=50, rise=50, steps=1))
        least = problem.moves_cost(moves)
        for _ in range(10):
            shifts.turns(5)
            now = shifts.now()
            assert is_safe(problem, now)
            least = min(least, problem.moves_cost(now))
            assert shifts.cost <= least
    best = shifts.best()
    assert is_safe(problem, best)
    assert problem.moves_cost(best) == shifts.cost


@pytest.mark.parametrize("seed", [2, 14, 66, 73, 89])
def test_who_waits_until_an_instant_that_another_leg_has_too_leaves_after_that(seed):
    """Such a leg is the newest, so it goes last; with the room of both the shelter was over its limit."""
    hosts = [host("h0", 12), host("h1", 12), host("h2", 12), host("h3", 6)]
    vms = [vm(f"v{number}", size) for number, size in enumerate((7, 5, 3, 6, 2, 2, 4, 3))]
    now, then = "h0: v0 v1, h1: v2 v3 v4, h2: v5 v6 v7", "h2: v0 v2 v5, h1: v1 v3, h0: v4 v6 v7"
    problem = Problem(pool(hosts, vms, now, then))
    moves = [(2, 2), (1, 3), (4, 0), (7, 0), (1, 1), (6, 3), (0, 2), (6, 0)]
    parameters = ShiftParameters(above=50, rise=50, steps=1)
    shifts, compiled = Shifts(problem, moves, 0, parameters), CompiledShifts(problem, moves, seed, parameters)
    shifts.rng = SplitMix(seed)
    for _ in range(50):
        if shifts.table.wandering:
            shifts.turn()
            compiled.turns(1)
        assert is_safe(problem, shifts.table.moves())
        assert compiled.now() == shifts.table.moves()


@given(POOLS)
def test_words_tell_what_one_integer_tells(data):
    problem = Problem(parsed(data))
    words, packing = Words(problem, problem.src, problem.num_vms), Packing(problem, problem.src)
    for number in range(problem.num_hosts):
        free, in_words, tracker = packing.room[number], words.room[number].copy(), Tracker(problem)
        for guest in (None, *range(problem.num_vms)):
            if guest is not None and tracker.at[guest] != number:
                free -= packing.need[guest]
                in_words -= words.need[guest]
            assert bool(free & packing.over) == bool((in_words & words.over).any())


def test_large_amounts_of_several_resources_take_several_words():
    size = 10**9 + 7
    room = {"ram_mib": 6 * size, "vcpu": 6 * size + 1, "disk": 6 * size + 2}
    hosts = [host(name, capacity=room) for name in ("h1", "h2", "h3", "h4", "h5")]
    needs = [dict.fromkeys(room, 4 * size - number) for number in range(3)]
    vms = [vm(name, demand=need) for name, need in zip(("a", "b", "c"), needs, strict=True)]
    of = pool(hosts, vms, "h1: a, h2: b, h5: c", "h1: c, h2: a, h3: b")
    problem, moves = Problem(of), in_the_way()[1]
    assert len(Words(problem, problem.src, 10).over) > 1
    assert len(shifted_on_islands(problem, moves, Deadline(LIMIT_S), 1, parameters=IMPATIENT)) == 3


def test_amounts_beyond_the_words_are_left_to_python():
    resources = [f"r{number}" for number in range(9)]
    hosts = [
        host(name, capacity=dict.fromkeys(resources, 6 << 50)) for name in ("h1", "h2", "h3", "h4", "h5")
    ]
    needs = [dict.fromkeys(resources, (4 << 50) + number) for number in range(3)]
    vms = [vm(name, demand=need) for name, need in zip(("a", "b", "c"), needs, strict=True)]
    problem = Problem(pool(hosts, vms, "h1: a, h2: b, h5: c", "h1: c, h2: a, h3: b"))
    moves = in_the_way()[1]
    assert shifted_on_islands(problem, moves, Deadline(LIMIT_S), 1) is None
    with Others(problem, 0) as nobody:
        assert len(shifted_quickly(problem, moves, Deadline(LIMIT_S), nobody)) == 3


def test_costs_beyond_a_word_are_left_to_python(monkeypatch):
    problem, moves = in_the_way()
    monkeypatch.setattr(compiled_shifts, "MOST_COST", 3)
    assert shifted_on_islands(problem, moves, Deadline(LIMIT_S), 1) is None


def with_filters():
    """Give a problem in which one VM may go nowhere else than to its target, and a plan with a detour."""
    hosts = [host(name, 6, traits=("gpu",) * (name in ("h1", "h2"))) for name in ("h1", "h2", "h3", "h4")]
    vms = [vm("a", 4, requires=("gpu",)), vm("b", 4)]
    problem = Problem(pool(hosts, vms, "h1: a, h2: b", "h2: a, h3: b"))
    return problem, [(1, 3), (0, 1), (1, 2)]


def test_vms_that_may_not_go_everywhere_go_where_they_may():
    problem, moves = with_filters()
    assert shifted_on_islands(problem, moves, Deadline(LIMIT_S), 1) == [(1, 2), (0, 1)]


def test_filters_that_tell_too_many_apart_are_left_to_python(monkeypatch):
    problem, moves = with_filters()
    monkeypatch.setattr(permits, "MOST_ASKED", 1)
    assert shifted_on_islands(problem, moves, Deadline(LIMIT_S), 1) is None


def test_many_groups_are_left_to_python():
    pairs = [(f"p{n}", f"q{n}") for n in range(250)]
    hosts = [*(host(name, 6) for name in ("h1", "h2", "h3")), host("h4", 300), host("h5", 300)]
    vms = [vm("a", 4), vm("b", 4), *(vm(name, 1) for pair in pairs for name in pair)]
    rest = {name: here for pair in pairs for name, here in zip(pair, ("h4", "h5"), strict=True)}
    now, then = {"a": "h1", "b": "h2", **rest}, {"a": "h2", "b": "h1", **rest}
    problem = Problem(pool(hosts, vms, now, then, anti_affinity=[*pairs, ("a", "b")]))
    assert shifted_on_islands(problem, [(0, 2), (1, 0), (0, 1)], Deadline(LIMIT_S), 1) is None


@pytest.mark.parametrize("count", [1, 2, 3])
def test_islands_come_to_the_same_end(count):
    problem, moves = in_the_way()
    told: list[list[tuple[int, int]]] = []
    shorter = shifted_on_islands(
        problem, moves, Deadline(LIMIT_S), count, parameters=IMPATIENT, tell=told.append
    )
    assert shorter == [(1, 2), (0, 1), (2, 0)]
    assert told == [shorter]


def test_islands_end_where_many_wander_and_hardly_one_less_after_some_rounds():
    slow = ShiftParameters(many=10, slow=0.1, slow_rounds=2)
    assert not is_slow([90, 80], 50, slow), "too early to tell"
    assert is_slow([90, 80, 78, 76], 50, slow)
    assert not is_slow([90, 80, 78, 75], 50, slow)
    assert not is_slow([90, 80, 78, 76], 9, slow), "few may take long"


def test_islands_end_where_nothing_is_found():
    hosts = [host("h1", 6), host("h2", 6), host("h3", 6)]
    problem = Problem(pool(hosts, [vm("a", 4), vm("b", 4)], "h1: a, h2: b", "h1: b, h2: a"))
    moves = [(0, 2), (1, 0), (0, 1)]
    assert len(shifted_on_islands(problem, moves, Deadline(LIMIT_S), 2, parameters=IMPATIENT)) == 3
    assert shifted_on_islands(problem, moves, Deadline(0.0), 2) == moves
    assert shifted_on_islands(problem, moves, Deadline(LIMIT_S), 2, least=3) == moves
