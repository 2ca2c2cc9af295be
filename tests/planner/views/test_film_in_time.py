"""A schedule as frames: every second at which something changes, and everyone in flight on both hosts."""

from __future__ import annotations

import pytest

from models import Migration, Plan, Pool, Schedule
from models.errors import PlanError
from models.plan_file import PlanFile, UpdateEntry
from planner.views.film_in_time import FilmInTime
from planner.views.showing import film_in_time
from tests.builders import host, moves, pool, vm


def two_at_once() -> tuple[Pool, Plan, Schedule]:
    """Two VMs go to hosts of their own, 10 and 25 s long; then a third, for 5 s, to where the first was."""
    hosts = [host(name) for name in ("h1", "h2", "h3", "h4")]
    of = pool(hosts, [vm("a", 7), vm("b", 6), vm("c", 5)], "h1: a, h2: b c", "h3: a, h4: b, h1: c")
    plan = Plan.of(of, moves("a: h1 -> h3", "b: h2 -> h4", "c: h2 -> h1"))
    return of, plan, Schedule((0, 0, 25), (10, 25, 30), ((), (), (1,)), (1, 1, 2))


def plain(film: FilmInTime, number: int) -> list[str]:
    return [text.plain.rstrip() for text in film.frame(number, 60, 24)]


def test_a_frame_for_each_second_at_which_something_changes() -> None:
    film = FilmInTime(*two_at_once())
    assert [plain(film, number)[0] for number in range(len(film))] == [
        "The challenge!  (RAM in MiB)",
        "0 s of 30 s: 2 in flight",
        "10 s of 30 s: 1 in flight",
        "25 s of 30 s: 1 in flight",
        "The end: every VM is home.",
    ]


def test_in_flight_is_on_both_hosts_and_gone_when_it_has_ended() -> None:
    film = FilmInTime(*two_at_once())
    first, second = plain(film, 1), plain(film, 2)
    assert next(row for row in first if "a (7)" in row).lstrip("* ").startswith("h1")
    assert sum("a (7)" in row for row in first[:10]) == 2
    assert sum("a (7)" in row for row in second[: second.index("Target:")]) == 1
    assert "migrate b: h2 -> h4 (until 25 s)" in second


def test_a_frame_stays_until_the_next_change() -> None:
    film = FilmInTime(*two_at_once())
    assert [film.stays_s(number) for number in range(len(film))] == [0, 10, 15, 5, 0]


def test_bars_stay_in_their_place() -> None:
    film = FilmInTime(*two_at_once())
    assert len({plain(film, number).index("Current:") for number in (1, 2, 3)}) == 1


def test_who_is_in_flight_is_told_in_a_line_each_with_both_hosts() -> None:
    hosts = [host(f"compute-node-rack07-unit-{number}.dc1.example.net") for number in (1, 2, 3)]
    a, b, c = (one.name for one in hosts)
    x, y = (vm(f"a-database-with-a-long-name-{number}") for number in (1, 2))
    of = pool(hosts, [x, y], {x.name: a, y.name: a}, {x.name: b, y.name: c})
    plan = Plan.of(of, [Migration(x.name, a, b), Migration(y.name, a, c)])
    film = FilmInTime(of, plan, Schedule((0, 0), (10, 20), ((), ()), (1, 1)))
    assert [line.plain for line in film.frame(1, 80, 24)][1:3] == [
        "migrate a-databa…g-name-1: compute-n…7-unit-1 -> compute-n…7-unit-2 (until 10 s)",
        "migrate a-databa…g-name-2: compute-n…7-unit-1 -> compute-n…7-unit-3 (until 20 s)",
    ]


def test_a_plan_without_times_is_refused() -> None:
    of, plan, _ = two_at_once()
    file = PlanFile(status="feasible", cost=3, actions=plan.entries())
    with pytest.raises(PlanError, match="no times"):
        film_in_time(of, file, resource=None)


def test_a_plan_without_actions_has_a_film_too() -> None:
    of, _, _ = two_at_once()
    still = Pool(of.current, of.current)
    film = film_in_time(still, PlanFile(status="optimal", cost=0, makespan_s=0), resource=None)
    assert [plain(film, number)[0] for number in range(len(film))] == [
        "The challenge!  (RAM in MiB)",
        "The end: every VM is home.",
    ]


@pytest.mark.parametrize(
    ("file", "why"),
    [
        (PlanFile(status="infeasible"), "holds no plan: its status is infeasible"),
        (PlanFile(status="feasible", actions=(UpdateEntry(id=1, host="h1"),)), "it updates hosts"),
    ],
    ids=["no plan", "a rolling plan"],
)
def test_what_no_schedule_would_help_is_said_to_be_that(file: PlanFile, why: str) -> None:
    of, _, _ = two_at_once()
    with pytest.raises(PlanError, match=why):
        film_in_time(of, file, resource=None)


def test_a_schedule_that_breaks_a_rule_is_refused() -> None:
    of, plan, _ = two_at_once()
    early = Schedule((0, 0, 5), (10, 25, 10), ((), (), ()), (1, 1, 2))
    file = PlanFile(
        status="feasible", cost=3, actions=plan.entries(early), makespan_s=25, makespan_bound_s=None
    )
    with pytest.raises(PlanError, match="cannot be shown"):
        film_in_time(of, file, resource=None)
