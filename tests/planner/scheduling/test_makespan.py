"""Short schedules and bounds of the makespan, held against exhaustive search in time on tiny pools."""

from __future__ import annotations

from dataclasses import replace
from itertools import repeat
from random import Random

import pytest
from hypothesis import event, given

from heuristics import Deadline
from heuristics.justify import short_schedule
from heuristics.tasks import TimedWork, everyone
from models import Stop
from models.clock import Clock
from models.parameters import Share
from models.timing import UNSAID, Link, Timing
from planner import plan
from planner.cp.asked import MOST_WORKERS
from planner.cp.solve import Effort
from planner.scheduling import reorder as reordering
from planner.scheduling.bounds import makespan_bound
from planner.scheduling.detour_model import DetourModel
from planner.scheduling.freedom import any_way, at_no_more_than, cost_of
from planner.scheduling.freedom_in_time import FreedomInTime
from planner.scheduling.heads import margins
from planner.scheduling.horizons import with_more_strategies
from planner.scheduling.idle_room import raised_by_idle_room
from planner.scheduling.least import Least
from planner.scheduling.makespan import shorten
from planner.scheduling.one_host import raised_by_hosts
from planner.scheduling.parameters import DEFAULT, ModelSizes, ScheduleParameters
from planner.scheduling.reorder import PAIRS_A_LOOK, reorder
from planner.scheduling.reroute import waits_for_room
from planner.scheduling.route_model import RouteModel, host_limits
from planner.scheduling.same_cost import at_the_same_cost
from tests.builders import host, pool, vm
from tests.heuristics.finding import LONG_S
from tests.in_time import broken, listed, some_work, timed_pools, work_of
from tests.planner.scheduling.tiny import TINY, earliest, tiny_work
from tests.strategies import parsed
from tests.time_oracle import InTime

ONE = Effort(1, 0, 1.0)


@given(TINY)
def test_no_bound_is_above_the_earliest_end_of_any_plan(data):
    """Detours and all: the bounds read off the pool, of one host alone, and of the model of all ways."""
    work = tiny_work(data)
    best = earliest(work)
    free = FreedomInTime(any_way(work.problem), Least(work.clock))
    bound = makespan_bound(free)
    assert bound.seconds <= best
    length = sum(task.seconds for task in work.tasks)
    idle = raised_by_idle_room(free, bound, Deadline(LONG_S))
    assert idle.seconds <= best
    known = margins(free, length, Deadline(LONG_S))
    raised = raised_by_hosts(free, bound, length, Deadline(LONG_S), ONE, known)
    assert raised.seconds <= best
    for detours in (1, 2):
        ways = DetourModel(free, 0, length, detours=detours, longer=True)
        found = ways.solve(Deadline(LONG_S), ONE)
        assert found is not None
        assert found <= best
        event(f"the model of all ways with {detours} detours is {best - found} s below")


@given(TINY)
def test_the_end_of_least_cost_is_within_its_bound(data):
    """Among the plans that cost no more: never before the oracle, never a bound above it."""
    work = tiny_work(data)
    cost = cost_of(work)
    best = earliest(work, most_cost=cost)
    found = shorten(work, Deadline(0.2), ONE)
    assert broken(found.work, found.starts) == []
    assert found.bound_s <= best <= found.makespan_s
    assert cost_of(found.work) <= cost
    event(f"{found.makespan_s - best} s late")


@given(TINY)
def test_the_earliest_end_is_within_its_bound(data):
    """Whatever it costs."""
    work = tiny_work(data)
    best = earliest(work)
    found = shorten(work, Deadline(0.2), ONE, cost_is_free=True)
    assert broken(found.work, found.starts) == []
    assert found.bound_s <= best <= found.makespan_s
    event(f"{found.makespan_s - best} s late")


@given(TINY)
def test_what_ends_earliest_does_so_by_the_fewest_migrations(data):
    """No plan of one migration less ends as early as one that is proven to end earliest."""
    work = tiny_work(data)
    best = earliest(work)
    result = in_time(parsed(data), 1.0)
    assert result.schedule.makespan_bound_s <= best <= result.schedule.makespan_s
    if result.schedule.is_proven:
        cheaper = InTime(work.problem, work.clock, most_cost=result.cost - 1)
        assert cheaper.earliest_end(best) is None
    event(f"{result.status.value}, cost {'proven' if result.cost == result.bound else 'open'}")


