"""Pairs of VMs that fill their hosts and change places, one of each pair off while the other passes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models import Migration, Plan, Pool, Start, Stop
from tests.builders import host, pool, vm

if TYPE_CHECKING:
    from models import Action, Timing

PASSING_S = 40
"""Seconds of each migration."""


def changing_places(pairs: int, timing: Timing) -> tuple[Pool, Plan]:
    """Give such pairs: of each ``a`` is stopped, ``b`` migrates, ``a`` starts."""
    there = {f"{who}{n}": f"h{n}{other}" for n in range(pairs) for who, other in ("ab", "ba")}
    here = {name: f"h{name[1:]}{name[0]}" for name in there}
    vms = [vm(name, 8, offline=name[0] == "a", detours=False, migration_s=PASSING_S) for name in there]
    of = pool([host(name) for name in here.values()], vms, here, there, timing=timing)
    actions: list[Action] = []
    for n in range(pairs):
        a, b = f"a{n}", f"b{n}"
        actions += [Stop(a, here[a]), Migration(b, here[b], there[b]), Start(a, there[a])]
    return of, Plan.of(of, actions)
