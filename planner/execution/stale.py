"""Whether a plan still fits: what has changed since it was made, each in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.actions import Migration, ends_of, hosts_of
from models.rules.architecture import Architecture
from planner.clouds.seen import Power

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from models.actions import Action
    from models.host import Host
    from models.vm import VM
    from planner.execution.picture import Picture

ARCH = Architecture()


def changes(picture: Picture, actions: Sequence[Action]) -> list[str]:
    """Say what of the cloud is no longer as the pool has it: VMs, then hosts, then rules. None: it fits.

    A host that has come to accept less, or has less room, matters only where the plan arrives; that a host
    to be drained was cordoned meanwhile is as it should be.
    """
    return [*_vms(picture, actions), *_hosts(picture, actions), *_rules(picture)]


def off_target(picture: Picture) -> list[str]:
    """Say of each VM of the pool that is not on its target where it is, a sentence each."""
    return [
        _elsewhere(picture, vm.name, picture.pool.target.placement.get(vm.name))
        for vm in picture.pool.vms
        if picture.is_off_target(vm.name)
    ]


def _elsewhere(picture: Picture, vm: str, planned: str | None) -> str:
    now = f"it is {_on(picture.where(vm))}" if vm in picture.vms else "the cloud has no such VM"
    return f"vm {vm}: the plan has it {_on(planned)}, {now}"


def _vms(picture: Picture, actions: Sequence[Action]) -> Iterator[str]:
    touched = {action.vm for action in actions}
    for vm in picture.pool.vms:
        yield from _vm(picture, vm, is_touched=vm.name in touched)
    for name in picture.vms:
        if (
            picture.is_stranger(name)
            and (host := picture.where(name))
            and picture.pool.current.has_host(host)
        ):
            yield f"vm {name}: it is on {host}, and the pool does not know it"


def _vm(picture: Picture, vm: VM, *, is_touched: bool) -> Iterator[str]:
    planned, now = picture.pool.current.placement.get(vm.name), picture.where(vm.name)
    if vm.name not in picture.vms:
        if planned is not None:
            yield _elsewhere(picture, vm.name, planned)
        return
    if now != planned:
        yield _elsewhere(picture, vm.name, planned)
    elif is_touched and (state := _untouchable(picture, vm.name, planned)):
        yield f"vm {vm.name}: it {state}"
    merged = picture.merged_vm(vm.name)
    if is_touched:
        for trait in merged.requires[len(vm.requires) :]:
            yield f"vm {vm.name}: it has come to require {trait}"
    for resource, amount in merged.demand.items():
        if amount > (counted_on := vm.demand.get(resource, 0)):
            yield f"vm {vm.name}: the plan counts on {counted_on} {resource}, it takes {amount}"


def _untouchable(picture: Picture, vm: str, planned: str | None) -> str:
    seen = picture.vms[vm]
    if seen.locked:
        return "is locked"
    if planned is not None and seen.power is not Power.ON:
        return seen.why_not
    return f"is migrating to {picture.names.host(seen.goes_to)}" if seen.goes_to else ""


def _on(host: str | None) -> str:
    return f"on {host}" if host is not None else "off"


def _hosts(picture: Picture, actions: Sequence[Action]) -> Iterator[str]:
    used = {host for action in actions for host in hosts_of(action)}
    left = {action.source for action in actions if isinstance(action, Migration)}
    entered: dict[str | None, list[VM]] = {}
    for action in actions:
        entered.setdefault(arrives_on(action), []).append(picture.merged_vm(action.vm))
    for host in picture.merged_hosts():
        seen, coming = picture.hosts.get(host.name), entered.get(host.name, [])
        before = picture.pool.current.host(host.name)
        if seen is None:
            yield f"host {host.name}: the cloud has no such host"
        elif host.name in used and not seen.up:
            yield f"host {host.name}: it is down{_why(seen.why)}"
        elif _is_in_the_way(before, host, left=host.name in left, entered=bool(coming)):
            yield f"host {host.name}: the plan has it with version {before.version}, it has {host.version}"
        elif coming and before.accepts and not seen.host.accepts:
            yield f"host {host.name}: it accepts nothing any more{_why(seen.why)}"
        elif host.arch != before.arch and any(ARCH.refuses(vm, host) for vm in coming):
            yield f"host {host.name}: the plan has it with arch {before.arch}, it has {host.arch}"
        elif coming:
            yield from _less(picture, before, host, coming)


def _less(picture: Picture, before: Host, host: Host, coming: Sequence[VM]) -> Iterator[str]:
    """Say what a host no longer has of what VMs that go there need."""
    required = {trait for vm in coming for trait in vm.requires}
    for trait in sorted(picture.lost_traits(before) & required):
        yield f"host {host.name}: it has lost {trait}, which VMs that go there require"
    for resource, room in host.capacity.items():
        if room < (planned := before.usable(resource)):
            yield f"host {host.name}: the plan counts on {planned} {resource}, it has {room}"


def _is_in_the_way(before: Host, now: Host, *, left: bool, entered: bool) -> bool:
    """Tell whether a host has a new version that may be in the way: VMs never migrate to a lower one."""
    if before.version is None or now.version is None:
        return False
    return (left and now.version > before.version) or (entered and now.version < before.version)


def _why(why: str) -> str:
    return f" ({why})" if why else ""


def _rules(picture: Picture) -> Iterator[str]:
    """Groups that the cloud keeps apart and the pool does not."""
    apart = {
        frozenset((one, other))
        for group in picture.pool.current.anti_affinity
        for one in group
        for other in group
    }
    for group in picture.apart[len(picture.pool.current.anti_affinity) :]:
        ours = [vm for vm in group if not picture.is_stranger(vm)]
        if any(frozenset((one, other)) not in apart for one in ours for other in ours if one != other):
            yield f"rule: the cloud keeps {', '.join(group)} apart, the pool does not"


def arrives_on(action: Action) -> str | None:
    """Give the host that the VM is on after an action; None where it is off then."""
    return ends_of(action)[1]
