"""What stands in the way, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models.problem import Problem
    from planner.reachability import Blocked

MOST_NAMED = 3


def why_blocked(problem: Problem, obstacle: Blocked) -> str:
    """Say who can never move, who is shut out, and what blocks them."""
    sentences = [_stuck(problem, vm, obstacle) for vm in obstacle.stuck[:MOST_NAMED]]
    others = [vm for vm in obstacle.shut_out if vm not in obstacle.stuck]
    sentences += [_shut_out(problem, vm, obstacle) for vm in others[:MOST_NAMED]]
    more = len(obstacle.stuck) + len(others) - len(sentences)
    return "; ".join(sentences) + (f"; and {more} more" if more > 0 else "")


def _stuck(problem: Problem, vm: int, obstacle: Blocked) -> str:
    name, host = problem.vms[vm].name, problem.hosts[problem.src[vm]].name
    return f"{name} can never leave {host}: no host ever has room for it, {_keepers(problem, vm, obstacle)}"


def _shut_out(problem: Problem, vm: int, obstacle: Blocked) -> str:
    name, host = problem.vms[vm].name, problem.hosts[problem.dst[vm]].name
    return f"{name} can never get to {host}: {_keepers(problem, vm, obstacle)}"


def _keepers(problem: Problem, vm: int, obstacle: Blocked) -> str:
    """Say who stays on the VM's target for ever, and how much that leaves."""
    target = problem.dst[vm]
    keepers = [w for w in obstacle.fixed.get(target, ()) if w != vm]
    host = problem.hosts[target].name
    named = ", ".join(problem.vms[w].name for w in keepers[:MOST_NAMED])
    if len(keepers) > MOST_NAMED:
        named += f" and {len(keepers) - MOST_NAMED} more"
    for resource, amount in problem.needs[vm]:
        free = problem.usable[target][resource] - sum(problem.demand[w][resource] for w in keepers)
        if amount > free:
            what = problem.resources[resource]
            return f"its target {host} keeps {named}, which leaves {free} {what} of {amount} needed"
    for group in problem.groups_of[vm]:
        members = [w for w in keepers if group in problem.groups_of[w]]
        if len(members) >= problem.limit(group, target):
            return f"its target {host} keeps {problem.vms[members[0]].name} of {problem.group_names[group]}"
    return f"its target {host} keeps {named or 'nobody'}"
