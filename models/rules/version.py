"""Version: hypervisor upgrades are one-way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.rules.base import Filter

if TYPE_CHECKING:
    from models.host import Host
    from models.vm import VM


class Version(Filter):
    """A VM never migrates to a host with a lower version than the one it is on."""

    name = "version"

    def refuses_move(self, vm: VM, source: Host | None, host: Host, target: Host | None) -> str | None:  # noqa: ARG002
        """Refuse a lower version, where both hosts have one."""
        if source is None or source.version is None or host.version is None or host.version >= source.version:
            return None
        return f"version {host.version} of host '{host.name}' is below {source.version} of '{source.name}'"

    def vm_key(self, vm: VM) -> None:
        """Nothing: the same for every VM."""

    def host_key(self, host: Host) -> int | None:
        """Only its version."""
        return host.version
