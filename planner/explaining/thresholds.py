"""Threshold warnings: which hosts a plan fills above a share of what is usable, when and for how long.

They judge nothing and change no plan: an operator who keeps a reserve for failures wants to know when it
is touched. As in every count here, a VM in flight counts on both its hosts.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from models.actions import Action, Migration
from models.errors import PlannerError
from models.sizes import exact, title
from planner.verdict.sentences import number_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from models.ledger import Ledger
    from models.plan import Plan
    from models.pool import Pool


@dataclass(frozen=True, slots=True)
class ThresholdWarning:
    """A host above a share of what is usable, for some steps in a row.

    Parameters
    ----------
    host, resource, share
        Where, of what, and the share that was asked about.
    first, last
        The steps, from 1, during which it is above; ``first`` 0: before the first action already;
        ``last`` None: still so when the plan is done.
    steps
        How many actions run meanwhile.
    peak, usable
        The highest load in that time, and what is usable.
    """

    host: str
    resource: str
    share: float
    first: int
    last: int | None
    steps: int
    peak: int
    usable: int

    @property
    def at_start(self) -> bool:
        """Tell whether the host was above before the plan did anything."""
        return self.first == 0

    def __str__(self) -> str:
        """Give the whole sentence."""
        reached = f" ({self.peak / self.usable:.1%})" if self.usable else ""
        return (
            f"{self.host}: {title(self.resource)} above {self.share:.10g} of what is usable {self._when()}; "
            f"at most {exact(self.peak, self.resource)} of {exact(self.usable, self.resource)}{reached}"
        )

    def _when(self) -> str:
        steps = number_of(self.steps, "step")
        if self.at_start:
            if self.last is None:
                return "already at the start, and to the end"
            return f"already at the start, until step {self.last} ({steps})"
        if self.last is None:
            return f"from step {self.first} to the end and after it ({steps})"
        if self.first == self.last:
            return f"during step {self.first} (1 step)"
        return f"from step {self.first} to step {self.last} ({steps})"


def threshold_warnings(
    pool: Pool, plan: Plan | Iterable[Action], shares: Mapping[str, float]
) -> list[ThresholdWarning]:
    """List the hosts that a plan fills above some shares, in order of time.

    Parameters
    ----------
    pool, plan
        The plan is taken to be safe: it is counted, not judged.
    shares
        Resource -> share of what is usable, above 0 and at most 1; exactly that much is no warning.

    Raises
    ------
    PlannerError
        An unknown resource, or a share out of range.
    """
    _check(pool, shares)
    actions = tuple(plan) if not hasattr(plan, "actions") else plan.actions
    ledger = pool.current.ledger()
    found = []
    for resource, share in shares.items():
        watch = _Watch(ledger, resource, share)
        for step, (came, went) in enumerate(_changes(actions, dict(pool.current.placement)), 1):
            watch.step(step, came, went)
        found += watch.finish(len(actions))
    return sorted(found, key=lambda warning: (warning.first, warning.last is None, warning.last or 0))


def _check(pool: Pool, shares: Mapping[str, float]) -> None:
    known = pool.current.resources
    for resource, share in shares.items():
        if resource not in known:
            names = ", ".join(known) or "none"
            raise PlannerError(f"threshold {resource}={share}: unknown resource, known are {names}")
        if not 0 < share <= 1:
            raise PlannerError(f"threshold {resource}={share}: the share must be above 0 and at most 1")


Arrival = tuple[str, str] | None
"""(VM, host), or nothing."""


def _changes(actions: Iterable[Action], at: dict[str, str]) -> Iterator[tuple[Arrival, Arrival]]:
    """Give (who comes where, who leaves where) of each action."""
    for action in actions:
        vm = action.vm
        before = at.pop(vm, None)
        went = None if before is None else (vm, before)
        came = None
        if isinstance(action, Migration):
            at[vm] = action.destination
            came = (vm, action.destination)
        elif before is None:
            at[vm] = action.host
            came = (vm, action.host)
        yield came, went


class _Watch:
    """One resource under watch: who is above now, since when, and how high it went."""

    def __init__(self, ledger: Ledger, resource: str, share: float) -> None:
        self.resource, self.share = resource, share
        place = ledger.resource_names.index(resource)
        self._demand = {vm: ledger.demand(vm)[place] for vm in ledger.vms}
        self._usable = {host: ledger.usable(host)[place] for host in ledger.hosts}
        self._load = {host: row[place] for host, row in ledger.load.items()}
        # The share is the decimal number that was written: 0.9 of 10 is 9, and 9 is no warning.
        exactly = Fraction(str(share))
        self._limit = {host: exactly * usable for host, usable in self._usable.items()}
        self._since: dict[str, int] = {}
        self._peak: dict[str, int] = {}
        self._done: list[ThresholdWarning] = []
        for host in self._load:
            self._look(host, 0)

    def step(self, step: int, came: Arrival, went: Arrival) -> None:
        """Count one action: who comes is there from its start, who leaves until its end."""
        if came is not None:
            vm, host = came
            self._load[host] += self._demand[vm]
            self._look(host, step)
        if went is not None:
            vm, host = went
            self._load[host] -= self._demand[vm]
            if host in self._since and self._load[host] <= self._limit[host]:
                self._close(host, step, step)

    def _look(self, host: str, step: int) -> None:
        load = self._load[host]
        if load > self._limit[host]:
            self._since.setdefault(host, step)
            self._peak[host] = max(self._peak.get(host, 0), load)

    def _close(self, host: str, last: int | None, end: int) -> None:
        first = self._since.pop(host)
        steps = end - max(first, 1) + 1
        self._done.append(
            ThresholdWarning(
                *(host, self.resource, self.share, first, last, steps),
                peak=self._peak.pop(host),
                usable=self._usable[host],
            )
        )

    def finish(self, num_steps: int) -> list[ThresholdWarning]:
        """Give all warnings; who is above now stays so."""
        for host in list(self._since):
            self._close(host, None, num_steps)
        return self._done