def in_time(of, seconds):
    """Plan for an early end, by one worker."""
    return plan(of.current, of.target, objective="time", workers=1, time_limit_s=seconds)


def walked_in_time(seed):
    """Give a pool that a walk planted: three hosts, slow and fast, with room for twice the four VMs."""
    rng = Random(seed)
    hosts = [
        host(
            name,
            8,
            bandwidth_mbps=rng.choice((100, 1000)),
            max_in=rng.randint(1, 2),
            max_out=rng.randint(1, 2),
        )
        for name in ("a", "b", "c")
    ]
    vms = [vm(name, rng.randint(2, 4), copied_mib=rng.randint(10, 60)) for name in "wxyz"]
    here: dict[str, str] = {}
    for one in vms:
        here[one.name] = rng.choice([at.name for at in hosts if has_room(at, one, vms, here)])
    there = dict(here)
    for _ in range(300):
        one, at = rng.choice(vms), rng.choice(hosts)
        if has_room(at, one, vms, there):
            there[one.name] = at.name
    return pool(hosts, vms, here, there, timing=Timing(overhead_s=0))


def has_room(at, one, vms, placement):
    """Tell whether a VM fits on a host beside those that are there."""
    return one.ram_mib + sum(it.ram_mib for it in vms if placement.get(it.name) == at.name) <= at.usable(
        "ram_mib"
    )


def test_most_tiny_pools_are_proven_and_exhaustive_search_finds_nothing_better():
    """25 walks; in some a step aside that nobody needs lets everything end sooner."""
    proven = bought = 0
    for seed in range(25):
        of = walked_in_time(seed)
        problem = everyone(of)
        clock, result = Clock(problem), in_time(of, 2.0)
        end = result.schedule.makespan_s
        assert result.schedule.makespan_bound_s <= InTime(problem, clock, most_states=60_000).earliest_end(
            end
        )
        if result.schedule.is_proven:
            cheaper = InTime(problem, clock, most_cost=result.cost - 1, most_states=60_000)
            assert cheaper.earliest_end(end) is None
            proven += 1
            bought += result.cost > result.bound
    assert proven >= 18
    assert bought >= 1


@given(timed_pools())
def test_the_model_finds_no_later_end_than_it_was_hinted(data):
    """Whatever is in the pool: shutdowns, provisions, overloaded hosts, groups."""
    work = some_work(parsed(data))
    if work is None or not work.tasks:
        return
    found = shorten(work, Deadline(0.1), ONE)
    assert broken(found.work, found.starts) == []
    model = RouteModel(work, host_limits(work), 0, found.makespan_s)
    model.hint(found.starts)
    times = model.solve(Deadline(LONG_S), ONE)
    assert times.starts is not None
    assert broken(work, times.starts) == []
    assert times.bound <= found.makespan_s


@given(timed_pools())
def test_the_model_ends_as_early_whether_it_puts_in_order_or_not(data):
    """Who comes first is asked of two on one host for the sake of speed alone."""
    work = some_work(parsed(data))
    if work is None or not work.tasks:
        return
    horizon, ends = work.makespan(listed(work)[0]), []
    for most_pairs in (0, 1_000):
        model = RouteModel(work, host_limits(work), 0, horizon, most_pairs=most_pairs)
        times = model.solve(Deadline(LONG_S), ONE)
        assert times.starts is not None
        assert broken(work, times.starts) == []
        ends.append(work.makespan(times.starts))
    assert ends[0] == ends[1]


@given(timed_pools())
def test_a_schedule_that_is_begun_in_is_not_lost(data):
    """Whatever the time: in that order nothing ends later."""
    work = tiny_work(data)
    found = shorten(work, Deadline(0.1), ONE)
    again = shorten(found.work, Deadline(0.0), ONE, begun=found.starts)
    assert broken(again.work, again.starts) == []
    assert again.makespan_s <= found.makespan_s


