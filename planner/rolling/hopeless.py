"""Why no rolling update of a cluster exists, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.sizes import exact, title
from planner.rolling.bounds import TooFew, who_cannot_be_emptied, who_cannot_return
from planner.verdict.sentences import are, number_of, some_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.rolling.upgrade import Upgrade

MOST_NAMED = 3
"""VMs of a group that a sentence names."""

NONE_IS_FIRST = (
    "on each host to update is a VM that takes no detours, and were that host the first, "
    "it would have to wait on another"
)
"""Why there is none where the bound finds no host that may be the first."""


def why_hopeless(upgrade: Upgrade, least: Sequence[int | None], *, home: bool) -> str | None:
    """Say whom no plan can do with; None where nobody is known.

    Parameters
    ----------
    least
        What each VM costs at least; None where it cannot get out of its host.
    home
        All shall come home in the end.
    """
    if None in least:
        return _why_it_stays(upgrade, least.index(None), home=home)
    if home and (found := who_cannot_return(upgrade)) is not None:
        return _why_no_return(upgrade, *found)
    if (short := who_cannot_be_emptied(upgrade)) is not None:
        return _why_not_emptied(upgrade, short)
    return None


def _why_not_emptied(upgrade: Upgrade, short: TooFew) -> str:
    """Say what the others cannot hold when a host shall be empty."""
    problem, host = upgrade.problem, upgrade.name(short.host)
    others = number_of(upgrade.num_hosts - 1, "other host")
    stops = any(cost is not None for cost in upgrade.stop_cost)
    which = " that may not be stopped" if stops else ""
    missing = short.taken - short.room
    if short.resource is None:
        assert short.group is not None
        members = [vm for vm in problem.members[short.group] if upgrade.stop_cost[vm] is None]
        named = some_of([problem.vms[vm].name for vm in members], MOST_NAMED)
        who = f"{number_of(short.taken, 'VM')} of {problem.group_names[short.group]}{which} ({named})"
        return f"{host} cannot be emptied: there are {who}, and the {others} may hold {short.room} of them"
    name = problem.resources[short.resource]
    take = f"the VMs{which} take {exact(short.taken, name)} {title(name)}"
    have = f"the {others} {'has' if upgrade.num_hosts == 2 else 'have'} {exact(short.room, name)}"
    return f"{host} cannot be emptied: {take}, and {have}: {exact(missing, name)} {are(missing)} missing"


def _why_it_stays(upgrade: Upgrade, vm: int, *, home: bool) -> str:
    guest, host = upgrade.problem.vms[vm], upgrade.name(upgrade.problem.src[vm])
    if not guest.movable and not guest.offline:
        return f"{guest.name} on {host} is not movable, and may not be stopped"
    if not guest.movable:
        return f"{guest.name} on {host} is not movable, and no host may start it once it is stopped"
    if home and upgrade.moves_once[vm]:
        return f"{guest.name} on {host} takes no detours, so it cannot leave and come home"
    return f"{guest.name} on {host} may run on no other host"


def _why_no_return(upgrade: Upgrade, vm: int, lacks_room: bool) -> str:
    source = upgrade.problem.src[vm]
    guest, host = upgrade.problem.vms[vm].name, upgrade.before[source]
    if lacks_room:
        return f"{host.name} holds more than it may, so not all on it can come back, such as {guest}"
    if not host.accepts:
        return f"{guest} may not come back to {host.name}, which is cordoned (accepts=false)"
    return f"{guest} may not come back to {host.name}: a rule forbids it"
