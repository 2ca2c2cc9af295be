"""The tables: a row per kind of pools with totals per family, and one for each study."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from rich.table import Table

from benchmarks.lines import FormulaLine, LuckLine, PlainLine, PlanLine, RulesLine, TimesLine
from benchmarks.scores import Score, middle, most, over, score, slope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from benchmarks.lines import AnyLine

NONE = "–"

COLUMNS = (
    "pools",
    "solved",
    "optimal",
    "none exists",
    "first plan",
    "plan",
    "bound",
    "first over bound %",
    "plan over bound %",
    "worst gap %",
    "RAM moved GiB",
)

ENDS = ("pools", "solved", "proven", "moves", "makespan s", "bound s", "over %", "worst over %")

TIMES = ("first plan s", "plan s", "slowest s", "process s", "peak MiB")

HIS_S = {"50 hosts": (2.5, 7.0), "100 hosts": (60.0, None)}
"""The origin's published seconds a pool, Python 2.7: the range; at 100 hosts, what 6 of 10 pools exceeded."""

RULES_TARGET = 1.5

LUCK_TARGET = 1.15

LUCK_WAYS = ("after", "times", "waves")

STAGES = ("read", "load", "heuristic", "exhaustive", "impossible", "bound", "optimise", "check", "write")


def tables(lines: Sequence[AnyLine]) -> Iterator[Table]:
    """Give every table that there are lines for."""
    plans = [line for line in lines if isinstance(line, PlanLine)]
    studied = [line for line in plans if line.job.family == "aspiers"]
    compared = [line for line in plans if line.job.family != "aspiers"]
    for key in dict.fromkeys((line.job.objective, line.job.method) for line in compared):
        some = [line for line in compared if (line.job.objective, line.job.method) == key]
        yield end_table(some, key[1]) if key[0] == "time" else plan_table(some, *key)
        yield time_table(some)
    if studied:
        yield aspiers_table(studied)
    if plain := [line for line in lines if isinstance(line, PlainLine)]:
        yield plain_table(plain)
    if rules := [line for line in lines if isinstance(line, RulesLine)]:
        yield rules_table(rules)
    if luck := [line for line in lines if isinstance(line, LuckLine)]:
        yield luck_table(luck)
    if formulas := [line for line in lines if isinstance(line, FormulaLine)]:
        yield formula_table(formulas)
    if times := [line for line in lines if isinstance(line, TimesLine)]:
        yield makespan_table(times)


def plan_table(lines: Sequence[PlanLine], objective: str, method: str) -> Table:
    """Compare the first plan with the optimised one, family by family."""
    what = "first plan against optimised plan" if method == "auto" else f"{method} alone"
    return _by_family(f"{what}, objective {objective}", lines, COLUMNS, lambda some: cells(score(some)))


def end_table(lines: Sequence[PlanLine], method: str) -> Table:
    """Show when the plans of objective ``time`` end, and before when none does, family by family."""
    what = "plans that end as early as can be" if method == "auto" else f"{method} alone"
    return _by_family(f"{what}, objective time", lines, ENDS, end_cells)


def end_cells(lines: Sequence[PlanLine]) -> list[str]:
    """Give a row, in the order of ``ENDS``; sums are over the pools of which both end and bound are known."""
    ends = [
        (line.makespan_s, line.makespan_bound_s)
        for line in lines
        if line.makespan_s is not None and line.makespan_bound_s is not None
    ]
    makespan, bound = sum(end for end, _ in ends), sum(bound for _, bound in ends)
    overs = [above for one in ends if (above := over(*one)) is not None]
    return [
        f"{len(lines):,}",
        f"{sum(line.cost is not None for line in lines):,}",
        f"{sum(line.status == 'optimal' for line in lines):,}",
        f"{sum(line.moves or 0 for line in lines):,}",
        f"{makespan:,}",
        f"{bound:,}",
        percent(over(makespan, bound)),
        percent(most(overs)),
    ]


def time_table(lines: Sequence[PlanLine]) -> Table:
    """Show the seconds, family by family: medians, the slowest, and the sums of the stages."""
    stages = sorted({stage for line in lines for stage in line.seconds}, key=_place)

    def row(some: Sequence[PlanLine]) -> list[str]:
        sums = [sum(line.seconds.get(stage, 0.0) for line in some) for stage in stages]
        return [*times(score(some)), *(figure(value, 2) for value in sums)]

    title = "seconds: medians, the slowest, and the sums of each stage"
    return _by_family(title, lines, (*TIMES, *stages), row)


