"""Running a plan, and going on with one: what is checked before anything is touched."""

from __future__ import annotations

import logging
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Self

from models.actions import ends_of
from models.durations import Durations
from models.errors import PlanError, PlannerError
from models.mistakes import check_kind, check_kind_if_given
from models.plan import describe
from models.plan_file import PlanFile
from models.pool import Pool
from models.pool_file import PoolFile
from models.replay import replay
from planner.clouds.protocol import Cloud, CloudError, name_of
from planner.clouds.registry import from_anywhere, open_cloud
from planner.clouds.secrets import refuse_password
from planner.execution.careful import CarefulCloud
from planner.execution.clock import FakeClock, Timekeeper, WallClock
from planner.execution.dry import DryCloud
from planner.execution.events import Head, Options
from planner.execution.fingerprint import fingerprint
from planner.execution.first_look import first_answer
from planner.execution.journal import Journal, JournalError, read_journal
from planner.execution.lock import Lock, Ticket, acquire, cloud_locked, real_path, whoami
from planner.execution.maintenance_window import window_until
from planner.execution.outcome import End, Outcome
from planner.execution.past import Story, story_of
from planner.execution.picture import Picture
from planner.execution.planning import Replan, plan_anew
from planner.execution.runner import Runner
from planner.execution.stale import changes, off_target
from planner.execution.watching import Watcher

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from types import TracebackType

    from models.rules import Rule
    from planner.execution.events import Event

log = logging.getLogger(__name__)

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
        rest = f"; and {more} more" if more > 0 else ""
        super().__init__(f"the plan is stale: {shown}{rest}. Read the cloud again, and plan again")


class Ready:
    """A run that was found fit to start; nothing is touched before :meth:`go`. Use it in a ``with``.

    Parameters
    ----------
    runner
        What carries it out; ``runner.interrupt()`` stops it.
    held
        What is let go of at the end: cloud, lock, journal.
    lock, journal
        Of these the two whose end depends on how the run ended; None for a dry run.
    outcome
        What it has come to already; None where it is to be carried out.
    """

    def __init__(
        self,
        runner: Runner,
        held: ExitStack,
        lock: Lock | None,
        journal: NewJournal | None = None,
        outcome: Outcome | None = None,
    ) -> None:
        self.runner = runner
        self._held, self._lock, self._journal = held, lock, journal
        self._begun = False
        self._outcome = outcome
        self._is_over = outcome is not None

    def go(self) -> Outcome:
        """Carry it out.

        Raises
        ------
        OSError
            The journal cannot be written any more. Nothing is asked for without it; what flies goes on, and
            the lock stays for a resume.
        """
        self.begin()
        while (outcome := self.step()) is None:
            self.runner.rest()
        return outcome

    def begin(self) -> None:
        """From here on things are done."""
        self._begun = True
        if self._journal is not None:
            self._journal.keep()

    def step(self) -> Outcome | None:
        """Do what can be done now; see :meth:`Runner.step`. Where it is over, that is nothing."""
        if not self._is_over:
            self._outcome = self.runner.step()
        return self._outcome

    @property
    def has_more_to_do(self) -> bool:
        """Tell whether there may be anything to ask the cloud for."""
        return not self._is_over and bool(self.runner.num_left or self.runner.unsettled)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._lock is not None and self._begun:
            # Of a run that was not begun nothing is known that was not known before: see Lock.
            self._lock.keep(self._may_still_run)
        self._held.close()

    @property
    def _may_still_run(self) -> bool:
        return self._outcome is None or bool(self._outcome.running)


class NewJournal:
    """A journal that was just begun, and is removed again if nothing comes of it."""

    def __init__(self, path: str | Path, head: Head) -> None:
        self._path, self._is_kept = Path(path), False
        self.journal = Journal.create(path, head)

    def keep(self) -> None:
        """Let it stay."""
        self._is_kept = True

    def close(self) -> None:
        """Close it; remove it where nothing was done."""
        self.journal.close()
        if not self._is_kept:
            self._path.unlink()


