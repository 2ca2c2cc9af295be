"""What is said of a detour, and of what stands in the way, as data; each has its sentence in ``text``."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


class Guest(Struct, frozen=True):
    """Who needs the room of a VM that makes way, in which step, and how much of what.

    ``what`` is a resource, or a group of which the host may hold only so many: then ``need`` is 1, and
    ``free`` how many more it may hold. ``free`` is what there would be if the VM had stayed.
    """

    vm: str
    step: int
    what: str
    need: int
    free: int


class Detour(Struct, frozen=True, rename={"source": "from", "shelter": "to"}):
    """A VM that steps aside in the plan, or is stopped (``to`` null), and why.

    ``makes_way_for``: who needs its room; null where nobody does. ``waits_for``: the VM that must leave
    the target first; null where the target has room or is where it stands. ``arrives``: the step in which
    it comes to its target, null where it never does.
    """

    step: int
    vm: str
    source: str
    shelter: str | None
    target: str
    makes_way_for: Guest | None
    waits_for: str | None
    arrives: int | None
    text: str


class ConflictTold(Struct, frozen=True):
    """VMs that cannot all go straight home, whoever else makes way: one of them at least steps aside.

    ``weight``: what they count in the bound, a fraction.
    """

    vms: tuple[str, ...]
    weight: str
    text: str


class Obstacle(Struct, frozen=True):
    """A VM that cannot get home, and whom that is due to.

    ``kind``: ``stuck``, it can never leave ``host``; ``shut_out``, it can never enter ``target``: both
    proven. ``waits``: it waits for ``blocked_by`` in a ring of waiting VMs.
    """

    kind: Literal["stuck", "shut_out", "waits"]
    vm: str
    host: str
    target: str
    blocked_by: tuple[str, ...]
    what: str | None
    need: int | None
    free: int | None
    text: str
