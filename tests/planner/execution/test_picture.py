"""The cloud's word and the pool's: which of the two counts, for every field of a VM."""

from __future__ import annotations

import pytest

from models import VM
from planner.clouds.seen import Seen, SeenHost, SeenVM
from planner.execution.picture import Picture
from tests.builders import host, pool, vm

THEIRS = {
    "arch": "i386",
    "demand": {"ram_mib": 7},
    "requires": ("gpu",),
    "movable": False,
    "detours": False,
    "cost": 3,
    "labels": {"id": "17"},
    "offline": True,
    "free": True,
    "copied_mib": 5.0,
    "dirty_mib_s": 2.0,
    "hot_mib": 1.0,
    "migration_s": 9,
}
"""Field -> what the cloud says of it; the pool says nothing but a name and what it takes."""

BOTH = {"demand", "requires"}
"""Fields of which the greater counts, or what either says; of all others the pool's word does."""


def test_it_is_known_of_every_field_whose_word_counts():
    assert {*THEIRS, "name"} == set(VM.__struct_fields__)


@pytest.mark.parametrize("field", THEIRS)
def test_the_word_that_counts_is_kept(field):
    hosts, ours = [host("h1")], vm("a", 4)
    theirs = vm("a", **{field: THEIRS[field]})
    seen = Seen(tuple(map(SeenHost, hosts)), (SeenVM(theirs, "h1"),))
    merged = Picture(pool(hosts, [ours], "h1: a", "h1: a"), seen).merged_vm("a")
    assert getattr(merged, field) == (THEIRS[field] if field in BOTH else getattr(ours, field))
