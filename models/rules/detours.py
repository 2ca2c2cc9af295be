"""Detours: a VM that takes none goes straight to its target."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.rules.base import Filter

if TYPE_CHECKING:
    from models.host import Host
    from models.vm import VM


class Detours(Filter):
    """A VM with ``detours`` false migrates to its target and nowhere else."""

    name = "detours"

    def refuses_move(self, vm: VM, source: Host | None, host: Host, target: Host | None) -> str | None:
        """Refuse a migration to another host than the target."""
        if vm.detours or source is None or (target is not None and target.name == host.name):
            return None
        return f"detours=false, and host '{host.name}' is not its target"

    def vm_key(self, vm: VM) -> bool:
        """Only whether it takes detours; where it goes is known to who asks."""
        return vm.detours

    def host_key(self, host: Host) -> None:
        """Nothing: the same for every host."""
