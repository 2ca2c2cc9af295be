"""What a pool says of time: how fast migrations go, how many at once, and the links between its hosts."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import force_setattr

from models.amounts import (
    Count,
    Name,
    Number,
    Rate,
    Seconds,
    Share,
    check_count,
    check_float,
    check_name,
    check_rate,
    check_seconds,
    checked_traits,
)
from models.errors import PlannerError


class Link(Struct, frozen=True, forbid_unknown_fields=True):
    """An uplink of a rack or a room, each direction on its own.

    Parameters
    ----------
    name
        Non-empty, unique among the links of a pool.
    hosts
        Whom it connects with all others: a migration takes it if exactly one of its ends is among them.
    mbps
        What it carries in each direction, Mb/s (10^6 bit/s), above 0.

    Raises
    ------
    PlannerError
        Naming the link, the field, the value and the rule.
    """

    name: Name
    hosts: tuple[str, ...]
    mbps: Rate

    def __post_init__(self) -> None:
        """Validate, for a link made from Python; a decoded one has passed the same already."""
        check_name("link", self.name)
        where = f"link {self.name!r}"
        force_setattr(self, "hosts", checked_traits(where, "hosts", self.hosts))
        check_rate(where, "mbps", self.mbps)


class Timing(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How long actions take, and how many run at once, in the whole pool.

    Parameters
    ----------
    rate_mbps
        Cap on the rate of one migration, Mb/s (10^6 bit/s), above 0. None: no cap.
    max_parallel
        Migrations at a time in the whole pool, >= 1. None: no limit.
    overhead_s
        Seconds every migration takes beside copying, >= 0.
    efficiency
        Share of the rate that carries pages, above 0, at most 1.
    shutdown_s
        Whole seconds of a shutdown or a stop, 0 to 10^9.
    provision_s
        Whole seconds of a provision or a start, 0 to 10^9.
    update_s
        Whole seconds of an update of a host, in a rolling plan, 0 to 10^9.
    links
        Uplinks of racks and rooms, names unique.

    Raises
    ------
    PlannerError
        Naming the field, the value and the rule.
    """

    rate_mbps: Rate | None = None
    max_parallel: Count | None = None
    overhead_s: Number = 2
    efficiency: Share = 0.9
    shutdown_s: Seconds = 30
    provision_s: Seconds = 30
    update_s: Seconds = 600
    links: tuple[Link, ...] = ()

    def __post_init__(self) -> None:
        """Validate, for one made from Python; a decoded one has passed the same already."""
        if self.rate_mbps is not None:
            check_rate("timing", "rate_mbps", self.rate_mbps)
        if self.max_parallel is not None:
            check_count("timing", "max_parallel", self.max_parallel)
        check_float("timing", "overhead_s", self.overhead_s)
        check_rate("timing", "efficiency", self.efficiency)
        if self.efficiency > 1:
            raise PlannerError(f"timing: efficiency={self.efficiency!r}, must be at most 1")
        for field in ("shutdown_s", "provision_s", "update_s"):
            check_seconds("timing", field, getattr(self, field), 0)
        if not isinstance(self.links, list | tuple) or not all(isinstance(it, Link) for it in self.links):
            raise PlannerError(f"timing: links={self.links!r}, must be a list of links")
        force_setattr(self, "links", tuple(self.links))


UNSAID = Timing()
"""What holds where a pool says nothing of time; a pool file then has no word of it either."""
