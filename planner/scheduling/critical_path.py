"""Why a plan takes as long as it does: the chain of actions that ends last, each with what it waited for."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from models.actions import Migration, Stop, Update, ends_of
from models.durations import Durations
from models.ways import Slot, Wire

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from models.actions import Step
    from models.plan import Plan
    from models.rolling_plan import RollingPlan
    from models.schedule import Schedule
    from models.state import PoolState

ROUNDED = 1e-9
"""Parts of a wire that fill it may add up to so much more than all of it."""

Why = Literal["start", "vm", "room", "empty", "update", "turn", "channel", "idle"]


@dataclass(frozen=True, slots=True)
class ChainLink:
    """One action of the chain.

    Parameters
    ----------
    number
        Of the action, from 1.
    why
        What it waited for: ``start`` (nothing, it starts at 0), ``vm`` (the action before of the same VM),
        ``room`` (somebody to leave its destination), ``empty`` (somebody to leave the host that it updates),
        ``update`` (the update of a host), ``turn`` (any other action that the plan names), ``channel`` (a
        slot or a wire), ``idle`` (nothing that ends just then).
    where
        The host, or the slot or wire, that it waited for; None for all else.
    """

    number: int
    why: Why
    where: str | Slot | Wire | None = None


def critical_path(state: PoolState, plan: Plan | RollingPlan, schedule: Schedule) -> list[ChainLink]:
    """Give the chain that ends last, first action first; empty for a plan without actions."""
    if not plan.actions:
        return []
    return _Chain(state, plan, schedule).links()[::-1]


class _Chain:
    """Looks back from the action that ends last: who ended just when it started, and stood in its way."""

    def __init__(self, state: PoolState, plan: Plan | RollingPlan, schedule: Schedule) -> None:
        self.actions, self.schedule = plan.actions, schedule
        self.times = Durations(state)
        self.ending: dict[int, list[int]] = defaultdict(list)
        """``ending[second]``: the places of the actions that end then."""
        for place, end in enumerate(schedule.end_s):
            self.ending[end].append(place)
        self.taking: dict[Slot | Wire, list[int]] = defaultdict(list)
        """``taking[channel]``: the places of the actions that take a part of it."""
        for place, action in enumerate(plan.actions):
            for channel in self._channels(action):
                self.taking[channel].append(place)

    def links(self) -> list[ChainLink]:
        """Give a chain from its end to its start; one in which nobody idles, if any ends last."""
        chains = (list(self._back_from(place)) for place in self.ending[max(self.ending)])
        first = next(chains)
        for chain in (first, *chains):
            if all(link.why != "idle" for link in chain):
                return chain
        return first

    def _back_from(self, place: int | None) -> Iterator[ChainLink]:
        while place is not None:
            link, place = self._before(place)
            yield link

    def _before(self, place: int) -> tuple[ChainLink, int | None]:
        start, action = self.schedule.start_s[place], self.actions[place]
        if start == 0:
            return ChainLink(place + 1, "start"), None
        after = self.schedule.after[place]
        # Who takes no time has begun in the same second; what waits for him says so.
        just_over = [
            it
            for it in self.ending[start]
            if it != place and (self.schedule.start_s[it] < start or it + 1 in after)
        ]
        turns = [number - 1 for number in after if number - 1 in just_over]
        # A stop is put as late as may be: it is over just then because of whatever else is, if anything.
        stops = [it for it in turns if isinstance(self.actions[it], Stop)]
        for it in turns:
            if it not in stops:
                return self._after(place, it)
        mine = self._channels(action)
        full = {channel for channel in mine if self._was_full(channel, place)}
        for it in just_over:
            if shared := full & self._channels(self.actions[it]).keys():
                # Of several that were full, that with room for the fewest.
                return ChainLink(place + 1, "channel", min(shared, key=lambda one: (mine[one], str(one)))), it
        for it in stops:
            return self._after(place, it)
        return ChainLink(place + 1, "idle"), just_over[0] if just_over else None

    def _after(self, place: int, before: int) -> tuple[ChainLink, int]:
        """Give the link of an action that waited for one that the plan names, and the place of that one."""
        return ChainLink(place + 1, *_named(self.actions[place], self.actions[before])), before

    def _was_full(self, channel: Slot | Wire, place: int) -> bool:
        """Tell whether a channel had no room for an action just before that started."""
        begin, end = self.schedule.start_s, self.schedule.end_s
        start = begin[place]
        flying = (it for it in self.taking[channel] if it != place and begin[it] < start <= end[it])
        parts = sum(1 / self._channels(self.actions[it])[channel] for it in (place, *flying))
        return parts > 1 + ROUNDED

    def _channels(self, action: Step) -> dict[Slot | Wire, float]:
        """Give what an action takes a part of, and how many like it each has room for."""
        if not isinstance(action, Migration):
            return {}
        times, found = self.times, dict[Slot | Wire, float]()
        for slot, most in times.slots(action.source, action.destination):
            found[slot] = most
        way = times.way(action.source, action.destination)
        for wire in way.wires:
            found[wire] = times.capacity_mbps(wire) / way.rate_mbps
        return found


def _named(action: Step, before: Step) -> tuple[Why, str | None]:
    """Say why an action waits for one that the plan names, and of which host it is."""
    if isinstance(before, Update):
        return "update", before.host
    left, _ = ends_of(before)
    if isinstance(action, Update):
        return ("empty", left) if left == action.host else ("turn", None)
    if before.vm == action.vm:
        return "vm", None
    _, comes_to = ends_of(action)
    return ("room", left) if left is not None and left == comes_to else ("turn", None)


def waited_for(link: ChainLink) -> str:
    """Name what an action of the chain waited for."""
    match link.why, link.where:
        case "room", str(host):
            return f"room on {host}"
        case "empty", str(host):
            return f"{host} to be empty"
        case "update", str(host):
            return f"the update of {host}"
        case "vm", _:
            return "the VM itself, still on its way"
        case "turn", _:
            return "its turn"
        case _, Wire(direction, name):
            way = {
                "out": "the NIC out of",
                "in": "the NIC into",
                "up": "the link up from",
                "down": "the link down to",
            }
            return f"{way[direction]} {name}"
        case _, Slot("max_parallel"):
            return "a slot of the pool (max_parallel)"
        case _, Slot(field, host):
            return f"a slot of {host} ({field})"
    return "nothing in particular"


def waited_for_any(links: Sequence[ChainLink]) -> str:
    """Name what actions of the chain waited for that all waited for the same kind of thing (:func:`kind`)."""
    places = {link.where for link in links}
    if len(places) == 1:
        return waited_for(links[0])
    hosts = f"{len(places):,} hosts"
    match links[0].why, links[0].where:
        case "empty", _:
            return f"{hosts} to be empty"
        case "update", _:
            return f"the updates of {hosts}"
        case _, Wire("out" | "in" as direction):
            return f"the NICs {'out of' if direction == 'out' else 'into'} {hosts}"
        case _, Wire(direction):
            return f"{len(places):,} links {direction}"
        case _, Slot(field):
            return f"slots of {hosts} ({field})"
    return f"room on {hosts}"


def kind(link: ChainLink) -> tuple[str, str]:
    """Tell apart what actions of the chain wait for, whichever host or link it is of."""
    match link.where:
        case Wire(direction):
            return link.why, direction
        case Slot(field):
            return link.why, field
    return link.why, ""
