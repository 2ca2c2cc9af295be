"""Picture: how far plans are above the bound, by family and against load."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, NullFormatter

from benchmarks.plots.style import BEST, COLOURS, FIRST, INK, MARKERS, new_figure, plain_axes, save
from benchmarks.scores import score

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from matplotlib.axes import Axes

    from benchmarks.lines import PlanLine

LOADS_LEAST = 2
"""A series against load has at least so many points."""


def draw(lines: Sequence[PlanLine], path: Path, footer: str) -> None:
    """Draw the plans of objective ``moves``.

    Parameters
    ----------
    lines
        Of method ``auto``; those of other objectives are left out.
    footer
        What made the figures, and when.
    """
    known = [line for line in lines if line.job.objective == "moves" and line.bound is not None]
    figure = new_figure(11, 4.6)
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.15))
    _by_family(left, known)
    _against_load(right, known)
    save(figure, path, footer)


def _by_family(axes: Axes, lines: Sequence[PlanLine]) -> None:
    families: dict[str, list[PlanLine]] = defaultdict(list)
    for line in lines:
        families[line.job.family].append(line)
    names = list(families)
    for row, name in enumerate(names):
        total = score(families[name])
        if total.over is None or total.heuristic_over is None:
            continue
        first, best = 100 * total.heuristic_over, 100 * total.over
        axes.plot([best, first], [row, row], color="#bbbbbb", linewidth=2, zorder=1, clip_on=False)
        axes.scatter(
            [first],
            [row],
            s=46,
            marker="D",
            facecolor="white",
            edgecolor=FIRST,
            linewidth=1.6,
            zorder=2,
            clip_on=False,
        )
        axes.scatter([best], [row], s=50, color=BEST, zorder=3, clip_on=False)
        text = f"{best:.1f} %" if round(first - best, 1) == 0 else f"{best:.1f} %  (first {first:.1f} %)"
        axes.annotate(
            text, (first, row), xytext=(9, 0), textcoords="offset points", va="center", fontsize=8, color=INK
        )
    axes.set_yticks(range(len(names)), [f"{name}  ({len(families[name])})" for name in names])
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xlim(left=0, right=max(axes.get_xlim()[1], 1) * 1.45)
    plain_axes(axes, "By family (pools)", "moves above the bound, %", "")
    axes.grid(visible=False, axis="y")
    axes.legend(
        handles=_handles(), loc="lower right", bbox_to_anchor=(1, 1), ncols=2, frameon=False, fontsize=8.5
    )


def _handles() -> list[Line2D]:
    first = Line2D(
        [], [], linestyle="", marker="D", markerfacecolor="white", markeredgecolor=FIRST, label="first plan"
    )
    best = Line2D([], [], linestyle="", marker="o", color=BEST, label="optimised plan")
    return [first, best]


def _against_load(axes: Axes, lines: Sequence[PlanLine]) -> None:
    """Draw a curve per size: its first plans dashed, its optimised plans solid."""
    series: dict[str, dict[int, list[PlanLine]]] = defaultdict(lambda: defaultdict(list))
    for line in lines:
        found = series_of(line)
        if found is not None:
            series[found[0]][found[1]].append(line)
    shown = [(name, loads) for name, loads in series.items() if len(loads) >= LOADS_LEAST]
    for number, (name, loads) in enumerate(shown):
        colour, marker = COLOURS[number % len(COLOURS)], MARKERS[number % len(MARKERS)]
        _curve(axes, loads, "first", color=colour, marker=marker, markerfacecolor="white", linestyle="--")
        _curve(axes, loads, "best", color=colour, marker=marker, label=name)
    if not shown:
        _pools(axes, lines)
    # Most of what there is to see lies between 0 and 5%, and a small pool may need twice the bound.
    axes.set_yscale("symlog", linthresh=1, linscale=1)
    axes.set_ylim(bottom=-0.05, top=max(axes.get_ylim()[1], 2) * 1.2)
    axes.yaxis.set_major_locator(FixedLocator([0, 0.5, 1, 2, 5, 10, 20, 50, 100, 200]))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.yaxis.set_minor_formatter(NullFormatter())
    plain_axes(axes, "Against load", "load of the pool, %", "moves above the bound, %, logarithmic from 1")
    if shown:
        title = "solid: optimised, dashed: first plan"
        axes.legend(title=title, title_fontsize=8.5, fontsize=8.5, frameon=False)


def _pools(axes: Axes, lines: Sequence[PlanLine]) -> None:
    """Draw each pool at its own load, where no family comes in several."""
    for line in lines:
        total = score([line])
        if total.over is None or total.heuristic_over is None:
            continue
        load, first, best = 100 * line.load, 100 * total.heuristic_over, 100 * total.over
        axes.plot([load, load], [best, first], color="#bbbbbb", linewidth=2, zorder=1)
        axes.scatter([load], [first], s=40, marker="D", facecolor="white", edgecolor=FIRST, linewidth=1.6)
        axes.scatter([load], [best], s=44, color=BEST)


def series_of(line: PlanLine) -> tuple[str, int] | None:
    """Give the series and the load in percent of a pool from a family that comes in several loads."""
    family, _, rest = line.job.family.partition("shuffle")
    if rest.isdecimal() and not family:
        return f"shuffle, {line.job.kind}", int(rest)
    load, _, share = line.job.kind.partition("% load, ")
    if line.job.family == "rival" and share:
        return f"rival, 6 hosts, {share}", int(load)
    return None


def _curve(axes: Axes, loads: dict[int, list[PlanLine]], which: str, **style: Any) -> None:
    points = []
    for load in sorted(loads):
        total = score(loads[load])
        above = total.over if which == "best" else total.heuristic_over
        if above is not None:
            points.append((load, 100 * above))
    axes.plot(
        [load for load, _ in points], [above for _, above in points], linewidth=1.6, markersize=6, **style
    )
