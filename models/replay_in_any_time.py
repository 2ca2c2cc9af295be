"""Judging precedences: every rule that breaks when actions take other times than planned.

Two stays on a host of which none must be over before the other begins may meet, and any set of stays of
which each two may meet can be there all at once. So for each host, resource and group the heaviest such set
decides, and that is a minimum cut. ALGORITHM.md, "Judging precedences". It shares no code with what made
the precedences.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from models.actions import Update, ends_of
from models.heaviest_set import heaviest_set
from models.ledger import Violation
from models.replay_in_waves import replay_in_waves
from models.replay_rolling import updated, with_versions
from models.rolling_plan import step_described
from models.rules.base import groups_of, resources_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from models.actions import Step
    from models.host import Host
    from models.pool import Pool
    from models.schedule import Schedule

COLUMNS = 1 << 15
"""Actions that are looked for at once among those that come before: bounds the memory."""


@dataclass(frozen=True, slots=True)
class _Stay:
    """A VM on a host; ``comes`` and ``goes`` are places in the plan, None from the first or to the last."""

    vm: str
    comes: int | None
    goes: int | None


class _Place(NamedTuple):
    """A host, until it is updated or from then on: nobody is there both before and after."""

    host: str
    is_updated: bool

    def of(self, hosts: Mapping[str, Host]) -> Host:
        """Give the host as it is then."""
        return updated(hosts[self.host]) if self.is_updated else hosts[self.host]


def replay_in_any_time(pool: Pool, actions: Sequence[Step], schedule: Schedule) -> list[Violation]:
    """Give what can break when actions take other times than planned, along ``after`` or in waves.

    Parameters
    ----------
    actions
        Of a plan that :func:`models.replay.replay` accepts, or
        :func:`~models.replay_rolling.replay_rolling`, in its order.
    schedule
        Of just these actions; each comes behind those that it waits for.
    """
    return [*_by_precedences(pool, actions, schedule), *replay_in_waves(pool, actions, schedule)]


def _by_precedences(pool: Pool, actions: Sequence[Step], schedule: Schedule) -> Iterator[Violation]:
    yield from _loose_chains(actions, schedule)
    yield from _loose_updates(actions, schedule)
    stays = _stays(pool, actions)
    rolling = any(isinstance(action, Update) for action in actions)
    hosts = {host.name: host for host in (with_versions(pool.hosts) if rolling else pool.hosts)}
    limits = _Limits(pool)
    crowded = {
        place: found
        for place, here in stays.items()
        if (found := limits.exceeded(place.of(hosts), [stay.vm for stay in here]))
    }
    before = _before({place: stays[place] for place in crowded}, schedule)
    for place, exceeded in crowded.items():
        for name, most, weights in exceeded:
            yield from _too_heavy(place.host, stays[place], before[place], name, most, weights)


def _loose_chains(actions: Sequence[Step], schedule: Schedule) -> Iterator[Violation]:
    """Yield the actions that do not wait for the one before of the same VM."""
    last: dict[str, int] = {}
    pairs = {}
    for number, action in enumerate(actions):
        if isinstance(action, Update):
            continue
        if action.vm in last:
            pairs[number] = last[action.vm]
        last[action.vm] = number
    waits = _waits_for(schedule, pairs)
    for number, before in pairs.items():
        if not waits[number]:
            text = f"{step_described(actions[number])}: does not wait for action {before + 1}, of the same VM"
            yield Violation("after", text, _vm_of(actions[number]), step=number + 1)


def _vm_of(action: Step) -> str | None:
    return None if isinstance(action, Update) else action.vm


def _loose_updates(actions: Sequence[Step], schedule: Schedule) -> Iterator[Violation]:
    """Yield the updates that do not wait for who leaves the host, and those who do not wait for its update.

    Where all wait, whatever the durations are, who is on the host before its update and who is after it never
    meet, and each finds the host in the version in which the replay has judged it.
    """
    updates = {action.host: number for number, action in enumerate(actions) if isinstance(action, Update)}
    if not updates:
        return
    pairs: list[tuple[int, int, str]] = []
    for number, action in enumerate(actions):
        source, destination = ends_of(action)
        if source in updates and number < (update := updates[source]):
            pairs.append((update, number, f"by which {_vm_of(action)} leaves"))
        if destination in updates and number > (update := updates[destination]):
            pairs.append((number, update, f"the update of {destination}"))
    past = _Past(schedule, {before for _, before, _ in pairs})
    for number, before, what in pairs:
        if not past.holds(number, before):
            text = f"{step_described(actions[number])}: does not wait for action {before + 1}, {what}"
            yield Violation("after", text, _vm_of(actions[number]), step=number + 1)


def _waits_for(schedule: Schedule, pairs: dict[int, int]) -> dict[int, bool]:
    """Tell for each action and one other whether it waits for it, directly or through others."""
    past = _Past(schedule, set(pairs.values()))
    return {number: past.holds(number, other) for number, other in pairs.items()}


class _Past:
    """All that each action waits for, directly or through others, among those that are asked for.

    Parameters
    ----------
    wanted
        Each of these once, in any order: a column of bits for each.
    """

    def __init__(self, schedule: Schedule, wanted: Iterable[int]) -> None:
        self._column = {number: place for place, number in enumerate(wanted)}
        self._parts: list[list[int]] = []
        for first in range(0, len(self._column), COLUMNS):
            self._parts.append(self._part(schedule, first))

    def _part(self, schedule: Schedule, first: int) -> list[int]:
        past: list[int] = []
        for after in schedule.after:
            seen = 0
            for other in after:
                seen |= past[other - 1]
                place = self._column.get(other - 1, -1)
                if first <= place < first + COLUMNS:
                    seen |= 1 << (place - first)
            past.append(seen)
        return past

    def holds(self, number: int, other: int) -> bool:
        """Tell whether an action waits for another."""
        return bool(self.among(number, self._column[other], 1))

    def among(self, number: int, first: int, count: int) -> int:
        """Give for which of some columns, one behind another, an action waits, as bits."""
        if not count:
            return 0  # Behind the last column there is no part.
        part, place = divmod(first, COLUMNS)
        bits, seen = self._parts[part][number] >> place, COLUMNS - place
        while seen < count:
            part += 1
            bits |= self._parts[part][number] << seen
            seen += COLUMNS
        return bits & (1 << count) - 1


def _stays(pool: Pool, actions: Sequence[Step]) -> dict[_Place, list[_Stay]]:
    came: dict[str, int | None] = dict.fromkeys(pool.current.placement)
    where = {vm: _Place(host, is_updated=False) for vm, host in pool.current.placement.items()}
    renewed: set[str] = set()
    stays: dict[_Place, list[_Stay]] = defaultdict(list)
    for number, action in enumerate(actions):
        if isinstance(action, Update):
            renewed.add(action.host)
            continue
        source, destination = ends_of(action)
        if source is not None:
            stays[where.pop(action.vm)].append(_Stay(action.vm, came[action.vm], number))
        if destination is not None:
            came[action.vm] = number
            where[action.vm] = _Place(destination, destination in renewed)
    for vm, place in where.items():
        stays[place].append(_Stay(vm, came[vm], None))
    return stays


def _before(stays: dict[_Place, list[_Stay]], schedule: Schedule) -> dict[_Place, list[list[int]]]:
    """Give for every stay in every place those that must be over before it begins."""
    goers = {
        at: [number for number, it in enumerate(here) if it.goes is not None] for at, here in stays.items()
    }
    past = _Past(schedule, [goes for here in stays.values() for it in here if (goes := it.goes) is not None])
    found: dict[_Place, list[list[int]]] = {}
    first = 0
    for at, here in stays.items():
        numbers = goers[at]
        found[at] = [
            [] if it.comes is None else _chosen(numbers, past.among(it.comes, first, len(numbers)))
            for it in here
        ]
        first += len(numbers)
    return found


def _chosen(places: Sequence[int], bits: int) -> list[int]:
    """Give the places whose bits are set."""
    return [place for number, place in enumerate(places) if bits >> number & 1] if bits else []


class _Limits:
    """What each host has of each resource, and may hold of each group."""

    def __init__(self, pool: Pool) -> None:
        rules, hosts, vms = pool.current.rules, pool.hosts, pool.vms
        self._vms = {vm.name: vm for vm in vms}
        self._resources = [resource for _, resource in resources_of(rules, hosts, vms)]
        self._groups = [group for _, group in groups_of(rules, hosts, vms)]
        self._groups_of: dict[str, list[int]] = defaultdict(list)
        for number, group in enumerate(self._groups):
            for name in dict.fromkeys(group.members):
                self._groups_of[name].append(number)

    def exceeded(self, there: Host, vms: Sequence[str]) -> list[tuple[str, int, list[int]]]:
        """Give (name, limit, weights) of what the VMs would exceed, were they there all at once."""
        found = []
        for resource in self._resources:
            weights = [resource.demand(self._vms[vm]) for vm in vms]
            if sum(weights) > (most := resource.usable(there)):
                found.append((resource.name, most, weights))
        for number in dict.fromkeys(group for vm in vms for group in self._groups_of[vm]):
            weights = [int(number in self._groups_of[vm]) for vm in vms]
            if sum(weights) > (most := self._groups[number].limit(there)):
                found.append((self._groups[number].name, most, weights))
        return found


def _too_heavy(
    host: str,
    stays: Sequence[_Stay],
    before: Sequence[Sequence[int]],
    name: str,
    most: int,
    weights: list[int],
) -> Iterator[Violation]:
    """Yield the heaviest set of stays that may be there at once, if it is above the limit."""
    first = sum(weight for weight, it in zip(weights, stays, strict=True) if it.comes is None)
    if first <= most:
        _, chosen = heaviest_set(weights, before)
        sets = [chosen]
    else:
        # Over the limit at first, it only must not take anyone in: each arrival is judged with whom it meets.
        apart = [frozenset(others) for others in before]
        behind: list[list[int]] = [[] for _ in stays]
        for it, others in enumerate(before):
            for other in others:
                behind[other].append(it)
        sets = [
            _heaviest_with(arrival, weights, apart, behind[arrival])
            for arrival, it in enumerate(stays)
            if it.comes is not None and weights[arrival]
        ]
    for chosen in sets:
        total = sum(weights[it] for it in chosen)
        if total > most:
            who = sorted(stays[it].vm for it in chosen if weights[it])
            shown = ", ".join(who[:6]) + ", ..." * (len(who) > 6)
            text = f"{host} can come to hold {total} of {most} {name}, were other times taken: {shown}"
            yield Violation("precedence", text, None, host, name, total, most)
            return


def _heaviest_with(
    one: int, weights: Sequence[int], before: Sequence[frozenset[int]], behind: Iterable[int]
) -> list[int]:
    """Give the heaviest set that one stay is in; ``behind``: those that begin when it is over."""
    met = set(range(len(weights))).difference(before[one], behind, [one])
    meets = sorted(met)
    number_of = {it: place for place, it in enumerate(meets)}
    inside = [sorted(number_of[other] for other in before[it] & met) for it in meets]
    _, chosen = heaviest_set([weights[it] for it in meets], inside)
    return [one, *(meets[place] for place in chosen)]