def prepare(
    cloud: Cloud | str,
    pool: Pool,
    plan: PlanFile,
    *,
    journal: str | Path | None = None,
    dry_run: bool = False,
    options: Options | None = None,
    clock: Timekeeper | None = None,
    watcher: Watcher | None = None,
    replan: Replan | None = None,
    break_lock: bool = False,
    until: datetime | None = None,
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
    until
        Nothing is begun that should end later, by the durations of the pool; local time unless it says
        otherwise. None: it goes on until all is done.

    Raises
    ------
    StaleError
        The cloud is not what the plan was made for.
    LockedError
        Somebody else runs a plan there.
    PlannerError
        The plan does not fit the pool, or the cloud cannot be reached, asked a few times within a minute, or
        can never do what the plan has; or ``until`` is over.
    """
    if isinstance(cloud, str):
        refuse_password(cloud)
    check_kind("pool", pool, Pool)
    check_kind("plan", plan, PlanFile)
    check_kind_if_given("options", options, Options)
    _check_plan(pool, plan)
    options = options or Options()
    if dry_run:
        return _prepare_dry(cloud, pool, plan, options, clock, watcher, replan or _replan(plan), until)
    if journal is None:
        raise JournalError("a run needs a journal to write to, a dry run none")
    head = _head(cloud, pool, plan, options, clock or WallClock())
    with ExitStack() as undo:
        # The journal first: whatever ends this process from here on, there is something to resume.
        begun = NewJournal(journal, head)
        undo.callback(begun.close)
        lock = acquire(_ticket(head, journal), break_lock=break_lock)
        undo.callback(lock.release)
        opened = _opened(cloud, pool, options, clock, undo)
        runner = _runner(opened, pool, options, clock, watcher, replan or _replan(plan), undo, until)
        _follow(runner, plan)
        runner.write_to(begun.journal)
        return Ready(runner, undo.pop_all(), lock, begun)


def _prepare_dry(
    cloud: Cloud | str,
    pool: Pool,
    plan: PlanFile,
    options: Options,
    real: Timekeeper | None,
    watcher: Watcher | None,
    replan: Replan,
    until: datetime | None,
) -> Ready:
    with ExitStack() as undo:
        opened = _opened(cloud, pool, options, real, undo)
        if until is None:
            clock = FakeClock()
            dry = DryCloud(opened, clock.now)
        else:  # what gets done by then depends on how long it takes
            clock = FakeClock(time.time(), opened.speed)
            dry = DryCloud(opened, clock.now, Durations(pool.current).of)
        real = real or WallClock(opened.speed)
        runner = _runner(dry, pool, options, clock, watcher, replan, undo, until, real)
        _follow(runner, plan)
        return Ready(runner, undo.pop_all(), None)


def _opened(
    cloud: Cloud | str, pool: Pool, options: Options, clock: Timekeeper | None, undo: ExitStack
) -> Cloud:
    if isinstance(cloud, str):
        opened = first_answer(
            partial(open_cloud, cloud, pool.current),
            clock or WallClock(),
            max_tries=options.max_tries,
            poll_s=Cloud.poll_s,
        )
    else:
        opened = cloud
    undo.callback(_let_go, opened)
    return opened


def _let_go(cloud: Cloud) -> None:
    """Close a cloud; an adapter that breaks at that changes nothing of what the run came to."""
    try:
        cloud.close()
    except Exception as error:
        log.warning("%s in the adapter, as it was closed", type(error).__name__)


def _follow(runner: Runner, plan: PlanFile) -> None:
    """Carry the plan out, unless the cloud can never do it, or is not what it was made for."""
    steps, asked = plan.steps(), runner.picture.names.asked
    for action in steps:
        if why := runner.cloud.cannot(asked(action)):
            raise CloudError(f"{describe(action)}: {why}")
    if found := changes(runner.picture, steps):
        raise StaleError(found)
    runner.follow_plan(plan)


def prepare_resume(
    journal: str | Path,
    *,
    cloud: Cloud | str | None = None,
    clock: Timekeeper | None = None,
    watcher: Watcher | None = None,
    replan: Replan | None = None,
    break_lock: bool = False,
    rules: Sequence[Rule] = (),
    until: datetime | None = None,
) -> Ready:
    """Get ready to go on with a run, whatever ended it: look where everything is, and keep what is done.

    Parameters
    ----------
    cloud
        Default: the one that the journal names.
    rules
        The rules of one's own that the pool had; the journal holds but their names.
    until
        As for :func:`prepare`; what the run before was told is over.

    Raises
    ------
    JournalError
        It is no journal; ``rules`` are not those that the run had; its pool was changed since; or a live
        process writes it.
    LockedError
        It still runs, or somebody else runs a plan there.
    StaleError
        It has finished, and somebody has moved VMs since: that is no longer the business of its plan.
    PlannerError
        The cloud cannot be reached, asked as by :func:`prepare`.
    """
    head = read_journal(journal).head
    pool = _pool_under(head, rules)
    with ExitStack() as undo:
        lock = acquire(_ticket(head, journal), break_lock=break_lock)
        undo.callback(lock.release)
        reopened = Journal.reopen(journal, break_lock=break_lock)
        undo.callback(reopened.close)
        # Read only now, that nobody else writes.
        story = story_of(read_journal(journal))
        _check_story(pool, story)
        opened = _opened(head.cloud if cloud is None else cloud, pool, head.options, clock, undo)
        replan = replan or _replan(head.plan)
        runner = _runner(opened, pool, head.options, clock, watcher, replan, undo, until)
        runner.picture.remember(story.hosts)
        runner.follow_plan(story.plan, story.past)
        runner.flights.num_done = len(story.done)
        for vm in story.past.off_by_us:
            runner.picture.turned(vm, on=False)
        outcome = None
        if story.end is not None and story.end.event == "finished":
            lock.keep(False)  # nothing runs of it, though it may have died over these last words
            outcome = _unmoved(runner, story.end)
        runner.write_to(reopened)
        return Ready(runner, undo.pop_all(), lock, outcome=outcome)


def _pool_under(head: Head, rules: Sequence[Rule]) -> Pool:
    """Give the pool of a journal with its rules of one's own, which a new plan must keep too."""
    if sorted(rule.name for rule in rules) != sorted(head.rules):
        had = ", ".join(head.rules) or "none"
        given = ", ".join(rule.name for rule in rules) or "none"
        raise JournalError(f"the run had rules of its own: {had}; give them with rules=, given: {given}")
    if fingerprint(head.pool) != head.fingerprint:
        raise JournalError("the pool in its first line is not the one that the run began with")
    pool = head.pool.pool()
    current = pool.current.changed(rules=rules)
    return Pool(current, current.placed(pool.target.placement))


def _check_plan(pool: Pool, plan: PlanFile) -> None:
    if plan.status not in ("optimal", "feasible"):
        raise PlanError(f"the plan file holds no plan: its status is {plan.status}")
    if violations := replay(pool, plan.steps()):
        raise PlanError(f"the plan does not fit the pool: {violations[0]}")
    plan.check_waits()


def _check_story(pool: Pool, story: Story) -> None:
    """Refuse a journal whose plans were changed since: what they name must be there."""
    state = pool.current
    for number, action in story.actions.items():
        hosts = [host for host in ends_of(action) if host is not None]
        if not state.has_vm(action.vm) or not all(map(state.has_host, hosts)):
            raise JournalError(f"action {number} ({describe(action)}): names what its pool does not have")
    story.plan.check_waits()


def _unmoved(runner: Runner, end: Event) -> Outcome | None:
    """Give what a run has come to that has finished; None where a VM of it has got into trouble since.

    Whom somebody has moved since is not brought back, nor whom somebody is moving now.

    Raises
    ------
    StaleError
        Somebody has moved VMs since.
    """
    picture = runner.picture
    if found := off_target(picture):
        raise StaleError([f"its run has finished at {end.at}", *found])
    if any(picture.is_in_error_on_target(vm.name) for vm in picture.pool.vms):
        return None
    return Outcome(End.FINISHED, done=runner.flights.num_done)


def _head(cloud: Cloud | str, pool: Pool, plan: PlanFile, options: Options, clock: Timekeeper) -> Head:
    file = PoolFile.of(pool)
    return Head(
        pool=file,
        plan=plan,
        cloud=from_anywhere(cloud) if isinstance(cloud, str) else name_of(cloud),
        fingerprint=fingerprint(file),
        owner=whoami(),
        at=clock.stamp(),
        options=options,
        rules=tuple(rule.name for rule in pool.current.extra_rules),
    )


def _ticket(head: Head, journal: str | Path) -> Ticket:
    # By the cloud's own ids: two clouds that somebody calls the same have other hosts all the same.
    hosts = tuple(host.labels.get("id", host.name) for host in head.pool.hosts)
    # An id that is but the name (Ganeti has no other) may be another's too. A simulated cloud is its file,
    # and the ids in it are those of the cloud that its pool was read from.
    is_simulated = head.cloud.partition(":")[0] == "simulated"
    has_ids = not is_simulated and all(
        ident != host.name for ident, host in zip(hosts, head.pool.hosts, strict=True)
    )
    return Ticket(cloud_locked(head.cloud), hosts, real_path(journal), whoami(), WallClock().stamp(), has_ids)


def _runner(
    cloud: Cloud,
    pool: Pool,
    options: Options,
    clock: Timekeeper | None,
    watcher: Watcher | None,
    replan: Replan,
    undo: ExitStack,
    until: datetime | None,
    real: Timekeeper | None = None,
) -> Runner:
    """Give what carries a plan out, with a first look at the cloud.

    Parameters
    ----------
    real
        What that look goes by where ``clock`` is that of a dry run.
    """
    careful = CarefulCloud(cloud)
    clock = clock or WallClock(careful.speed)
    window = None
    if until is not None:
        window = window_until(until, clock, careful.speed, options.max_parallel)
    seen = first_answer(careful.observe, real or clock, max_tries=options.max_tries, poll_s=careful.poll_s)
    picture = Picture(pool, seen, keeps_room=careful.keeps_room)
    runner = Runner(
        careful,
        picture,
        options=options,
        clock=clock,
        watcher=watcher or Watcher(),
        replan=replan,
        window=window,
    )
    # However it ends, cloud and lock are not let go of before the last request is answered.
    undo.callback(runner.flights.close)
    return runner


def _replan(plan: PlanFile) -> Replan:
    return lambda pool: plan_anew(pool, plan.objective)
