"""The peers' table: every tool sees the same pool, and one judge looks at what each proposes."""

from __future__ import annotations

import pytest

from benchmarks.peers import hbal, proxlb
from benchmarks.peers.asking import Row
from benchmarks.peers.pools import cluster
from benchmarks.peers.proposal import Proposal, judged
from benchmarks.peers.table import in_order
from models import VM, Host, PoolState
from planner.clouds.ganeti.text import found

BOTH = ("vcpus", "ram_mib")


def a_pool(at: dict[str, str], vcpus: int = 4) -> PoolState:
    """Three hosts of 10 vCPUs and VMs of ``vcpus``, 1 GiB each."""
    hosts = [Host(name, {"vcpus": 10, "ram_mib": 8192}) for name in ("h1", "h2", "h3")]
    return PoolState(hosts, [VM(name, {"vcpus": vcpus, "ram_mib": 1024}) for name in at], at)


def test_the_text_for_hbal_reads_back_as_the_pool():
    state = a_pool({"a": "h1", "b": "h1", "c": "h3"})
    read = found(hbal.text_of(state, state.placement, offline=["h3"]))
    assert {host.name: dict(host.capacity) for host in read.hosts if host.up} == {
        "h1": {"ram_mib": 8192, "vcpus": 10},
        "h2": {"ram_mib": 8192, "vcpus": 10},
    }
    assert {vm.name: (vm.host, dict(vm.demand)) for vm in read.vms} == {
        name: (host, {"vcpus": 4, "ram_mib": 1024}) for name, host in state.placement.items()
    }


@pytest.mark.hbal
def test_hbal_is_asked_for_moves_and_for_its_score():
    state = a_pool({"a": "h1", "b": "h1", "c": "h3"})
    proposal = hbal.asked(state, "--max-cpu=1")
    assert proposal is not None
    outcome = judged(state, proposal, BOTH)
    assert sorted(outcome.placement.values()) == ["h1", "h2", "h3"]
    before, after = hbal.score(state, state.placement), hbal.score(state, outcome.placement)
    assert before is not None
    assert after is not None
    assert after < before
    emptied = hbal.asked(state, "--max-cpu=1", drained=["h3"])
    assert emptied is not None
    assert judged(state, emptied, BOTH, ["h3"]).left == 0


def test_proxlb_gives_each_guest_to_the_host_that_is_emptiest_then():
    """Of 10 vCPUs 8, 0 and 4 are taken: a goes to h2; all are equal then, and c goes to the first."""
    state = a_pool({"a": "h1", "b": "h1", "c": "h3"})
    assert proxlb.balanced(state, "vcpus").moves == (("a", "h2"), ("c", "h1"))


def test_proxlb_leaves_hosts_alone_that_are_near_each_other():
    state = a_pool({"a": "h1", "b": "h2", "c": "h3"})
    assert proxlb.balanced(state, "vcpus").moves == ()


def test_proxlb_looks_at_no_room_and_the_judge_says_so():
    """h3 is drained: its VM of 6 goes to h1 or h2, each of which has 4 free."""
    state = a_pool({"a": "h1", "b": "h2", "c": "h3"}, vcpus=6)
    proposal = proxlb.drained(state, ["h3"], "vcpus")
    assert proposal.moves == (("c", "h1"),)
    outcome = judged(state, proposal, BOTH, ["h3"])
    assert (outcome.refused, outcome.first_refused, outcome.left) == (1, 1, 0)
    assert outcome.highest == pytest.approx(1.2)


def test_a_move_that_has_room_only_after_a_later_one_is_refused():
    state = a_pool({"a": "h1", "b": "h2"}, vcpus=6)
    wrong = judged(state, Proposal((("a", "h2"), ("b", "h3")), 0.0), BOTH)
    right = judged(state, Proposal((("b", "h3"), ("a", "h2")), 0.0), BOTH)
    assert (wrong.refused, right.refused) == (1, 0)
    assert wrong.placement == right.placement


def test_plans_that_reach_their_goal_in_their_order_are_counted():
    state = a_pool({"a": "h1", "b": "h2"}, vcpus=6)
    rows = [
        Row("p", "balance", "tool", moves, judged(state, moves, BOTH), 0.6)
        for moves in (Proposal((("a", "h2"),), 0.0), Proposal((("a", "h3"),), 0.0))
    ]
    assert list(in_order(rows)) == ["tool: 1 of 2 plans can be carried out in their order to the goal"]


def test_a_drawn_cluster_is_as_full_as_asked_for_and_obeys_its_rules():
    state = cluster(20, 0.8)
    load = sum(vm.demand["vcpus"] for vm in state.vms) / (20 * 88)
    assert 0.8 <= load < 0.84
    assert state.violations() == []
    assert cluster(20, 0.8) == state
