from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from models import Plan, Pool, read_pool, replay
from planner.soak.families import FAMILIES
from planner.soak.judging import Round, Try, judge
from planner.soak.soak import Soak, all_finders
from planner.views.screen import paper
from planner.views.soak_table import soak_table
from tests.builders import moves
from tests.planner.stand_in import Said, exact

if TYPE_CHECKING:
    from pathlib import Path

SMALL = {"rounds": 12, "hosts": 3, "seed": 1}


def best(tiny: Pool) -> Plan:
    return Plan.of(tiny, moves("b: h2 -> h3", "a: h1 -> h2", "b: h3 -> h1"))


def longer(tiny: Pool) -> Plan:
    return Plan.of(tiny, moves("b: h2 -> h3", "b: h3 -> h2", "b: h2 -> h3", "a: h1 -> h2", "b: h3 -> h1"))


def wrongs(tiny: Pool, answer: Said, planted: bool = True, **tries: Try) -> list[str]:
    return list(judge(Round(tiny, planted, answer, tries)))


def test_answers_that_agree_are_not_complained_of(tiny: Pool) -> None:
    said = Said("optimal", best(tiny), 3, 3)
    assert wrongs(tiny, said, aspiers=Try(longer(tiny)), dijkstra=Try(best(tiny), proven=True)) == []
    assert wrongs(tiny, Said("no_plan_found"), aspiers=Try(None)) == []
    assert wrongs(tiny, Said("infeasible"), planted=False, dijkstra=Try(None, proven=True)) == []


def test_exact_search_may_beat_a_plan_that_claims_nothing(tiny: Pool) -> None:
    assert wrongs(tiny, Said("feasible", longer(tiny), 5, 2), dijkstra=Try(best(tiny), proven=True)) == []


def test_every_kind_of_wrong_is_named(tiny: Pool) -> None:
    plan, bad = best(tiny), Plan.of(tiny, moves("a: h1 -> h2", "b: h2 -> h1"))
    cases = {
        "the replay refuses its plan": wrongs(tiny, Said("optimal", bad, 2, 2)),
        "aspiers: the replay refuses": wrongs(tiny, Said("optimal", plan, 3, 3), aspiers=Try(bad)),
        "says cost 2, its plan costs 3": wrongs(tiny, Said("optimal", plan, 2, 2)),
        "bound 4 above its own cost 3": wrongs(tiny, Said("feasible", plan, 3, 4)),
        "optimal with bound 2 and cost 3": wrongs(tiny, Said("optimal", plan, 3, 2)),
        "status feasible without a plan": wrongs(tiny, Said("feasible")),
        "status infeasible with a plan": wrongs(tiny, Said("infeasible", plan, 3), planted=False),
        "bound 5, but x has a plan of cost 3": wrongs(tiny, Said("no_plan_found", bound=5), x=Try(plan)),
        "cost 5, but x has": wrongs(tiny, Said("feasible", longer(tiny), 5, 2), x=Try(plan)),
        "proven optimal, but x": wrongs(tiny, Said("optimal", longer(tiny), 5, 5), x=Try(plan)),
        "made by walking": wrongs(tiny, Said("infeasible")),
        "infeasible, but x has a plan": wrongs(tiny, Said("infeasible"), planted=False, x=Try(plan)),
        "x: proven that no plan exists": wrongs(tiny, Said("no_plan_found"), x=Try(None, proven=True)),
        "x: cost 5 proven optimal": wrongs(
            tiny, Said("optimal", plan, 3, 3), x=Try(longer(tiny), proven=True)
        ),
    }
    for words, found in cases.items():
        assert any(words in complaint for complaint in found), (words, found)


def test_soak_goes_round_the_families_and_finds_nothing_wrong(tmp_path: Path) -> None:
    soak = Soak(exact, all_finders(), out=tmp_path, **SMALL)
    assert list(soak.run()) == list(range(12))
    assert soak.complaints == []
    assert list(soak.scores) == [family.name for family in FAMILIES]
    assert list(tmp_path.iterdir()) == []
    stream = io.StringIO()
    paper(stream, width=100).print(soak_table(soak.scores))
    assert stream.getvalue().splitlines()[-1].split()[:2] == ["all", "12"]


def liar(pool: Pool) -> Said:
    """Claim every plan with a detour impossible."""
    said = exact(pool)
    return Said("infeasible") if said.plan is not None and said.plan.detours else said


def careless(pool: Pool) -> Said:
    """Leave out the last action."""
    said = exact(pool)
    if said.plan is None or not said.plan.actions:
        return said
    plan = replace(said.plan, actions=said.plan.actions[:-1])
    return Said("optimal", plan, plan.cost, plan.cost)


def broken(pool: Pool) -> Said:
    """Raise where there is something to do."""
    if pool.displaced:
        raise RuntimeError("no idea")
    return exact(pool)


@pytest.mark.parametrize(
    ("ask", "words"),
    [(liar, "infeasible, but"), (careless, "the replay refuses"), (broken, "RuntimeError: no idea")],
)
def test_wrong_planner_is_caught_and_its_pool_saved(ask: object, words: str, tmp_path: Path) -> None:
    out = tmp_path / "new" / "folder"
    soak = Soak(ask, all_finders(), rounds=60, hosts=4, seed=5, out=out)  # type: ignore[arg-type]
    done = list(soak.run())
    assert len(done) < 60
    assert any(words in complaint for complaint in soak.complaints)
    assert soak.saved is not None
    pool = read_pool(soak.saved)
    pool.check()
    assert ask is broken or ask(pool) != exact(pool)  # type: ignore[operator]
    assert words in soak.saved.with_suffix(".txt").read_text()


def test_what_ctrl_c_does_to_the_solver_that_is_loaded_is_nothing_wrong_with_a_pool(tmp_path: Path) -> None:
    """It was told as a pool that is wrong, at length, with exit code 1."""

    def loading(pool: Pool) -> Said:
        raise ImportError("initialization failed")

    soak = Soak(loading, {}, out=tmp_path, **SMALL)
    with pytest.raises(ImportError):
        list(soak.run())
    assert soak.complaints == []
    assert not list(tmp_path.iterdir())


def test_slower_than_stops_it(tmp_path: Path) -> None:
    soak = Soak(exact, {}, slower_than_s=1e-9, out=tmp_path, **SMALL)
    assert list(soak.run()) == [0]
    assert "more than 1e-09 s" in soak.complaints[0]


def test_same_seed_same_pools() -> None:
    seen: list[list[Pool]] = [[], []]
    for pools in seen:

        def ask(pool: Pool, pools: list[Pool] = pools) -> Said:
            pools.append(pool)
            return Said("no_plan_found")

        list(Soak(ask, {}, rounds=6, seed=9).run())
    assert seen[0] == seen[1]
    assert all(5 <= len(pool.hosts) <= 8 for pool in seen[0])


def test_replay_is_what_judges(tiny: Pool) -> None:
    assert replay(tiny, best(tiny)) == replay(tiny, longer(tiny)) == []
