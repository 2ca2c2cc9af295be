"""What a cloud is asked while a plan runs.

Shaped by what clouds were seen to do. They refuse at once, or say yes and fail a minute later. "Active" does
not mean that a migration has ended. They queue, they forget to answer, and during a migration two hosts list
one VM. So nothing here returns "it worked": an action is started, followed, and what came of it is looked at.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, TypeVar, runtime_checkable

from models.errors import PlannerError
from planner.clouds.seen import SeenMigration

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from models.actions import Action
    from planner.clouds.seen import Seen, SeenHost, SeenVM

Answer = TypeVar("Answer")


class CloudError(PlannerError):
    """A cloud that cannot be used as asked: unknown name, wrong password, a missing extra."""


class RefusedError(CloudError):
    """The cloud says no, and has done nothing.

    Parameters
    ----------
    why
        In its own words.
    transient
        The same request may succeed in a moment: room that is not given back yet, too many requests.
    """

    def __init__(self, why: str, *, transient: bool = False) -> None:
        self.why, self.transient = why, transient
        super().__init__(why)


class UnknownError(CloudError):
    """No answer: what was asked may have happened, or may not. Look, and do not repeat."""


class SlowError(UnknownError):
    """No answer within the time that a request has."""


def answer_of(question: Callable[[], Answer]) -> Answer | CloudError:
    """Give an answer, or the error that is raised in its place: the trouble of one is not that of others."""
    try:
        return question()
    except CloudError as error:
        return error


class Phase(StrEnum):
    """How far something that was started has come."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    """The VM is where it shall be, idle, and the cloud says that the job has ended well."""
    FAILED = "failed"
    """It has ended otherwise: refused late, failed, or aborted."""
    UNKNOWN = "unknown"
    """The cloud cannot say; the VM must be looked at."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where something that was started stands.

    Parameters
    ----------
    share
        How much of it is done, 0 to 1; None where the cloud does not say.
    copied_mib
        Of a migration that copies disks too: RAM and disks together; None where there are none, or the cloud
        does not say.
    why
        Of a failure: the cloud's own words. Of what is queued or runs: what the cloud calls it, and since
        when; it is told where its time is up, and may be empty.
    is_transient
        Of a failure: it was a refusal that came late, nothing has moved, and the same request may succeed in
        a moment.
    seen
        Of one that has ended: the VM as it was looked at then; None where it was not, and still must be.
    """

    phase: Phase
    share: float | None = None
    copied_mib: float | None = None
    why: str = ""
    is_transient: bool = False
    seen: SeenVM | None = None


def name_of(cloud: Cloud) -> str:
    """Give the name of a cloud, which the protocol cannot make an adapter set.

    Raises
    ------
    CloudError
        It has none.
    """
    name = getattr(cloud, "name", None)
    if not isinstance(name, str) or not name:
        raise CloudError(f"{type(cloud).__name__}: its name is {name!r}, must be a text that is not empty")
    return name


def at_rest(vm: SeenVM | None, missing: str) -> SeenVM:
    """Give a VM that something may be asked of.

    Raises
    ------
    RefusedError
        It is not there, which ``missing`` says; or it is busy, which passes.
    """
    if vm is None:
        raise RefusedError(missing)
    if vm.busy:
        raise RefusedError(f"it is busy: {vm.busy}", transient=True)
    return vm


@dataclass(frozen=True, slots=True)
class Running:
    """An action that was started, and its handle."""

    action: Action
    handle: str


@runtime_checkable
class Cloud(Protocol):
    """A cloud, behind an adapter. Inherit from this: three methods are enough, the others have defaults.

    Actions name a VM by :attr:`SeenVM.ref` and a host by :attr:`SeenHost.name`, as seen before. Every method
    may raise :class:`UnknownError` where no answer comes (an adapter gives its requests a time-out), and
    :class:`CloudError` where none ever will.

    Attributes
    ----------
    name
        As the command line says it: ``openstack:production``. No secrets: it stands in journals.
    poll_s
        Seconds between two looks at what runs.
    settle_s
        How long after a request whose answer was lost the cloud may still begin to act on it, in seconds.
    keeps_room
        A VM that is off takes its room on its host all the same.
    at_a_time
        How many calls of :meth:`look`, :meth:`look_at_host` and :meth:`start` may be under way at a time,
        each from a thread of its own, and one of any other method beside them: what runs is followed while
        requests wait for their answers. 1: every call comes from one thread, after the one before.
    speed
        Seconds of its time in one of ours, > 0; ``poll_s``, ``settle_s`` and the durations of a pool are of
        its time. Other than 1 only where it is not there.
    """

    name: str
    poll_s: float = 2.0
    settle_s: float = 5.0
    keeps_room: bool = True
    at_a_time: int = 1
    speed: float = 1.0

    @abstractmethod
    def observe(self) -> Seen:
        """Look at everything."""
        ...

    @abstractmethod
    def start(self, action: Action) -> str:
        """Ask for one action; give a handle to follow it by, which another process can use too.

        The handle is a text that is not empty; anything else counts as no answer.
        Returns as soon as the cloud has taken the request. It is sent once: no client below may repeat it.

        Raises
        ------
        RefusedError
            The cloud has said no and done nothing.
        UnknownError
            No answer came; it may have been taken.
        """
        ...

    @abstractmethod
    def follow(self, running: Sequence[Running]) -> Mapping[str, Progress]:
        """Say how far each of some actions has come: handle -> progress, in few requests.

        One that there is no answer about may be left out; the trouble of one is not that of the others.
        """
        ...

    def cannot(self, action: Action) -> str:  # noqa: ARG002
        """Say why this cloud can never do an action, whatever the moment; empty where it can.

        Asked of every action of a plan before anything is touched, so it takes no request: what only shows
        when the cloud is asked is for :meth:`start` to say.
        """
        return ""

    def look(self, vm: str) -> SeenVM | None:
        """Look at one VM, by its ref; None where there is no such VM."""
        return next((seen for seen in self.observe().vms if seen.ref == vm), None)

    def look_at_host(self, host: str) -> tuple[SeenHost, tuple[SeenVM, ...]] | None:
        """Look at one host, by its name, and all VMs on it or on their way to it; None: it is gone."""
        seen = self.observe()
        here = tuple(vm for vm in seen.vms if host in (vm.host, vm.goes_to))
        return next(((found, here) for found in seen.hosts if found.name == host), None)

    def migrations(self) -> Sequence[SeenMigration]:
        """Give every migration that is under way or queued, whoever has asked for it.

        Asked before actions are started, once for all that are started together: a run counts those of others
        in the limits of hosts, links and pool.
        """
        return tuple(
            SeenMigration(vm.ref, vm.host, vm.goes_to)
            for vm in self.observe().vms
            if vm.busy and vm.goes_to is not None
        )

    def abort(self, running: Running) -> None:
        """Ask to give an action up; what came of it is seen by following it.

        Raises
        ------
        RefusedError
            This cloud, or this action, cannot be aborted.
        """
        raise RefusedError(f"{running.action.vm}: this cloud cannot abort")

    def close(self) -> None:
        """Let go of connections. What runs in the cloud goes on."""
        return