def test_who_is_at_home_may_take_the_longest_way_from_a_host_of_one_move_at_a_time():
    """Out of it and into it: each is one of its moves, whatever the other end is."""
    of = pool([host("a", max_moves=1), host("b")], [vm("v")], "a: v", "a: v")
    problem = everyone(of)
    clock = Clock(problem)
    model = DetourModel(FreedomInTime(any_way(problem), Least(clock)), 0, 999, detours=1, longer=True)
    model.model.add(model.far[0] == 1)
    assert model.solve(Deadline(LONG_S), ONE) is not None


def swapping(*more, timing=UNSAID, **fields):
    """A and c change places by way of h3, in three times 10 s."""
    hosts = [host("h1", 8), host("h2", 8), host("h3", 8)]
    vms = [vm("a", 6, migration_s=10), vm("c", 4, migration_s=10, **fields), *more]
    beside = "".join(f" {one.name}" for one in more)
    return pool(hosts, vms, f"h1: a{beside}, h2: c", f"h1: c{beside}, h2: a", timing=timing)


def shutting_down():
    """For a there is room on h1 after the shutdown of s, in 30 s: nowhere else is room for s before."""
    hosts = [host("h1", 8), host("h2", 4), host("h3", 2)]
    vms = [vm(name, 4, migration_s=10) for name in "sda"]
    return pool(hosts, vms, "h1: s d, h2: a", "h1: d a")


@pytest.mark.parametrize(
    ("of", "seconds"),
    [
        pytest.param(swapping(vm("b", 4, movable=False)), 30, id="a host over its limit at first"),
        pytest.param(swapping(vm("b", 2), offline=True), 30, id="one that may be stopped, in 60 s"),
        pytest.param(shutting_down(), 40, id="one that is shut down"),
    ],
)
def test_all_ways_prove_an_end_whatever_is_in_the_pool(of, seconds):
    result = plan(of.current, of.target, objective="time", workers=1, time_limit_s=LONG_S)
    assert result.status.value == "optimal"
    assert result.schedule.makespan_s == seconds


def test_nobody_is_stopped_to_end_sooner():
    """Stopped and started in 2 s, c would let a go at once; it goes by h3, and the end is not proven."""
    of = swapping(vm("b", 2), timing=Timing(shutdown_s=1, provision_s=1), offline=True)
    result = plan(of.current, of.target, objective="time", workers=1, time_limit_s=LONG_S)
    assert not any(isinstance(one, Stop) for one in result.plan.actions)
    assert result.schedule.makespan_s == 30
    assert result.schedule.makespan_bound_s < 30


def test_who_is_stopped_may_start_anywhere_and_migrate_home():
    """Off by 2 s, a starts on x by 5, while b leaves t, and comes to t by 7; started on t it is there by 8.

    No direct way: t is of an older version than the host that a is on.
    """
    hosts = [host("h1", version=2), host("t", version=1), host("x", version=1), host("y", version=1)]
    vms = [vm("a", 8, migration_s=2, offline=True), vm("b", 8, migration_s=5, detours=False)]
    of = pool(hosts, vms, "h1: a, t: b", "t: a, y: b", timing=Timing(shutdown_s=2, provision_s=3))
    problem = everyone(of)
    assert InTime(problem, Clock(problem)).earliest_end(9) == 7
    result = plan(of.current, of.target, objective="time", workers=1, time_limit_s=LONG_S)
    assert result.schedule.makespan_s == 8
    assert result.schedule.makespan_bound_s <= 7


def two_racks():
    """Give the tasks of two hosts that exchange three VMs of 4 s each, one in and one out at a time."""
    hosts = [host(f"h{number}", 8) for number in (0, 1)]
    vms = [vm(f"v{number}", 1, migration_s=4) for number in range(6)]
    here = {f"v{number}": f"h{number % 2}" for number in range(6)}
    there = {f"v{number}": f"h{1 - number % 2}" for number in range(6)}
    problem = everyone(pool(hosts, vms, here, there))
    return work_of(problem, Clock(problem), [(number, problem.dst[number]) for number in range(6)])


