"""What Ganeti's disk templates and tags mean for migrations, whichever way they were read."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

ANYWHERE = ("diskless", "sharedfile", "blockdev", "rbd", "ext", "gluster")
"""Disk templates whose disks every node of the group reaches."""

SPARE_MIB = 256
"""What a node keeps free beside what it reserves, at the least."""

ON_ONE_NODE = "its disks are on one node"

FAILS_OVER = "a migration would restart it (always_failover)"

EXCLUSION = "htools:iextags:"
"""Cluster tags that name kinds of tags: no two instances with the same tag of such a kind on one node."""


def group_trait(group: str) -> str:
    """Give the trait that stands for a node group, which instances do not leave."""
    return f"group:{group}"


def requires(instance: str, template: str, group: str) -> Iterator[str]:
    """Give the traits that an instance requires: its node group, and with mirrored disks its two nodes."""
    yield group_trait(group)
    if template == "drbd":
        yield mirror_trait(instance)


def mirror_trait(instance: str) -> str:
    """Give the trait of the two nodes that hold the mirrored disks of an instance."""
    return f"mirror:{instance}"


def fixed(template: str, *, fails_over: bool = False) -> tuple[str, ...]:
    """Say why an instance of a disk template cannot migrate; nothing where it can.

    Parameters
    ----------
    fails_over
        Ganeti takes a request to migrate it for one to shut it down and to start it elsewhere.
    """
    disks = (
        () if template in ANYWHERE or template == "drbd" else (f"{ON_ONE_NODE} (disk template {template})",)
    )
    return (*disks, FAILS_OVER) if fails_over else disks


def with_spare(reserved: Mapping[str, int]) -> dict[str, int]:
    """Give what a node keeps for itself, and some more.

    What the node itself takes is measured and goes up and down: a plan that counted on all the rest would be
    stale a minute later.
    """
    return {resource: amount + max(amount // 8, SPARE_MIB) for resource, amount in reserved.items()}


def apart(cluster_tags: Iterable[str], instances: Iterable[tuple[str, Iterable[str]]]) -> list[list[str]]:
    """Give the groups of instances that exclude each other by their tags, as hbal reads them."""
    kinds = [tag.removeprefix(EXCLUSION) for tag in cluster_tags if tag.startswith(EXCLUSION)]
    groups: dict[str, list[str]] = {}
    for name, tags in instances:
        for tag in tags:
            if any(tag.startswith(f"{kind}:") for kind in kinds):
                groups.setdefault(tag, []).append(name)
    return [group for group in groups.values() if len(group) > 1]


DRBD = (
    "instances with mirrored disks (drbd) migrate between their two nodes alone; moving a mirror"
    " (replace-disks) is no migration, and not in the pool"
)
