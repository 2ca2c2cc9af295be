"""Bad pool files: every kind is a ``PoolError`` that names the place, the value and the rule."""

from __future__ import annotations

import copy
import gzip
import json

import pytest
from hypothesis import given

from models import PlanError, PoolError, read_pool
from models.reading import parse_plan, parse_pool
from tests.models.bad_files import NAMES, SMALL, UNREACHABLE, WRONG_TYPES, changed
from tests.strategies import GOOD, encoded, malformed_files, put, scrambled_files, without


def errors(data: bytes) -> tuple[str, ...]:
    """Read and check a bad file; give every mistake."""
    with pytest.raises(PoolError) as caught:
        parse_pool(data).check()
    assert isinstance(caught.value, ValueError)
    assert str(caught.value).startswith(caught.value.errors[0])
    assert all(text and "\n" not in text for text in caught.value.errors)
    return caught.value.errors


@pytest.mark.parametrize(("path", "value", "words"), WRONG_TYPES.values(), ids=WRONG_TYPES)
def test_a_wrong_value_is_named_with_its_place_and_the_rule(path, value, words):
    first = errors(encoded(put(SMALL, path, value)))[0]
    assert all(word in first for word in words), first


MISSING = {
    "format": ("format",),
    "hosts": ("hosts",),
    "vms": ("vms",),
    "current": ("current",),
    "hosts[1].name": ("hosts", 1, "name"),
    "vms[0].demand": ("vms", 0, "demand"),
}


@pytest.mark.parametrize("place", MISSING)
def test_a_missing_field_is_named(place):
    assert f"{place}: missing, this field is required" in errors(encoded(without(SMALL, MISSING[place])))


@pytest.mark.parametrize(("change", "words"), NAMES.values(), ids=NAMES)
def test_a_name_that_is_not_of_the_pool_is_named(change, words):
    first = errors(changed(change))[0]
    assert all(word in first for word in words), first


@pytest.mark.parametrize(("change", "words"), UNREACHABLE.values(), ids=UNREACHABLE)
def test_a_target_that_cannot_be_meant_is_named_with_its_rule(change, words):
    first = errors(changed(change))[0]
    assert all(word in first for word in words), first


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "empty"),
        (b" \n\t", "empty"),
        (b"[]", "expected an object"),
        (b"7", "expected an object"),
        (b"null", "expected an object"),
        (b"\xff", "not UTF-8: byte 0 is 0xff"),
        (json.dumps(SMALL)[:-9].encode(), "not JSON"),
        (json.dumps(SMALL).encode() + b"x", "not JSON"),
        (json.dumps(SMALL).encode("utf-16"), "not UTF-8"),
        (b"[" * 100_000, "nested too deep"),
        (b'{"format":' * 100_000, "nested too deep"),
        (b"{'format': 'vm-pool/1'}", "not JSON"),
        (b'{"format": "vm-pool/1",}', "not JSON"),
    ],
    ids=range(13),
)
def test_bytes_that_are_no_json_object_are_told_apart(data, word):
    assert word in errors(data)[0]


@pytest.mark.parametrize(
    "printed",
    [
        '[{"ID": "8e8a", "Name": "web", "Host": "node1"}]',
        " Id   Name   State\n----\n 1    web    running\n",
        "Instance Primary_node Status\nweb node1 running\n",
    ],
    ids=["openstack", "virsh", "gnt-instance"],
)
def test_who_has_what_a_cloud_prints_is_told_what_makes_a_pool(printed):
    (error,) = errors(printed.encode())
    assert error.endswith("; vmplan import makes a pool of a cloud or of two tables")
    with pytest.raises(PlanError) as of_a_plan:
        parse_plan(printed.encode())
    assert "import" not in str(of_a_plan.value)


@pytest.mark.parametrize(
    ("once", "key"),
    [
        ('"name": "h1"', "name"),
        ('"ram_mib": 7', "ram_mib"),
        ('"current": {"a": "h1"}', "current"),
        ('"a": "h2"', "a"),
    ],
)
def test_a_key_that_stands_twice_in_an_object_is_named(once, key):
    """JSON readers let the last one win, silently: a VM twice in ``current`` would be lost."""
    text = json.dumps(SMALL)
    assert text.count(once) == 1
    assert errors(text.replace(once, f"{once}, {once}").encode()) == (
        f"{key}: given twice in one object, names are unique",
    )


@pytest.mark.parametrize(
    "spelt", ['"a": "h1", "a" : "h2"', '"a": "h1", "\\u0061": "h2"', '"a": "h1", "a"\n: "h2"']
)
def test_a_key_that_stands_twice_is_found_however_it_is_spelt(spelt):
    text = json.dumps(SMALL)
    assert text.count('"current": {"a": "h1"') == 1
    twice = text.replace('"current": {"a": "h1"', f'"current": {{{spelt}').encode()
    assert errors(twice) == ("a: given twice in one object, names are unique",)


@pytest.mark.parametrize(
    "more", ["", ', "rules": {}, "timing": {}', ', "rules": {"offline_cost_factor": 10}']
)
def test_what_is_left_out_or_given_as_its_default_hides_no_key_that_stands_twice(more):
    text = json.dumps(SMALL)
    whole = text.removesuffix("}") + more + "}"
    assert parse_pool(whole.encode()) == parse_pool(text.encode())
    assert errors(whole.replace('"a": "h2"', '"a": "h2", "a": "h2"').encode()) == (
        "a: given twice in one object, names are unique",
    )


