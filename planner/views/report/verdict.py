"""The verdict: what a plan does and what is proven of it, in a sentence and a row of figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from models.actions import Provision, Shutdown, Stop, Update
from models.sizes import size, span
from planner.verdict.claims import cost_of
from planner.verdict.sentences import amount, number_of, verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.plan import Plan
    from models.plan_file import PlanFile
    from models.pool import Pool
    from models.rolling_plan import RollingPlan

    AnyPlan = Plan | RollingPlan

Tone = Literal["good", "fair", "bad"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What stands at the top of the page.

    Parameters
    ----------
    tone
        ``good``: proven optimal; ``fair``: safe, not proven; ``bad``: unsafe, or no plan at all.
    sentence
        The whole of it in a sentence or two.
    facts
        (label, figure) pairs.
    """

    tone: Tone
    sentence: str
    facts: tuple[tuple[str, str], ...]


def verdict_of(pool: Pool, file: PlanFile, plan: AnyPlan, wrong: int, first_wrong: int) -> Verdict:
    """Give the verdict.

    Parameters
    ----------
    wrong
        How many violations were found.
    first_wrong
        The action of the first of them; 0 where none of them belongs to an action.
    """
    if file.status in ("infeasible", "no_plan_found"):
        bound = () if file.bound is None else (("Bound", amount(file.bound, file.objective)),)
        return Verdict("bad", verdict(file, file.objective), bound)
    facts = tuple(_facts(pool, file, plan, is_safe=not wrong))
    if wrong:
        where = f", the first at action {first_wrong}" if first_wrong else ""
        return Verdict("bad", f"Do not run this plan: {number_of(wrong, 'violation')}{where}.", facts)
    what = _what(pool, plan)
    if not plan.actions:
        return Verdict("good", "Nothing to do: every VM is where it should be.", facts)
    tone: Tone = "good" if file.status == "optimal" else "fair"
    return Verdict(tone, f"{what}, every step safe. {verdict(file, file.objective)}", facts)


def _what(pool: Pool, plan: AnyPlan) -> str:
    migrations = len(plan.migrations)
    detours = plan.detours
    parts = [number_of(migrations, "migration")] if migrations or not plan.actions else []
    updates = _count(plan, Update)
    if updates:
        parts.insert(0, f"{number_of(updates, 'host')} emptied and updated")
    elif migrations:
        parts[0] += f" for {number_of(len(pool.displaced), 'VM')}, " + (
            "none of them a detour" if not detours else f"{number_of(detours, 'detour')} among them"
        )
    counts = {
        "stopped and started": _count(plan, Stop),
        "shut down": _count(plan, Shutdown),
        "provisioned": _count(plan, Provision),
    }
    return ", ".join(parts + [f"{count:,} {verb}" for verb, count in counts.items() if count])


def _count(plan: AnyPlan, kind: type) -> int:
    return sum(isinstance(action, kind) for action in plan.actions)


def _facts(pool: Pool, file: PlanFile, plan: AnyPlan, *, is_safe: bool) -> Iterator[tuple[str, str]]:
    yield "Migrations", f"{len(plan.migrations):,}"
    if updates := _count(plan, Update):
        yield "Updates", f"{updates:,}"
    else:
        yield "Detours", f"{plan.detours:,}"
    if is_safe:  # else what the file says of itself holds of another plan
        yield from _claimed(file, plan)
    for label, kind in (("Stops", Stop), ("Shutdowns", Shutdown), ("Provisions", Provision)):
        if count := _count(plan, kind):
            yield label, f"{count:,}"
    if file.objective != "ram" and (moved := _ram_moved(pool, plan)):
        yield "RAM migrated", size(moved)


def _claimed(file: PlanFile, plan: AnyPlan) -> Iterator[tuple[str, str]]:
    early, stops = file.objective == "time", _count(plan, Stop)
    if early:
        yield from _facts_of_end(file)
    # Where nothing is stopped, migrations are what the objectives time and moves count.
    if stops or file.objective not in ("moves", "time"):
        cost = cost_of(file, plan)
        unit = "" if file.objective in ("moves", "time") else f" ({file.objective})"
        yield f"Cost{unit}", "unknown" if cost is None else amount(cost, file.objective)
    bound = "none" if file.bound is None else amount(file.bound, file.objective)
    yield f"{'Cost' if stops else 'Migrations'} at least" if early else "Bound", bound
    if file.gap is not None and not early:
        yield "Gap", f"{file.gap:.2%}"
    if not early:
        yield from _facts_of_end(file)
    if file.heuristic is not None and plan.actions:
        yield f"Started from {file.heuristic.name}", amount(file.heuristic.cost, file.objective)


def _facts_of_end(file: PlanFile) -> Iterator[tuple[str, str]]:
    if isinstance(file.makespan_s, int):
        yield "Takes", span(file.makespan_s)
        if isinstance(file.makespan_bound_s, int):
            early = file.makespan_bound_s == file.makespan_s
            yield ("End", "proven earliest") if early else ("At least", span(file.makespan_bound_s))


def _ram_moved(pool: Pool, plan: AnyPlan) -> int:
    ram = {vm.name: vm.ram_mib for vm in pool.vms}
    return sum(ram.get(action.vm, 0) for action in plan.migrations)
