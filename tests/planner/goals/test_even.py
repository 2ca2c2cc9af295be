"""What is left of the migrations evens out the hosts, by moves and by exchanges."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from heuristics import Deadline
from models.reading import parse_wanted
from planner import GoalParameters
from planner.goals import even as even_module
from planner.goals.choice import Choice
from planner.goals.even import evened


def choice_of(on_hosts, *, capacity=100, accepts=True, vms=None, parameters=None):
    """VMs by size, host by host; ``vms`` says more of some."""
    sizes = [(host, size) for host, sizes in enumerate(on_hosts) for size in sizes]
    pool = {
        "format": "vm-pool/1",
        "hosts": [
            {"name": f"h{host}", "capacity": {"ram_mib": capacity}, "accepts": accepts}
            for host in range(len(on_hosts))
        ],
        "vms": [
            {"name": f"v{n}", "demand": {"ram_mib": size}, **(vms or {}).get(n, {})}
            for n, (_, size) in enumerate(sizes)
        ],
        "current": {f"v{n}": f"h{host}" for n, (host, _) in enumerate(sizes)},
    }
    return Choice(parse_wanted(json.dumps(pool).encode()), parameters=parameters or GoalParameters())


def even(choice, most, deadline=None):
    return evened(choice, [0], choice.src, most, deadline or Deadline(60))


def loads(choice, at):
    return [load[0] for load in choice.loads(at)]


def test_a_move_goes_from_the_full_host_to_the_empty_one():
    choice = choice_of([[40, 30], [50], []])
    at = even(choice, 1)
    assert sorted(loads(choice, at)) == [30, 40, 50]


def test_two_vms_change_places_where_no_single_move_helps():
    choice = choice_of([[40, 30], [20, 10]], capacity=70)
    at = even(choice, 2)
    assert loads(choice, at) == [50, 50]


def test_of_thousands_of_vms_on_one_host_some_of_all_sizes_are_looked_at(monkeypatch):
    """Any two of all would take gigabytes; the hosts are evened out all the same."""
    few = GoalParameters.of("by_hand.exchanged=8")
    choice = choice_of([range(1, 40), [30, 20]], capacity=1000, parameters=few)
    looked = []
    forbid = even_module._Evening._forbid

    def noted(self, gain, column, after):
        looked.append(gain.shape)
        forbid(self, gain, column, after)

    monkeypatch.setattr(even_module._Evening, "_forbid", noted)
    at = even(choice, 40)
    assert max(loads(choice, at)) - min(loads(choice, at)) <= 30
    assert max(rows for rows, columns in looked if rows == columns) <= 8


def test_of_hosts_as_full_the_one_with_fewer_vms_is_taken():
    choice = choice_of([[30, 30], [10, 10], [20]])
    assert loads(choice, even(choice, 1)) == [30, 20, 50]


def test_nobody_moves_beyond_the_migrations_allowed():
    choice = choice_of([[10] * 9, [], []])
    at = even(choice, 4)
    assert choice.migrations(at) == 4


def test_a_vm_that_has_moved_may_go_elsewhere_for_nothing():
    choice = choice_of([[30, 30], [30], []])
    at = evened(choice, [0], [1, 0, 1], 1, Deadline(60))
    assert loads(choice, at) == [30, 30, 30]
    assert choice.migrations(at) == 1


def test_pinned_vms_stay():
    choice = choice_of([[40, 30], [20, 10]], capacity=70, vms={0: {"movable": False}, 1: {"movable": False}})
    assert even(choice, 4) is None


def test_where_no_vm_is_or_no_host_counts_nothing_is_to_be_done():
    assert evened(choice_of([[], []]), [], [], 2, Deadline(60)) is None
    assert even(choice_of([[40, 30], []], accepts=False), 2) is None


def test_when_the_time_is_up_nothing_more_is_moved():
    deadline = Deadline(60)
    deadline.stop()
    assert even(choice_of([[40, 30], []]), 2, deadline) is None


@given(
    st.lists(st.lists(st.integers(1, 30), max_size=4), min_size=2, max_size=4).filter(any), st.integers(0, 6)
)
def test_the_highest_share_never_rises_and_the_rest_comes_nearer(on_hosts, most):
    choice = choice_of(on_hosts, capacity=120)
    before = loads(choice, choice.src)
    at = even(choice, most)
    if at is not None:
        counts = [choice.src.count(host) for host in range(len(on_hosts))]
        unit = (sum(before) / sum(counts)) ** 2
        after, now = loads(choice, at), [at.count(host) for host in range(len(on_hosts))]

        def spread(loads, counts):
            return sum(load**2 for load in loads) + unit * sum(count**2 for count in counts)

        assert max(after) <= max(before)
        assert spread(after, now) < spread(before, counts)
        assert choice.migrations(at) <= most
        assert choice.is_lawful(at)
