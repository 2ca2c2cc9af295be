"""What a picture of a pool shows: on each host its blocks, and what each of them stands for."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.actions import Action, Migration, Provision, Shutdown, Start, Stop
from models.errors import PlannerError
from models.sizes import Scale
from planner.views.palette import BlockKind

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

    from models.pool import Pool

HEADCOUNT = "VMs"
"""What is drawn of a pool in which no VM takes anything: the VMs themselves."""


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a bar.

    Parameters
    ----------
    kind
        What it stands for.
    amount
        How much of the resource it is.
    name
        The VM, where it is one.
    active
        The action of this moment concerns it.
    """

    kind: BlockKind
    amount: int
    name: str = ""
    active: bool = False


@dataclass(frozen=True, slots=True)
class HostBar:
    """A host: its blocks from left to right, which add up to ``total``."""

    host: str
    blocks: tuple[Block, ...]
    total: int
    destination: bool = False


class Scene:
    """A pool, and the resource that is looked at.

    Parameters
    ----------
    pool
        Its target says which VMs are where they shall be.
    resource
        None: ``ram_mib`` where the pool counts it, else the first that it counts.

    Raises
    ------
    PlannerError
        The pool counts no such resource.
    """

    def __init__(self, pool: Pool, resource: str | None = None) -> None:
        self.pool = pool
        self._ledger = pool.current.ledger()
        names = self._ledger.resource_names
        if resource is not None and resource not in names:
            raise PlannerError(
                f"resource: {resource!r}, the pool counts {', '.join(names) if names else 'none'}"
            )
        first = "ram_mib" if "ram_mib" in names else next(iter(names), None)
        self.resource = resource or first or HEADCOUNT
        self._index = names.index(self.resource) if self.resource in names else None
        self._order = {vm.name: number for number, vm in enumerate(pool.vms)}
        self._pinned = {vm.name for vm in pool.vms if not vm.movable}
        self.host_names = [host.name for host in pool.hosts]
        totals = [self._reserved(host) + self.usable(host) for host in self.host_names]
        self.largest = max([1, *totals])
        self.scale = Scale.of(self.resource, self.largest)

    def demand(self, vm: str) -> int:
        """What a VM takes; 0 for one that the pool does not have."""
        if vm not in self._ledger.vms:
            return 0
        return 1 if self._index is None else self._ledger.demand(vm)[self._index]

    def usable(self, host: str) -> int:
        """What VMs may take on a host."""
        return len(self._ledger.vms) if self._index is None else self._ledger.usable(host)[self._index]

    def _reserved(self, host: str) -> int:
        known = self._ledger.hosts[host]
        return min(known.reserved.get(self.resource, 0), known.capacity.get(self.resource, 0))

    def now(
        self,
        placement: Mapping[str, str],
        *actions: Action,
        hosts: Iterable[str] | None = None,
        locked: Container[str] = (),
    ) -> list[HostBar]:
        """Give the hosts as they are, and where actions go on, as they are during them.

        Parameters
        ----------
        placement
            VM name -> host name, before the actions.
        actions
            That go on, of different VMs; a VM in flight is on both its hosts.
        hosts
            Those to give, in this order; None: all.
        locked
            VMs that a path finder keeps where they are.
        """

        def kind(vm: str, host: str) -> BlockKind:
            return BlockKind.LOCKED if vm in locked else self._kind(vm, host)

        rows = self._rows(placement, kind)
        known = [action for action in actions if action.vm in self._ledger.vms]
        destinations = {self._add_action(rows, placement, action) for action in known}
        return [self._bar(host, rows[host], host in destinations) for host in hosts or self.host_names]

    def goal(self, placement: Mapping[str, str], *, hosts: Iterable[str] | None = None) -> list[HostBar]:
        """Give the hosts as they shall be; VMs that are not there yet are marked."""
        current = self.pool.current.placement

        def kind(vm: str, host: str) -> BlockKind:
            if placement.get(vm) == host:
                return BlockKind.LOCKED if vm in self._pinned else BlockKind.SETTLED
            return BlockKind.MIGRATE if vm in current else BlockKind.PROVISION

        rows = self._rows(self.pool.target.placement, kind)
        return [self._bar(host, rows[host]) for host in hosts or self.host_names]

    def _rows(self, placement: Mapping[str, str], kind: KindOf) -> dict[str, list[Block]]:
        rows: dict[str, list[Block]] = defaultdict(list)
        for vm, host in placement.items():
            rows[host].append(Block(kind(vm, host), self.demand(vm), vm))
        return rows

    def _kind(self, vm: str, host: str) -> BlockKind:
        target = self.pool.target.placement.get(vm)
        if target is None:
            return BlockKind.SHUTDOWN
        if target == host:
            return BlockKind.LOCKED if vm in self._pinned else BlockKind.SETTLED
        return BlockKind.MIGRATE if self.pool.current.placement.get(vm) == host else BlockKind.DETOUR

    def _add_action(
        self, rows: dict[str, list[Block]], placement: Mapping[str, str], action: Action
    ) -> str | None:
        """Mark the VM of an action where it is and where it arrives; give the latter."""
        amount = self.demand(action.vm)
        here, destination = placement.get(action.vm), None
        match action:
            case Migration(_, _, to):
                leaving, destination = BlockKind.MIGRATE, to
                arriving = Block(BlockKind.ARRIVING, amount, action.vm, active=True)
            case Shutdown():
                leaving = BlockKind.SHUTDOWN
            case Stop():
                leaving = BlockKind.STOPPED
            case Start(_, to) | Provision(_, to):
                leaving, destination = BlockKind.PROVISION, to
                arriving = Block(BlockKind.PROVISION, amount, action.vm, active=True)
        if here is not None:
            rows[here] = [
                Block(leaving, amount, action.vm, active=True) if block.name == action.vm else block
                for block in rows[here]
            ]
        if destination is not None and destination != here and destination in self._ledger.hosts:
            rows[destination].append(arriving)
        return destination

    def _bar(self, host: str, vms: list[Block], destination: bool = False) -> HostBar:
        vms = sorted(vms, key=lambda block: self._order[block.name])
        reserved, free = self._reserved(host), self.usable(host) - sum(block.amount for block in vms)
        blocks = [Block(BlockKind.RESERVED, reserved, "dom0")] if reserved else []
        blocks += [block for block in vms if block.amount or block.active]
        if free > 0:
            blocks.append(Block(BlockKind.FREE, free))
        elif free < 0:
            # What is over is part of the VMs before it: it says how much, and takes no room of its own.
            blocks.append(Block(BlockKind.OVER, 0, f"{self.scale.number(-free)} over"))
        return HostBar(host, tuple(blocks), sum(block.amount for block in blocks), destination)


if TYPE_CHECKING:
    from collections.abc import Callable

    KindOf = Callable[[str, str], BlockKind]
