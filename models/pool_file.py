"""The pool file, ``vm-pool/1``: what it holds, as typed objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from models.amounts import Amount
from models.errors import PoolError
from models.host import Host
from models.state import OFFLINE_COST_FACTOR, PoolState
from models.timing import UNSAID, Timing
from models.vm import VM
from models.wanted import Wanted

if TYPE_CHECKING:
    from models.pool import Pool


class RulesEntry(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The rules that span VMs."""

    anti_affinity: tuple[tuple[str, ...], ...] = ()
    offline_cost_factor: Amount = OFFLINE_COST_FACTOR


NO_RULES = RulesEntry()


class PoolFile(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A whole pool file; see docs/reference/pool-file.md."""

    format: Literal["vm-pool/1"]
    hosts: tuple[Host, ...]
    vms: tuple[VM, ...]
    current: dict[str, str]
    target: dict[str, str] | None = None
    rules: RulesEntry = NO_RULES
    timing: Timing = UNSAID

    def wanted(self) -> Wanted:
        """Give the current placement, and as much of the target as there is.

        Raises
        ------
        PoolError
            A name twice, or one that is not of the pool; a VM that is in neither placement.
        """
        off = PoolState(
            self.hosts,
            self.vms,
            {},
            anti_affinity=self.rules.anti_affinity,
            offline_cost_factor=self.rules.offline_cost_factor,
            timing=self.timing,
        )
        states, errors = [], []
        # Every mention of a VM or a host was read as a string of its own: one of each is enough, is found
        # at a glance when compared, and a large pool takes half the memory.
        vms = {vm.name: vm.name for vm in self.vms}
        hosts = {host.name: host.name for host in self.hosts}
        for field_name, placement in (("current", self.current), ("target", self.target or {})):
            names = map(vms.get, placement, placement), map(hosts.get, placement.values(), placement.values())
            try:
                states.append(off.placed(dict(zip(*names, strict=True))))
            except PoolError as error:
                errors += [text.replace("placement.", f"{field_name}.", 1) for text in error.errors]
        if errors:
            raise PoolError(errors)
        return Wanted(states[0], None if self.target is None else states[1].placement)

    def pool(self) -> Pool:
        """Give the two placements.

        Raises
        ------
        PoolError
            As :meth:`wanted`; or the target is missing, or leaves VMs free.
        """
        return self.wanted().pool()

    @classmethod
    def of(cls, pool: Pool) -> PoolFile:
        """Give the file of a pool; rules of one's own are not in it."""
        here = pool.current
        return cls(
            "vm-pool/1",
            pool.hosts,
            pool.vms,
            dict(here.placement),
            dict(pool.target.placement),
            RulesEntry(anti_affinity=here.anti_affinity, offline_cost_factor=here.offline_cost_factor),
            UNSAID if here.timing == UNSAID else here.timing,
        )
