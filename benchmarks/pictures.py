"""Which pictures are drawn, where to, and what is written under them."""

from __future__ import annotations

import shlex
from importlib.util import find_spec
from typing import TYPE_CHECKING

from benchmarks.lines import PlainLine, PlanLine, TimesLine

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from benchmarks.lines import AnyLine
    from benchmarks.options import Options

MISSING = "no pictures: matplotlib is not there, it comes with pip install -e '.[bench]'"


def can_draw() -> bool:
    """Tell whether matplotlib is there."""
    return find_spec("matplotlib") is not None


def command(folders: Iterable[Path], options: Options, families: str | None) -> str:
    """Give the command that makes the same figures; where it keeps them is left out, it changes none."""
    words = ["python", "-m", "benchmarks", *(folder.name for folder in folders)]
    if options.quick:
        words.append("--quick")
    for name, value, default in (
        ("--families", families, None),
        ("--objective", options.objective, "moves"),
        ("--methods", ",".join(options.methods), "auto"),
        ("--time-limit", options.time_limit_s, None),
        ("--seeds", options.seeds, None),
    ):
        if value != default:
            words += [name, f"{value:g}" if isinstance(value, float) else str(value)]
    for setting in options.settings:
        words += ["--set", setting]
    return shlex.join(words)


def footer(made_by: str, lines: Sequence[AnyLine], workers: int) -> str:
    """Say what made the figures: the command, when it measured, with how many threads, which commit."""
    days = sorted({line.date[:10] for line in lines if line.date})
    when = " to ".join(dict.fromkeys((days[0], days[-1]))) if days else "no date"
    commits = sorted({line.commit for line in lines if line.commit})
    at = f", commit {', '.join(commits)}" if 0 < len(commits) <= 3 else ""
    return f"{made_by}   ({when}, {workers} workers{at})"


def draw_pictures(lines: Sequence[AnyLine], folder: Path, note: str, prefix: str = "") -> list[Path]:
    """Draw the three pictures of the manual, as far as there is something in them; give their paths."""
    from benchmarks.plots import makespan_over_bound, moves_over_bound, time_against_size

    paths: list[Path] = []
    planned = [line for line in lines if isinstance(line, PlanLine) and line.error is None]
    planned = [line for line in planned if line.job.method == "auto" and line.job.objective != "time"]
    if planned:
        paths += [folder / f"{prefix}{name}.png" for name in ("moves_over_bound", "time_against_size")]
        moves_over_bound.draw(planned, paths[0], note)
        time_against_size.draw(planned, paths[1], note)
    scheduled = [line for line in lines if isinstance(line, TimesLine) and line.bound_s]
    if scheduled:
        paths.append(folder / f"{prefix}makespan_over_bound.png")
        makespan_over_bound.draw(scheduled, paths[-1], note)
    return paths


def draw_studies(lines: Sequence[AnyLine], folder: Path, note: str, prefix: str = "") -> list[Path]:
    """Draw what the other studies have to show; give the paths."""
    from benchmarks.plots import plain

    timed = [line for line in lines if isinstance(line, PlainLine) and line.error is None]
    if not timed:
        return []
    path = folder / f"{prefix}plain.png"
    plain.draw(timed, path, note)
    return [path]
