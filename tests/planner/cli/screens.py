"""A terminal's screen in memory: as much of a VT100 as the commands use."""

from __future__ import annotations

import re

from rich.cells import cell_len

TOKEN = re.compile(
    r"\x1b\[([?>=]?)([0-9;]*)([A-Za-z])|\x1b[()][A-Z0-9]|\x1b[=>78]|[\r\n\b\x07\t]|[^\x1b]", re.S
)


class Screen:
    """What a person sees.

    Parameters
    ----------
    rows, columns
        Its size.
    """

    def __init__(self, rows: int, columns: int) -> None:
        self.modes: set[str] = set()
        self._left = ""
        self.resize(rows, columns)

    def resize(self, rows: int, columns: int) -> None:
        """Change the size and clear it; who is asked to draws it anew."""
        self.rows, self.columns = rows, columns
        self._grid = [[" "] * columns for _ in range(rows)]
        self._row = self._column = 0

    @property
    def lines(self) -> list[str]:
        """The lines from top to bottom, without trailing spaces."""
        return ["".join(row).rstrip() for row in self._grid]

    @property
    def text(self) -> str:
        """All of it."""
        return "\n".join(self.lines)

    def feed(self, data: str) -> None:
        """Draw what a program wrote."""
        data = self._left + data
        self._left = ""
        at = 0
        while at < len(data):
            token = TOKEN.match(data, at)
            if token is None:
                self._left = data[at:]  # a sequence that is not all here yet
                return
            at = token.end()
            if token[3]:
                self._control(token[1], token[2], token[3])
            elif not token[0].startswith("\x1b"):
                self._write(token[0])

    def _write(self, char: str) -> None:
        match char:
            case "\r":
                self._column = 0
            case "\n":
                self._down()
            case "\b":
                self._column = max(self._column - 1, 0)
            case "\x07" | "\t":
                pass
            case _:
                self._put(char)

    def _put(self, char: str) -> None:
        width = cell_len(char)
        if self._column + width > self.columns:
            if "?7" in self.modes:  # wraps unless it was told not to
                self._column = self.columns - width
            else:
                self._column = 0
                self._down()
        if width:
            self._grid[self._row][self._column] = char
        if width == 2:
            self._grid[self._row][self._column + 1] = ""
        self._column += width

    def _down(self) -> None:
        if self._row + 1 < self.rows:
            self._row += 1
        else:
            self._grid = [*self._grid[1:], [" "] * self.columns]

    def _control(self, private: str, numbers: str, final: str) -> None:
        values = [int(number) if number else 0 for number in numbers.split(";")]
        count = max(values[0], 1)
        match final:
            case "A":
                self._row = max(self._row - count, 0)
            case "B":
                self._row = min(self._row + count, self.rows - 1)
            case "C":
                self._column = min(self._column + count, self.columns - 1)
            case "D":
                self._column = max(self._column - count, 0)
            case "H":
                self._row = max(values[0], 1) - 1
                self._column = max(values[1] if len(values) > 1 else 1, 1) - 1
            case "J":
                self._erase_below(0 if values[0] == 2 else None)
            case "K":
                self._erase(self._row, 0 if values[0] == 2 else self._column)
            case "h" if private:
                (self.modes.discard if values[0] == 7 else self.modes.add)(f"?{values[0]}")
            case "l" if private:
                (self.modes.add if values[0] == 7 else self.modes.discard)(f"?{values[0]}")

    def _erase_below(self, first: int | None) -> None:
        if first is None:
            self._erase(self._row, self._column)
        for row in range(self._row + 1 if first is None else first, self.rows):
            self._erase(row, 0)

    def _erase(self, row: int, column: int) -> None:
        self._grid[row][column:] = [" "] * (self.columns - column)
