"""The rules of a pool: one class a file, each a filter, a resource or a group limit."""

from models.rules.accepts import Accepts
from models.rules.anti_affinity import AntiAffinity
from models.rules.architecture import Architecture
from models.rules.base import Filter, Group, GroupLimit, Resource, ResourceRule, Rule
from models.rules.capacity import Capacity
from models.rules.convergence import Convergence, convergence_of
from models.rules.detours import Detours
from models.rules.movable import Movable
from models.rules.traits import Traits
from models.rules.version import Version

BUILT_IN: tuple[Rule, ...] = (
    Capacity(),
    Architecture(),
    Traits(),
    Accepts(),
    Movable(),
    Detours(),
    Version(),
)
"""In force in every pool; anti-affinity and convergence join them where they have something to say."""

__all__ = [
    "BUILT_IN",
    "Accepts",
    "AntiAffinity",
    "Architecture",
    "Capacity",
    "Convergence",
    "Detours",
    "Filter",
    "Group",
    "GroupLimit",
    "Movable",
    "Resource",
    "ResourceRule",
    "Rule",
    "Traits",
    "Version",
    "convergence_of",
]
