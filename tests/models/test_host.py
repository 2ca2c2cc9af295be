"""Hosts: what is usable, and what no host may be."""

from __future__ import annotations

from fractions import Fraction
from math import floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import Host
from tests import slow_replay
from tests.strategies import NOT_BOOLS

LARGEST = 2**53 - 1


@pytest.mark.parametrize(
    ("capacity", "reserved", "ratio", "usable"),
    [
        (100, 0, 1.0, 100),
        (100, 0, 0.29, 29),  # 28 in floating point: 28.999999999999996
        (100, 1, 0.29, 28),
        (10, 0, 1.1, 11),
        (3, 0, 1.1, 3),
        (16, 2, 4.0, 56),
        (16, 0, 16.0, 256),  # OpenStack's default for VCPU
        (1023, 512, 1.5, 766),  # (1023 - 512) x 1.5 = 766.5: floor, as OpenStack Placement does
        (7, 7, 4.0, 0),
        (7, 8, 4.0, 0),  # more reserved than there is
        (0, 0, 4.0, 0),
        (5, 0, 0.0, 0),
        (5, 0, 2, 10),
        (LARGEST, 0, 1.0, LARGEST),
        (LARGEST, 0, 0.1, LARGEST // 10),
        (LARGEST, 1, 1.5, (LARGEST - 1) * 3 // 2),
        (LARGEST, 0, 1e-300, 0),
        (3, 0, 1e-05, 0),
        (300000, 0, 1e-05, 3),
    ],
)
def test_usable_is_the_floor_of_what_is_not_reserved_times_overcommit(capacity, reserved, ratio, usable):
    host = Host("h", {"x": capacity}, reserved={"x": reserved}, overcommit={"x": ratio})
    assert host.usable("x") == usable


def test_a_resource_that_a_host_does_not_name_is_zero():
    host = Host("h", {"ram_mib": 4}, reserved={"vcpus": 1}, overcommit={"gpus": 9.0})
    assert [host.usable(name) for name in ("ram_mib", "vcpus", "gpus", "disk")] == [4, 0, 0, 0]


def test_reserved_and_overcommit_of_one_resource_do_not_touch_another():
    host = Host("h", {"ram_mib": 10, "vcpus": 4}, reserved={"ram_mib": 3}, overcommit={"vcpus": 2.0})
    assert (host.usable("ram_mib"), host.usable("vcpus")) == (7, 8)


@given(
    st.integers(0, LARGEST),
    st.integers(0, LARGEST),
    st.floats(0, 1e300) | st.sampled_from((0.29, 0.57, 1.1, 1.15, 2.675)),
)
def test_usable_takes_the_ratio_as_the_decimal_number_that_was_written(capacity, reserved, ratio):
    host = Host("h", {"x": capacity}, reserved={"x": reserved}, overcommit={"x": ratio})
    exact = max(0, floor((capacity - reserved) * Fraction(str(ratio))))
    entry = {"capacity": {"x": capacity}, "reserved": {"x": reserved}, "overcommit": {"x": ratio}}
    assert host.usable("x") == exact == slow_replay.usable(entry, "x")


def test_usable_takes_ratios_of_numpy():
    assert Host("h", {"x": 100}, overcommit={"x": np.float64(0.29)}).usable("x") == 29


@pytest.mark.parametrize("amount", [-1, 7.5, "7", True, None, [], 2**53, 10**30])
@pytest.mark.parametrize("field", ["capacity", "reserved"])
def test_an_amount_is_an_integer_from_0_to_2_to_the_53(field, amount):
    fields = {"capacity": {}} | {field: {"ram_mib": amount}}
    with pytest.raises(ValueError, match=rf"host 'h1': {field}\.ram_mib=.*must be an integer"):
        Host("h1", **fields)


@pytest.mark.parametrize(
    "ratio", [-0.5, float("nan"), float("inf"), -float("inf"), "2", True, None, []], ids=repr
)
def test_overcommit_is_a_finite_number_from_0(ratio):
    with pytest.raises(ValueError, match=r"host 'h1': overcommit\.vcpus=.*must be a finite number >= 0"):
        Host("h1", {}, overcommit={"vcpus": ratio})


def test_overcommit_may_be_an_integer_of_any_length():
    assert Host("h", {"x": 1}, overcommit={"x": 10**400}).usable("x") == 10**400


@pytest.mark.parametrize("name", ["", 7, None, b"h", ["h"]])
def test_a_name_is_a_non_empty_string(name):
    with pytest.raises(ValueError, match=r"name=.*must be a non-empty string"):
        Host(name, {})


@pytest.mark.parametrize("arch", ["", 7, None])
def test_an_architecture_is_a_non_empty_string(arch):
    with pytest.raises(ValueError, match=r"host 'h': arch=.*must be a non-empty string"):
        Host("h", {}, arch=arch)


@pytest.mark.parametrize("field", ["capacity", "reserved", "overcommit", "labels"])
@pytest.mark.parametrize("value", [None, 7, [1], "x"])
def test_a_mapping_is_a_mapping(field, value):
    with pytest.raises(ValueError, match=rf"host 'h': {field}=.*must be a dict"):
        Host("h", **({"capacity": {}} | {field: value}))


@pytest.mark.parametrize("traits", ["avx2", 7, None, [7], (None,)])
def test_traits_are_strings(traits):
    with pytest.raises(ValueError, match=r"host 'h': traits=.*must be a list of strings"):
        Host("h", {}, traits=traits)


@pytest.mark.parametrize("version", ["7", 7.5, True, []])
def test_a_version_is_an_integer(version):
    with pytest.raises(ValueError, match=r"host 'h': version=.*must be an integer"):
        Host("h", {}, version=version)


@pytest.mark.parametrize("accepts", NOT_BOOLS)
def test_accepts_is_a_bool(accepts):
    with pytest.raises(ValueError, match=r"host 'h': accepts=.*must be true or false"):
        Host("h", {}, accepts=accepts)


def test_labels_are_strings():
    with pytest.raises(ValueError, match=r"host 'h': labels\.rack=7, must be a string"):
        Host("h", {}, labels={"rack": 7})


def test_a_list_of_traits_becomes_a_tuple():
    assert Host("h", {}, traits=["a", "b"]).traits == ("a", "b")


def test_a_host_is_never_changed():
    with pytest.raises(AttributeError):
        Host("h", {}).name = "other"
