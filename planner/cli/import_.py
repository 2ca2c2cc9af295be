"""``vmplan import``: read a cloud, or another tool's file, as a pool."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from planner.cli.common import say_warnings

if TYPE_CHECKING:
    from planner.cli.common import Command
    from planner.clouds.imported import Imported

EPILOG = """\b
Examples:
  vmplan import csv examples/hosts.csv examples/vms.csv -o pool.json
  vmplan import csv --help
"""


def out_option(command: Command) -> Command:
    """Add where the pool goes."""
    return click.option(
        *("-o", "out"), default="-", metavar="POOL", type=click.Path(allow_dash=True), help="Write it there."
    )(command)


def stopped_option(command: Command) -> Command:
    """Add whether VMs that are off come along."""
    return click.option(
        *("--stopped/--no-stopped", "stopped"),
        default=True,
        show_default=True,
        help="Whether VMs that are off come along; they are never movable.",
    )(command)


@click.group(name="import", epilog=EPILOG)
def import_() -> None:
    """Read a cloud, or another tool's file, as a pool."""


@import_.command(name="csv")
@click.argument("hosts", metavar="HOSTS", type=click.Path(allow_dash=True))
@click.argument("vms", metavar="VMS", type=click.Path(allow_dash=True))
@out_option
def csv_(hosts: str, vms: str, out: str) -> None:
    """Read two tables, with a header each: HOSTS and VMS.

    Both have `name`; VMS has `host`, and may have `target` and `group` (no two VMs of a group on one host).
    Other columns are fields of a pool file (arch, accepts, traits, ...), reserved.X, overcommit.X,
    labels.X, or amounts of a resource: ram_mib, vcpus, ... A size may be written 16 GiB.
    """
    from planner.clouds.reading.csv_tables import read_tables

    if hosts == vms == "-":
        raise click.UsageError("only one of HOSTS and VMS can be standard input")
    _write(read_tables(hosts, vms), out)


@import_.command()
@click.option("--cloud", default="", metavar="NAME", help="Its name in clouds.yaml.  [default: OS_*]")
@stopped_option
@out_option
def openstack(cloud: str, stopped: bool, out: str) -> None:
    """Read an OpenStack cloud, as an administrator: nova and placement.

    The credentials are those of every OpenStack client: clouds.yaml, or OS_* in the environment.
    """
    from planner.clouds.openstack.reading import read

    _write(read(cloud, stopped=stopped), out)


def _write(imported: Imported, out: str) -> None:
    say_warnings(imported.warnings)
    imported.write(out)
