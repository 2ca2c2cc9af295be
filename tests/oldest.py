"""The oldest versions of what is depended on that pyproject.toml allows, as constraints for pip.

``make OLDEST=1 clean test`` installs these, to see whether they do.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

FLOOR = re.compile(r"(?P<name>[\w.-]+)>=(?P<version>[\w.]+)")


def oldest(project: Path) -> list[str]:
    """Give a constraint for each dependency with a floor: that version, whatever its last digits."""
    told = tomllib.loads(project.read_text())["project"]
    every = [*told["dependencies"], *(one for some in told["optional-dependencies"].values() for one in some)]
    floors = filter(None, map(FLOOR.fullmatch, every))
    return sorted({f"{floor['name']}=={floor['version']}.*" for floor in floors})


if __name__ == "__main__":
    print(*oldest(Path(sys.argv[1])), sep="\n")
