"""Ganeti, asked for migrations while a plan runs: each is a job, which Ganeti carries through by itself.

A job that has succeeded is believed only when the instance is seen on its node. To start an instance on
another node takes two jobs: it is carried over, and when that has ended, which may take long where it has to
wait, it is started.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from models.actions import Migration, Provision, Shutdown, Start, Stop
from planner.clouds.found import named, seen_vm
from planner.clouds.ganeti.api import PENDING, Rapi, part
from planner.clouds.ganeti.reading import (
    INSTANCES,
    JOBS,
    find,
    found_vm,
    jobs_by_instance,
    mirror_of,
    moving_to,
)
from planner.clouds.protocol import (
    Cloud,
    CloudError,
    Phase,
    Progress,
    RefusedError,
    SlowError,
    UnknownError,
    answer_of,
    at_rest,
)
from planner.clouds.seen import STATE, Power, SeenMigration

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from models.actions import Action
    from models.state import PoolState
    from planner.clouds.ganeti.api import Json
    from planner.clouds.protocol import Running
    from planner.clouds.seen import Seen, SeenVM

POLL_S, SETTLE_S = 2.0, 10.0
"""See :class:`Cloud`."""

MOST_SLOW = 2
"""How often a request may be waited for in vain until the jobs not asked about yet have to wait as well.

Each costs a minute in which nothing else is done; but one of them alone says nothing of the others.
"""

CARRY = "OP_INSTANCE_FAILOVER"
"""What carries an instance over that is off."""

MAY_PASS = ("insufficient_resources", "temp_insufficient_resources")
"""What Ganeti calls a lack of room, which may be over in a moment (ECODE_NORES, ECODE_TEMP_NORES)."""


def connect(name: str, pool: PoolState | None) -> Ganeti:  # noqa: ARG001
    """Open the cluster whose remote API is at the URL ``name``."""
    if not name:
        raise CloudError("ganeti: name its remote API behind a colon, such as ganeti:https://cluster:5080")
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
        self._carries: set[str] = set()
        self._startups: dict[str, str] = {}
        self._not_asked: set[str] = set()

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

    def migrations(self) -> Sequence[SeenMigration]:
        """See :class:`Cloud`; one request, and one more where there are any."""
        moving = moving_to(self.api.get(JOBS) or [])
        if not moving:
            return ()
        instances = {it["name"]: it for it in self.api.get(INSTANCES) or []}
        return tuple(
            SeenMigration(name, instances[name]["pnode"], target or mirror_of(instances[name]))
            for name, target in moving.items()
            if name in instances
        )

    def start(self, action: Action) -> str:
        """See :class:`Cloud`; the handle is the number of the job, of two that of the first."""
        vm = at_rest(self.look(action.vm), f"no instance {action.vm}")
        match action:
            case Migration(_, source, destination):
                if vm.host != source or vm.power is not Power.ON:
                    raise RefusedError(f"it {_stands(vm)}, and does not run on {source}")
                if not vm.vm.movable:
                    raise RefusedError(vm.vm.labels["why"])
                return self._job(action.vm, "migrate", {"mode": "live", **_target(vm, destination)})
            case Shutdown() | Stop():
                return self._job(action.vm, "shutdown", {})
            case Start(_, host) | Provision(_, host):
                return self._power_on(vm, host)

    def follow(self, running: Sequence[Running]) -> Mapping[str, Progress]:
        """See :class:`Cloud`; a request for each, and two more for each that has ended.

        What Ganeti does not answer about is left out, and says nothing of the others. Where it takes too long
        over two of them, those behind are left out too, and come first the next time.
        """
        waiting = sorted(running, key=lambda it: it.handle not in self._not_asked)
        told: dict[str, Progress] = {}
        errors: list[CloudError] = []
        while waiting and sum(isinstance(error, SlowError) for error in errors) < MOST_SLOW:
            it = waiting.pop(0)
            answer = answer_of(partial(self._progress, it.action, it.handle))
            if isinstance(answer, CloudError):
                errors.append(answer)
            else:
                told[it.handle] = answer
        self._not_asked = {it.handle for it in waiting}
        if errors and not told:
            raise errors[0]
        return told

    def abort(self, running: Running) -> None:
        """See :class:`Cloud`; Ganeti cancels only what still waits."""
        job = self._startups.get(running.handle, running.handle)
        done, why = self.api.ask("DELETE", f"/2/jobs/{part(job)}")
        if not done:
            raise RefusedError(str(why))

    def close(self) -> None:
        """See :class:`Cloud`."""
        self.api.close()

    def _job(self, instance: str, does: str, body: Json) -> str:
        return str(self.api.ask("PUT", f"/2/instances/{part(instance)}/{does}", body))

    def _power_on(self, vm: SeenVM, host: str) -> str:
        """Start an instance that is off; one that is elsewhere is carried over first, see :meth:`follow`."""
        if vm.power is not Power.OFF:
            raise RefusedError(f"it {_stands(vm)}, and cannot be started")
        if vm.host != host:
            carry = self._job(vm.ref, "failover", _target(vm, host))
            self._carries.add(carry)
            return carry
        return self._job(vm.ref, "startup", {})

    def _progress(self, action: Action, handle: str) -> Progress:
        job = self._startups.get(handle, handle)
        found = self.api.get(f"/2/jobs/{part(job)}")
        if found is not None and found["status"] in PENDING:
            waits = found["status"] in ("queued", "waiting")
            return Progress(Phase.QUEUED if waits else Phase.RUNNING)
        is_carried = isinstance(action, Start | Provision) and _has_carried(found)
        if is_carried and job in self._carries:
            self._carries.remove(job)
            return self._start_up(action.vm, handle)
        vm = self.look(action.vm)
        if vm is None:
            return Progress(Phase.FAILED, why="there is no such instance any more")
        if _is_done(action, vm) and not vm.busy:
            return Progress(Phase.DONE)
        if is_carried and vm.busy:
            return Progress(Phase.RUNNING)
        if is_carried and vm.power is Power.OFF:  # by a process before this one, which did not come to this
            return self._start_up(action.vm, handle)
        why, transient = ("its job is gone", False) if found is None else _result(found)
        return Progress(Phase.FAILED, why=f"{why}; it {_stands(vm)}", is_transient=transient)

    def _start_up(self, vm: str, carry: str) -> Progress:
        """Start an instance that was carried over."""
        try:
            self._startups[carry] = self._job(vm, "startup", {})
        except RefusedError as error:
            return Progress(Phase.FAILED, why=error.why, is_transient=error.transient)
        except UnknownError:
            return Progress(Phase.UNKNOWN)
        return Progress(Phase.RUNNING)


def _has_carried(job: Json | None) -> bool:
    return (
        job is not None and job["status"] == "success" and any(it.get("OP_ID") == CARRY for it in job["ops"])
    )


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
    verb = {Power.ON: "runs", Power.OFF: "is off"}.get(vm.power, f"is {vm.vm.labels.get(STATE, 'not well')}")
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
