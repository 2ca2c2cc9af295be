"""A table of hosts or of VMs: its rows, and its columns, whose names are checked."""

from __future__ import annotations

import csv
import difflib
import io
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, get_type_hints

from models.bytes_io import read_bytes
from models.errors import PoolError
from models.mistakes import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from models.host import Host
    from models.vm import VM

DELIMITERS = ",;\t"
"""What may stand between two cells; the header says which of them does."""

SEP_LINE = re.compile(r'"?sep=([^"\r\n])"?[,;\t ]*(?:\r?\n|\Z)', re.IGNORECASE)
"""A first line by which Excel is told what stands between two cells; it is no row."""

PARTED = ("capacity", "demand", "reserved", "overcommit", "labels")
"""Fields of which a column holds a part: ``reserved.ram_mib``."""

ALIKE = 0.8
"""How alike two words are, of 1, for one to be taken for the other misspelt."""


@cache
def _fields_of(kind: type[Host | VM]) -> dict[str, Any]:
    """Ask for the types once, and not for each row."""
    return get_type_hints(kind, include_extras=True)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table: column -> cell, empty ones left out."""

    place: str
    cells: Mapping[str, str]

    def wrong(self, column: str, rule: str) -> PoolError:
        """Give the error of a cell."""
        return PoolError([f"{self.place}, column {column!r}: {shown(self.cells.get(column, ''))}, {rule}"])


@dataclass(frozen=True, slots=True)
class Table:
    """A table of hosts or of VMs.

    Parameters
    ----------
    amounts
        The field that holds amounts of resources: ``capacity`` or ``demand``.
    places
        Columns that are no field of what a row is.
    header_line
        The line of the file that names the columns.
    """

    path: str
    columns: Sequence[str]
    rows: Sequence[Row]
    kind: type[Host | VM]
    amounts: str
    places: Sequence[str] = ()
    header_line: int = 1

    @property
    def fields(self) -> dict[str, Any]:
        """Give the fields of what a row is, with their types."""
        return _fields_of(self.kind)

    def resource(self, column: str) -> str | None:
        """Give the resource that a column holds amounts of, if it does."""
        whole, _, part = column.partition(".")
        if part and whole in self.fields:
            return part if whole == self.amounts else None
        return None if column in self.fields or column in self.places else column

    @property
    def resources(self) -> dict[str, str]:
        """Give the columns of resources: resource -> column."""
        return {found: column for column in self.columns if (found := self.resource(column)) is not None}

    def blank(self, column: str) -> list[Row]:
        """Give the rows that say nothing there."""
        return [row for row in self.rows if column not in row.cells]

    def wrong_column(self, column: str, rule: str) -> PoolError:
        """Give the error of a whole column."""
        return PoolError([f"{self.path} line {self.header_line}, column {column!r}: {rule}"])


def read_table(
    path: str, kind: type[Host | VM], amounts: str, places: Sequence[str], needed: Sequence[str]
) -> Table:
    """Read a table, and check the names of its columns.

    Parameters
    ----------
    path
        ``-`` for standard input.
    kind, amounts, places
        As of :class:`Table`.
    needed
        Columns that it must have.

    Raises
    ------
    PoolError
        It is no such table, a row is short or long, or a column is a field misspelt.
    """
    try:
        text = read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PoolError([f"{path}: not UTF-8 at byte {error.start}; save it as CSV UTF-8"]) from None
    said = SEP_LINE.match(text)
    header = text.partition("\n")[0]
    delimiter = said[1] if said else max(DELIMITERS, key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        if said:
            next(reader)
        columns = [name.strip() for name in next(reader, [])]
        line = 2 if said else 1
        for column in needed:
            if column not in columns:
                raise PoolError([f"{path} line {line}: {_lacks(columns, column)}"])
        table = Table(path, columns, list(_read(path, reader, columns)), kind, amounts, places, line)
    except csv.Error as error:
        raise PoolError([f"{path} line {reader.line_num}: not CSV: {error}"]) from None
    _check_columns(table)
    return table


def _read(path: str, reader: Any, columns: Sequence[str]) -> Iterator[Row]:
    for cells in reader:
        place = f"{path} line {reader.line_num}"
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(columns):
            # A line that was cut off looks the same as one whose last cells say nothing.
            short = f": nothing for {columns[len(cells)]!r}" if len(cells) < len(columns) else ""
            raise PoolError([f"{place}: {len(cells)} cells, the header has {len(columns)} columns{short}"])
        # A space behind a comma is nobody's name.
        said = [(column, cell.strip()) for column, cell in zip(columns, cells, strict=True)]
        yield Row(place, {column: cell for column, cell in said if cell})


def _lacks(columns: Sequence[str], needed: str) -> str:
    """Say that a column is needed, and which one may be meant."""
    if not any(columns):
        return f"empty, must name the columns, {needed!r} among them"
    same = [column for column in columns if column.lower() == needed]
    return f"{columns}, needs the column {needed!r}" + (f"; is {same[0]!r} meant?" if same else "")


def _check_columns(table: Table) -> None:
    """Refuse a column that would pass for a resource, and is a field misspelt."""
    of_resource: dict[str, str] = {}
    for number, column in enumerate(table.columns):
        # A spreadsheet writes empty columns too, where there was something once.
        if column and column in table.columns[:number]:
            raise table.wrong_column(column, "is there twice")
        if meant := _meant(table, column):
            raise table.wrong_column(column, f"is no field and no resource; {meant}")
        resource = table.resource(column)
        if resource is not None and of_resource.setdefault(resource, column) != column:
            raise table.wrong_column(
                column, f"says the same as {of_resource[resource]!r}, one of them is enough"
            )


def _meant(table: Table, column: str) -> str | None:
    """Say what a column may mean that is written like a field and is none; None: it is what it says."""
    whole, dot, part = column.partition(".")
    if table.resource(column) != column:
        return None
    if not column:
        return "it has no name" if len(table.blank(column)) < len(table.rows) else None
    here = [field for field in PARTED if field in table.fields]
    if not dot and (kept := re.match(r"(reserved?|overcommit)[\W_]+(\w.*)", column, re.IGNORECASE)):
        whole, part = kept[1], kept[2]
    if part:
        found = difflib.get_close_matches(whole.strip().lower(), PARTED, 1, ALIKE)
        if found and found[0] in here:
            return f"is {found[0] + '.' + part.strip()!r} meant?"
        return f"{found[0]!r} is not of this table, but of the other" if found else None
    same = [name for name in (*table.fields, *table.places) if name.lower() == column.lower()]
    return f"is {same[0]!r} meant?" if same else None
