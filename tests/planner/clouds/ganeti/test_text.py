"""Files that Ganeti's htools write, read as pools. The file here has the form that hspace 3.0.2 wrote."""

from __future__ import annotations

import pytest

from models import PoolError
from planner.clouds.ganeti.text import read_text

TEXT = """\
default|uuid-1|preferred||
other|uuid-2|preferred||

node1|16384|1024|8000|102400|101376|8|M|uuid-1|1||N|0|1|1.0
node2|16384|1024|8000|102400|100352|8|N|uuid-1|1||N|0|1|1.0
node3|16384|1024|8000|102400|101376|8|N|uuid-2|1||N|0|1|1.0
node4|16384|1024|8000|102400|101376|8|Y|uuid-1|1||N|0|1|1.0

web1|2048|1024|1|running|Y|node1|node2|drbd|service:web|1|1|N
web2|2048|1024|2|running|Y|node2||rbd|service:web,x|1|1|N
plain|4096|1024|1|running|Y|node1||plain||1|1|N
down|4096|1024|1|ADMIN_down|Y|node1||rbd||1|1|N

htools:iextags:service

|128,1,1024,1,1,1|128,1,1024,1,1,1;32768,8,1048576,16,8,12|diskless,drbd|4.0|32.0
"""


@pytest.fixture
def read(tmp_path):
    def read(text=TEXT, **options):
        (tmp_path / "cluster.data").write_text(text)
        return read_text(str(tmp_path / "cluster.data"), **options)

    return read


def test_nodes_are_hosts_less_what_the_node_itself_takes(read):
    node = read().state.host("node1")
    assert (node.usable("ram_mib"), node.usable("vcpus")) == (16384 - 1024 - 256, 32)
    assert (read().state.host("node4").accepts, read().state.host("node4").labels["why"]) == (
        False,
        "offline",
    )


def test_instances_stay_in_their_group_and_mirrored_ones_on_their_two_nodes(read):
    state = read().state
    may = {vm.name: {h.name for h in state.hosts if set(vm.requires) <= set(h.traits)} for vm in state.vms}
    assert may["web1"] == {"node1", "node2"}
    assert may["web2"] == {"node1", "node2", "node4"}
    assert any("drbd" in text for text in read().warnings)


def test_plain_disks_and_instances_that_are_down_are_not_movable(read):
    state = read().state
    assert (state.vm("plain").movable, state.vm("plain").labels["why"]) == (
        False,
        "its disks are on one node (disk template plain)",
    )
    assert (state.vm("down").movable, state.vm("down").labels["why"]) == (False, "ADMIN_down")
    assert not read(stopped=False).state.has_vm("down")


def test_exclusion_tags_keep_apart(read):
    assert read().state.anti_affinity == (("web1", "web2"),)


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("16384|1024|8000", "many|1024|8000", "line 4: tm is 'many'"),
        ("|node1|node2|drbd|service:web|1|1|N", "", "line 9: 6 fields"),
        ("\n\n", "\n", "sections"),
        ("|4.0|32.0", "|lots|32.0", "line 16: its vCPU ratio is 'lots'"),
        ("|4.0|32.0", "|nan|32.0", "overcommit.vcpus=nan"),
        ("16384|1024|8000", "-1|1024|8000", "capacity.ram_mib=-1"),
    ],
)
def test_a_damaged_file_is_an_error_that_names_the_line_or_the_amount(read, old, new, word):
    with pytest.raises(PoolError, match=word):
        read(TEXT.replace(old, new, 99))
