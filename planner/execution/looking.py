"""Looking before an action, and looking at what came of one."""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from models.actions import Action, Migration, Provision, Shutdown, Start, Stop, ends_of
from planner.clouds.protocol import CloudError, UnknownError
from planner.clouds.seen import Power
from planner.execution.stale import arrives_on

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.clouds.protocol import Cloud
    from planner.clouds.seen import SeenHost, SeenVM
    from planner.execution.names import Names
    from planner.execution.picture import Picture


class Stand(StrEnum):
    """Where a VM stands, seen from one action on it."""

    AT_START = "at start"
    """Idle, where the action takes it from."""
    UNDERWAY = "under way"
    """In the middle of this very action, whoever asked for it."""
    AT_END = "at end"
    """Idle, where the action takes it to."""
    BUSY = "busy"
    """In the middle of something else."""
    ELSEWHERE = "elsewhere"
    """Gone, or where the action has no use for it."""


class Standing(NamedTuple):
    """Where a VM stands, and the sentence that says so."""

    stand: Stand
    text: str


def standing(names: Names, action: Action, seen: SeenVM | None) -> Standing:
    """Say where a VM stands."""
    if seen is None:
        return _absent(action)
    host = None if seen.host is None else names.host(seen.host)
    goes_to = None if seen.goes_to is None else names.host(seen.goes_to)
    if seen.busy:
        ours = (goes_to or host) == arrives_on(action) if isinstance(action, Migration) else goes_to is None
        where = f"{seen.busy}, to {goes_to}" if goes_to else seen.busy
        return Standing(Stand.UNDERWAY if ours else Stand.BUSY, f"is in the middle of something: {where}")
    match action:
        case Migration(_, source, destination):
            return _on_its_way(seen, host, source, destination)
        case Shutdown(_, source) | Stop(_, source):
            if seen.power is Power.OFF or host is None:
                return Standing(Stand.AT_END, "is off")
            stand = Stand.AT_START if host == source else Stand.ELSEWHERE
            return Standing(stand, _is_on(seen, host))
        case Start(_, destination) | Provision(_, destination):
            if seen.power is Power.OFF or host is None:
                return Standing(Stand.AT_START, "is off")
            stand = Stand.AT_END if host == destination else Stand.ELSEWHERE
            return Standing(stand, f"runs on {host}" if seen.power is Power.ON else _is_on(seen, host))


def _absent(action: Action) -> Standing:
    match action:
        case Shutdown():
            return Standing(Stand.AT_END, "is gone")
        case Provision():
            return Standing(Stand.AT_START, "is not there yet")
        case _:
            return Standing(Stand.ELSEWHERE, "is gone: the cloud has no such VM")


def _on_its_way(seen: SeenVM, host: str | None, source: str, destination: str) -> Standing:
    if host == destination:
        return Standing(Stand.AT_END, _is_on(seen, host))
    stand = Stand.AT_START if host == source else Stand.ELSEWHERE
    return Standing(stand, _is_on(seen, host) if host is not None else "is off")


def _is_on(seen: SeenVM, host: str) -> str:
    return f"is {'paused ' if seen.power is Power.PAUSED else ''}on {host}"


KEEPS_ROOM = f"{Power.OFF.why_not}, and keeps its room"
"""Of a VM that others have turned off: it takes no room only once it is let go of, as one that is shelved."""


class Next(StrEnum):
    """What to do about an action whose turn it is."""

    GO = "go"
    THERE = "there"
    """Nothing: the VM is where it shall be."""
    FOLLOW = "follow"
    """It is under way already."""
    WAIT = "wait"
    """Look again in a moment."""
    HOLD = "hold"
    """Things are not as the plan has them."""


class Finding(NamedTuple):
    """What to do, and why."""

    next: Next
    why: str = ""


HostLook = tuple["SeenHost", tuple["SeenVM", ...]]
"""A host and what is on it, or on its way there."""

LookBefore = tuple["SeenVM | CloudError | None", "HostLook | CloudError | None"]
"""What was seen, or why nothing was, of the VM of an action and of the host that it goes to."""


def looks_before(
    cloud: Cloud, names: Names, action: Action
) -> tuple[Callable[[], SeenVM | None], Callable[[], HostLook | None]]:
    """Give the two looks to be taken before an action: at its VM, and at the host that it goes to.

    Neither waits for the other, and nothing here is changed by them. An action that goes nowhere has nothing
    to look at the second time.
    """
    host = arrives_on(action)
    there = partial(cloud.look_at_host, names.cloud_host(host)) if host is not None else lambda: None
    return partial(look, cloud, names, action), there


