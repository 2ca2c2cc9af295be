"""What is said of conflicts: who cannot all go straight home, and the room that they lack."""

from __future__ import annotations

from heuristics import Deadline
from models.problem import Problem
from planner.search.conflicts import find_conflicts
from planner.search.kernel import kernel
from planner.verdict.conflicts import conflicts_told
from tests.builders import host, pool, vm
from tests.planner.small_pools import making_way, rivals
from tests.planner.solving import LIMIT_S


def said(of):
    problem = Problem(of)
    found = find_conflicts(problem, kernel(problem).components, Deadline(LIMIT_S))
    return [told.text for told in conflicts_told(problem, found.found)]


def test_a_swap_without_room_names_both_amounts(tiny):
    assert said(tiny) == [
        "a and b cannot all go straight home: "
        "a needs 7 MiB RAM on h2, where the others leave 4 MiB; "
        "b needs 6 MiB RAM on h1, where the others leave 3 MiB"
    ]


def test_a_settled_vm_in_the_way_is_named():
    (text,) = said(making_way())
    assert text.startswith("a, b and settled cannot all go straight home or stay: a needs 6 MiB RAM on h2")


def test_a_group_is_a_reason():
    of = rivals()
    three = pool(
        [*of.hosts, host("h3", 100)], of.vms, "h1: a, h2: b", "h1: b, h2: a", anti_affinity=[("a", "b")]
    )
    (text,) = said(three)
    assert "rules.anti_affinity[0] keeps a from h2 until another leaves" in text


def test_where_an_order_exists_there_is_no_conflict():
    """Both v and w go to h2 (8); x leaves it for h3 as soon as w has left h3: only w may go first."""
    hosts = [host("h1"), host("h2", 8), host("h3", 8)]
    vms = [vm("v", 4), vm("w", 4), vm("x", 4), vm("y", 4)]
    of = pool(hosts, vms, "h1: v, h2: x, h3: w y", "h2: v w, h3: x y")
    assert said(of) == []
