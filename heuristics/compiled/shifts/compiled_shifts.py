"""Shifts by compiled code, where a problem is such that it knows it. ALGORITHM.md, "Shifts".

Loaded, and with it the compiler, only where there is time enough: see :mod:`heuristics.quick_shifts`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from heuristics.compiled.shifts import records
from heuristics.compiled.shifts.walks import turns
from heuristics.parameters import DEFAULT, ShiftParameters
from heuristics.permits import Permits
from heuristics.room import sizes
from heuristics.words import Words, few_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from heuristics.words import Ints
    from models.problem import Move, Problem

MOST_COST = 1 << 58
"""What all VMs may cost together, so that a plan in which each migrates many times is within a word."""

SPARE_EVENTS = 24
"""Places on each host for legs of VMs that wait there, beyond those of the plan: then it shelters no more."""

SPARE_LEGS = 100_000
"""Places for legs and steps beyond those of the plan, until it is laid out anew."""


class Facts(NamedTuple):
    """What compiled shifts know of a problem, whatever the plan.

    Parameters
    ----------
    words
        Its amounts.
    permits
        Its filters.
    """

    words: Words
    permits: Permits


def facts_for(problem: Problem, vms: Iterable[int], parameters: ShiftParameters) -> Facts | None:
    """Give what compiled shifts have to know of a problem, if they can do with it.

    Not where amounts are more than a few words hold, or costs more than one does, or filters treat too many
    of the VMs that move each in a way of its own.
    """
    if sum(problem.cost) >= MOST_COST:
        return None
    words = few_words(problem, problem.src, _added(parameters))
    if words is None:
        return None
    try:
        return Facts(words, Permits(problem, vms))
    except OverflowError:
        return None


def _added(parameters: ShiftParameters) -> int:
    """Give how many VMs a walk may add to a host."""
    return 2 * parameters.steps + 4


class CompiledShifts:
    """What :class:`heuristics.shifts.Shifts` is, several times as quick; other threads run beside it.

    Parameters
    ----------
    problem, moves, seed, parameters
        As there; the problem is one for them.
    facts
        What is known of it, where it is known already.

    Attributes
    ----------
    parameters
        How far a walk goes.
    """

    def __init__(
        self,
        problem: Problem,
        moves: Sequence[Move],
        seed: int = 0,
        parameters: ShiftParameters = DEFAULT.shifts,
        facts: Facts | None = None,
    ) -> None:
        self.problem = problem
        self._src = np.array(problem.src, dtype=np.int64)
        self.parameters = parameters
        # A walk is over after so many, and what broke the rules is undone.
        self._spare = (parameters.breadth + 1) * (2 * parameters.steps + 2) + parameters.shaken
        if facts is None:
            words = Words(problem, problem.src, _added(parameters))
            facts = Facts(words, Permits(problem, {vm for vm, _ in moves}))
        self._words, self._permits = facts
        self._vms = self._all_vms()
        self._search: Any = np.zeros(1, dtype=records.SEARCH)
        self._search["random"] = seed
        for name in ("breadth", "steps", "widest", "shaken", "drawn", "above", "above_a_vm", "rise"):
            self._search[name] = getattr(parameters, name)
        vms = np.array([vm for vm, _ in moves], dtype=np.int64)
        hosts = np.array([host for _, host in moves], dtype=np.int64)
        self._lay_out(vms, hosts)
        self._search["best"] = self._search["cost"]
        self._best: tuple[Ints, Ints] | None = None
        moving = np.unique(vms)
        self._search["migration"] = self._vms["cost"][moving].sum() / max(1, len(moving))

    @property
    def cost(self) -> int:
        """Of the best plan so far."""
        return int(self._search["best"][0])

    @property
    def wandering(self) -> int:
        """How many VMs have more than one leg in the plan as it stands."""
        return int(self._search["wandering"][0])

    @property
    def idle(self) -> int:
        """Tries since there was a cheaper plan."""
        return int(self._search["idle"][0])

    def turns(self, tries: int, least: int = 0) -> int:
        """Try so often to take one stop of one VM out; give how many tries were made.

        Parameters
        ----------
        least
            No plan costs less: it ends where the best costs no more, or no VM wanders.
        """
        made = 0
        while made < tries and self.wandering and self.cost > least:
            tried = turns(self._table, tries - made, least, self._spare)
            made += tried
            if made < tries and self.wandering and self.cost > least:
                self._lay_out_anew()
        return made

    def now(self) -> list[Move]:
        """Give the plan as it stands, which may cost more than the best."""
        return _moves(*self._columns(self._table.legs["at"], self._vms["legs"], self._table.ways))

    def best(self) -> list[Move]:
        """Give the best plan so far, and go on from there."""
        vms, hosts = self._best_columns()
        self._lay_out(vms, hosts)
        self._best = None
        return _moves(vms, hosts)

    def _all_vms(self) -> Any:
        problem = self.problem
        vms: Any = np.zeros(problem.num_vms, dtype=records.VM)
        vms["cost"] = problem.cost
        vms["size"] = sizes(problem)
        vms["row"], vms["source"], vms["target"] = self._permits.row, problem.src, problem.dst
        vms["detours"] = [one.detours for one in problem.vms]
        vms["sign"] = [
            bool(needs or groups) for needs, groups in zip(problem.needs, problem.groups_of, strict=True)
        ]
        return vms

    def _lay_out(self, vm: Ints, host: Ints) -> None:
        """Give the legs of a plan the instants 1, 2, ..."""
        count, spare, vms, search = len(vm), self._spare + SPARE_LEGS, self._vms, self._search
        legs: Any = np.zeros(count + spare, dtype=records.LEG)
        legs["vm"][:count], legs["host"][:count] = vm, host
        legs["at"][:count] = np.arange(1, count + 1)
        # Who moves when: the legs of each VM in a row, in order.
        by_vm = np.argsort(vm, kind="stable")
        movers, first, number = np.unique(vm[by_vm], return_index=True, return_counts=True)
        source = np.empty(count, dtype=np.int64)
        source[by_vm[1:]] = host[by_vm[:-1]]
        source[by_vm[first]] = self._src[movers]
        legs["source"][:count] = source
        most = int(max(number.max(initial=0), 2))
        ways = np.zeros((len(vms), most), dtype=np.int64)
        in_a_way = np.arange(count) - np.repeat(first, number)
        ways[vm[by_vm], in_a_way] = by_vm
        vms["legs"], vms["place"] = 0, -1
        vms["legs"][movers] = number
        wandering = movers[number > 1]
        wandering = wandering[np.argsort(by_vm[first[number > 1]], kind="stable")]
        vms["place"][wandering] = np.arange(len(wandering))
        vms["wandering"][: len(wandering)] = wandering
        search["legs"] = count
        for name in ("done", "is_dense", "is_kept"):
            search[name] = 0
        search["wandering"], search["end"] = len(wandering), count + 1.0
        search["cost"] = vms["cost"][vm].sum()
        hosts, events, free = self._on_hosts(legs[:count])
        longest = int(max(2 * hosts["most"].max(initial=0), 2 * most + self.parameters.shaken)) + 2
        longest = max(longest, self.parameters.widest + 2, self.parameters.breadth)
        self._table = records.LegTable(
            legs,
            vms,
            hosts,
            events,
            free,
            self._words.need,
            self._words.over,
            self._permits.may,
            ways,
            np.zeros(spare, dtype=records.CHANGE),
            np.zeros((spare, most), dtype=np.int64),
            np.zeros(longest, dtype=records.SCRATCH),
            search,
        )

    def _on_hosts(self, legs: Any) -> tuple[Any, Any, Ints]:
        """Give the hosts, their events, and what is free on them at first."""
        count, words = len(legs), self._words
        number = np.arange(count)
        on, leg = np.concatenate([legs["source"], legs["host"]]), np.concatenate([number, number])
        sign = self._vms["sign"][legs["vm"]]
        signs = np.concatenate([sign, -sign])
        order = np.lexsort((leg, on))
        events_of = np.bincount(on, minlength=len(words.room))
        hosts: Any = np.zeros(len(words.room), dtype=records.HOST)
        hosts["kind"] = self._permits.kind
        hosts["events"], hosts["most"] = events_of, events_of + SPARE_EVENTS
        hosts["begin"][1:] = np.cumsum(hosts["most"] + 1)[:-1]
        size = int((hosts["most"] + 1).sum())
        events: Any = np.zeros(size, dtype=records.EVENT)
        first = np.cumsum(events_of) - events_of
        places = hosts["begin"][on[order]] + np.arange(2 * count) - first[on[order]]
        events["leg"][places], events["sign"][places] = leg[order], signs[order]
        events["at"][places] = legs["at"][leg[order]]
        free = np.zeros((size, len(words.over)), dtype=np.int64)
        free[hosts["begin"]] = words.room
        return hosts, events, free

    def _lay_out_anew(self) -> None:
        """Let instants be whole numbers again; the way back to the best plan is lost with the others."""
        best = self._best_columns()
        self._best = best if self._search["best"] < self._search["cost"] else None
        self._lay_out(*self._columns(self._table.legs["at"], self._vms["legs"], self._table.ways))

    def _best_columns(self) -> tuple[Ints, Ints]:
        """Give the best plan, as columns: it is what was there before the first step to be undone."""
        if self._best is not None and not self._search["is_kept"]:
            return self._best
        table, steps = self._table, self._search["done"][0]
        done, before = table.done[:steps], table.before[:steps]
        at, legs, ways = table.legs["at"].copy(), self._vms["legs"].copy(), table.ways.copy()
        shifts, others = np.flatnonzero(done["leg"] >= 0), np.flatnonzero(done["leg"] < 0)
        shifted, first = np.unique(done["leg"][shifts], return_index=True)
        at[shifted] = done["at"][shifts[first]]
        changed, first = np.unique(done["vm"][others], return_index=True)
        legs[changed], ways[changed] = done["legs"][others[first]], before[others[first]]
        return self._columns(at, legs, ways)

    def _columns(self, at: NDArray[np.float64], legs: Ints, ways: Ints) -> tuple[Ints, Ints]:
        """Give a plan in order, a column of VMs and one of hosts."""
        movers = np.flatnonzero(legs)
        used = ways[movers][np.arange(ways.shape[1]) < legs[movers, None]]
        in_order = used[np.lexsort((used, at[used]))]
        return self._table.legs["vm"][in_order], self._table.legs["host"][in_order]


def _moves(vms: Ints, hosts: Ints) -> list[Move]:
    return list(zip(vms.tolist(), hosts.tolist(), strict=True))


def warm_up() -> None:
    """Load the compiled code, or compile it."""
    columns = {name: np.zeros(1, dtype) for name, dtype in records.RECORDS.items()}
    tables = {name: np.zeros((1, 1), dtype=np.int64) for name in ("free", "need", "ways", "before")}
    may, over = np.ones((1, 2, 2), dtype=np.bool_), np.zeros(1, dtype=np.int64)
    turns(records.LegTable(**columns, **tables, over=over, may=may), 0, 0, 0)
