"""How long migrations take, and what they hold: a second opinion that shares nothing with ``models``.

It works on the plain JSON of a pool file, in fractions of the numbers as they are written: nothing is rounded
before the very end.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from typing import Any

Json = dict[str, Any]

LONGEST_S = 10**9
FORGIVEN_S = Fraction(1, 10**9)
"""Beyond a whole second by less, that is no second more."""


def exact(number: float) -> Fraction:
    """Give the number that is written, not the double next to it."""
    return Fraction(str(number))


def given(things: list[Any]) -> list[Any]:
    """Leave out what is not said."""
    return [thing for thing in things if thing is not None]


def links(pool: Json, source: Json, host: Json) -> list[Json]:
    """Give the links on the way: those that have one of the two hosts behind them, and not the other."""
    ends = source["name"], host["name"]
    return [
        link for link in pool.get("timing", {}).get("links", []) if sum(e in link["hosts"] for e in ends) == 1
    ]


def rate_mbps(pool: Json, source: Json, host: Json) -> Fraction:
    """Give the rate of a migration, Mb/s."""
    nics = [source.get("bandwidth_mbps"), host.get("bandwidth_mbps")]
    way = [link["mbps"] for link in links(pool, source, host)]
    rates = given([pool.get("timing", {}).get("rate_mbps"), *nics, *way])
    return min((exact(rate) for rate in rates), default=Fraction(1000))


def copying_s(pool: Json, vm: Json, source: Json, host: Json) -> Fraction | None:
    """Give the seconds of a live migration by the formula; None: it never ends."""
    timing = pool.get("timing", {})
    bits = rate_mbps(pool, source, host) * 10**6 * exact(timing.get("efficiency", 0.9))
    mib_s = bits / 8 / 2**20
    dirty, hot = exact(vm.get("dirty_mib_s", 0)), exact(vm.get("hot_mib", 0))
    if dirty >= mib_s:
        return None
    copied = vm.get("copied_mib")
    first = exact(vm["demand"].get("ram_mib", 0) if copied is None else copied)
    return exact(timing.get("overhead_s", 2)) + first / (mib_s - dirty) + hot / mib_s


def speaks_of_time(pool: Json) -> bool:
    """Tell whether a pool says anything on how long a migration takes."""
    defaults = {"overhead_s": 2, "efficiency": 0.9, "shutdown_s": 30, "provision_s": 30, "update_s": 600}
    timing = pool.get("timing", {})
    return (
        any(timing[key] != defaults.get(key) for key in timing if timing[key] not in (None, []))
        or any(host.get("bandwidth_mbps") is not None for host in pool["hosts"])
        or any(
            vm.get("copied_mib") is not None or vm.get("dirty_mib_s", 0) or vm.get("hot_mib", 0)
            for vm in pool["vms"]
        )
    )


def converges(pool: Json, vm: Json, source: Json, host: Json) -> bool:
    """Tell whether a migration ends, and within what can be counted, where anybody counts."""
    if vm.get("migration_s") is not None:
        return True
    seconds = copying_s(pool, vm, source, host)
    return seconds is not None and (seconds <= LONGEST_S or not speaks_of_time(pool))


def seconds(pool: Json, action: Json) -> int:
    """Give the whole seconds of an action of a plan; its migrations converge."""
    timing = pool.get("timing", {})
    if action["action"] != "migrate":
        kind = "shutdown_s" if action["action"] in ("shutdown", "stop") else "provision_s"
        return int(timing.get(kind, 30))
    vm = next(vm for vm in pool["vms"] if vm["name"] == action["vm"])
    if vm.get("migration_s") is not None:
        return int(vm["migration_s"])
    hosts = {host["name"]: host for host in pool["hosts"]}
    copying = copying_s(pool, vm, hosts[action["from"]], hosts[action["to"]])
    assert copying is not None, "a migration of this plan never converges"
    return max(1, ceil(copying - FORGIVEN_S))


def holds(pool: Json, action: Json) -> list[tuple[tuple[str, str], Fraction, Fraction]]:
    """Give (limit and whose, how much of it, how much there is) for all that a migration holds meanwhile."""
    hosts = {host["name"]: host for host in pool["hosts"]}
    source, host, timing = hosts[action["from"]], hosts[action["to"]], pool.get("timing", {})
    rate, one = rate_mbps(pool, source, host), Fraction(1)
    slots = [
        (("max_out", source["name"]), source.get("max_out", 1)),
        (("max_in", host["name"]), host.get("max_in", 1)),
        *((("max_moves", end["name"]), end.get("max_moves")) for end in (source, host)),
        (("max_parallel", ""), timing.get("max_parallel")),
    ]
    wires = [
        (("out of", source["name"]), source.get("bandwidth_mbps")),
        (("into", host["name"]), host.get("bandwidth_mbps")),
    ]
    for link in links(pool, source, host):
        leaves = source["name"] in link["hosts"]
        wires.append((("up" if leaves else "down", link["name"]), link["mbps"]))
    return [
        *((whose, one, Fraction(most)) for whose, most in slots if most is not None),
        *((whose, rate, exact(most)) for whose, most in wires if most is not None),
    ]
