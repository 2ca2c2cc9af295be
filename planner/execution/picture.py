"""What we hold to be true of a cloud: pool and cloud in one, brought up to date with every look.

Where the two differ the stricter counts: a host has the room that both grant it, and no trait that it lost;
a VM takes what the greater of the two says, and requires what either says; groups are kept apart that either
wants apart. A VM in flight counts on both its hosts until it has been seen to have landed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from models.actions import hosts_of
from models.amounts import LARGEST
from models.ledger import Ledger
from models.vm import MOST_ARE
from planner.clouds.seen import Power
from planner.execution.names import Names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from models.actions import Action
    from models.host import Host
    from models.ledger import Violation
    from models.pool import Pool
    from models.vm import VM
    from planner.clouds.seen import Seen, SeenHost, SeenVM


class Picture:
    """Who is where, what every host has, and what flies.

    Parameters
    ----------
    pool
        Whose plan is carried out.
    seen
        The whole cloud.
    keeps_room
        See :class:`~planner.clouds.protocol.Cloud`.

    Attributes
    ----------
    names
        The two ways between our names and the cloud's.
    hosts
        Our name of a host of the pool -> the host as last seen; those that are gone are not in it.
    vms
        Our name of a VM -> the VM as last seen, strangers too; those that are gone are not in it.
    off_by_us
        VMs that the run has turned off and not on again. While they are off they are nowhere and take no
        room, though some clouds go on to list them on the host that they were on.
    """

    def __init__(self, pool: Pool, seen: Seen, *, keeps_room: bool = True) -> None:
        self.pool, self._keeps_room = pool, keeps_room
        self.names = Names(pool, seen)
        self.hosts: dict[str, SeenHost] = {}
        self.vms: dict[str, SeenVM] = {}
        self._in_pool = {vm.name: vm for vm in pool.vms}
        self._pool_hosts = {host.name: host for host in pool.hosts}
        self._resources = Ledger(pool.hosts, pool.vms, pool.current.rules, {}).resource_names
        self._flights: dict[str, frozenset[str]] = {}
        self._last_on: dict[str, tuple[str, ...]] = {vm: (at,) for vm, at in pool.current.placement.items()}
        self.off_by_us: set[str] = set()
        self._resting = self._off_strangers(seen)
        self.see(seen)

    def _off_strangers(self, seen: Seen) -> dict[str, SeenVM]:
        """Give the VMs that are off and that the pool leaves out: their room is none for their hosts."""
        return {vm.ref: vm for vm in seen.vms if vm.power is Power.OFF and not self.names.knows(vm)}

    def _is_resting(self, vm: SeenVM) -> bool:
        """Tell whether the room of a VM is counted already, or is none.

        One that was turned on meanwhile takes what was kept for it, where the cloud keeps room for those
        that are off; where it does not, it is one more.
        """
        before = self._resting.get(vm.ref)
        if before is None or before.host != vm.host:
            return False
        return vm.power is Power.OFF or (self._keeps_room and vm.goes_to is None)

    def see(self, seen: Seen) -> None:
        """Take in a look at everything."""
        self._traits_of_cloud = {trait for host in seen.hosts for trait in host.host.traits}
        self._traits_of_cloud.update(trait for vm in seen.vms for trait in vm.vm.requires)
        self._arches_of_cloud = {it.host.arch for it in seen.hosts} | {it.vm.arch for it in seen.vms}
        self.hosts = {self.names.host(host): host for host in seen.hosts}
        self.vms = {self.names.vm(vm): vm for vm in seen.vms if not self._is_resting(vm)}
        for name, vm in self.vms.items():
            self._note_host(name, vm)
        # One that is left out, such as a shelved server, stays in the groups of its cloud.
        by_name = {vm.name: self.names.vm(vm) for vm in seen.vms if not self._is_resting(vm)}
        groups = [tuple(by_name[vm] for vm in group if vm in by_name) for group in seen.anti_affinity]
        known = set(map(frozenset, self.pool.current.anti_affinity))
        self.apart = (
            *self.pool.current.anti_affinity,
            *(group for group in groups if len(group) > 1 and frozenset(group) not in known),
        )
        self._merged_hosts = {host.name: self._merge_host(host) for host in self.pool.hosts}
        self._merged_vms = dict(self._in_pool)
        for name, vm in self.vms.items():
            self._merged_vms[name] = self._merge_vm(name, vm)
        self._rebuild()

    def see_vm(self, name: str, seen: SeenVM | None) -> None:
        """Take in a look at one VM; None: it is gone."""
        if seen is None:
            self.vms.pop(name, None)
        else:
            self._take_in(name, seen)
        self._count(name)

    def see_host(self, name: str, seen: SeenHost | None, vms: Iterable[SeenVM]) -> None:
        """Take in a look at one host and all that is on it or on its way there; None: it is gone."""
        if seen is None:
            self.hosts.pop(name, None)
        else:
            self.hosts[name] = seen
        if name in self._pool_hosts:
            merged = self._merge_host(self._pool_hosts[name])
            if merged != self._merged_hosts[name]:
                self._merged_hosts[name] = merged
                self._rebuild()
        here = set()
        for vm in vms:
            if self._is_resting(vm):
                continue
            our = self.names.vm(vm)
            here.add(our)
            self._take_in(our, vm)
            self._count(our)
        for our in [vm for vm in self._on.get(name, ()) if vm not in here]:
            # It has left, nobody said where to: a look at it will tell. Its own flight still counts.
            self._count_on(our, self._flights.get(our, frozenset()) | (self._counted[our] - {name}))

    def _take_in(self, name: str, seen: SeenVM) -> None:
        before = self.vms.get(name)
        self.vms[name] = seen
        self._note_host(name, seen)
        if before is not None and before.vm == seen.vm:
            return
        merged = self._merge_vm(name, seen)
        known = self._merged_vms.get(name)
        self._merged_vms[name] = merged
        if known is None and not self.pool.current.extra_rules:
            self._ledger.vms[name] = merged
        elif known != merged:
            # A rule of one's own may count a newcomer in a group, or as taking a resource.
            self._rebuild()

    def _note_host(self, name: str, seen: SeenVM) -> None:
        if seen.host is None:
            self._last_on.pop(name, None)
        else:
            self._last_on[name] = (self.names.host(seen.host),)

    def _merge_host(self, host: Host) -> Host:
        seen = self.hosts.get(host.name)
        # Overcommitted it may be more than a host can have, and than anybody takes.
        room = {resource: min(host.usable(resource), LARGEST) for resource in self._resources}
        if seen is not None:
            for resource in self._resources:
                if resource in seen.host.capacity:
                    resting = sum(vm.vm.demand.get(resource, 0) for vm in self._resting_on(seen.name))
                    room[resource] = min(room[resource], max(0, seen.host.usable(resource) - resting))
        accepts = host.accepts and seen is not None and seen.up and seen.host.accepts
        traits = [trait for trait in host.traits if trait not in self.lost_traits(host)]
        return replace(
            host,
            capacity=room,
            reserved={},
            overcommit={},
            arch=self._arch(host),
            traits=tuple(traits),
            accepts=accepts,
            version=self._version(host),
        )

    def _version(self, host: Host) -> int | None:
        """Give the version that a host has now; where the pool compares none, none is compared."""
        seen = self.hosts.get(host.name)
        return host.version if host.version is None or seen is None else seen.host.version or host.version

    def _arch(self, host: Host) -> str:
        """Give the architecture that a host has now; ours, where the cloud seems to speak of none."""
        seen = self.hosts.get(host.name)
        if seen is None:
            return host.arch
        # One that is not told is read as what most are.
        is_told = seen.host.arch != MOST_ARE or not self._arches_of_cloud <= {MOST_ARE}
        return seen.host.arch if is_told else host.arch

    def lost_traits(self, host: Host) -> set[str]:
        """Give the traits that a host of the pool has no more; what the cloud never spoke of is ours."""
        seen = self.hosts.get(host.name)
        if seen is None:
            return set()
        return self._traits_of_cloud.intersection(host.traits).difference(seen.host.traits)

    def _resting_on(self, host: str) -> list[SeenVM]:
        return [vm for vm in self._resting.values() if self._keeps_room and vm.host == host]

    def _merge_vm(self, name: str, seen: SeenVM) -> VM:
        vm = self._in_pool.get(name)
        theirs = {r: amount for r in self._resources if (amount := seen.vm.demand.get(r, 0))}
        if vm is None:
            # It stays, so what it requires of a host is nobody's concern, and its own host may lack a trait
            # that only the cloud speaks of. Rules of one's own may look at all the rest, labels above all.
            return replace(seen.vm, name=name, demand=theirs, requires=(), movable=False)
        requires = (*vm.requires, *(trait for trait in seen.vm.requires if trait not in vm.requires))
        grown = any(amount > vm.demand.get(resource, 0) for resource, amount in theirs.items())
        if not grown and requires == vm.requires:
            return vm
        most = {r: max(vm.demand.get(r, 0), theirs.get(r, 0)) for r in {**vm.demand, **theirs}}
        return replace(vm, demand=most, requires=requires)

    def _rebuild(self) -> None:
        """Count everything anew, under the rules as they are now."""
        frame = self.pool.current.changed(
            hosts=self._merged_hosts.values(),
            vms=self._merged_vms.values(),
            placement={},
            anti_affinity=self.apart,
        )
        self._ledger = Ledger(frame.hosts, frame.vms, frame.rules, {})
        self._counted: dict[str, frozenset[str]] = {}
        self._on: dict[str, set[str]] = {host: set() for host in self._pool_hosts}
        for name in [*self.vms, *(vm for vm in self._flights if vm not in self.vms)]:
            self._count(name)

    def _count(self, name: str) -> None:
        seen = self.vms.get(name)
        ends = () if seen is None or self.is_off_by_us(name) else (seen.host, seen.goes_to)
        hosts = {self.names.host(end) for end in ends if end is not None}
        self._count_on(name, self._flights.get(name, frozenset()) | hosts)

    def _count_on(self, name: str, hosts: frozenset[str] | set[str]) -> None:
        hosts = frozenset(host for host in hosts if host in self._pool_hosts)
        before = self._counted.get(name, frozenset())
        for host in before - hosts:
            self._ledger.take(name, host)
            self._on[host].discard(name)
        for host in hosts - before:
            self._ledger.put(name, host)
            self._on[host].add(name)
        self._counted[name] = hosts

    def takes_off(self, action: Action) -> None:
        """Count the VM on every host that the action concerns, until it has landed."""
        self._flights[action.vm] = frozenset(hosts_of(action))
        self._count(action.vm)

    def lands(self, name: str, seen: SeenVM | None) -> None:
        """Count a VM where it is seen, and there alone."""
        ends = self._flights.pop(name, frozenset())
        if seen is None:
            self._last_on[name] = (*self._last_on.get(name, ()), *sorted(ends))
        self.see_vm(name, seen)

    def turned(self, name: str, *, on: bool) -> None:
        """Take note that the run has turned a VM on, or off."""
        if on:
            self.off_by_us.discard(name)
        else:
            self.off_by_us.add(name)
        self._count(name)

    def is_off_by_us(self, name: str) -> bool:
        """Tell whether a VM is off because the run has turned it off."""
        return name in self.off_by_us and name in self.vms and self.vms[name].power is Power.OFF

    def keeps_room_off(self, name: str) -> bool:
        """Tell whether a VM is off, by no doing of ours, and takes its room on its host all the same."""
        seen = self.vms.get(name)
        if seen is None or seen.host is None or seen.busy or not self._keeps_room:
            return False
        return seen.power is Power.OFF and name not in self.off_by_us

    def where(self, name: str) -> str | None:
        """Give the host a VM was last seen on, by our name; None: gone, or turned off by us."""
        seen = self.vms.get(name)
        if seen is None or seen.host is None or self.is_off_by_us(name):
            return None
        return self.names.host(seen.host)

    def gone_with(self, name: str) -> str | None:
        """Give the host of a VM where both are gone, and the VM may still run there; None: it does not."""
        if name in self.vms or name in self.off_by_us:
            return None
        return next((host for host in self._last_on.get(name, ()) if host not in self.hosts), None)

    def has_namesake(self, name: str) -> bool:
        """Tell whether the cloud calls another VM as it did one that is gone, which was made anew perhaps."""
        return any(vm.name == name for our, vm in self.vms.items() if our != name)

    def remember(self, hosts: Mapping[str, tuple[str, ...]]) -> None:
        """Take note of where those may be that are gone by now, as a run before has it."""
        self._last_on |= {vm: ends for vm, ends in hosts.items() if vm not in self.vms}

    def is_off_target(self, name: str) -> bool:
        """Tell whether a VM of the pool was last seen elsewhere than on its target, or may run elsewhere."""
        wanted = self.pool.target.placement.get(name)
        return self.where(name) != wanted or self.gone_with(name) is not None

    def is_in_error_on_target(self, name: str) -> bool:
        """Tell whether a VM that the plan was to bring to its target is there, and does not run properly."""
        seen, wanted = self.vms.get(name), self.pool.target.placement.get(name)
        is_moved = wanted is not None and wanted != self.pool.current.placement.get(name)
        is_there = is_moved and self.where(name) == wanted
        return is_there and seen is not None and seen.power is Power.OTHER

    def refusals(self, vm: str, source: str | None, host: str) -> list[Violation]:
        """Give every rule that an arrival would break now, all that flies counted on both hosts."""
        return self._ledger.refusals(vm, source, host, self.pool.target.placement.get(vm))

    def merged_hosts(self) -> tuple[Host, ...]:
        """Give the hosts of the pool as both see them."""
        return tuple(self._merged_hosts.values())

    def merged_vm(self, name: str) -> VM:
        """Give a VM as both see it."""
        return self._merged_vms[name]

    def is_stranger(self, name: str) -> bool:
        """Tell whether the pool does not know the VM."""
        return name not in self._in_pool
