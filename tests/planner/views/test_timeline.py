"""The chart of a schedule: every action at its place in time, readable without colour."""

from __future__ import annotations

from models import Migration, Plan, Schedule, Shutdown
from planner.views.schedule_summary import what_bounds
from planner.views.timeline import DECIDES, LEGEND, MOST_ACTIONS, MOST_HOSTS, OTHER, timeline
from tests.builders import host, moves, pool, vm


def drawn(of, actions, starts, ends, after, width=40):
    times = Schedule(starts, ends, after, tuple(range(1, len(starts) + 1)))
    return [line.plain for line in timeline(of.current, Plan.of(of, actions), times, width)]


def swap():
    """Three hosts: b steps aside, a goes home, b goes home, each 10 s after the other."""
    hosts = [host(name) for name in ("h1", "h2", "h3")]
    of = pool(hosts, [vm("a", 7), vm("b", 6)], "h1: a, h2: b", "h1: b, h2: a")
    return of, moves("b: h2 -> h3", "a: h1 -> h2", "b: h3 -> h1")


def test_each_action_has_a_line_at_its_place_in_time():
    of, actions = swap()
    lines = drawn(of, actions, (0, 10, 20), (10, 20, 30), ((), (1,), (2,)), width=11 + 3 + 30)
    assert lines[0].split() == ["0", "s", "30", "s"]
    assert [line.split("|")[1] for line in lines[1:4]] == [
        DECIDES * 10 + " " * 20,
        " " * 10 + DECIDES * 10 + " " * 10,
        " " * 20 + DECIDES * 10,
    ]


def test_what_does_not_decide_the_end_is_shaded():
    hosts = [host(name) for name in ("h1", "h2", "h3", "h4")]
    of = pool(hosts, [vm("a"), vm("b")], "h1: a, h2: b", "h3: a, h4: b")
    actions = moves("a: h1 -> h3", "b: h2 -> h4")
    lines = drawn(of, actions, (0, 0), (20, 10), ((), ()))
    assert DECIDES in lines[1]
    assert DECIDES not in lines[2]
    assert OTHER in lines[2]


def test_of_two_that_both_end_last_none_is_said_to_have_time_to_spare():
    hosts = [host(name) for name in ("h1", "h2", "h3", "h4")]
    of = pool(hosts, [vm("a"), vm("b")], "h1: a, h2: b", "h3: a, h4: b")
    plan = Plan.of(of, moves("a: h1 -> h3", "b: h2 -> h4"))
    times = Schedule((0, 0), (20, 20), ((), ()), (1, 1))
    lines = [line.plain for line in timeline(of.current, plan, times, 60)]
    assert [set(line.split("|")[1]) for line in lines[1:3]] == [{DECIDES}, {OTHER}]
    assert lines[-1].strip() == f"{DECIDES} decides the end   {OTHER} others"
    assert what_bounds(of.current, plan, times) == "What bounds it is how long action 1 takes."


def test_of_many_places_that_are_waited_for_the_kinds_are_told():
    """Five VMs, each of which goes into the place that the one before has left."""
    hosts = [host(f"h{number}", 1) for number in range(6)]
    vms = [vm(f"v{number}") for number in range(5)]
    current = {f"v{number}": f"h{number}" for number in range(5)}
    of = pool(hosts, vms, current, {f"v{number}": f"h{number + 1}" for number in range(5)})
    plan = Plan.of(of, moves(*(f"v{number}: h{number} -> h{number + 1}" for number in (4, 3, 2, 1, 0))))
    times = Schedule(
        (0, 60, 120, 180, 240), (60, 120, 180, 240, 300), ((), (1,), (2,), (3,), (4,)), (1, 2, 3, 4, 5)
    )
    assert what_bounds(of.current, plan, times) == (
        "The 5 actions that decide the end wait for room on 4 hosts (4 min 0 s)."
    )


def test_what_takes_no_time_ends_at_0():
    of = pool([host("h1")], [vm("a")], "h1: a", {})
    lines = drawn(of, [Shutdown("a", "h1")], (0,), (0,), ((),))
    assert lines[0].split() == ["0", "s", "0", "s"]
    assert lines[1].split("|")[1].rstrip() == DECIDES


def test_the_shortest_action_is_seen():
    of, actions = swap()
    lines = drawn(of, actions, (0, 1, 1001), (1, 1001, 1002), ((), (1,), (2,)))
    assert all(any(mark in line for mark in DECIDES + OTHER) for line in lines[1:4])


