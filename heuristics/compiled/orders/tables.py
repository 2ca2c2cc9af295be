"""What compiled steps over orders are told of a pool, as arrays. ALGORITHM.md, "Detours that buy time".

Loaded, and with it the compiler, only where there is time enough.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from heuristics.compiled.orders import records
from heuristics.compiled.orders.steps import begin
from heuristics.in_order import Leg, legs_of, work_of_legs
from heuristics.permits import Permits
from heuristics.spare import Spare
from heuristics.tasks import TimedWork
from heuristics.words import few_words
from models.errors import PlannerError
from models.ways import Slot, Ways, Wire

if TYPE_CHECKING:
    from collections.abc import Sequence

    from heuristics.tasks import Work
    from heuristics.words import Ints

    Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
    from models.clock import Clock, Use
    from models.problem import Problem

MOST_KINDS = 200
"""Kinds of hosts, by their NICs and links, up to which all pairs are written down."""


def order_table(
    timed: TimedWork, free: Sequence[bool], settled: Sequence[Sequence[int]]
) -> records.OrderTable | None:
    """Give a schedule and its pool for compiled steps; the parameters are left to the caller.

    Parameters
    ----------
    timed
        A schedule that runs forwards.
    free
        ``free[vm]``: it may go another way.
    settled
        ``settled[host]``: VMs at home there that may step aside.

    Returns
    -------
    OrderTable or None
        None where hosts are over a limit, where filters tell too many VMs apart, where there are too many
        kinds of hosts, or where amounts are more than a few words hold.
    """
    work, starts = timed
    problem, clock = work.problem, work.clock
    if problem.num_hosts < 2:
        return None
    if not all(Spare(problem, at).is_sane() for at in (problem.src, problem.dst)):
        return None
    first, last = (few_words(problem, at, 1) for at in (problem.src, problem.dst))
    modes = _Modes.of(problem, clock)
    try:
        permits = Permits(problem, [vm for vm, one in enumerate(free) if one])
    except OverflowError:
        return None
    if first is None or last is None or modes is None:
        return None
    out, into = _uses(clock)
    lists = [*out, *into, *modes.links]
    legs = legs_of(work, starts)
    most = 2 * len(legs) + 2 * sum(free) + 2
    table = records.OrderTable(
        tasks=np.zeros((4, most), records.TASK),
        vms=np.zeros(problem.num_vms, records.VM),
        hosts=np.zeros(problem.num_hosts, records.HOST),
        channels=np.zeros(len(clock.limits), records.CHANNEL),
        uses=np.array([use for uses in lists for use in uses], dtype=records.USE),
        nodes=np.zeros((1 + 3 * max(map(len, lists))) * most, records.NODE),
        scratch=np.zeros(2 * most, records.SCRATCH),
        modes=modes.between,
        seconds=modes.seconds,
        room=np.array([first.room, last.room, first.room]),
        need=first.need,
        over=first.over,
        may=permits.may,
        luck=np.zeros((0, 0), dtype=np.float32),
        search=np.zeros(1, records.SEARCH),
    )
    vms, hosts = table.vms, table.hosts
    vms["source"], vms["target"] = problem.src, problem.dst
    vms["is_free"], vms["row"] = free, permits.row
    vms["about"] = modes.seconds[:, 0]
    vms["about"][[leg.vm for leg in legs]] = [leg.seconds for leg in legs]
    at_home = [vm for vms in settled for vm in vms]
    vms["settled"][: len(at_home)] = at_home
    table.channels["limit"] = clock.limits
    hosts["wired"], hosts["kind"] = modes.kind, permits.kind
    hosts["out"], hosts["end_out"] = _parts(out)
    hosts["into"], hosts["end_into"] = _parts(into, hosts["end_out"][-1])
    links, end_links = _parts(modes.links, hosts["end_into"][-1])
    table.modes["links"].flat, table.modes["end_links"].flat = links, end_links
    hosts["settled"], hosts["end_settled"] = _parts(settled)
    put_legs(table, legs)
    longest = max((leg.seconds for leg in legs), default=0)
    table.search["most_end"] = np.iinfo(np.int64).max
    table.search["longest"] = max(longest, int(modes.seconds.max(initial=0)))
    return table


def _parts(lists: Sequence[Sequence[object]], first: int = 0) -> tuple[list[int], list[int]]:
    """Give where each of some lists begins and ends when they are put one after another."""
    ends = list(accumulate((len(one) for one in lists), initial=first))
    return ends[:-1], ends[1:]


def put_legs(table: records.OrderTable, legs: Sequence[Leg]) -> None:
    """Let these be the tasks of the changed order."""
    count = len(legs)
    changed = table.tasks[records.CHANGED, :count]
    for name in ("vm", "src", "dst", "seconds", "before", "after"):
        changed[name] = [getattr(leg, name) for leg in legs]
    table.search["changed"] = count


def copied(table: records.OrderTable) -> records.OrderTable:
    """Give a table for another thread."""
    return records.OrderTable(*(column.copy() for column in table))


def with_luck(table: records.OrderTable, factors: Floats) -> records.OrderTable:
    """Let durations be drawn at random for a table; give it with room for that.

    Parameters
    ----------
    factors
        ``factors[vm, draw]``: how many times its estimate a migration takes.
    """
    shared = table.hosts.size + table.channels.size + table.nodes.size
    rows = records.OWN_ROWS + 2 * table.vms.size + shared
    luck = np.zeros((rows, factors.shape[1]), dtype=table.luck.dtype)
    luck[records.OWN_ROWS : records.OWN_ROWS + table.vms.size] = factors
    table.search["draws"] = factors.shape[1]
    return table._replace(luck=luck)


def best_of(table: records.OrderTable, work: Work) -> TimedWork:
    """Give the best schedule, running forwards."""
    search = table.search[0]
    best = table.tasks[records.BEST, : search["best"]].copy()
    if search["best_turned"]:
        best = best[::-1]
        best["start"] = search["best_makespan"] - best["start"] - best["seconds"]
        best["src"], best["dst"] = best["dst"].copy(), best["src"].copy()
    # Stable: of those that take no time in the same second, who is first in the film stays first.
    best = best[np.lexsort((best["start"] + best["seconds"], best["start"]))]
    legs = [
        Leg(vm, src, dst, seconds, (), (), 0, 0)
        for vm, src, dst, seconds in best[["vm", "src", "dst", "seconds"]].tolist()
    ]
    return TimedWork(work_of_legs(work.problem, work.clock, legs), best["start"].tolist())


class _Modes(NamedTuple):
    """What a migration is like by the kinds of the two hosts: their NICs, and the links that they are behind.

    ``links`` has the uses of one pair of kinds after those of another.
    """

    kind: list[int]
    between: Any
    links: list[list[Use]]
    seconds: Ints

    @classmethod
    def of(cls, problem: Problem, clock: Clock) -> _Modes | None:
        """Ask the clock for two hosts of each two kinds; None: too many kinds, or rates are rounded up."""
        if not clock.is_uniform:
            return None
        ways = Ways(clock.timing)
        kinds: dict[object, list[int]] = {}
        for number, one in enumerate(problem.hosts):
            kinds.setdefault((one.bandwidth_mbps, ways.links_of(one.name)), []).append(number)
        if len(kinds) > MOST_KINDS:
            return None
        kind = [0] * problem.num_hosts
        between = np.zeros((len(kinds), len(kinds)), dtype=records.MODE)
        links: list[list[Use]] = []
        rates: dict[float, tuple[int, int]] = {}
        for here, sources in enumerate(kinds.values()):
            for host in sources:
                kind[host] = here
            for there, targets in enumerate(kinds.values()):
                src, dst = sources[0], targets[-1]
                links.append([])
                if src == dst:
                    continue  # Of its kind there is one host only.
                rates.setdefault(rate := clock.rate_mbps(src, dst), (src, dst))
                between[here, there]["number"] = list(rates).index(rate)
                # Not by what the two use: one at a time, a wire is left out.
                between[here, there]["rate"] = clock.units(src, dst)
                used = (channel for channel, _ in clock.uses(src, dst))
                links[-1] += [(channel, records.RATE) for channel in used if _is_link(clock, channel)]
        seconds = [[_seconds(clock, vm, *pair) for vm in range(problem.num_vms)] for pair in rates.values()]
        return cls(kind, between, links, np.array(seconds, dtype=np.int64).T.copy())


def _is_link(clock: Clock, channel: int) -> bool:
    name = clock.names[channel]
    return isinstance(name, Wire) and name.direction in ("up", "down")


def _seconds(clock: Clock, vm: int, src: int, dst: int) -> int:
    """Give the seconds of a migration; of one that never ends, which a filter forbids, any."""
    try:
        return clock.seconds(vm, src, dst)
    except PlannerError:
        return 1


def _uses(clock: Clock) -> tuple[list[list[Use]], list[list[Use]]]:
    """Give what whoever leaves a host holds, and what whoever comes there does."""
    count = clock.problem.num_hosts
    out: list[list[Use]] = [[] for _ in range(count)]
    into: list[list[Use]] = [[] for _ in range(count)]
    for src in range(count):
        # Any other host will do: what is used of this one does not depend on it.
        dst = (src + 1) % count
        there = clock.problem.hosts[dst].name
        for channel, amount in clock.uses(src, dst):
            name = clock.names[channel]
            if _is_link(clock, channel):
                continue  # See the modes.
            if not isinstance(name, Slot):
                of_source, use = name.direction == "out", (channel, records.RATE)
            else:
                of_source, use = name.field != "max_in" and name.host != there, (channel, amount)
            (out[src] if of_source else into[dst]).append(use)
    return out, into


def warm_up() -> None:
    """Load the compiled code, or compile it."""
    columns = {name: np.zeros(2, dtype) for name, dtype in records.RECORDS.items()}
    numbers = {name: np.zeros((2, 1), dtype=np.int64) for name in ("seconds", "need")}
    table = records.OrderTable(
        **columns,
        **numbers,
        tasks=np.zeros((4, 2), records.TASK),
        modes=np.zeros((1, 1), records.MODE),
        room=np.zeros((3, 2, 1), dtype=np.int64),
        over=np.zeros(1, dtype=np.int64),
        may=np.ones((1, 2, 2), dtype=np.bool_),
        luck=np.zeros((0, 0), dtype=np.float32),
    )
    begin(table)
