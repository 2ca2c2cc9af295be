"""Components apart: cut out, solved one by one or side by side, and put together to a plan of the whole."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from heuristics import Deadline, SqueakyWheel
from models import Pool, PoolState, replay
from models.problem import Problem
from models.reversal import backward
from planner import Status
from planner.cp.solve import Effort
from planner.search.apart import plan_apart
from planner.search.bounds import mandatory
from planner.search.elsewhere import components_go_to
from planner.search.exact import is_small
from planner.search.incumbent import Incumbent
from planner.search.kernel import kernel
from planner.search.pieces import walk
from planner.search.stage import Search
from planner.search.stages import search_component
from planner.soak.pools.knots import knots
from tests.builders import host, pool, vm
from tests.heuristics.finding import safe
from tests.oracle import optimum, within_reach
from tests.planner.executors import Here, KilledWorker
from tests.planner.small_pools import making_way, swaps, two_deadlocks
from tests.planner.solving import LIMIT_S, solve
from tests.strategies import knotted_pools, parsed, planted_pools, random_pools

EFFORT = Effort(workers=1, seed=0)
SOME = settings(settings.default, max_examples=max(settings.default.max_examples // 3, 4))
PARTS = st.one_of(planted_pools().map(lambda it: it.pool), random_pools(), knotted_pools())


SMALL = st.one_of(
    knotted_pools(),
    random_pools(max_hosts=3, max_vms=5),
    planted_pools(max_hosts=3, max_vms=5).map(lambda it: it.pool),
)


def side_by_side(pools, *, sites=False):
    """Put pools beside each other; with ``sites`` the VMs of each keep to its hosts."""
    hosts, vms, current, target, groups = [], [], {}, {}, []
    for number, of in enumerate(pools):
        site = {"traits": [f"site{number}"]} if sites else {}
        for it in of["hosts"]:
            hosts.append({**it, "name": f"{number}{it['name']}"})
            if sites:
                hosts[-1]["traits"] = [*it.get("traits", []), *site["traits"]]
        for it in of["vms"]:
            vms.append({**it, "name": f"{number}{it['name']}"})
            if sites:
                vms[-1]["requires"] = [*it.get("requires", []), *site["traits"]]
        for placement, into in ((of["current"], current), (of["target"], target)):
            into.update({f"{number}{name}": f"{number}{place}" for name, place in placement.items()})
        groups += [
            [f"{number}{name}" for name in group] for group in of.get("rules", {}).get("anti_affinity", [])
        ]
    whole = {"format": "vm-pool/1", "hosts": hosts, "vms": vms, "current": current, "target": target}
    return {**whole, "rules": {"anti_affinity": groups}} if groups else whole


def cut(problem, outside):
    """Cut a problem into pieces."""
    return walk(problem, kernel(problem), outside)


def apart(of, objective="moves", *, executor=None):
    """Plan only by components; give what is known then."""
    incumbent = Incumbent(Problem(of, objective), Deadline(LIMIT_S))
    incumbent.prove(mandatory(incumbent.problem))
    with components_go_to(executor):
        plan_apart(Search(incumbent, EFFORT), incumbent.deadline)
    if incumbent.moves is not None:
        safe(incumbent.problem, incumbent.moves)
    return incumbent


def test_a_piece_is_the_component_in_its_turn_with_the_roomiest_others():
    """Each swap of two full hosts, and beside them the empty host; nothing else moves."""
    found = cut(Problem(swaps(2)), 1)
    assert [piece.component.hosts for piece in found.pieces] in ([(0, 1), (2, 3)], [(2, 3), (0, 1)])
    for piece in found.pieces:
        assert piece.hosts == (*piece.component.hosts, 4)
        part = piece.problem(Problem(swaps(2)))
        assert (part.num_hosts, part.displaced) == (3, [0, 1])
        assert piece.own().hosts == (0, 1)


def test_moves_between_components_come_after_what_they_enter_and_before_what_they_leave():
    """Two pairs swap, and x goes from the one to the other, which has room for it only then."""
    hosts = [host("h1", 10), host("h2", 10), host("h3", 10), host("h4", 10), host("s", 10)]
    vms = [vm("a", 6), vm("b", 6), vm("c", 6), vm("d", 6), vm("x", 3)]
    of = pool(hosts, vms, "h1: a x, h2: b, h3: c, h4: d", "h1: b, h2: a, h3: d x, h4: c")
    problem = Problem(of)
    found = cut(problem, 1)
    order = [piece.component.hosts for piece in found.pieces]
    assert order == [(2, 3), (0, 1)]
    assert found.opening == []
    assert found.entering == [[(4, 2)], []]
    assert apart(of).cost == 7


@pytest.mark.parametrize("count", [2, 3, 5])
def test_swaps_are_planned_one_by_one(count):
    assert apart(swaps(count)).cost == 3 * count


def test_what_is_found_elsewhere_is_the_same():
    here, there = apart(swaps(4)), apart(swaps(4), executor=Here())
    assert here.moves == there.moves


def test_what_an_executor_loses_is_planned_here():
    executor = Here(lose=[KilledWorker(), None, KilledWorker()])
    assert apart(swaps(4), executor=executor).cost == 12
    assert executor.jobs == 4


def test_what_is_proven_of_few_hosts_outside_is_not_proven_of_all():
    """Without sites the same pieces may be planned better: what each needs at least is that of the limbo."""
    of = making_way()
    free = [host(f"f{number}", 1) for number in range(9)]
    known = apart(
        Pool(*(PoolState([*of.hosts, *free], of.vms, s.placement) for s in (of.current, of.target)))
    )
    assert known.bound < known.cost == 4


def test_a_piece_without_a_plan_proves_nothing_of_the_whole():
    """Each swap has no room, and hosts that are not offered might have some: that is for others to say."""
    known = apart(two_deadlocks())
    assert (known.moves, known.impossible) == (None, None)


def test_one_large_component_is_left_to_the_others(tiny):
    """Two of three hosts are no smaller question than the whole."""
    known = apart(tiny)
    assert known.moves is None


@given(st.lists(PARTS, min_size=1, max_size=3), st.sampled_from((0, 1, 8)))
def test_safe_plans_of_all_pieces_make_a_safe_plan_of_the_whole(parts, outside):
    """Whatever finder plans the pieces, under all rules."""
    problem = Problem(parsed(side_by_side(parts)))
    found = cut(problem, outside)
    assume(found is not None and found.pieces)
    plans = []
    for piece in found.pieces:
        part = piece.problem(problem)
        moves = SqueakyWheel(patience=2).find(part, Deadline(LIMIT_S)).moves
        assume(moves is not None)
        plans.append(piece.in_whole(moves))
    event(f"{len(plans)} pieces")
    safe(problem, found.whole(plans))


@SOME
@given(st.lists(SMALL, min_size=2, max_size=2), st.booleans(), st.sampled_from(("moves", "ram")))
def test_the_bound_of_the_pieces_never_exceeds_the_optimum(parts, sites, objective):
    """And their plan never undercuts it."""
    data = side_by_side(parts, sites=sites)
    with within_reach():
        best = optimum(data, objective, limit=20_000)
    known = apart(parsed(data), objective)
    if best is None:
        assert known.moves is None
        return
    assert known.impossible is None
    assert known.bound <= best.cost
    assert known.cost is None or known.cost >= best.cost
    event(f"planned: {known.cost is not None}, exact: {known.cost == known.bound}")


@given(st.lists(PARTS, min_size=1, max_size=2))
def test_a_part_is_the_same_after_a_journey(parts):
    """Pickled, a part asks the whole for its numbers again; so does what is made of it backwards."""
    problem = Problem(parsed(side_by_side(parts)))
    found = cut(problem, 2)
    assume(found is not None and found.pieces)
    part = found.pieces[0].problem(problem)
    for one in (part, backward(part)):
        again = pickle.loads(pickle.dumps(one))
        for name in (
            "src",
            "dst",
            "usable",
            "needs",
            "cost",
            "stop_cost",
            "groups_of",
            "members",
            "displaced",
        ):
            assert getattr(again, name) == getattr(one, name)
        assert again.is_backward == one.is_backward
        vms, hosts = range(one.num_vms), range(one.num_hosts)
        assert all(again.may_run(v, h) == one.may_run(v, h) for v in vms for h in hosts)


def test_a_stopped_deadline_ends_the_pieces_in_their_threads():
    """Nobody waits for them any more, so they give what they have and go."""
    deadline = Deadline(1_000.0)
    problem = Problem(swaps(4))
    with ThreadPoolExecutor(1) as threads:
        deadline.stop()
        part = Incumbent(cut(problem, 2).pieces[0].problem(problem), deadline.within(500.0))
        threads.submit(search_component, Search(part, EFFORT)).result(timeout=20.0)
    assert part.done


def test_a_pool_of_small_knots_is_planned_by_its_pieces():
    """Too large for one exact model: what lasts longest is found apart, and proven."""
    of = knots(np.random.default_rng(3), 5, 0.9)
    assert not is_small(Search(Incumbent(Problem(of), Deadline(LIMIT_S))))
    result = solve(of, time_limit_s=10 * LIMIT_S)
    assert (result.status, replay(of, result.plan)) == (Status.OPTIMAL, [])
