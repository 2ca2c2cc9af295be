"""The page itself: template, style, script and data put together into one file that asks for nothing."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET

from models.rolling_plan import plan_in
from planner.verdict.claims import untrue_claims
from planner.verdict.sentences import number_of
from planner.views.names import unturned
from planner.views.report.asked import asked_for
from planner.views.report.data import PageData, build_data, held_of
from planner.views.report.verdict import Verdict, verdict_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from models.plan_file import PlanFile
    from models.pool import Pool
    from planner.verdict.statements import ConflictTold

SCRIPTS = (
    "data.js",
    "state.js",
    "film.js",
    "bars.js",
    "tip.js",
    "search.js",
    "grid.js",
    "stage.js",
    "actions.js",
    "conflicts.js",
    "detail.js",
    "timeline.js",
    "player.js",
    "print.js",
    "main.js",
)
"""In the order they run, all in one scope."""

UNSAFE_IN_HTML = {char: f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


@dataclass(frozen=True, slots=True)
class Report:
    """A page, and what is wrong with the plan it shows.

    Parameters
    ----------
    html
        The whole page.
    problems
        A sentence for each violation, behind the number of its action; empty for a safe plan.
    """

    html: str
    problems: tuple[str, ...]


def build_report(
    pool: Pool,
    file: PlanFile,
    *,
    pool_name: str = "pool",
    plan_name: str = "plan",
    warn_above: Mapping[str, float] | None = None,
    explanations: Mapping[int, str] | None = None,
    conflicts: Sequence[ConflictTold] = (),
) -> Report:
    """Make the page of a plan.

    Parameters
    ----------
    pool_name, plan_name
        What the page calls them, such as the names of the files.
    warn_above
        Resource -> share above which the page marks a host. Default 0.9.
    explanations
        Step number from 1 -> why that detour. Default: plain sentences made from the replay.
    conflicts
        VMs that cannot all go straight home: why the plan needs detours at all.

    Raises
    ------
    PlannerError
        The objective of the plan does not fit the pool.
    """
    plan = plan_in(pool, file)
    data = build_data(pool, plan, warn_above or {}, explanations, file.schedule(), conflicts)
    if file.goal is not UNSET:
        data.held = held_of(pool, file.goal)
    if file.status in ("infeasible", "no_plan_found"):
        data.violations = []  # it claims to bring no VM home
    else:
        untrue = untrue_claims(file, plan, safe=not data.violations)
        data.violations += [(0, "The file", claim.text) for claim in untrue]
    steps = [step for step, _, _ in data.violations if step]
    verdict = verdict_of(pool, file, plan, len(data.violations), min(steps, default=0))
    problems = tuple(f"{where[0].lower()}{where[1:]}: {text}" for _, where, text in data.violations)
    return Report(_page(verdict, data, asked_for(file), pool_name, plan_name), problems)


def _page(verdict: Verdict, data: PageData, asked: str, pool_name: str, plan_name: str) -> str:
    style = _asset("page.css")
    script = '"use strict";\n(() => {\n' + "\n".join(map(_asset, SCRIPTS)) + "})();\n"
    parts = {
        "CSP": _policy(script, style),
        "TITLE": escape(f"{pool_name}: migration plan"),
        "POOL": escape(pool_name),
        "PLAN": escape(plan_name),
        "SIZE": f"{number_of(len(data.hosts), 'host')}, {number_of(len(data.vms), 'VM')}",
        "TONE": verdict.tone,
        "VERDICT": escape(unturned(verdict.sentence)),
        "FACTS": "".join(
            f"<div><dt>{escape(label)}</dt><dd>{escape(figure)}</dd></div>" for label, figure in verdict.facts
        ),
        "GOAL": asked,
        "STYLE": style,
        "DATA": embedded(data),
        "SCRIPT": script,
    }
    # One pass, so that nothing which was put in is taken for a place to put something in.
    return re.sub(r"@@([A-Z]+)@@", lambda place: parts[place[1]], _asset("page.html"))


def embedded(data: object) -> str:
    """Give JSON that stands safely inside a script element."""
    text = msgspec.json.encode(data).decode()
    return re.sub(r"[<>&\u2028\u2029]", lambda char: UNSAFE_IN_HTML[char[0]], text)


def _policy(script: str, style: str) -> str:
    """Forbid everything but this very script and style: no network, whatever a name may hold."""
    return (
        "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; "
        f"script-src 'sha256-{_digest(script)}'; style-src 'sha256-{_digest(style)}'"
    )


def _digest(text: str) -> str:
    return b64encode(sha256(text.encode()).digest()).decode()


def _asset(name: str) -> str:
    return files("planner.views.report").joinpath("page", name).read_text(encoding="utf-8")
