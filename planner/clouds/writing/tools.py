"""The command lines of other tools: where a VM is, and how it gets elsewhere.

Of each: OpenStack's ``openstack``, libvirt's ``virsh``, Proxmox VE's ``pvesh``, Ganeti's ``gnt-instance``
and Xen's ``xe``. A name follows ``--`` or ``=`` wherever the tool has such a thing, so that one that begins
with a dash is no option.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from planner.clouds.writing.words import Check, Command, Deed, Need, Thing

HYPERVISOR = "OS-EXT-SRV-ATTR:hypervisor_hostname"
"""The column of the host of a server."""

TELLS_LOCKS = "2.9"
"""From this version of nova's API on a server tells whether it is locked; before, nobody knows."""

UNSHELVES = "2.91"
"""From this version on (Zed) a server is unshelved to a host of one's choice."""

SPEAKS = 'openstack --os-compute-api-version "$1" compute service list --service=nova-compute > /dev/null'
"""VERSION: does nova answer at it?"""

NO_SERVER = (
    'known=$(openstack compute service list --service=nova-compute "--host=$1" -f value -c Host) && '
    '[ "$known" = "$1" ] && openstack server list --all-projects "--host=$1" -f value -c ID'
)
"""SERVICE: the servers on it. Nova lists none on a host that it does not know, which so is not empty."""

LISTED = (
    'listed() { names=$(virsh --connect "$source" list --all "$@" --name) && '
    'ids=$(virsh --connect "$source" list --all "$@" --uuid) || exit; '
    'printf "%s\\n" "$names" "$ids" | grep -qxF -e "$domain"; }; '
)
"""Does the source list the domain among those of a kind? Where it cannot be asked, all ends."""

LEFT = f'source=$1 host=$2 domain=$3; {LISTED}listed || virsh --connect "$host" domstate "--domain=$domain"'
"""SOURCE HOST DOMAIN: the state of the domain on the host, if the source has it no longer."""

STAYS = (
    f"source=$1 domain=$2; {LISTED}"
    'listed --persistent && virsh --connect "$source" domstate "--domain=$domain"'
)
"""HOST DOMAIN: the state of a domain on it, if it is one that libvirt does not forget when it is off."""

BARE = (
    f"source=$1 domain=$2; {LISTED}"
    '! listed --with-managed-save && virsh --connect "$source" domstate "--domain=$domain"'
)
"""HOST DOMAIN: the state of a domain on it, if no memory of it is saved there: libvirt carries none along."""

MOVE = (
    f"source=$1 host=$2 domain=$3; shift 3; {LISTED}"
    'if listed --persistent; then set -- "$@" --persistent --undefinesource; fi; '
    "if listed --autostart; then boots=yes; else boots=no; fi; "
    'virsh --connect "$source" migrate "$@" "--domain=$domain" "--desturi=$host" || exit; '
    '[ "$boots" = no ] || virsh --connect "$host" autostart "--domain=$domain"'
)
"""SOURCE HOST DOMAIN OPTION...: migrate it; it starts with its new host if it did so with the old one.

Libvirt takes that along neither for VMs that run nor for those that are off; and one that it would forget
when it is off stays such a one.
"""

STATUS = (
    'test -e "$1" && pvesh get "$2/status/current" --output-format json | grep -q "\\"status\\" *: *\\"$3\\""'
)
"""CONF PATH STATE: is the guest there, and in this state?"""

NO_GUEST = (
    'for kind in qemu lxc; do all=$(pvesh get "/nodes/$1/$kind" --output-format json) || exit; '
    '! printf "%s\\n" "$all" | grep -q "\\"status\\" *: *\\"running\\"" || exit 1; done'
)
"""NODE: does no guest run on it? What cannot be asked is not empty."""

NO_INSTANCE = (
    'node=$(gnt-node list --no-headers -o name -- "$1") && '
    "all=$(gnt-instance list --no-headers --separator=: -o pnode,status) || exit; "
    'left=$(printf "%s\\n" "$all" | grep -vE ":(ADMIN_down|ADMIN_offline|USER_down)$" | cut -d: -f1); '
    '! printf "%s\\n" "$left" | grep -qxF -e "$node"'
)
"""NODE: are all instances whose primary node it is off? What cannot be asked is not empty."""


