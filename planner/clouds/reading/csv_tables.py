"""Two tables, hosts and VMs, as people keep them in a spreadsheet.

A column is a field of the pool file (``arch``, ``accepts``, ``traits``, ...), ``reserved.X``,
``overcommit.X`` or ``labels.X``, or else the amount of a resource (``ram_mib``; ``capacity.X`` and
``demand.X`` say the same). VMs have ``host``, where they are, and may have ``target`` and ``group``: no two
VMs of a group on one host. What stands in a list is separated by commas, semicolons or spaces.

An empty cell says nothing, where nothing has a meaning: a field then has its default, a host none of a
resource. A VM whose size nobody filled in would be taken for one that needs no room, so its cell must say 0.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from models.errors import PoolError
from models.host import Host
from models.mistakes import mistakes, shown
from models.names_alike import alike
from models.sizes import unit_of
from models.state import PoolState
from models.vm import VM
from planner.clouds.amounts import amount
from planner.clouds.imported import Imported
from planner.clouds.reading.csv_table import read_table
from planner.verdict.sentences import number_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from planner.clouds.reading.csv_table import Row, Table

Thing = TypeVar("Thing", Host, VM)

PLACES = ("host", "target", "group")
"""Columns of the VMs that are no field of a VM."""

BETWEEN = re.compile(r"[,;\s]+")
"""What stands between the names of a list: ``avx2, gpu``."""

BOOLEANS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def read_tables(hosts: str, vms: str) -> Imported:
    """Read a pool of two tables.

    Parameters
    ----------
    hosts, vms
        The files, ``-`` for standard input; comma, semicolon or tabulator separated, UTF-8.

    Raises
    ------
    PoolError
        A cell that breaks a rule: the error names file, line, column, value and rule.
    """
    of_hosts = read_table(hosts, Host, "capacity", (), ("name",))
    if "host" in of_hosts.columns:
        raise of_hosts.wrong_column("host", "is of a table of VMs; that of the hosts comes first")
    of_vms = read_table(vms, VM, "demand", PLACES, ("name", "host"))
    _check_names(of_hosts)
    _check_names(of_vms)
    found_hosts = [_thing(Host, row, of_hosts) for row in of_hosts.rows]
    found_vms = [_thing(VM, row, of_vms) for row in of_vms.rows]
    _check_kept(of_hosts)
    _check_sizes(of_vms)
    state = PoolState(found_hosts, found_vms, {}, anti_affinity=_groups(of_vms.rows))
    known = dict.fromkeys(host.name for host in found_hosts)
    current, target = (_placement(of_vms.rows, column, known) for column in PLACES[:2])
    for row in of_vms.blank("host"):
        if "target" not in row.cells:
            raise row.wrong("host", "must be the host that the VM is on, or its target the one it comes to")
    # Beside a target an empty cell is a VM that stays: nobody shuts a VM down by saying nothing.
    whole = {**current, **target} if target else None
    return Imported(state.placed(current), whole, tuple(_doubts(of_hosts, of_vms)))


def _check_names(table: Table) -> None:
    """Refuse a name that two rows have."""
    first: dict[str, Row] = {}
    for row in table.rows:
        name = row.cells.get("name")
        if name is not None and (before := first.setdefault(name, row)) is not row:
            raise row.wrong("name", f"is there twice, first in {before.place}; names are unique")


def _check_kept(hosts: Table) -> None:
    """Refuse to keep, or to overcommit, what no host has."""
    for column in hosts.columns:
        whole, _, part = column.partition(".")
        if whole in ("reserved", "overcommit") and part and part not in hosts.resources:
            known = ", ".join(map(repr, hosts.resources)) or "none"
            raise hosts.wrong_column(column, f"{part!r} is no resource of the table, which are {known}")


def _check_sizes(vms: Table) -> None:
    """Refuse a VM whose size nobody filled in: it would be taken for one that needs no room."""
    for resource, column in vms.resources.items():
        for row in vms.blank(column) if column else ():
            raise row.wrong(column, f"must say how much {resource} the VM takes, 0 where it takes none")


def _doubts(hosts: Table, vms: Table) -> Iterator[str]:
    """Say what is allowed, and may be a mistake all the same; a sentence a column."""
    for column in hosts.columns:
        if hosts.resource(column):
            yield from _blanks(hosts, column, "counts as 0")
        elif column.startswith("reserved."):
            yield from _blanks(hosts, column, "nothing is reserved")
    yield from _blanks(vms, "host", "off until it is provisioned on its target")
    yield from _groups_apart(vms)
    if vms.rows:
        yield from _one_sided(hosts, vms, "no VM takes any of it")
        yield from _one_sided(vms, hosts, "no host has any of it")


def _blanks(table: Table, column: str, so: str) -> Iterator[str]:
    if found := table.blank(column):
        yield f"{found[0].place}, column {column!r}: empty, {so}" + _and_more(len(found) - 1)


def _groups_apart(vms: Table) -> Iterator[str]:
    """Say that a space parts groups: ``sql nodes`` and ``web nodes`` have ``nodes`` in common."""
    found = [
        (row, name)
        for row in vms.rows
        for name in re.split(r"\s*[,;]\s*", row.cells.get("group", ""))
        if len(BETWEEN.split(name)) > 1
    ]
    if found:
        row, name = found[0]
        rows = len({row.place for row, _ in found})
        taken = " and ".join(map(repr, _listed(name)))
        yield f"{row.place}, column 'group': {shown(name)}, taken for the groups {taken}" + _and_more(
            rows - 1
        )


def _and_more(rows: int) -> str:
    return f" (and in {number_of(rows, 'more row')})" if rows else ""


def _one_sided(table: Table, other: Table, so: str) -> Iterator[str]:
    for resource, column in table.resources.items():
        if resource and resource not in other.resources:
            yield f"{table.path}, column {column!r}: taken for a resource, and {so}"


def _thing(kind: type[Thing], row: Row, table: Table) -> Thing:
    """Give the host or VM of a row."""
    hints = table.fields
    fields: dict[str, Any] = {table.amounts: {}}
    for column, cell in row.cells.items():
        whole, _, part = column.partition(".")
        if column in table.places:
            continue
        if part and whole in hints:
            fields.setdefault(whole, {})[part] = _part(row, column, whole, part, cell)
        elif column in hints:
            fields[column] = _field(row, column, hints[column], cell)
        else:
            fields[table.amounts][column] = _amount(row, column, column, cell, list(hints))
    try:
        return msgspec.convert(fields, kind)
    except (msgspec.ValidationError, ValueError) as error:
        raise PoolError([f"{row.place}: {next(mistakes(kind, fields), error)}"]) from None


def _part(row: Row, column: str, whole: str, part: str, cell: str) -> object:
    if whole == "labels":
        return cell
    if whole == "overcommit":
        try:
            return float(cell)
        except ValueError:
            raise row.wrong(column, f"must be a number{_no_comma(cell)}") from None
    return _amount(row, column, part, cell, [])


def _amount(row: Row, column: str, resource: str, cell: str, known: Sequence[str]) -> int:
    try:
        return amount(cell, resource)
    except ValueError as error:
        # What begins as a number is meant as an amount; else the column may be meant as a field.
        is_field = known and not re.match(r"\s*[-+.]?\d", cell)
        fields = f"the fields are {', '.join(known)}; 'labels.{column}' takes any text"
        hint = f" (no field of a pool, so a resource; {fields})" if is_field else ""
        raise row.wrong(column, f"{error}{_no_comma(cell)}{hint}") from None


def _no_comma(cell: str) -> str:
    """Say how a number is written, where a spreadsheet has written a comma in it."""
    return "; decimals follow a point, and nothing parts thousands" if re.match(r"\d[\d.]*,\d", cell) else ""


def _field(row: Row, column: str, hint: object, cell: str) -> object:
    if hint is bool:
        if cell.strip().lower() not in BOOLEANS:
            raise row.wrong(column, "must be true or false")
        return BOOLEANS[cell.strip().lower()]
    if hint == tuple[str, ...]:
        return _listed(cell)
    if column in ("name", "arch"):
        return cell
    try:
        return msgspec.convert(cell.strip(), hint, strict=False)
    except msgspec.ValidationError as error:
        if unit_of(column):
            return _amount(row, column, column, cell, [])
        raise row.wrong(column, str(error).replace("`", "") + _no_comma(cell)) from None


def _listed(cell: str) -> list[str]:
    """Give the names of a list, each once."""
    return list(dict.fromkeys(name for name in BETWEEN.split(cell) if name))


def _groups(rows: Sequence[Row]) -> list[list[str]]:
    groups: dict[str, list[str]] = {}
    for row in rows:
        for group in _listed(row.cells.get("group", "")):
            groups.setdefault(group, []).append(row.cells["name"])
    return [vms for vms in groups.values() if len(vms) > 1]


def _placement(rows: Sequence[Row], column: str, known: Mapping[str, None]) -> dict[str, str]:
    placement = {}
    for row in rows:
        host = row.cells.get(column)
        if host is not None and host not in known:
            raise row.wrong(column, f"is no host of the hosts' table{alike(host, known)}")
        if host is not None:
            placement[row.cells["name"]] = host
    return placement
