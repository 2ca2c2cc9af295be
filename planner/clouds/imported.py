"""A pool that was read, on its way into a pool file."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from models.bytes_io import write_bytes
from models.pool import Pool
from models.pool_file import PoolFile
from models.state import PoolState
from planner.clouds.found import reserved_for
from planner.clouds.seen import STATE, Power
from planner.verdict.sentences import number_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from models.host import Host
    from models.vm import VM
    from planner.clouds.seen import Seen, SeenVM


@dataclass(frozen=True, slots=True)
class Imported:
    """A pool that was read: who is where, where the source has one the target, and what could not be said.

    Parameters
    ----------
    target
        VM name -> host name; None where the source has no target.
    warnings
        What the source says and a pool cannot, and what was left out; a sentence each.
    """

    state: PoolState
    target: Mapping[str, str] | None = None
    warnings: tuple[str, ...] = ()

    def summary(self) -> str:
        """Say in one line what was read."""
        hosts, vms = self.state.hosts, self.state.vms
        counts = {
            "closed hosts": sum(not host.accepts for host in hosts),
            "VMs not movable": sum(not vm.movable for vm in vms),
            "groups kept apart": len(self.state.anti_affinity),
            "targets": len(self.target or ()),
        }
        said = [f"{what}: {count}" for what, count in counts.items() if count]
        counted = f"{number_of(len(hosts), 'host')}, {number_of(len(vms), 'VM')}"
        return "; ".join([counted, *said])

    def write(self, path: str | Path) -> None:
        """Write a pool file, ``-`` for standard output."""
        target = self.state if self.target is None else self.state.placed(self.target)
        content = msgspec.to_builtins(PoolFile.of(Pool(self.state, target)))
        if self.target is None:
            del content["target"]
        write_bytes(path, msgspec.json.format(msgspec.json.encode(content), indent=1) + b"\n")


def imported(seen: Seen, *, stopped: bool = True, keeps_room: bool = False) -> Imported:
    """Give the pool of a cloud as it is now.

    A VM that is locked, does not run or is in the middle of something is not movable, and ``labels.why`` says
    why. One that is on no host is left out, and counted in a warning.

    Parameters
    ----------
    stopped
        False: VMs that are off are left out too.
    keeps_room
        The cloud keeps the room of a VM that is off: where it is left out, that room counts as reserved.
    """
    placed = [vm for vm in seen.vms if vm.host is not None]
    kept = [vm for vm in placed if stopped or vm.power is not Power.OFF]
    left_out = [vm for vm in placed if not stopped and vm.power is Power.OFF]
    hosts = [host.host for host in seen.hosts]
    if left_out and keeps_room:
        hosts = [_keeping(host, [vm.vm for vm in left_out if vm.host == host.name]) for host in hosts]
    names = {vm.name for vm in kept}
    state = PoolState(
        hosts,
        [_as_imported(vm) for vm in kept],
        {vm.name: vm.host for vm in kept if vm.host is not None},
        anti_affinity=[group for group in _within(seen.anti_affinity, names) if len(group) > 1],
    )
    return Imported(state, None, (*seen.warnings, *_left_out(seen, left_out)))


def held(vm: SeenVM) -> list[str]:
    """Say why a VM may not be moved now; nothing where it may."""
    state = vm.vm.labels.get(STATE, vm.power.value)
    found = [vm.vm.labels["why"]] if "why" in vm.vm.labels else []
    found += ["locked"] if vm.locked else []
    found += [state] if vm.power is not Power.ON else []
    found += [vm.busy] if vm.busy else []
    return found


def _as_imported(vm: SeenVM) -> VM:
    labels = {key: value for key, value in vm.vm.labels.items() if key != STATE}
    why = held(vm)
    if why:
        labels["why"] = "; ".join(why)
    return msgspec.structs.replace(vm.vm, movable=vm.vm.movable and not why, labels=labels)


def _keeping(host: Host, vms: Sequence[VM]) -> Host:
    """Reserve what VMs take."""
    reserved = dict(host.reserved)
    for vm in vms:
        for resource in vm.demand.keys() & host.capacity.keys():
            share = reserved_for(vm.demand[resource], host.overcommit.get(resource, 1.0))
            reserved[resource] = reserved.get(resource, 0) + share
    return msgspec.structs.replace(host, reserved=reserved)


def _within(groups: Iterable[Sequence[str]], names: set[str]) -> Iterator[list[str]]:
    for group in groups:
        yield [vm for vm in group if vm in names]


def _left_out(seen: Seen, stopped: Sequence[SeenVM]) -> Iterator[str]:
    nowhere = Counter(vm.vm.labels.get(STATE, vm.power.value) for vm in seen.vms if vm.host is None)
    for state, count in sorted(nowhere.items()):
        vms = number_of(count, "VM that is on no host", "VMs that are on no host")
        yield f"{vms}: left out ({state})"
    if stopped:
        off = number_of(len(stopped), "VM that is off is", "VMs that are off are")
        yield f"{off} left out"