def test_every_line_fits():
    of, actions = swap()
    for width in (20, 40, 200):
        for line in drawn(of, actions, (0, 10, 20), (10, 20, 30), ((), (1,), (2,)), width=width)[:4]:
            assert len(line) <= max(width, 24)


def test_of_long_names_both_ends_are_seen_of_the_vm_and_of_both_its_hosts():
    """Where a line was cut at its end, the destination was what went missing."""
    hosts = [host(f"compute-node-rack07-unit-{number}") for number in (17, 18)]
    of = pool(hosts, [vm("a"), vm("b")], {"a": hosts[0].name, "b": hosts[0].name}, {"a": hosts[1].name})
    actions = [Shutdown("b", hosts[0].name), Migration("a", hosts[0].name, hosts[1].name)]
    lines = drawn(of, actions, (0, 0), (30, 10), ((), ()), width=80)
    assert [line.split("|")[0].strip() for line in lines[1:3]] == [
        "shut down b on compute-node…ck07-unit-17",
        "a: compute-…unit-17 -> compute-…-unit-18",
    ]


def test_the_domain_that_all_hosts_share_goes_first_where_names_are_too_long():
    names = [f"compute-node-{number}.dc1.example.net" for number in (17, 18)]
    of = pool([host(name) for name in names], [vm("a")], {"a": names[0]}, {"a": names[1]})
    for width, label in (
        (80, "a: compute-node-17 -> compute-node-18"),
        (200, f"a: {names[0]} -> {names[1]}"),
    ):
        lines = drawn(of, [Migration("a", *names)], (0,), (5,), ((),), width=width)
        assert lines[1].split("|")[0].strip() == label
        assert ("without .dc1.example.net" in lines[-1]) == (width == 80)


def test_the_marks_are_explained_where_the_line_is_short():
    of, actions = swap()
    for width in (24, 40):
        lines = drawn(of, actions, (0, 10, 20), (10, 20, 30), ((), (1,), (2,)), width=width)
        words = " ".join(line.strip() for line in lines[4:])
        assert words.split() == LEGEND.split()
        assert all(len(line) <= width for line in lines[4:])


def all_to_another_host(count):
    vms = [vm(f"v{number}") for number in range(count)]
    here, there = ({it.name: name for it in vms} for name in ("h1", "h2"))
    of = pool([host("h1", count), host("h2", count)], vms, here, there)
    return of, [Migration(it.name, "h1", "h2") for it in vms]


def test_of_many_actions_hosts_are_shown_with_how_many_they_have_at_a_time():
    count = MOST_ACTIONS + 1
    of, actions = all_to_another_host(count)
    lines = drawn(of, actions, (0,) * count, (10,) * count, ((),) * count)
    assert [line.split(" ")[0] for line in lines[1:3]] == ["h1", "h2"]
    assert "+" in lines[1]


def test_those_that_run_one_after_another_are_not_at_a_time_however_narrow_the_chart():
    count = MOST_ACTIONS + 10
    of, actions = all_to_another_host(count)
    starts, ends = (tuple(10 * (number + more) for number in range(count)) for more in (0, 1))
    lines = drawn(of, actions, starts, ends, ((), *((number,) for number in range(1, count))))
    assert [set(line.split("|")[1]) for line in lines[1:3]] == [{DECIDES}, {DECIDES}]


def test_one_host_that_is_left_out_is_one():
    count = MOST_ACTIONS + 1
    vms = [vm(f"v{number}") for number in range(count)]
    ends = [f"h{number % MOST_HOSTS}" for number in range(count)]
    of = pool(
        [host(f"h{number}", 9) for number in range(MOST_HOSTS)] + [host("h", count)],
        vms,
        {it.name: "h" for it in vms},
        {it.name: end for it, end in zip(vms, ends, strict=True)},
    )
    actions = [Migration(it.name, "h", end) for it, end in zip(vms, ends, strict=True)]
    lines = drawn(of, actions, (0,) * count, (10,) * count, ((),) * count)
    assert lines[-1].strip() == "and 1 host more, less busy"


def test_a_plan_without_actions_says_so():
    of = pool([host("h1")], [vm("a")], "h1: a", "h1: a")
    assert drawn(of, [], (), (), ()) == ["nothing to do"]


def test_names_move_no_cursor():
    hosts = [host("h1"), host("h2\x1b[2J")]
    of = pool(hosts, [vm("a\n")], {"a\n": "h1"}, {"a\n": "h2\x1b[2J"})
    lines = drawn(of, [Migration("a\n", "h1", "h2\x1b[2J")], (0,), (5,), ((),))
    assert not any("\x1b" in line or "\n" in line for line in lines)
