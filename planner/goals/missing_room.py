"""Why no placement can meet a goal, in words: who may run nowhere else, what is missing of which resource."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from models.ledger import Ledger
from models.sizes import exact
from planner.goals.lacking import amount_of
from planner.verdict.sentences import are, number_of, some_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from heuristics.deadline import Deadline
    from models.ledger import Violation
    from planner.goals.choice import Choice
    from planner.goals.goal import Goal

VMS_A_LOOK = 50
"""VMs between two looks at the clock: a pool of fewer has been gone through in no time."""

MOST_NAMED = 3
"""VMs, and hosts of each, that a sentence names: more is no sentence to be read."""


def why_no_room(choice: Choice, goal: Goal, deadline: Deadline) -> str | None:
    """Say why no placement can meet a goal, where that is plain; None where it is not, or time is up."""
    gone = goal.emptied(choice)
    bound = list(_bound_to_stay(choice, gone))
    if bound:
        more = f"; and {len(bound) - MOST_NAMED} more" if len(bound) > MOST_NAMED else ""
        return "; ".join(_why_nowhere(choice, vm, gone) for vm in bound[:MOST_NAMED]) + more
    return _too_large(choice, gone) or _too_much(choice, gone, deadline) or _too_many_of_a_group(choice, gone)


def broken_by_target(choice: Choice) -> str | None:
    """Say which rule the VMs break by themselves that the target names; None where they break none."""
    problem, state = choice.problem, choice.state
    named = {problem.vms[vm].name: problem.hosts[end].name for vm, end in choice.fixed.items()}
    found = next(Ledger(state.hosts, state.vms, state.rules, named).broken(named), None)
    return None if found is None else f"the target alone breaks a rule: {found.text}"


def _homes(choice: Choice, vm: int, gone: frozenset[int]) -> list[int]:
    return [host for host in choice.hosts_for(vm) if host not in gone]


def _has_home(choice: Choice, vm: int, gone: frozenset[int]) -> bool:
    return any(host not in gone for host in choice.hosts_for(vm))


def _bound_to_stay(choice: Choice, gone: frozenset[int]) -> Iterator[int]:
    """Give the VMs that may not stay where they are, and may run nowhere else."""
    for vm, home in enumerate(choice.src):
        if (home in gone or choice.fare(vm, home) is None) and not _has_home(choice, vm, gone):
            yield vm


def _why_nowhere(choice: Choice, vm: int, gone: frozenset[int]) -> str:
    """Name the rules that keep a VM from where the target has it, or from every host that is left."""
    problem, state = choice.problem, choice.state
    guest, home, end = problem.vms[vm], choice.src[vm], choice.fixed.get(vm)
    here = problem.hosts[home].name
    if end is not None and end in gone:
        return f"the target names {problem.hosts[end].name} for {guest.name}, and nobody may stay there"
    if end != home and not guest.movable and not guest.offline:
        return f"{guest.name} cannot leave {here}: movable=false ({guest.labels.get('why') or 'pinned'})"
    ledger = Ledger(state.hosts, state.vms, state.rules, {})
    if end is not None:
        why = "; ".join(found.text for found in _refusals(choice, ledger, vm, end))
        return f"the target names {problem.hosts[end].name} for {guest.name}: {why}"
    stays = choice.fare(vm, home) is not None
    others = [host for host in range(problem.num_hosts) if host != home and host not in gone]
    said: dict[str, str] = {}
    for host in others if stays else [home, *others]:
        if found := _refusals(choice, ledger, vm, host):
            said.setdefault(found[0].rule, found[0].text)
    emptied = any(host in gone and host != home for host in choice.hosts_for(vm))
    where = "hosts that are to be empty" if emptied else here
    bound = (
        f"may run nowhere but on {where}" if stays else f"may not stay on {here}, and no other host is left"
    )
    why = "; ".join(list(said.values())[:MOST_NAMED])
    return f"{guest.name} {bound}: {why}" if why else f"{guest.name} {bound}"


def _refusals(choice: Choice, ledger: Ledger, vm: int, host: int) -> list[Violation]:
    """Give the rules by which a VM may not end on a host, room aside."""
    problem, home = choice.problem, choice.src[vm]
    guest, there = problem.vms[vm], problem.hosts[host].name
    found = ledger.unfit(guest.name, there)
    if host != home or vm in choice.provisioned:
        migrates = guest.movable and vm not in choice.provisioned
        source = problem.hosts[home].name if migrates else None
        found += ledger.unmovable(guest.name, source, there, there)
    return found


def _too_large(choice: Choice, gone: frozenset[int]) -> str | None:
    """Find a VM that must leave, or is larger than its own host, and that no host is large enough for."""
    problem = choice.problem
    for vm, home in enumerate(choice.src):
        leaves = home in gone or choice.fare(vm, home) is None
        short = [
            (resource, amount)
            for resource, amount in problem.needs[vm]
            if leaves or problem.usable[home][resource] < amount
        ]
        homes = _homes(choice, vm, gone) if short else []
        for resource, amount in short:
            if homes and all(problem.usable[host][resource] < amount for host in homes):
                most = max(problem.usable[host][resource] for host in homes)
                takes = f"{problem.vms[vm].name} takes {amount_of(choice, resource, amount)}"
                has = exact(most, problem.resources[resource])
                return f"{takes}, the largest host {'left ' * bool(gone)}for it has {has}"
    return None


def _too_much(choice: Choice, gone: frozenset[int], deadline: Deadline) -> str | None:
    """Find VMs that take more of a resource than all hosts have that they may run on."""
    problem = choice.problem
    everywhere = [host for host in range(problem.num_hosts) if host not in gone]
    others: dict[frozenset[int], list[int]] = {}
    for vm in range(problem.num_vms):
        if vm % VMS_A_LOOK == VMS_A_LOOK - 1 and deadline.over:
            break  # those looked at so far may be too many already
        if vm in choice.fixed or not problem.filters.unbound[vm]:
            others.setdefault(frozenset(_homes(choice, vm, gone)), []).append(vm)
    if (why := _excess(choice, everywhere, range(problem.num_vms))) is not None:
        left = " left" if gone else ""
        have = number_of(len(everywhere), f"host{left} has", f"hosts{left} have")
        return f"not enough room: the VMs take {why[0]}, and the {have} {why[1]}"
    for hosts in list(others)[: choice.parameters.by_hand.most_sets]:
        vms = [vm for key, some in others.items() if key <= hosts for vm in some]
        if (why := _excess(choice, hosts, vms)) is not None:
            need = f"{number_of(len(vms), 'VM')} that may run on no other than {len(hosts)} of the hosts"
            take = f"{'takes' if len(vms) == 1 else 'take'} {why[0]}"
            have = f"{'this has' if len(hosts) == 1 else 'these have'} {why[1]}"
            return f"not enough room: {need} {take}, and {have}"
    return None


def _excess(choice: Choice, hosts: Collection[int], vms: Iterable[int]) -> tuple[str, str] | None:
    """Give (what VMs take, what hosts have and how much is missing) of a resource that is short."""
    problem = choice.problem
    some = list(vms)
    for resource, name in enumerate(problem.resources):
        taken = sum(problem.demand[vm][resource] for vm in some)
        usable = sum(problem.usable[host][resource] for host in hosts)
        if taken > usable:
            missing = taken - usable
            has = exact(usable, name)
            return amount_of(choice, resource, taken), f"{has}: {exact(missing, name)} {are(missing)} missing"
    return None


def _too_many_of_a_group(choice: Choice, gone: frozenset[int]) -> str | None:
    """Find VMs of a group that are more than the hosts may hold of it that are left for them."""
    problem = choice.problem
    for group, members in enumerate(problem.members):
        room = _room_of_group(choice, gone, group)
        if room is not None:
            names = [problem.vms[vm].name for vm in members]
            who = f"{number_of(len(names), 'VM')} of {problem.group_names[group]}"
            hosts = number_of(room.hosts, "host")
            return broken_by_target(choice) or (
                f"the {who} ({some_of(names, MOST_NAMED)}) can end on {hosts} alone, "
                f"and no more than {room.most} of them may be there"
            )
    return None


class _Room(NamedTuple):
    """How many hosts are left for a group, and how many of it these may hold."""

    hosts: int
    most: int


def _room_of_group(choice: Choice, gone: frozenset[int], group: int) -> _Room | None:
    """Give what is left for a group, where that is too little; None where it is enough."""
    problem = choice.problem
    members, unbound = problem.members[group], problem.filters.unbound
    left = set[int]()
    most = 0
    # Those that may run anywhere first: a few hosts are enough, and no list of them is made.
    for vm in sorted(members, key=lambda vm: vm in choice.fixed or not unbound[vm]):
        anywhere = vm not in choice.fixed and unbound[vm]
        for host in range(problem.num_hosts) if anywhere else choice.hosts_for(vm):
            if host not in gone and host not in left:
                left.add(host)
                most += max(0, problem.limit(group, host))
                if most >= len(members):  # of most groups a few hosts hold all
                    return None
    return _Room(len(left), most) if members else None
