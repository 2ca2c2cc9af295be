"""The path finders by name; a user adds one of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from heuristics.aspiers import Aspiers
from heuristics.dijkstra import Dijkstra
from heuristics.parameters import DEFAULT, FinderParameters
from heuristics.squeaky import SqueakyWheel
from models.errors import PlannerError, WrongKindError
from models.mistakes import shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from heuristics.protocol import PathFinder

_FINDERS: dict[str, Callable[[FinderParameters], PathFinder]] = {
    Aspiers.name: lambda parameters: Aspiers(parameters.aspiers),
    Dijkstra.name: lambda parameters: Dijkstra(parameters.dijkstra),
    SqueakyWheel.name: lambda parameters: SqueakyWheel(parameters=parameters.squeaky),
}


def register(name: str, make: Callable[[], PathFinder]) -> None:
    """Add a path finder under a name, for ``plan(heuristic=name)`` and ``--method name``.

    Raises
    ------
    PlannerError
        The name is taken, or ``auto``; or ``make`` cannot be called, as a path finder that is made already.
    """
    if name in _FINDERS or name == "auto":
        raise PlannerError(f"path finder {name!r} is there already")
    if not callable(make):
        raise WrongKindError(f"path finder {name!r}: {shown(make)}, must be its class, or what makes one")
    _FINDERS[name] = lambda _: make()


def path_finder(name: str, parameters: FinderParameters = DEFAULT) -> PathFinder:
    """Make the path finder of that name.

    Parameters
    ----------
    parameters
        Of those that come with the planner.

    Raises
    ------
    PlannerError
        There is none.
    """
    if name not in _FINDERS:
        or_auto = "" if name == "auto" else "auto or "  # who chooses by itself never asks here
        raise PlannerError(f"method: {name!r}, must be {or_auto}one of {', '.join(sorted(_FINDERS))}")
    return _FINDERS[name](parameters)


def check_finder(finder: str | PathFinder) -> None:
    """Refuse at once, not after a while, what is neither ``auto`` nor a path finder nor the name of one.

    Raises
    ------
    PlannerError
        It is nothing of these.
    """
    if isinstance(finder, str):
        if finder != "auto":
            path_finder(finder)
    elif isinstance(finder, type) or not hasattr(finder, "find") or not hasattr(finder, "name"):
        raise PlannerError(
            f"method: {finder!r}, must be a name, or a path finder, which has a name and a find()"
        )


def names() -> list[str]:
    """Give the names of all path finders."""
    return sorted(_FINDERS)
