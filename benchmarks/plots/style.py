"""How pictures look: colours that colour-blind people tell apart, few lines, and what made it underneath."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C6D31", "#000000")
"""Okabe and Ito's, yellow replaced by brown, which shows on white; https://jfly.uni-koeln.de/color/."""

MARKERS = "osD^vPX*"
INK = "#222222"
QUIET = "#777777"
FIRST, BEST = "#D55E00", "#0072B2"
"""The first plan and the optimised one, in every picture."""


def new_figure(width: float, height: float) -> Figure:
    """Give an empty figure, in inches, that needs no screen."""
    return Figure(figsize=(width, height), layout="constrained", facecolor="white")


def plain_axes(axes: Axes, title: str, x: str, y: str) -> None:
    """Title and label axes; leave out what carries no figure."""
    axes.set_title(title, loc="left", fontsize=11, color=INK, pad=8)
    axes.set_xlabel(x, color=INK)
    axes.set_ylabel(y, color=INK)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(QUIET)
    axes.tick_params(colors=INK, which="both")
    axes.grid(visible=True, which="major", color="#dddddd", linewidth=0.7)
    axes.set_axisbelow(True)


def figures_on(axes: Axes) -> None:
    """Write plain figures on two logarithmic axes: 1, 2, 5, 10 where there are few decades."""
    for axis, (low, high) in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if high < 300 * low else (1.0,)))
        axis.set_major_formatter(lambda value, _: f"{value:,.0f}" if value >= 10 else f"{value:g}")
        axis.set_minor_formatter(NullFormatter())


def save(figure: Figure, path: Path, footer: str) -> None:
    """Write a PNG, with what made it in small letters below."""
    figure.supxlabel(footer, fontsize=7.5, color=QUIET, x=0.01, ha="left")
    path.parent.mkdir(parents=True, exist_ok=True)
    # No software and version in the file: the same figures give the same bytes more often.
    figure.savefig(path, dpi=150, metadata={"Software": None})
