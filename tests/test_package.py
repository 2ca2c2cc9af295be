"""What is installed is all that there is: a folder that is no package would be left out of it, in silence."""

from __future__ import annotations

import pytest

from tests.places import ROOT

FOLDERS = sorted(
    {path.parent for top in ("models", "heuristics", "planner") for path in (ROOT / top).rglob("*.py")}
)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.relative_to(ROOT)))
def test_every_folder_of_code_is_a_package(folder):
    assert (folder / "__init__.py").exists()
