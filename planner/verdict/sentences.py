"""What was proven, in a sentence: made here for results, plan files, films, the page and explanations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from models.sizes import size, span
from planner.progress import gap_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.plan_file import PlanFile

NO_PLAN = "no plan exists"
NONE_FOUND = "no plan found, and no proof that there is none"
"""How the reason of a result without a plan begins."""


class Claim(Protocol):
    """What a verdict is made of: a result, a plan file and an explanation have it."""

    @property
    def status(self) -> str:
        """Give ``optimal``, ``feasible``, ``infeasible`` or ``no_plan_found``."""
        ...

    @property
    def cost(self) -> float | None:
        """What the plan costs."""
        ...

    @property
    def bound(self) -> float | None:
        """What every plan costs at least, proven; None where nothing is."""
        ...

    @property
    def reason(self) -> str | None:
        """Why there is no plan."""
        ...


def verdict(claim: Claim, objective: str = "moves", *, why: bool = True) -> str:
    """Say in a sentence what was proven.

    Parameters
    ----------
    why
        Of a pool without a plan also say what stands in the way.
    """
    reason = claim.reason if why else None
    if objective == "time" and claim.cost is not None:
        return "The fewest migrations come second to an early end."
    match claim.status:
        case "optimal":
            return "Optimal: proven that no plan costs less."
        case "feasible":
            return f"Feasible: {at_least(claim.bound, objective)}{_gap(claim)}."
        case "infeasible":
            return f"Proven: {_because(NO_PLAN, reason)}"
        case _:
            text = _because(NONE_FOUND, reason)
            return text[0].upper() + text[1:]


def at_least(bound: float | None, objective: str) -> str:
    """Say what is proven of all plans."""
    if bound is None:
        return "nothing is proven about how short it could be"
    return f"proven that no plan costs less than {exactly(bound, objective)}"


def no_earlier_than(bound_s: int | None) -> str:
    """Say what is proven of the end of all plans."""
    if bound_s is None:
        return "nothing is proven about how early it could end"
    return f"proven that no plan ends before {span(bound_s)}"


def _gap(claim: Claim) -> str:
    gap = gap_of(claim.cost, claim.bound)
    return "" if gap is None else f", a gap of {gap:.2%}"


def _because(words: str, reason: str | None) -> str:
    """Give a reason as a sentence that begins with these words; ours do, those of other files may not."""
    text = (reason or "").strip() or words
    return _ended(text if text.startswith(words) else f"{words}: {text}")


def _ended(text: str) -> str:
    """Give a text as a sentence that has an end."""
    return text if text.endswith((".", "!", "?")) else f"{text}."


def claimed(file: PlanFile) -> str:
    """Say what a plan file claims, as a claim: nobody has proven it here."""
    words = f"The plan file says: {file.status.replace('_', ' ')}"
    if file.objective == "time" and isinstance(file.makespan_s, int):
        words += f", ends after {span(file.makespan_s)}"
    for name, figure in (("cost", file.cost), ("bound", file.bound)):
        if figure is not None:
            words += f", {name} {amount(figure, file.objective)}"
    return _ended(f"{words}; {file.reason.strip()}" if file.reason else words)


def exactly(cost: float, objective: str) -> str:
    """Write a cost to the last digit: a bound that is rounded up claims more than was proven."""
    return f"{_digits(cost)}{' MiB' * (objective == 'ram')}"


def amount(cost: float, objective: str) -> str:
    """Write a cost: ``1,024``; of the objective ``ram`` as a size, ``2.75 GiB``."""
    return size(cost) if objective == "ram" else _digits(cost)


def _digits(cost: float) -> str:
    """Write a cost: all digits of an integer, as ours are; ten of another tool's float."""
    return f"{cost:,}" if isinstance(cost, int) else f"{cost:,.10g}"


def number_of(count: int, one: str, many: str | None = None) -> str:
    """Write how many there are of something: ``1 action``, ``2 actions``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def are(count: int) -> str:
    """Give the verb of so many: ``is`` or ``are``."""
    return "is" if count == 1 else "are"


def some_of(names: Sequence[str], most: int) -> str:
    """Name the first few, and say how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def difference(cost: float, objective: str, *, has_stop: bool) -> str:
    """Write by how much two costs differ, as :func:`counted`; a stop in either is no number of migrations."""
    return f"{amount(cost, objective)} in cost" if has_stop else counted(cost, objective)


def counted(cost: float, objective: str, *, stops: int = 0) -> str:
    """Write a cost with what it counts: ``3 migrations``, ``2.75 GiB migrated``, ``7 in cost``.

    Parameters
    ----------
    stops
        How many stops the cost is of: each costs as much as several migrations, and is none.
    """
    if stops:
        return f"{amount(cost, objective)} in cost with {number_of(stops, 'stop')}"
    if objective in ("moves", "time"):
        return f"{amount(cost, objective)} migration{'s' * (cost != 1)}"
    return f"{amount(cost, objective)} {'migrated' if objective == 'ram' else 'in cost'}"


def astray(count: int) -> str:
    """Say how many VMs are not at their targets."""
    return "1 VM is not where it shall be" if count == 1 else f"{count:,} VMs are not where they shall be"
