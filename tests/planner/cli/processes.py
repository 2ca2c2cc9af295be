"""``vmplan`` in a process of its own, with pipes for everything."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.forkserver import loaded_python
from tests.places import ROOT
from tests.waiting import PATIENCE_S

if TYPE_CHECKING:
    from pathlib import Path


def run(*args: str, stdin: str = "", folder: Path = ROOT, **env: str) -> subprocess.CompletedProcess[str]:
    """Run it in a folder, 80 columns wide; where Python itself is to read the environment, begun anew."""
    anew = any(name.startswith("PYTHON") for name in env)
    paths = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    return subprocess.run(
        [sys.executable if anew else loaded_python(), "-m", "planner", *args],
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        cwd=folder,
        env={**os.environ, "COLUMNS": "80", "LINES": "24", "PYTHONPATH": paths, **env},
        timeout=2 * PATIENCE_S,
        check=False,
    )