def look(cloud: Cloud, names: Names, action: Action) -> SeenVM | None:
    """Look at the VM of an action; None where there is no such VM.

    Raises
    ------
    CloudError
        The cloud does not answer; or it lists neither the VM nor the host that it is to leave, and says so
        nothing of a VM that may still run there.
    """
    seen = cloud.look(names.ref(action.vm))
    if seen is None and isinstance(action, Migration | Shutdown | Stop):
        host = action.source if isinstance(action, Migration) else action.host
        if cloud.look_at_host(names.cloud_host(host)) is None:
            raise UnknownError(f"it {gone_with(host)}")
    return seen


def gone_with(host: str) -> str:
    """Say of a VM that its host is gone with it, which does not end what runs there."""
    return f"is gone, and so is its host {host}: it may still run there"


def judge_before(
    picture: Picture, action: Action, vm: SeenVM | CloudError | None, host: HostLook | CloudError | None
) -> Finding:
    """Take two looks in: the VM on its source, idle, not locked; the destination up, accepting, with room."""
    if isinstance(vm, CloudError):
        return Finding(Next.WAIT, f"no answer: {vm}")
    picture.see_vm(action.vm, vm)
    if isinstance(action, Shutdown | Stop) and picture.keeps_room_off(action.vm):
        return Finding(Next.HOLD, KEEPS_ROOM)
    finding, destination = _of_vm(picture.names, action, vm), arrives_on(action)
    if finding.next is Next.GO and (source := leaves_one_down(picture, action)):
        return Finding(Next.HOLD, is_down(source))
    if finding.next is not Next.GO or destination is None:
        return finding
    if isinstance(host, CloudError):
        return Finding(Next.WAIT, f"no answer: {host}")
    picture.see_host(destination, *(host or (None, ())))
    return _of_host(picture, action, destination)


def leaves_one_down(picture: Picture, action: Action) -> str | None:
    """Give the host that an action leaves if that was down when it was seen last: nothing leaves it then."""
    source = ends_of(action)[0]
    seen = None if source is None else picture.hosts.get(source)
    return source if seen is not None and not seen.up else None


def is_down(host: str) -> str:
    """Say of a VM that its host is down."""
    return f"its host {host} is down"


def _of_vm(names: Names, action: Action, seen: SeenVM | None) -> Finding:
    stand, text = standing(names, action, seen)
    match stand:
        case Stand.AT_END if arrives_on(action) and seen is not None and seen.power is Power.OTHER:
            return Finding(Next.HOLD, f"{text}, and {seen.why_not}")
        case Stand.AT_END:
            return Finding(Next.THERE, f"{text} already")
        case Stand.UNDERWAY:
            return Finding(Next.FOLLOW, text)
        case Stand.BUSY:
            return Finding(Next.WAIT, text)
        case Stand.ELSEWHERE:
            return Finding(Next.HOLD, text)
        case Stand.AT_START:
            return Finding(Next.GO) if seen is None else _may_be_touched(action, seen)


def _may_be_touched(action: Action, seen: SeenVM) -> Finding:
    if seen.locked:
        return Finding(Next.HOLD, "is locked")
    if isinstance(action, Migration | Shutdown | Stop) and seen.power is not Power.ON:
        return Finding(Next.HOLD, seen.why_not)
    return Finding(Next.GO)


def _of_host(picture: Picture, action: Action, host: str) -> Finding:
    seen = picture.hosts.get(host)
    if seen is None:
        return Finding(Next.HOLD, f"host {host} is gone")
    why = f" ({seen.why})" if seen.why else ""
    if not seen.up:
        return Finding(Next.HOLD, f"host {host} is down")
    if not seen.host.accepts:
        return Finding(Next.HOLD, f"host {host} accepts nothing any more{why}")
    source = action.source if isinstance(action, Migration) else None
    refusals = picture.refusals(action.vm, source, host)
    if not refusals:
        return Finding(Next.GO)
    # A count may be right again in a moment: what is leaving still counts here.
    passes = all(found.resource is not None for found in refusals)
    return Finding(Next.WAIT if passes else Next.HOLD, refusals[0].text)
