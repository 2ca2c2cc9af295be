"""Way back: while a host is emptied, nobody goes where he could not come back from once it is updated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.rules import Filter

if TYPE_CHECKING:
    from models.host import Host
    from models.vm import VM


class WayBack(Filter):
    """Each migration can be taken back once one host is updated, as far as versions and cordons say.

    Parameters
    ----------
    host
        The name of the host that is emptied, and counts as newer after that.
    """

    name = "way_back"

    def __init__(self, host: str) -> None:
        self.emptied = host

    def refuses_move(self, vm: VM, source: Host | None, host: Host, target: Host | None) -> str | None:  # noqa: ARG002
        """Refuse to go to the host that is emptied, from a cordoned host, and to one that will be newer."""
        if source is None:
            return None
        if host.name == self.emptied:
            return f"host '{host.name}' is being emptied"
        if not source.accepts:
            return f"host '{source.name}' has accepts=false (cordoned), and takes nobody back"
        if source.version is None or host.version is None:
            return None
        then = source.version + (source.name == self.emptied)
        if host.version <= then:
            return None
        return f"version {host.version} of host '{host.name}' is above {then} of '{source.name}' by then"

    def vm_key(self, vm: VM) -> None:
        """Nothing: the same for every VM."""

    def host_key(self, host: Host) -> tuple[int | None, bool, bool]:
        """Its version, whether it is cordoned, and whether it is the one that is emptied."""
        return host.version, host.accepts, host.name == self.emptied
