"""What ``planner`` exports, and what is loaded for it: no solver before somebody plans."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

import planner
from tests.places import EXAMPLES, ROOT
from tests.waiting import PATIENCE_S

HEAVY = {"ortools", "pandas", "networkx", "numpy"}
RUN = "from planner.cli.main import main\ntry: main({args})\nexcept SystemExit: pass\n"
SWAP = str(EXAMPLES / "swap.json")
PLAN = """{"format": "vm-plan/1", "status": "feasible", "objective": "moves", "cost": 0, "actions": []}"""


def loaded(code: str) -> set[str]:
    """Run some Python in a process of its own; give the packages that it loads."""
    script = f"{code}\nimport sys\nprint(*{{name.split('.')[0] for name in sys.modules}}, file=sys.stderr)"
    ran = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE_S,
    )
    return set(ran.stderr.splitlines()[-1].split())


@pytest.mark.parametrize("args", [["--version"], ["--help"]], ids=" ".join)
def test_what_needs_no_pool_loads_none_either(args):
    assert not {*HEAVY, "models", "msgspec", "rich"} & loaded(RUN.format(args=args))


def test_a_schema_loads_no_solver():
    assert not HEAVY & loaded(RUN.format(args=["schema", "explanation"]))


def test_check_loads_no_solver(tmp_path):
    plan = tmp_path / "plan.json"
    plan.write_text(PLAN)
    assert not HEAVY & loaded(RUN.format(args=["check", SWAP, str(plan)]))


def test_importing_the_planner_loads_no_solver():
    assert not HEAVY & loaded("import planner, models\nassert callable(planner.plan)")


def test_planning_does():
    """So that the tests above would see it."""
    assert loaded("import planner\nplanner.explain") >= {"networkx", "numpy"}


def test_plan_stays_the_function_whoever_imports_the_module():
    code = "import planner.many.jobs, planner.planning, planner\nassert callable(planner.plan)"
    assert "planner" in loaded(code)


@pytest.mark.parametrize("name", planner.__all__)
def test_every_export_is_there(name):
    assert getattr(planner, name).__name__ == name or name == "OnProgress"


def test_what_is_loaded_late_is_what_type_checkers_see():
    tree = ast.parse((ROOT / "planner" / "__init__.py").read_text())
    (late,) = (node for node in tree.body if isinstance(node, ast.If))
    seen = {alias.name: node.module for node in late.body for alias in node.names}
    (homes,) = (ast.literal_eval(node) for node in ast.walk(late) if isinstance(node, ast.Dict))
    assert {name: f"planner.{home}" for name, home in homes.items()} == seen


def test_what_is_not_exported_is_an_attribute_error():
    with pytest.raises(AttributeError, match="'planner' has no attribute 'plans'"):
        planner.plans  # noqa: B018