class Tool(ABC):
    """What a plan asks of a command line.

    Attributes
    ----------
    name
        As ``--for`` has it.
    for_stops
        What must hold before anything is done where VMs are stopped to start again; None: nothing.
    """

    name: str
    for_stops: Need | None = None

    @abstractmethod
    def on(self, vm: Thing, host: Thing) -> Check:
        """Hold where the VM runs on the host."""

    @abstractmethod
    def off(self, vm: Thing, host: Thing) -> Check:
        """Hold where the VM, which was on the host, has stopped."""

    def carried(self, vm: Thing, source: Thing, host: Thing) -> Check:  # noqa: ARG002
        """Hold where the VM, which was on the source, is off, and on the host if it is anywhere.

        By default where it is off: most tools have it on one host at most.
        """
        return self.off(vm, host)

    @abstractmethod
    def empty(self, host: Thing) -> Check:
        """Hold where no VM runs on the host."""

    @abstractmethod
    def migrate(self, vm: Thing, source: Thing, destination: Thing) -> Deed:
        """Migrate live."""

    @abstractmethod
    def stop(self, vm: Thing, host: Thing) -> Deed:
        """Stop the VM, so that it takes no room any longer."""

    @abstractmethod
    def start(self, vm: Thing, source: Thing, host: Thing) -> tuple[Deed, ...]:
        """Start a VM, which was stopped on the source, on a host."""


class OpenStackCommands(Tool):
    """``openstack``: a server that shall take no room is shelved, and comes back where it is unshelved.

    Servers tell the name of their hypervisor; hosts are asked for by their compute service. An administrator
    may move what is locked, so that is looked at here.
    """

    name = "openstack"
    for_stops = Need(
        Check(("sh", "-c", SPEAKS, "sh", UNSHELVES)),
        f"this plan stops VMs, and nova starts them where it wants only at microversion {UNSHELVES} (Zed)",
    )

    def on(self, vm: Thing, host: Thing) -> Check:
        """See :class:`Tool`."""
        # A line for each column, by name and not as they are asked for.
        return Check((*self._show(HYPERVISOR, "status"), vm.id), (host.name, "\nACTIVE"))

    def off(self, vm: Thing, host: Thing) -> Check:  # noqa: ARG002
        """See :class:`Tool`."""
        return Check((*self._show("status"), vm.id), "SHELVED_OFFLOADED")

    @staticmethod
    def _show(*columns: str, at: str = "") -> Command:
        asked = (word for column in columns for word in ("-c", column))
        version = ("--os-compute-api-version", at) if at else ()
        return ("openstack", *version, "server", "show", "-f", "value", *asked, "--")

    def _show_unlocked(self, *columns: str) -> Command:
        """Give the question for some columns and ``locked``, which stands between them by its name."""
        return self._show(*columns, "locked", at=TELLS_LOCKS)

    def empty(self, host: Thing) -> Check:
        """See :class:`Tool`; nor one that is off and not shelved, which keeps its room."""
        return Check(("sh", "-c", NO_SERVER, "sh", host.service), "")

    def migrate(self, vm: Thing, source: Thing, destination: Thing) -> Deed:
        """See :class:`Tool`."""
        live = ("openstack", "--os-compute-api-version", "2.30", "server", "migrate", "--live-migration")
        command = (*live, "--wait", ("--host=", destination.service), "--", vm.id)
        ready = Check((*self._show_unlocked(HYPERVISOR, "status"), vm.id), (source.name, "\nFalse\nACTIVE"))
        return Deed(command, ready=ready)

    def stop(self, vm: Thing, host: Thing) -> Deed:
        """See :class:`Tool`."""
        there = Check((*self._show_unlocked(HYPERVISOR), vm.id), (host.name, "\nFalse"))
        return Deed(("openstack", "server", "shelve", "--offload", "--wait", "--", vm.id), ready=there)

    def start(self, vm: Thing, source: Thing, host: Thing) -> tuple[Deed, ...]:  # noqa: ARG002
        """See :class:`Tool`."""
        unshelve = ("openstack", "--os-compute-api-version", UNSHELVES, "server", "unshelve", "--wait")
        ready = Check((*self._show_unlocked(), vm.id), "False")
        return (Deed((*unshelve, ("--host=", host.service), "--", vm.id), ready=ready),)


