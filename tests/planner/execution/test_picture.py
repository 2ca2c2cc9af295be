"""The cloud's word and the pool's: which of the two counts, for every field of a VM and of a host."""

from __future__ import annotations

import pytest

from models import VM, Host
from models.amounts import LARGEST
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


OF_HOST = {
    "capacity": ({"ram_mib": 5}, 5),
    "reserved": ({"ram_mib": 3}, 7),
    "overcommit": ({"ram_mib": 0.5}, 5),
    "arch": ("i386", "i386"),
    "traits": (("gpu",), ("ssd",)),
    "version": (8, 8),
    "accepts": (False, False),
    "labels": ({"id": "17"}, {}),
    "bandwidth_mbps": (10.0, None),
    "max_in": (2, 1),
    "max_out": (2, 1),
    "max_moves": (3, None),
}
"""Field -> what the cloud says of it, and what counts; the first three come to what is usable of 10 MiB.

Of other traits than its own the pool knows nothing, and of its own the cloud does not.
"""


def test_it_is_known_of_every_field_of_a_host_whose_word_counts():
    assert {*OF_HOST, "name"} == set(Host.__struct_fields__)


@pytest.mark.parametrize("field", OF_HOST)
def test_of_a_host_the_word_that_counts_is_kept(field):
    says, counts = OF_HOST[field]
    ours = host("h1", 10, traits=("ssd",), version=7)
    seen = Seen((SeenHost(host("h1", **{field: says})),), ())
    (merged,) = Picture(pool([ours], [vm("a", 4)], "h1: a", "h1: a"), seen).merged_hosts()
    room = field in ("capacity", "reserved", "overcommit")
    assert (merged.usable("ram_mib") if room else getattr(merged, field)) == counts


def test_room_is_no_more_than_a_host_can_have_however_much_is_overcommitted():
    ours = host("h1", LARGEST, overcommit={"ram_mib": 2.0})
    seen = Seen((SeenHost(ours),), ())
    (merged,) = Picture(pool([ours], [vm("a", 4)], "h1: a", "h1: a"), seen).merged_hosts()
    assert merged.usable("ram_mib") == LARGEST
