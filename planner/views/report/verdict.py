"""The verdict: what a plan does and what is proven of it, in a sentence and a row of figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from models.actions import Provision, Shutdown, Stop
from models.sizes import size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from models.plan import Plan
    from models.plan_file import PlanFile
    from models.pool import Pool

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


def verdict_of(pool: Pool, file: PlanFile, plan: Plan, wrong: int, first_wrong: int) -> Verdict:
    """Give the verdict.

    Parameters
    ----------
    wrong
        How many violations were found.
    first_wrong
        The action of the first of them; 0 where none of them belongs to an action.
    """
    facts = tuple(_facts(pool, file, plan))
    if file.status == "infeasible":
        return Verdict("bad", f"No plan exists: {_reason(file)}", facts)
    if file.status == "no_plan_found":
        return Verdict("bad", f"No plan was found: {_reason(file)}", facts)
    if wrong:
        where = f", the first at action {first_wrong}" if first_wrong else ""
        count = "1 violation" if wrong == 1 else f"{wrong:,} violations"
        return Verdict("bad", f"Do not run this plan: {count}{where}.", facts)
    what = _what(pool, plan)
    if not plan.actions:
        return Verdict("good", "Nothing to do: every VM is where it should be.", facts)
    if file.status == "optimal":
        return Verdict("good", f"{what}, every step safe. {_optimal(file)}", facts)
    return Verdict("fair", f"{what}, every step safe. {_feasible(file)}", facts)


def claims(file: PlanFile, plan: Plan) -> Iterator[str]:
    """Give what the file says of itself and its own actions do not bear out."""
    if not file.actions:
        return
    unit = _cost_unit(file.objective)
    cost = _cost(file, plan)
    if file.cost is not None and file.cost != cost:
        yield f"it says cost {unit(file.cost)}, its actions cost {unit(cost)}"
    if file.status == "optimal" and (file.bound is None or file.bound < cost):
        bound = "no bound" if file.bound is None else f"a bound of {unit(file.bound)}"
        yield f"it says optimal, with {bound} for a cost of {unit(cost)}"


def _reason(file: PlanFile) -> str:
    text = (file.reason or "the file does not say why").strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _plural(count: int, one: str, many: str | None = None) -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def _what(pool: Pool, plan: Plan) -> str:
    moves = len(plan.migrations)
    detours = plan.detours
    parts = [_plural(moves, "move")] if moves or not plan.actions else []
    if moves:
        parts[0] += f" for {_plural(len(pool.displaced), 'VM')}, " + (
            "none of them a detour" if not detours else f"{_plural(detours, 'detour')} among them"
        )
    counts = {
        "stopped and started": _count(plan, Stop),
        "shut down": _count(plan, Shutdown),
        "provisioned": _count(plan, Provision),
    }
    return ", ".join(parts + [f"{count:,} {verb}" for verb, count in counts.items() if count])


def _count(plan: Plan, kind: type) -> int:
    return sum(isinstance(action, kind) for action in plan.actions)


def _optimal(file: PlanFile) -> str:
    words = {"moves": "no plan takes fewer moves", "ram": "no plan moves less RAM"}
    return f"Proven optimal: {words.get(file.objective, 'no plan costs less')}."


def _feasible(file: PlanFile) -> str:
    unit = _cost_unit(file.objective)
    if file.bound is None or file.cost is None:
        return "How short a plan could be at best is not proven."
    above = file.cost - file.bound
    if above <= 0:
        return f"The bound of {unit(file.bound)} is met."
    share = f" ({100 * above / file.cost:.1f}%)" if file.cost else ""
    noun = "move" if above == 1 else "moves"
    much = f"{unit(above)} {noun}" if file.objective == "moves" else unit(above)
    return f"At most {much}{share} above the best possible, by a proven bound of {unit(file.bound)}."


def _cost(file: PlanFile, plan: Plan) -> int:
    """Give what the actions cost; of an objective that has no name only the file knows the prices."""
    if plan.objective == file.objective:
        return plan.cost
    return sum(getattr(entry, "cost", None) or 0 for entry in file.actions)


def _cost_unit(objective: str) -> Callable[[float], str]:
    return size if objective == "ram" else lambda cost: f"{cost:,.10g}"


def _facts(pool: Pool, file: PlanFile, plan: Plan) -> Iterator[tuple[str, str]]:
    unit = _cost_unit(file.objective)
    yield "Moves", f"{len(plan.migrations):,}"
    yield "Detours", f"{plan.detours:,}"
    if file.objective != "moves":
        yield f"Cost ({file.objective})", unit(_cost(file, plan))
    yield "Bound", "none" if file.bound is None else unit(file.bound)
    if file.gap is not None:
        yield "Gap", f"{100 * file.gap:.1f}%"
    if file.heuristic is not None:
        yield f"Started from {file.heuristic.name}", unit(file.heuristic.cost)
    for label, kind in (("Stops", Stop), ("Shutdowns", Shutdown), ("Provisions", Provision)):
        if count := _count(plan, kind):
            yield label, f"{count:,}"
    if file.objective != "ram" and (moved := _ram_moved(pool, plan)):
        yield "RAM moved", size(moved)


def _ram_moved(pool: Pool, plan: Plan) -> int:
    ram = {vm.name: vm.ram_mib for vm in pool.vms}
    return sum(ram.get(action.vm, 0) for action in plan.migrations)
