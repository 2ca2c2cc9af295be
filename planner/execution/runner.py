"""Carrying a plan out: start what may start, follow what runs, and look before and after everything.

The rules it keeps:

- What it is about to do is in the journal, synced, before the request; what came of it, after.
- Before each action it looks: done already is done; anything else than the plan has it is held.
- No answer, no end in time: unknown, so it looks. It asks again only for what it saw to have come to nothing.
- A VM in flight counts on both its hosts until it has been seen to have landed.
- After a failure nothing new is started. What runs is let settle; then it stops, or plans anew from what is
  seen. Nothing is rolled back: every cut of the precedences is safe.
"""

from __future__ import annotations

from contextlib import suppress
from functools import cache, partial
from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace

from models.actions import Stop
from models.durations import Durations
from models.errors import PlannerError
from models.plan_file import ProvisionEntry, StartEntry
from planner.clouds.protocol import CloudError
from planner.execution.events import Event
from planner.execution.flights import Flights
from planner.execution.limits import Limits
from planner.execution.log import Log
from planner.execution.maintenance_window import owed
from planner.execution.outcome import LEFT_RUNNING, NOT_ITS_TURN, STILL_OFF, End, Outcome, not_well
from planner.execution.past import NOTHING_YET, Past
from planner.execution.retarget import Retargeted, retarget
from planner.execution.steps import State, Steps, steps_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from models.actions import Action
    from models.plan_file import PlanFile
    from models.pool import Pool
    from planner.clouds.protocol import Cloud
    from planner.execution.clock import Timekeeper
    from planner.execution.events import EventName, Options
    from planner.execution.log import Sink
    from planner.execution.maintenance_window import MaintenanceWindow
    from planner.execution.picture import Picture
    from planner.execution.planning import Replan
    from planner.execution.steps import Step
    from planner.execution.watching import Watcher

Answer = TypeVar("Answer")

LEAST_PAUSE_S = 0.01
"""Seconds between two looks at the least, so that nothing spins."""

MOST_FAILURES = 2
"""A VM whose actions have failed so often is not tried again."""


