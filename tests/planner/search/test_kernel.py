"""The kernel: roomy hosts struck, and the components that can deadlock, held against plain definitions."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from models.problem import Problem
from planner.search.bounds import mandatory
from planner.search.kernel import Component, kernel
from tests.builders import host, pool, vm, with_host, with_vm
from tests.models.rules.own_rules import HOSTS, Licences, databases
from tests.planner.small_pools import deadlock, rivals, two_deadlocks, upgrade
from tests.planner.solving import solve
from tests.strategies import PLAIN, knotted_pools, parsed, planted_pools, random_pools

POOLS = st.one_of(planted_pools().map(lambda it: it.pool), random_pools(), knotted_pools())


def chain(last=10):
    """Move a (6) from h1 to h2, and b (6) from h2 to h3, which has so much room."""
    hosts = [host("h1"), host("h2"), host("h3", last)]
    return pool(hosts, [vm("a", 6), vm("b", 6)], "h1: a, h2: b", "h2: a, h3: b")


def test_striking_the_moves_to_a_roomy_host_makes_the_next_one_roomy():
    """need(h3) = 6 fits; without b need(h2) = 12 - 6 fits too; then nothing waits for anything."""
    assert kernel(Problem(chain())) == kernel(Problem(chain(6)))
    assert kernel(Problem(chain())).roomy == {0, 1, 2}
    assert kernel(Problem(chain())).components == ()


def test_a_host_that_must_shed_first_is_not_roomy_but_waits_in_no_ring():
    """h2 must let b go to h3, and h3 let c go to h1, which is roomy: an order exists, so no component."""
    hosts = [host("h1", 20), host("h2"), host("h3")]
    vms = [vm("a", 6), vm("b", 6), vm("c", 6)]
    of = pool(hosts, vms, "h1: a, h2: b, h3: c", "h2: a, h3: b, h1: c")
    assert kernel(Problem(of)).roomy == {0, 1, 2}
    full = with_host(of, "h1", capacity={"ram_mib": 11})
    assert kernel(Problem(full)).components == (Component((0, 1, 2), (0, 1, 2)),)


def test_a_swap_without_room_is_a_component(tiny):
    """h1 and h2 need 13 of 10 each; h3, where nobody has to go, is roomy."""
    assert kernel(Problem(tiny)).roomy == {2}
    assert kernel(Problem(tiny)).components == (Component((0, 1), (0, 1)),)


def test_a_swap_with_room_is_none():
    """One host that holds both VMs is enough: its needs fit, and then those of the other."""
    assert kernel(Problem(with_host(deadlock(), "h1", capacity={"ram_mib": 6768}))).components == ()
    assert len(kernel(Problem(with_host(deadlock(), "h1", capacity={"ram_mib": 6767}))).components) == 1


def test_two_swaps_are_two_components():
    """They exchange nothing, and each is a question of its own."""
    found = kernel(Problem(two_deadlocks())).components
    assert [it.moving for it in found] == [(0, 1), (2, 3)]
    assert [it.hosts for it in found] == [(0, 1), (2, 3)]


def test_components_come_smallest_first():
    """A ring of three before a swap of two in the pool, behind it in the kernel."""
    hosts = [host(f"h{number}") for number in range(5)]
    vms = [vm(name, 7) for name in "abcde"]
    of = pool(hosts, vms, "h0: a, h1: b, h2: c, h3: d, h4: e", "h1: a, h2: b, h0: c, h4: d, h3: e")
    assert [len(it.moving) for it in kernel(Problem(of)).components] == [2, 3]


def test_a_move_between_two_components_belongs_to_neither():
    """X goes from one swap to the other: it leaves the first, and enters the second last."""
    hosts = [host("h0"), host("h1"), host("h2", 11), host("h3", 11)]
    vms = [vm("a", 7), vm("b", 7), vm("c", 7), vm("d", 7), vm("x", 3)]
    of = pool(hosts, vms, "h0: a x, h1: b, h2: c, h3: d", "h1: a, h0: b, h3: c, h2: d x")
    assert [it.moving for it in kernel(Problem(of)).components] == [(0, 1), (2, 3)]


def test_a_full_group_makes_a_host_wait_as_missing_room_does():
    """Two rivals swap hosts of 100: room there is, but not for both at once."""
    assert kernel(Problem(rivals())).components == (Component((0, 1), (0, 1)),)


def test_a_group_with_room_for_one_more_does_not():
    """Three licensed databases: h2 may hold two, so d1 comes at once and d0 leaves when it likes."""
    loose = pool(HOSTS, databases(2), "h1: d0, h2: d1", "h1: d1, h2: d0", rules=[Licences()])
    assert kernel(Problem(loose)).components == ()
    tight = pool(HOSTS, databases(4), "h1: d0 d1, h2: d2 d3", "h1: d0 d2, h2: d1 d3", rules=[Licences()])
    assert kernel(Problem(tight)).components == (Component((0, 1), (1, 2)),)


def test_an_overloaded_host_is_not_roomy_before_it_has_shed():
    """h1 holds 12 of 10; b leaves for h2, which is roomy, and then h1 is."""
    of = pool([host("h1"), host("h2")], [vm("a", 6), vm("b", 6)], "h1: a b", "h1: a, h2: b")
    assert kernel(Problem(of)).roomy == {0, 1}
    stays = with_host(of, "h1", capacity={"ram_mib": 5})
    assert 0 not in kernel(Problem(stays)).roomy


def test_a_vm_that_may_not_come_directly_is_not_struck():
    """The way down from version 8 leads over h2: the direct move is none that could be made at once."""
    assert kernel(Problem(upgrade())).components == ()
    swap = pool(
        [host("h1", version=8), host("h2"), host("h3", version=7)],
        [vm("a", 3), vm("b", 3)],
        "h1: a, h3: b",
        "h3: a, h1: b",
    )
    assert kernel(Problem(swap)).components == ()


@given(POOLS)
def test_roomy_is_what_the_definition_says(data):
    """Strike, in any order, all incoming moves of hosts whose needs fit, until nothing changes."""
    problem = Problem(parsed(data))
    left, roomy = set(problem.displaced), set()
    changed = True
    while changed:
        changed = False
        for place in set(range(problem.num_hosts)) - roomy:
            there = [
                v
                for v in range(problem.num_vms)
                if place == problem.src[v] and (v in left or v not in problem.displaced)
            ]
            coming = [v for v in left if problem.dst[v] == place]
            both = there + coming
            fits = all(
                sum(problem.demand[v][r] for v in both) <= problem.usable[place][r]
                for r in range(len(problem.resources))
            ) and all(
                sum(g in problem.groups_of[v] for v in both) <= problem.limit(g, place)
                for g in range(len(problem.members))
            )
            if fits:
                roomy.add(place)
                left -= {v for v in coming if problem.may_go(v, problem.src[v], place)}
                changed = True
    found = kernel(problem)
    assert found.roomy == roomy
    inside = {v for part in found.components for v in part.moving}
    assert inside <= left
    reach = {place: {place} for place in range(problem.num_hosts)}
    for _ in range(problem.num_hosts):
        for v in left:
            for place in reach:
                if problem.src[v] in reach[place]:
                    reach[place].add(problem.dst[v])
    assert inside == {v for v in left if problem.src[v] in reach[problem.dst[v]]}


@given(POOLS)
def test_components_share_no_host_and_no_vm(data):
    """That is why their bounds add up."""
    found = kernel(Problem(parsed(data))).components
    hosts = [place for part in found for place in part.hosts]
    moving = [one for part in found for one in part.moving]
    assert len(hosts) == len(set(hosts))
    assert len(moving) == len(set(moving))


@given(st.one_of(planted_pools(PLAIN).map(lambda it: it.pool), random_pools(PLAIN), knotted_pools()))
def test_without_components_mandatory_moves_are_enough(data):
    """Nothing can deadlock, so an order without detours exists, and it is found and proven."""
    of = parsed(data)
    problem = Problem(of)
    assume(not kernel(problem).components)
    result = solve(of)
    assert (result.status, result.cost) == ("optimal", mandatory(problem))
    assert result.plan.detours == 0


@given(knotted_pools())
def test_hosts_without_limits_leave_no_kernel(data):
    """With room for everybody everywhere every host is roomy."""
    for one in data["hosts"]:
        one["capacity"]["ram_mib"] = 10_000
    found = kernel(Problem(parsed(data)))
    assert len(found.roomy) == len(data["hosts"])
    assert found.components == ()


def test_a_pinned_vm_counts_where_it_is(tiny):
    """A VM that never moves takes its room in the needs of its host."""
    of = with_vm(tiny, "a", movable=True)
    assert kernel(Problem(of)).components == kernel(Problem(tiny)).components
