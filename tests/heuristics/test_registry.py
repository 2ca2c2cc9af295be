"""The registry: a path finder of one's own, by name or handed over."""

from __future__ import annotations

import re

import pytest
from msgspec.structs import replace

import heuristics
from heuristics import Found, names, path_finder, register, registry
from models import PlannerError, WrongKindError
from models.problem import OFF
from planner import find
from tests.places import ROOT
from tests.planner.solving import solve


class Detourist:
    """Knows one plan for the tiny pool, and it is not the best: both VMs step aside."""

    name = "detourist"
    asked = 0

    def find(self, problem, deadline, seed=0, trace=None):
        """Give it."""
        Detourist.asked += 1
        return Found([(1, 2), (0, 1), (1, 0), (1, 2), (1, 0)])


@pytest.fixture(autouse=True)
def unchanged(monkeypatch):
    """Leave the registry as it was."""
    monkeypatch.setattr(registry, "_FINDERS", dict(registry._FINDERS))
    monkeypatch.setattr(Detourist, "asked", 0)


def test_a_registered_path_finder_gives_the_plan_that_the_optimiser_starts_from(tiny):
    """It is asked first; the optimiser shortens its plan."""
    register("detourist", Detourist)
    result = solve(tiny, heuristic="detourist")
    assert Detourist.asked == 1
    assert (result.heuristic_name, result.heuristic_plan.cost, result.cost) == ("detourist", 5, 3)


def test_a_path_finder_may_be_handed_over(tiny):
    """An object will do as well as a name."""
    result = solve(tiny, heuristic=Detourist())
    assert (result.heuristic_name, result.heuristic_plan.cost, result.cost) == ("detourist", 5, 3)


def test_a_path_finder_of_ones_own_runs_alone(tiny):
    """By name, as ``--method`` does: its plan as it is, the bound beside it."""
    register("detourist", Detourist)
    result = find(tiny.current, tiny.target, method="detourist")
    assert (result.cost, result.bound, result.status) == (5, 2, "feasible")


def test_a_path_finder_that_finds_nothing_leaves_it_to_the_others(tiny):
    """The planner falls through to what it has."""

    class Idle(Detourist):
        name = "idle"

        def find(self, problem, deadline, seed=0, trace=None):
            return Found(None)

    result = solve(tiny, heuristic=Idle())
    assert (result.status, result.cost, result.heuristic_name) == ("optimal", 3, "squeaky")


def test_a_path_finder_that_claims_a_proof_is_believed(tiny):
    """``proven`` beside a plan makes it the optimum: that is the finder's word."""

    class Sure(Detourist):
        def find(self, problem, deadline, seed=0, trace=None):
            return Found([(1, 2), (0, 1), (1, 0)], proven=True)

    assert solve(tiny, heuristic=Sure()).status == "optimal"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ([(0, 1)], "find() gives [(0, 1)], must be a Found"),
        (Found([(0, 1), (1, 0)]), "its move 1 brings a to h2: there is no room for it"),
        (Found([(0, 2), (0, 2)]), "its move 2 brings a to h3: it is there"),
        (Found([(0, 2), (1, 0)]), "its moves do not bring every VM to its target"),
        (Found([("a", "h2")]), "its move 1 is ('a', 'h2'), must be indices (VM, host)"),
        (Found([(0, 7)]), "its move 1 is (0, 7), must be indices (VM, host)"),
        (Found([(0, OFF)]), "its move 1 stops a, which may not be stopped"),
    ],
)
def test_a_wrong_answer_of_a_path_finder_is_told_by_its_name(tiny, answer, words):
    """Before anything is made of it."""

    class Liar(Detourist):
        def find(self, problem, deadline, seed=0, trace=None):
            return answer

    with pytest.raises(PlannerError, match=f"^path finder 'detourist': {re.escape(words)}$"):
        solve(tiny, heuristic=Liar())
    with pytest.raises(PlannerError, match=f"^path finder 'detourist': {re.escape(words)}$"):
        find(tiny.current, tiny.target, method=Liar())


def test_a_move_that_a_filter_forbids_is_told_too(tiny):
    pinned = tiny.rebuilt(vms=[replace(it, detours=it.name == "a") for it in tiny.vms])
    with pytest.raises(PlannerError, match="its move 1 brings b to h3: it may not go there"):
        solve(pinned, heuristic=Detourist())


@pytest.mark.parametrize("finder", [Detourist, type("Nameless", (), {"find": None})()])
def test_what_is_no_path_finder_is_refused(tiny, finder):
    with pytest.raises(PlannerError, match="must be a name, or a path finder, which has a name and a find"):
        solve(tiny, heuristic=finder)


def test_a_path_finder_that_is_made_already_is_not_registered():
    with pytest.raises(WrongKindError, match="must be its class, or what makes one"):
        register("detourist", Detourist())


@pytest.mark.parametrize("name", names())
def test_a_path_finder_that_is_shipped_is_exported_and_has_a_section(name):
    """The section of ALGORITHM.md begins with its name."""
    assert type(path_finder(name)) in vars(heuristics).values()
    headings = re.findall(r"^#+ (.*)$", (ROOT / "ALGORITHM.md").read_text(), re.MULTILINE)
    assert any(heading.lower().startswith(name) for heading in headings)


@pytest.mark.parametrize("name", [*names(), "auto"])
def test_a_name_that_is_taken_is_an_error(name):
    """``auto`` is taken too."""
    with pytest.raises(PlannerError, match=rf"path finder '{name}' is there already"):
        register(name, Detourist)


def test_registering_twice_is_an_error():
    """The second one would silently replace the first."""
    register("detourist", Detourist)
    with pytest.raises(PlannerError, match="there already"):
        register("detourist", Detourist)


def test_an_unknown_name_is_an_error_that_lists_the_known(tiny):
    """At once, before anything is searched."""
    with pytest.raises(PlannerError, match=f"'walker', must be auto or one of {', '.join(names())}"):
        solve(tiny, heuristic="walker")


def test_names_are_sorted_and_make_finders():
    """Each name makes a finder of its own."""
    before = names()
    register("detourist", Detourist)
    assert names() == sorted([*before, "detourist"])
    assert [path_finder(name).name for name in names()] == names()
    assert path_finder("squeaky") is not path_finder("squeaky")
