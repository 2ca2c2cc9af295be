"""Beams are sent where room is scarce, and stop at the bound or when they find nothing."""

from __future__ import annotations

import pytest

from heuristics import Deadline
from heuristics.tracker import is_safe
from models.parameters import Share, with_setting
from models.problem import Problem
from planner.search import send_beams as stage
from planner.search import shifting
from planner.search.incumbent import Incumbent
from planner.search.parameters import DEFAULT
from planner.search.send_beams import (
    is_scarce,
    is_scarce_yet_without_beams,
    is_still_scarce,
    make_windows_anew,
    needs_narrow_beams,
    send_beams,
    send_narrow_beams,
)
from planner.search.stage import Search, Stage, walk_through
from planner.search.stages import SHORTEN
from tests.builders import host, pool, vm

LIMIT_S = 60.0
"""Far more than any of these takes."""
FEW = with_setting(DEFAULT, "sending.fewest_vms=1")
EVERY_POOL = with_setting(FEW, "sending.many_vms=1")
ROUNDABOUT = [(1, 2), (1, 1), (1, 2), (0, 1), (1, 0)]
"""Of the two guests of ``tiny``, which swap over h3, b goes there twice."""


@pytest.fixture(autouse=True)
def at_hand(monkeypatch):
    """Compiled code is used where it is kept; here it is compiled if it is not."""
    monkeypatch.setattr(stage, "is_kept", lambda _: True)


def known_of(of, moves=ROUNDABOUT) -> Incumbent:
    known = Incumbent(Problem(of), Deadline(LIMIT_S))
    known.prove(2)
    known.offer(moves, "given")
    return known


def test_detours_that_serve_nobody_are_left_out(tiny):
    known = known_of(tiny)
    send_beams(Search(known, parameters=EVERY_POOL), known.deadline)
    assert known.cost == 3
    assert is_safe(known.problem, known.moves)


def test_they_are_sent_where_many_vms_move_and_the_plan_is_far_from_the_bound(tiny):
    known = known_of(tiny)
    assert is_scarce(Search(known, parameters=EVERY_POOL))
    assert not is_scarce(Search(known)), "two VMs are for the exact model"
    assert not is_scarce(Search(known, parameters=with_setting(EVERY_POOL, "sending.most=1")))
    assert not is_scarce(Search(known, parameters=with_setting(EVERY_POOL, "sending.far=3.0")))
    assert not is_scarce(Search(Incumbent(known.problem, known.deadline), parameters=EVERY_POOL)), "no plan"


def test_narrow_ones_are_sent_first_where_there_is_no_plan_or_one_very_far_from_the_bound(tiny):
    none, far = Incumbent(Problem(tiny), Deadline(LIMIT_S)), known_of(tiny)
    assert needs_narrow_beams(Search(none, parameters=EVERY_POOL))
    assert needs_narrow_beams(Search(far, parameters=EVERY_POOL))
    assert not needs_narrow_beams(Search(none)), "two VMs are for the exact model"
    assert not needs_narrow_beams(Search(far, parameters=with_setting(EVERY_POOL, "sending.very_far=2.5")))
    assert not needs_narrow_beams(Search(far, parameters=with_setting(EVERY_POOL, "sending.most_narrow=1")))


def test_narrow_ones_are_not_sent_to_large_pools_where_a_filter_binds_a_vm(tiny):
    few = with_setting(EVERY_POOL, "sending.most=1")
    assert needs_narrow_beams(Search(known_of(tiny), parameters=few))
    bound = known_of(tiny)
    bound.problem.filters.unbound[0] = False
    assert not needs_narrow_beams(Search(bound, parameters=few))


def test_narrow_ones_find_a_first_plan(tiny):
    none = Incumbent(Problem(tiny), Deadline(LIMIT_S))
    none.prove(2)
    send_narrow_beams(Search(none, parameters=EVERY_POOL), none.deadline)
    assert none.cost == 3
    assert none.first_name == "beam"
    assert is_safe(none.problem, none.moves)


