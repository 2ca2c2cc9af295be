"""Path finders: fast, a plan or none, no proof unless the pool is tiny."""

from heuristics.aspiers import Aspiers
from heuristics.deadline import Deadline
from heuristics.dijkstra import Dijkstra
from heuristics.protocol import Found, PathFinder
from heuristics.registry import names, path_finder, register
from heuristics.squeaky import SqueakyWheel
from heuristics.trace import Trace

__all__ = [
    "Aspiers",
    "Deadline",
    "Dijkstra",
    "Found",
    "PathFinder",
    "SqueakyWheel",
    "Trace",
    "names",
    "path_finder",
    "register",
]
