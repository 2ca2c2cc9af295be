"""How warm the threads of a search begin, and how that follows what they find."""

from __future__ import annotations

import pytest

from planner.scheduling.parameters import OtherWays
from planner.scheduling.warmths import Warmths

HOW = OtherWays(warmth=0.1, warmer=3.0, warmest=1.0)

SAME, BETTER = (70, 9), (60, 9)


def moved(threads: int, *scores: list[tuple[int, int]], how: OtherWays = HOW) -> list[float]:
    warmths = Warmths(threads, how)
    for one in scores:
        warmths.move(one)
    return warmths.by_thread


def test_half_of_the_threads_begin_warmer():
    assert moved(2) == pytest.approx([0.1, 0.3])
    assert moved(3) == pytest.approx([0.1, 0.1, 0.3])
    assert moved(8) == pytest.approx([0.1] * 4 + [0.3] * 4)


def test_one_thread_alone_begins_warmer_each_time():
    assert moved(1, [SAME]) == pytest.approx([0.3])


def test_all_begin_warmer_where_the_warmer_one_found_more():
    assert moved(2, [SAME, BETTER]) == pytest.approx([0.3, 0.9])


def test_all_begin_warmer_where_nobody_found_anything():
    assert moved(2, [SAME, SAME]) == pytest.approx([0.3, 0.9])


def test_all_begin_colder_again_where_the_colder_one_found_more():
    assert moved(2, [SAME, SAME], [BETTER, SAME]) == pytest.approx([0.1, 0.3])


def test_whichever_of_the_warmer_ones_found_more():
    assert moved(4, [SAME, SAME, SAME, BETTER]) == pytest.approx([0.3, 0.3, 0.9, 0.9])
    assert moved(4, [SAME, SAME, BETTER, SAME]) == pytest.approx([0.3, 0.3, 0.9, 0.9])


def test_nobody_begins_colder_than_the_coldest_or_warmer_than_the_warmest():
    assert moved(2, [BETTER, SAME]) == pytest.approx([0.1, 0.3])
    assert moved(2, *[[SAME, SAME]] * 9) == pytest.approx([0.9, 1.0])


def test_the_way_down_is_as_long_as_the_way_up():
    assert moved(2, *[[SAME, SAME]] * 9, [BETTER, SAME]) == pytest.approx([0.3, 0.9])


def test_who_is_asked_to_begin_warmer_than_the_warmest_does():
    assert moved(2, [SAME, SAME], how=OtherWays(warmth=2.0, warmest=1.0)) == [2.0, 2.0]


def test_all_alike_where_nobody_is_to_be_warmer():
    how = OtherWays(warmth=0.1, warmer=1.0)
    assert moved(2, [SAME, SAME], how=how) == [0.1, 0.1]


def test_any_factor_is_borne():
    assert moved(2, [SAME] * 2, how=OtherWays(warmth=0.1, warmer=1e308, warmest=1.0)) == [0.1, 1.0]