def test_neighbourhoods_shorten_a_bad_schedule():
    """One after another they take 24 s; both ways at once 12 s, which the slots allow at best."""
    work = two_racks()
    bad = [4 * number for number in range(6)]
    assert broken(work, bad) == []
    starts = reorder(work, bad, Deadline(LONG_S), ONE, bound=12, rounds=3)
    assert work.makespan(starts) == 12
    assert broken(work, starts) == []


def test_a_neighbourhood_of_millions_of_pairs_that_keep_their_order_is_left_off_in_time(monkeypatch):
    """Where thousands leave one host and come to it, to put them into the model takes minutes."""
    deadline = Deadline(LONG_S)

    def pairs(*_):
        yield from repeat((0, 1), 2 * PAIRS_A_LOOK)
        deadline.stop()
        yield from repeat((0, 1), 2 * PAIRS_A_LOOK)
        pytest.fail("went on all the same")

    monkeypatch.setattr(reordering, "kept_order", pairs)
    bad = [4 * number for number in range(6)]
    assert reorder(two_racks(), bad, deadline, ONE) == bad


def three_rings():
    """Give tasks of which each waits for the room of another: three rings of three through one spare host."""
    names = [f"{ring}{number}" for ring in "abc" for number in range(3)]
    hosts = [host(f"h{name}") for name in names] + [host("spare")]
    vms = [vm(name, 6, migration_s=7 + 2 * number) for number, name in enumerate(names)]
    here = {name: f"h{name}" for name in names}
    there = {name: f"h{name[0]}{(int(name[1]) + 1) % 3}" for name in names}
    vms.append(vm("z", 2, migration_s=5))
    problem = everyone(pool(hosts, vms, {**here, "z": "ha0"}, {**there, "z": "hb0"}))
    ways = []
    for ring in "abc":
        first, second, third = (names.index(f"{ring}{number}") for number in range(3))
        ways += [
            (first, len(names)),
            (third, problem.dst[third]),
            (second, problem.dst[second]),
            (first, problem.dst[first]),
        ]
    return work_of(problem, Clock(problem), [*ways, (len(names), problem.dst[len(names)])])


def test_the_same_work_comes_to_the_same_schedule_and_more_work_to_no_later_one():
    """So the objective ``time``, which does it first, ends no later than ``--schedule``."""
    work = three_rings()
    begun = TimedWork(work, short_schedule(work, Deadline(LONG_S)))
    assert waits_for_room(*begun)
    effort = Effort(2, 3)
    first, again = (at_the_same_cost(begun, Deadline(LONG_S), effort, 0.2) for _ in range(2))
    assert first == again
    assert broken(*first.timed) == []
    assert len(first.timed.work.tasks) == len(work.tasks)
    assert first.timed.makespan <= begun.makespan


def test_with_more_migrations_a_small_pool_ends_no_later_than_without():
    work = three_rings()
    cheap = shorten(work, Deadline(2.0), ONE)
    early = shorten(work, Deadline(2.0), ONE, cost_is_free=True)
    assert broken(early.work, early.starts) == []
    assert early.makespan_s <= cheap.makespan_s


def one_that_dwarfs_the_rest():
    """Give tasks in which z steps aside, 100,000 s each time, where the quick a could in its place."""
    hosts = [host("h0", 7), host("h1", 4), host("h2", 7), host("h3", 4)]
    vms = [vm("a", 1), vm("b", 5), vm("z", 3, migration_s=100_000)]
    here, there = {"a": "h0", "b": "h2", "z": "h3"}, {"a": "h3", "b": "h0", "z": "h2"}
    fields = {"anti_affinity": [["a", "b"], ["a", "z"]], "timing": Timing(overhead_s=0)}
    problem = everyone(pool(hosts, vms, here, there, **fields))
    return work_of(problem, Clock(problem), [(2, 1), (0, 3), (1, 0), (2, 2)])


