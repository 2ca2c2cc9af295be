"""The house: arrows run down only, and the replay shares no code with what made the plan."""

from __future__ import annotations

import ast
from functools import cache
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

import pytest

from tests.places import ROOT

if TYPE_CHECKING:
    from pathlib import Path

FLOORS = ("models", "heuristics", "planner", "benchmarks")
FILES = sorted(path for floor in FLOORS for path in (ROOT / floor).rglob("*.py"))
ROOMS = (
    "progress",
    "cp",
    "search",
    "scheduling",
    "parameters",
    "result",
    "verdict",
    "finishing",
    "planning",
    "plan",
    "asking",
    "goals",
    "rolling",
    "explaining",
    "many",
    "clouds",
    "execution",
    "soak",
    "game",
    "views",
    "cli",
    "__main__",
)
"""The rooms of ``planner``, each importing only rooms before it."""
SOLVERS = {"ortools", "networkx"}


class WithoutHints(ast.NodeTransformer):
    """Leaves out what stands under ``if TYPE_CHECKING``."""

    def visit_If(self, node: ast.If) -> ast.AST | None:
        """Drop the block for type checkers."""
        return None if ast.unparse(node.test) == "TYPE_CHECKING" else self.generic_visit(node)


def name(path: Path) -> str:
    """Give the path of a file below the root."""
    return path.relative_to(ROOT).as_posix()


