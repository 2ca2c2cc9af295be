"""The command lines of other tools: where a VM is, and how it gets elsewhere.

Of each: OpenStack's ``openstack``, libvirt's ``virsh``, Proxmox VE's ``pvesh``, Ganeti's ``gnt-instance``
and Xen's ``xe``. A name follows ``--`` or ``=`` wherever the tool has such a thing, so that one that begins
with a dash is no option.
"""

from __future__ import annotations

from typing import Protocol

from planner.clouds.writing.words import Check, Command, Thing


class Tool(Protocol):
    """What a plan asks of a command line."""

    name: str

    def on(self, vm: Thing, host: Thing) -> Check:
        """Hold where the VM runs on the host."""
        ...

    def off(self, vm: Thing, host: Thing) -> Check | None:
        """Hold where the VM, which was on the host, has stopped; None: the tool cannot say in one word."""
        ...

    def empty(self, host: Thing) -> Check:
        """Hold where no VM is on the host."""
        ...

    def migrate(self, vm: Thing, source: Thing, destination: Thing) -> Command:
        """Migrate live."""
        ...

    def stop(self, vm: Thing, host: Thing) -> Command:
        """Stop the VM, so that it takes no room any longer."""
        ...

    def start(self, vm: Thing, source: Thing, host: Thing) -> tuple[Command, ...]:
        """Start a VM, which was stopped on the source, on a host."""
        ...


class OpenStackCommands:
    """``openstack``: a server that shall take no room is shelved, and comes back where it is unshelved."""

    name = "openstack"

    def on(self, vm: Thing, host: Thing) -> Check:
        """See :class:`Tool`."""
        return Check((*self._show("OS-EXT-SRV-ATTR:hypervisor_hostname"), vm.id), host.name)

    def off(self, vm: Thing, host: Thing) -> Check:  # noqa: ARG002
        """See :class:`Tool`."""
        return Check((*self._show("status"), vm.id), "SHELVED_OFFLOADED")

    @staticmethod
    def _show(column: str) -> Command:
        return ("openstack", "server", "show", "-f", "value", "-c", column, "--")

    def empty(self, host: Thing) -> Check:
        """See :class:`Tool`."""
        return Check(
            (
                "openstack",
                "server",
                "list",
                "--all-projects",
                ("--host=", host.name),
                "-f",
                "value",
                "-c",
                "ID",
            ),
            "",
        )

    def migrate(self, vm: Thing, source: Thing, destination: Thing) -> Command:  # noqa: ARG002
        """See :class:`Tool`."""
        return (
            *("openstack", "--os-compute-api-version", "2.30", "server", "migrate", "--live-migration"),
            *("--wait", ("--host=", destination.name), "--", vm.id),
        )

    def stop(self, vm: Thing, host: Thing) -> Command:  # noqa: ARG002
        """See :class:`Tool`."""
        return ("openstack", "server", "shelve", "--offload", "--wait", "--", vm.id)

    def start(self, vm: Thing, source: Thing, host: Thing) -> tuple[Command, ...]:  # noqa: ARG002
        """See :class:`Tool`."""
        unshelve = ("openstack", "--os-compute-api-version", "2.91", "server", "unshelve", "--wait")
        return ((*unshelve, ("--host=", host.name), "--", vm.id),)


class Virsh:
    """``virsh``: each host is asked at its own URI."""

    name = "virsh"

    def on(self, vm: Thing, host: Thing) -> Check:
        """See :class:`Tool`."""
        return Check(("virsh", "--connect", host.uri, "domstate", ("--domain=", vm.id)), "running")

    def off(self, vm: Thing, host: Thing) -> Check:
        """See :class:`Tool`."""
        return Check(("virsh", "--connect", host.uri, "domstate", ("--domain=", vm.id)), "shut off")

    def empty(self, host: Thing) -> Check:
        """See :class:`Tool`."""
        return Check(("virsh", "--connect", host.uri, "list", "--name"), "")

    def migrate(self, vm: Thing, source: Thing, destination: Thing) -> Command:
        """See :class:`Tool`."""
        return self._migrate(("--live", "--p2p"), vm, source, destination)

    @staticmethod
    def _migrate(how: Command, vm: Thing, source: Thing, destination: Thing) -> Command:
        whole = ("--persistent", "--undefinesource", ("--domain=", vm.id), ("--desturi=", destination.uri))
        return ("virsh", "--connect", source.uri, "migrate", *how, *whole)

    def stop(self, vm: Thing, host: Thing) -> Command:
        """See :class:`Tool`."""
        return ("virsh", "--connect", host.uri, "shutdown", ("--domain=", vm.id))

    def start(self, vm: Thing, source: Thing, host: Thing) -> tuple[Command, ...]:
        """See :class:`Tool`."""
        carry = self._migrate(("--offline",), vm, source, host)
        return (carry, ("virsh", "--connect", host.uri, "start", ("--domain=", vm.id)))