def test_every_mistake_of_the_fields_is_listed_in_one_go():
    pool = put(SMALL, ("vms", 0, "demand", "ram_mib"), -1)
    pool["hosts"][0]["ramm"] = 1
    pool["hosts"][1]["name"] = ""
    pool["format"] = "x"
    found = errors(json.dumps(pool).encode())
    places = ["format", "hosts[0].ramm", "hosts[1].name", "vms[0].demand.ram_mib"]
    assert [text.split(":")[0] for text in found] == places


def test_every_mistake_of_the_names_is_listed_in_one_go():
    pool = put(SMALL, ("current", "x"), "h1")
    pool["target"] = {"a": "h8", "y": "h9"}
    found = errors(json.dumps(pool).encode())
    assert [text.split(":")[0] for text in found] == ["current.x", "target.a", "target.y", "target.y"]


def test_every_mistake_of_the_target_is_listed_in_one_go():
    """A pinned VM with another target, an overfull host, a broken group, a trait nobody has."""
    pool = copy.deepcopy(SMALL)
    pool["vms"] = [
        {"name": "pinned", "demand": {"ram_mib": 6}, "movable": False},
        {"name": "big", "demand": {"ram_mib": 6}},
        {"name": "picky", "demand": {"ram_mib": 1}, "requires": ["gpu"]},
    ]
    pool["rules"] = {"anti_affinity": [["big", "pinned"]]}
    pool["current"] = {"pinned": "h1", "big": "h2", "picky": "h1"}
    pool["target"] = {"pinned": "h2", "big": "h2", "picky": "h1"}
    found = "\n".join(errors(json.dumps(pool).encode()))
    for word in ("'gpu', which no host has", "movable=false", "h2 holds 12 of 10 ram_mib", "2 of rules.anti"):
        assert word in found


def test_the_message_shows_the_first_mistake_and_counts_the_others():
    with pytest.raises(PoolError) as caught:
        parse_pool(b'{"format": "vm-pool/1", "hosts": []}')
    assert str(caught.value) == "vms: missing, this field is required (and 1 more)"


@given(malformed_files())
def test_a_malformed_file_is_a_pool_error_and_nothing_else(data):
    assert errors(data)


@given(scrambled_files())
def test_a_scrambled_file_is_a_pool_or_a_pool_error(data):
    try:
        parse_pool(data).check()
    except PoolError as error:
        assert error.errors  # noqa: PT017 - it may be a pool still


def test_the_good_file_of_the_malformed_ones_is_good():
    parse_pool(encoded(GOOD)).check()


def test_a_file_that_cannot_be_read_is_an_os_error(tmp_path):
    for path in (tmp_path, tmp_path / "none.json"):
        with pytest.raises(OSError, match=path.name):
            read_pool(path)


@pytest.mark.parametrize(
    "data", [gzip.compress(encoded(GOOD))[:-12], b"\x1f\x8b" + b"nonsense" * 9, b"\x1f\x8b\x08" + b"\0" * 30]
)
def test_a_damaged_gzip_file_is_named(tmp_path, data):
    path = tmp_path / "damaged.json.gz"
    path.write_bytes(data)
    with pytest.raises(OSError, match=r"damaged\.json\.gz: damaged gzip file: "):
        read_pool(path)


JOURNAL = b'{"format": "vm-journal/1", "pool": {}}\n{"at": "now"}\n'


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (JOURNAL, "format: is a vm-journal/1, expected vm-pool/1; vmplan status and vmplan resume take it"),
        (JOURNAL[:39], "format: is a vm-journal/1, expected vm-pool/1; vmplan status"),
        (b'{"format": "vm-plan/1"}', "format: is a vm-plan/1, expected vm-pool/1; vmplan check takes it"),
        (b'{"format": "vm-explanation/1"}', "format: is a vm-explanation/1, expected vm-pool/1; no command"),
        (b'{"format": "vm-po', "not JSON: Unterminated string at line 1 column 12"),
        (b"name,ram_mib,reserved.ram_mib\nh1,1,2\n", "not JSON: looks like a table; vmplan import csv HOSTS"),
        (b'"name";"ram mib"\r\n"h1";1\r\n', "not JSON: looks like a table; vmplan import csv HOSTS VMS"),
        (b"\xef\xbb\xbfname\tvcpus\n", "not JSON: looks like a table; vmplan import csv HOSTS VMS"),
        (b"name;ram_mib;;\r\nh1;1;;\r\n", "not JSON: looks like a table; vmplan import csv HOSTS VMS"),
        (b"# mine\n---\nhosts:\n- name: h1\n", "not JSON: looks like YAML; a vm-pool/1 is JSON"),
        (b"format: vm-pool/1\r\n", "not JSON: looks like YAML; a vm-pool/1 is JSON, with the same names"),
    ],
    ids=range(11),
)
def test_a_file_of_another_kind_is_told_with_the_command_that_takes_it(data, told):
    assert errors(data)[0].startswith(told)


@pytest.mark.parametrize("data", [b"name", b"{,}", b"those: [a, b]\n", b"<a, b>"], ids=range(4))
def test_what_is_no_table_is_not_taken_for_one(data):
    assert errors(data)[0].startswith("not JSON: Expecting")
