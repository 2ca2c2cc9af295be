"""Where a VM stands, seen from a migration: by what it is in the middle of, and where that takes it."""

from __future__ import annotations

import pytest

from models import VM, Migration
from planner.clouds.seen import Power, Seen, SeenHost, SeenVM
from planner.execution.looking import Stand, standing
from planner.execution.names import Names
from tests.builders import host, pool, vm

OF = pool([host(name) for name in ("h1", "h2", "h3")], [vm("a")], "h1: a", "h2: a")
NAMES = Names(OF, Seen(tuple(map(SeenHost, OF.hosts)), (SeenVM(VM("a", {}), "h1"),)))


def stand_of(at, **seen):
    """Give where VM a stands on its way from h1 to h2."""
    return standing(NAMES, Migration("a", "h1", "h2"), SeenVM(VM("a", {}), at, **seen)).stand


@pytest.mark.parametrize(
    ("at", "goes_to", "stand"),
    [
        ("h1", "h2", Stand.UNDERWAY),
        ("h1", "h3", Stand.BUSY),
        ("h1", None, Stand.BUSY),
        ("h2", None, Stand.UNDERWAY),
        ("h2", "h1", Stand.BUSY),
    ],
)
def test_who_is_busy_is_under_way_where_that_leads_to_its_target(at, goes_to, stand):
    """Where nobody says where it leads, one that is on its target has got there, and is not through yet."""
    assert stand_of(at, busy="migrating", goes_to=goes_to) is stand


@pytest.mark.parametrize("power", Power)
def test_who_is_idle_stands_where_it_is_whatever_its_power(power):
    ends = [stand_of(at, power=power) for at in ("h1", "h2", "h3")]
    assert ends == [Stand.AT_START, Stand.AT_END, Stand.ELSEWHERE]


def test_who_is_gone_is_of_no_use_to_a_migration():
    assert standing(NAMES, Migration("a", "h1", "h2"), None).stand is Stand.ELSEWHERE
