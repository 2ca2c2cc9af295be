"""A host: what it offers and what it accepts."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

from msgspec import Struct, field
from msgspec.structs import force_setattr

from models.amounts import (
    Amounts,
    Count,
    Name,
    Rate,
    Ratio,
    Strings,
    check_amounts,
    check_count,
    check_dict,
    check_flag,
    check_name,
    check_number,
    check_rate,
    check_strings,
    check_text,
    checked_traits,
)
from models.errors import PlannerError
from models.vm import MOST_ARE


class Host(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """A hypervisor host. Treat every field as read-only.

    Parameters
    ----------
    name
        Non-empty, unique among the hosts of a pool.
    capacity
        What it has of each resource, 0 to 2^53 - 1; ``ram_mib`` is RAM in MiB. A resource not named is 0.
    arch
        What it runs natively; see :mod:`models.rules.architecture`.
    reserved
        What it keeps for itself (dom0, the hypervisor), per resource. Default 0.
    overcommit
        usable = floor((capacity - reserved) x overcommit), per resource. Default 1.0.
    traits
        What it offers beyond amounts: CPU model, GPU, network, storage pool.
    version
        Hypervisor version; a VM never migrates to a lower one. None: not compared.
    accepts
        False: nothing migrates to it or is provisioned on it (cordoned).
    labels
        Free strings, for people and for rules of one's own.
    bandwidth_mbps
        The NIC that migrations go through, Mb/s (10^6 bit/s) in each direction, above 0. None: no limit.
    max_in, max_out
        Migrations into, out of the host at a time, >= 1.
    max_moves
        Both together, >= 1. None: no limit.

    Raises
    ------
    PlannerError
        Naming the host, the field, the value and the rule.
    """

    name: Name
    capacity: Amounts
    arch: Name = MOST_ARE
    reserved: Amounts = field(default_factory=dict)
    overcommit: dict[str, Ratio] = field(default_factory=dict)
    traits: tuple[str, ...] = ()
    version: int | None = None
    accepts: bool = True
    labels: Strings = field(default_factory=dict)
    bandwidth_mbps: Rate | None = None
    max_in: Count = 1
    max_out: Count = 1
    max_moves: Count | None = None

    def __post_init__(self) -> None:
        """Validate, for a host made from Python; a decoded one has passed the same already."""
        check_name("host", self.name)
        where = f"host {self.name!r}"
        check_text(where, "arch", self.arch)
        check_amounts(where, "capacity", self.capacity)
        check_amounts(where, "reserved", self.reserved)
        check_dict(where, "overcommit", self.overcommit)
        for resource, ratio in self.overcommit.items():
            check_number(where, f"overcommit.{resource}", ratio)
        force_setattr(self, "traits", checked_traits(where, "traits", self.traits))
        if self.version is not None and type(self.version) is not int:
            raise PlannerError(f"{where}: version={self.version!r}, must be an integer")
        check_flag(where, "accepts", self.accepts)
        check_strings(where, "labels", self.labels)
        if self.bandwidth_mbps is not None:
            check_rate(where, "bandwidth_mbps", self.bandwidth_mbps)
        check_count(where, "max_in", self.max_in)
        check_count(where, "max_out", self.max_out)
        if self.max_moves is not None:
            check_count(where, "max_moves", self.max_moves)

    def usable(self, resource: str) -> int:
        """What VMs may take of ``resource``: floor((capacity - reserved) x overcommit), exact.

        The ratio is taken as the decimal number that was written, so 0.29 x 100 is 29 and not 28.
        """
        room = self.capacity.get(resource, 0) - self.reserved.get(resource, 0)
        if self.overcommit:
            ratio = self.overcommit.get(resource, 1.0)
            if ratio != 1:
                above, below = _as_written(ratio)
                return max(room * above // below, 0)
        return max(room, 0)


@lru_cache
def _as_written(ratio: float) -> tuple[int, int]:
    """Give the decimal number that stands for a ratio as a fraction."""
    return Fraction(str(ratio)).as_integer_ratio()
