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
        HOSTS + "n1,8,8,,,,,,\nn2,8,8,,,,,,\n", VMS + "a,n1,,1,1,,g k,\nb,n2,,1,1,,g,no\nc,n2,,1,1,,k,\n"
    )
    assert found.state.placement == {"a": "n1", "b": "n2", "c": "n2"}
    assert found.state.anti_affinity == (("a", "b"), ("a", "c"))
    assert not found.state.vm("b").movable
    assert found.target is None


@pytest.mark.parametrize("between", [", ", ",", ";", "; ", " "])
def test_the_names_of_a_list_are_apart_by_commas_semicolons_or_spaces(read, between):
    """A comma that were taken for a part of a name would let the two of a group share a host."""
    listed = between.join(("db", "web"))
    hosts = f'name,ram_mib,traits\nn1,8,"{listed}"\nn2,8,web\n'
    vms = f'name,host,ram_mib,requires,group\na,n1,1,"{listed}",db\nb,n2,1,web,"{listed}"\nc,n1,1,,web\n'
    state = read(hosts, vms).state
    assert [host.traits for host in state.hosts] == [("db", "web"), ("web",)]
    assert state.vm("a").requires == ("db", "web")
    assert state.anti_affinity == (("a", "b"), ("b", "c"))


def test_a_vm_that_names_a_group_twice_is_in_it_once(read):
    found = read("name,ram_mib\nn1,8\n", "name,host,ram_mib,group\na,n1,1,g g\nb,n1,1,h\n")
    assert found.state.anti_affinity == ()


def test_a_space_that_parts_groups_is_a_warning(read):
    """They may be meant as one: these two have "node" in common, and all VMs of both are kept apart."""
    vms = "name,host,ram_mib,group\na,n1,1,sql node\nb,n1,1,web; web\nc,n1,1,sql; web node\n"
    (warning,) = read("name,ram_mib\nn1,8\n", vms).warnings
    assert warning.split("/")[-1] == (
        "vms.csv line 2, column 'group': 'sql node', taken for the groups 'sql' and 'node'"
        " (and in 1 more row)"
    )


def test_empty_columns_that_a_spreadsheet_writes_say_nothing(read):
    state = read("name;ram_mib;;\nn1;8;;\n;;;\n", "name;host;ram_mib;;;\na;n1;1;;;\n").state
    assert (state.placement, state.host("n1").capacity) == ({"a": "n1"}, {"ram_mib": 8})


@pytest.mark.parametrize("cells", [";9", "9;"])
def test_something_in_a_column_without_a_name_is_an_error(read, cells):
    with pytest.raises(PoolError, match=r"line 1, column '': .* it has no name"):
        read(f"name;ram_mib;;\nn1;8;{cells}\n", VMS)


def test_a_size_is_read_in_every_column_of_mib(read):
    vms = "name,host,ram_mib,copied_mib,hot_mib\na,n1,4,120 GiB,0.5\n"
    vm = read("name,ram_mib\nn1,8\n", vms).state.vm("a")
    assert (vm.copied_mib, vm.hot_mib) == (120 * 1024, 0.5)
    with pytest.raises(PoolError, match=r"column 'copied_mib': '9 apples', must be .* a size such as 16 GiB"):
        read("name,ram_mib\nn1,8\n", "name,host,ram_mib,copied_mib\na,n1,4,9 apples\n")


@pytest.mark.parametrize(
    ("column", "cell"), [("ram_mib", "1,5 GiB"), ("overcommit.ram_mib", "1,5"), ("bandwidth_mbps", "2,5")]
)
def test_a_comma_in_a_number_is_told_of_the_point(read, column, cell):
    """Where a comma parts decimals, and where it parts thousands: neither is guessed."""
    rest = "" if column == "ram_mib" else ";ram_mib"
    with pytest.raises(PoolError, match=rf"{column}': '{cell}'.*; decimals follow a point") as caught:
        read(f"name;{column}{rest}\nn1;{cell}{';8' if rest else ''}\n", VMS)
    assert "`" not in str(caught.value)


