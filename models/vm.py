"""A VM: what it takes and where it may go."""

from __future__ import annotations

from msgspec import Struct, field
from msgspec.structs import force_setattr

from models.amounts import (
    LARGEST,
    Amount,
    Amounts,
    Name,
    Strings,
    check_amounts,
    check_flag,
    check_name,
    check_strings,
    check_text,
    checked_traits,
)


class VM(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A virtual machine. Treat every field as read-only.

    Parameters
    ----------
    name
        Non-empty, unique among the VMs of a pool.
    demand
        What it takes of each resource wherever it runs, 0 to 2^53 - 1; ``ram_mib`` is RAM in MiB.
    arch
        The guest architecture it needs.
    requires
        The traits a host must have to run it.
    movable
        False: never migrated (pinned).
    detours
        False: goes straight to its target, and does not step aside.
    cost
        What one migration costs, >= 0, for objective ``custom``. None: its ``ram_mib``, or 1 without any.
    labels
        Free strings, for people and for rules of one's own.
    offline
        True: as a last resort it may be stopped on one host and started on another.
    free
        True: a target that does not name it does not shut it down; it stays or moves as is needed.

    Raises
    ------
    ValueError
        Naming the VM, the field, the value and the rule.
    """

    name: Name
    demand: Amounts
    arch: Name = "x86_64"
    requires: tuple[str, ...] = ()
    movable: bool = True
    detours: bool = True
    cost: Amount | None = None
    labels: Strings = field(default_factory=dict)
    offline: bool = False
    free: bool = False

    def __post_init__(self) -> None:
        """Validate, for a VM made from Python; a decoded one has passed the same already."""
        check_name("vm", self.name)
        where = f"vm {self.name!r}"
        check_text(where, "arch", self.arch)
        check_amounts(where, "demand", self.demand)
        force_setattr(self, "requires", checked_traits(where, "requires", self.requires))
        for flag in ("movable", "detours", "offline", "free"):
            check_flag(where, flag, getattr(self, flag))
        cost = self.cost
        if cost is not None and (type(cost) is not int or not 0 <= cost <= LARGEST):
            raise ValueError(f"{where}: cost={cost!r}, must be an integer from 0 to 2^53 - 1")
        check_strings(where, "labels", self.labels)

    @property
    def ram_mib(self) -> int:
        """Its RAM in MiB, 0 where it names none."""
        return self.demand.get("ram_mib", 0)

    @property
    def custom_cost(self) -> int:
        """What one migration costs under objective ``custom``."""
        return self.demand.get("ram_mib", 1) if self.cost is None else self.cost
