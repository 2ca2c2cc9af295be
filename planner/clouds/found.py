"""What a cloud says, by its own ids, before anything has a name: the same rules for every kind of source.

A source gives :class:`FoundHost` and :class:`FoundVM`; what they are called and how they are labelled is
decided here, once. A name is what people call a thing where that is unique, else ``name (8 of its id)``.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from models.errors import PoolError
from models.host import Host
from models.vm import MOST_ARE, VM
from planner.clouds.seen import STATE, Power, Seen, SeenHost, SeenVM

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SHORT_ID = 8
"""Characters of an id that tell things of one name apart."""


@dataclass(frozen=True, slots=True)
class FoundHost:
    """A host as its cloud tells it; see :class:`models.host.Host` for what has no word here.

    Parameters
    ----------
    id
        The cloud's own, unique among the hosts.
    name
        What people call it; need not be unique.
    closed
        Why nothing may be placed on it (down, disabled); empty: it accepts.
    up
        False: it does not answer.
    """

    id: str
    name: str
    capacity: Mapping[str, int]
    reserved: Mapping[str, int] = field(default_factory=dict)
    overcommit: Mapping[str, float] = field(default_factory=dict)
    arch: str = MOST_ARE
    traits: Iterable[str] = ()
    version: int | None = None
    closed: tuple[str, ...] = ()
    up: bool = True
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FoundVM:
    """A VM as its cloud tells it; see :class:`planner.clouds.seen.SeenVM` for what has no word here.

    Parameters
    ----------
    id
        The cloud's own, unique among the VMs.
    name
        What people call it; need not be unique.
    host, goes_to
        Ids of hosts.
    fixed
        Why it can never be moved live (a passed-through device); empty: it can.
    state
        What the cloud calls its state, for people to read where it does not run.
    """

    id: str
    name: str
    host: str | None
    demand: Mapping[str, int]
    requires: Iterable[str] = ()
    arch: str = MOST_ARE
    fixed: tuple[str, ...] = ()
    power: Power = Power.ON
    state: str = ""
    busy: str = ""
    goes_to: str | None = None
    handle: str | None = None
    locked: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SourceFound:
    """All that a source says.

    Parameters
    ----------
    anti_affinity
        Groups of ids of VMs.
    warnings
        What the source says and a pool cannot, a sentence each.
    """

    hosts: Sequence[FoundHost]
    vms: Sequence[FoundVM]
    anti_affinity: Sequence[Sequence[str]] = ()
    warnings: tuple[str, ...] = ()


def reserved_for(amount: int, ratio: float) -> int:
    """Give what a host has to reserve so that so much less of a resource can be used.

    Rounded up where it overcommits: too much is kept, never too little. Of a resource of which nothing can be
    used, by a ratio of 0, nothing need be kept.
    """
    return -int(-amount // ratio) if ratio else 0


def named(found: SourceFound) -> Seen:
    """Give everything its name.

    Raises
    ------
    PoolError
        A source says what no host or VM can have, such as room below 0.
    """
    try:
        return _named(found)
    except ValueError as error:
        raise PoolError([str(error)]) from None


def _named(found: SourceFound) -> Seen:
    hosts, vms = unique_names(found.hosts), unique_names(found.vms)
    # By name, so that the same cloud gives the same file.
    in_order = sorted(found.vms, key=lambda vm: vms[vm.id])
    known = [vm for vm in in_order if vm.host is None or vm.host in hosts]
    lost = [vm for vm in in_order if vm.host is not None and vm.host not in hosts]
    return Seen(
        tuple(
            seen_host(host, hosts[host.id]) for host in sorted(found.hosts, key=lambda host: hosts[host.id])
        ),
        tuple(seen_vm(vm, vms[vm.id], hosts) for vm in known),
        tuple(_groups(found.anti_affinity, {vm.id: vms[vm.id] for vm in known})),
        (*found.warnings, *(f"vm {vms[vm.id]}: on {vm.host}, no host in sight: left out" for vm in lost)),
    )


def unique_names(things: Iterable[FoundHost | FoundVM]) -> dict[str, str]:
    """Give id -> name: the plain one where it is unique, else with 8 of the id, else with all of it."""
    things = list(things)
    plain = Counter(thing.name for thing in things)
    short = {thing.id: f"{thing.name} ({thing.id[:SHORT_ID]})" for thing in things}
    # A plain name may look like one that was made unique, so both count.
    taken = plain + Counter(short.values())
    names = {}
    for thing in things:
        if thing.name and plain[thing.name] == 1:
            names[thing.id] = thing.name
        elif taken[short[thing.id]] == 1:
            names[thing.id] = short[thing.id]
        else:
            names[thing.id] = f"{thing.name} ({thing.id})"
    return names


def seen_host(host: FoundHost, name: str) -> SeenHost:
    """Give a host by its name."""
    why = "; ".join(host.closed)
    labels = {"id": host.id, **host.labels, **({"why": why} if why else {})}
    made = Host(
        name,
        dict(host.capacity),
        arch=host.arch,
        reserved={resource: amount for resource, amount in host.reserved.items() if amount},
        overcommit={resource: ratio for resource, ratio in host.overcommit.items() if ratio != 1},
        traits=tuple(sorted(set(host.traits))),
        version=host.version,
        accepts=not host.closed,
        labels=labels,
    )
    return SeenHost(made, host.up, why)


def seen_vm(vm: FoundVM, name: str, host_names: Mapping[str, str]) -> SeenVM:
    """Give a VM by its name."""
    labels = {"id": vm.id, **vm.labels}
    if vm.fixed:
        labels["why"] = "; ".join(vm.fixed)
    if vm.state:
        labels[STATE] = vm.state
    made = VM(
        name,
        dict(vm.demand),
        arch=vm.arch,
        requires=tuple(sorted(set(vm.requires))),
        movable=not vm.fixed,
        labels=labels,
    )
    host = None if vm.host is None else host_names[vm.host]
    goes_to = None if vm.goes_to is None else host_names.get(vm.goes_to)
    return SeenVM(made, host, vm.power, vm.busy, goes_to, vm.handle, vm.locked)


def _groups(groups: Iterable[Sequence[str]], names: Mapping[str, str]) -> Iterable[tuple[str, ...]]:
    """Give the groups by names; a group that is left with one VM forbids nothing."""
    for group in groups:
        members = tuple(names[vm] for vm in group if vm in names)
        if len(members) > 1:
            yield members
