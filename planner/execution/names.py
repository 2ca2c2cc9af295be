"""Whom a pool and a cloud mean by a name: by the cloud's own id where the pool has it, else by name."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from models.actions import Migration

if TYPE_CHECKING:
    from models.actions import Action
    from models.pool import Pool
    from planner.clouds.seen import Seen, SeenHost, SeenVM

STRANGER_DIGITS = 8
"""So much of its id stands behind the name of a VM that a pool does not know."""


OTHER_HOST = "another host"
"""What stands behind the name of a host that the pool does not know, where one of the pool has had it."""


class Names:
    """The two ways between the names of a pool and those of a cloud.

    Parameters
    ----------
    pool
        Whose names are ours.
    seen
        The cloud as it was seen first. VMs that come later, or are there and not in the pool, are strangers:
        they have names too, so that the room they take can be counted.
    """

    def __init__(self, pool: Pool, seen: Seen) -> None:
        self._vm_of: dict[str, str] = {}
        self._ref_of: dict[str, str] = {}
        self._host_of: dict[str, str] = {}
        self._cloud_host_of: dict[str, str] = {}
        self._taken = {vm.name for vm in pool.vms}
        self._match_vms(pool, seen)
        self._match_hosts(pool, seen)

    def _match_vms(self, pool: Pool, seen: Seen) -> None:
        refs = {vm.ref for vm in seen.vms}
        times = Counter(vm.name for vm in seen.vms)
        by_name = {vm.name: vm.ref for vm in seen.vms if times[vm.name] == 1}
        for vm in pool.vms:
            own = vm.labels.get("id")
            ref = own if own in refs else by_name.get(vm.name) if own is None else None
            # A VM that is not there yet, or no more, is asked for by what it will or would be called.
            self._ref_of[vm.name] = own or vm.name if ref is None else ref
            self._vm_of[self._ref_of[vm.name]] = vm.name

    def _match_hosts(self, pool: Pool, seen: Seen) -> None:
        by_id = {host.host.labels["id"]: host.name for host in seen.hosts if "id" in host.host.labels}
        for host in pool.hosts:
            theirs = by_id.get(host.labels.get("id", ""), host.name)
            self._cloud_host_of[host.name] = theirs
            self._host_of[theirs] = host.name

    def ref(self, vm: str) -> str:
        """Give what the cloud is asked by."""
        return self._ref_of[vm]

    def vm_called(self, ref: str) -> str:
        """Give our name of the VM that the cloud is asked for so; of one never seen what it is asked by."""
        return self._vm_of.get(ref, ref)

    def knows(self, seen: SeenVM) -> bool:
        """Tell whether the VM is one of the pool."""
        return self._vm_of.get(seen.ref) in self._taken

    def vm(self, seen: SeenVM) -> str:
        """Give our name of a VM; a stranger gets one that is nobody else's."""
        found = self._vm_of.get(seen.ref)
        if found is None:
            name = seen.name
            if name in self._ref_of:
                name = f"{name} ({seen.ref[:STRANGER_DIGITS]})"
            if name in self._ref_of:
                name = f"{seen.name} ({seen.ref})"
            found = self._vm_of[seen.ref] = name
            self._ref_of[name] = seen.ref
        return found

    def host(self, seen: SeenHost | str) -> str:
        """Give our name of a host; one that the pool does not have gets a name that is none of ours."""
        theirs = seen if isinstance(seen, str) else seen.name
        if theirs not in self._host_of and theirs in self._cloud_host_of:
            return f"{theirs} ({OTHER_HOST})"  # the one that we call so goes by another name by now
        return self._host_of.get(theirs, theirs)

    def cloud_host(self, host: str) -> str:
        """Give the cloud's name of a host."""
        return self._cloud_host_of.get(host, host)

    def asked(self, action: Action) -> Action:
        """Give an action in the words of the cloud."""
        ref = self.ref(action.vm)
        if isinstance(action, Migration):
            return Migration(ref, self.cloud_host(action.source), self.cloud_host(action.destination))
        return type(action)(ref, self.cloud_host(action.host))
