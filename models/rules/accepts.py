"""Accepts: nothing arrives on a cordoned host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.rules.base import Filter

if TYPE_CHECKING:
    from models.host import Host
    from models.vm import VM


class Accepts(Filter):
    """A host with ``accepts`` false takes no migration, no provision, no start."""

    name = "accepts"

    def refuses_move(self, vm: VM, source: Host | None, host: Host, target: Host | None) -> str | None:  # noqa: ARG002
        """Refuse every arrival on a cordoned host."""
        return None if host.accepts else f"host '{host.name}' has accepts=false (cordoned)"

    def vm_key(self, vm: VM) -> None:
        """Nothing: the same for every VM."""

    def host_key(self, host: Host) -> bool:
        """Only whether it is cordoned."""
        return host.accepts
