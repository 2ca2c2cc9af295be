"""What is known: what is better or proven comes in; what contradicts it, or comes late, does not."""

from __future__ import annotations

import pytest

from heuristics import Deadline
from models.problem import Problem
from planner.search.impossible import AllPlansSearched, NobodyAside
from planner.search.incumbent import ContradictionError, Incumbent
from planner.search.kernel import kernel
from planner.search.limbo import Limbo
from tests.planner.small_pools import making_way, two_deadlocks

PLAN = [(2, 2), (1, 0), (0, 1), (2, 0)]


@pytest.fixture
def known():
    """Nothing yet, of a pool whose best plan costs 4."""
    return Incumbent(Problem(making_way()), Deadline(99.0))


def test_a_bound_above_the_cost_of_a_plan_is_a_contradiction(known):
    known.offer(PLAN)
    known.prove(4)
    with pytest.raises(ContradictionError, match="a plan costs 4, and yet every plan costs at least 5"):
        known.prove(5)
    assert (known.cost, known.bound) == (4, 4)


def test_a_plan_below_the_bound_is_a_contradiction(known):
    known.prove(5)
    with pytest.raises(ContradictionError):
        known.offer(PLAN)
    assert known.moves is None


def test_a_proof_that_there_is_no_plan_beside_a_plan_is_a_contradiction(known):
    """It once made the plan "optimal", without a bound."""
    known.offer(PLAN)
    with pytest.raises(ContradictionError, match="a plan of cost 4 is there, and yet"):
        known.prove_impossible(AllPlansSearched())
    assert (known.impossible, known.settled) == (None, False)


def test_a_plan_beside_a_proof_that_there_is_none_is_a_contradiction(known):
    known.prove_impossible(NobodyAside())
    with pytest.raises(ContradictionError):
        known.offer(PLAN)


def test_the_first_proof_that_there_is_no_plan_stays(known):
    known.prove_impossible(NobodyAside())
    known.prove_impossible(AllPlansSearched())
    assert known.impossible == NobodyAside()


def test_closed_it_takes_nothing_any_more(known):
    """A thread of the solver may come with a plan after Ctrl-C, when the result is being written."""
    known.prove(3)
    known.close()
    assert not known.offer(PLAN)
    known.prove(4)
    known.prove_impossible(NobodyAside())
    assert (known.moves, known.cost, known.bound, known.impossible) == (None, None, 3, None)


def test_a_plan_may_be_rearranged_but_not_priced_anew(known):
    known.offer(PLAN)
    with pytest.raises(ContradictionError):
        known.rearrange(PLAN[1:])
    known.rearrange(list(PLAN))
    assert known.moves == PLAN


def test_the_bound_of_the_relaxation_is_that_of_its_components():
    """Each counts once, by the answer that says most."""
    problem = Problem(two_deadlocks())
    relaxation = Incumbent(problem, Deadline(99.0)).relaxation
    one, other = kernel(problem).components
    assert relaxation.bound == relaxation.mandatory == 4
    relaxation.take(one, Limbo(0, False))
    relaxation.take(one, Limbo(1, True, frozenset({0})))
    relaxation.take(one, Limbo(0, False))
    assert relaxation.bound == 5
    relaxation.take(other, Limbo(1, True))
    assert (relaxation.bound, relaxation.in_limbo) == (6, {0})
    assert relaxation.limbo_of[one] == Limbo(1, True, frozenset({0}))
