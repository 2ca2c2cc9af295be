"""The CP-SAT model of the placements themselves, order aside. ALGORITHM.md, "Goals".

VMs that nothing tells apart are one kind, and the model counts how many of a kind each host holds: real
pools have thousands of VMs and a dozen kinds. Where cuts speak of single VMs every VM is a kind.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ortools.sat.python import cp_model

from models.errors import PlannerError
from planner.goals.choice import NOTHING, loads
from planner.goals.kinds import Kind, fare_of, kinds_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from models.problem import Problem
    from planner.goals.choice import Choice, Fare
    from planner.goals.goal import Goal


Expr = cp_model.LinearExpr | int
"""A linear expression, or a number."""

SHARES = 200
"""A share is told in so many parts: half a percent is as even as a load need be."""

LARGEST_SUM = 2**61
"""What the terms of a constraint may add up to, with room to spare in the 64 bits of the solver."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What a model may change: these VMs, between these hosts; all others are where ``base`` says.

    Parameters
    ----------
    whole
        It leaves nothing out: what the model proves is proven.
    """

    hosts: frozenset[int]
    vms: frozenset[int]
    base: tuple[int, ...]
    whole: bool = False


@dataclass(slots=True)
class PlacementModel:
    """Who ends where. What a goal of one's own works with are the methods without an underscore.

    Attributes
    ----------
    cp
        The CP-SAT model, for constraints of one's own.
    choice, problem
        What there is to choose from, and the pool as integers.
    """

    choice: Choice
    goal: Goal
    opening: Opening
    single: bool = False
    cp: cp_model.CpModel = field(default_factory=cp_model.CpModel)
    kinds: list[Kind] = field(default_factory=list)
    counts: list[dict[int, cp_model.IntVar]] = field(default_factory=list)
    _kind_of: dict[int, int] = field(default_factory=dict)
    _arrivals: list[dict[int, Expr]] = field(default_factory=list)
    _kinds_on: dict[int, list[int]] = field(default_factory=dict)
    _fixed_load: list[list[int]] = field(default_factory=list)
    _fixed_on: Counter[int] = field(default_factory=Counter)
    _empty: dict[int, cp_model.IntVar] = field(default_factory=dict)
    _surplus: list[tuple[cp_model.IntVar, cp_model.IntVar, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Make the variables, then all constraints, those of the goal last."""
        self._count_fixed()
        self._make_kinds()
        self._make_variables()
        for host in sorted(self.opening.hosts):
            self._add_resources(host)
            self._add_groups(host)
        if self.goal.at_most is not None:
            self.cp.add(self.migrations() <= self.goal.at_most)
        self.goal.constrain(self)

    @property
    def problem(self) -> Problem:
        """The pool as integers."""
        return self.choice.problem

    @property
    def hosts(self) -> list[int]:
        """The hosts that are open."""
        return sorted(self.opening.hosts)

    def load(self, host: int, resource: int) -> Expr:
        """What the VMs that end on a host take of a resource; a number where the host is not open."""
        rows = [
            (self.counts[kind][host], self.problem.demand[self.kinds[kind].vms[0]][resource])
            for kind in self._kinds_on.get(host, ())
        ]
        rows = [(count, amount) for count, amount in rows if amount]
        fixed = self._fixed_load[host][resource]
        if not rows:
            return fixed
        return cp_model.LinearExpr.weighted_sum([c for c, _ in rows], [a for _, a in rows]) + fixed

    def fixed_load(self, host: int, resource: int) -> int:
        """What the VMs that the model leaves where they are take on a host."""
        return self._fixed_load[host][resource]

    def number_on(self, host: int) -> Expr:
        """How many VMs end on a host."""
        counts = [self.counts[kind][host] for kind in self._kinds_on.get(host, ())]
        return cp_model.LinearExpr.sum(counts) + self._fixed_on[host] if counts else self._fixed_on[host]

    def is_empty(self, host: int) -> cp_model.IntVar | bool:
        """A literal that may be true only where nothing ends on the host."""
        if self._fixed_on[host] or host not in self.opening.hosts:
            return not self._fixed_on[host]
        if host not in self._empty:
            literal = self._empty[host] = self.cp.new_bool_var(f"empty_{host}")
            for kind in self._kinds_on.get(host, ()):
                self.cp.add(self.counts[kind][host] == 0).only_enforce_if(literal)
        return self._empty[host]

    def runs_on(self, vm: str, host: int) -> Expr:
        """1 where the VM ends on the host, else 0.

        Raises
        ------
        PlannerError
            The goal does not single the VM out, which may be counted with others then.
        """
        if vm not in self.goal.singled_out():
            raise PlannerError(f"{self.goal.name}: constrain() asks for {vm!r}, singled_out() must name it")
        number = self.choice.number[vm]
        kind = self._kind_of.get(number)
        if kind is None:
            return int(self.opening.base[number] == host)
        return self.counts[kind].get(host, 0)

    def literal(self, vm: int, host: int) -> cp_model.LiteralT:
        """True where the VM ends on the host; the VM must be a kind of its own."""
        kind = self._kind_of.get(vm)
        if kind is None:
            return self.cp.new_constant(int(self.opening.base[vm] == host))
        count = self.counts[kind].get(host)
        return self.cp.new_constant(0) if count is None else count

    def is_placement(self, at: Sequence[int]) -> cp_model.IntVar:
        """A literal that is true where every VM ends where ``at`` says, and nowhere else."""
        same = [self.literal(vm, host) for vm, host in enumerate(at)]
        there = self.cp.new_bool_var("there")
        self.cp.add_bool_or([*(~literal for literal in same), there])
        for literal in same:
            self.cp.add_implication(there, literal)
        return there

    def cost(self) -> Expr:
        """What the placement costs at least, order aside."""
        return self._priced(lambda fare: fare.cost)

    def migrations(self) -> Expr:
        """How many migrations the placement takes at least."""
        return self._priced(lambda fare: fare.migrations)

    def _priced(self, price_of: Callable[[Fare], int]) -> Expr:
        terms, prices = [], []
        fixed = 0
        inside = self._kind_of
        for vm, host in enumerate(self.opening.base):
            if vm not in inside:
                fixed += price_of(self.choice.fare(vm, host) or NOTHING)
        for kind, arrivals in zip(self.kinds, self._arrivals, strict=True):
            for host, count in arrivals.items():
                price = price_of(self._fare(kind, host) or NOTHING)
                if price:
                    terms.append(count)
                    prices.append(price)
        return cp_model.LinearExpr.weighted_sum(terms, prices) + fixed if terms else fixed

    def _fare(self, kind: Kind, host: int) -> Fare | None:
        return fare_of(self.choice, kind, host)

    def hosts_touched(self) -> Expr:
        """How many hosts somebody arrives on."""
        return cp_model.LinearExpr.sum([self._receives(host) for host in self.hosts])

    def highest_share_of_receivers(self) -> Expr:
        """The highest share of a host on which somebody arrives, in ``SHARES`` parts; an even load."""
        parts = self.parts_of_share(SHARES)
        top = self.cp.new_int_var(0, parts, "top")
        for host in self.hosts:
            touched = self._receives(host)
            for resource, usable in enumerate(self.problem.usable[host]):
                load = self.load(host, resource)
                if usable and not isinstance(load, int):
                    self.cp.add(load * parts <= top * usable).only_enforce_if(touched)
        return top

    def parts_of_share(self, most: int) -> int:
        """In how many parts a share can be counted, up to so many: fewer where amounts are very large."""
        demand, usable = self.problem.demand, self.problem.usable
        sums = [sum(column) for column in zip(*demand, strict=True)]
        largest = [max(column) for column in zip(*usable, strict=True)]
        total = max(map(sum, zip(sums, largest, strict=False)), default=0)
        return max(1, min(most, LARGEST_SUM // max(1, total)))

    def _receives(self, host: int) -> cp_model.IntVar:
        touched = self.cp.new_bool_var(f"touched_{host}")
        for kind in self._kinds_on.get(host, ()):
            count = self.counts[kind][host]
            self.cp.add(count <= self.kinds[kind].now[host]).only_enforce_if(~touched)
        return touched

    def _count_fixed(self) -> None:
        opening, problem = self.opening, self.problem
        self._fixed_load = loads(problem, [])
        for vm, host in enumerate(opening.base):
            if vm not in opening.vms:
                self._fixed_on[host] += 1
                row = self._fixed_load[host]
                for resource, amount in problem.needs[vm]:
                    row[resource] += amount

    def _make_kinds(self) -> None:
        opening = self.opening
        self.kinds = kinds_of(self.choice, self.goal, opening.vms, opening.hosts, single=self.single)
        for number, kind in enumerate(self.kinds):
            self._kind_of.update(dict.fromkeys(kind.vms, number))

    def _make_variables(self) -> None:
        cp = self.cp
        for number, kind in enumerate(self.kinds):
            size = len(kind.vms)
            counts = {
                host: cp.new_int_var(0, self._most(kind, host), f"n_{number}_{host}") for host in kind.hosts
            }
            self.counts.append(counts)
            if size == 1 and counts:
                cp.add_exactly_one(counts.values())
            else:
                cp.add(cp_model.LinearExpr.sum(list(counts.values())) == size)
            arrivals: dict[int, Expr] = {}
            for host, count in counts.items():
                self._kinds_on.setdefault(host, []).append(number)
                here = kind.now[host]
                if not here:
                    arrivals[host] = count
                elif here < size and self._fare(kind, host) is not None:
                    arrivals[host] = self._beyond(count, here, size)
            self._arrivals.append(arrivals)

    def _most(self, kind: Kind, host: int) -> int:
        """The most of a kind that may end on a host: on a cordoned one those that are there."""
        return len(kind.vms) if self._fare(kind, host) is not None else kind.now[host]

    def _beyond(self, count: cp_model.IntVar, here: int, size: int) -> cp_model.IntVar:
        """max(0, count - here), as small as a minimised sum makes it."""
        more = self.cp.new_int_var(0, size - here, "")
        self.cp.add(more >= count - here)
        self._surplus.append((more, count, here))
        return more

    def _add_resources(self, host: int) -> None:
        """Sum of the demands of those that end on the host <= usable, for each resource."""
        for resource, usable in enumerate(self.problem.usable[host]):
            load = self.load(host, resource)
            if isinstance(load, int):
                if load > usable:
                    self.cp.add_bool_or([])
            else:
                self.cp.add(load <= usable)

    def _add_groups(self, host: int) -> None:
        """Members of a group among those that end on the host <= limit, for each group."""
        problem, inside = self.problem, self._kind_of
        kinds_of: dict[int, list[int]] = {}
        for kind in self._kinds_on.get(host, ()):
            for group in problem.groups_of[self.kinds[kind].vms[0]]:
                kinds_of.setdefault(group, []).append(kind)
        for group, kinds in kinds_of.items():
            fixed = sum(self.opening.base[vm] == host and vm not in inside for vm in problem.members[group])
            self.cp.add(sum(self.counts[kind][host] for kind in kinds) <= problem.limit(group, host) - fixed)

    def hint(self, at: Sequence[int]) -> None:
        """Start the search from a placement."""
        values: dict[int, int] = {}
        for kind, counts in zip(self.kinds, self.counts, strict=True):
            there = Counter(at[vm] for vm in kind.vms)
            for host, count in counts.items():
                values[count.index] = there[host]
                self.cp.add_hint(count, there[host])
        for more, count, here in self._surplus:
            self.cp.add_hint(more, max(0, values[count.index] - here))

    def placement(self, value: Callable[[cp_model.IntVar], int]) -> list[int]:
        """Read a placement off a solution: those of a kind that can stay do."""
        at = list(self.opening.base)
        for kind, counts in zip(self.kinds, self.counts, strict=True):
            wanted = Counter({host: value(count) for host, count in counts.items()})
            moving = []
            for vm in kind.vms:
                home = self.problem.src[vm]
                if wanted[home] > 0:
                    wanted[home] -= 1
                    at[vm] = home
                else:
                    moving.append(vm)
            for vm, host in zip(moving, wanted.elements(), strict=True):
                at[vm] = host
        return at


def whole_opening(choice: Choice) -> Opening:
    """Open everything."""
    problem = choice.problem
    return Opening(
        frozenset(range(problem.num_hosts)), frozenset(range(problem.num_vms)), tuple(problem.src), True
    )


def opening_of(
    choice: Choice, base: Sequence[int], hosts: Collection[int], vms: Iterable[int] | None = None
) -> Opening:
    """Open some hosts, and the VMs that ``base`` has there, or some of them."""
    inside = frozenset(hosts)
    on_them = (vm for vm, host in enumerate(base) if host in inside) if vms is None else vms
    whole = len(inside) == choice.problem.num_hosts and vms is None
    return Opening(inside, frozenset(on_them), tuple(base), whole)
