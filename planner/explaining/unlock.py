"""What would unlock an impossible pool: the least extra room on a host, or a VM to stop for a while.

Each is confirmed by planning the pool with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.problem import Problem
from models.sizes import exact, title
from planner.explaining.changes import relaxed_stop, with_offline, with_room
from planner.explaining.explanation import MoreRoom, StopOne, Unlock
from planner.explaining.more_room import Extra, RoomSearch
from planner.explaining.parameters import DEFAULT
from planner.explaining.tries import Tries
from planner.search.reachability import blocked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from heuristics.deadline import Deadline
    from models.objective import Objective
    from models.pool import Pool
    from planner.explaining.parameters import ExplainParameters
    from planner.result import Result


def unlock(
    pool: Pool,
    objective: Objective,
    deadline: Deadline,
    *,
    seed: int,
    workers: int,
    proven: bool,
    parameters: ExplainParameters = DEFAULT,
) -> Unlock:
    """Search for what would unlock a pool for which no plan was found.

    Parameters
    ----------
    proven
        It is proven that the pool has none.
    """
    problem, tries = Problem(pool, objective), Tries(objective, deadline, seed, workers, parameters)
    search = RoomSearch(problem, tries, proven=proven)
    resources = _capacities(problem)
    rooms = []
    for_room = deadline.share(parameters.room)
    for number, resource in enumerate(resources):
        extra = search.least(resource, for_room.within(for_room.left_s / (len(resources) - number)))
        if extra is not None:
            rooms.append(_confirmed(problem, tries, resource, extra))
    stops = list(_stops(problem, tries, deadline))
    found = (tuple(room for room in rooms if room is not None), tuple(stops))
    complete = search.all_tried and tries.all_told and not deadline.over
    return Unlock(*found, complete, _verdict(any(found), complete))


def _verdict(found: bool, complete: bool) -> str:
    if found:
        rest = "" if complete else "; the time was up before every single host and VM was settled"
        return "any one of these would unlock it, confirmed by planning again" + rest
    if complete:
        return "nothing single unlocks it: neither more of one resource on one host nor one VM stopped"
    return "nothing single was found that unlocks it before the time was up"


def _capacities(problem: Problem) -> list[int]:
    """Give the resources that hosts have by their capacity; those of rules of one's own are not for sale."""
    named = {name for vm in problem.vms for name in vm.demand}
    return [number for number, name in enumerate(problem.resources) if name in named]


def _confirmed(problem: Problem, tries: Tries, resource: int, extra: Extra) -> MoreRoom | None:
    host, name = problem.hosts[extra.host].name, problem.resources[resource]
    result = tries.plan(with_room(problem.pool, host, name, extra.amount))
    if result.cost is None:
        tries.all_told = False
        return None
    less = "with any less on this host none exists" if extra.proven else "with less on it none was found"
    text = f"{exact(extra.amount, name)} more {title(name)} on {host}: then {_plan_text(result)}; {less}"
    return MoreRoom(host, name, extra.amount, extra.proven, result.cost, text)


def _stops(problem: Problem, tries: Tries, deadline: Deadline) -> Iterator[StopOne]:
    """Try VMs alone until enough are found: first those of the proof, of these the smallest."""
    found = 0
    for vm in _in_order(problem):
        if found == tries.how.most_stops or deadline.over:
            return
        if blocked(relaxed_stop(problem, vm)) is not None:
            continue
        pool = with_offline(problem.pool, problem.vms[vm].name)
        result = tries.plan(pool) if tries.has_plan(pool, deadline) else None
        if result is not None and result.cost is not None:
            found += 1
            name, host = problem.vms[vm].name, problem.hosts[problem.src[vm]].name
            text = f"stop {name} on {host} and start it at its target: then {_plan_text(result)}"
            yield StopOne(name, host, result.cost, text)


def _in_order(problem: Problem) -> list[int]:
    """Give the VMs that may not be stopped yet: who blocks or is blocked first, then by size."""
    proof = blocked(problem)
    involved: set[int] = set()
    if proof is not None:
        involved.update(proof.stuck, proof.shut_out, *proof.fixed.values())
    most = [max(row[number] for row in problem.usable) or 1 for number in range(len(problem.resources))]

    def size(vm: int) -> float:
        """The largest share of a host that it takes."""
        return max((amount / most[resource] for resource, amount in problem.needs[vm]), default=0.0)

    able = (vm for vm, cost in enumerate(problem.stop_cost) if cost is None)
    return sorted(able, key=lambda vm: (vm not in involved, size(vm)))


def _plan_text(result: Result) -> str:
    """Say what the plan found with it is."""
    assert result.plan is not None
    moves = len(result.plan.migrations)
    stops = sum(result.plan.price(a) > 0 for a in result.plan.actions) - moves
    words = f"a plan of {moves} migration{'s' * (moves != 1)}"
    if stops > 0:
        words += f" and {stops} stop{'s' * (stops != 1)}"
    return f"{words} exists"
