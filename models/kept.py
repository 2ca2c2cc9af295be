"""What hosts reserve or overcommit of a resource that they do not have: most often a name misspelt."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from models.host import Host


def kept_of_no_host(hosts: Sequence[Host]) -> Iterator[str]:
    """Give the mistakes: a resource that no host of the pool has, so that what was meant is not kept."""
    known = {resource for host in hosts for resource in host.capacity}
    for place, resource, value in _not_there(hosts):
        if resource not in known:
            names = ", ".join(map(repr, sorted(known))) or "no resource"
            yield f"{place}: {value!r}, no host has any {resource!r}; their capacity names {names}"


def kept_for_nothing(hosts: Sequence[Host]) -> Iterator[str]:
    """Give the warnings: others have the resource, this host has 0 of it, and so nothing to keep."""
    known = {resource for host in hosts for resource in host.capacity}
    for place, resource, value in _not_there(hosts):
        if resource in known:
            yield f"{place}: {value!r}, but its capacity names no {resource!r}: it has 0 of it"


def _not_there(hosts: Sequence[Host]) -> Iterator[tuple[str, str, float]]:
    """Give place, resource and value; a value that is the default says nothing, and so is no mistake."""
    for number, host in enumerate(hosts):
        if not host.reserved and not host.overcommit:
            continue
        for field, default, said in (("reserved", 0, host.reserved), ("overcommit", 1, host.overcommit)):
            for resource, value in said.items():
                if resource not in host.capacity and value != default:
                    yield f"hosts[{number}].{field}.{resource}", resource, value
