"""Parameters: numbers in their range, changed by name."""

from dataclasses import replace
from math import inf

import msgspec
import pytest

from benchmarks.jobs import LuckJob, PlanJob, TimesJob
from heuristics.parameters import ListParameters
from models import PlannerError
from models.parameters import Share, settings, with_setting
from planner.parameters import DEFAULT
from planner.search.parameters import Neighbourhoods


def test_a_share_is_a_part_of_what_is_left_within_its_seconds():
    assert Share(0.25).of(40.0) == 10.0
    assert Share(0.25, least_s=2.0).of(4.0) == 2.0
    assert Share(0.25, most_s=1.5).of(40.0) == 1.5
    assert Share(0.25, least_s=2.0).of(1.0) == 1.0, "never more than there is"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"smallest": 0}, "Neighbourhoods.smallest=0, must be >= 1"),
        ({"quick": 1.5}, "Neighbourhoods.quick=1.5, must be from 0 to 1"),
        ({"idle": 2.5}, "Neighbourhoods.idle=2.5, must be a whole number >= 1"),
        ({"idle": True}, "Neighbourhoods.idle=True, must be a whole number >= 1"),
    ],
)
def test_a_number_out_of_its_range_is_an_error_that_names_it(change, says):
    with pytest.raises(PlannerError, match=says):
        replace(Neighbourhoods(), **change)


def changed(value: float) -> float:
    """Give another number that is in the same range."""
    if isinstance(value, int):
        return value + 1
    if value in (0, inf):
        return 0.5
    return value / 2 if value < 1 else value + 1


def test_every_number_can_be_set_by_its_name():
    """And is then what was asked for, with all others as they were."""
    before = settings(DEFAULT)
    assert before["apart.first_try.part"] == 0.1
    for path, value in before.items():
        other = tuple(map(changed, value)) if isinstance(value, tuple) else changed(value)
        assert other != value
        written = ",".join(map(str, other)) if isinstance(other, tuple) else other
        assert settings(with_setting(DEFAULT, f"{path}={written}")) == before | {path: other}


@pytest.mark.parametrize(
    ("widths", "says"),
    [
        ((), "must be one number or more"),
        (0.5, "must be one number or more"),
        ((0.1, 2.0), "must be from 0 to 1 each"),
    ],
)
def test_of_several_numbers_each_must_be_in_range(widths, says):
    with pytest.raises(PlannerError, match=says):
        replace(ListParameters(), widths=widths)


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("exact.slots=3", "no 'slots', must be one of beyond, "),
        ("exact=3", "'exact' has several numbers"),
        ("exact.most_slots.part=3", "'most_slots' is one number"),
        ("exact.most_slots=many", "'many' is no whole number"),
        ("schedule.lists.widths=0.1,", "'' is no number"),
        ("exact.most_slots", "'' is no whole number"),
        ("exact.far=0.5", "Exact.far=0.5, must be >= 1"),
    ],
)
def test_a_setting_that_is_none_is_an_error_that_says_why(setting, says):
    with pytest.raises(PlannerError, match=says):
        with_setting(DEFAULT, setting)


def test_a_pool_measured_with_other_parameters_is_measured_anew():
    """So that a study does not take up the figures of the defaults."""
    luck = LuckJob(num_hosts=5, load=0.5, workers=1)
    for one in (
        PlanJob(family="f", kind="k", pool="p", time_limit_s=5.0, workers=1),
        TimesJob(num_hosts=5, load=0.5, time_limit_s=5.0, workers=1),
        luck,
    ):
        assert msgspec.structs.replace(one, settings=("exact.most_slots=2",)).key != one.key
    assert msgspec.structs.replace(luck, settings=("schedule.shakes=2",)).luck == luck.luck
