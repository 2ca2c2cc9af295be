"""Architecture: a host runs its own guests, and those it is backward compatible with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.rules.base import Filter

if TYPE_CHECKING:
    from models.host import Host
    from models.vm import VM

ALSO_RUNS = {"x86_64": "i386", "aarch64": "armv7l"}
"""Host architecture -> the second guest architecture it runs."""


def runs_guests_of(arch: str, host: Host) -> bool:
    """Tell whether a host runs guests of an architecture."""
    return arch in (host.arch, ALSO_RUNS.get(host.arch))


class Architecture(Filter):
    """``arch`` of the VM is the host's, or one that the host also runs."""

    name = "arch"

    def refuses(self, vm: VM, host: Host) -> str | None:
        """Refuse a guest of a foreign architecture."""
        if runs_guests_of(vm.arch, host):
            return None
        return f"arch {vm.arch} guest, host '{host.name}' is {host.arch}"

    def vm_key(self, vm: VM) -> str:
        """Only its architecture."""
        return vm.arch

    def host_key(self, host: Host) -> str:
        """Only its architecture."""
        return host.arch