def test_a_model_of_few_ways_that_comes_to_nothing_costs_no_time_of_the_schedule():
    """As where one duration dwarfs the rest; all that is found at the same cost comes before it."""
    none = {"ways": Share(0.0), "other_ways": Share(0.0)}
    without = ScheduleParameters(shares=replace(DEFAULT.shares, **none))
    work = one_that_dwarfs_the_rest()
    cheap = shorten(work, Deadline(LONG_S), ONE, parameters=without)
    early = shorten(work, Deadline(LONG_S), ONE, parameters=without, cost_is_free=True)
    assert broken(early.work, early.starts) == []
    assert early.makespan_s == cheap.makespan_s == 100_003


@pytest.mark.parametrize("cost_is_free", [False, True])
def test_the_quick_one_steps_aside_also_where_all_go_one_by_one(cost_is_free):
    """A swap of which one takes 10 s and the other 25: nobody waits for room alone."""
    vms = [vm("a", 3, migration_s=10), vm("b", 3, migration_s=25)]
    timing = Timing(overhead_s=0, max_parallel=1)
    hosts = [host(f"h{number}", 4) for number in range(3)]
    problem = everyone(pool(hosts, vms, {"a": "h0", "b": "h1"}, {"a": "h1", "b": "h0"}, timing=timing))
    work = work_of(problem, Clock(problem), [(1, 2), (0, 1), (1, 0)])
    found = shorten(work, Deadline(LONG_S), ONE, cost_is_free=cost_is_free)
    assert broken(found.work, found.starts) == []
    assert (found.makespan_s, found.bound_s) == (45, 45)


@pytest.mark.parametrize(("workers", "threads"), [(2, 8), (1, 1), (MOST_WORKERS, MOST_WORKERS)])
def test_models_get_several_strategies_unless_one_worker_is_all(workers, threads):
    """Four for each of two workers; one worker shall find the same every time."""
    effort = Effort(workers, seed=7)
    assert with_more_strategies(effort, ModelSizes().strategies) == replace(effort, workers=threads)


def test_a_bound_says_what_keeps_it():
    work = two_racks()
    bound = makespan_bound(FreedomInTime(any_way(work.problem), Least(work.clock)))
    assert (bound.seconds, bound.why.split()[0]) == (12, "max_out")


@pytest.mark.parametrize(("spare", "free"), [(0, False), (1, True)])
def test_only_what_the_cost_has_room_for_may_step_aside(spare, free):
    """A plan of one migration more than it takes: any VM may be the one that takes a detour."""
    hosts = [host(f"h{number}", 8) for number in range(3)]
    problem = everyone(pool(hosts, [vm("a")], {"a": "h0"}, {"a": "h1"}))
    moves = [(0, 2), (0, 1)] if spare else [(0, 1)]
    freedom = at_no_more_than(work_of(problem, Clock(problem), moves))
    assert freedom.aside == (free,)
    assert freedom.is_none is not free


def slow_and_fast():
    """Give a pool of two NICs of 500 and two of 1000 Mb/s, where going through a third host ends earlier."""
    src, dst = [1, 2, 2, 0, 2, 3, 1, 1, 2, 0], [2, 1, 3, 1, 3, 2, 2, 2, 0, 1]
    hosts = [host(f"h{n}", 12288, bandwidth_mbps=mbps, max_in=99, max_out=99) for n, mbps in enumerate(NICS)]
    vms = [
        vm(f"v{n}", 2048 if n < 5 else 3072, **DIRTY, copied_mib=2000 if n < 5 else 3000) for n in range(10)
    ]
    here, there = ({f"v{n}": f"h{at}" for n, at in enumerate(place)} for place in (src, dst))
    return everyone(pool(hosts, vms, here, there, timing=Timing(overhead_s=0)))


NICS = (500, 500, 1000, 1000)
DIRTY = {"dirty_mib_s": 2.0, "hot_mib": 96}


