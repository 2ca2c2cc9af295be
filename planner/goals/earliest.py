"""A goal reached as early as can be: which placement lets the plan end first.

ALGORITHM.md, "As early as can be".
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from ortools.sat.python import cp_model

from planner.cp.solve import solve
from planner.finishing import TIME
from planner.goals.cheapest import inside, meets, nearby
from planner.goals.placement_model import PlacementModel, opening_of, whole_opening
from planner.goals.planned import PlannedTo, migrations_of, planned, pool_to
from planner.goals.trips import PARTS, Trip, Trips, least_end
from planner.scheduling.schedule import scheduled
from planner.scheduling.standing import Kept

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from heuristics.deadline import Deadline
    from models.plan import Plan
    from models.schedule import Schedule
    from planner.cp.solve import Effort
    from planner.goals.joint import Joint
    from planner.goals.placement_model import Opening


class TimedPlacement(NamedTuple):
    """A placement, and the plan to it that ends earliest.

    Parameters
    ----------
    at
        The placement.
    plan, schedule
        To it; what the schedule says is proven is proven of this placement alone.
    """

    at: list[int]
    plan: Plan
    schedule: Schedule

    @property
    def rank(self) -> tuple[int, int]:
        """Give what decides between two: the end, then the cost."""
        return self.schedule.makespan_s, self.plan.cost


@dataclass(slots=True)
class Earliest:
    """A search for the plan that ends earliest, to any placement that meets a goal.

    Parameters
    ----------
    joint
        What has found the cheapest plan.
    deadline
        For all of it; a schedule of the cheapest plan comes back whatever it says.
    elsewhere
        Other placements will do.

    Attributes
    ----------
    best
        The best so far.
    bound_s
        No plan to any placement that meets the goal ends before it. Where hosts are being emptied and the
        cheapest plan leaves them alone, that is said of plans which do.
    interrupted
        Ctrl-C was pressed.
    """

    joint: Joint
    deadline: Deadline
    effort: Effort
    elsewhere: bool = True
    on_change: Callable[[Earliest], None] = lambda _: None
    best: TimedPlacement | None = None
    bound_s: int = 0
    interrupted: bool = False
    trips: Trips = field(init=False, repr=False)
    known: dict[tuple[int, ...], int] = field(default_factory=dict)
    """Placement that was planned to -> no plan to it ends before that."""
    _amid: tuple[PlannedTo | None, Kept] = field(default_factory=lambda: (None, Kept()), repr=False)
    """The placement that is being scheduled, and the best schedule of it so far."""

    @property
    def settled(self) -> bool:
        """Tell whether nothing is left to find."""
        return self.best is not None and self.best.schedule.makespan_s <= self.bound_s

    def run(self) -> None:
        """Schedule the cheapest plan; then look elsewhere, until nothing can end earlier or time is up."""
        first = self.joint.best
        assert first is not None
        self.trips = Trips(self.joint.choice)
        try:
            self._search(first)
        except KeyboardInterrupt:
            self.interrupted = True
            self._take_what_is_left(first)

    def _take_what_is_left(self, first: PlannedTo) -> None:
        """After Ctrl-C take the best schedule of the placement at hand, if none ends earlier."""
        found, left = self._amid
        if self.best is None or (
            found is not None
            and left.timetable is not None
            and left.timetable.makespan_s < self.best.schedule.makespan_s
        ):
            self.deadline.stop()
            self._schedule(found or first, self.deadline, left)

    def _search(self, first: PlannedTo) -> None:
        how = self.joint.parameters.earliest
        self.bound_s = self._of_those_who_must()
        share = self.deadline.share(how.first) if self.elsewhere else self.deadline
        self._schedule(first, share)
        for opening in self._openings(first.at):
            if not self.settled:
                self._look_in(opening)

    def _look_in(self, opening: Opening) -> None:
        """Plan to one placement of an opening after another, as long as its plan may end earlier."""
        if not self.elsewhere:
            if opening.whole:
                self._asked(opening, self.trips.least, proves=True)
            return
        # Going straight is the better guess; the least of any way is what proves.
        self._ask(opening, self.trips.straight, proves=False)
        for _ in range(self.joint.parameters.earliest.rounds):
            if self.settled or self.deadline.over or not self._ask(opening, self.trips.least, proves=True):
                break

    def _of_those_who_must(self) -> int:
        """Bound the end by those that leave their hosts in every placement, and those that come and go."""
        choice, gone = self.joint.choice, self.joint.goal.emptied(self.joint.choice)
        timing = choice.wanted.current.timing
        here, there = choice.wanted.current.placement, choice.based.target.placement
        seconds = [timing.shutdown_s] if here.keys() - there.keys() else []
        seconds += [timing.provision_s] if choice.provisioned else []
        leaving = [
            self.trips.leaving(vm)
            if (end := choice.fixed.get(vm, host)) == host
            else self.trips.least(vm, end)
            for vm, host in enumerate(choice.src)
            if vm not in choice.provisioned and (host in gone or choice.fare(vm, host) is None)
        ]
        return max([least_end(leaving), *seconds])

    def _openings(self, at: list[int]) -> Iterator[Opening]:
        """Open everything; in a large pool those that move, then all on their hosts and on likely others."""
        choice, most = self.joint.choice, self.joint.parameters.earliest.most_pairs
        if choice.problem.num_vms * choice.problem.num_hosts <= most:
            yield whole_opening(choice)
            return
        near = nearby(choice, self.joint.goal, at)
        if near.vms and len(near.hosts) * len(near.vms) <= most:
            yield near
        moved = [vm for vm, host in enumerate(at) if host != choice.src[vm]]
        ends = {at[vm] for vm in moved} | {choice.src[vm] for vm in moved}
        on, hosts, count = Counter(choice.src), set[int](), 0
        for host in dict.fromkeys([*sorted(ends), *self.joint.goal.focus(choice)]):
            if (len(hosts) + 1) * (count + on[host]) > most:
                break
            hosts.add(host)
            count += on[host]
        if ends <= hosts:
            yield opening_of(choice, choice.src, hosts)

    def _asked(self, opening: Opening, trip: Callable[[int, int], Trip], *, proves: bool) -> list[int] | None:
        """Ask for the placement that may let the plan end first; None: there is none as far as is known."""
        assert self.best is not None
        how, most = self.joint.parameters.earliest, self.best.schedule.makespan_s - 1
        asked = _Question(self.joint, opening, trip, self.bound_s if proves else 0, most, list(self.known))
        at, bound, proven = asked.answer(self.deadline.share(how.question), self.effort)
        if proves and opening.whole:
            self._raise_bound(most + 1 if at is None and proven else bound or 0)
        return at

    def _ask(self, opening: Opening, trip: Callable[[int, int], Trip], *, proves: bool) -> bool:
        """Ask for the placement that may let the plan end first, and plan to it; False: there is no other."""
        at = self._asked(opening, trip, proves=proves)
        if at is None or self.settled or self.deadline.over:
            return False
        choice, goal, how = self.joint.choice, self.joint.goal, self.joint.parameters.earliest
        self.known[tuple(at)] = self._least_of(at)
        if meets(choice, goal, at):
            found = planned(choice, goal, at, self.joint.plan_to, self.deadline.share(how.order))
            if found.result is not None and found.passes <= self._passes and goal.allows(found.migrations):
                self._schedule(found, self.deadline.share(how.later))
        return True

    @property
    def _passes(self) -> bool:
        return self.joint.best is not None and self.joint.best.passes

    def _least_of(self, at: list[int]) -> int:
        return max(self.trips.end(at), self.bound_s)

    def _schedule(self, found: PlannedTo, deadline: Deadline, kept: Kept | None = None) -> None:
        """Make the plan to a placement end as early as can be, within the migrations that are allowed.

        Parameters
        ----------
        kept
            What Ctrl-C has left of doing so.
        """
        assert found.result is not None
        assert found.result.plan is not None
        how = self.joint.parameters.plan.schedule
        # What is proven of one placement is said of all, so the same hosts are open to each of them.
        pool = pool_to(self.joint.choice, self.joint.goal, found.at, shut=not self._passes)
        kept = kept or Kept()
        self._amid = found, kept
        plan, times = scheduled(
            *(pool, found.result.plan, TIME, deadline, self.effort),
            cost_is_free=True,
            parameters=how,
            kept=kept,
        )
        self.known[tuple(found.at)] = max(times.makespan_bound_s or 0, self._least_of(found.at))
        if not self.joint.goal.allows(migrations_of(plan)):
            # The earliest end takes more migrations than are allowed: let it be this plan, as it is.
            stopped = deadline.within(0.0)
            plan, times = scheduled(pool, found.result.plan, TIME, stopped, self.effort, parameters=how)
        came = TimedPlacement(found.at, plan, times)
        if self.best is None or came.rank < self.best.rank:
            self.best = came
            self.on_change(self)
        if len(self.joint.choice.fixed) == self.joint.choice.problem.num_vms:
            self._raise_bound(self.known[tuple(found.at)])  # There is no other placement.

    def _raise_bound(self, elsewhere_s: int) -> None:
        """Take a bound of the placements that were not planned to, beside those of the others."""
        bound = min([elsewhere_s, *self.known.values()])
        if bound > self.bound_s:
            self.bound_s = bound
            self.on_change(self)


class _Question:
    """Which placement lets its plan end first, order and room aside: channel by channel and VM by VM."""

    def __init__(
        self,
        joint: Joint,
        opening: Opening,
        trip: Callable[[int, int], Trip],
        least_s: int,
        most_s: int,
        known: list[tuple[int, ...]],
    ) -> None:
        self.model = PlacementModel(joint.choice, joint.goal, opening, single=True)
        cp, src = self.model.cp, joint.choice.src
        self.end = cp.new_int_var(min(least_s, most_s), most_s, "end")
        held: dict[object, list[tuple[cp_model.IntVar, int]]] = defaultdict(list)
        for kind, counts in zip(self.model.kinds, self.model.counts, strict=True):
            vm, rows = kind.vms[0], []
            for host, ends_there in counts.items():
                if host == src[vm] or vm in joint.choice.provisioned:
                    continue
                there = trip(vm, host)
                rows.append((ends_there, there.seconds))
                for channel, share in there.shares.items():
                    held[channel].append((ends_there, share))
            if rows:
                cp.add(self.end >= _sum(rows))
        for rows in held.values():
            cp.add(self.end * PARTS >= _sum(rows))
        for at in known:
            if inside(opening, at):
                cp.add_bool_or([~self.model.is_placement(at)])

    def answer(self, deadline: Deadline, effort: Effort) -> tuple[list[int] | None, int | None, bool]:
        """Give (placement, or None; what every one takes at least; proven that there is none).

        Of placements whose plans may end as early it is the cheapest, as far as there is time.
        """
        cp = self.model.cp
        cp.minimize(self.end)
        solver, answer = solve(cp, deadline, effort)
        if not answer.found:
            return None, answer.bound, answer.proven
        at, end_s = self.model.placement(solver.value), solver.value(self.end)
        cost = self.model.cost()
        if not isinstance(cost, int) and not deadline.over:
            cp.add(self.end <= end_s)
            self.model.hint(at)
            cp.minimize(cost)
            solver, cheaper = solve(cp, deadline, effort)
            if cheaper.found:
                at = self.model.placement(solver.value)
        return at, answer.bound, answer.proven


def _sum(rows: list[tuple[cp_model.IntVar, int]]) -> cp_model.LinearExpr:
    return cp_model.LinearExpr.weighted_sum([literal for literal, _ in rows], [amount for _, amount in rows])