class Virsh(Tool):
    """``virsh``: each host is asked at its own URI."""

    name = "virsh"

    def on(self, vm: Thing, host: Thing) -> Check:
        """See :class:`Tool`."""
        return Check(("virsh", "--connect", host.uri, "domstate", ("--domain=", vm.id)), "running")

    def off(self, vm: Thing, host: Thing) -> Check:
        """See :class:`Tool`."""
        return Check(("virsh", "--connect", host.uri, "domstate", ("--domain=", vm.id)), "shut off")

    def carried(self, vm: Thing, source: Thing, host: Thing) -> Check:
        """See :class:`Tool`; a domain that has left without ``--undefinesource`` is "shut off" there too."""
        return Check(("sh", "-c", LEFT, "sh", source.uri, host.uri, vm.id), "shut off")

    def empty(self, host: Thing) -> Check:
        """See :class:`Tool`."""
        return Check(("virsh", "--connect", host.uri, "list", "--name"), "")

    def migrate(self, vm: Thing, source: Thing, destination: Thing) -> Deed:
        """See :class:`Tool`."""
        command = self._migrate(("--live", "--p2p"), vm, source, destination)
        return Deed(command, ready=self.on(vm, source))

    @staticmethod
    def _migrate(how: Command, vm: Thing, source: Thing, destination: Thing) -> Command:
        return ("sh", "-c", MOVE, "sh", source.uri, destination.uri, vm.id, *how)

    def stop(self, vm: Thing, host: Thing) -> Deed:
        """See :class:`Tool`."""
        shutdown = ("virsh", "--connect", host.uri, "shutdown", ("--domain=", vm.id))
        return Deed(shutdown, ready=Check(("sh", "-c", STAYS, "sh", host.uri, vm.id), "running"))

    def start(self, vm: Thing, source: Thing, host: Thing) -> tuple[Deed, ...]:
        """See :class:`Tool`."""
        start = ("virsh", "--connect", host.uri, "start", ("--domain=", vm.id))
        carry = Deed(
            self._migrate(("--offline",), vm, source, host),
            ready=Check(("sh", "-c", BARE, "sh", source.uri, vm.id), "shut off"),
            unless=self.carried(vm, source, host),
        )
        return (*_elsewhere(carry, source, host), Deed(start, ready=self.off(vm, host)))


class Proxmox(Tool):
    """``pvesh``, on any node of the cluster, which all see who has which VM under ``/etc/pve``."""

    name = "proxmox"

    def on(self, vm: Thing, host: Thing) -> Check:
        """See :class:`Tool`."""
        return self._is("running", vm, host)

    def off(self, vm: Thing, host: Thing) -> Check:
        """See :class:`Tool`."""
        return self._is("stopped", vm, host)

    def _is(self, state: str, vm: Thing, host: Thing) -> Check:
        return Check(("sh", "-c", STATUS, "sh", self._conf(vm, host), self._path(vm, host), state))

    def _has(self, vm: Thing, host: Thing) -> Check:
        return Check(("test", "-e", self._conf(vm, host)))

    @staticmethod
    def _conf(vm: Thing, host: Thing) -> str:
        kind, number = _guest(vm)
        folder = {"qemu": "qemu-server"}.get(kind, kind)
        return f"/etc/pve/nodes/{host.name}/{folder}/{number}.conf"

    @staticmethod
    def _path(vm: Thing, host: Thing) -> str:
        return "/".join((f"/nodes/{host.name}", *_guest(vm)))

    def _do(self, vm: Thing, host: Thing, does: str) -> Command:
        return ("pvesh", "create", (self._path(vm, host), does))

    def empty(self, host: Thing) -> Check:
        """See :class:`Tool`."""
        return Check(("sh", "-c", NO_GUEST, "sh", host.name))

    def migrate(self, vm: Thing, source: Thing, destination: Thing) -> Deed:
        """See :class:`Tool`."""
        command = (*self._do(vm, source, "/migrate"), ("--target=", destination.name), "--online=1")
        return Deed(command, ready=self.on(vm, source))

    def stop(self, vm: Thing, host: Thing) -> Deed:
        """See :class:`Tool`."""
        return Deed(self._do(vm, host, "/status/shutdown"), ready=self._has(vm, host))

    def start(self, vm: Thing, source: Thing, host: Thing) -> tuple[Deed, ...]:
        """See :class:`Tool`."""
        carry = Deed(
            (*self._do(vm, source, "/migrate"), ("--target=", host.name)),
            ready=self.off(vm, source),
            unless=self._has(vm, host),
        )
        start = Deed(self._do(vm, host, "/status/start"), ready=self._has(vm, host))
        return (*_elsewhere(carry, source, host), start)


