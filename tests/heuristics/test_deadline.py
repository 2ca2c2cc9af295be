"""One deadline for all stages and all threads."""

from __future__ import annotations

import pickle

from heuristics import Deadline


def test_what_is_within_never_ends_later():
    deadline = Deadline(100.0)
    assert deadline.within(1_000.0).left_s <= 100.0
    assert deadline.within(1.0).left_s <= 1.0


def test_stopped_all_that_is_within_is_over():
    deadline = Deadline(100.0)
    inner = deadline.within(50.0)
    assert not inner.over
    deadline.stop()
    assert (deadline.over, inner.over, inner.left_s, inner.within(5.0).over) == (True, True, 0.0, True)


def test_stopped_what_it_is_within_goes_on():
    """One stage that nobody waits for any more ends no other."""
    deadline = Deadline(100.0)
    inner, beside = deadline.within(50.0), deadline.within(50.0)
    inner.stop()
    assert (deadline.over, beside.over, inner.over) == (False, False, True)


def test_what_is_kept_back_is_not_left():
    deadline = Deadline(100.0)
    keeping = deadline.keeping(90.0)
    assert keeping.left_s <= 10.0
    assert (keeping.limit_s, keeping.started) == (deadline.limit_s, deadline.started)
    keeping.stop()
    assert not deadline.over


def test_elsewhere_it_begins_anew_with_what_is_left():
    """The clocks of two machines have nothing to do with each other."""
    away = pickle.loads(pickle.dumps(Deadline(100.0, started=Deadline(1.0).started - 40.0)))
    assert 59.0 < away.left_s <= 60.0
    assert not away.stopped


def test_whoever_begins_late_gets_the_least_and_whoever_does_not_what_is_left():
    begun = Deadline(1.0).started
    late, early = Deadline(2.0, started=begun - 5.0), Deadline(20.0, started=begun - 5.0)
    assert 0.0 < late.at_least(0.5).left_s <= 0.5
    assert early.at_least(0.5) is early
    late.stop()
    assert late.at_least(0.5).over


def test_stopped_whoever_was_given_the_least_stops_too():
    deadline = Deadline(0.0)
    late = deadline.at_least(60)
    assert not late.over
    deadline.stop()
    assert late.over
