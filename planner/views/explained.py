"""An explanation as people read it: a section for each question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.sizes import exact, span, title
from planner.verdict.sentences import counted, number_of, verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from planner.explaining.explanation import Explanation, RoomTold, TightComponent, TightHost

MOST = 20
"""Lines of a section; ``--json`` has them all."""

MOST_SHORT = 2
"""Resources of one host, the scarcest."""

MOST_HOSTS = 6
"""Hosts of one component; names in one line."""


def explained(told: Explanation) -> Iterator[str]:
    """Give the lines."""
    yield from _wanted(told)
    yield from _locks(told)
    yield from _conflicts(told)
    yield from _detours(told)
    if told.cost is None:
        yield from _impossible(told)
    yield from _in_time(told)
    yield ""
    if told.cost is not None:
        stops = sum(detour.shelter is None for detour in told.detours)
        yield f"The plan: {counted(told.cost, told.objective, stops=stops)}."
    yield verdict(told, told.objective, why=False)


def _wanted(told: Explanation) -> Iterator[str]:
    counts = [f"{number_of(len(told.moves), 'VM')} must move"]
    counts += [f"{len(told.shut_down):,} be shut down"] if told.shut_down else []
    counts += [f"{len(told.provisioned):,} be provisioned"] if told.provisioned else []
    yield f"Wanted: on {number_of(told.num_hosts, 'host')}, {', '.join(counts)}."
    yield from _some([f"  {move.vm}: {move.source} -> {move.destination}" for move in told.moves])


def _locks(told: Explanation) -> Iterator[str]:
    yield ""
    verb = "makes" if len(told.roomy) == 1 else "make"
    roomy = f"{len(told.roomy):,} of {number_of(told.num_hosts, 'host')}"
    yield f"Roomy: {roomy} never {verb} anyone wait{_names(told.roomy)}."
    if not told.components:
        # Rules may forbid all the same that somebody goes straight home.
        free = told.cost is not None and not told.detours
        yield f"Can deadlock: no hosts wait for each other{', so an order without detours exists' * free}."
        return
    count = len(told.components)
    yield f"Can deadlock: {number_of(count, 'component')} of hosts that wait for each other."
    tightest = sorted(enumerate(told.components, 1), key=lambda c: min(map(_spare, c[1].hosts)))
    for number, component in tightest[:MOST]:
        yield from _component(number, component)
    if count > MOST:
        yield f"  ... and {count - MOST:,} more, less tight; --json lists all"


def _component(number: int, component: TightComponent) -> Iterator[str]:
    hosts, vms = len(component.hosts), len(component.vms)
    now = component.fits_now or "none"
    move = number_of(vms, "VM moves", "VMs move")
    yield f"  {number}. {number_of(hosts, 'host')}, {move} between them, {now} of them could go home now:"
    for host in sorted(component.hosts, key=_spare)[:MOST_HOSTS]:
        short = [room for room in host.room if room.free < room.need]
        rooms = [*map(_room, (short or host.room)[:MOST_SHORT])]
        takes = f"     {host.host} must take {_names(host.waiting, '')}:"
        if len(rooms) == 1:
            yield f"{takes} {rooms[0]}"
        else:  # all in one line would be wider than a terminal
            yield takes
            yield from (f"       {room}" for room in rooms)
    if hosts > MOST_HOSTS:
        yield f"     ... and {hosts - MOST_HOSTS:,} more, less tight"


def _room(room: RoomTold) -> str:
    amounts = [exact(amount, room.resource) for amount in (room.free, room.need, room.leaving)]
    return f"{title(room.resource)} {amounts[1]} needed, {amounts[0]} free now, {amounts[2]} to leave"


def _spare(host: TightHost) -> float:
    """How far from enough: what is free beyond what is needed, in shares of that."""
    return min(((r.free - r.need) / r.need for r in host.room), default=0.0)


def _conflicts(told: Explanation) -> Iterator[str]:
    if told.conflicts:
        yield ""
        yield f"Conflicts: {len(told.conflicts):,}; of each, one VM at least must step aside."
        yield from _some([f"  {conflict.text}" for conflict in told.conflicts])


def _detours(told: Explanation) -> Iterator[str]:
    if told.cost is None:
        return
    yield ""
    if not told.detours:
        yield "Detours: none."
        return
    yield f"Detours: {len(told.detours):,} in the plan."
    yield from _some([f"  step {detour.step}: {detour.text}" for detour in told.detours])


def _impossible(told: Explanation) -> Iterator[str]:
    yield ""
    yield (
        "Who blocks whom:" if told.obstacles else "Who blocks whom: no single ring of waiting VMs was found."
    )
    yield from _some([f"  {obstacle.text}" for obstacle in told.obstacles])
    if told.unlock is not None:
        yield ""
        yield f"What would unlock it: {told.unlock.text}."
        yield from (f"  {room.text}" for room in told.unlock.more_room)
        if told.unlock.together is not None:
            yield f"  {told.unlock.together.text}"
        yield from (f"  {stop.text}" for stop in told.unlock.stop)


def _in_time(told: Explanation) -> Iterator[str]:
    if told.schedule is None:
        return
    yield ""
    bound = told.schedule.makespan_bound_s
    known = "" if bound is None else f"; no such plan ends before {span(bound)}"
    yield f"Time: it takes {span(told.schedule.makespan_s)}{known}."
    if told.schedule.critical_path:
        yield "What decides the end, one after another:"
        yield from _some([f"  {one.text}" for one in told.schedule.critical_path])
    if told.schedule.quicker:
        yield "What would shorten it:"
        yield from (f"  {one.text}" for one in told.schedule.quicker)
    else:
        yield "No single slot, NIC or link was found that would shorten it."
    if told.schedule.tried < told.schedule.known:
        yield (
            f"Tried: {told.schedule.tried} of {number_of(told.schedule.known, 'change')}, "
            "those that the end waits for longest."
        )


def _some(lines: Sequence[str]) -> Iterator[str]:
    yield from lines[:MOST]
    if len(lines) > MOST:
        yield f"  ... and {len(lines) - MOST:,} more; --json lists all"


def _names(names: Sequence[str], before: str = ": ") -> str:
    if not names:
        return ""
    more = f" and {len(names) - MOST_HOSTS:,} more" if len(names) > MOST_HOSTS else ""
    return f"{before}{', '.join(names[:MOST_HOSTS])}{more}"
