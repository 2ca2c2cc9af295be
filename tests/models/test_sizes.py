from __future__ import annotations

import pytest

from models.sizes import Scale, size, title


@pytest.mark.parametrize(
    ("amount", "resource", "text"),
    [
        (0, "ram_mib", "0 MiB"),
        (512, "ram_mib", "512 MiB"),
        (1024, "ram_mib", "1 GiB"),
        (2816, "ram_mib", "2.75 GiB"),
        (393_216, "ram_mib", "384 GiB"),
        (3, "disk_gib", "3 GiB"),
        (-2048, "ram_mib", "-2 GiB"),
        (1234, "vcpus", "1,234"),
        (7, "mib", "7 MiB"),
    ],
)
def test_size_is_what_a_person_reads(amount: int, resource: str, text: str) -> None:
    assert size(amount, resource) == text


def test_title_leaves_the_unit_out() -> None:
    assert [title(name) for name in ("ram_mib", "vcpus", "swap_gib", "ports")] == [
        "RAM",
        "vCPUs",
        "swap",
        "ports",
    ]


def test_scale_of_small_hosts_keeps_numbers_exact() -> None:
    scale = Scale.of("ram_mib", 4096)
    assert (scale.heading, scale.number(3001)) == ("RAM in MiB", "3001")


def test_scale_of_large_hosts_counts_in_the_next_unit() -> None:
    scale = Scale.of("ram_mib", 512 * 1024)
    assert (scale.heading, scale.number(1536), scale.number(98_304)) == ("RAM in GiB", "1.5", "96")
    assert Scale.of("vcpus", 10**9).number(5000) == "5000"