def _by_family(
    title: str,
    lines: Sequence[PlanLine],
    columns: Sequence[str],
    row: Callable[[Sequence[PlanLine]], list[str]],
) -> Table:
    """Give a table with a row per kind, one per family of several kinds, and one of all."""
    table = Table(title=title, title_justify="left")
    table.add_column("family", overflow="fold")
    table.add_column("kind", overflow="fold")
    for column in columns:
        table.add_column(column, justify="right", overflow="fold")
    families = _grouped(lines, lambda line: line.job.family)
    for family, of_family in families:
        kinds = _grouped(of_family, lambda line: line.job.kind)
        for kind, of_kind in kinds:
            table.add_row(family, kind, *row(of_kind), end_section=len(kinds) == 1)
        if len(kinds) > 1:
            table.add_row(family, "all", *row(of_family), style="bold", end_section=True)
    if len(families) > 1:
        table.add_row("all", "", *row(lines), style="bold")
    return table


def _grouped(lines: Iterable[PlanLine], key: Callable[[PlanLine], str]) -> list[tuple[str, list[PlanLine]]]:
    return [(name, list(some)) for name, some in groupby(lines, key)]


def cells(total: Score) -> list[str]:
    """Give a row, in the order of ``COLUMNS``."""
    return [
        f"{total.pools:,}",
        f"{total.solved:,}",
        f"{total.optimal:,}",
        f"{total.impossible:,}",
        f"{total.heuristic_cost:,}",
        f"{total.cost:,}",
        f"{total.bound:,}",
        percent(total.heuristic_over),
        percent(total.over),
        percent(total.worst_gap),
        f"{total.ram_mib / 1024:,.0f}",
    ]


def times(total: Score) -> list[str]:
    """Give a row, in the order of ``TIMES``."""
    return [
        figure(middle(total.heuristic_s), 3),
        figure(middle(total.plan_s), 2),
        figure(most(total.plan_s), 2),
        figure(most(total.process_s), 2),
        figure(most(total.peak_mib), 0),
    ]


def percent(share: float | None) -> str:
    """Write a share in percent."""
    return NONE if share is None else f"{100 * share:.2f}"


def figure(value: float | None, digits: int) -> str:
    """Write a figure."""
    return NONE if value is None else f"{value:,.{digits}f}"


def _place(stage: str) -> int:
    """Put stages in the order in which they run; new ones come before the check."""
    return STAGES.index(stage) if stage in STAGES else STAGES.index("check")


def aspiers_table(lines: Sequence[PlanLine]) -> Table:
    """Compare our aspiers with what was published of the origin's."""
    table = Table(title="aspiers alone on the origin's random pools", title_justify="left")
    table.add_column("kind")
    for column in ("pools", "solved", "over bound %", "median ms", "most ms", "origin, s", "times faster"):
        table.add_column(column, justify="right")
    for kind, of_kind in _grouped(lines, lambda line: line.job.kind):
        total = score(of_kind)
        mid, worst = middle(total.heuristic_s), most(total.heuristic_s)
        table.add_row(
            kind,
            f"{total.pools}",
            f"{total.solved}",
            percent(total.over),
            NONE if mid is None else f"{1000 * mid:.1f}",
            NONE if worst is None else f"{1000 * worst:.1f}",
            *_against_his(kind, mid, worst),
        )
    return table


def _against_his(kind: str, mid: float | None, worst: float | None) -> tuple[str, str]:
    low, high = HIS_S.get(kind, (None, None))
    if low is None or not mid or not worst:
        return NONE, NONE
    if high is None:
        # More than half of his pools ran past it: so did his median.
        return f"6 of 10 > {low:g}", f"> {low / mid:,.0f} (medians)"
    return f"{low:g} - {high:g}", f"{low / worst:,.0f} (his best, our worst) to {high / mid:,.0f}"


def plain_table(lines: Sequence[PlainLine]) -> Table:
    """Show seconds against size, and the slope of their logarithms."""
    table = Table(title="plain things, seconds; slope 1 is linear in size", title_justify="left")
    for column in ("hosts", "VMs", "file MiB"):
        table.add_column(column, justify="right")
    steps = list(dict.fromkeys(step for line in lines for step in line.seconds))
    for column in (*steps, "read+check+write", "peak MiB"):
        table.add_column(column, justify="right")
    for line in lines:
        table.add_row(
            f"{line.job.num_hosts:,}",
            f"{line.num_vms:,}",
            f"{line.file_mib:.1f}",
            *(figure(line.seconds.get(step), 3) for step in steps),
            figure(file_seconds(line), 3),
            figure(line.peak_mib, 0),
        )
    slopes = [slope_of(lines, step) for step in steps]
    table.add_section()
    table.add_row("slope", "", "", *(figure(value, 2) for value in slopes), style="bold")
    return table


