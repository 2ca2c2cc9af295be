"""Slow and simple judges of schedules: the second opinion on the replays in time, in any time and in waves.

They work on the plain JSON of a pool file, and of the actions of a plan that :mod:`tests.slow_replay`
accepts, with ``start_s``, ``end_s``, ``after`` and ``wave``. For every arrival all is counted anew.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from tests import slow_replay, slow_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.slow_replay import Json, Where

Faults = set[tuple[str, str | None, Any]]
"""(rule, VM, host or link) of all that is broken."""

ROOM = ("capacity", "anti_affinity")


class Stay(NamedTuple):
    """A VM on a host; ``comes`` and ``goes`` are places of actions, None: from the first, to the last."""

    vm: str
    host: str
    comes: int | None
    goes: int | None


def ends(action: Json) -> tuple[str | None, str | None]:
    """Give the hosts that an action leaves and comes to."""
    leaves = action.get("from") if "from" in action else action["host"]
    comes = action.get("to") if "to" in action else action["host"]
    kind = action["action"]
    return None if kind in ("start", "provision") else leaves, None if kind in ("shutdown", "stop") else comes


def stays(pool: Json, actions: list[Json]) -> Iterator[Stay]:
    """Yield all stays of all VMs."""
    for vm in pool["vms"]:
        name = vm["name"]
        host, came = pool["current"].get(name), None
        for place, action in enumerate(actions):
            if action["vm"] == name:
                leaves, comes = ends(action)
                if leaves is not None:
                    yield Stay(name, leaves, came, place)
                host, came = comes, place
        if host is not None:
            yield Stay(name, host, came, None)


def pairs(actions: list[Json]) -> Iterator[tuple[int, int]]:
    """Yield the places of any two actions of a VM of which one follows the other."""
    for vm in {action["vm"] for action in actions}:
        yield from pairwise([place for place, action in enumerate(actions) if action["vm"] == vm])


def broken_room(pool: Json, actions: list[Json], place: int, others: set[str]) -> list[tuple[str, Any]]:
    """Give (rule, resource or group) of all that has no room when an action arrives among other VMs."""
    action, (_, host) = actions[place], ends(actions[place])
    assert host is not None
    where: Where = dict.fromkeys(others - {action["vm"]}, host)
    vm, there = slow_replay.named(pool["vms"], action["vm"]), slow_replay.named(pool["hosts"], host)
    assert vm is not None
    assert there is not None
    return [it for it in slow_replay.arrival_faults(pool, where, vm, None, there) if it[0] in ROOM]


def judge_in_time(pool: Json, actions: list[Json]) -> Faults:
    """Give what breaks when actions start when they say; nothing more where these times cannot be meant.

    At one second, what ends comes first, then what takes no time, in the order of the plan, then the starts.
    """
    found = {
        ("duration", action["vm"], ends(action)[1] or ends(action)[0])
        for action in actions
        if action["end_s"] - action["start_s"] != slow_time.seconds(pool, action)
    }
    for place, action in enumerate(actions):
        whose = action["vm"], ends(action)[1] or ends(action)[0]
        if action["start_s"] < 0:
            found.add(("times", *whose))
        for number in action["after"]:
            if not 1 <= number <= place or actions[number - 1]["end_s"] > action["start_s"]:
                found.add(("after", *whose))
    if found:
        return found
    if busy := {
        ("busy", actions[later]["vm"], ends(actions[later])[1] or ends(actions[later])[0])
        for first, later in pairs(actions)
        if actions[later]["start_s"] < actions[first]["end_s"]
    }:
        return busy
    return _crowds_in_time(pool, actions) | _overruns(pool, actions)


def _begins(actions: list[Json], place: int) -> tuple[int, int, int]:
    action = actions[place]
    return action["start_s"], 1 if action["start_s"] == action["end_s"] else 2, place


def _is_over(actions: list[Json], place: int) -> tuple[int, int, int]:
    action = actions[place]
    return action["end_s"], 1 if action["start_s"] == action["end_s"] else 0, place


def _crowds_in_time(pool: Json, actions: list[Json]) -> Faults:
    found, all_stays = set(), list(stays(pool, actions))
    for place, action in enumerate(actions):
        _, host = ends(action)
        if host is None:
            continue
        now = _begins(actions, place)
        others = {
            stay.vm
            for stay in all_stays
            if stay.host == host
            and (stay.comes is None or _begins(actions, stay.comes) < now)
            and (stay.goes is None or _is_over(actions, stay.goes) > now)
        }
        for rule, _ in broken_room(pool, actions, place, others):
            found.add((rule, action["vm"], host))
    return found


def _overruns(pool: Json, actions: list[Json]) -> Faults:
    found = set()
    migrations = [action for action in actions if action["action"] == "migrate"]
    for now in {action["start_s"] for action in migrations}:
        running = [it for it in migrations if it["start_s"] <= now < it["end_s"]]
        held = [entry for action in running for entry in slow_time.holds(pool, action)]
        for name, _, most in held:
            if sum(amount for other, amount, _ in held if other == name) > most:
                field, whose = name
                found.add((field if field.startswith("max_") else "bandwidth", None, whose or None))
    return found


def judge_in_any_time(pool: Json, actions: list[Json]) -> Faults:
    """Give what can break when actions take other times, each starting after those in its ``after``."""
    past: list[set[int]] = []
    for action in actions:
        waits = {number - 1 for number in action["after"]}
        past.append(waits.union(*(past[place] for place in waits)))
    found = {
        ("after", actions[later]["vm"], None) for first, later in pairs(actions) if first not in past[later]
    }

    def may_meet(one: Stay, two: Stay) -> bool:
        return not any(
            first.goes is not None and second.comes is not None and first.goes in past[second.comes]
            for first, second in ((one, two), (two, one))
        )

    all_stays = list(stays(pool, actions))
    for host in pool["hosts"]:
        here = [stay for stay in all_stays if stay.host == host["name"]]
        for name, most, weights in _limits(pool, host, [stay.vm for stay in here]):
            counted = [(stay, weight) for stay, weight in zip(here, weights, strict=True) if weight]
            if _comes_to_more(counted, most, may_meet):
                found.add(("precedence", None, (host["name"], name)))
    return found


def _limits(pool: Json, host: Json, vms: list[str]) -> Iterator[tuple[str, int, list[int]]]:
    """Yield (name, limit, what each VM counts) of each resource and group on a host."""
    guests = [slow_replay.named(pool["vms"], vm) or {} for vm in vms]
    for resource in sorted({resource for vm in pool["vms"] for resource in vm["demand"]}):
        yield resource, slow_replay.usable(host, resource), [vm["demand"].get(resource, 0) for vm in guests]
    for number, group in enumerate(pool.get("rules", {}).get("anti_affinity", [])):
        yield f"rules.anti_affinity[{number}]", 1, [int(vm in group) for vm in vms]


def _comes_to_more(
    counted: list[tuple[Stay, int]], most: int, may_meet: Callable[[Stay, Stay], bool]
) -> bool:
    """Tell whether stays that may meet, somebody who arrives among them, come to more than a limit."""

    def grown(chosen: list[Stay], total: int, left: list[tuple[Stay, int]]) -> bool:
        if total > most and any(stay.comes is not None for stay in chosen):
            return True
        return any(
            grown(
                [*chosen, stay],
                total + weight,
                [other for other in left[place + 1 :] if may_meet(stay, other[0])],
            )
            for place, (stay, weight) in enumerate(left)
        )

    return grown([], 0, counted)


def judge_in_waves(pool: Json, actions: list[Json]) -> Faults:
    """Give what can break when of each wave all arrive before anyone leaves; waves never fall, from 1."""
    found: Faults = {
        ("wave", actions[later]["vm"], None)
        for first, later in pairs(actions)
        if actions[first]["wave"] == actions[later]["wave"]
    }
    all_stays = list(stays(pool, actions))
    for place, action in enumerate(actions):
        _, host = ends(action)
        if host is None:
            continue
        others = {
            stay.vm
            for stay in all_stays
            if stay.host == host
            and (stay.comes is None or stay.comes < place)
            and (stay.goes is None or actions[stay.goes]["wave"] >= action["wave"])
        }
        for rule, _ in broken_room(pool, actions, place, others):
            found.add((rule, action["vm"], host))
    return found
