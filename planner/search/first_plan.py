"""A first plan: path finders in turn until one has a plan, which the squeaky wheel then improves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from heuristics import Found, PathFinder, SqueakyWheel, path_finder
from heuristics.aspiers import Aspiers
from heuristics.compiled.at_hand import has_numba
from heuristics.squeaky import passes
from heuristics.tracker import Tracker, first_flaw
from models.errors import PlannerError
from models.mistakes import shown
from models.problem import OFF
from planner.search.exact import is_small
from planner.search.impossible import AllPlacementsSearched
from planner.search.shifting import is_for_shifts

if TYPE_CHECKING:
    from heuristics import Deadline
    from models.parameters import Share
    from models.problem import Problem
    from planner.search.incumbent import Incumbent
    from planner.search.stage import Search


def needs_no_move(search: Search) -> bool:
    """Tell whether every VM is on its target."""
    return not search.problem.displaced


def move_nothing(search: Search, _: Deadline) -> None:
    """Offer the plan without a migration."""
    search.incumbent.offer([], "nothing to move")


def has_finder(search: Search) -> bool:
    """Tell whether a path finder goes before the wheel: one that was asked for, or aspiers on small pools.

    Where that, which stops nobody, may do so, it has had its turn without.
    """
    if search.finder != "auto":
        return True
    return not search.stoppings and (
        len(search.problem.displaced) <= search.parameters.first_plan.aspiers_most
    )


def share_of_finder(search: Search) -> Share:
    """Give aspiers, which is quick where it is any good, less than another."""
    first = search.parameters.first_plan
    return first.aspiers if search.finder in ("auto", Aspiers.name) else first.other


def find_by_finder(search: Search, deadline: Deadline) -> None:
    """Run that path finder."""
    finder = search.finder
    if isinstance(finder, str):
        finder = path_finder(Aspiers.name if finder == "auto" else finder, search.parameters.finders)
    find_by(finder, search.incumbent, deadline, search.effort.seed)


def find_by_one_pass(search: Search, deadline: Deadline) -> None:
    """Turn the wheel once: that nearly always finds a plan; where it does not, there may be none."""
    search.incumbent.offer(search.wheels.turn(deadline), SqueakyWheel.name)


def may_be_halved(search: Search) -> bool:
    """Tell whether there may be a placement halfway that has more room than either end.

    Where one resource alone is short, none has more room than another. In Python the search takes minutes.
    """
    problem, halves = search.problem, search.parameters.halves
    displaced = len(problem.displaced)
    if not halves.fewest_displaced <= displaced <= halves.most_displaced or not search.effort.by_clock:
        return False
    if problem.num_hosts * len(problem.group_names) > halves.most_places:
        return False
    return len(problem.resources) >= halves.fewest_resources and has_numba()


def find_by_passes(search: Search, deadline: Deadline) -> None:
    """Turn the wheel a few times more."""
    for _ in range(search.parameters.first_plan.passes):
        if deadline.over or search.has_plan:
            return
        search.incumbent.offer(search.wheels.turn(deadline), SqueakyWheel.name)


def find_by_wheel(search: Search, deadline: Deadline) -> None:
    """Turn the wheel, from other priorities, until there is a plan or the time is up."""
    incumbent, seed = search.incumbent, search.effort.seed + search.parameters.first_plan.later_seed
    for moves in passes(search.problem, deadline, seed, search.parameters.finders.squeaky):
        if incumbent.offer(moves, SqueakyWheel.name) or incumbent.done:
            return


def find_by(finder: PathFinder, incumbent: Incumbent, deadline: Deadline, seed: int) -> None:
    """Run a path finder, and take what it finds and what it proves.

    Raises
    ------
    PlannerError
        What it finds is no plan: most are of somebody's own.
    """
    found = finder.find(incumbent.problem, deadline, seed)
    if why := _wrong_with(incumbent.problem, found):
        raise PlannerError(f"path finder {finder.name!r}: {why}")
    incumbent.offer(found.moves, finder.name)
    if found.proven and found.moves is not None:
        incumbent.prove_optimal()
    elif found.proven:
        incumbent.prove_impossible(AllPlacementsSearched(finder.name))


def _wrong_with(problem: Problem, found: object) -> str:
    """Say why something is no answer of a path finder; empty where it is one."""
    if not isinstance(found, Found):
        return f"find() gives {shown(found)}, must be a Found"
    moves, vms, hosts = found.moves or (), range(problem.num_vms), range(OFF, problem.num_hosts)
    for number, move in enumerate(moves, start=1):
        if not isinstance(move, tuple) or len(move) != 2 or move[0] not in vms or move[1] not in hosts:
            return f"its move {number} is {shown(move)}, must be indices (VM, host)"
        if move[1] == OFF and problem.stop_cost[move[0]] is None:
            return f"its move {number} stops {problem.vms[move[0]].name}, which may not be stopped"
    if found.moves is None or (flaw := first_flaw(problem, moves)) is None:
        return ""
    if flaw == len(moves):
        return "its moves do not bring every VM to its target"
    vm, host = moves[flaw]
    tracker = Tracker(problem)
    for before in moves[:flaw]:
        tracker.go(*before)
    is_there, fits = tracker.at[vm] == host, tracker.fits(vm, host)
    why = "it is there" if is_there else "it may not go there" if fits else "there is no room for it"
    return f"its move {flaw + 1} brings {problem.vms[vm].name} to {problem.hosts[host].name}: {why}"


def is_for_the_wheel(search: Search) -> bool:
    """Tell whether there is a plan that the wheel may better."""
    return search.has_plan and not is_for_shifts(search)


def turn_the_wheel(search: Search, deadline: Deadline) -> None:
    """Improve the plan by passes until they find nothing better for a while."""
    incumbent = search.incumbent
    last, idle = deadline.elapsed_s, 0
    while not deadline.over:
        idle += 1
        if incumbent.offer(search.wheels.turn(deadline), SqueakyWheel.name):
            last, idle = deadline.elapsed_s, 0
        waited = deadline.elapsed_s - last
        patient = waited <= _enough(search, deadline) or idle <= _enough_passes(search)
        if incumbent.done or not patient:
            return


def _enough_passes(search: Search) -> int:
    """Give the passes without a better plan that are made in any case; few where each takes long."""
    wheel = search.parameters.wheel
    return wheel.fewest_passes if _by_clock(search) else wheel.patient_passes


def _by_clock(search: Search) -> bool:
    """Tell whether the clock may decide how long the wheel turns: small pools are for the exact model."""
    return search.effort.by_clock and not is_small(search)


def _enough(search: Search, deadline: Deadline) -> float:
    """Give the seconds without a better plan after which the wheel has done what it can."""
    incumbent, wheel = search.incumbent, search.parameters.wheel
    if not _by_clock(search):
        return 0.0
    near = (incumbent.cost or 0) <= (1 + wheel.near) * (incumbent.bound or 0)
    part = (wheel.near_part if near else wheel.far_part) * deadline.limit_s
    return min(part, wheel.patience_s + wheel.patience_a_move_s * len(search.problem.displaced))
