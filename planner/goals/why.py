"""Why each VM moves that a goal moves, and what would save its migration, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.goals.lacking import amount_of, lacking

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from planner.goals.choice import Choice
    from planner.goals.goal import Goal


def why_each_moves(choice: Choice, goal: Goal, at: Sequence[int]) -> Iterator[str]:
    """Give a sentence for each VM that ends elsewhere, those that must first.

    Parameters
    ----------
    at
        The placement found.
    """
    names, hosts = choice.problem.vms, choice.problem.hosts
    moving = [vm for vm, host in enumerate(at) if host != choice.src[vm]]
    gone = goal.emptied(choice)
    later = []
    for vm in moving:
        home = hosts[choice.src[vm]].name
        if choice.src[vm] in gone:
            yield f"{names[vm].name} must leave {home}"
        elif vm in choice.fixed:
            yield f"{names[vm].name} goes where the target has it"
        elif choice.fare(vm, choice.src[vm]) is None:
            yield f"{names[vm].name} may not stay on {home}"
        else:
            later.append(vm)
    terms = goal.terms(choice)
    # More capacity does not keep a VM where the goal itself asks for less load, or for room beside it.
    with_more = not terms.most and terms.newcomers is None
    ends: dict[int, list[int]] = {}
    for vm, host in enumerate(at):
        ends.setdefault(host, []).append(vm)
    # Where no more hosts are empty than are wanted, who leaves one empty does so for that.
    spare = terms.empty is None or len(hosts) - len(ends) > terms.empty
    for vm in later:
        staying = ends.get(choice.src[vm], [])
        for_room = (spare or bool(staying)) and not _had_to_leave(choice, terms.most, vm, staying)
        yield _why_it_makes_way(choice, goal, at, vm, staying, for_room=for_room, with_more=with_more)


def _why_it_makes_way(
    choice: Choice,
    goal: Goal,
    at: Sequence[int],
    vm: int,
    staying: Sequence[int],
    *,
    for_room: bool,
    with_more: bool,
) -> str:
    """Say for whom a VM makes room, and how much more capacity would have kept it.

    Parameters
    ----------
    staying
        Who ends on its host.
    for_room
        It may be for want of room that it leaves.
    with_more
        More capacity could keep it, if that is what is wanting.
    """
    problem, home = choice.problem, choice.src[vm]
    name, host = problem.vms[vm].name, problem.hosts[home].name
    taken = _load(choice, [*staying, vm])
    short = {r: more for r, load in enumerate(taken) if (more := lacking(choice, home, r, load)) != 0}
    rival = _rival(choice, vm, home, staying)
    if short and for_room:
        coming = [problem.vms[other].name for other in staying if choice.src[other] != home]
        others = " and others" if len(coming) > 2 else ""
        whom = f" for {' and '.join(coming[:2])}{others}" if coming else ""
        amounts = [amount_of(choice, resource, more) for resource, more in short.items() if more is not None]
        helps = with_more and rival is None and len(amounts) == len(short)
        keep = f"; with {' and '.join(amounts)} more {host} could keep it" if helps else ""
        return f"{name} makes room on {host}{whom}{keep}"
    if rival is not None:
        return f"{name} leaves {host}: {rival}"
    return f"{name} leaves {host}{goal.because(choice, at, vm)}"


def _load(choice: Choice, vms: Sequence[int]) -> list[int]:
    """Give what VMs take together, by resource."""
    problem = choice.problem
    return [sum(problem.demand[vm][r] for vm in vms) for r in range(len(problem.resources))]


def _had_to_leave(
    choice: Choice, most: Mapping[tuple[int, int], int], vm: int, staying: Sequence[int]
) -> bool:
    """Tell whether a goal lets a VM not stay beside those who were there before, whoever comes.

    Parameters
    ----------
    most
        (host, resource) -> the most that the goal lets it hold.
    staying
        Who ends on its host.
    """
    home = choice.src[vm]
    before = [other for other in staying if choice.src[other] == home]
    if not most or len(before) == len(staying):
        return False
    return any(load > most.get((home, r), load) for r, load in enumerate(_load(choice, [*before, vm])))


def _rival(choice: Choice, vm: int, home: int, staying: Sequence[int]) -> str | None:
    """Name one who stays, and the group of both that lets nobody else stay beside it."""
    problem = choice.problem
    for group in problem.groups_of[vm]:
        held = [other for other in staying if group in problem.groups_of[other]]
        if held and len(held) >= problem.limit(group, home):
            return f"{problem.group_names[group]} lets no more stay beside {problem.vms[held[0]].name}"
    return None