def test_a_detour_buys_time_where_a_fast_nic_feeds_a_slow_one():
    """Directly it takes 191 s at best; 161 s, the load of h1's way out, where two VMs go through a third.

    So no bound may be above 161: a flight at half the rate holds half the wire for twice the time.
    """
    problem = slow_and_fast()
    clock = Clock(problem)
    work = work_of(problem, clock, [(vm_number, problem.dst[vm_number]) for vm_number in range(10)])
    free = FreedomInTime(any_way(problem), Least(clock))
    bound = makespan_bound(free)
    known = margins(free, 191, Deadline(LONG_S))
    raised = raised_by_hosts(free, bound, 191, Deadline(LONG_S), ONE, known)
    assert (bound.seconds, raised.seconds) == (161, 161)
    model = DetourModel(free, 161, 191, detours=1, longer=True)
    found, proven, *_ = model.find(Deadline(LONG_S), Effort(1, 0, 20.0))
    assert (found.makespan_s, proven) == (161, 161)
    assert broken(found.work, found.starts) == []
    assert len(found.work.tasks) > len(work.tasks)


def thirds(*others):
    """A NIC of 1,000 Mb/s, through which three go at once, each at a third of that, in 60 s."""
    hosts = [host("a", 8192, bandwidth_mbps=1000.0, max_out=3), *(host(f"b{n}", 8192) for n in range(3))]
    vms = [vm(f"v{n}", 2048) for n in range(3)]
    timing = Timing(rate_mbps=1000 / 3)
    of = pool([*hosts, *others], vms, "a: v0 v1 v2", "b0: v0, b1: v1, b2: v2", timing=timing)
    problem = everyone(of)
    return work_of(problem, Clock(problem), [(0, 1), (1, 2), (2, 3)])


def test_who_goes_slowly_holds_less_of_a_wire_than_who_goes_fast():
    """Ten VMs leave h1, whose NIC is ten times as fast as theirs at home: all at once, in 6 s.

    At 100 Mb/s one holds 600 Mb; aside to h2, at 1 Gb/s, it would be 3 s and 3,000 Mb.
    """
    names = [f"v{number}" for number in range(10)]
    hosts = [host(name, 100, bandwidth_mbps=1000, max_out=10) for name in ("h1", "h2")]
    hosts += [host(f"d{name}", 100, bandwidth_mbps=100) for name in names]
    vms = [vm(name, 1, copied_mib=40) for name in names]
    of = pool(hosts, vms, dict.fromkeys(names, "h1"), {name: f"d{name}" for name in names})
    problem = everyone(of)
    assert makespan_bound(FreedomInTime(any_way(problem), Least(Clock(problem)))).seconds == 6


def test_a_rate_finer_than_what_is_counted_in_makes_nobody_wait():
    found = shorten(thirds(), Deadline(LONG_S), Effort(1, 0))
    assert (found.bound_s, found.makespan_s) == (60, 60)


@pytest.mark.parametrize("cost_is_free", [False, True])
def test_what_rates_are_rounded_to_proves_nothing(cost_is_free):
    """In millionths of a Mb/s two fit the other NIC or three do not fit that of ``a``: 60 or 120 s."""
    work = thirds(host("c", 8192, bandwidth_mbps=666.6666666666665, max_out=2))
    found = shorten(work, Deadline(LONG_S), Effort(1, 0), cost_is_free=cost_is_free)
    assert not work.clock.is_exact
    assert work.clock.for_proofs().is_exact is False
    assert found.bound_s <= 60 <= found.makespan_s


def test_a_link_faster_than_what_is_assumed_of_a_nic_counts_as_it_is():
    """16 GiB within a rack take 153 s at the 1,000 Mb/s that are assumed; by the other rack twice 16."""
    hosts = [host(name, 65536) for name in ("a1", "a2", "b1", "b2")]
    racks = Timing(links=(Link("rack", ("a1", "a2"), 10_000.0),), overhead_s=0)
    of = pool(hosts, [vm("v", 16384)], "a1: v", "a2: v", timing=racks)
    problem = everyone(of)
    work = work_of(problem, Clock(problem), [(0, 1)])
    assert work.makespan([0]) == 153
    found = shorten(work, Deadline(LONG_S), Effort(1, 0), cost_is_free=True)
    assert found.bound_s == found.makespan_s == 32


