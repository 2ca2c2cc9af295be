"""A VM: what it takes and where it may go."""

from __future__ import annotations

from msgspec import Struct, field
from msgspec.structs import force_setattr

from models.amounts import (
    LARGEST,
    Amount,
    Amounts,
    Measured,
    Name,
    Number,
    Strings,
    check_amount,
    check_amounts,
    check_flag,
    check_float,
    check_name,
    check_seconds,
    check_strings,
    check_text,
    checked_traits,
)

MOST_ARE = "x86_64"
"""The architecture that goes without saying, of hosts and guests."""

NOTHING: tuple[str, ...] = ()
NONE_OF_IT = 0


class VM(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
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
    copied_mib
        What a live migration copies, MiB: RAM, and disks where storage is not shared. None: its ``ram_mib``.
    dirty_mib_s
        MiB of pages that it writes each second, >= 0.
    hot_mib
        The part, in MiB, that is rewritten all the time and sent once more at the end, >= 0.
    migration_s
        Measured whole seconds of one migration, 1 to 10^9; takes the place of the formula. None: the formula.

    Raises
    ------
    PlannerError
        Naming the VM, the field, the value and the rule.
    """

    name: Name
    demand: Amounts
    arch: Name = MOST_ARE
    requires: tuple[str, ...] = NOTHING
    movable: bool = True
    detours: bool = True
    cost: Amount | None = None
    labels: Strings = field(default_factory=dict)
    offline: bool = False
    free: bool = False
    copied_mib: Number | None = None
    dirty_mib_s: Number = NONE_OF_IT
    hot_mib: Number = NONE_OF_IT
    migration_s: Measured | None = None

    def __post_init__(self) -> None:
        """Validate, for a VM made from Python; a decoded one has passed the same already."""
        if not self._is_sound():
            self._validate()

    def _is_sound(self) -> bool:
        """Tell without a call that it is as it shall be; False too where it says how long it takes.

        Pools are large: a call for each field of each VM is most of the time that reading takes.
        """
        if type(self.name) is not str or not self.name or type(self.demand) is not dict:
            return False
        for resource, amount in self.demand.items():
            if type(resource) is not str or type(amount) is not int or not 0 <= amount <= LARGEST:
                return False
        if type(self.requires) is not tuple or type(self.labels) is not dict:
            return False
        for trait in self.requires:
            if type(trait) is not str:
                return False
        for key, value in self.labels.items():
            if type(key) is not str or type(value) is not str:
                return False
        return (
            type(self.arch) is str
            and self.arch != ""
            and type(self.movable) is bool
            and type(self.detours) is bool
            and (self.cost is None or (type(self.cost) is int and 0 <= self.cost <= LARGEST))
            and type(self.offline) is bool
            and type(self.free) is bool
            and self.copied_mib is None
            and self.dirty_mib_s is NONE_OF_IT
            and self.hot_mib is NONE_OF_IT
            and self.migration_s is None
        )

    def _validate(self) -> None:
        check_name("vm", self.name)
        where = f"vm {self.name!r}"
        check_text(where, "arch", self.arch)
        check_amounts(where, "demand", self.demand)
        force_setattr(self, "requires", checked_traits(where, "requires", self.requires))
        for flag in ("movable", "detours", "offline", "free"):
            check_flag(where, flag, getattr(self, flag))
        if self.cost is not None:
            check_amount(where, "cost", self.cost)
        check_strings(where, "labels", self.labels)
        if self.copied_mib is not None:
            check_float(where, "copied_mib", self.copied_mib)
        check_float(where, "dirty_mib_s", self.dirty_mib_s)
        check_float(where, "hot_mib", self.hot_mib)
        if self.migration_s is not None:
            check_seconds(where, "migration_s", self.migration_s, 1)

    @property
    def ram_mib(self) -> int:
        """Its RAM in MiB, 0 where it names none."""
        return self.demand.get("ram_mib", 0)

    @property
    def may_step_aside(self) -> bool:
        """Tell whether it may go elsewhere than to its target, by what it says itself."""
        return self.movable and self.detours

    @property
    def custom_cost(self) -> int:
        """What one migration costs under objective ``custom``."""
        return self.demand.get("ram_mib", 1) if self.cost is None else self.cost
