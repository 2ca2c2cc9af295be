"""Replaying a schedule in time: every rule, limit and duration that it breaks, event by event.

It judges what schedulers made and shares no code with them: it counts by name in a
:class:`~models.ledger.Ledger`, asks the rules themselves, and adds up what is on every wire.
"""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING

from models.actions import Migration, Shutdown, Stop, Update
from models.durations import Durations
from models.ledger import Violation
from models.replay import Replay
from models.replay_rolling import RollingReplay
from models.rolling_plan import step_described
from models.ways import Slot, Wire

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from models.actions import Step
    from models.pool import Pool
    from models.schedule import Schedule


Exact = int | Fraction
"""Slots, or the Mb/s of a wire, as they were written: floats would add up to a little more or less."""


def replay_in_time(pool: Pool, actions: Sequence[Step], schedule: Schedule) -> list[Violation]:
    """Carry out actions when a schedule says; give every violation.

    Parameters
    ----------
    actions
        Of a plan that :func:`models.replay.replay` accepts, or
        :func:`~models.replay_rolling.replay_rolling`, in its order.
    schedule
        Of just these actions.
    """
    times = Durations(pool.current)
    found = [*_wrong_times(times, actions, schedule), *_wrong_order(actions, schedule)]
    if found:
        return found  # What follows would be about other times than those that were meant.
    rolling = any(isinstance(action, Update) for action in actions)
    found += (_RollingClockwork if rolling else _Clockwork)(pool, actions, schedule).run()
    found += _crowded(times, actions, schedule)
    if schedule.makespan_bound_s is not None and schedule.makespan_bound_s > schedule.makespan_s:
        text = f"makespan_bound_s: {schedule.makespan_bound_s} is above the makespan {schedule.makespan_s}"
        found.append(Violation("makespan_bound", text))
    return found


def _wrong_times(times: Durations, actions: Sequence[Step], schedule: Schedule) -> Iterator[Violation]:
    for number, (action, start, end) in enumerate(
        zip(actions, schedule.start_s, schedule.end_s, strict=True), 1
    ):
        if start < 0:
            yield _said("times", f"{step_described(action)}: starts at {start} s", action, number)
        if end - start != (takes := times.of(action)):
            text = f"{step_described(action)}: planned to take {end - start} s, it takes {takes}"
            yield _said("duration", text, action, number)


def _wrong_order(actions: Sequence[Step], schedule: Schedule) -> Iterator[Violation]:
    for number, (action, after) in enumerate(zip(actions, schedule.after, strict=True), 1):
        for before in after:
            if not 0 < before < number:
                text = f"{step_described(action)}: after {before}, which does not come before it in the plan"
                yield _said("after", text, action, number)
            elif schedule.end_s[before - 1] > schedule.start_s[number - 1]:
                ends, starts = schedule.end_s[before - 1], schedule.start_s[number - 1]
                what = f"{step_described(action)}: starts at {starts} s"
                yield _said("after", f"{what}, {before} that it waits for ends at {ends} s", action, number)


def _said(rule: str, text: str, action: Step, number: int) -> Violation:
    host = action.destination if isinstance(action, Migration) else action.host
    return Violation(rule, text, None if isinstance(action, Update) else action.vm, host, step=number)


