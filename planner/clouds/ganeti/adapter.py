"""Ganeti, asked for migrations while a plan runs: each is a job, which Ganeti carries through by itself.

A job that has succeeded is believed only when the instance is seen on its node.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from models.actions import Migration, Provision, Shutdown, Start, Stop
from planner.clouds.found import named, seen_vm
from planner.clouds.ganeti.api import PENDING, Rapi, part
from planner.clouds.ganeti.reading import JOBS, find, found_vm, jobs_by_instance
from planner.clouds.protocol import Cloud, Phase, Progress, RefusedError, UnknownError, at_rest
from planner.clouds.seen import Power

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from models.actions import Action
    from models.state import PoolState
    from planner.clouds.ganeti.api import Json
    from planner.clouds.protocol import Running
    from planner.clouds.seen import Seen, SeenVM

POLL_S, SETTLE_S, JOB_LOOK_S = 2.0, 10.0, 1.0
"""See :class:`Cloud`; and the seconds between two looks at a job that has just been sent."""

MAY_PASS = ("insufficient_resources", "temp_insufficient_resources")
"""What Ganeti calls a lack of room, which may be over in a moment (ECODE_NORES, ECODE_TEMP_NORES)."""


def connect(name: str, pool: PoolState | None = None) -> Ganeti:  # noqa: ARG001
    """Open the cluster whose remote API is at the URL ``name``."""
    return Ganeti(Rapi(name))


class Ganeti(Cloud):
    """A cluster of Ganeti.

    Parameters
    ----------
    api
        Its requests.
    """

    def __init__(self, api: Rapi) -> None:
        self.api = api
        self.name = f"ganeti:{api.url}"
        self.poll_s, self.settle_s, self.keeps_room = POLL_S, SETTLE_S, False
        self._groups: dict[str, str] = {}

    def observe(self) -> Seen:
        """See :class:`Cloud`; five requests."""
        found, self._groups = find(self.api)
        return named(found)

    def look(self, vm: str) -> SeenVM | None:
        """See :class:`Cloud`; two requests."""
        # Jobs before the instance, as in an import.
        jobs = jobs_by_instance(self.api.get(JOBS) or [])
        instance = self.api.get(f"/2/instances/{part(vm)}")
        if instance is None:
            return None
        if instance["pnode"] not in self._groups:
            self.observe()
        group = self._groups.get(instance["pnode"], "")
        return seen_vm(found_vm(instance, group, jobs), vm, {node: node for node in self._groups})

    def start(self, action: Action) -> str:
        """See :class:`Cloud`; the handle is the number of the job."""
        vm = at_rest(self.look(action.vm), f"no instance {action.vm}")
        match action:
            case Migration(_, source, destination):
                if vm.host != source or vm.power is not Power.ON:
                    raise RefusedError(f"it {_stands(vm)}, and does not run on {source}")
                return self._job(action.vm, "migrate", {"mode": "live", **_target(vm, destination)})
            case Shutdown() | Stop():
                return self._job(action.vm, "shutdown", {})
            case Start(_, host) | Provision(_, host):
                return self._power_on(vm, host)

    def follow(self, running: Sequence[Running]) -> Mapping[str, Progress]:
        """See :class:`Cloud`; a request for each, and one more for each that has ended."""
        return {it.handle: self._progress(it.action, it.handle) for it in running}

    def abort(self, running: Running) -> None:
        """See :class:`Cloud`; Ganeti cancels only what still waits."""
        done, why = self.api.ask("DELETE", f"/2/jobs/{part(running.handle)}")
        if not done:
            raise RefusedError(str(why))

    def close(self) -> None:
        """See :class:`Cloud`."""
        self.api.close()

    def _job(self, instance: str, does: str, body: Json) -> str:
        return str(self.api.ask("PUT", f"/2/instances/{part(instance)}/{does}", body))

    def _power_on(self, vm: SeenVM, host: str) -> str:
        """Start an instance that is off; one that is elsewhere is carried over first, which is a job too."""
        if vm.power is not Power.OFF:
            raise RefusedError(f"it {_stands(vm)}, and cannot be started")
        if vm.host != host:
            carry = self._job(vm.ref, "failover", _target(vm, host))
            if (last := self._wait(carry))["status"] != "success":
                why, transient = _result(last)
                raise RefusedError(why, transient=transient)
        return self._job(vm.ref, "startup", {})

    def _wait(self, job: str) -> Json:
        """Wait for a job that moves no memory."""
        path = f"/2/jobs/{part(job)}"
        while (found := self.api.get(path)) is not None and found["status"] in PENDING:
            time.sleep(JOB_LOOK_S)
        if found is None:
            raise UnknownError(f"job {job} is gone")
        return dict(found)

    def _progress(self, action: Action, job: str) -> Progress:
        found = self.api.get(f"/2/jobs/{part(job)}")
        if found is not None and found["status"] in PENDING:
            waits = found["status"] in ("queued", "waiting")
            return Progress(Phase.QUEUED if waits else Phase.RUNNING)
        vm = self.look(action.vm)
        if vm is None:
            return Progress(Phase.FAILED, why="there is no such instance any more")
        if _is_done(action, vm) and not vm.busy:
            return Progress(Phase.DONE)
        why, transient = ("its job is gone", False) if found is None else _result(found)
        return Progress(Phase.FAILED, why=f"{why}; it {_stands(vm)}", is_transient=transient)


def _is_done(action: Action, vm: SeenVM) -> bool:
    match action:
        case Migration(_, _, destination):
            return vm.host == destination and vm.power is Power.ON
        case Shutdown() | Stop():
            return vm.power is Power.OFF
        case Start(_, host) | Provision(_, host):
            return vm.host == host and vm.power is Power.ON


def _target(vm: SeenVM, host: str) -> Json:
    """Give the target of a move; an instance with mirrored disks has only one, and may not be told it."""
    return {} if vm.vm.labels.get("template") == "drbd" else {"target_node": host}


def _stands(vm: SeenVM) -> str:
    """Say whether it runs, and where."""
    verb = {Power.ON: "runs", Power.OFF: "is off"}.get(
        vm.power, f"is {vm.vm.labels.get('state', 'not well')}"
    )
    return f"{verb} on {vm.host}"


def _result(job: Json) -> tuple[str, bool]:
    """Give what went wrong, in Ganeti's words, and whether it may pass: nothing was done, for lack of room.

    An operation that failed has ``[kind of error, [text, code]]`` as its result.
    """
    what = f"job {job['id']} {'was canceled' if job['status'] == 'canceled' else 'failed'}"
    failed: list[Any] = [it for it in job.get("opresult") or [] if it]
    if not failed:
        return what, False
    match failed[-1]:
        case [str(kind), [str(text), *codes]]:
            return f"{what}: {text}", kind == "OpPrereqError" and any(code in MAY_PASS for code in codes)
        case other:
            return f"{what}: {other}", False
