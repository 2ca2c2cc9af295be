"""The actions of a plan on their way: which may start, which wait, which fly, what came of them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from heapq import heappop, heappush
from math import inf
from typing import TYPE_CHECKING

from models.actions import Migration, Start
from models.plan import describe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from models.actions import Action
    from models.plan_file import PlanFile
    from models.ways import Slot, Wire


class State(StrEnum):
    """Where an action stands."""

    WAITING = "waiting"
    ASKED = "asked"
    """Asked for, and the answer may still come."""
    STARTED = "started"
    """The cloud has taken it; it is followed by its handle."""
    UNKNOWN = "unknown"
    """Asked for, and there was no answer, or no end: the VM is looked at."""
    DONE = "done"
    FAILED = "failed"
    HELD = "held"
    """Things are not as the plan has them: not started, and to be planned anew."""
    TOO_LATE = "too late"
    """It should end when the run has to be at rest: not started."""
    LOST = "lost"
    """Given up looking: it may still run."""


FLYING = (State.ASKED, State.STARTED, State.UNKNOWN)
OVER = (State.DONE, State.FAILED, State.HELD, State.TOO_LATE)


@dataclass(slots=True)
class Step:
    """One action, and what has become of it.

    Parameters
    ----------
    number
        Unique in the journal: the id of the first plan, going on in those made anew.
    after
        The numbers of those that must have ended before.
    estimate_s
        Seconds it should take.
    state, why
        Where it stands; of a failure or a hold the reason, and of one that waits that of its last turn.
    tries, waits
        How often it was asked for, and looked at in vain.
    handle
        What the cloud calls it; empty where it does not say.
    foretold
        What the cloud would call it, as far as that was seen before it was asked for; may be empty.
    since, until
        When it was asked for, and when its time is up, by the clock.
    not_before
        No look at it before that time.
    share
        How much of it is done, 0 to 1; None where nobody says.
    said
        What the cloud said of it last while it was under way; may be empty.
    is_ours
        It was asked for by this run, or one before that wrote the same journal; else it was found under way.
    is_overdue
        Its time was up once, and the cloud was asked to give it up.
    is_aborted
        The cloud has said that it gives it up.
    planned_s
        When it starts and ends by the schedule, seconds from the start of the plan; None without one.
    """

    number: int
    action: Action
    after: tuple[int, ...]
    estimate_s: float
    state: State = State.WAITING
    why: str = ""
    tries: int = 0
    waits: int = 0
    handle: str = ""
    foretold: str = ""
    since: float = 0.0
    until: float = 0.0
    not_before: float = 0.0
    share: float | None = None
    said: str = ""
    is_ours: bool = False
    is_overdue: bool = False
    is_aborted: bool = False
    planned_s: tuple[int, int] | None = None

    @property
    def turn(self) -> tuple[int, int]:
        """Give what orders those that may start: the schedule, then the plan."""
        return (0 if self.planned_s is None else self.planned_s[0], self.number)

    @property
    def is_flying(self) -> bool:
        """Tell whether it is under way, or may be."""
        return self.state in FLYING

    @property
    def is_over(self) -> bool:
        """Tell whether it has ended, or is not to start any more."""
        return self.state in OVER

    def left_s(self, now: float) -> float:
        """Give the seconds until it ends, by how much is done of it; infinity where nobody says."""
        if not self.is_flying or not self.share:
            return inf
        return (now - self.since) * (1 / self.share - 1)

    @property
    def text(self) -> str:
        """Say what it does."""
        return describe(self.action)

    @property
    def trouble(self) -> str:
        """Say what it does, and why that went wrong or is held."""
        return f"{self.text}: {self.why}"


def steps_of(plan: PlanFile, estimate: Callable[[Action], float], done: Iterable[int] = ()) -> list[Step]:
    """Give the steps of a plan file; where it has no ``after``, each waits for the one before.

    Parameters
    ----------
    done
        Ids of those that are done already.
    """
    done = frozenset(done)
    serial = all(entry.after is None for entry in plan.actions)
    steps = []
    before: tuple[int, ...] = ()
    for entry, action in zip(plan.actions, plan.steps(), strict=True):
        after = before if serial else tuple(entry.after or ())
        step = Step(entry.id, action, after, estimate(action))
        if entry.id in done:
            step.state = State.DONE
        if entry.start_s is not None and entry.end_s is not None:
            step.planned_s = (entry.start_s, entry.end_s)
        steps.append(step)
        before = (entry.id,)
    return steps


class Steps:
    """The steps of one plan. Those that may start come in turn, each in time near constant.

    Parameters
    ----------
    steps
        In the order of the plan.
    """

    def __init__(self, steps: Sequence[Step]) -> None:
        self.all = {step.number: step for step in steps}
        self._lacks = {
            step.number: sum(self.all[other].state is not State.DONE for other in step.after)
            for step in steps
        }
        self._then: dict[int, list[int]] = defaultdict(list)
        for step in steps:
            for other in step.after:
                self._then[other].append(step.number)
        # Apart, so that those that do not migrate are found behind any number that may not for now.
        self._migrations: list[tuple[int, int]] = []
        self._others: list[tuple[int, int]] = []
        for step in steps:
            if step.state is State.WAITING and not self._lacks[step.number]:
                self.put_back(step)
        self._later: list[tuple[float, tuple[int, int]]] = []
        self._parked: dict[Slot | Wire, list[Step]] = defaultdict(list)
        self._early: list[Step] = []
        self.num_done = sum(step.state is State.DONE for step in steps)

    def __iter__(self) -> Iterator[Step]:
        """Give all, in the order of the plan."""
        return iter(self.all.values())

    def __len__(self) -> int:
        """Give how many there are."""
        return len(self.all)

    def is_any_due(self, now: float) -> bool:
        """Tell whether there is one that may start by now."""
        next_at = self.next_at()
        return bool(self._migrations or self._others) or (next_at is not None and next_at <= now)

    def due(self, now: float, lets_migrate: Callable[[], bool] = lambda: True) -> Iterator[Step]:
        """Give each that may start by now, once; who does not start it puts it off or parks it.

        Parameters
        ----------
        lets_migrate
            Asked before each: False leaves the migrations for another time.
        """
        while self._later and self._later[0][0] <= now:
            self.put_back(self.all[heappop(self._later)[1][1]])
        while heap := self._next_heap(may_migrate=lets_migrate()):
            yield self.all[heappop(heap)[1]]

    def _next_heap(self, *, may_migrate: bool) -> list[tuple[int, int]]:
        """Give the heap that whose turn it is stands in front of; an empty one where nobody's is."""
        heaps = (self._migrations, self._others) if may_migrate else (self._others,)
        return min(filter(None, heaps), default=[])

    def put_back(self, step: Step) -> None:
        """Let it be due again, at once."""
        heappush(self._migrations if isinstance(step.action, Migration) else self._others, step.turn)

    def put_off(self, step: Step, until: float) -> None:
        """Let it be due again, later."""
        step.state, step.not_before = State.WAITING, until
        heappush(self._later, (until, step.turn))

    def park(self, step: Step, behind: Slot | Wire) -> None:
        """Let it wait for a limit."""
        self._parked[behind].append(step)

    def hold_back(self, step: Step) -> None:
        """Let it wait until all that were held back may try again."""
        self._early.append(step)

    def call_again(self) -> None:
        """Let those be due again that were held back."""
        early, self._early = self._early, []
        for step in early:
            self.put_back(step)

    def parked_behind(self) -> list[Slot | Wire]:
        """Give the limits that somebody waits for."""
        return [limit for limit, steps in self._parked.items() if steps]

    def parked(self, behind: Slot | Wire) -> list[Step]:
        """Give those that wait for a limit."""
        return list(self._parked.get(behind, ()))

    def unpark(self, limits: Iterable[Slot | Wire]) -> None:
        """Let those that wait for these limits be due again."""
        for limit in limits:
            for step in self._parked.pop(limit, ()):
                self.put_back(step)

    def done(self, step: Step) -> None:
        """Note that it is done, and let those go that waited for it alone."""
        step.state = State.DONE
        self.num_done += 1
        for number in self._then[step.number]:
            self._lacks[number] -= 1
            then = self.all[number]
            if not self._lacks[number] and then.state is State.WAITING:
                self.put_back(then)

    def next_at(self) -> float | None:
        """Give when the first of those put off is due; None where none is."""
        return self._later[0][0] if self._later else None

    def waits_for(self, step: Step) -> list[Step]:
        """Give those of its predecessors that are not done."""
        return [self.all[other] for other in step.after if self.all[other].state is not State.DONE]

    def starts_of(self, vm: str) -> list[Step]:
        """Give those that start a VM which was stopped."""
        return [step for step in self if isinstance(step.action, Start) and step.action.vm == vm]

    def with_all_before(self, some: Iterable[Step]) -> list[Step]:
        """Give some of them and all that has to be done before."""
        found = {step.number: step for step in some}
        todo = list(found.values())
        while todo:
            for other in self.waits_for(todo.pop()):
                if other.number not in found:
                    found[other.number] = other
                    todo.append(other)
        return list(found.values())
