from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from models import Migration, Pool, Provision, Shutdown, Stop
from planner.views.bars import bars, legend
from planner.views.names import centred, ending, fit, pad, shown, squeezed
from planner.views.palette import BlockKind
from planner.views.scene import Scene
from planner.views.screen import paper
from tests.builders import host, pool, vm

if TYPE_CHECKING:
    from collections.abc import Callable

HOSTILE = [
    "<script>alert(1)</script>",
    "[bold red]x[/]",
    "虚拟机一号",
    "🚀👩‍👩‍👧",
    "x" * 300,
    "a\x1b[31m\r\nb\tc\x00",
    "\u202eevil\u202c",
    ":smile:",
    " ",
]


@pytest.fixture
def small() -> Pool:
    """The pool of SEED's bar: h1 has vm1, which goes to h2; vm2 ends, vm3 begins, vm4 is pinned."""
    hosts = [host(name, 4096, reserved={"ram_mib": 256}) for name in ("h1", "h2")]
    vms = [vm("vm1", 1024), vm("vm2", 512), vm("vm3", 640), vm("vm4", 2000, movable=False)]
    return pool(hosts, vms, "h1: vm1 vm2, h2: vm4", "h2: vm1 vm4, h1: vm3")


def lines(scene: Scene, rows: object, width: int = 72) -> list[str]:
    texts = bars(rows, scene.scale, width, largest=scene.largest)  # type: ignore[arg-type]
    return [text.plain for text in texts]


def test_bar_is_dom0_then_vms_then_free_room_in_proportion() -> None:
    one = pool([host("h1", 4096, reserved={"ram_mib": 256})], [vm("vm1", 1024)], "h1: vm1", "h1: vm1")
    scene = Scene(one)
    assert lines(scene, scene.now({"vm1": "h1"}), 38) == [" h1 [dom0 (256)|vm1 (1024)|   2816   ]"]
    assert lines(scene, scene.now({"vm1": "h1"}), 70) == [
        " h1 [dom0 (256)|  vm1 (1024)  |                 2816                 ]"
    ]


def test_marks_say_without_colour_what_becomes_of_each_vm(small: Pool) -> None:
    scene = Scene(small)
    text = "\n".join(lines(scene, scene.now(small.current.placement)))
    assert all(word in text for word in (">vm1 (1024)", "-vm2 (512)", "#vm4 (2000)", "2304", "1840"))
    goal = "\n".join(lines(scene, scene.goal(small.current.placement)))
    assert all(word in goal for word in (">vm1 (1024)", "+vm3 (640)", "#vm4 (2000)"))


def test_vm_in_flight_is_on_both_hosts_and_the_destination_is_marked(small: Pool) -> None:
    scene = Scene(small)
    rows = scene.now(small.current.placement, Migration("vm1", "h1", "h2"))
    first, second = lines(scene, rows)
    assert first.startswith(" h1 [")
    assert ">vm1 (1024)" in first
    assert second.startswith("*h2 [")
    assert "*vm1 (1024)" in second
    assert "816" in second


def test_vms_of_a_host_whose_names_begin_alike_are_told_apart_where_they_are_cut() -> None:
    """Twelve of a host, each three cells wide; ``database`` is alone with its beginning."""
    names = [f"web{number:02}" for number in range(11)] + ["database"]
    vms = [vm(name, 300) for name in names]
    placed = dict.fromkeys(names, "h1")
    many = pool([host("h1", 4000), host("h2", 4000)], vms, placed, placed | {"web07": "h2"})
    scene = Scene(many)
    (bar,) = lines(scene, [row for row in scene.now(many.current.placement) if row.host == "h1"], 60)
    told = [label.strip() for label in bar.partition("[")[2].rstrip("]").split("|")]
    assert {"…01", "…09", ">…7", "da…"} <= set(told)
    assert "we…" not in told


@pytest.mark.parametrize(
    ("action", "mark"),
    [
        (Shutdown("vm2", "h1"), "-vm2"),
        (Provision("vm3", "h1"), "+vm3"),
        (Stop("vm1", "h1"), "=vm1"),
    ],
)
def test_every_action_marks_its_vm(small: Pool, action: Shutdown, mark: str) -> None:
    scene = Scene(small)
    assert mark in lines(scene, scene.now(small.current.placement, action))[0]


def test_vm_away_from_home_on_a_third_host_is_on_a_detour() -> None:
    three = pool([host(f"h{n}") for n in (1, 2, 3)], [vm("a", 5)], "h1: a", "h2: a")
    scene = Scene(three)
    assert "~a (5)" in lines(scene, scene.now({"a": "h3"}))[2]


def test_overloaded_host_says_by_how_much() -> None:
    full = pool([host("h1"), host("h2")], [vm("a", 8), vm("b", 5)], "h1: a b", "h1: a, h2: b")
    scene = Scene(full)
    line = lines(scene, scene.now(full.current.placement))[0]
    assert "!3 over" in line
    assert ">b (5)" in line


def test_colours_are_those_of_the_origin(small: Pool) -> None:
    scene = Scene(small)
    rows = scene.now(small.current.placement, Migration("vm1", "h1", "h2"))
    text = bars(rows, scene.scale, 72, largest=scene.largest)
    styles = {str(span.style) for line in text for span in line.spans}
    assert {
        "black on yellow underline",  # to be migrated, and on its way
        "bold white on red",  # to be shut down
        "bold white on green",  # the host that is moved to
        "bold white on green underline",
        "bold magenta",  # locked
        "bright_black",  # free room
    } <= styles