class Runner:
    """One run of a plan.

    Parameters
    ----------
    cloud
        Behind :class:`~planner.execution.careful.CarefulCloud`.
    picture
        The pool whose plan it is, and the cloud as it was seen last.
    options, clock, watcher
        How to go about it, the time, and who is told.
    replan
        What makes new plans.
    window
        When it has to be at rest. None: whenever it is done.

    Attributes
    ----------
    flights
        Its actions.
    replans
        How often it was planned anew.
    given_up
        VM -> why the last new plan leaves it where it is.
    is_at_rest
        Nothing runs, and a look at the whole cloud or the search for a new plan takes its time: whoever
        interrupts the run may end that by a ``KeyboardInterrupt``.
    """

    def __init__(
        self,
        cloud: Cloud,
        picture: Picture,
        *,
        options: Options,
        clock: Timekeeper,
        watcher: Watcher,
        replan: Replan,
        window: MaintenanceWindow | None = None,
    ) -> None:
        self.cloud, self.pool, self.picture = cloud, picture.pool, picture
        self.options, self.clock, self.watcher = options, clock, watcher
        self.durations = Durations(self.pool.current)
        self._log, self._replan, self.window = Log(watcher.event), replan, window
        limits = Limits(self.durations, options.max_parallel, self.pool.current.timing.max_parallel)
        self.flights = Flights(cloud, picture, limits, self.durations, self._log, clock, options)
        self.replans = 0
        self.given_up: dict[str, str] = {}
        self.interrupts = 0
        self.is_at_rest = False
        self._look_at = clock.now()
        self._has_more_to_start = False
        self._last_number = 0
        self._num_done_before: int | None = None
        self._failures: dict[str, list[Step]] = {}
        self._tired: dict[str, str] = {}

    def follow_plan(self, plan: PlanFile, past: Past = NOTHING_YET) -> None:
        """Carry out this plan from now on.

        Parameters
        ----------
        past
            What a run before has come to: actions that are done, and those that were asked for and whose
            outcome is not known, with their handles.
        """
        made = steps_of(plan, self.estimate, past.done)
        started = [step for step in made if step.number in past.open]
        for step in made:
            step.foretold = past.foretold.get(step.number, "")
        for step in started:
            step.state = State.UNKNOWN
        steps = Steps(made)
        self._last_number = max([self._last_number, *steps.all])
        self.flights.follow_plan(steps)
        for step in started:
            self.flights.limits.take(step.action)
            self.flights.take_off(step)
            step.handle, step.is_ours = past.open[step.number], step.number in past.asked
            step.state = State.STARTED if step.handle else State.UNKNOWN

    def estimate(self, action: Action) -> float:
        """Give the seconds that an action should take."""
        return self.durations.of(action)

    def interrupt(self) -> None:
        """Start nothing new; at the second call, leave what runs as it is. Fit for a signal handler."""
        self.interrupts += 1
        self.flights.is_left = self.interrupts > 1
        self.clock.wake()

    def write_to(self, journal: Sink) -> None:
        """Write to this journal from now on."""
        self._log.journal = journal

    def step(self) -> Outcome | None:
        """Look at what flies, and start what may start; None where there is more to do, after a pause."""
        outcome = self._step()
        self._log.journal.sync()
        return outcome

    def _step(self) -> Outcome | None:
        self.flights.hear()
        is_due = self._look_at <= self.clock.now() + LEAST_PAUSE_S
        if is_due:
            self._look_at = self.clock.now() + self.cloud.poll_s
            self.flights.settle()
        if self.interrupts > 1:
            return self._leave()
        self._start_what_may()
        if is_due and not self._has_more_to_start:
            # A cloud that is slow to answer is left alone for half a poll all the same.
            self._look_at = max(self._look_at, self.clock.now() + self.cloud.poll_s / 2)
        self.watcher.look(self)
        if self.flights.flying or (not self._is_closing and self.flights.steps.next_at() is not None):
            return None
        if self.flights.is_held_up and not self._is_closing:
            if not (why := self.flights.gives_up_waiting()):
                return None
            if self._num_done_before == self.flights.num_done:  # nor has a new plan found a way around it
                return self._end(End.STOPPED, why)
            self.flights.hold_the_held_up()
        return self._turn()

    @property
    def num_left(self) -> int:
        """Give how many actions are not done."""
        return len(self.flights.steps) - self.flights.steps.num_done

    @property
    def unsettled(self) -> list[str]:
        """Give the VMs of the pool that were last seen elsewhere than on their targets, or not at rest."""
        vms = self.picture.vms
        busy = {name for name, seen in vms.items() if seen.busy and not self.picture.is_stranger(name)}
        return sorted({*self._off_target(), *busy})

    @property
    def _is_closing(self) -> bool:
        return bool(self.interrupts or self.flights.failed or self.flights.lost)

    def _start_what_may(self) -> None:
        """Start what may start, but look at what flies in between where a poll has passed meanwhile.

        However long a cloud takes to tell of what flies, something is started between two looks.
        """
        self._has_more_to_start = False
        self.flights.steps.call_again()
        while not self._is_closing and self.flights.steps.is_any_due(self.clock.now()):
            if not (some := self._next_ones()):
                return
            self._try_to_start(some)
            self.flights.steps.call_again()
            if self.flights.flying and self._look_at < self.clock.now():
                self._has_more_to_start = self.flights.steps.is_any_due(self.clock.now())
                return

    def _try_to_start(self, some: list[Step]) -> None:
        """Look before each of them, and start them if nothing that forbids it was heard of meanwhile."""
        looks = self.flights.look_before(some)
        self.flights.hear()
        if self._is_closing:
            self.flights.put_back(some)
        else:
            self.flights.start(some, looks)

    def _next_ones(self) -> list[Step]:
        """Take those whose turn it is, as many as the cloud may be asked for at a time."""
        flights = self.flights
        found: list[Step] = []
        if not (most := flights.most_to_ask):
            return found
        has_looked = False
        owes = cache(partial(owed, flights.steps))  # the same for all whose turn it is
        for step in flights.steps.due(self.clock.now(), lambda: flights.limits.lets_migrate):
            if flights.limits.is_full:
                flights.steps.put_back(step)
                break
            if self._is_too_late(step, owes):
                continue
            if not has_looked:
                flights.look_at_others()
                has_looked = True
            if flights.may_take(step):
                found.append(step)
            if len(found) == most:
                break
        return found

    def _is_too_late(self, step: Step, owes: Callable[[], set[int]]) -> bool:
        """Note that an action is not begun any more, if it is so."""
        window, steps = self.window, self.flights.steps
        if window is None or not window.keeps_out(step, steps, owes):
            return False
        step.state, step.why = State.TOO_LATE, window.why
        return True

    def pause(self) -> float:
        """Give the seconds to the next look at what flies, or less where somebody is due before."""
        flights, now = self.flights, self.clock.now()
        if self._has_more_to_start and not self._is_closing:
            return LEAST_PAUSE_S
        waits = [self._look_at - now] if flights.flying or flights.is_held_up else []
        next_at = flights.steps.next_at()
        if next_at is not None and flights.most_to_ask and not self._is_closing:
            waits.append(next_at - now)
        return max(LEAST_PAUSE_S, min(waits, default=0.0))

    def rest(self) -> None:
        """Let the pause pass, unless an answer comes before."""
        self.clock.sleep(self.pause(), self.flights.awaited)

    # When nothing flies and nothing may start

    def _turn(self) -> Outcome | None:
        """End, or go on with a new plan: None."""
        if self.interrupts:
            return self._end(End.INTERRUPTED, "interrupted")
        flights = self.flights
        if flights.lost:
            return self._end(End.STOPPED, flights.lost[0].trouble)
        if flights.failed and self.options.on_failure == "stop":
            return self._end(End.STOPPED, flights.failed[0].trouble)
        if why := self._why_no_longer():
            return self._end(End.STOPPED, why)
        try:
            self._look_at_everything()
        except CloudError as error:
            if not self.interrupts:
                return self._end(End.STOPPED, f"the cloud does not answer: {error}", looks=False)
        if self.interrupts:
            return self._end(End.INTERRUPTED, "interrupted", looks=False)
        because = self._because()
        new = self._retargeted()
        if not new.pool.displaced and not new.pool.shut_down and not new.pool.provisioned:
            self.given_up = new.left
            return self._nothing_left()
        return self._plan_anew(new, because)

    def _why_no_longer(self) -> str:
        """Say that it is too late for anything more, if it is, or what has failed before."""
        window, states = self.window, {step.state for step in self.flights.steps}
        if window is None or owed(self.flights.steps):
            return ""
        is_over = window.left_s <= 0 and states != {State.DONE}
        if not is_over and State.TOO_LATE not in states:
            return ""
        failed = self.flights.failed
        return failed[0].trouble if failed else f"what is left {window.why}"

    def _because(self) -> str:
        """Say what a new plan is needed for."""
        found = (*self.flights.failed, *self.flights.held)
        return found[0].trouble if found else "not every VM is on its target"

    def _look_at_everything(self) -> None:
        """Observe; a few times where there is no answer, or somebody who matters is busy."""
        for tries in range(1, self.options.max_tries + 1):
            try:
                seen = self._unless_interrupted(self.cloud.observe)
            except CloudError:
                if tries == self.options.max_tries or self.interrupts:
                    raise
            else:
                if seen is None:
                    return
                self.picture.see(seen)
                busy = self._waits_for_others()
                if self.interrupts or not busy:
                    return
                if tries == 1:
                    what = self.picture.vms[busy].busy
                    text = f"is in the middle of something ({what}), which a new plan waits for"
                    self._log.write(Event(self.clock.stamp(), "observed", None, busy, text))
            if tries < self.options.max_tries:
                self.clock.sleep(self.cloud.poll_s * 2.0 ** (tries - 1))

    def _waits_for_others(self) -> str:
        """Give one in the middle of something, a stranger only where a new plan is needed; empty: nobody."""
        busy = sorted(name for name, seen in self.picture.vms.items() if seen.busy)
        ours = [name for name in busy if not self.picture.is_stranger(name)]
        strangers = busy if busy and self._off_target() else []
        return next(iter(ours or strangers), "")

    def _off_target(self) -> list[str]:
        """Give the VMs of the pool that were last seen elsewhere than on their targets."""
        return [vm.name for vm in self.pool.vms if self.picture.is_off_target(vm.name)]

    def _retargeted(self) -> Retargeted:
        for step in self.flights.failed:
            self._failures.setdefault(step.action.vm, []).append(step)
        self.flights.failed = []
        often = {vm: steps[-1] for vm, steps in self._failures.items() if len(steps) >= MOST_FAILURES}
        self._tired = {vm: last.trouble for vm, last in often.items()}
        return retarget(self.picture, given_up=self._tired)

    def _nothing_left(self) -> Outcome:
        if not self.given_up:
            self._tell("finished", "every VM is on its target")
            return Outcome(End.FINISHED, done=self.flights.num_done)
        vm, why = next(iter(self.given_up.items()))
        return self._end(End.STOPPED, f"{vm}: {why}")

    def _plan_anew(self, new: Retargeted, because: str) -> Outcome | None:
        if self.replans >= self.options.max_replans:
            self.given_up = new.left
            return self._end(End.STOPPED, f"planned anew {self.replans} times, and still: {because}")
        self.replans += 1
        self._num_done_before = self.flights.num_done
        try:
            plan = self._unless_interrupted(partial(self._replan, self._without_stops(new.pool)))
        except PlannerError as error:
            return self._end(End.STOPPED, f"{because}; no new plan: {error}")
        if plan is None or self.interrupts:
            return self._end(End.INTERRUPTED, "interrupted")
        if plan.status not in ("optimal", "feasible"):
            self.given_up = new.left
            return self._end(End.STOPPED, f"{because}; no new plan: {plan.reason}")
        self.given_up = new.left
        plan = self._renumbered(plan)
        self._log.write(
            Event(self.clock.stamp(), "replanned", None, None, because, plan=plan, left=self.given_up)
        )
        self.follow_plan(plan)
        return None

    def _unless_interrupted(self, work: Callable[[], Answer], known: int = 0) -> Answer | None:
        """Do what takes long while nothing runs; None where a Ctrl-C has ended that, or has come before.

        Parameters
        ----------
        known
            So many of them do not count.
        """
        self.is_at_rest = True
        try:
            return None if self.interrupts > known else work()
        except KeyboardInterrupt:
            if self.interrupts <= known:
                raise
            return None
        finally:
            self.is_at_rest = False

    def _without_stops(self, pool: Pool) -> Pool:
        """Let nobody be stopped on the way whom this cloud can never stop."""
        here, asked = pool.current.placement, self.picture.names.asked
        kept_on = {
            vm.name
            for vm in pool.vms
            if vm.offline and vm.name in here and self.cloud.cannot(asked(Stop(vm.name, here[vm.name])))
        }
        if not kept_on:
            return pool
        vms = [replace(vm, offline=vm.offline and vm.name not in kept_on) for vm in pool.vms]
        return pool.rebuilt(vms=vms)

    def _renumbered(self, plan: PlanFile) -> PlanFile:
        """Let the ids go on from those of the plan before; a VM that is there is started, not made."""
        first = self._last_number
        entries = []
        for entry in plan.actions:
            after = None if entry.after is None else tuple(first + other for other in entry.after)
            entry = replace(entry, id=first + entry.id, after=after)
            if isinstance(entry, ProvisionEntry) and entry.vm in self.picture.vms:
                times = {name: getattr(entry, name) for name in ("start_s", "end_s", "after", "wave")}
                entry = StartEntry(entry.id, entry.vm, entry.host, **times)
            entries.append(entry)
        return replace(plan, actions=tuple(entries))

    # The end

    def _end(self, end: End, why: str, *, looks: bool = True) -> Outcome:
        """Stop before the end.

        Parameters
        ----------
        looks
            Take a last look: what is said of those left is better for it, and not worth more.
        """
        flights = self.flights
        running = (*flights.flying.values(), *flights.lost)
        if looks and not running:
            with suppress(CloudError):
                if seen := self._unless_interrupted(self.cloud.observe, self.interrupts):
                    self.picture.see(seen)
        left = self._left()
        before = {vm: steps[-1].why for vm, steps in self._failures.items() if vm in left}
        outcome = Outcome(
            end,
            why,
            flights.num_done,
            before | {step.action.vm: step.why for step in flights.failed},
            left,
            tuple(step.text for step in running),
        )
        self._tell("stopped", why, left=outcome.left, running=tuple(step.number for step in running))
        return outcome

    def _leave(self) -> Outcome:
        self.flights.hear_all()
        return self._end(End.INTERRUPTED, "interrupted; what runs is left running")

    def _left(self) -> dict[str, str]:
        """Say of each VM that is not on its target, or not well there, why, by where it was seen last.

        First come those that are off for the plan's sake: nobody else may know that they are.
        """
        # What was seen of a VM may be so no longer; that its actions have failed stays so.
        why = {
            vm: text if self._tired.get(vm) == text else f"{text}, when it was given up"
            for vm, text in self.given_up.items()
        }
        why |= {step.action.vm: LEFT_RUNNING for step in self.flights.flying.values()}
        for step in self.flights.steps:
            if step.why:
                is_past = step.state in (State.HELD, State.WAITING)  # it may be so no longer
                why[step.action.vm] = f"{step.why}, when its turn came" if is_past else step.why
        if not self.flights.flying and not self.flights.lost:
            # What is seen of a VM and its hosts says more than what was answered to a request.
            why |= retarget(self.picture).left
        off = dict.fromkeys(self._off_target(), NOT_ITS_TURN)
        in_error = {
            vm: not_well(seen)
            for vm, seen in self.picture.vms.items()
            if self.picture.is_in_error_on_target(vm)
        }
        left = {vm: why.get(vm, default) for vm, default in (off | in_error).items()}
        still_off = {vm: f"{left[vm]}; {STILL_OFF}" for vm in self.still_off}
        return still_off | {vm: text for vm, text in left.items() if vm not in still_off}

    @property
    def still_off(self) -> list[str]:
        """Give the VMs that the run has stopped, and whose start is neither done nor under way."""
        starting = {step.action.vm for step in self.flights.flying.values()}
        return [vm for vm in self._off_target() if self.picture.is_off_by_us(vm) and vm not in starting]

    def _tell(
        self, event: EventName, text: str, left: dict[str, str] | None = None, running: tuple[int, ...] = ()
    ) -> None:
        self._log.write(Event(self.clock.stamp(), event, None, None, text, left=left or {}, running=running))
