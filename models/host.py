"""A host: what it offers and what it accepts."""

from __future__ import annotations

from fractions import Fraction
from math import inf

from msgspec import Struct, field
from msgspec.structs import force_setattr

from models.amounts import (
    Amounts,
    Name,
    Ratio,
    Strings,
    check_amounts,
    check_dict,
    check_flag,
    check_name,
    check_strings,
    check_text,
    checked_traits,
)


class Host(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
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

    Raises
    ------
    ValueError
        Naming the host, the field, the value and the rule.
    """

    name: Name
    capacity: Amounts
    arch: Name = "x86_64"
    reserved: Amounts = field(default_factory=dict)
    overcommit: dict[str, Ratio] = field(default_factory=dict)
    traits: tuple[str, ...] = ()
    version: int | None = None
    accepts: bool = True
    labels: Strings = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Validate, for a host made from Python; a decoded one has passed the same already."""
        check_name("host", self.name)
        where = f"host {self.name!r}"
        check_text(where, "arch", self.arch)
        check_amounts(where, "capacity", self.capacity)
        check_amounts(where, "reserved", self.reserved)
        check_dict(where, "overcommit", self.overcommit)
        for resource, ratio in self.overcommit.items():
            # The comparisons are false for NaN, and take an integer that is too long for a float.
            if isinstance(ratio, bool) or not isinstance(ratio, int | float) or not 0 <= ratio < inf:
                raise ValueError(f"{where}: overcommit.{resource}={ratio!r}, must be a finite number >= 0")
        force_setattr(self, "traits", checked_traits(where, "traits", self.traits))
        if self.version is not None and type(self.version) is not int:
            raise ValueError(f"{where}: version={self.version!r}, must be an integer")
        check_flag(where, "accepts", self.accepts)
        check_strings(where, "labels", self.labels)

    def usable(self, resource: str) -> int:
        """What VMs may take of ``resource``: floor((capacity - reserved) x overcommit), exact.

        The ratio is taken as the decimal number that was written, so 0.29 x 100 is 29 and not 28.
        """
        room = self.capacity.get(resource, 0) - self.reserved.get(resource, 0)
        if self.overcommit:
            ratio = self.overcommit.get(resource, 1.0)
            if ratio != 1:
                return max(int(Fraction(str(ratio)) * room // 1), 0)
        return max(room, 0)