def test_no_color_leaves_no_colour(monkeypatch: pytest.MonkeyPatch, small: Pool) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("FORCE_COLOR", "1")
    scene, stream = Scene(small), io.StringIO()
    console = paper(stream, width=72)
    console.picture(bars(scene.now(small.current.placement), scene.scale, 72, largest=scene.largest))
    assert "\x1b[4" not in stream.getvalue()
    assert ">vm1 (1024)" in stream.getvalue()


def test_another_resource_is_drawn_on_request() -> None:
    vms = [vm("a", demand={"vcpus": 2}), vm("b", demand={"ram_mib": 4})]
    both = pool(
        [host("h1", capacity={"ram_mib": 8, "vcpus": 4}, overcommit={"vcpus": 2.0})],
        vms,
        "h1: a b",
        "h1: a b",
    )
    scene = Scene(both, "vcpus")
    line = lines(scene, scene.now(both.current.placement))[0]
    assert "a (2)" in line
    assert "6" in line
    assert "b" not in line
    assert Scene(both).resource == "ram_mib"
    with pytest.raises(ValueError, match=r"resource: 'gpus', the pool counts vcpus, ram_mib"):
        Scene(both, "gpus")


def test_pool_that_counts_nothing_shows_heads() -> None:
    bare = pool([host("h1", capacity={}), host("h2", capacity={})], [vm("a", demand={})], "h1: a", "h2: a")
    scene = Scene(bare)
    assert ">a (1)" in lines(scene, scene.now(bare.current.placement))[0]


def test_more_vms_than_columns_are_gathered_and_the_telling_ones_kept() -> None:
    vms = [vm(f"v{n}", 1) for n in range(60)]
    names = " ".join(it.name for it in vms)
    crowd = pool(
        [host("h1", 100), host("h2", 100)], vms, f"h1: {names}", f"h1: {names.replace('v7 ', '')}, h2: v7"
    )
    scene = Scene(crowd)
    line = lines(scene, scene.now(crowd.current.placement, Migration("v7", "h1", "h2")))[0]
    assert ">v7" in line
    assert " more" in line


@given(
    st.lists(
        st.tuples(st.text(min_size=1), st.integers(0, 5000)),
        min_size=1,
        max_size=12,
        unique_by=lambda t: t[0],
    ),
    st.text(min_size=1),
    st.integers(16, 200),
)
def test_every_line_is_as_wide_as_its_bar_whatever_the_names(
    guests: list[tuple[str, int]], name: str, width: int
) -> None:
    vms = [vm(guest, amount) for guest, amount in guests]
    where = dict.fromkeys((guest for guest, _ in guests), name)
    scene = Scene(pool([host(name, 4096, reserved={"ram_mib": 256})], vms, where, where))
    (line,) = bars(scene.now(where), scene.scale, width, largest=scene.largest)
    assert "\n" not in line.plain
    assert cell_len(line.plain) <= max(width, 10 + 4 + max(width // 4, 4))
    assert line.plain.endswith("]")


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_text_on_one_line(name: str) -> None:
    one = pool([host(name, 4096), host("h2", 4096)], [vm(name, 1024)], {name: name}, {name: "h2"})
    scene, stream = Scene(one), io.StringIO()
    console = paper(stream, width=80)
    console.picture(bars(scene.now(one.current.placement), scene.scale, 80, largest=scene.largest))
    first, second = stream.getvalue().splitlines()
    assert "\x1b" not in first
    assert "\x00" not in first
    assert cell_len(first) == cell_len(second) == 80


def test_names_are_cut_padded_and_centred_by_cells() -> None:
    assert fit("中文字", 4) == "中 …"
    assert pad("中", 3) == "中 "
    assert centred("ab", 5) == " ab  "
    assert fit("abc", 0) == ""
    assert shown("e\u0301") == "é"
    assert shown("\u200b") == "?"


def test_legend_explains_only_what_is_there() -> None:
    (line,) = legend([BlockKind.SETTLED, BlockKind.MIGRATE, BlockKind.FREE], 80)
    assert line.plain == "> to be migrated"


def test_a_legend_that_is_too_wide_goes_on_in_a_second_line() -> None:
    lines = legend(BlockKind, 80)
    assert len(lines) > 1
    assert all(line.cell_len <= 80 for line in lines)
    entries = [entry for line in lines for entry in line.plain.split("  ")]
    assert entries == [f"{kind.mark} {kind.words}" for kind in BlockKind if kind.words]


def test_hosts_whose_names_differ_at_the_end_or_before_their_domain_are_told_apart() -> None:
    names = [f"compute-node-rack07-unit-{number}.dc1.example.net" for number in (17, 18)]
    of = pool([host(name) for name in names], [vm("a")], {"a": names[0]}, {"a": names[1]})
    scene, rows = Scene(of), Scene(of).now(of.current.placement)
    for width in (40, 72):
        shown_as = {line.split("[")[0].strip() for line in lines(scene, rows, width)}
        assert len(shown_as) == 2
        assert all(name.startswith("comp") and "…" in name for name in shown_as)


@pytest.mark.parametrize(
    "name", [*map(shown, HOSTILE), "中文字中文字", "a.b", "long-name.domain", ".hidden", "..."]
)
@pytest.mark.parametrize("cut", [squeezed, ending])
def test_a_name_that_is_cut_takes_no_more_than_it_may(name: str, cut: Callable[[str, int], str]) -> None:
    for width in range(30):
        left = cut(name, width)
        assert cell_len(left) <= width
        assert left == name or "…" in left or not width
