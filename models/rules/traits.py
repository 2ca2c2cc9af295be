"""Traits: a VM runs only where the host has all it requires."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.rules.base import Filter

if TYPE_CHECKING:
    from models.host import Host
    from models.vm import VM


class Traits(Filter):
    """``requires`` of the VM is a subset of ``traits`` of the host."""

    name = "traits"

    def refuses(self, vm: VM, host: Host) -> str | None:
        """Refuse a host that lacks a required trait."""
        if not vm.requires:
            return None
        lacking = sorted(set(vm.requires).difference(host.traits))
        return f"requires {', '.join(lacking)}, which host '{host.name}' lacks" if lacking else None

    def vm_key(self, vm: VM) -> tuple[str, ...]:
        """Only what it requires."""
        return vm.requires

    def host_key(self, host: Host) -> tuple[str, ...]:
        """Only its traits."""
        return host.traits