def _guest(vm: Thing) -> tuple[str, str]:
    """Give kind and number of what Proxmox VE calls ``qemu/100`` or ``lxc/101``."""
    kind, slash, number = vm.id.partition("/")
    return (kind, number) if slash else ("qemu", vm.id)


class GanetiCommands(Tool):
    """``gnt-instance``, on the master node."""

    name = "ganeti"

    def on(self, vm: Thing, host: Thing) -> Check:
        """See :class:`Tool`."""
        return self._is("running", vm, host)

    def off(self, vm: Thing, host: Thing) -> Check:
        """See :class:`Tool`; ``admin_state`` is down already while it still shuts down."""
        return self._is("ADMIN_down", vm, host)

    @staticmethod
    def _list(columns: str, vm: Thing) -> Command:
        return ("gnt-instance", "list", "--no-headers", "--separator=:", "-o", columns, "--", vm.name)

    def _is(self, status: str, vm: Thing, host: Thing) -> Check:
        return Check(self._list("pnode,status", vm), (host.name, ":", status))

    def _has(self, vm: Thing, host: Thing) -> Check:
        return Check(self._list("pnode", vm), host.name)

    def empty(self, host: Thing) -> Check:
        """See :class:`Tool`; one that is down and should be up counts too."""
        return Check(("sh", "-c", NO_INSTANCE, "sh", host.name))

    def migrate(self, vm: Thing, source: Thing, destination: Thing) -> Deed:
        """See :class:`Tool`."""
        command = ("gnt-instance", "migrate", "-f", ("--target-node=", destination.name), "--", vm.name)
        return Deed(command, ready=self.on(vm, source))

    def stop(self, vm: Thing, host: Thing) -> Deed:
        """See :class:`Tool`."""
        return Deed(("gnt-instance", "shutdown", "--", vm.name), ready=self._has(vm, host))

    def start(self, vm: Thing, source: Thing, host: Thing) -> tuple[Deed, ...]:
        """See :class:`Tool`."""
        # A failover stops what runs: it must be off.
        carry = Deed(
            ("gnt-instance", "failover", "-f", ("--target-node=", host.name), "--", vm.name),
            ready=self.off(vm, source),
            unless=self._has(vm, host),
        )
        start = Deed(("gnt-instance", "startup", "--", vm.name), ready=self._has(vm, host))
        return (*_elsewhere(carry, source, host), start)


def _elsewhere(carry: Deed, source: Thing, host: Thing) -> tuple[Deed, ...]:
    """Carry only what is not there."""
    return (carry,) if source != host else ()


class Xen(Tool):
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

    def migrate(self, vm: Thing, source: Thing, destination: Thing) -> Deed:
        """See :class:`Tool`."""
        command = ("xe", "vm-migrate", ("uuid=", vm.id), ("host-uuid=", destination.id), "live=true")
        return Deed(command, ready=self.on(vm, source))

    def stop(self, vm: Thing, host: Thing) -> Deed:
        """See :class:`Tool`."""
        return Deed(("xe", "vm-shutdown", ("uuid=", vm.id)), ready=self.on(vm, host))

    def start(self, vm: Thing, source: Thing, host: Thing) -> tuple[Deed, ...]:  # noqa: ARG002
        """See :class:`Tool`."""
        return (Deed(("xe", "vm-start", ("uuid=", vm.id), ("on=", host.id))),)


TOOLS: dict[str, Tool] = {
    tool.name: tool for tool in (OpenStackCommands(), Virsh(), Proxmox(), GanetiCommands(), Xen())
}
"""Name -> tool, as ``--for`` names them."""
