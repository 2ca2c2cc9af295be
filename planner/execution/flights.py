"""What happens to single actions: asked for, followed, looked at until it is known what came of them."""

from __future__ import annotations

import logging
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from models.actions import Migration, Provision, Shutdown, Start, Stop, ends_of
from models.errors import PlannerError
from planner.clouds.protocol import CloudError, Phase, RefusedError, Running
from planner.clouds.seen import Power
from planner.execution.asker import Asker
from planner.execution.events import Event, EventName, Options
from planner.execution.late_stops import LateStops, is_stop
from planner.execution.looking import (
    KEEPS_ROOM,
    Finding,
    Next,
    Stand,
    is_down,
    judge_before,
    leaves_one_down,
    look,
    looks_before,
    standing,
)
from planner.execution.others import OtherMigrations, called
from planner.execution.stale import arrives_on
from planner.execution.steps import State, Step, Steps
from planner.scheduling.giving_way import GivingWay

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future

    from models.durations import Durations
    from models.ways import Slot, Wire
    from planner.clouds.protocol import Cloud, Progress
    from planner.clouds.seen import SeenVM
    from planner.execution.clock import Timekeeper
    from planner.execution.limits import Limits
    from planner.execution.log import Log
    from planner.execution.looking import LookBefore
    from planner.execution.others import Theirs
    from planner.execution.picture import Picture

log = logging.getLogger(__name__)

ESTIMATES = 5
"""An action may take so many times its estimate, and ``GRACE_S`` on top, before its time is up."""

GRACE_S = 60.0
"""Seconds on top of the estimates: what a cloud takes before an action begins and after it has ended."""

QUEUED_FOR = 10
"""In the cloud's own queue it may be so many times as long."""

LATE = 2
"""Who takes more than so many times the estimate is late: nobody gives way to those that wait for it."""

PATIENCE_S = 600.0
"""Seconds at the least that others are waited for while nothing of theirs ends: they may copy disks."""

LONGEST_PAUSE_S = 60.0
"""Seconds before the next try at the most, however often it was refused."""


