"""What would unlock an impossible pool: the least extra room on a host, or a VM to stop for a while.

Each is confirmed by planning the pool with it.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from models.actions import Stop
from models.problem import Problem
from models.sizes import exact, title
from planner.explaining.changes import with_offline, with_room
from planner.explaining.explanation import MoreRoom, RoomTogether, StopOne, Unlock
from planner.explaining.more_room import Extra, RoomSearch
from planner.explaining.parameters import DEFAULT
from planner.explaining.together import Together
from planner.explaining.tries import Tries
from planner.search.reachability import blocked
from planner.search.what_if import WhatIf
from planner.verdict.sentences import number_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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
    what_if = WhatIf(problem, parameters.goal.plan.what_if)
    search = RoomSearch(problem, what_if, tries, proven=proven)
    asking, resources = deadline.share(parameters.asking), _capacities(problem)
    useful = {resource: search.useful(resource, asking) for resource in resources}
    asked = [resource for resource, hosts in useful.items() if hosts]
    rooms, for_room = [], deadline.share(parameters.room)
    for number, resource in enumerate(asked):
        share = for_room.within(for_room.left_s / (len(asked) - number))
        extra = search.least(resource, useful[resource], share)
        if extra is not None:
            rooms.append(_told(problem, tries, resource, extra))
    together = None if rooms else _together(problem, search, what_if, resources, tries, deadline)
    stops = list(_stops(problem, what_if, tries, deadline))
    complete = search.all_tried and tries.all_told and not deadline.over
    useless = tuple(
        problem.resources[resource] for resource, hosts in useful.items() if search.all_asked and not hosts
    )
    text = _verdict(any((rooms, stops, together)), complete) + _useless_text(useless)
    return Unlock(tuple(rooms), tuple(stops), complete, text, useless, together)


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


def _together(
    problem: Problem,
    search: RoomSearch,
    what_if: WhatIf,
    resources: Sequence[int],
    tries: Tries,
    deadline: Deadline,
) -> RoomTogether | None:
    """Look for room of several resources at once, where there are several and rules alone do not block."""
    if len(resources) < 2 or not what_if.room_helps():
        return None
    them, share = Together(problem, resources, tries), deadline.share(tries.how.together)
    found = them.least(search.order, share)
    if found is None:
        return None
    host, amounts, tried = found
    result = _better(tries.plan(them.pool(host, amounts)), tried)
    return them.told(host, amounts, result.cost or 0, _plan_text(result))


def _useless_text(useless: Sequence[str]) -> str:
    names = " or ".join(map(title, useless))
    return f"; more {names} on one host alone is proven useless" if useless else ""


def _told(problem: Problem, tries: Tries, resource: int, extra: Extra) -> MoreRoom:
    """Plan for good with that room, and say what it comes to."""
    host, name = problem.hosts[extra.host].name, problem.resources[resource]
    result = _better(tries.plan(with_room(problem.pool, host, name, extra.amount)), extra.result)
    least = extra.proven and extra.bound == extra.amount
    less = "with any less on this host none exists" if extra.proven else "with less on it none was found"
    if least:
        less = "with less none exists, on whichever host"
    elif extra.bound > 1:
        less += f"; proven: less than {exact(extra.bound, name)} does on no host"
    text = f"{exact(extra.amount, name)} more {title(name)} on {host}: then {_plan_text(result)}; {less}"
    return MoreRoom(host, name, extra.amount, extra.proven, result.cost or 0, text, extra.bound)


def _better(planned: Result, tried: Result) -> Result:
    """Give the better of a plan made for good, if there was time for one, and of one made in haste."""
    return min(planned, tried, key=lambda result: inf if result.cost is None else result.cost)


def _stops(problem: Problem, what_if: WhatIf, tries: Tries, deadline: Deadline) -> Iterator[StopOne]:
    """Try VMs alone until enough are found: first those of the proof, of these the smallest.

    Before them comes who is stopped in a plan that may stop any, where that is one VM alone.
    """
    found, order = 0, _in_order(problem)
    alone = _stopped_alone(problem, order, tries, deadline)
    for vm in [*alone, *(vm for vm in order if vm not in alone)]:
        if found == tries.how.most_stops or deadline.over:
            return
        if not what_if.stop_helps(vm):
            continue
        pool = with_offline(problem.pool, [problem.vms[vm].name])
        result = tries.attempt(pool, deadline)
        if result.plan is not None:
            result = _better(tries.plan(pool), result)
            found += 1
            name, host = problem.vms[vm].name, problem.hosts[problem.src[vm]].name
            text = f"stop {name} on {host} and start it at its target: then {_plan_text(result)}"
            yield StopOne(name, host, result.cost or 0, text)


def _stopped_alone(problem: Problem, able: Sequence[int], tries: Tries, deadline: Deadline) -> list[int]:
    """Plan the pool in which any of some VMs may be stopped; give the one that is, where it is one."""
    number_of = {problem.vms[vm].name: vm for vm in able}
    if not number_of or deadline.over:
        return []
    plan = tries.improve(with_offline(problem.pool, number_of), deadline).plan
    if plan is None:
        return []
    stopped = {action.vm for action in plan.actions if isinstance(action, Stop)}
    return [number_of[name] for name in stopped if name in number_of] if len(stopped) == 1 else []


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
    words = f"a plan of {number_of(moves, 'migration')}"
    if stops > 0:
        words += f" and {number_of(stops, 'stop')}"
    return f"{words} exists"
