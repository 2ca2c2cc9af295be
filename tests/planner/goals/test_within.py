"""Loads brought within their limits by hand."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heuristics import Deadline
from models.reading import parse_wanted
from planner.goals.choice import Choice
from planner.goals.within import brought_within


def choice_of(sizes, *, capacity=100, num_hosts=3):
    """All VMs, by size, on the first host with room."""
    left, current = [capacity] * num_hosts, {}
    for number, size in enumerate(sizes):
        host = next((host for host in range(num_hosts) if left[host] >= size), None)
        if host is not None:
            left[host] -= size
            current[f"v{number}"] = f"h{host}"
    pool = {
        "format": "vm-pool/1",
        "hosts": [{"name": f"h{host}", "capacity": {"ram_mib": capacity}} for host in range(num_hosts)],
        "vms": [{"name": name, "demand": {"ram_mib": sizes[int(name[1:])]}} for name in current],
        "current": current,
    }
    return Choice(parse_wanted(json.dumps(pool).encode()))


def loads(choice, at):
    return [load[0] for load in choice.loads(at)]


def test_from_the_full_hosts_to_the_empty_ones():
    choice = choice_of([20] * 5 + [10] * 5)
    at = brought_within(choice, [(host, 0, 40, 60) for host in range(3)], Deadline(60))
    assert sum(loads(choice, at)) == 150
    assert all(40 <= load <= 60 for load in loads(choice, at))


def test_where_no_single_move_helps_two_vms_are_exchanged():
    # 50 + 50 and 40 + 40: whoever moves alone leaves one host with a single VM.
    choice = choice_of([50, 50, 40, 40], num_hosts=2)
    at = brought_within(choice, [(0, 0, 85, 95), (1, 0, 85, 95)], Deadline(60))
    assert loads(choice, at) == [90, 90]


def test_where_there_is_no_such_placement_it_ends():
    assert brought_within(choice_of([50, 50]), [(host, 0, 30, 40) for host in range(3)], Deadline(60)) is None


def test_when_the_time_is_up_it_ends():
    deadline = Deadline(60)
    deadline.stop()
    assert brought_within(choice_of([20] * 5), [(0, 0, 0, 60)], deadline) is None


@pytest.mark.parametrize("width", [10, 25])
@given(sizes=st.lists(st.integers(1, 40), min_size=1, max_size=12))
def test_what_comes_back_is_lawful_and_within_the_limits(width, sizes):
    choice = choice_of(sizes)
    mean = sum(sizes) // 3
    limits = [(host, 0, mean - width, mean + width) for host in range(3)]
    at = brought_within(choice, limits, Deadline(60))
    assert at is None or (
        choice.is_lawful(at) and all(abs(load - mean) <= width for load in loads(choice, at))
    )
