"""Movable: a pinned VM is never migrated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.rules.base import Filter

if TYPE_CHECKING:
    from models.host import Host
    from models.vm import VM


class Movable(Filter):
    """A VM with ``movable`` false makes no migration."""

    name = "movable"

    def refuses_move(self, vm: VM, source: Host | None, host: Host, target: Host | None) -> str | None:  # noqa: ARG002
        """Refuse every migration of a pinned VM; it may be provisioned or started."""
        return None if vm.movable or source is None else "movable=false (pinned)"

    def vm_key(self, vm: VM) -> bool:
        """Only whether it is pinned."""
        return vm.movable

    def host_key(self, host: Host) -> None:
        """Nothing: the same for every host."""
