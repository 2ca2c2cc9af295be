"""``vmplan import``: read a cloud, or another tool's file, as a pool."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from models.pool import Pool
from planner.cli.common import say_warnings, warn_of
from planner.cli.outputs import check_outputs
from planner.cli.progress import waiting
from planner.clouds.amounts import amount

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from planner.cli.common import Command
    from planner.clouds.imported import Imported

EPILOG = """\b
Examples:
  vmplan import csv examples/cluster/hosts.csv examples/cluster/vms.csv \\
      -o pool.json
  vmplan import csv --help
"""

EPILOG_CSV = """\b
HOSTS may look like this, and VMS like that; db1 and db2 are kept apart:
  name,ram_mib,vcpus,reserved.ram_mib,overcommit.vcpus
  h1,256 GiB,32,16 GiB,4
  h2,256 GiB,32,16 GiB,4

\b
  name,host,ram_mib,vcpus,group
  db1,h1,64 GiB,8,db
  db2,h2,64 GiB,8,db
  web,h1,16 GiB,4,

\b
Examples:
  vmplan import csv examples/cluster/hosts.csv examples/cluster/vms.csv \\
      -o pool.json
"""


EPILOG_OPENSTACK = """\b
Examples:
  vmplan import openstack --cloud prod -o pool.json
  vmplan import openstack --cloud prod --no-stopped -o pool.json
"""

EPILOG_GANETI = """\b
Examples:
  vmplan import ganeti --rapi https://cluster:5080 -o pool.json
  vmplan import ganeti cluster.data -o pool.json
"""

EPILOG_PROXMOX = """\b
Examples:
  vmplan import proxmox cluster.json --rules rules.json --reserved 4GiB \\
      -o pool.json
  vmplan import proxmox --api https://pve1:8006 -o pool.json
"""

EPILOG_BTRPLACE = """\b
Examples:
  vmplan import btrplace instance.json -o pool.json
"""

EPILOG_LIBVIRT = """\b
Examples:
  vmplan import libvirt --uri qemu+ssh://host1/system \\
      --uri qemu+ssh://host2/system --reserved 4GiB -o pool.json
"""


def out_option(command: Command) -> Command:
    """Add where the pool goes."""
    return click.option(
        *("-o", "--output", "out"),
        default="-",
        metavar="POOL",
        type=click.Path(allow_dash=True),
        help="Write it there.  [default: standard output]",
    )(command)


def stopped_option(command: Command) -> Command:
    """Add whether VMs that are off come along."""
    return click.option(
        *("--stopped/--no-stopped", "stopped"),
        default=True,
        show_default=True,
        help="Whether VMs that are off come along; they are never movable.",
    )(command)


class Size(click.ParamType[int]):
    """RAM as people write it: 2048 (MiB), 2 GiB."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read it, or fail in words."""
        try:
            return value if isinstance(value, int) else amount(value, "ram_mib")
        except ValueError as error:
            self.fail(f"{value!r} {error}", param, ctx)


def cpu_ratio_option(command: Command) -> Command:
    """Add how many virtual CPUs a CPU carries."""
    return click.option(
        "--cpu-ratio",
        type=click.FloatRange(min=0, min_open=True),
        metavar="X",
        help="Virtual CPUs for each CPU of a host.  [default: CPUs are not counted]",
    )(command)


def reserved_option(command: Command) -> Command:
    """Add what a host keeps for itself."""
    return click.option(
        *("--reserved",),
        type=Size(),
        default=0,
        metavar="SIZE",
        help="RAM that each host keeps for itself, such as 2GiB; a number alone is MiB.  [default: 0]",
    )(command)


@click.group(name="import", epilog=EPILOG)
def import_() -> None:
    """Read a cloud, or another tool's file, as a pool."""


@import_.command(name="csv", epilog=EPILOG_CSV, short_help="two tables, of hosts and of VMs")
@click.argument("hosts", metavar="HOSTS", type=click.Path(allow_dash=True))
@click.argument("vms", metavar="VMS", type=click.Path(allow_dash=True))
@out_option
def csv_(hosts: str, vms: str, out: str) -> None:
    """Read two tables, with a header each: HOSTS and VMS.

    Both have `name`; VMS has `host`, and may have `target` and `group` (no two VMs of a group on one host).
    Other columns are fields of a pool file (arch, accepts, traits, ...), reserved.X, overcommit.X,
    labels.X, or amounts of a resource: ram_mib, vcpus, ... A size may be written 16 GiB; traits, requires and
    group may name several, such as "avx2, gpu". What a VM takes of each resource must be there, 0 for none;
    other cells may be empty.
    """
    from planner.clouds.reading.csv_tables import read_tables

    if hosts == vms == "-":
        raise click.UsageError("only one of HOSTS and VMS can be standard input")
    _write(lambda: read_tables(hosts, vms), out, {"HOSTS": hosts, "VMS": vms})