def file_seconds(line: PlainLine) -> float | None:
    """Give the seconds of reading, checking and writing together."""
    steps = ("read pool", "check pool", "write pool")
    if any(step not in line.seconds for step in steps):
        return None
    return sum(line.seconds[step] for step in steps)


def slope_of(lines: Sequence[PlainLine], step: str) -> float | None:
    """Give the slope of one step over all sizes that have it."""
    known = [line for line in lines if step in line.seconds]
    return slope([line.num_vms for line in known], [line.seconds[step] for line in known])


def luck_table(lines: Sequence[LuckLine]) -> Table:
    """Show how much later than with foresight it ends, when durations vary: the mean, and 19 in 20 draws."""
    table = Table(title="durations drawn from half to twice the estimate: end / oracle", title_justify="left")
    for column in ("hosts", "load", "actions", "precedences", "waves", "planned s", "bound s"):
        table.add_column(column, justify="right")
    for column in ("draws", "oracle s", "oracle / its bound"):
        table.add_column(column, justify="right")
    for way in LUCK_WAYS:
        table.add_column(f"{way}: mean", justify="right")
        table.add_column("95%", justify="right")
    table.add_column("target", justify="right")
    for line in lines:
        table.add_row(
            f"{line.job.num_hosts:,}",
            f"{line.job.load:.0%}",
            f"{line.actions:,}",
            f"{line.precedences:,}",
            f"{line.waves}",
            f"{line.makespan_s}",
            f"{line.bound_s}",
            f"{len(line.oracle_s)}",
            figure(sum(line.oracle_s) / max(1, len(line.oracle_s)), 0),
            _lateness(line.oracle_s, line.proven_s)[0],
            *(cell for way in LUCK_WAYS for cell in _lateness(line.late_s.get(way, []), line.oracle_s)),
            f"<= {LUCK_TARGET}",
        )
    return table


def _lateness(late_s: Sequence[float], oracle_s: Sequence[float]) -> tuple[str, str]:
    shares = sorted(late / oracle for late, oracle in zip(late_s, oracle_s, strict=False) if oracle)
    if not shares:
        return NONE, NONE
    return figure(sum(shares) / len(shares), 3), figure(shares[int(0.95 * (len(shares) - 1))], 3)


def formula_table(lines: Sequence[FormulaLine]) -> Table:
    """Show how far the formula is off what was measured."""
    table = Table(title="seconds of a migration: the formula against measured ones", title_justify="left")
    for column in ("migrations", "mean error", "unrounded", "95% below", "bias"):
        table.add_column(column, justify="right")
    for line in lines:
        table.add_row(
            f"{line.count:,}",
            f"{line.mean_error:.1%}",
            f"{line.unrounded_error:.1%}",
            f"{line.p95_error:.1%}",
            f"{line.bias:+.1%}",
        )
    return table


def rules_table(lines: Sequence[RulesLine]) -> Table:
    """Show what slack rules cost."""
    table = Table(title="all rules declared but slack, against none", title_justify="left")
    for column in ("hosts", "VMs", "rounds", "without s", "with s", "ratio", "target", "same cost"):
        table.add_column(column, justify="right")
    for line in lines:
        without, ruled = middle(line.without_s), middle(line.with_s)
        ratio = ruled / without if ruled and without else None
        table.add_row(
            f"{line.job.num_hosts:,}",
            f"{line.num_vms:,}",
            f"{len(line.with_s)}",
            figure(without, 3),
            figure(ruled, 3),
            figure(ratio, 2),
            f"<= {RULES_TARGET}",
            "yes" if line.without_cost == line.with_cost else "no",
        )
    return table


def makespan_table(lines: Sequence[TimesLine]) -> Table:
    """Show how long plans take: in turn, in waves, by lists, as scheduled, and at best."""
    table = Table(title="makespans of full shuffles, seconds", title_justify="left")
    table.add_column("first")
    for column in ("load", "hosts", "moves", "serial", "waves", "list", "makespan", "bound", "gap", "plan s"):
        table.add_column(column, justify="right")
    for line in lines:
        known = line.makespan_s and line.bound_s is not None
        gap = (line.makespan_s or 0) / max(line.bound_s or 1, 1) - 1 if known else None
        table.add_row(
            "end" if line.job.objective == "time" else "cost",
            f"{line.job.load:.0%}",
            f"{line.job.num_hosts:,}",
            f"{line.moves:,}",
            *(NONE if it is None else f"{it:,}" for it in (line.serial_s, line.waves_s, line.list_s)),
            NONE if line.makespan_s is None else f"{line.makespan_s:,}",
            NONE if line.bound_s is None else f"{line.bound_s:,}",
            percent(gap),
            figure(line.plan_s, 1),
        )
    return table
