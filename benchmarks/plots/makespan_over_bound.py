"""Picture: makespans over the bound, by load and size: waves, list schedules, the planner's."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from benchmarks.plots.style import COLOURS, MARKERS, figures_on, new_figure, plain_axes, save

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.lines import TimesLine

FIRST = {"moves": "cost", "time": "end"}
"""Objective -> what comes first in it."""

SHOWN = (("waves", "waves_s"), ("list schedule", "list_s"), ("planner", "makespan_s"))


def draw(lines: Sequence[TimesLine], path: Path, footer: str) -> None:
    """Draw a panel per load and objective, a curve per kind of schedule."""
    known = [line for line in lines if line.bound_s]
    loads = sorted({line.job.load for line in known})
    objectives = [one for one in FIRST if any(line.job.objective == one for line in known)]
    rows, columns = max(len(objectives), 1), max(len(loads), 1)
    figure = new_figure(4.3 * columns, 3.6 * rows)
    panels = figure.subplots(rows, columns, squeeze=False, sharey=True)
    for axes, (objective, load) in zip(panels.flat, product(objectives, loads), strict=False):
        shown = [line for line in known if (line.job.objective, line.job.load) == (objective, load)]
        of_load = sorted(shown, key=lambda line: line.job.num_hosts)
        for number, (name, field) in enumerate(SHOWN):
            axes.plot(
                [line.job.num_hosts for line in of_load],
                [getattr(line, field) / (line.bound_s or 1) for line in of_load],
                color=COLOURS[number],
                marker=MARKERS[number],
                label=name,
            )
        axes.set_xscale("log")
        figures_on(axes)
        plain_axes(axes, f"Shuffles at {load:.0%}, {FIRST[objective]} first", "hosts", "makespan / bound")
    figure.legend(*panels[0][0].get_legend_handles_labels(), loc="outside right center", frameon=False)
    save(figure, path, footer)
