"""What a state can be told beside hosts, VMs and a placement: an example of each, which a test asks for."""

from __future__ import annotations

import inspect
from typing import Any

from models import PoolState, Timing
from tests.models.rules.own_rules import Licences

PARAMETERS = tuple(
    name
    for name, one in inspect.signature(PoolState).parameters.items()
    if one.kind is inspect.Parameter.KEYWORD_ONLY
)
"""Every parameter by which a state is told a rule, or what actions take; one that is new is among them."""

SAID: dict[str, Any] = {
    "anti_affinity": (("a", "b"),),
    "offline_cost_factor": 3,
    "rules": (Licences(),),
    "timing": Timing(rate_mbps=100.0),
}
"""Parameter -> what a state with VMs ``a`` and ``b`` is told; a rule that names VMs names these two."""
