"""A dry run: the same way through the code, less the request."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from models.actions import Migration
from models.vm import VM
from planner.clouds.protocol import Cloud, Phase, Progress, name_of
from planner.clouds.seen import Power, Seen, SeenVM
from planner.execution.stale import arrives_on

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from models.actions import Action
    from planner.clouds.protocol import Running
    from planner.clouds.seen import SeenHost, SeenMigration

TAKES_S = 1.0
"""Seconds of the pretended clock that every action takes, unless told."""


class DryCloud(Cloud):
    """Looks at a real cloud, and only pretends to act on it.

    Parameters
    ----------
    cloud
        Looked at once, when it is observed; what happens there meanwhile is not seen.
    now
        The clock of the run.
    takes
        Gives the seconds that an action takes by it.
    """

    def __init__(
        self,
        cloud: Cloud,
        now: Callable[[], float],
        takes: Callable[[Action], float] = lambda _: TAKES_S,
    ) -> None:
        self._cloud, self._now, self._takes = cloud, now, takes
        self.name, self.keeps_room, self.speed = name_of(cloud), cloud.keeps_room, cloud.speed
        self.poll_s, self.settle_s = 1.0, 0.0
        self._seen: Seen | None = None
        self._vms: dict[str, SeenVM] = {}
        self._flying: dict[str, tuple[Action, float]] = {}
        self._others: tuple[SeenMigration, ...] | None = None
        self._others_end = 0.0

    def observe(self) -> Seen:
        """Look at the cloud, and see what was pretended in it."""
        if self._seen is None:
            self._seen = self._cloud.observe()
            self._vms = {vm.ref: vm for vm in self._seen.vms}
        self._land()
        return replace(self._seen, vms=tuple(self._vms.values()))

    def cannot(self, action: Action) -> str:
        """Say why the cloud could never do an action."""
        return self._cloud.cannot(action)

    def look(self, vm: str) -> SeenVM | None:
        """Look at one VM."""
        self._land()
        return self._vms.get(vm)

    def look_at_host(self, host: str) -> tuple[SeenHost, tuple[SeenVM, ...]] | None:
        """Look at one host."""
        assert self._seen is not None
        self._land()
        here = tuple(vm for vm in self._vms.values() if host in (vm.host, vm.goes_to))
        return next(((found, here) for found in self._seen.hosts if found.name == host), None)

    def migrations(self) -> Sequence[SeenMigration]:
        """Give what others migrate in the cloud; it takes as long as what is pretended."""
        if self._others is None:
            self._others, self._others_end = tuple(self._cloud.migrations()), self._now() + TAKES_S
        return self._others if self._now() < self._others_end else ()

    def start(self, action: Action) -> str:
        """Pretend."""
        self._flying[action.vm] = (action, self._now() + self._takes(action))
        goes_to = action.destination if isinstance(action, Migration) else None
        if seen := self._vms.get(action.vm):
            self._vms[action.vm] = replace(seen, busy="pretending", goes_to=goes_to, handle=action.vm)
        return action.vm

    def follow(self, running: Sequence[Running]) -> Mapping[str, Progress]:
        """Pretend that time passes."""
        self._land()
        return {
            each.handle: Progress(Phase.RUNNING if each.handle in self._flying else Phase.DONE)
            for each in running
        }

    def _land(self) -> None:
        for vm, (action, ends) in list(self._flying.items()):
            if ends <= self._now():
                del self._flying[vm]
                self._do(action)

    def _do(self, action: Action) -> None:
        host = arrives_on(action)
        power = Power.OFF if host is None else Power.ON
        # One that is provisioned is seen for the first time; the pool knows what it takes.
        seen = self._vms.get(action.vm) or SeenVM(VM(action.vm, {}), None)
        self._vms[action.vm] = replace(seen, host=host, power=power, busy="", goes_to=None, handle=None)

    def close(self) -> None:
        """Let go of the cloud that was looked at."""
        self._cloud.close()