def test_a_vm_that_is_stopped_since_its_migration_would_never_end_is_no_obstacle():
    """Into b go 11 MiB/s, and db writes 20; x leaves b for the room of db, and db comes for that of x."""
    hosts = [host("a", 8, bandwidth_mbps=1000), host("b", 8, bandwidth_mbps=100), host("c", 8)]
    busy = vm("db", 4, offline=True, dirty_mib_s=20, copied_mib=1000)
    of = pool(
        hosts, [busy, vm("x", 6, copied_mib=1000), vm("y", 6)], "a: db, b: x, c: y", "a: x, b: db, c: y"
    )
    for how in ({"schedule": True}, {"objective": "time"}):
        result = plan(of.current, of.target, workers=1, time_limit_s=LONG_S, **how)
        assert [type(one).__name__ for one in result.plan.actions] == ["Stop", "Migration", "Start"]


def by_home_and_away():
    """V goes home, makes room there for p, and comes home again: so w may come to S, and p pass.

    Ends after 35 s; where nobody comes by home, after 40.
    """

    def small(name, ram_mib, *traits, **limits):
        return host(name, ram_mib, traits=traits, **{"max_in": 3, "max_out": 3, **limits})

    hosts = [
        small("S", 4, "v", "w"),
        small("T", 4, "v", "p"),
        small("X", 4, "v", "u"),
        small("U", 4, "u"),
        small("W", 4, "w"),
        small("A", 5, "p", "q", "z", "y", max_out=1),
        small("B", 5, "p", "q", "k", "g", max_in=1),
        small("Z", 1, "z"),
        small("Y", 1, "y"),
        small("K", 1, "k"),
        small("G", 1, "g"),
    ]
    takes = {"v": 10, "w": 25, "u": 10, "p": 2, "q": 1, "z": 20, "y": 15, "k": 25, "g": 10}
    vms = [
        vm(name, 4 if name in "vwupq" else 1, requires=(name,), migration_s=s, detours=name in "vp")
        for name, s in takes.items()
    ]
    return pool(
        hosts,
        vms,
        "S: v, W: w, X: u, A: p z, B: q k, Y: y, G: g",
        "T: v, S: w, U: u, B: p g, A: q y, Z: z, K: k",
        anti_affinity=[["z", "y"], ["k", "g"]],
    )


def test_a_vm_may_come_by_home_and_leave_it_once_more():
    of = by_home_and_away()
    result = plan(of.current, of.target, objective="time", workers=1, time_limit_s=LONG_S)
    assert result.schedule.makespan_bound_s <= 35
    assert result.schedule.makespan_s == 35


@pytest.mark.parametrize(("seconds", "bound"), [(100, 60), (7, 7)])
def test_whoever_is_stopped_is_started_again(seconds, bound):
    """What ends before 60 s stops nobody: a goes in 7 s, or in no fewer than 60."""
    data = pool([host("h1"), host("h2")], [vm("a", offline=True, migration_s=seconds)], "h1: a", "h2: a")
    problem = everyone(data, "moves")
    assert makespan_bound(FreedomInTime(any_way(problem), Least(Clock(problem)))).seconds == bound


def test_who_has_to_be_stopped_bounds_the_end_by_that_alone():
    """It writes faster than any way carries: there is no migration to be asked for its seconds."""
    guest = vm("v", offline=True, dirty_mib_s=1000)
    data = pool([host("a"), host("b")], [guest], "a: v", "b: v")
    problem = everyone(data, "moves")
    assert makespan_bound(FreedomInTime(any_way(problem), Least(Clock(problem)))).seconds == 60


@pytest.mark.parametrize("asked", [{"objective": "time"}, {"objective": "custom", "schedule": True}])
def test_who_is_shut_down_may_make_room_sooner_by_a_migration(asked):
    """Aside in 5 s, and shut down there, it lets v end at 30 s: no bound is above 35 s."""
    hosts = [host(name, 4) for name in "abc"]
    vms = [vm("doomed", 4, migration_s=5, cost=0), vm("v", 4, migration_s=25)]
    data = pool(hosts, vms, "a: v, b: doomed", "b: v")
    result = plan(data.current, data.target, workers=1, time_limit_s=5.0, **asked)
    assert result.schedule.makespan_bound_s <= 35
