"""Picture: makespans over the bound, by load and size: waves, list schedules, the planner's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.plots.style import COLOURS, MARKERS, figures_on, new_figure, plain_axes, save

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.lines import TimesLine

SHOWN = (("waves", "waves_s"), ("list schedule", "list_s"), ("planner", "makespan_s"))


def draw(lines: Sequence[TimesLine], path: Path, footer: str) -> None:
    """Draw a panel per load, a curve per kind of schedule."""
    known = [line for line in lines if line.bound_s]
    loads = sorted({line.job.load for line in known})
    figure = new_figure(4.3 * max(len(loads), 1), 4.2)
    panels = figure.subplots(1, max(len(loads), 1), squeeze=False, sharey=True)[0]
    for axes, load in zip(panels, loads, strict=False):
        of_load = sorted((line for line in known if line.job.load == load), key=lambda it: it.job.num_hosts)
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
        plain_axes(axes, f"Full shuffles at {load:.0%} load", "hosts", "makespan / bound")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside right center", frameon=False)
    save(figure, path, footer)
