"""What VMs pay to end elsewhere, asked of one host of each class and of every host."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from models import PoolState
from models.reading import parse_wanted
from models.wanted import Wanted
from planner.goals.choice import Choice
from tests.builders import host, vm
from tests.counting import steps_of
from tests.goal_oracle import open_pool
from tests.strategies import RULES, random_pools

TRAITS, VERSIONS = ("a", "b"), st.sampled_from((None, 1, 2))


@st.composite
def told_apart(draw):
    """Hosts that traits, versions, cordons and NICs tell apart, and VMs where they may run, or not."""
    traits = st.lists(st.sampled_from(TRAITS), unique=True)
    nics, open_to_all = st.sampled_from((None, None, 50, 1000)), st.integers(0, 5)
    hosts = [
        host(
            f"h{n}",
            traits=draw(traits),
            version=draw(VERSIONS),
            accepts=draw(open_to_all) > 0,
            bandwidth_mbps=draw(nics),
        )
        for n in range(draw(st.integers(2, 6)))
    ]
    writes = st.sampled_from((0, 0, 20))
    vms = [vm(f"v{n}", requires=draw(traits), dirty_mib_s=draw(writes)) for n in range(3)]
    return PoolState(hosts, vms, {it.name: draw(st.sampled_from(hosts)).name for it in vms})


def ways_over_any_host(state, name, end):
    """Give the fewest migrations that lead a VM to a host, all hosts asked about; None: none do."""
    seen, hops, border = {state.placement[name]}, 0, {state.placement[name]}
    names = [it.name for it in state.hosts]
    bare = state.placed({})
    while border:
        hops += 1
        border = {
            there
            for there in names
            if there not in seen
            and any(
                not (bare.ledger().unfit(name, there) or bare.ledger().unmovable(name, here, there, end))
                for here in border
            )
        }
        if end in border:
            return hops
        seen |= border
    return None


@given(told_apart())
def test_fares_are_those_of_the_shortest_ways_over_all_hosts(state):
    """Three VMs ask one after another, so that what is kept for the first is told to the others."""
    choice = Choice(Wanted(state, None))
    for guest, it in enumerate(choice.problem.vms):
        for number, there in enumerate(choice.problem.hosts):
            if number != choice.src[guest]:
                fare = choice.fare(guest, number)
                told = None if fare is None else fare.migrations
                assert told == ways_over_any_host(state, it.name, there.name)
        able = {number for number in range(len(state.hosts)) if choice.fare(guest, number) is not None}
        assert set(choice.hosts_for(guest)) == able


def test_who_may_not_stay_is_told_of_a_host_like_its_own():
    """To b, on h1, no other host like that is open; to c, on h2, where it lacks the trait, h1 is."""
    hosts = [host("h1", traits=["a"]), host("h2"), host("h3", traits=["a"], version=1)]
    vms = [vm("b", requires=["a"]), vm("c", requires=["a"])]
    choice = Choice(Wanted(PoolState(hosts, vms, {"b": "h1", "c": "h2"}), None))
    assert [choice.hosts_for(0), choice.hosts_for(1)] == [[0, 2], [0, 2]]


def test_where_all_hosts_are_told_apart_few_of_them_are_asked_about():
    """60 hosts with traits of their own, as of mirrored disks: each VM may run on two, and nowhere else."""
    hosts = [host(f"h{n}", 99, traits=[f"t{n}", f"t{(n + 1) % 60}"]) for n in range(60)]
    vms = [vm(f"v{n}", requires=[f"t{n}"]) for n in range(60)]
    choice = Choice(Wanted(PoolState(hosts, vms, {f"v{n}": f"h{n}" for n in range(60)}), None))
    found = []
    steps = steps_of(lambda: found.extend(choice.hosts_for(guest) for guest in range(60)))
    assert found == [[n, (n - 1) % 60] for n in range(60)]
    assert steps < 300_000


def test_who_can_leave_its_host_for_nowhere_is_seen_soon():
    """40 hosts with NICs of 40 speeds, and as many VMs: half write faster than the NICs of their hosts."""
    hosts = [host(f"h{n}", 99, bandwidth_mbps=100 + n) for n in range(40)]
    vms = [vm(f"v{n}", dirty_mib_s=12 + n / 40) for n in range(40)]
    choice = Choice(Wanted(PoolState(hosts, vms, {f"v{n}": f"h{n}" for n in range(40)}), None))
    found = []
    steps = steps_of(lambda: found.extend(choice.fare_away(guest) for guest in range(40)))
    assert found[0] is None
    assert found[-1] == 1
    assert steps < 800_000


@given(random_pools(RULES - {"provisions", "shutdowns"}, max_hosts=6, max_vms=6), st.data())
def test_the_cheapest_fare_away_is_that_to_any_other_host(drawn, data):
    choice = Choice(parse_wanted(json.dumps(open_pool(drawn)).encode()), "custom")
    hosts = range(choice.problem.num_hosts)
    shut = data.draw(st.sets(st.sampled_from(hosts)))
    for guest, home in enumerate(choice.src):
        fares = [choice.fare(guest, host) for host in hosts if host != home and host not in shut]
        if fares:
            assert choice.fare_away(guest, shut) == min((fare.cost for fare in fares if fare), default=None)


def test_the_fare_away_asks_of_hosts_of_one_class_but_once(monkeypatch):
    """Forty hosts of two versions, and a VM that may not go to the older one."""
    hosts = [{"name": f"h{n}", "capacity": {"ram_mib": 9}, "version": n % 2} for n in range(40)]
    vms = [{"name": "a", "demand": {"ram_mib": 1}}]
    pool = {"format": "vm-pool/1", "hosts": hosts, "vms": vms, "current": {"a": "h1"}}
    choice, asked = Choice(parse_wanted(json.dumps(pool).encode())), []
    fare = choice.fare
    monkeypatch.setattr(choice, "fare", lambda vm, host: asked.append(host) or fare(vm, host))
    assert choice.fare_away(0) == 1
    assert len(asked) == 2
