"""Two tables, hosts and VMs, as people keep them in a spreadsheet.

A column is a field of the pool file (``arch``, ``accepts``, ``traits``, ...), ``reserved.X``,
``overcommit.X`` or ``labels.X``, or else the amount of a resource (``ram_mib``; ``capacity.X`` and
``demand.X`` say the same). VMs have ``host``, where they are, and may have ``target`` and ``group``: no two
VMs of a group on one host. An empty cell says nothing. Lists are separated by spaces or semicolons.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, get_type_hints

import msgspec

from models.bytes_io import read_bytes
from models.errors import PoolError
from models.host import Host
from models.state import PoolState
from models.vm import VM
from planner.clouds.amounts import amount
from planner.clouds.imported import Imported

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Thing = TypeVar("Thing", Host, VM)

DELIMITERS = ",;\t"
"""What may stand between two cells; the header says which of them does."""

PLACES = ("host", "target", "group")
"""Columns of the VMs that are no field of a VM."""

BOOLEANS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table: column -> cell, empty ones left out."""

    place: str
    cells: Mapping[str, str]

    def wrong(self, column: str, rule: str) -> PoolError:
        """Give the error of a cell."""
        return PoolError([f"{self.place}, column {column!r}: {self.cells.get(column, '')!r}, {rule}"])


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
    host_rows, vm_rows = _rows(hosts), _rows(vms)
    found_hosts = [_thing(Host, row, "capacity", ()) for row in host_rows]
    found_vms = [_thing(VM, row, "demand", PLACES) for row in vm_rows]
    state = PoolState(found_hosts, found_vms, {}, anti_affinity=_groups(vm_rows))
    known = {host.name for host in found_hosts}
    current, target = (_placement(vm_rows, column, known) for column in PLACES[:2])
    # Beside a target an empty cell is a VM that stays: nobody shuts a VM down by saying nothing.
    return Imported(state.placed(current), {**current, **target} if target else None)


def _rows(path: str) -> list[Row]:
    try:
        text = read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PoolError([f"{path}: not UTF-8 at byte {error.start}"]) from None
    header = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        columns = [name.strip() for name in next(reader, [])]
        if "name" not in columns or len(set(columns)) < len(columns):
            raise PoolError([f"{path} line 1: {columns}, needs the column 'name', and no column twice"])
        return list(_read(path, reader, columns))
    except csv.Error as error:
        raise PoolError([f"{path} line {reader.line_num}: not CSV: {error}"]) from None


def _read(path: str, reader: Any, columns: Sequence[str]) -> Iterator[Row]:
    for cells in reader:
        place = f"{path} line {reader.line_num}"
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(columns):
            raise PoolError([f"{place}: {len(cells)} cells, the header has {len(columns)} columns"])
        yield Row(place, {c: cell for c, cell in zip(columns, cells, strict=False) if cell.strip()})


def _thing(kind: type[Thing], row: Row, amounts: str, places: Sequence[str]) -> Thing:
    """Give the host or VM of a row."""
    hints = get_type_hints(kind, include_extras=True)
    fields: dict[str, Any] = {amounts: {}}
    for column, cell in row.cells.items():
        whole, _, part = column.partition(".")
        if column in places:
            continue
        if part and whole in hints:
            fields.setdefault(whole, {})[part] = _part(row, column, whole, part, cell)
        elif column in hints:
            fields[column] = _field(row, column, hints[column], cell)
        else:
            fields[amounts][column] = _amount(row, column, column, cell, list(hints))
    try:
        return msgspec.convert(fields, kind)
    except (msgspec.ValidationError, ValueError) as error:
        raise PoolError([f"{row.place}: {error}"]) from None


def _part(row: Row, column: str, whole: str, part: str, cell: str) -> object:
    if whole == "labels":
        return cell
    if whole == "overcommit":
        try:
            return float(cell)
        except ValueError:
            raise row.wrong(column, "must be a number") from None
    return _amount(row, column, part, cell, [])


def _amount(row: Row, column: str, resource: str, cell: str, known: Sequence[str]) -> int:
    try:
        return amount(cell, resource)
    except ValueError as error:
        hint = f" (no field of a pool, so a resource; the fields are {', '.join(known)})" if known else ""
        raise row.wrong(column, f"{error}{hint}") from None


def _field(row: Row, column: str, hint: object, cell: str) -> object:
    if hint is bool:
        if cell.strip().lower() not in BOOLEANS:
            raise row.wrong(column, "must be true or false")
        return BOOLEANS[cell.strip().lower()]
    if hint == tuple[str, ...]:
        return [trait for trait in re.split(r"[;\s]+", cell) if trait]
    if column in ("name", "arch"):
        return cell
    try:
        return msgspec.convert(cell.strip(), hint, strict=False)
    except msgspec.ValidationError as error:
        raise row.wrong(column, str(error)) from None


def _groups(rows: Sequence[Row]) -> list[list[str]]:
    groups: dict[str, list[str]] = {}
    for row in rows:
        for group in re.split(r"[;\s]+", row.cells.get("group", "")):
            if group:
                groups.setdefault(group, []).append(row.cells["name"])
    return [vms for vms in groups.values() if len(vms) > 1]


def _placement(rows: Sequence[Row], column: str, known: set[str]) -> dict[str, str]:
    placement = {}
    for row in rows:
        host = row.cells.get(column)
        if host is not None and host not in known:
            raise row.wrong(column, "is no host of the hosts' table")
        if host is not None:
            placement[row.cells["name"]] = host
    return placement