def test_a_vm_without_a_target_stays_where_others_have_one(read):
    found = read(HOSTS + "n1,8,8,,,,,,\nn2,8,8,,,,,,\n", VMS + "a,n1,n2,1,1,,,\nb,n2,,1,1,,,\n")
    assert found.target == {"a": "n2", "b": "n2"}


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_what_a_spreadsheet_writes_is_read(read, delimiter):
    hosts, vms = HOSTS + "n1,8,8,,,,,,\n", VMS + 'a,n1,,1,1,,,\n"b, the ""second""\n of two",n1,,1,1,,,\n'
    if delimiter != ",":
        hosts, vms = (
            hosts.replace(",", delimiter),
            VMS.replace(",", delimiter) + "a;n1;;1;1;;;\n".replace(";", delimiter),
        )
    state = read("\ufeff" + hosts.replace("\n", "\r\n"), vms).state
    assert state.placement["a"] == "n1"
    if delimiter == ",":
        assert state.has_vm('b, the "second"\n of two')


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "SEP=;", "sep=;;;"])
def test_the_first_line_that_tells_excel_what_parts_cells_is_no_row(read, first):
    """Commas in the names would win where the header alone were counted."""
    hosts = f"\ufeff{first}\r\nname;ram_mib;labels.a,b,c,d\r\nn1;8;x\r\n"
    state = read(hosts, f"{first}\nname;host;ram_mib\na;n1;1\n").state
    assert (state.placement, state.host("n1").labels) == ({"a": "n1"}, {"a,b,c,d": "x"})
    assert read("sep=|\nname|ram_mib\nn1|8\n", "name,host,ram_mib\na,n1,1\n").state.placement == {"a": "n1"}


def test_lines_are_counted_from_the_first_where_it_tells_excel_what_parts_cells(read):
    with pytest.raises(PoolError, match=r"hosts.csv line 2, column 'Name': .* is 'name' meant"):
        read("sep=;\nname;Name\nn1;8\n", VMS)
    with pytest.raises(PoolError, match=r"hosts.csv line 2: \['ram_mib'\], needs the column 'name'"):
        read("sep=;\nram_mib\n8\n", VMS)
    with pytest.raises(PoolError, match=r"hosts.csv line 3, column 'ram_mib': 'much'"):
        read("sep=;\nname;ram_mib\nn1;much\n", VMS)


def test_a_space_beside_a_comma_belongs_to_no_name(read):
    state = read("name , ram_mib\n n1, 8 GiB\n", "name, host, ram_mib, group\n a , n1 , 4 , \n").state
    assert (state.placement, state.host("n1").capacity) == ({"a": "n1"}, {"ram_mib": 8192})


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
        ("n1,8,,,,,,,", "a,n2,,1,0,,,", ["vms.csv line 2", "'host'", "'n2'", "no host"]),
        ("n1,8,,,,,,,", "a,n1,n9,1,0,,,", ["vms.csv line 2", "'target'", "'n9'"]),
        ("n1,8,,,,,,,\nn1,8,,,,,,,", "", ["n1", "twice"]),
        (
            "n1,8,8,,,,,,",
            "a,n1,,1,1,,,\na,n1,,1,1,,,",
            ["vms.csv line 3", "'name'", "twice", "vms.csv line 2"],
        ),
        ("n1,8,8,,,,,,", "a,n1,,,1,,,", ["vms.csv line 2", "'ram_mib'", "0 where it takes none"]),
        ("n1,8,8,,,,,,", "b,n1,,1,1,,,\na,n1,,1,,,,", ["vms.csv line 3", "'vcpus'", "0 where"]),
        ("n1,8,8,,,,,,", "a,,,1,1,,,", ["vms.csv line 2", "'host'", "must be the host"]),
        ("n1,8,8,,,,,,", "a,n1,,1", ["vms.csv line 2", "4 cells", "8 columns", "'vcpus'"]),
        ("n1,8,8", "", ["hosts.csv line 2", "3 cells", "9 columns", "'reserved.ram_mib'"]),
    ],
)
def test_a_mistake_names_file_line_column_value_and_rule(read, hosts, vms, words):
    with pytest.raises(PoolError) as error:
        read(HOSTS + hosts + "\n", VMS + vms + "\n")
    for word in words:
        assert word in str(error.value)