def test_narrow_ones_end_where_nobody_can_go_home():
    """Three hosts are full of what is to go round, and only the smallest could wander between two others."""
    hosts = [host(f"h{number}", 4) for number in range(5)]
    guests = [vm("a", 4), vm("b", 4), vm("c", 4), vm("d", 2), vm("e", 3), vm("f", 1)]
    idle = "h3: d f, h4: e"
    of = pool(hosts, guests, f"h0: a, h1: b, h2: c, {idle}", f"h0: c, h1: a, h2: b, {idle}")
    stuck = Incumbent(Problem(of), Deadline(LIMIT_S))
    stuck.prove(3)
    send_narrow_beams(Search(stuck, parameters=EVERY_POOL), stuck.deadline)
    assert stuck.moves is None
    assert not stuck.deadline.over


def test_they_are_sent_later_where_they_could_not_be_in_their_turn(tiny, monkeypatch):
    one = Search(known_of(tiny), parameters=EVERY_POOL)
    beams = Stage("optimise", "Beam", is_scarce_yet_without_beams, lambda _: Share(), lambda *_: None)
    monkeypatch.setattr(stage, "is_kept", lambda _: False)
    walk_through([beams], one)
    assert not one.begun, "the code is being compiled"
    monkeypatch.setattr(stage, "is_kept", lambda _: True)
    assert is_scarce_yet_without_beams(one)
    walk_through([beams], one)
    assert one.begun == {"Beam"}
    assert not is_scarce_yet_without_beams(one)


def test_where_few_move_they_come_after_the_exact_model(tiny):
    """To load their code takes longer than most such pools, and what they find first hangs on the clock."""
    patient = with_setting(FEW, "sending.very_far_of_few=2.5")
    assert is_scarce(Search(known_of(tiny), parameters=FEW)), "it is too far for the exact model"
    assert not is_scarce(Search(known_of(tiny), parameters=patient))
    assert not needs_narrow_beams(Search(known_of(tiny), parameters=FEW))
    few = Search(known_of(tiny), parameters=patient)
    assert is_scarce_yet_without_beams(few)
    send_beams(few, few.incumbent.deadline)
    assert few.incumbent.cost == 3
    rows = [row.section for row in SHORTEN]
    assert rows.index("Closing the gap") < rows.index("Beam")


def test_others_go_on_where_the_plan_is_no_longer_far_from_the_bound(tiny):
    known = known_of(tiny)
    known.prove(2)
    send_beams(Search(known, parameters=with_setting(EVERY_POOL, "sending.far=1.6")), known.deadline)
    assert known.cost == 3


def test_the_same_seed_gives_the_same_plan(tiny):
    plans = []
    for _ in range(2):
        known = known_of(tiny)
        send_beams(Search(known, parameters=EVERY_POOL), known.deadline)
        plans.append(known.moves)
    assert plans[0] == plans[1]


def test_parts_are_made_anew_until_the_plan_meets_the_bound(tiny):
    known = known_of(tiny)
    known.prove(3)
    make_windows_anew(Search(known, parameters=EVERY_POOL), known.deadline)
    assert known.cost == 3
    assert is_safe(known.problem, known.moves)


def test_another_plan_has_its_turn_where_nothing_makes_the_first_shorter(tiny, monkeypatch):
    monkeypatch.setattr(stage, "shifted_on_islands", lambda _, moves, *__: moves)
    monkeypatch.setattr(stage, "with_windows_anew", lambda _, moves, *__: moves)
    known = known_of(tiny)
    known.prove(3)
    make_windows_anew(Search(known, parameters=EVERY_POOL), known.deadline)
    assert known.cost == 3


def test_parts_are_made_anew_where_code_is_compiled_and_the_pool_large_enough(tiny, monkeypatch):
    known = known_of(tiny)
    of_any_size = with_setting(EVERY_POOL, "shifting.fewest_pairs=0")
    for kept in (True, False):
        monkeypatch.setattr(stage, "is_kept", lambda _, kept=kept: kept)
        monkeypatch.setattr(shifting, "is_kept", lambda _, kept=kept: kept)
        assert is_still_scarce(Search(known, parameters=of_any_size)) == kept
        assert not is_still_scarce(Search(known, parameters=EVERY_POOL)), "for the exact model"
