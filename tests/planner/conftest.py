"""What the tests of more than one room ask for."""

from __future__ import annotations

import pytest

from models.parameters import with_setting
from planner.parameters import DEFAULT


@pytest.fixture
def by_solver():
    """Parameters that leave small pools to the solver."""
    parameters = DEFAULT
    others = (
        "exhaustive.tiny=0",
        "exhaustive.most_pairs=0",
        "wheel.share.part=0",
        "first_plan.reroute.part=0",
        "conflicts.most_pairs=0",
    )
    for setting in others:
        parameters = with_setting(parameters, setting)
    return parameters
