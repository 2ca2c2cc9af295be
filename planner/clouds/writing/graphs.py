"""The precedences of a plan as a picture: Graphviz' DOT, and Mermaid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.clouds.writing.steps import steps, waves
from planner.clouds.writing.words import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.plan_file import PlanFile

MERMAID_SAFE = " ,:->()"
"""Beside letters and digits, what a label of Mermaid may hold as it is; "1. " and "www." are Markdown."""


def dot(plan: PlanFile) -> str:
    """Give the precedences for ``dot -Tsvg``, a wave a column.

    Raises
    ------
    PlanError
        The file holds no plan.
    """
    return "\n".join(["digraph plan {", "  rankdir=LR;", "  node [shape=box];", *_dot(plan), "}", ""])


def _dot(plan: PlanFile) -> Iterator[str]:
    found = steps(plan)
    for step in found:
        yield f'  {step.number} [label="{_quoted(f"{step.number}. {step.text}")}"];'
    for _, wave in waves(found):
        yield f"  {{ rank=same; {' '.join(f'{step.number};' for step in wave)} }}"
    for step in found:
        for before in step.after:
            yield f"  {before} -> {step.number};"


def _quoted(text: str) -> str:
    """Give a text as it stands between quotes: entities of HTML are read there as what they stand for."""
    return plain(text).replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")


def mermaid(plan: PlanFile) -> str:
    """Give the precedences as a Mermaid flow chart, which many wikis and code hosts draw.

    Raises
    ------
    PlanError
        The file holds no plan.
    """
    return "\n".join(["flowchart LR", *_mermaid(plan), ""])


def _mermaid(plan: PlanFile) -> Iterator[str]:
    found = steps(plan)
    for step in found:
        yield f'  a{step.number}["{_label(f"{step.number}. {step.text}")}"]'
    for step in found:
        for before in step.after:
            yield f"  a{before} --> a{step.number}"


def _label(text: str) -> str:
    """Give a text by entities where it is not plain: labels are HTML and Markdown to Mermaid."""
    return "".join(c if c.isalnum() or c in MERMAID_SAFE else f"#{ord(c)};" for c in plain(text))
