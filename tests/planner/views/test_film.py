from __future__ import annotations

from models import Migration, Plan, Pool, Provision, Shutdown
from planner.views.casting import cast, rest
from planner.views.film import Film, tally
from tests.builders import host, moves, pool, vm


def plain(film: Film, number: int, width: int = 60, height: int = 24) -> list[str]:
    return [text.plain for text in film.frame(number, width, height)]


def swap(tiny: Pool) -> Plan:
    return Plan.of(tiny, moves("b: h2 -> h3", "a: h1 -> h2", "b: h3 -> h1"))


def test_film_is_the_challenge_then_each_action_then_the_end(tiny: Pool) -> None:
    film = Film(tiny, swap(tiny), verdict="Proven.")
    assert len(film) == 5
    assert plain(film, 0) == [
        "The challenge!  (RAM in MiB)",
        "From:",
        " h1 [               >a (7)                |       3        ]",
        " h2 [             >b (6)             |          4          ]",
        " h3 [                          10                          ]",
        "To:",
        " h1 [             >b (6)             |          4          ]",
        " h2 [               >a (7)                |       3        ]",
        " h3 [                          10                          ]",
        "> to be migrated  ~ on a detour  * arriving",
        "3 migrations, 1 of them a detour.",
        "Proven.",
    ]
    assert plain(film, 1) == [
        "Action 1 of 3: migrate b: h2 -> h3  (detour)",
        "Current:",
        " h1 [               >a (7)                |       3        ]",
        " h2 [             >b (6)             |          4          ]",
        "*h3 [             *b (6)             |          4          ]",
        "Target:",
        " h1 [             >b (6)             |          4          ]",
        " h2 [               >a (7)                |       3        ]",
        " h3 [                          10                          ]",
    ]
    assert plain(film, 2)[0] == "Action 2 of 3: migrate a: h1 -> h2"
    assert "~b (6)" in plain(film, 2)[4]
    assert plain(film, 4)[0] == "The end: every VM is home."


def test_frames_may_be_asked_for_in_any_order(tiny: Pool) -> None:
    film = Film(tiny, swap(tiny))
    forwards = [plain(film, number) for number in range(len(film))]
    backwards = [plain(film, number) for number in reversed(range(len(film)))]
    assert forwards == backwards[::-1]


def test_what_a_plan_breaks_is_said_in_its_frame(tiny: Pool) -> None:
    film = Film(tiny, Plan.of(tiny, moves("a: h1 -> h2", "nobody: h1 -> h2")))
    assert plain(film, 1)[1].startswith("breaks: h2 has 4 ram_mib free of 10, a takes 7")
    assert "no such VM" in plain(film, 2)[1]
    assert plain(film, 3)[0] == "The end: 1 VM is not where it shall be."


def test_without_a_plan_there_is_only_the_challenge(tiny: Pool) -> None:
    film = Film(tiny, Plan.of(tiny, []), verdict="Proven: no plan exists.", impossible=True)
    assert len(film) == 1
    assert plain(film, 0)[-1] == "Proven: no plan exists."


def test_frames_fit_the_height_and_count_the_hosts_left_out() -> None:
    hosts = [host(f"h{n}") for n in range(100)]
    many = pool(hosts, [vm("a"), vm("b")], "h0: a, h50: b", "h99: a, h51: b")
    film = Film(many, Plan.of(many, moves("a: h0 -> h99", "b: h50 -> h51")))
    for number in range(len(film)):
        for height in (10, 24, 50):
            assert len(plain(film, number, 80, height)) <= height
    step = plain(film, 1, 80, 10)
    assert any(line.startswith(" h0") for line in step)
    assert any(line.startswith("*h99") for line in step)
    assert step[-1] == " and 98 more hosts, 2 of them with VMs to come or go"


def test_hosts_of_the_action_and_its_neighbours_are_shown_first() -> None:
    hosts = [host(f"h{n}") for n in range(20)]
    row = pool(
        hosts,
        [vm(f"v{n}") for n in range(19)],
        {f"v{n}": f"h{n}" for n in range(19)},
        {f"v{n}": f"h{n + 1}" for n in range(19)},
    )
    plan = [Migration(f"v{n}", f"h{n}", f"h{n + 1}") for n in range(19)]
    assert cast(row, row.current.placement, plan, 10, 4) == ["h9", "h10", "h11", "h12"]
    shown = cast(row, row.current.placement, plan, 10, 1)
    assert shown == ["h10", "h11"]
    words = rest(row, row.current.placement, shown)
    assert words is not None
    assert words.plain == " and 18 more hosts, 18 of them with VMs to come or go"


def test_long_names_leave_a_sentence_readable() -> None:
    long = pool(
        [host("h" * 300), host("g" * 300)], [vm("v" * 300)], {"v" * 300: "h" * 300}, {"v" * 300: "g" * 300}
    )
    film = Film(long, Plan.of(long, [Migration("v" * 300, "h" * 300, "g" * 300)]))
    headline = plain(film, 1, 140)[0]
    assert len(headline) <= 140
    assert headline.count("…") == 3


def test_a_headline_tells_both_hosts_apart_on_a_narrow_screen() -> None:
    hosts = [host(f"compute-node-rack07-unit-{number}.dc1.example.net") for number in (17, 18)]
    a, b = (one.name for one in hosts)
    of = pool(hosts, [vm("exchange-server-1")], {"exchange-server-1": a}, {"exchange-server-1": b})
    film = Film(of, Plan.of(of, [Migration("exchange-server-1", a, b)]))
    assert (
        plain(film, 1, 80)[0]
        == "Action 1 of 1: migrate exchange-server-1: compute-…-unit-17 -> compute-…-unit-18"
    )


def test_the_legend_is_read_whole_on_a_narrow_screen() -> None:
    actions = [Shutdown("b", "h2"), *moves("a: h1 -> h3", "a: h3 -> h2"), Provision("c", "h1")]
    of = pool([host(name) for name in ("h1", "h2", "h3")], [*map(vm, "abc")], "h1: a, h2: b", "h2: a, h1: c")
    frame = plain(Film(of, Plan.of(of, actions)), 0, 80)
    assert "* arriving" in frame


def test_tally_counts_every_kind(tiny: Pool) -> None:
    assert tally(Plan.of(tiny, [])) == "Nothing to do."
    assert tally(Plan.of(tiny, moves("a: h1 -> h2"))) == "1 migration."
    assert tally(Plan.of(tiny, [Shutdown("a", "h1"), *moves("a: h1 -> h3")])) == (
        "1 migration, 1 of them a detour; 1 shutdown."
    )
