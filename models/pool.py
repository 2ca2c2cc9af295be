"""A pool and what is wanted of it: the current and the target placement, and all that is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.errors import PoolError
from models.kept import kept_for_nothing
from models.ledger import Ledger
from models.rules.base import Filter
from models.rules.keys import wrong_keys
from models.state import PoolState, check_state

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from models.host import Host
    from models.vm import VM


@dataclass(frozen=True, slots=True)
class Pool:
    """Two placements of the same VMs on the same hosts."""

    current: PoolState
    target: PoolState

    def __post_init__(self) -> None:
        """Refuse what is no placement; ``WrongKindError``."""
        check_state("current", self.current)
        check_state("target", self.target)

    @property
    def hosts(self) -> tuple[Host, ...]:
        """The hosts of both placements."""
        return self.current.hosts

    @property
    def vms(self) -> tuple[VM, ...]:
        """The VMs of both placements; a VM that only one of them lists comes with it."""
        if self._share_vms:
            return self.current.vms
        extra = tuple(vm for vm in self.target.vms if not self.current.has_vm(vm.name))
        return self.current.vms + extra

    @property
    def _share_vms(self) -> bool:
        return self.target.vms is self.current.vms

    @property
    def displaced(self) -> list[str]:
        """The VMs whose target differs from where they are, in pool order."""
        here, there = self.current.placement, self.target.placement
        return [
            vm.name
            for vm in self.vms
            if vm.name in here and there.get(vm.name, here[vm.name]) != here[vm.name]
        ]

    @property
    def shut_down(self) -> list[str]:
        """The VMs that the target does not keep, in pool order."""
        here, there = self.current.placement, self.target.placement
        return [vm.name for vm in self.current.vms if vm.name not in there and vm.name in here]

    @property
    def provisioned(self) -> list[str]:
        """The VMs that are in the target alone, in pool order."""
        here, there = self.current.placement, self.target.placement
        return [vm.name for vm in self.vms if vm.name not in here and vm.name in there]

    def rebuilt(self, hosts: Iterable[Host] | None = None, vms: Iterable[VM] | None = None) -> Pool:
        """Give the pool with other hosts or VMs of the same names; placements and rules stay."""
        current = self.current.changed(hosts=hosts, vms=self.vms if vms is None else vms)
        return Pool(current, current.placed(self.target.placement))

    def check(self, *, rolling: bool = False) -> None:
        """Raise ``PoolError`` with every mistake of the pool; what the current placement breaks is none.

        A pool that has passed is not looked at again.

        Parameters
        ----------
        rolling
            It goes with a rolling plan: whether each VM can get to its target depends on which hosts are
            newer by then, so that is left to the replay of the plan; and what the current placement breaks
            where no host is to be emptied is broken in the end as well, and no mistake.
        """
        if self.target.is_meant_from(self.current):
            return
        if errors := list(self._frame_errors()) or list(self._target_errors(rolling=rolling)):
            raise PoolError(errors)
        if not rolling:
            self.target.mean_from(self.current)

    def ledger(self, placement: Mapping[str, str]) -> Ledger:
        """Give a fresh ledger of all VMs of the pool, for the caller to change."""
        if self._share_vms:
            return self.current.ledger(placement)
        return Ledger(self.hosts, self.vms, self.target.rules, placement)

    def warnings(self) -> list[str]:
        """Say what the current placement breaks, and what hosts reserve of nothing; neither is an error.

        What is broken may be the very reason for the plan.
        """
        return list(kept_for_nothing(self.hosts)) + [
            f"current placement: {violation.text}" for violation in self.current.violations()
        ]

    def _frame_errors(self) -> Iterator[str]:
        here, there = self.current, self.target
        if here.hosts != there.hosts:
            yield "target: its hosts are not those of the current placement"
        for name in ("anti_affinity", "offline_cost_factor", "timing"):
            if getattr(here, name) != getattr(there, name):
                yield f"target: its {name} is not that of the current placement"
        if here.extra_rules != there.extra_rules:
            yield "target: its rules are not the very ones of the current placement, which placed() gives it"
        if here.vms != there.vms:
            for vm in there.vms:
                if here.has_vm(vm.name) and here.vm(vm.name) != vm:
                    yield f"target: vm {vm.name!r} is not the same as in the current placement"
        if here.runs_all and self._share_vms:
            return
        for number, vm in enumerate(self.vms):
            if vm.name not in here.placement and vm.name not in there.placement:
                yield f"vms[{number}]: {vm.name!r} is in neither current nor target, one of them is required"

    def _target_errors(self, *, rolling: bool) -> Iterator[str]:
        offered = {trait for host in self.hosts for trait in host.traits}
        for number, vm in enumerate(self.vms):
            if vm.name not in self.target.placement or (rolling and self._stays(vm.name)):
                continue
            for trait in vm.requires:
                if trait not in offered:
                    yield f"vms[{number}].requires: {vm.name!r} requires {trait!r}, which no host has"
        ledger = self.ledger(self.target.placement)
        if not ledger.is_open():
            yield from self._refused(ledger, rolling=rolling)
        for number, rule in enumerate(self.current.extra_rules):
            if isinstance(rule, Filter) and (wrong := wrong_keys(rule, self.hosts, self.vms)):
                yield f"rules[{number}]: {wrong}"
        was = (
            {(it.host, it.resource): it.amount or 0 for it in self.current.ledger().broken()}
            if rolling
            else {}
        )
        for violation in ledger.broken(self.target.placement):
            if (violation.amount or 0) > was.get((violation.host, violation.resource), 0):
                yield f"target: {violation.text}"

    def _stays(self, vm: str) -> bool:
        return self.current.placement.get(vm) == self.target.placement.get(vm)

    def _refused(self, ledger: Ledger, *, rolling: bool) -> Iterator[str]:
        here = self.current.placement
        for vm_name, host in self.target.placement.items():
            stays = self._stays(vm_name)
            if stays and rolling:
                continue
            for violation in ledger.unfit(vm_name, host):
                yield f"target.{vm_name}: {violation.text}"
            if not stays and not rolling:
                for text in unreachable(ledger, vm_name, here.get(vm_name), host):
                    yield f"target.{vm_name}: {text}"


def unreachable(ledger: Ledger, vm: str, source: str | None, target: str) -> list[str]:
    """Say why a VM can never get to its target by the filters alone; nothing where it can.

    A rule on single migrations (one-way versions) may forbid the direct way and allow one through
    another host, so where the direct one is refused every way is tried, over one host of each kind.
    """
    direct = ledger.unmovable(vm, source, target, target)
    guest = ledger.vms[vm]
    if not direct or (guest.offline and not ledger.unmovable(vm, None, target, target)):
        return []
    refused = [violation.text for violation in direct]
    if source is None or not (guest.may_step_aside and ledger.hosts[target].accepts):
        return refused
    others, border = [target, *ledger.one_of_each(source, target)], [source]
    while border:
        here = border.pop()
        reached = [
            host
            for host in others
            if not (ledger.unfit(vm, host) or ledger.unmovable(vm, here, host, target))
        ]
        if target in reached:
            return []
        others = [host for host in others if host not in reached]
        border += reached
    return refused
