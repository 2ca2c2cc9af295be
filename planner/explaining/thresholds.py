"""Threshold warnings: which hosts a plan fills above a share of what is usable, when and for how long.

They judge nothing and change no plan: an operator who keeps a reserve for failures wants to know when it
is touched. As in every count here, a VM in flight counts on both its hosts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from numbers import Real
from typing import TYPE_CHECKING, NamedTuple

from models.actions import Action, Migration
from models.errors import PlannerError
from models.mistakes import check_kind
from models.plan import Plan, given_actions
from models.pool import Pool
from models.schedule import Schedule
from models.sizes import exact, span, title
from planner.verdict.sentences import number_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from models.ledger import Ledger


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
        return _told(self, self._when())

    def _when(self) -> str:
        steps = number_of(self.steps, "step")
        if self.at_start:
            if self.last is None:
                return "already at the start, and to the end"
            return f"already at the start, until step {self.last} ({steps})"
        if self.last is None:
            return f"from step {self.first} on ({steps})"
        if self.first == self.last:
            return f"during step {self.first} (1 step)"
        return f"from step {self.first} to step {self.last} ({steps})"


@dataclass(frozen=True, slots=True)
class TimedWarning:
    """A host above a share of what is usable, for some seconds of a schedule.

    Parameters
    ----------
    host, resource, share, peak, usable
        See :class:`ThresholdWarning`.
    since_s, until_s
        When it is above, from the start of the plan; ``since_s`` None: before the first action already;
        ``until_s`` None: still so when the plan is done.
    """

    host: str
    resource: str
    share: float
    since_s: int | None
    until_s: int | None
    peak: int
    usable: int

    def __str__(self) -> str:
        """Give the whole sentence."""
        return _told(self, self._when())

    def _when(self) -> str:
        if self.since_s is None:
            until = "and to the end" if self.until_s is None else f"until {span(self.until_s)}"
            return f"already at the start, {until}"
        until = "on" if self.until_s is None else f"to {span(self.until_s)}"
        return f"from {span(self.since_s)} {until}"


def _told(warning: ThresholdWarning | TimedWarning, when: str) -> str:
    peak, usable, resource = warning.peak, warning.usable, warning.resource
    reached = f" ({peak / usable:.1%})" if usable else ""
    return (
        f"{warning.host}: {title(resource)} above {warning.share:.10g} {when}; "
        f"at most {peak} of {exact(usable, resource)}{reached}"
    )


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
    actions = given_actions(plan)
    ledger = pool.current.ledger()
    found = []
    for resource, share in shares.items():
        watch = _Watch(ledger, resource, share)
        for step, (came, went) in enumerate(_changes(actions, dict(pool.current.placement)), 1):
            watch.comes(came, step)
            watch.goes(went, step)
        for spell in watch.finish():
            first, last = spell.since or 0, spell.until
            steps = (len(actions) if last is None else last) - max(first, 1) + 1
            peak, usable = spell.peak, watch.usable[spell.host]
            found.append(ThresholdWarning(spell.host, resource, share, first, last, steps, peak, usable))
    return sorted(found, key=lambda warning: (warning.first, warning.last is None, warning.last or 0))


def timed_warnings(
    pool: Pool, plan: Plan, schedule: Schedule, shares: Mapping[str, float]
) -> list[TimedWarning]:
    """List the hosts that a plan fills above some shares as its schedule runs, in order of time.

    Several actions at a time may fill a host above what it ever holds by one after another.

    Parameters
    ----------
    pool, plan, shares
        As for :func:`threshold_warnings`.
    schedule
        When each action of the plan runs.

    Raises
    ------
    PlannerError
        An unknown resource, or a share out of range.
    """
    _check(pool, shares)
    check_kind("plan", plan, Plan)
    check_kind("schedule", schedule, Schedule)
    ledger = pool.current.ledger()
    changes = _changes_in_time(plan, schedule, dict(pool.current.placement))
    found = []
    for resource, share in shares.items():
        watch = _Watch(ledger, resource, share)
        for second, came, went in changes:
            watch.comes(came, second)
            watch.goes(went, second)
        for spell in _joined(watch.finish()):
            span_s = spell.since, spell.until
            peak, usable = spell.peak, watch.usable[spell.host]
            found.append(TimedWarning(spell.host, resource, share, *span_s, peak, usable))
    return sorted(found, key=_in_order)


def _joined(spells: Iterable[_Spell]) -> Iterator[_Spell]:
    """Yield the spells that last, those of a host as one where one begins when another ends.

    Of two VMs, one may leave in the second in which the other comes.
    """
    of_host: dict[str, _Spell] = {}
    for spell in spells:
        if spell.since is not None and spell.since == spell.until:
            continue
        before = of_host.get(spell.host)
        if before is None:
            of_host[spell.host] = spell
        elif before.until == spell.since:
            of_host[spell.host] = _Spell(spell.host, before.since, spell.until, max(before.peak, spell.peak))
        else:
            yield before
            of_host[spell.host] = spell
    yield from of_host.values()


def _in_order(warning: TimedWarning) -> tuple[int, bool, int]:
    since = -1 if warning.since_s is None else warning.since_s
    return since, warning.until_s is None, warning.until_s or 0


def _check(pool: Pool, shares: Mapping[str, float]) -> None:
    check_kind("pool", pool, Pool)
    check_kind("shares", shares, Mapping)
    known = pool.current.resources
    for resource, share in shares.items():
        if resource not in known:
            names = ", ".join(known) or "none"
            raise PlannerError(f"threshold {resource}={share}: unknown resource, known are {names}")
        if not isinstance(share, Real) or not 0 < share <= 1:
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


def _changes_in_time(
    plan: Plan, schedule: Schedule, at: dict[str, str]
) -> list[tuple[int, Arrival, Arrival]]:
    """Give (second, who comes where, who leaves where), in order of time.

    At one second first those end that ran before it, then all that takes no time, one after another, and then
    the others begin: as the replay in time has it.
    """
    changes: list[tuple[int, int, int, Arrival, Arrival]] = []
    times = zip(schedule.start_s, schedule.end_s, strict=True)
    for place, ((came, went), (start, end)) in enumerate(zip(_changes(plan.actions, at), times, strict=True)):
        lasts = end > start
        changes.append((start, 2 if lasts else 1, place, came, None))
        changes.append((end, 0 if lasts else 1, place, None, went))
    changes.sort(key=lambda change: change[:3])  # who takes no time comes before he goes: it is stable
    return [(second, came, went) for second, _, _, came, went in changes]


class _Spell(NamedTuple):
    """How long a host is above: since when, None at first already; until when, None to the end; how high."""

    host: str
    since: int | None
    until: int | None
    peak: int


class _Watch:
    """One resource under watch: who is above now, since which step or second, and how high it went."""

    def __init__(self, ledger: Ledger, resource: str, share: float) -> None:
        place = ledger.resource_names.index(resource)
        self._demand = {vm: ledger.demand(vm)[place] for vm in ledger.vms}
        self.usable = {host: ledger.usable(host)[place] for host in ledger.hosts}
        self._load = {host: row[place] for host, row in ledger.load.items()}
        # The share is the decimal number that was written: 0.9 of 10 is 9, and 9 is no warning.
        exactly = Fraction(str(share))
        self._limit = {host: exactly * usable for host, usable in self.usable.items()}
        self._since: dict[str, int | None] = {}
        self._peak: dict[str, int] = {}
        self._done: list[_Spell] = []
        for host in self._load:
            self._look(host, None)

    def comes(self, came: Arrival, when: int) -> None:
        """Count who comes: there from the start of its action."""
        if came is not None:
            vm, host = came
            self._load[host] += self._demand[vm]
            self._look(host, when)

    def goes(self, went: Arrival, when: int) -> None:
        """Count who leaves: there until the end of its action."""
        if went is not None:
            vm, host = went
            self._load[host] -= self._demand[vm]
            if host in self._since and self._load[host] <= self._limit[host]:
                self._close(host, when)

    def _look(self, host: str, when: int | None) -> None:
        load = self._load[host]
        if load > self._limit[host]:
            self._since.setdefault(host, when)
            self._peak[host] = max(self._peak.get(host, 0), load)

    def _close(self, host: str, until: int | None) -> None:
        self._done.append(_Spell(host, self._since.pop(host), until, self._peak.pop(host)))

    def finish(self) -> list[_Spell]:
        """Give all spells; who is above now stays so."""
        for host in list(self._since):
            self._close(host, None)
        return self._done