@import_.command(epilog=EPILOG_OPENSTACK, short_help="an OpenStack cloud, as an administrator")
@click.option("--cloud", default="", metavar="NAME", help="Its name in clouds.yaml.  [default: OS_*]")
@stopped_option
@out_option
def openstack(cloud: str, stopped: bool, out: str) -> None:
    """Read an OpenStack cloud, as an administrator: nova and placement.

    The credentials are those of every OpenStack client: clouds.yaml, or OS_* in the environment.
    """
    from planner.clouds.openstack.reading import read

    _write(lambda: read(cloud, stopped=stopped), out)


@import_.command(epilog=EPILOG_GANETI, short_help="a Ganeti cluster, or a file that hbal -S wrote")
@click.argument("file", metavar="[FILE]", required=False, type=click.Path(allow_dash=True))
@click.option("--rapi", metavar="URL", help="Of its remote API, such as https://cluster:5080.")
@stopped_option
@out_option
def ganeti(file: str | None, rapi: str | None, stopped: bool, out: str) -> None:
    """Read a Ganeti cluster: by its remote API, or from a FILE that hbal -S or another of the htools wrote.

    The user of the remote API is that of GANETI_RAPI_USER and GANETI_RAPI_PASSWORD, or of .netrc. A cluster
    that signs its own certificate: GANETI_RAPI_CERT names a copy of its rapi.pem.
    """
    from planner.clouds.ganeti import read, read_text

    if (file is None) == (rapi is None):
        raise click.UsageError("name a FILE or --rapi URL, one of them")
    _write(
        lambda: read_text(file, stopped=stopped) if file else read(rapi or "", stopped=stopped),
        out,
        {"FILE": file},
    )


@import_.command(epilog=EPILOG_PROXMOX, short_help="a Proxmox VE cluster, or what pvesh prints")
@click.argument("resources", metavar="[RESOURCES]", required=False, type=click.Path(allow_dash=True))
@click.option("--api", metavar="URL", help="Ask a node of the cluster, such as https://pve1:8006.")
@click.option("--rules", metavar="FILE", type=click.Path(allow_dash=True), help="The HA rules; see above.")
@cpu_ratio_option
@reserved_option
@stopped_option
@out_option
def proxmox(
    resources: str | None,
    api: str | None,
    rules: str | None,
    cpu_ratio: float | None,
    reserved: int,
    stopped: bool,
    out: str,
) -> None:
    """Read a Proxmox VE cluster: from what its own commands print, or by its API.

    RESOURCES is the output of `pvesh get /cluster/resources --output-format json`, and the HA rules are
    that of `pvesh get /cluster/ha/rules --output-format json`. The API is asked for both, by the API token
    of PROXMOX_TOKEN_ID (USER@REALM!NAME) and PROXMOX_TOKEN_SECRET.
    """
    from planner.clouds.reading.proxmox import read_proxmox
    from planner.clouds.reading.proxmox_api import read_proxmox_api

    if (resources is None) == (api is None):
        raise click.UsageError("name the file RESOURCES or --api URL, one of them")
    if resources == rules == "-":
        raise click.UsageError("only one of RESOURCES and --rules can be standard input")
    if api is not None and rules is not None:
        raise click.UsageError("--rules goes with RESOURCES; the API is asked for its rules")
    _write(
        lambda: (
            read_proxmox(resources or "", rules, cpu_ratio=cpu_ratio, reserved_mib=reserved, stopped=stopped)
            if api is None
            else read_proxmox_api(api, cpu_ratio=cpu_ratio, reserved_mib=reserved, stopped=stopped)
        ),
        out,
        {"RESOURCES": resources, "--rules": rules},
    )


@import_.command(epilog=EPILOG_BTRPLACE, short_help="a BtrPlace instance in JSON")
@click.argument("instance", metavar="INSTANCE", type=click.Path(allow_dash=True))
@stopped_option
@out_option
def btrplace(instance: str, stopped: bool, out: str) -> None:
    """Read a BtrPlace INSTANCE in JSON: Fence, Ban, Spread, Offline, Root and resources."""
    from planner.clouds.reading.btrplace import read_btrplace

    _write(lambda: read_btrplace(instance, stopped=stopped), out, {"INSTANCE": instance})


@import_.command(epilog=EPILOG_LIBVIRT, short_help="hosts of libvirt, each at its own URI")
@click.option("--uri", "uris", multiple=True, required=True, metavar="URI", help="Of a host; once for each.")
@cpu_ratio_option
@reserved_option
@stopped_option
@out_option
def libvirt(uris: tuple[str, ...], cpu_ratio: float | None, reserved: int, stopped: bool, out: str) -> None:
    """Read hosts of libvirt, each at its own URI, such as qemu+ssh://host7/system."""
    from planner.clouds.libvirt.reading import read

    _write(lambda: read(uris, cpu_ratio=cpu_ratio, reserved_mib=reserved, stopped=stopped), out)


def _write(read: Callable[[], Imported], out: str, inputs: Mapping[str, str | None] | None = None) -> None:
    """Read, and write the pool; say how large it is where standard output is not the pool itself."""
    check_outputs({"-o": out}, inputs or {})
    with waiting("reading"):
        imported = read()
    say_warnings(imported.warnings)
    warn_of(Pool(imported.state, imported.state).warnings())
    imported.write(out)
    if out != "-":
        click.echo(f"{out}: {imported.summary()}")
