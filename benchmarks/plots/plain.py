"""Picture: seconds of the plain things against size, with the slopes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.plots.style import COLOURS, MARKERS, figures_on, new_figure, plain_axes, save
from benchmarks.tables import slope_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.lines import PlainLine


def draw(lines: Sequence[PlainLine], path: Path, footer: str) -> None:
    """Draw a curve per step."""
    figure = new_figure(8.5, 4.8)
    axes = figure.subplots()
    for number, step in enumerate(dict.fromkeys(step for line in lines for step in line.seconds)):
        known = [line for line in lines if step in line.seconds]
        slope = slope_of(lines, step)
        axes.plot(
            [line.num_vms for line in known],
            [line.seconds[step] for line in known],
            color=COLOURS[number % len(COLOURS)],
            marker=MARKERS[number % len(MARKERS)],
            linestyle="-" if number < len(COLOURS) else "--",
            linewidth=1.4,
            markersize=5,
            label=step if slope is None else f"{step}, slope {slope:.2f}",
        )
    axes.set_xscale("log")
    axes.set_yscale("log")
    figures_on(axes)
    plain_axes(axes, "Plain things, five VMs a host", "VMs", "seconds")
    figure.legend(loc="outside right center", fontsize=8.5, frameon=False)
    save(figure, path, footer)