class Proxmox:
    """``pvesh``, on any node of the cluster, which all see who has which VM under ``/etc/pve``."""

    name = "proxmox"

    def on(self, vm: Thing, host: Thing) -> Check:
        """See :class:`Tool`."""
        return Check(
            ("test", "-e", ("/etc/pve/nodes/", host.name, "/qemu-server/", self._number(vm), ".conf"))
        )

    def off(self, vm: Thing, host: Thing) -> None:
        """See :class:`Tool`; the shutdown below comes back when the VM is off."""

    @staticmethod
    def _number(vm: Thing) -> str:
        return vm.id.removeprefix("qemu/")

    def _do(self, vm: Thing, host: Thing, does: str) -> Command:
        return ("pvesh", "create", ("/nodes/", host.name, "/qemu/", self._number(vm), does))

    def empty(self, host: Thing) -> Check:
        """See :class:`Tool`."""
        return Check(("find", ("/etc/pve/nodes/", host.name, "/qemu-server"), "-name", "*.conf"), "")

    def migrate(self, vm: Thing, source: Thing, destination: Thing) -> Command:
        """See :class:`Tool`."""
        return (*self._do(vm, source, "/migrate"), ("--target=", destination.name), "--online=1")

    def stop(self, vm: Thing, host: Thing) -> Command:
        """See :class:`Tool`."""
        return self._do(vm, host, "/status/shutdown")

    def start(self, vm: Thing, source: Thing, host: Thing) -> tuple[Command, ...]:
        """See :class:`Tool`."""
        carry = (*self._do(vm, source, "/migrate"), ("--target=", host.name))
        return (carry, self._do(vm, host, "/status/start"))


class GanetiCommands:
    """``gnt-instance``, on the master node."""

    name = "ganeti"

    def on(self, vm: Thing, host: Thing) -> Check:
        """See :class:`Tool`."""
        return Check(("gnt-instance", "list", "--no-headers", "-o", "pnode", "--", vm.name), host.name)

    def off(self, vm: Thing, host: Thing) -> Check:  # noqa: ARG002
        """See :class:`Tool`."""
        return Check(("gnt-instance", "list", "--no-headers", "-o", "admin_state", "--", vm.name), "down")

    def empty(self, host: Thing) -> Check:
        """See :class:`Tool`."""
        return Check(("gnt-node", "list", "--no-headers", "-o", "pinst_cnt", "--", host.name), "0")

    def migrate(self, vm: Thing, source: Thing, destination: Thing) -> Command:  # noqa: ARG002
        """See :class:`Tool`."""
        return ("gnt-instance", "migrate", "-f", ("--target-node=", destination.name), "--", vm.name)

    def stop(self, vm: Thing, host: Thing) -> Command:  # noqa: ARG002
        """See :class:`Tool`."""
        return ("gnt-instance", "shutdown", "--", vm.name)

    def start(self, vm: Thing, source: Thing, host: Thing) -> tuple[Command, ...]:  # noqa: ARG002
        """See :class:`Tool`."""
        carry = ("gnt-instance", "failover", "-f", ("--target-node=", host.name), "--", vm.name)
        return (carry, ("gnt-instance", "startup", "--", vm.name))


class Xen:
    """``xe``, for XenServer and XCP-ng; it names VMs and hosts by UUID, and so must ``labels.id``."""

    name = "xen"

    def on(self, vm: Thing, host: Thing) -> Check:
        """See :class:`Tool`."""
        return Check(("xe", "vm-param-get", ("uuid=", vm.id), "param-name=resident-on"), host.id)

    def off(self, vm: Thing, host: Thing) -> Check:  # noqa: ARG002
        """See :class:`Tool`."""
        return Check(("xe", "vm-param-get", ("uuid=", vm.id), "param-name=power-state"), "halted")

    def empty(self, host: Thing) -> Check:
        """See :class:`Tool`."""
        return Check(
            (
                "xe",
                "vm-list",
                ("resident-on=", host.id),
                "is-control-domain=false",
                "params=uuid",
                "--minimal",
            ),
            "",
        )

    def migrate(self, vm: Thing, source: Thing, destination: Thing) -> Command:  # noqa: ARG002
        """See :class:`Tool`."""
        return ("xe", "vm-migrate", ("uuid=", vm.id), ("host-uuid=", destination.id), "live=true")

    def stop(self, vm: Thing, host: Thing) -> Command:  # noqa: ARG002
        """See :class:`Tool`."""
        return ("xe", "vm-shutdown", ("uuid=", vm.id))

    def start(self, vm: Thing, source: Thing, host: Thing) -> tuple[Command, ...]:  # noqa: ARG002
        """See :class:`Tool`."""
        return (("xe", "vm-start", ("uuid=", vm.id), ("on=", host.id)),)


TOOLS: dict[str, Tool] = {
    tool.name: tool for tool in (OpenStackCommands(), Virsh(), Proxmox(), GanetiCommands(), Xen())
}
"""Name -> tool, as ``--for`` names them."""