def test_a_column_that_is_no_field_and_no_amount_is_told_the_fields(read):
    with pytest.raises(PoolError, match=r"'acepts': 'yes'.*accepts.*; 'labels.acepts' takes any text"):
        read("name,acepts\nn1,yes\n", VMS)


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("Reserved.ram_mib", "is 'reserved.ram_mib' meant"),
        ("reserve.ram_mib", "is 'reserved.ram_mib' meant"),
        ("reserved_ram_mib", "is 'reserved.ram_mib' meant"),
        ("Overcommit.ram_mib", "is 'overcommit.ram_mib' meant"),
        ("demand.ram_mib", "not of this table"),
        ("Version", "is 'version' meant"),
        ("capacity.ram_mib", "says the same as 'ram_mib'"),
        ("reserved.ram", "'ram' is no resource of the table, which are 'ram_mib'"),
        ("overcommit.cpus", "'cpus' is no resource of the table"),
    ],
)
def test_a_column_that_would_pass_for_a_resource_is_refused(read, column, words):
    with pytest.raises(PoolError) as error:
        read(f"name,ram_mib,{column}\nn1,8,1\n", "name,host,ram_mib\na,n1,1\n")
    assert str(error.value).split("/")[-1].startswith(f"hosts.csv line 1, column {column!r}: ")
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("hosts", "vms", "words"),
    [
        pytest.param(
            "name,host,ram_mib\na,n1,1\n",
            "name,ram_mib\nn1,8\n",
            "hosts.csv line 1, column 'host': is of a table of VMs; that of the hosts comes first",
            id="swapped",
        ),
        pytest.param(
            "name,ram_mib,ram_mib\nn1,8,9\n",
            VMS,
            "hosts.csv line 1, column 'ram_mib': is there twice",
            id="column twice",
        ),
        pytest.param(
            "name,ram_mib\nn1,8\n",
            "name,ram_mib\na,1\n",
            "vms.csv line 1: ['name', 'ram_mib'], needs the column 'host'",
            id="no column host",
        ),
    ],
)
def test_tables_that_are_not_meant_so_say_what_is_wrong_with_them(read, hosts, vms, words):
    with pytest.raises(PoolError) as error:
        read(hosts, vms)
    assert str(error.value).split("/")[-1] == words


def test_a_resource_may_have_a_dot_in_its_name(read):
    state = read("name,nvidia.com/gpu\nn1,2\n", "name,host,nvidia.com/gpu\na,n1,1\n").state
    assert (state.host("n1").capacity, state.vm("a").demand) == ({"nvidia.com/gpu": 2}, {"nvidia.com/gpu": 1})


def test_a_vm_that_takes_none_says_so(read):
    state = read("name,ram_mib,gpus\nn1,8,1\n", "name,host,ram_mib,gpus\na,n1,1,0\n").state
    assert state.vm("a").demand == {"ram_mib": 1, "gpus": 0}


