"""A changed order, placed again where the change reaches: the same as placing all of it."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from heuristics.in_order import Reel, legs_of, work_of_legs
from heuristics.list_schedule import list_schedule
from heuristics.placed_again import OrderChange, PlacedByHost
from heuristics.tasks import everyone
from models import Timing
from models.clock import Clock
from models.moves import OFF
from tests.builders import host, pool, vm
from tests.in_time import broken, of_hosts_alone, some_work, timed_pools
from tests.planner.solving import half
from tests.strategies import parsed

AIM, PRICE = 3, 2.5


def at_rest(film, legs):
    """Place legs in the order of their starts until nothing starts earlier."""
    now = film.placed(legs, aim=AIM, price=PRICE)
    while (again := film.placed(now.legs, aim=AIM, price=PRICE)).starts != now.starts:
        now = again
    return again


def some_change(film, legs, rng):
    """Draw a change as the local search makes them: another turn, or a way through another host."""
    place = rng.randrange(len(legs))
    leg, turn = legs[place], rng.randrange(len(legs) + 1) - 0.5
    shelters = [it for it in range(film.problem.num_hosts) if it not in (leg.src, leg.dst)]
    if leg.before or leg.after or OFF in (leg.src, leg.dst) or not shelters or rng.random() < 0.5:
        return OrderChange((place,), ((turn, leg),))
    shelter = rng.choice(shelters)
    turn = min(turn, place - 0.5)
    into, out = film.leg(leg.vm, leg.src, shelter, 0, 1), film.leg(leg.vm, shelter, leg.dst, 1, 0)
    return OrderChange((place,), ((turn, into), (place + 0.25, out)))


def film_and_legs(data):
    """Give a film and its legs in a safe order; None where nothing moves."""
    if (work := some_work(parsed(data))) is None or not work.tasks:
        return None
    starts = list_schedule(work, range(len(work.tasks)), [0.0] * len(work.tasks))
    return Reel(work.problem, work.clock), legs_of(work, starts)


@half
@given(timed_pools().map(of_hosts_alone), st.integers(0, 9999))
def test_it_is_the_same_as_placing_everything(data, seed):
    if (found := film_and_legs(data)) is None:
        return
    (film, legs), rng = found, Random(seed)
    now = at_rest(film, legs)
    for _ in range(5):
        change = some_change(film, now.legs, rng)
        whole = film.placed(change.of(now.legs), aim=AIM, price=PRICE)
        again = PlacedByHost(film, now, AIM, PRICE).placed(change)
        assert again == whole
        if whole is None:
            continue
        assert PlacedByHost(film, now, AIM, PRICE).placed(change, most=whole.cost - 0.01) is None
        now = at_rest(film, whole.legs)


@half
@given(timed_pools().map(of_hosts_alone), st.integers(0, 9999))
def test_one_change_after_another_keeps_all_limits(data, seed):
    if (found := film_and_legs(data)) is None:
        return
    (film, legs), rng = found, Random(seed)
    now = film.placed(legs, aim=AIM, price=PRICE)
    for _ in range(10):
        found = PlacedByHost(film, now, AIM, PRICE).placed(some_change(film, now.legs, rng))
        if found is not None:
            now = found
            again = work_of_legs(film.problem, film.clock, now.legs)
            assert broken(again, now.starts) == []
            assert now.makespan == again.makespan(now.starts)


def test_who_is_started_again_before_he_is_stopped_waits_for_that():
    """No host that the change reaches has the stop: the way leads from h1 to nowhere, from there to h2."""
    of = pool(
        [host("h1"), host("h2"), host("h3")],
        [vm("a"), vm("b", migration_s=4)],
        {"a": "h1", "b": "h3"},
        {"a": "h2", "b": "h2"},
    )
    problem = everyone(of)
    film = Reel(problem, Clock(problem))
    a, b = 0, 1
    stop, start = film.leg(a, 0, OFF, 0, 1), film.leg(a, OFF, 1, 1, 0)
    now = film.placed([stop, start, film.leg(b, 2, 1, 0, 0)], aim=AIM, price=PRICE)
    places = {leg: place for place, leg in enumerate(now.legs)}
    change = OrderChange((places[start],), ((-0.5, start),))
    whole = film.placed(change.of(now.legs), aim=AIM, price=PRICE)
    assert PlacedByHost(film, now, AIM, PRICE).placed(change) == whole


def test_who_is_stopped_later_is_started_later_on_a_host_that_the_change_does_not_reach():
    """B takes the slot of h3 before a, who is stopped on h1 later for it, and started on h2."""
    of = pool(
        [host("h1"), host("h2"), host("h3"), host("h4")],
        [vm("a", migration_s=4), vm("b", migration_s=40)],
        {"a": "h3", "b": "h3"},
        {"a": "h2", "b": "h4"},
    )
    problem = everyone(of)
    film = Reel(problem, Clock(problem))
    a, b = 0, 1
    away, stop, start = film.leg(a, 2, 0, 0, 2), film.leg(a, 0, OFF, 1, 1), film.leg(a, OFF, 1, 2, 0)
    now = film.placed([away, stop, start, film.leg(b, 2, 3, 0, 0)], aim=AIM, price=PRICE)
    place = next(place for place, leg in enumerate(now.legs) if leg.vm == b)
    change = OrderChange((place,), ((-0.5, now.legs[place]),))
    whole = film.placed(change.of(now.legs), aim=AIM, price=PRICE)
    assert whole.makespan == 40 + 4 + 30 + 30
    assert PlacedByHost(film, now, AIM, PRICE).placed(change) == whole


def test_of_what_takes_no_time_the_first_stays_first():
    """A is stopped and started in the same second, however late in the order the stop is put anew."""
    of = pool(
        [host("h1"), host("h2")], [vm("a")], "h1: a", "h2: a", timing=Timing(shutdown_s=0, provision_s=0)
    )
    problem = everyone(of)
    film = Reel(problem, Clock(problem))
    stop, start = film.leg(0, 0, OFF, 0, 1), film.leg(0, OFF, 1, 1, 0)
    now = film.placed([stop, start], aim=AIM, price=PRICE)
    assert now.starts == [0, 0]
    for turn in (-0.5, 0.5, 1.5):
        again = PlacedByHost(film, now, AIM, PRICE).placed(OrderChange((0,), ((turn, stop),)))
        assert again.legs == [stop, start]
