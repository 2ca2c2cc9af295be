"""Replaying a schedule in time: every rule, limit and duration that it breaks, event by event.

It judges what schedulers made and shares no code with them: it counts by name in a
:class:`~models.ledger.Ledger`, asks the rules themselves, and adds up what is on every wire.
"""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING

from models.actions import Migration, Shutdown, Stop
from models.durations import Durations, Slot, Wire
from models.ledger import Violation
from models.plan import describe
from models.replay import Replay

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from models.actions import Action
    from models.pool import Pool
    from models.schedule import Schedule


Exact = int | Fraction
"""Slots, or the Mb/s of a wire, as they were written: floats would add up to a little more or less."""


def replay_in_time(pool: Pool, actions: Sequence[Action], schedule: Schedule) -> list[Violation]:
    """Carry out actions when a schedule says; give every violation.

    Parameters
    ----------
    actions
        Of a plan that :func:`models.replay.replay` accepts, in its order.
    schedule
        Of just these actions.
    """
    times = Durations(pool.current)
    found = [*_wrong_times(times, actions, schedule), *_wrong_order(actions, schedule)]
    if found:
        return found  # What follows would be about other times than those that were meant.
    found += _Clockwork(pool, actions, schedule).run()
    found += _crowded(times, actions, schedule)
    if schedule.makespan_bound_s is not None and schedule.makespan_bound_s > schedule.makespan_s:
        text = f"makespan_bound_s: {schedule.makespan_bound_s} is above the makespan {schedule.makespan_s}"
        found.append(Violation("makespan_bound", text))
    return found


def _wrong_times(times: Durations, actions: Sequence[Action], schedule: Schedule) -> Iterator[Violation]:
    for number, (action, start, end) in enumerate(
        zip(actions, schedule.start_s, schedule.end_s, strict=True), 1
    ):
        if start < 0:
            yield _said("times", f"{describe(action)}: starts at {start} s", action, number)
        if end - start != (takes := times.of(action)):
            text = f"{describe(action)}: planned to take {end - start} s, it takes {takes}"
            yield _said("duration", text, action, number)


def _wrong_order(actions: Sequence[Action], schedule: Schedule) -> Iterator[Violation]:
    for number, (action, after) in enumerate(zip(actions, schedule.after, strict=True), 1):
        for before in after:
            if not 0 < before < number:
                text = f"{describe(action)}: after {before}, which does not come before it in the plan"
                yield _said("after", text, action, number)
            elif schedule.end_s[before - 1] > schedule.start_s[number - 1]:
                ends, starts = schedule.end_s[before - 1], schedule.start_s[number - 1]
                text = (
                    f"{describe(action)}: starts at {starts} s, {before} that it waits for ends at {ends} s"
                )
                yield _said("after", text, action, number)


def _said(rule: str, text: str, action: Action, number: int) -> Violation:
    host = action.destination if isinstance(action, Migration) else action.host
    return Violation(rule, text, action.vm, host, step=number)


class _Clockwork(Replay):
    """A replay in which an action leaves its source when it ends, and not when it begins."""

    def __init__(self, pool: Pool, actions: Sequence[Action], schedule: Schedule) -> None:
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
                self._leave_source(number)
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
        start, end = self._schedule.start_s[number - 1], self._schedule.end_s[number - 1]
        self._step = number - 1
        busy_until, other = self._until.get(action.vm, (start, 0))
        if busy_until > start:
            text = f"{describe(action)}: starts at {start} s, its action {other} ends at {busy_until} s"
            self.violations.append(_said("busy", text, action, number))
        self._until[action.vm] = end, number
        before = self.placement.get(action.vm)
        self.act(action)
        leaves = isinstance(action, Migration | Shutdown | Stop) and before is not None
        if leaves and before is not None and self.placement.get(action.vm) != before:
            # The replay has let it go at once; it still is there.
            self.ledger.put(action.vm, before)
            self._leaving[number] = action.vm, before

    def _leave_source(self, number: int) -> None:
        if (left := self._leaving.pop(number, None)) is not None:
            self.ledger.take(*left)


def _crowded(times: Durations, actions: Sequence[Action], schedule: Schedule) -> Iterator[Violation]:
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