class _Clockwork(Replay):
    """A replay in which an action leaves its source when it ends, and not when it begins."""

    def __init__(self, pool: Pool, actions: Sequence[Step], schedule: Schedule) -> None:
        super().__init__(pool)
        self._actions, self._schedule = actions, schedule
        self._until: dict[str, tuple[int, int]] = {}
        """VM -> (second, number) of the end of the action it is in."""
        self._leaving: dict[int, tuple[str, str]] = {}
        """Number of an action that runs -> (VM, the host that it leaves at the end)."""

    def run(self) -> list[Violation]:
        """Go through all starts and ends; whoever leaves at a second does so before others come."""
        for *_, ends, number in sorted(self._events()):
            if ends:
                self._end(number)
            else:
                self._begin(number)
        self.finish()
        return self.violations

    def _events(self) -> Iterator[tuple[int, int, int, bool, int]]:
        """Yield (second, which come first then, it is an end, number).

        Ends come first, then all that takes no time, one after another, then the starts of all else.
        """
        for number, (start, end) in enumerate(
            zip(self._schedule.start_s, self._schedule.end_s, strict=True), 1
        ):
            if end > start:
                yield start, 2, 0, False, number
                yield end, 0, 0, True, number
            else:
                yield start, 1, number, False, number
                yield end, 1, number, True, number

    def _begin(self, number: int) -> None:
        action = self._actions[number - 1]
        assert not isinstance(action, Update), "a plan that updates hosts has a clockwork of its own"
        start, end = self._schedule.start_s[number - 1], self._schedule.end_s[number - 1]
        self._step = number - 1
        busy_until, other = self._until.get(action.vm, (start, 0))
        if busy_until > start:
            text = f"{step_described(action)}: starts at {start} s, its action {other} ends at {busy_until} s"
            self.violations.append(_said("busy", text, action, number))
        self._until[action.vm] = end, number
        before = self.placement.get(action.vm)
        self.act(action)
        leaves = isinstance(action, Migration | Shutdown | Stop) and before is not None
        if leaves and before is not None and self.placement.get(action.vm) != before:
            # The replay has let it go at once; it still is there.
            self.ledger.put(action.vm, before)
            self._leaving[number] = action.vm, before

    def _end(self, number: int) -> None:
        if (left := self._leaving.pop(number, None)) is not None:
            self.ledger.take(*left)


class _RollingClockwork(_Clockwork, RollingReplay):
    """The same where hosts are updated: each is newer when its update ends, and takes nobody until then."""

    def __init__(self, pool: Pool, actions: Sequence[Step], schedule: Schedule) -> None:
        super().__init__(pool, actions, schedule)
        self._in_update: dict[str, int] = {}
        """Host -> the second at which its update ends."""

    def _begin(self, number: int) -> None:
        action = self._actions[number - 1]
        if not isinstance(action, Update):
            super()._begin(number)
            return
        self._step = number - 1
        self._in_update[action.host] = self._schedule.end_s[number - 1]
        self.act(action)

    def _end(self, number: int) -> None:
        super()._end(number)
        action = self._actions[number - 1]
        if isinstance(action, Update):
            del self._in_update[action.host]
            super()._renew(action.host)

    def _renew(self, host: str) -> None:
        """Leave it to the end of the update."""

    def _arrive(self, vm: str, source: str | None, host: str) -> None:
        if host in self._in_update:
            until = self._in_update[host]
            self._say("update", f"{vm} comes to {host}, whose update ends at {until} s", vm, host)
        super()._arrive(vm, source, host)


def _crowded(times: Durations, actions: Sequence[Step], schedule: Schedule) -> Iterator[Violation]:
    """Yield a violation for every wire and limit that is ever exceeded."""
    held: dict[Wire | Slot, list[tuple[int, Exact]]] = defaultdict(list)
    limits: dict[Wire | Slot, Exact] = {}
    for action, start, end in zip(actions, schedule.start_s, schedule.end_s, strict=True):
        if isinstance(action, Migration):
            for channel, amount, limit in _uses(times, action):
                held[channel] += [(start, amount), (end, -amount)]
                limits[channel] = limit
    for channel, changes in held.items():
        now: Exact = 0
        # At the same second, what ends comes first: its change is below 0.
        for when, change in sorted(changes):
            now += change
            if now > limits[channel]:
                yield _overrun(channel, when, now, limits[channel])
                break


def _uses(times: Durations, action: Migration) -> Iterator[tuple[Wire | Slot, Exact, Exact]]:
    way = times.way(action.source, action.destination)
    for wire in way.wires:
        yield wire, _exact(way.rate_mbps), _exact(times.capacity_mbps(wire))
    for slot, limit in times.slots(action.source, action.destination):
        yield slot, 1, limit


@cache
def _exact(number: float) -> Fraction:
    """Give the decimal number that was written."""
    return Fraction(str(number))


def _overrun(channel: Wire | Slot, when: int, now: Exact, limit: Exact) -> Violation:
    if isinstance(channel, Wire):
        place = {"out": "out of", "in": "into", "up": "up from", "down": "down to"}[channel.direction]
        text = (
            f"at {when} s: {float(now):g} Mb/s go {place} {channel.name}, {float(limit):g} is what it carries"
        )
        return Violation("bandwidth", text, host=channel.name)
    where = channel.host or "the pool"
    text = f"at {when} s: {int(now)} migrations at once on {where}, {channel.field} is {int(limit)}"
    return Violation(channel.field, text, host=channel.host or None)
