"""Replaying a plan: every rule it breaks, action by action.

This judges what the solver made, so it shares no code with it: it counts by name in a
:class:`~models.ledger.Ledger` and asks the rules themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.actions import Action, Migration, Provision, Shutdown, Start, Stop
from models.ledger import Violation
from models.mistakes import check_kind
from models.plan import Plan, describe, given_actions
from models.pool import Pool

if TYPE_CHECKING:
    from collections.abc import Iterable

STOPPABLE = 'set "offline": true in the pool, or pass --allow-offline'
"""What whoever wants a VM stopped can do about it."""


class Replay:
    """A pool in which actions are carried out one by one, whatever they break.

    An action that cannot be carried out at all (the VM is elsewhere) is passed over; one that breaks a
    rule is carried out, so that what follows is judged as well.

    Attributes
    ----------
    placement
        VM name -> host name, as it is after the actions so far.
    off
        VM name -> the host it was stopped on.
    violations
        All found so far, in order.
    """

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.placement = dict(pool.current.placement)
        self.off: dict[str, str] = {}
        self.violations: list[Violation] = []
        self.ledger = pool.ledger(self.placement)
        self._target = pool.target.placement
        self._step = 0

    def act(self, action: Action) -> list[Violation]:
        """Carry out the next action; give what it breaks."""
        self._step += 1
        before = len(self.violations)
        if self._named(action):
            match action:
                case Migration():
                    self._migrate(action)
                case Shutdown():
                    self._shutdown(action)
                case Stop():
                    self._stop(action)
                case Start():
                    self._start(action)
                case Provision():
                    self._provision(action)
        return self.violations[before:]

    def finish(self) -> None:
        """Judge where the VMs are in the end."""
        self._step = 0
        for vm, host in self._target.items():
            if self.placement.get(vm) != host:
                where = f"on {self.placement[vm]}" if vm in self.placement else "off"
                self._say("end", f"end: {vm} is {where}, its target is {host}", vm, host)
        for vm, host in self.placement.items():
            if vm not in self._target:
                self._say("end", f"end: {vm} is on {host}, the target does not keep it", vm, host)

    def _say(self, rule: str, text: str, vm: str | None = None, host: str | None = None) -> None:
        self.violations.append(Violation(rule, text, vm, host, step=self._step))

    def _named(self, action: Action) -> bool:
        known = self.ledger.hosts
        if isinstance(action, Migration):
            if action.source in known and action.destination in known and action.vm in self.ledger.vms:
                return True
            hosts: tuple[str, ...] = action.source, action.destination
        else:
            hosts = (action.host,)
        unknown = [host for host in hosts if host not in known]
        if action.vm not in self.ledger.vms:
            self._say("unknown_vm", f"{describe(action)}: the pool has no such VM", action.vm)
        elif unknown:
            self._say("unknown_host", f"{describe(action)}: no host {unknown[0]}", action.vm, unknown[0])
        else:
            return True
        return False

    def _is_on(self, vm: str, host: str, action: Action) -> bool:
        if self.placement.get(vm) == host:
            return True
        where = f"on {self.placement[vm]}" if vm in self.placement else "off"
        self._say("position", f"{describe(action)}: {vm} is {where}", vm, host)
        return False

    def _shutdown(self, action: Shutdown) -> None:
        if self._is_on(action.vm, action.host, action):
            if action.vm in self._target:
                self._say("shutdown", f"{describe(action)}: the target keeps it", action.vm, action.host)
            self._leave(action.vm, action.host)

    def _migrate(self, action: Migration) -> None:
        if not self._is_on(action.vm, action.source, action):
            return
        if action.source == action.destination:
            self._say("position", f"{describe(action)}: it is there already", action.vm, action.source)
            return
        self._arrive(action.vm, action.source, action.destination)
        self.ledger.take(action.vm, action.source)

    def _stop(self, action: Stop) -> None:
        if self._is_on(action.vm, action.host, action):
            if not self.ledger.vms[action.vm].offline:
                text = f"{describe(action)}: it may not be stopped; {STOPPABLE}"
                self._say("offline", text, action.vm, action.host)
            self._leave(action.vm, action.host)
            self.off[action.vm] = action.host

    def _start(self, action: Start) -> None:
        if self.off.pop(action.vm, None) is None:
            self._say("position", f"{describe(action)}: it was not stopped", action.vm, action.host)
        else:
            self._arrive(action.vm, None, action.host)

    def _provision(self, action: Provision) -> None:
        if action.vm in self.placement or action.vm in self.off:
            self._say("position", f"{describe(action)}: it is in the pool already", action.vm, action.host)
            return
        if self._target.get(action.vm) != action.host:
            self._say("provision", f"{describe(action)}: that is not its target", action.vm, action.host)
        self._arrive(action.vm, None, action.host)

    def _leave(self, vm: str, host: str) -> None:
        self.ledger.take(vm, host)
        del self.placement[vm]

    def _arrive(self, vm: str, source: str | None, host: str) -> None:
        for found in self.ledger.refusals(vm, source, host, self._target.get(vm)):
            self.violations.append(
                Violation(
                    found.rule, found.text, vm, host, found.resource, found.amount, found.limit, self._step
                )
            )
        self.ledger.put(vm, host)
        self.placement[vm] = host


def replay(pool: Pool, plan: Plan | Iterable[Action]) -> list[Violation]:
    """Carry out a whole plan; give every violation, in order. None: the plan is safe and complete."""
    check_kind("pool", pool, Pool)
    run = Replay(pool)
    for action in given_actions(plan):
        run.act(action)
    run.finish()
    return run.violations
