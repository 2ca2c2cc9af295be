"""Picture: seconds of planning against the number of VMs that move, both axes logarithmic."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from matplotlib.lines import Line2D

from benchmarks.plots.style import COLOURS, INK, MARKERS, QUIET, figures_on, new_figure, plain_axes, save

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from matplotlib.axes import Axes

    from benchmarks.lines import PlanLine

SHORTEST_S = 0.0001
"""What is quicker is drawn there."""


def draw(lines: Sequence[PlanLine], path: Path, footer: str) -> None:
    """Draw every pool: when the first plan was there, and when the planner was done.

    Parameters
    ----------
    lines
        Of method ``auto``; those of other objectives, or with nothing to move, are left out.
    footer
        What made the figures, and when.
    """
    families: dict[str, list[PlanLine]] = defaultdict(list)
    for line in lines:
        if line.plan_s is not None and line.displaced and line.job.objective == "moves":
            families[line.job.family].append(line)
    figure = new_figure(11, 4.8)
    left, right = figure.subplots(1, 2, sharex=True, sharey=True)
    for number, some in enumerate(families.values()):
        colour, marker = COLOURS[number % len(COLOURS)], MARKERS[number % len(MARKERS)]
        _points(left, [(line.displaced, line.heuristic_s, True) for line in some], colour, marker)
        done = [(line.displaced, line.plan_s, line.status in ("optimal", "infeasible")) for line in some]
        _points(right, done, colour, marker)
    for axes in (left, right):
        axes.set_xscale("log")
        axes.set_yscale("log")
        figures_on(axes)
        _linear(axes)
    plain_axes(left, "The first plan", "VMs that must move", "seconds")
    plain_axes(right, "Proven, or out of time", "VMs that must move", "")
    left.legend(handles=_proofs(), loc="upper left", fontsize=8.5, frameon=False)
    figure.legend(handles=_names(list(families)), loc="outside right center", fontsize=8.5, frameon=False)
    save(figure, path, footer)


def _points(axes: Axes, points: Sequence[tuple[int, float | None, bool]], colour: str, marker: str) -> None:
    known = [(size, max(seconds, SHORTEST_S), full) for size, seconds, full in points if seconds is not None]
    axes.scatter(
        [size for size, _, _ in known],
        [seconds for _, seconds, _ in known],
        s=34,
        marker=marker,
        facecolors=[colour if full else "white" for _, _, full in known],
        edgecolors=colour,
        linewidths=1.3,
        alpha=0.8,
    )


def _linear(axes: Axes) -> None:
    """Draw a faint line of slope 1 through the middle of the picture, to compare slopes with."""
    low, high = axes.get_xlim()
    bottom, top = axes.get_ylim()
    middle = (bottom * top) ** 0.5 / (low * high) ** 0.5
    axes.plot([low, high], [low * middle, high * middle], color=QUIET, linestyle=":", linewidth=1, zorder=0)
    axes.set_xlim(low, high)
    axes.set_ylim(bottom, top)


def _proofs() -> list[Line2D]:
    full = Line2D([], [], linestyle="", marker="o", color=INK, label="proven")
    hollow = Line2D(
        [], [], linestyle="", marker="o", markerfacecolor="white", markeredgecolor=INK, label="limit reached"
    )
    linear = Line2D([], [], linestyle=":", linewidth=1, color=QUIET, label="slope 1: linear")
    return [full, hollow, linear]


def _names(families: Sequence[str]) -> list[Line2D]:
    return [
        Line2D(
            [],
            [],
            linestyle="",
            marker=MARKERS[number % len(MARKERS)],
            color=COLOURS[number % len(COLOURS)],
            label=name,
        )
        for number, name in enumerate(families)
    ]
