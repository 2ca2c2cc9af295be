"""Two tables, read as a pool; and every mistake in them named by file, line and column."""

from __future__ import annotations

import pytest

from models import PoolError
from planner.clouds.amounts import amount
from planner.clouds.reading.csv_tables import read_tables

HOSTS = "name,ram_mib,vcpus,reserved.ram_mib,overcommit.vcpus,traits,accepts,version,labels.rack\n"
VMS = "name,host,target,ram_mib,vcpus,requires,group,movable\n"


@pytest.fixture
def read(tmp_path):
    def read(hosts: str, vms: str):
        (tmp_path / "hosts.csv").write_bytes(hosts.encode())
        (tmp_path / "vms.csv").write_bytes(vms.encode())
        return read_tables(str(tmp_path / "hosts.csv"), str(tmp_path / "vms.csv"))

    return read


def test_a_row_is_a_host_and_every_column_a_field(read):
    state = read(HOSTS + "n1,64 GiB,16,4096,4,avx2;gpu,no,7,A\nn2,8192,4,,,,,,\n", VMS).state
    n1, n2 = state.hosts
    assert (n1.capacity, n1.reserved) == ({"ram_mib": 65536, "vcpus": 16}, {"ram_mib": 4096})
    assert (n1.overcommit, n1.traits, n1.accepts) == ({"vcpus": 4.0}, ("avx2", "gpu"), False)
    assert (n1.version, n1.labels) == (7, {"rack": "A"})
    assert (n2.capacity, n2.reserved, n2.accepts) == ({"ram_mib": 8192, "vcpus": 4}, {}, True)


def test_vms_are_where_the_table_says_and_groups_keep_apart(read):
    found = read(
        HOSTS + "n1,8,8,,,,,,\nn2,8,8,,,,,,\n", VMS + "a,n1,,1,1,,g k,\nb,n2,,1,1,,g,no\nc,,,1,1,,k,\n"
    )
    assert found.state.placement == {"a": "n1", "b": "n2"}
    assert found.state.anti_affinity == (("a", "b"), ("a", "c"))
    assert not found.state.vm("b").movable
    assert found.target is None


def test_a_vm_without_a_target_stays_where_others_have_one(read):
    found = read(HOSTS + "n1,8,8,,,,,,\nn2,8,8,,,,,,\n", VMS + "a,n1,n2,1,1,,,\nb,n2,,1,1,,,\n")
    assert found.target == {"a": "n2", "b": "n2"}


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_what_a_spreadsheet_writes_is_read(read, delimiter):
    hosts, vms = HOSTS + "n1,8,8,,,,,,\n", VMS + 'a,n1,,1,1,,,\n"b, the ""second""\n of two",n1,,1,1,,,\n'
    if delimiter != ",":
        hosts, vms = hosts.replace(",", delimiter), VMS.replace(",", delimiter) + f"a{delimiter}n1\n"
    state = read("\ufeff" + hosts.replace("\n", "\r\n"), vms).state
    assert state.placement["a"] == "n1"
    if delimiter == ",":
        assert state.has_vm('b, the "second"\n of two')


@pytest.mark.parametrize(
    ("hosts", "vms", "words"),
    [
        ("n1,lots,,,,,,,", "", ["hosts.csv line 2", "'ram_mib'", "'lots'", "16 GiB"]),
        ("n1,-1,,,,,,,", "", ["'ram_mib'", "'-1'", "integer >= 0"]),
        ("n1,8,1.5,,,,,,", "", ["'vcpus'", "'1.5'"]),
        ("n1,8,,,x,,,,", "", ["'overcommit.vcpus'", "must be a number"]),
        ("n1,8,,,nan,,,,", "", ["hosts.csv line 2", "overcommit"]),
        ("n1,8,,,,,maybe,,", "", ["'accepts'", "'maybe'", "true or false"]),
        ("n1,8,,,,,,new,", "", ["'version'", "'new'"]),
        (",8,,,,,,,", "", ["hosts.csv line 2", "name"]),
        ("n1,8,,,,,,,,,", "", ["hosts.csv line 2", "11 cells", "9 columns"]),
        ("n1,8,,,,,,,", "a,n2,,1,,,,", ["vms.csv line 2", "'host'", "'n2'", "no host"]),
        ("n1,8,,,,,,,", "a,n1,n9,1,,,,", ["vms.csv line 2", "'target'", "'n9'"]),
        ("n1,8,,,,,,,\nn1,8,,,,,,,", "", ["n1", "twice"]),
    ],
)
def test_a_mistake_names_file_line_column_value_and_rule(read, hosts, vms, words):
    with pytest.raises(PoolError) as error:
        read(HOSTS + hosts + "\n", VMS + vms + "\n")
    for word in words:
        assert word in str(error.value)


def test_a_column_that_is_no_field_and_no_amount_is_told_the_fields(read):
    with pytest.raises(PoolError, match=r"'acepts': 'yes'.*accepts"):
        read("name,acepts\nn1,yes\n", VMS)


@pytest.mark.parametrize("header", ["", "host,ram_mib\nx,1\n", "name,name\nx,y\n"])
def test_a_table_without_a_header_is_an_error(read, header):
    with pytest.raises(PoolError, match="line 1"):
        read(header, VMS)


@pytest.mark.parametrize(
    ("text", "resource", "value"),
    [
        ("4096", "ram_mib", 4096),
        ("16 GiB", "ram_mib", 16384),
        ("16G", "ram_mib", 16384),
        ("1.5t", "ram_mib", 1536 * 1024),
        ("2048 MiB", "disk_gib", 2),
        ("7", "vcpus", 7),
    ],
)
def test_an_amount_is_read_as_people_write_it(text, resource, value):
    assert amount(text, resource) == value


@pytest.mark.parametrize(
    ("text", "resource"),
    [("16 GB", "ram_mib"), ("4G", "vcpus"), ("1 KiB", "ram_mib"), ("", "vcpus"), ("٣", "vcpus")],
)
def test_an_amount_that_would_have_to_be_guessed_is_refused(text, resource):
    with pytest.raises(ValueError, match="must be an integer"):
        amount(text, resource)
