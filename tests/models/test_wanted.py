"""Pools without a target, and with a target given in part."""

import json
from typing import Any

import pytest

from models import VM, Host, PoolError, PoolState, Wanted, read_pool, read_state
from models.reading import parse_pool, parse_wanted, with_target


def file_of(**fields: Any) -> dict[str, Any]:
    """Give a pool file of two hosts, ``a`` on the first, ``b`` on the second; no target."""
    return {
        "format": "vm-pool/1",
        "hosts": [{"name": "h1", "capacity": {"ram_mib": 10}}, {"name": "h2", "capacity": {"ram_mib": 10}}],
        "vms": [
            {"name": "a", "demand": {"ram_mib": 4}},
            {"name": "b", "demand": {"ram_mib": 4}, "free": True},
        ],
        "current": {"a": "h1", "b": "h2"},
        **fields,
    }


def encoded(pool: dict[str, Any]) -> bytes:
    """Give the bytes of a pool file."""
    return json.dumps(pool).encode()


def test_without_a_target_a_pool_is_an_error_that_names_the_goals():
    with pytest.raises(PoolError, match=r"target: missing.*vmplan drain.*make-room") as caught:
        parse_pool(encoded(file_of()))
    assert len(caught.value.errors) == 1


def test_without_a_target_every_running_vm_is_free():
    wanted = parse_wanted(encoded(file_of()))
    assert wanted.free == ["a", "b"]
    assert not wanted.is_full


def test_what_a_target_does_not_name_is_free_only_if_it_says_so():
    """``b`` is free; ``a``, were it not named, would be shut down."""
    wanted = parse_wanted(encoded(file_of(target={"a": "h2"})))
    assert wanted.free == ["b"]
    based = wanted.based()
    assert dict(based.target.placement) == {"a": "h2", "b": "h2"}
    assert parse_wanted(encoded(file_of(target={}))).based().shut_down == ["a"]


def test_a_target_that_leaves_vms_free_is_no_pool_to_plan_as_it_is():
    with pytest.raises(PoolError, match=r"leaves a VM free, first 'b'"):
        parse_pool(encoded(file_of(target={"a": "h2"})))


def test_a_free_vm_that_the_target_names_is_like_any_other():
    full = file_of(target={"a": "h2", "b": "h1"})
    assert parse_wanted(encoded(full)).is_full
    assert parse_pool(encoded(full)).displaced == ["a", "b"]


def test_a_vm_in_no_placement_is_an_error():
    with pytest.raises(PoolError, match=r"vms\[0\]: 'a' is in no placement"):
        parse_wanted(encoded(file_of(current={"b": "h2"})))


def test_a_target_that_is_no_mapping_is_named():
    with pytest.raises(PoolError, match=r"target: 7"):
        parse_wanted(encoded(file_of(target=7)))
    with pytest.raises(PoolError, match=r"target.a: 7"):
        parse_wanted(encoded(file_of(target={"a": 7})))


def test_read_state_leaves_a_target_aside(tmp_path):
    path = tmp_path / "pool.json"
    path.write_bytes(encoded(file_of(target={"a": "h2", "b": "h2"})))
    assert dict(read_state(path).placement) == {"a": "h1", "b": "h2"}
    assert read_pool(path).current == read_state(path)


def test_names_stay_as_they_were_written_where_a_target_is_put_in():
    pool = {"hosts": [{"name": "höst 1", "capacity": {}}], "vms": [], "current": {}}
    written = with_target(encoded(pool), {"köln": "höst 1"}).decode()
    assert '"name": "höst 1"' in written
    assert '"köln": "höst 1"' in written


def test_a_target_is_put_in_and_all_else_stays_as_it_was_written():
    pool = file_of(
        rules={}, vms=[{"name": "a", "demand": {}, "movable": True, "free": False}], current={"a": "h1"}
    )
    pool["hosts"][0]["overcommit"] = {"ram_mib": 1.10}
    again = json.loads(with_target(encoded(pool), {"a": "h2"}))
    assert again == {**pool, "target": {"a": "h2"}}


def test_wanted_from_python():
    state = PoolState([Host("h", {"ram_mib": 1})], [VM("a", {"ram_mib": 1})], {"a": "h"})
    assert Wanted(state).free == ["a"]
    assert Wanted(state, {"a": "h"}).pool().displaced == []