class Flights:
    """The actions of a run, each by itself: asked for, followed, looked at.

    Parameters
    ----------
    cloud, picture, limits, durations, log, clock, options
        Of the run.

    Attributes
    ----------
    steps
        Of the plan that is carried out.
    flying
        Number -> what is under way, or may be.
    failed, held, lost
        What must be dealt with once nothing flies any more.
    is_left
        What flies is left as it is: nobody is looked at any more. Fit to be set by a signal handler.
    """

    def __init__(
        self,
        cloud: Cloud,
        picture: Picture,
        limits: Limits,
        durations: Durations,
        log: Log,
        clock: Timekeeper,
        options: Options,
    ) -> None:
        self.cloud, self.picture, self.limits, self.durations = cloud, picture, limits, durations
        self.log, self.clock, self.options = log, clock, options
        self._asker = Asker(cloud.at_a_time)
        self.steps = Steps([])
        self.flying: dict[int, Step] = {}
        self.failed: list[Step] = []
        self.held: list[Step] = []
        self.lost: list[Step] = []
        self.is_left = False
        self.others = OtherMigrations(picture.names, limits, durations)
        self._no_answer = ""
        self._silent = ""
        self._landed_at = clock.now()
        self._turns = self._turns_of(self.steps)
        self._late_stops = LateStops(self.steps)
        self._gave_way_on: set[Slot | Wire] = set()
        self._late_on: set[Slot | Wire] = set()
        self._taken: set[int] = set()
        self.num_done = 0

    def follow_plan(self, steps: Steps) -> None:
        """Turn to another plan; what became of the one before is forgotten."""
        self.steps, self.failed, self.held = steps, [], []
        self._gave_way_on.clear()
        self._taken.clear()
        self._turns = self._turns_of(steps)
        self._late_stops = LateStops(steps)

    def _turns_of(self, steps: Steps) -> GivingWay[Slot | Wire]:
        """Give who gives way to whom; who has no time in the plan has no turn either."""
        timed = [step for step in steps if step.planned_s is not None]
        return GivingWay(
            [step.number for step in sorted(timed, key=lambda step: step.turn)],
            uses=lambda number: self._uses_of_hosts(steps.all[number]),
            has_begun=lambda number: number in self._taken or steps.all[number].state is not State.WAITING,
            is_soon=lambda number: self._is_soon(steps.all[number]),
        )

    def _uses_of_hosts(self, step: Step) -> list[tuple[Slot | Wire, float]]:
        return [(limit, amount) for limit, amount in self.limits.uses(step.action) if limit.owner is not None]

    # Asking

    @property
    def awaited(self) -> list[Future[str | CloudError]]:
        """Give the requests that no answer was heard to yet."""
        return self._asker.awaited

    @property
    def most_to_ask(self) -> int:
        """Give how many actions the cloud may be asked for now, beside those that it has not answered."""
        return self._asker.most - len(self._asker.awaited)

    def may_take(self, step: Step) -> bool:
        """Count an action whose turn it is in the limits; False, and parked, where one is in the way.

        It gives way too to another that is soon to start, but for nobody where nothing is under way. A stop
        waits for its turn.
        """
        if is_stop(step) and (why := self._why_never_started(step)):
            self._hold(step, why)
            return False
        if self._is_too_soon(step):
            self.steps.hold_back(step)
            return False
        limit = self.limits.blocks(step.action)
        if limit is not None and self.limits.blocks(step.action, with_others=False) is None:
            self._waits_for_others(step, limit)
        if limit is None and self.flying:
            limit = self._turns.on(step.number, self.limits.room(step.action).__getitem__)
            if limit is not None:
                self._gave_way_on.add(limit)
        if limit is not None:
            self.steps.park(step, limit)
            return False
        self.limits.take(step.action)
        self._taken.add(step.number)
        return True

    def _why_never_started(self, stop: Step) -> str:
        """Say what is held that the VM of a stop needs to be started again; empty where nothing is."""
        if not self.held:
            return ""
        needed = self.steps.with_all_before(self.steps.starts_of(stop.action.vm))
        held = next((step for step in needed if step.state is State.HELD), None)
        return "" if held is None else f"could not be started again: {held.trouble}"

    def _is_too_soon(self, step: Step) -> bool:
        """Tell whether a step is a stop whose turn has not come, while there is something to wait for.

        That is all that is under way, that is tried again in a while, or that others hold up.
        """
        if not is_stop(step):
            return False
        goes_on = self.flying or self._taken or self.steps.next_at() is not None or self.is_held_up
        return bool(goes_on) and self._late_stops.is_too_soon(step, self.clock.now())

    def _waits_for_others(self, step: Step, limit: Slot | Wire) -> None:
        """Say once of each migration of others that it holds up one of ours."""
        step.why = self._why_held_up(limit)
        for it in self.others.untold(limit):
            text = f"migrates {it.text}, which others asked for: {step.text} waits for it ({called(limit)})"
            self.log.write(Event(self.clock.stamp(), "observed", None, it.vm, text))

    def _why_held_up(self, limit: Slot | Wire) -> str:
        """Say what others migrate over a limit."""
        who = self.others.on(limit)
        more = f" and {len(who) - 1} more" if len(who) > 1 else ""
        return f"others migrate {who[0].vm}: {who[0].text}{more} ({called(limit)})"

    @property
    def is_held_up(self) -> bool:
        """Tell whether, with nothing of ours under way, what may start waits for what others migrate."""
        return not self.flying and any(map(self.others.on, self.steps.parked_behind()))

    def gives_up_waiting(self) -> str:
        """Say over what others migrate nobody waits any longer; empty where there is hope, or no need."""
        now, why = self.clock.now(), ""
        for limit in filter(self.others.on, self.steps.parked_behind()):
            waited = min(self.others.unchanged_s(limit, now), now - self._landed_at)
            longest = max(map(self._estimate_of, self.others.on(limit)))
            if waited < max(PATIENCE_S, time_out_s(longest)):
                return ""
            why = why or f"{self._why_held_up(limit)}, for {waited:.0f} s and no end in sight"
        return why

    def hold_the_held_up(self) -> None:
        """Wait no longer for what others migrate: those that do so are to be planned anew."""
        for limit in filter(self.others.on, self.steps.parked_behind()):
            for step in self.steps.parked(limit):
                self._hold(step, self._why_held_up(limit))

    def _estimate_of(self, theirs: Theirs) -> float:
        """Give the seconds that a migration of others should take, where its VM is known; else 0."""
        with suppress(PlannerError):  # of one that never converges the usual patience is enough
            if theirs.vm in self.picture.vms:
                vm = self.picture.merged_vm(theirs.vm)
                return self.durations.of_others(vm, theirs.source, theirs.destination)
        return 0.0

    def look_at_others(self) -> None:
        """See what others migrate; where there is no answer, no migration is asked for."""
        ours = {step.action.vm for step in (*self.flying.values(), *self.lost)}
        try:
            self.steps.unpark(self.others.see(self.cloud.migrations(), ours, self.clock.now()))
            self._no_answer = ""
        except CloudError as error:
            self._no_answer = f"no answer: {error}"

    def _is_soon(self, step: Step) -> bool:
        """Tell whether the turn of an action may come soon.

        It was not put off, and waits neither for anybody late nor for a limit that such a one has a part of.
        """
        if step.state is not State.WAITING or step.tries or step.waits:
            return False
        if self._late_on and self.limits.blocks(step.action) in self._late_on:
            return False
        return all(other.is_flying and not self._is_late(other) for other in self.steps.waits_for(step))

    def _is_late(self, step: Step) -> bool:
        return self.clock.now() >= step.since + LATE * step.estimate_s

    def look_before(self, steps: Sequence[Step]) -> list[LookBefore]:
        """Look before each of some actions that the limits let go."""
        names = self.picture.names
        return self._asker.pairs([looks_before(self.cloud, names, it.action) for it in steps])

    def start(self, steps: Sequence[Step], looks: Sequence[LookBefore]) -> None:
        """Ask for what may be done by these looks, and note why not of the others."""
        self._taken.clear()
        going = []
        for step, (vm, host) in zip(steps, looks, strict=True):
            found = judge_before(self.picture, step.action, vm, host)
            if found.next is Next.GO and self._no_answer and isinstance(step.action, Migration):
                found = Finding(Next.WAIT, self._no_answer)
            if found.next is Next.GO:
                self._intend(step)
                going.append(step)
            else:
                self._leave_be(step, found)
        self._ask(going)

    def put_back(self, steps: Sequence[Step]) -> None:
        """Count actions no longer that the limits let go; their turn comes again."""
        self._taken.clear()
        for step in steps:
            self.steps.unpark(self.limits.give(step.action))
            self.steps.put_back(step)

    def _leave_be(self, step: Step, found: Finding) -> None:
        """Deal with an action that is not asked for."""
        if found.next is Next.FOLLOW:
            self._tell("observed", step, found.why)
            self.take_off(step)
            step.is_ours = False
            self._look_again(step, 0)
            return
        self.steps.unpark(self.limits.give(step.action))
        match found.next:
            case Next.THERE:
                self._tell("observed", step, found.why)
                self._done(step, found.why)
            case Next.WAIT:
                self._wait(step, found.why)
            case _:
                self._hold(step, found.why)

    def _intend(self, step: Step) -> None:
        step.tries += 1
        step.waits, step.is_ours = 0, True
        seen = self.picture.vms.get(step.action.vm)
        if seen is not None and seen.handle and arrives_on(step.action):
            step.foretold = seen.handle
        self._tell("intent", step, step.text, handle=step.foretold, tries=step.tries)
        self.take_off(step)

    def _ask(self, steps: Sequence[Step]) -> None:
        names = self.picture.names
        for step in steps:
            step.state = State.ASKED
            self._asker.request(step.number, partial(self.cloud.start, names.asked(step.action)))
        if self._asker.most == 1:
            self.hear()

    def hear(self) -> None:
        """Take note of the answers that have come to requests."""
        for number, answer in self._asker.heard():
            step = self.flying[number]
            step.until = self.clock.now() + time_out_s(step.estimate_s)
            match answer:
                case RefusedError():
                    self._refused(step, answer.why, transient=answer.transient)
                case CloudError():
                    self._tell("unknown", step, f"no answer to the request: {answer}")
                    self._look_again(step, self.cloud.settle_s)
                case handle:
                    step.state, step.handle = State.STARTED, handle
                    self._tell("accepted", step, handle=handle)

    def hear_all(self) -> None:
        """Wait for the answers to requests, and take note of them."""
        self._asker.wait()
        self.hear()

    def close(self) -> None:
        """Return when nothing is being asked any more; no answer is taken note of."""
        self._asker.close()

    def take_off(self, step: Step) -> None:
        """Count an action that the limits have let go as under way; its time runs from now, or its answer."""
        now = self.clock.now()
        step.state, step.since, step.until = State.UNKNOWN, now, now + time_out_s(step.estimate_s)
        step.handle, step.share, step.is_overdue, step.is_aborted, step.why = "", None, False, False, ""
        step.said = ""
        self.flying[step.number] = step
        self.picture.takes_off(step.action)

    def _land(self, step: Step, seen: SeenVM | None) -> None:
        del self.flying[step.number]
        self._landed_at = self.clock.now()
        self.picture.lands(step.action.vm, seen)
        self.steps.unpark(self.limits.give(step.action))

    def _refused(self, step: Step, why: str, *, transient: bool) -> None:
        """Take note that nothing was done; look again in a while where that may help."""
        self._land(step, self.picture.vms.get(step.action.vm))
        if transient and step.tries < self.options.max_tries:
            pause = self._pause(step.tries)
            step.why = f"refused for now: {why}"
            self._tell("failed", step, step.why, again_in_s=pause)
            self.steps.put_off(step, self.clock.now() + pause)
        elif source := self._left_behind_on(step):
            self._hold(step, is_down(source))
        else:
            self._fail(step, f"refused: {why}")

    def _left_behind_on(self, step: Step) -> str | None:
        """Give the host that a refused action was to leave if it is down: nobody looks at that one before."""
        source = ends_of(step.action)[0]
        if source is None or self.is_left:
            return None
        try:
            found = self.cloud.look_at_host(self.picture.names.cloud_host(source))
        except CloudError:
            return None
        self.picture.see_host(source, *(found or (None, ())))
        return leaves_one_down(self.picture, step.action)

    def _wait(self, step: Step, why: str) -> None:
        step.waits += 1
        step.why = why
        if step.waits > self.options.max_tries:
            self._hold(step, why)
        else:
            self.steps.put_off(step, self.clock.now() + self._pause(step.waits))

    def _pause(self, times: int) -> float:
        """Give a pause that doubles each time."""
        return min(LONGEST_PAUSE_S, self.cloud.poll_s * 2.0 ** (times - 1))

    # Following

    def settle(self) -> None:
        """Find out what has become of all that flies; who gave way, or waits for others, may look anew."""
        self.steps.unpark([*self._gave_way_on, *self.others.limits])
        self._gave_way_on.clear()
        late = filter(self._is_late, self.flying.values())
        self._late_on = {limit for step in late for limit, _ in self.limits.uses(step.action)}
        started = [step for step in self.flying.values() if step.state is State.STARTED]
        heard = self._heard(started)
        for step in started:
            if self.is_left:  # each may cost a look that nobody answers
                return
            self._take_note(step, heard.get(step.handle))
        now = self.clock.now()
        for step in [it for it in self.flying.values() if it.state is State.UNKNOWN]:
            if self.is_left:
                return
            if step.not_before <= now:
                self._look(step)

    def _heard(self, started: list[Step]) -> dict[str, Progress]:
        if not started:
            return {}
        running = [Running(self.picture.names.asked(step.action), step.handle) for step in started]
        silent, self._silent = self._silent, ""
        try:
            return dict(self.cloud.follow(running))
        except CloudError as error:
            self._silent = str(error)
            if self._silent != silent:  # once, not at each look until it answers again
                log.warning("no answer about what runs: %s", error)
            return {}

    def _take_note(self, step: Step, progress: Progress | None) -> None:
        now = self.clock.now()
        match None if progress is None else progress.phase:
            case Phase.RUNNING | Phase.QUEUED | None:
                if progress is not None:
                    step.share, step.said = progress.share, progress.why
                    if progress.copied_mib is not None and isinstance(step.action, Migration):
                        self._copies(step, step.action, progress.copied_mib)
                    if progress.phase is Phase.QUEUED:
                        most = step.since + QUEUED_FOR * time_out_s(step.estimate_s)
                        step.until = min(most, now + time_out_s(step.estimate_s))
                if now >= step.until:
                    self._time_is_up(step)
            case Phase.DONE | Phase.UNKNOWN:
                assert progress is not None
                self._look(step, seen=progress.seen)
            case Phase.FAILED:
                assert progress is not None
                self._look(step, progress, progress.seen)

    def _copies(self, step: Step, migration: Migration, mib: float) -> None:
        """Give a migration the time that it needs where it is found to copy disks as well."""
        with suppress(ValueError):  # of no size that can be meant: it keeps the time that it has
            estimate_s = self.durations.copying(migration, mib)
            if estimate_s > step.estimate_s:
                step.until += time_out_s(estimate_s) - time_out_s(step.estimate_s)
                step.estimate_s = estimate_s

    def _time_is_up(self, step: Step) -> None:
        """Ask the cloud to give it up, once; whatever it says, look what came of it.

        What others have asked for is theirs: it is left alone, and its VM with it.
        """
        waited = self.clock.now() - step.since
        if not step.is_ours:
            self._land(step, self.picture.vms.get(step.action.vm))
            self._hold(step, f"is in the middle of something that others asked for, {waited:.0f} s by now")
            return
        self._tell("unknown", step, f"no end after {waited:.0f} s{self._counted(step)}{_and(step.said)}")
        if step.handle:
            try:
                self.cloud.abort(Running(self.picture.names.asked(step.action), step.handle))
                step.is_aborted = True
            except CloudError as error:
                log.warning("%s: not aborted: %s", step.text, error)
                step.said = f"{step.said}{_and(f'not aborted: {error}')}".removeprefix("; ")
        step.is_overdue = True
        step.until = self.clock.now() + time_out_s(step.estimate_s)
        self._look_again(step, self.cloud.poll_s)

    def _look_again(self, step: Step, pause: float) -> None:
        step.state, step.not_before = State.UNKNOWN, self.clock.now() + pause

    def _look(self, step: Step, failure: Progress | None = None, seen: SeenVM | None = None) -> None:
        """Look at the VM of a step that has ended, or that nobody knows about, unless it was just seen."""
        try:
            seen = seen or look(self.cloud, self.picture.names, step.action)
        except CloudError as error:
            self._not_known(step, f"no answer: {error}")
            return
        stand, text = standing(self.picture.names, step.action, seen)
        match stand:
            case Stand.AT_END if arrives_on(step.action) and seen is not None and seen.power is Power.OTHER:
                # It has got there, and not well, whether or not the cloud says so: nobody shall read that it
                # is done. It may recover before somebody reads this, so it is told as what was.
                self._land(step, seen)
                if step.is_ours:
                    not_well = f"got to {arrives_on(step.action)}, and did not run properly"
                    self._fail(step, self._failure(not_well, failure))
                else:
                    self._hold(step, f"{text}, and {seen.why_not}")
            case Stand.AT_END if self._is_off_otherwise(step, seen, failure):
                self._land(step, seen)
                self._fail(step, self._failure(KEEPS_ROOM, failure))
            case Stand.AT_END if why := self._not_seen_to(step):
                self._not_known(step, why)
            case Stand.AT_END:
                self._land(step, seen)
                self._done(step, text)
            case Stand.UNDERWAY | Stand.BUSY:
                if failure is None or self.clock.now() >= step.until:
                    self._still_flies(step, seen, text)
            case Stand.ELSEWHERE:
                self._land(step, seen)
                if step.is_ours:
                    self._fail(step, self._failure(text, failure))
                else:
                    self._hold(step, text)
            case Stand.AT_START:
                self._came_to_nothing(step, seen, text, failure)

    def _not_seen_to(self, step: Step) -> str:
        """Follow one that has come to its end without an answer, by what the cloud would have called it.

        What an adapter does for a VM that has arrived it does only where it is asked how far that is. Say why
        it could not be asked; empty where it was, or need not be.
        """
        if not step.is_ours or step.foretold in ("", step.handle):
            return ""
        try:
            self.cloud.follow([Running(self.picture.names.asked(step.action), step.foretold)])
        except CloudError as error:
            return f"no answer: {error}"
        return ""

    def _counted(self, step: Step) -> str:
        """Say what the time of a migration was reckoned from, where that may be too little."""
        vm = self.picture.merged_vm(step.action.vm)
        if not isinstance(step.action, Migration) or vm.migration_s is not None or vm.copied_mib is not None:
            return ""
        return f" (its estimate, {step.estimate_s:.0f} s, counts RAM; where disks are copied, set copied_mib)"

    @staticmethod
    def _failure(text: str, failure: Progress | None) -> str:
        return f"{failure.why or 'failed'}; it {text}" if failure is not None else text

    def _is_off_otherwise(self, step: Step, seen: SeenVM | None, failure: Progress | None) -> bool:
        """Tell whether a VM is off and keeps its room, and our request has failed or was never answered."""
        is_off = isinstance(step.action, Shutdown | Stop) and seen is not None and seen.host is not None
        return is_off and (not step.handle or failure is not None) and self.cloud.keeps_room

    def _still_flies(self, step: Step, seen: SeenVM | None, text: str) -> None:
        may_adopt = step.state is State.UNKNOWN and not step.is_overdue
        if may_adopt and seen is not None and seen.handle and self._may_be(step, seen):
            step.state, step.handle = State.STARTED, seen.handle
            self._tell("observed", step, text, handle=seen.handle)
        else:
            self._not_known(step, text)

    def _may_be(self, step: Step, seen: SeenVM) -> bool:
        """Tell whether what runs on a VM may be this action: it goes nowhere else, as far as anybody says."""
        return seen.goes_to is None or self.picture.names.host(seen.goes_to) == arrives_on(step.action)

    def _not_known(self, step: Step, text: str) -> None:
        """Look again, until its time is up; then abort it, and when that is up too, give up looking."""
        if self.clock.now() < step.until:
            self._look_again(step, self.cloud.poll_s)
        elif not step.is_overdue:
            self._time_is_up(step)
        else:
            text = f"{text}{_and(step.said)}"
            step.state, step.why = State.LOST, f"nobody knows what came of it: {text}"
            self._tell("unknown", step, f"given up looking: {text}")
            del self.flying[step.number]
            self.lost.append(step)

    def _came_to_nothing(self, step: Step, seen: SeenVM | None, text: str, failure: Progress | None) -> None:
        """Take note that a VM is idle where it was.

        A request that nobody answered may still be taken up for a moment; only after that moment it has come
        to nothing. One that the cloud calls done or running has failed if the VM does not get there in time,
        and one that the cloud has agreed to give up has failed at once.
        """
        settled = self.clock.now() >= step.since + self.cloud.settle_s
        may_move = step.handle and not step.is_aborted and self.clock.now() < step.until
        if failure is None and (not settled or may_move):
            self._look_again(step, self.cloud.poll_s)
            return
        self._land(step, seen)
        if not step.is_ours:
            self._tell("observed", step, f"what others asked for came to nothing: it {text}")
            self._wait(step, text)
            return
        nothing_done = failure is None and not step.handle
        may_pass = nothing_done or (failure is not None and failure.is_transient)
        if may_pass and step.tries < self.options.max_tries:
            pause = self._pause(max(step.tries, 1))
            if nothing_done:
                self._tell("observed", step, f"the request came to nothing: it {text}")
            else:
                step.why = self._failure(text, failure)
                self._tell("failed", step, step.why, again_in_s=pause)
            self.steps.put_off(step, self.clock.now() + pause)
        else:
            late = f"no end in time; it {text}{self._counted(step)}"
            self._fail(step, self._failure(text, failure) if failure else late)

    # What came of it

    def _done(self, step: Step, text: str) -> None:
        self._tell("done", step, text)
        step.why = ""  # of what it had to wait for
        self.num_done += 1
        if not isinstance(step.action, Migration):
            self.picture.turned(step.action.vm, on=isinstance(step.action, Start | Provision))
        self.steps.done(step)

    def _fail(self, step: Step, why: str) -> None:
        step.state, step.why = State.FAILED, why
        self._tell("failed", step, why)
        self.failed.append(step)

    def _hold(self, step: Step, why: str) -> None:
        step.state, step.why = State.HELD, why
        self._tell("held", step, why)
        self.held.append(step)

    def _tell(
        self,
        event: EventName,
        step: Step,
        text: str = "",
        *,
        handle: str = "",
        tries: int = 0,
        again_in_s: float | None = None,
    ) -> None:
        self.log.write(
            Event(
                self.clock.stamp(),
                event,
                step.number,
                step.action.vm,
                text,
                handle=handle,
                tries=tries,
                again_in_s=again_in_s,
            )
        )


def _and(text: str) -> str:
    """Give a text to be added to another; nothing where it is empty."""
    return f"; {text}" if text else ""


def time_out_s(estimate_s: float) -> float:
    """Give the seconds after which an action that should take so long is no longer waited for."""
    return GRACE_S + ESTIMATES * estimate_s