def test_what_is_left_out_and_may_be_meant_is_a_warning(read):
    hosts = "name,ram_mib,gpus,reserved.ram_mib,disk_gib\nn1,8,1,1,9\nn2,8,,,9\nn3,8,,2,9\n"
    found = read(hosts, "name,host,target,ram_mib,gpus,vcpus\na,n1,,1,0,1\nb,,n2,1,0,1\n")
    assert [warning.split("/")[-1] for warning in found.warnings] == [
        "hosts.csv line 3, column 'gpus': empty, counts as 0 (and in 1 more row)",
        "hosts.csv line 3, column 'reserved.ram_mib': empty, nothing is reserved",
        "vms.csv line 3, column 'host': empty, off until it is provisioned on its target",
        "hosts.csv, column 'disk_gib': taken for a resource, and no VM takes any of it",
        "vms.csv, column 'vcpus': taken for a resource, and no host has any of it",
    ]
    assert (found.state.placement, found.target) == ({"a": "n1"}, {"a": "n1", "b": "n2"})


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
        ("16\u00a0GiB", "ram_mib", 16384),
        ("1.5t", "ram_mib", 1536 * 1024),
        ("2048 MiB", "disk_gib", 2),
        ("7", "vcpus", 7),
    ],
)
def test_an_amount_is_read_as_people_write_it(text, resource, value):
    assert amount(text, resource) == value


def test_a_size_in_a_column_without_a_unit_is_told_of_one(read):
    with pytest.raises(
        PoolError, match=r"column 'ram': '8 GiB', .*a name that ends in a unit, such as ram_mib"
    ):
        read("name,ram\nn1,8 GiB\n", VMS)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        pytest.param("", "line 1: empty, must name the columns, 'name' among them", id="empty"),
        pytest.param("Name,Host\na,n1\n", "needs the column 'name'; is 'Name' meant?", id="capitals"),
        pytest.param("name,Host\na,n1\n", "needs the column 'host'; is 'Host' meant?", id="capitals of one"),
        pytest.param("name,host\na,N1.example.org\n", "no host of the hosts' table; alike: n1", id="domain"),
    ],
)
def test_a_table_of_somebody_who_sees_this_for_the_first_time(read, table, words):
    with pytest.raises(PoolError) as error:
        read("name,ram_mib\nn1,8\n", table)
    assert words in str(error.value)


def test_a_table_in_another_encoding_is_told_which_one_to_take(tmp_path):
    (tmp_path / "hosts.csv").write_bytes("name,ram_mib\nmüller,8\n".encode("latin-1"))
    with pytest.raises(PoolError, match=r"not UTF-8 at byte 14; save it as CSV UTF-8"):
        read_tables(str(tmp_path / "hosts.csv"), "-")


@pytest.mark.parametrize(
    ("text", "resource"),
    [("16 GB", "ram_mib"), ("4G", "vcpus"), ("1 KiB", "ram_mib"), ("", "vcpus"), ("٣", "vcpus")],
)
def test_an_amount_that_would_have_to_be_guessed_is_refused(text, resource):
    with pytest.raises(ValueError, match="must be an integer"):
        amount(text, resource)


@pytest.mark.parametrize(
    ("cell", "names_fields"), [("64 GB", False), ("-5", False), ("1.5.2", False), ("avx2", True)]
)
def test_a_bad_amount_is_no_column_misspelt(read, cell, names_fields):
    """What begins as a number is an amount gone wrong: which fields there are is of no help then."""
    with pytest.raises(PoolError) as caught:
        read("name,ram_mib\nn1,8\n", f"name,host,ram_mib\na,n1,{cell}\n")
    (error,) = caught.value.errors
    assert f"line 2, column 'ram_mib': {cell!r}, must be an integer >= 0, or a size such as 16 GiB" in error
    assert ("the fields are name" in error) is names_fields


def test_an_error_of_a_value_names_its_field_and_shows_its_beginning(read):
    """One line that a person can read, whatever stands in the cell."""
    with pytest.raises(PoolError, match=r"hosts.csv line 2: overcommit.vcpus: -4.0: Expected float >= 0.0"):
        read("name,ram_mib,vcpus,overcommit.vcpus\nn1,8,4,-4\n", VMS)
    with pytest.raises(PoolError, match=r"column 'accepts': 'yyy[y]*\.\.\., must be true or false") as caught:
        read(f"name,ram_mib,accepts\nn1,8,{'y' * 10_000}\n", VMS)
    assert len(str(caught.value)) < 300
