"""What hosts reserve or overcommit of a resource that they do not have: most often a name misspelt."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from models.host import Host


def kept_for_nothing(hosts: Sequence[Host]) -> Iterator[str]:
    """Give the warnings: a host has 0 of what its capacity does not name, and so nothing to keep.

    A value that is the default says nothing, and needs no warning.
    """
    known = sorted({resource for host in hosts for resource in host.capacity})
    for number, host in enumerate(hosts):
        for field, default, said in (("reserved", 0, host.reserved), ("overcommit", 1, host.overcommit)):
            for resource, value in said.items():
                if resource in host.capacity or value == default:
                    continue
                place = f"hosts[{number}].{field}.{resource}: {value!r}"
                if resource in known:
                    yield f"{place}, but its capacity names no {resource!r}: it has 0 of it"
                else:
                    names = ", ".join(map(repr, known)) or "no resource"
                    yield f"{place}, but no host has any {resource!r}; their capacity names {names}"
