"""The table of many pools: columns stand below each other, whatever the names."""

from __future__ import annotations

from rich.cells import cell_len

from planner.views.many_table import PoolRow, table


def test_columns_stand_in_line_below_names_of_wide_characters():
    rows = [PoolRow("\u65e5\u672c\u8a9e", "optimal", 3, 3, 0.5), PoolRow("plain", "feasible", 4, 3, 1.0)]
    *lines, count = table(rows)
    assert count == "2 pools, 1 optimal, 1 feasible"
    assert len({cell_len(line) for line in lines}) == 1
