"""Where one URI of a list ends and the next begins."""

from __future__ import annotations

import pytest

from planner.clouds.libvirt.adapter import listed

ONE, OTHER = "qemu+tls://h1/system", "qemu+ssh://root@h2/system"
QUERY = "qemu+libssh2://h1/system?known_hosts=/a,b"


@pytest.mark.parametrize(
    ("name", "uris"),
    [
        ("", []),
        (ONE, [ONE]),
        (f"{ONE},{OTHER}", [ONE, OTHER]),
        (f",{ONE},,{OTHER},", [ONE, OTHER]),
        (f"{QUERY},{OTHER}", [QUERY, OTHER]),
        (f"{OTHER},{QUERY}", [OTHER, QUERY]),
        ("test:///default,qemu:///system", ["test:///default", "qemu:///system"]),
    ],
)
def test_a_comma_ends_a_uri_where_another_begins(name, uris):
    assert listed(name) == uris
