"""All filters of a pool, asked by index."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import repeat
from typing import TYPE_CHECKING

from models.few_alike import FewAlike
from models.moves import OFF

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.host import Host
    from models.rules.base import Filter
    from models.vm import VM

FEW_CLASSES = 20_000
"""Up to so many combinations of classes are looked through for VMs that no filter holds back."""


@dataclass(slots=True)
class Filters:
    """All filters of a pool, asked by index; equal questions are asked once."""

    filters: Sequence[Filter]
    hosts: Sequence[Host]
    vms: Sequence[VM]
    vm_class: list[int]
    host_class: list[int]
    _runs: dict[tuple[int, int], bool]
    _goes: dict[tuple[int, int, int, int, int], bool]
    unbound: list[bool]
    _few: FewAlike[int] | None = field(default=None, init=False, repr=False)
    """Hosts of each class, once they were asked for."""

    @classmethod
    def of(cls, filters: Sequence[Filter], hosts: Sequence[Host], vms: Sequence[VM]) -> Filters:
        """Sort hosts and VMs into classes that no filter tells apart."""
        by_vm: dict[object, int] = {}
        by_host: dict[object, int] = {}
        # Column by column: with half a million VMs a generator for each would take seconds.
        of_vms = zip(*(map(f.vm_key, vms) for f in filters), strict=True) if filters else repeat((), len(vms))
        vm_class = [by_vm.setdefault(key, len(by_vm)) for key in of_vms]
        host_class = [by_host.setdefault(tuple(f.host_key(h) for f in filters), len(by_host)) for h in hosts]
        made = cls(filters, hosts, vms, vm_class, host_class, {}, {}, [False] * len(vms))
        if len(by_vm) * (len(by_host) + 1) ** 3 <= FEW_CLASSES:
            made._find_unbound()
        return made

    def _find_unbound(self) -> None:
        """Note the VMs that no filter holds back anywhere, so that most questions need no asking."""
        example: dict[int, int] = {}
        other: dict[int, int] = {}
        for host, number in enumerate(self.host_class):
            if example.setdefault(number, host) != host:
                other[number] = host
        open_class: dict[int, bool] = {}
        for vm, number in enumerate(self.vm_class):
            if number not in open_class:
                # A target that is source or host, and one like it, are two questions; hence the ``other``.
                open_class[number] = all(
                    self._allows(vm, source, host, target)
                    for source in (OFF, *example.values())
                    for host in example.values()
                    for target in (OFF, *other.values(), *example.values())
                )
            self.unbound[vm] = open_class[number]

    def _allows(self, vm: int, source: int, host: int, target: int) -> bool:
        guest, there = self.vms[vm], self.hosts[host]
        here = None if source == OFF else self.hosts[source]
        end = None if target == OFF else self.hosts[target]
        return self.runs(vm, host) and not any(f.refuses_move(guest, here, there, end) for f in self.filters)

    def cut(self, hosts: Sequence[int], vms: Sequence[int]) -> Filters:
        """Give the same filters for some of the hosts and VMs, in that order; what was asked is kept."""
        return Filters(
            self.filters,
            [self.hosts[host] for host in hosts],
            [self.vms[vm] for vm in vms],
            [self.vm_class[vm] for vm in vms],
            [self.host_class[host] for host in hosts],
            self._runs,
            self._goes,
            [self.unbound[vm] for vm in vms],
        )

    def one_of_each(self, but: int, nor: int) -> list[int]:
        """Give a host of each class, beside two that are asked about by themselves, where there is one."""
        self._few = self._few or FewAlike(enumerate(self.host_class))
        return self._few.one_of_each(but, nor)

    def runs(self, vm: int, host: int) -> bool:
        """Tell whether the VM may ever run there."""
        key = self.vm_class[vm], self.host_class[host]
        found = self._runs.get(key)
        if found is None:
            guest, there = self.vms[vm], self.hosts[host]
            found = self._runs[key] = not any(f.refuses(guest, there) for f in self.filters)
        return found

    def goes(self, vm: int, source: int, host: int, target: int) -> bool:
        """Tell whether the VM may come there from ``source`` (``OFF``: be started), its target known."""
        classes = self.host_class
        origin = OFF if source == OFF else classes[source]
        goal = OFF if target == OFF else classes[target]
        # Who is at home, or comes there, is asked about by himself.
        same = (host == target) + 2 * (source == target)
        key = self.vm_class[vm], origin, classes[host], goal, same
        found = self._goes.get(key)
        if found is None:
            found = self._allows(vm, source, host, target)
            self._goes[key] = found
        return found
