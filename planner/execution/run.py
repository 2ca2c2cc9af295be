"""Running a plan, and going on with one: what is checked before anything is touched."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from models.errors import PlanError, PlannerError
from models.pool_file import PoolFile
from models.replay import replay
from planner.clouds.registry import open_cloud
from planner.execution.careful import CarefulCloud
from planner.execution.clock import Clock, FakeClock, WallClock
from planner.execution.dry import DryCloud
from planner.execution.events import Head, Options
from planner.execution.fingerprint import fingerprint
from planner.execution.journal import Journal, JournalError, read_journal, refuse_existing
from planner.execution.lock import Lock, Ticket, acquire, whoami
from planner.execution.log import NoJournal
from planner.execution.past import story_of
from planner.execution.picture import Picture
from planner.execution.planning import Replan, plan_anew
from planner.execution.runner import Runner
from planner.execution.stale import changes
from planner.execution.watching import Watcher

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from models.plan_file import PlanFile
    from models.pool import Pool
    from planner.clouds.protocol import Cloud
    from planner.execution.log import Sink
    from planner.execution.outcome import Outcome

MOST_CHANGES = 3
"""So many changes are named in the error about a stale plan."""


class StaleError(PlannerError):
    """The cloud is no longer what the plan was made for; nothing was touched.

    Parameters
    ----------
    changes
        What has changed, a sentence each: VMs, hosts, rules.
    """

    def __init__(self, changes: Sequence[str]) -> None:
        self.changes = tuple(changes)
        shown = "; ".join(self.changes[:MOST_CHANGES])
        more = len(self.changes) - MOST_CHANGES
        super().__init__(f"the plan is stale: {shown}" + (f"; and {more} more" if more > 0 else ""))


@dataclass(slots=True)
class Ready:
    """A run that was found fit to start; nothing is touched before :meth:`go`. Use it in a ``with``.

    Attributes
    ----------
    runner
        What carries it out; ``runner.interrupt()`` stops it.
    """

    runner: Runner
    _cloud: Cloud
    _lock: Lock | None
    _open_journal: Callable[[], Sink]
    _journal: Sink | None = None
    _outcome: Outcome | None = None

    def go(self) -> Outcome:
        """Carry it out."""
        self._journal = self._open_journal()
        self._outcome = self.runner.run(self._journal)
        return self._outcome

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._journal is not None:
            self._journal.close()
        if self._lock is not None:
            if self._may_still_run:
                self._lock.abandon()
            else:
                self._lock.release()
        self._cloud.close()

    @property
    def _may_still_run(self) -> bool:
        if self._outcome is None:
            return self._journal is not None
        return bool(self._outcome.running)


def prepare(
    cloud: Cloud | str,
    pool: Pool,
    plan: PlanFile,
    *,
    journal: str | Path | None = None,
    dry_run: bool = False,
    options: Options | None = None,
    clock: Clock | None = None,
    watcher: Watcher | None = None,
    replan: Replan | None = None,
    break_lock: bool = False,
) -> Ready:
    """Check that a plan can be run: it fits its pool, the pool fits the cloud, and nobody else is at it.

    Parameters
    ----------
    cloud
        A cloud, or what the command line calls it (``openstack:production``).
    journal
        A file that there is not yet; a dry run needs none, everything else does.
    dry_run
        Take the same way through the code, less the request. Nothing is locked.
    replan
        What makes new plans; default: :func:`planner.plan`.
    break_lock
        Take the lock whoever has it.

    Raises
    ------
    StaleError
        The cloud is not what the plan was made for.
    LockedError
        Somebody else runs a plan there.
    PlannerError
        The plan does not fit the pool, or the cloud cannot be reached.
    """
    _check_plan(pool, plan)
    options = options or Options()
    if journal is None and not dry_run:
        raise JournalError("a run needs a journal to write to, a dry run none")
    if journal is not None and not dry_run:
        refuse_existing(journal)
    cloud = open_cloud(cloud, pool.current) if isinstance(cloud, str) else cloud
    lock = None
    try:
        head = _head(cloud, pool, plan, options, clock or WallClock())
        lock = None if dry_run else acquire(_ticket(head, journal), break_lock=break_lock)
        if dry_run:
            clock = FakeClock()
            cloud = DryCloud(cloud, clock.now)
        runner = _runner(cloud, pool, options, clock, watcher, replan or _replan(plan))
        if found := changes(runner.picture, plan.steps()):
            raise StaleError(found)
    except BaseException:
        if lock is not None:
            lock.release()
        cloud.close()
        raise
    runner.follow_plan(plan)
    if dry_run or journal is None:
        return Ready(runner, cloud, lock, NoJournal)
    return Ready(runner, cloud, lock, lambda: Journal.create(journal, head))


def prepare_resume(
    journal: str | Path,
    *,
    cloud: Cloud | str | None = None,
    clock: Clock | None = None,
    watcher: Watcher | None = None,
    replan: Replan | None = None,
    break_lock: bool = False,
) -> Ready:
    """Get ready to go on with a run, whatever ended it: look where everything is, and keep what is done.

    Parameters
    ----------
    cloud
        Default: the one that the journal names.

    Raises
    ------
    JournalError
        It is no journal.
    LockedError
        It still runs, or somebody else runs a plan there.
    PlannerError
        The cloud cannot be reached.
    """
    read = read_journal(journal)
    head, story = read.head, story_of(read)
    pool = head.pool.pool()
    given = head.cloud if cloud is None else cloud
    cloud = open_cloud(given, pool.current) if isinstance(given, str) else given
    lock = None
    try:
        lock = acquire(_ticket(head, journal), break_lock=break_lock)
        # Read again, now that nobody else writes.
        story = story_of(read_journal(journal))
        runner = _runner(cloud, pool, head.options, clock, watcher, replan or _replan(head.plan))
    except BaseException:
        if lock is not None:
            lock.release()
        cloud.close()
        raise
    runner.follow_plan(story.plan, story.past)
    runner.flights.num_done = len(story.done)
    runner.flights.off_by_us = set(story.past.off_by_us)
    return Ready(runner, cloud, lock, lambda: Journal.reopen(journal))


def _check_plan(pool: Pool, plan: PlanFile) -> None:
    if plan.status not in ("optimal", "feasible"):
        raise PlanError(f"the plan file holds no plan: its status is {plan.status}")
    if violations := replay(pool, plan.steps()):
        raise PlanError(f"the plan does not fit the pool: {violations[0]}")
    before: set[int] = set()
    for entry in plan.actions:
        if entry.id in before:
            raise PlanError(f"action {entry.id}: this id is there twice, ids are unique")
        if missing := set(entry.after or ()) - before:
            raise PlanError(f"action {entry.id}: after {min(missing)}, which is not an action before it")
        before.add(entry.id)


def _head(cloud: Cloud, pool: Pool, plan: PlanFile, options: Options, clock: Clock) -> Head:
    return Head(
        pool=PoolFile.of(pool),
        plan=plan,
        cloud=cloud.name,
        fingerprint=fingerprint(pool),
        owner=whoami(),
        at=clock.stamp(),
        options=options,
    )


def _ticket(head: Head, journal: str | Path | None) -> Ticket:
    hosts = tuple(host.name for host in head.pool.hosts)
    return Ticket(head.cloud, hosts, str(Path(journal or "").absolute()), whoami(), WallClock().stamp())


def _runner(
    cloud: Cloud,
    pool: Pool,
    options: Options,
    clock: Clock | None,
    watcher: Watcher | None,
    replan: Replan,
) -> Runner:
    careful = CarefulCloud(cloud)
    picture = Picture(pool, careful.observe())
    return Runner(
        careful,
        picture,
        options=options,
        clock=clock or WallClock(),
        watcher=watcher or Watcher(),
        replan=replan,
    )


def _replan(plan: PlanFile) -> Replan:
    return lambda pool: plan_anew(pool, plan.objective)
