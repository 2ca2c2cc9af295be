"""Judging waves: every rule that breaks where in each all arrive before anyone leaves, the worst that can be.

As :mod:`models.replay_in_any_time`, which asks it, it shares no code with what made the waves.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from models.actions import Update, ends_of
from models.ledger import Ledger, Violation
from models.replay_rolling import updated, with_versions
from models.rolling_plan import step_described

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from models.actions import Step
    from models.pool import Pool
    from models.schedule import Schedule


def replay_in_waves(pool: Pool, actions: Sequence[Step], schedule: Schedule) -> Iterator[Violation]:
    """Yield what can break when all of a wave may run at once, and the next begins when it has ended.

    Parameters
    ----------
    actions, schedule
        As for :func:`models.replay_in_any_time.replay_in_any_time`.
    """
    if list(schedule.wave) != sorted(schedule.wave):
        yield Violation("wave", "waves: not in the order of the plan")
        return
    if schedule.wave and schedule.wave[0] < 1:
        yield Violation("wave", f"waves: the first is {schedule.wave[0]}, they count from 1")
    waves: dict[int, list[int]] = defaultdict(list)
    for number, wave in enumerate(schedule.wave):
        waves[wave].append(number)
    rolling = any(isinstance(action, Update) for action in actions)
    hosts = with_versions(pool.hosts) if rolling else pool.hosts
    ledger = Ledger(hosts, pool.vms, pool.current.rules, pool.current.placement)
    for wave, numbers in waves.items():
        steps = {number: actions[number] for number in numbers}
        yield from _replay_one(wave, steps, ledger, pool.target.placement)


def _replay_one(
    wave: int, steps: Mapping[int, Step], ledger: Ledger, target: Mapping[str, str]
) -> Iterator[Violation]:
    """Yield what can break in one wave: all arrive, then all leave, then its updates are done."""
    updates = {step.host for step in steps.values() if isinstance(step, Update)}
    actions = [(n, step, *ends_of(step)) for n, step in steps.items() if not isinstance(step, Update)]
    busy: set[str] = set()
    for number, action, source, destination in actions:
        if action.vm in busy:
            text = f"{step_described(action)}: in wave {wave} with another action of {action.vm}"
            yield Violation("wave", text, action.vm, step=number + 1)
        busy.add(action.vm)
        for host in (source, destination):
            if host in updates:
                text = f"{step_described(action)}: in wave {wave} with the update of {host}"
                yield Violation("wave", text, action.vm, host, step=number + 1)
        if destination is not None:
            for found in ledger.refusals(action.vm, source, destination, target.get(action.vm)):
                yield replace(found, text=f"in wave {wave}: {found.text}", step=number + 1)
            ledger.put(action.vm, destination)
    for _, action, source, _ in actions:
        if source is not None:
            ledger.take(action.vm, source)
    for host in updates:
        ledger.renew(updated(ledger.hosts[host]))