def module(path: Path) -> str:
    """Give the module that a file is."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def imported(path: Path, *, hints: bool = True) -> set[str]:
    """Give every module that a file imports, at the top or deep inside; of ``from a import b`` also a.b.

    Parameters
    ----------
    hints
        Also what only type checkers import.
    """
    found = set()
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree if hints else WithoutHints().visit(tree)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{name(path)}:{node.lineno}: a relative import"
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def reached(start: str) -> set[str]:
    """Give every module of ours that a module imports, directly or through others; packages aside.

    That ``models.ledger`` is in the package ``models``, whose ``__init__`` imports everything, makes it no
    user of everything.
    """
    by_module = {module(path): path for path in FILES}
    seen, border = set(), [start]
    while border:
        for other in imported(by_module[border.pop()]):
            if other in by_module and other not in seen and by_module[other].stem != "__init__":
                seen.add(other)
                border.append(other)
    return seen


def test_there_is_something_to_look_at():
    assert {module(path) for path in FILES} >= {"models.replay", "models.ledger", "models.problem"}


@pytest.mark.parametrize("path", FILES, ids=name)
def test_arrows_run_down_only(path):
    floor = FLOORS.index(path.relative_to(ROOT).parts[0])
    above = {*FLOORS[floor + 1 :], "tests"}
    assert not {other for other in imported(path) if other.split(".")[0] in above}


def test_no_imports_run_in_a_circle():
    """Type hints aside; an import deep inside a function counts as any other."""
    by_module = {module(path): path for path in FILES if path.stem != "__init__"}
    graph = {it: imported(path, hints=False) & by_module.keys() for it, path in by_module.items()}
    assert list(TopologicalSorter(graph).static_order()), "a circle is a CycleError that names its modules"


def room(module: str) -> str | None:
    """Give the room of a module of ``planner``: ``search`` of ``planner.search.exact``; None elsewhere."""
    parts = module.split(".")
    return parts[1] if parts[0] == "planner" and len(parts) > 1 else None


def rooms_imported(path: Path) -> set[str]:
    """Give the rooms that a file imports from, but for type hints; what ``planner`` exports is no room."""
    return {it for other in imported(path, hints=False) if (it := room(other)) in ROOMS}


INSIDE = [path for path in FILES if name(path).startswith("planner/") and room(module(path))]


@pytest.mark.parametrize("path", INSIDE, ids=name)
def test_a_room_imports_only_rooms_above_it(path):
    here = ROOMS.index(room(module(path)))
    assert not {other for other in rooms_imported(path) if ROOMS.index(other) > here}


def test_the_order_of_the_rooms_is_told_in_contributing():
    told = (ROOT / "CONTRIBUTING.md").read_text().split("### The rooms of the planner")[1]
    order = [line.split("`")[1] for line in told.splitlines() if line.startswith("| `")]
    assert [path.removesuffix("/").removesuffix(".py") for path in order] == list(ROOMS[:-1])


@pytest.mark.parametrize("path", [p for p in INSIDE if room(module(p)) not in ("clouds", "soak")], ids=name)
def test_a_pool_that_is_there_is_changed_and_not_made_again(path):
    """What makes it again forgets a rule, or what it says of time, as soon as there is one more of these."""
    calls = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
    assert "PoolState" not in {ast.unparse(call.func) for call in calls}, "PoolState.changed() keeps all else"


@pytest.mark.parametrize("path", [p for p in FILES if name(p).startswith("models/")], ids=name)
def test_models_know_no_solver(path):
    assert not {other for other in imported(path) if other.split(".")[0] in SOLVERS}


@pytest.mark.parametrize("judge", ["models.replay", "models.ledger"])
def test_the_replay_shares_no_code_with_the_solver(judge):
    assert "models.problem" not in reached(judge)
    assert all(other.startswith("models.") for other in reached(judge))


@pytest.mark.parametrize("path", [p for p in FILES if p.stem == "__init__"], ids=name)
def test_an_init_holds_docstring_imports_and_all(path):
    tree = ast.parse(path.read_text())
    assert ast.get_docstring(tree)
    for node in tree.body[1:]:
        constant = isinstance(node, ast.Assign | ast.AnnAssign)
        if constant and path.parent.name == "rules" and "BUILT_IN" in ast.unparse(node):
            continue  # the one place that lists the rules in force
        if path.parent.name == "planner" and "TYPE_CHECKING" in ast.unparse(node).split("\n")[0]:
            continue  # what is loaded when it is first asked for; tests/planner/test_exports.py looks at it
        docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        all_names = isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
        assert docstring or all_names or isinstance(node, ast.Import | ast.ImportFrom), ast.unparse(node)
        if all_names:
            names = ast.literal_eval(node.value)
            assert len(names) == len(set(names))


def _numbers(node: ast.stmt) -> str | None:
    """Give the name of a constant that is a number, or several; None of all else."""
    if not isinstance(node, ast.Assign):
        return None
    first = node.targets[0].elts[0] if isinstance(node.targets[0], ast.Tuple) else node.targets[0]
    kinds = ast.Constant | ast.Tuple | ast.BinOp | ast.UnaryOp | ast.operator | ast.unaryop | ast.Load
    values = [it.value for it in ast.walk(node.value) if isinstance(it, ast.Constant)]
    plain = all(isinstance(it, kinds) for it in ast.walk(node.value)) and values
    if plain and all(type(it) in (int, float) for it in values) and isinstance(first, ast.Name):
        return first.id if first.id.isupper() else None
    return None


@pytest.mark.parametrize("path", [p for p in INSIDE if room(module(p)) not in ("soak", "views")], ids=name)
def test_a_number_that_is_no_parameter_says_what_fact_it_is(path):
    """What may be tuned is a field of parameters; sizes of drawn pools and of pictures explain themselves."""
    body = ast.parse(path.read_text()).body
    for node, then in zip(body, [*body[1:], ast.Pass()], strict=True):
        told = isinstance(then, ast.Expr) and isinstance(then.value, ast.Constant)
        assert told or _numbers(node) is None, _numbers(node)


BOTH_WORDS = {"Progress"}
"""What two rooms call alike in what they offer to others: how far a search is, and an action on a cloud."""


def test_no_two_classes_share_a_name():
    """One word for one thing, as the glossary of CONTRIBUTING has it; what a file keeps to itself aside."""
    homes: dict[str, list[str]] = {}
    for path in FILES:
        if not name(path).startswith("benchmarks/"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    homes.setdefault(node.name, []).append(name(path))
    twice = {it: files for it, files in homes.items() if len(files) > 1}
    assert {it: files for it, files in twice.items() if it not in BOTH_WORDS} == {}
    assert set(twice) == BOTH_WORDS, "what is one word again needs no exception"


TESTS = sorted((ROOT / "tests").rglob("*.py"))


@pytest.mark.parametrize("path", TESTS, ids=name)
def test_a_test_imports_no_private_name_and_no_other_test(path):
    for module in imported(path):
        package, *names = module.split(".")
        ours = package in (*FLOORS, "tests")
        assert not ours or not [it for it in names if it.startswith("_") and not it.endswith("__")], module
        assert package != "tests" or not [it for it in names if it.startswith("test_")], module


@pytest.mark.parametrize("folder", sorted({path.parent for path in TESTS} - {ROOT / "tests"}), ids=name)
def test_a_folder_of_tests_mirrors_one_of_what_it_tests(folder):
    assert (ROOT / folder.relative_to(ROOT / "tests")).is_dir()
