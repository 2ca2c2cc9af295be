"""All filters of a pool, asked by index."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import repeat
from typing import TYPE_CHECKING

from models.few_alike import FewAlike
from models.moves import OFF
from models.rules.base import Filter

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from models.host import Host
    from models.vm import VM

FEW_CLASSES = 20_000
"""Up to so many combinations of classes are looked through for VMs that no filter holds back."""


@dataclass(slots=True)
class Filters:
    """All filters of a pool, asked by index; equal questions are asked once.

    Attributes
    ----------
    vm_class, host_class
        ``vm_class[vm]``, ``host_class[host]``: who has the same is told apart by no filter.
    unbound
        ``unbound[vm]``: no filter holds it back anywhere. Not looked for where classes are many.
    """

    filters: Sequence[Filter]
    hosts: Sequence[Host]
    vms: Sequence[VM]
    vm_class: list[int]
    host_class: list[int]
    _runs: dict[tuple[int, int], bool]
    _goes: dict[tuple[int, int, int, int, int], bool]
    unbound: list[bool]
    _way_class: list[int] = field(default_factory=list, init=False, repr=False)
    """Once it was asked for."""
    _open: dict[int | None, list[list[int]]] = field(default_factory=dict, init=False, repr=False)
    """Class of a VM -> the hosts that it may run on, by class; None: all hosts."""
    _few: dict[int | None, FewAlike[int]] = field(default_factory=dict, init=False, repr=False)
    """A few of these."""

    @classmethod
    def of(cls, filters: Sequence[Filter], hosts: Sequence[Host], vms: Sequence[VM]) -> Filters:
        """Sort hosts and VMs into classes that no filter tells apart."""
        by_vm: dict[object, int] = {}
        # Column by column: with half a million VMs a generator for each would take seconds.
        of_vms = zip(*(map(f.vm_key, vms) for f in filters), strict=True) if filters else repeat((), len(vms))
        vm_class = [by_vm.setdefault(key, len(by_vm)) for key in of_vms]
        host_class = _numbered(tuple(f.host_key(h) for f in filters) for h in hosts)
        made = cls(filters, hosts, vms, vm_class, host_class, {}, {}, [False] * len(vms))
        if len(by_vm) * (max(host_class, default=-1) + 2) ** 3 <= FEW_CLASSES:
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

    @property
    def way_class(self) -> list[int]:
        """``way_class[host]``: who has the same is alike to the filters that ask about migrations.

        Of hosts that a VM may run on it is all that counts. Where each has a trait of its own, one is enough.
        """
        if not self._way_class:
            ways = [rule for rule in self.filters if asks_about_migrations(rule)]
            self._way_class = _numbered(tuple(rule.host_key(host) for rule in ways) for host in self.hosts)
        return self._way_class

    def open_classes(self, vm: int) -> list[list[int]]:
        """Give all hosts that the VM may run on, those together that are alike to who migrates."""
        return self._opened(vm)[1]

    def one_of_each(self, vm: int, but: int, nor: int) -> list[int]:
        """Give a host of each of these classes, where there is one, beside two asked about by themselves."""
        which, classes = self._opened(vm)
        if which not in self._few:
            alike = ((host, number) for number, hosts in enumerate(classes) for host in hosts)
            self._few[which] = FewAlike(alike)
        return self._few[which].one_of_each(but, nor)

    def _opened(self, vm: int) -> tuple[int | None, list[list[int]]]:
        """Give where the VM may run, and under which key that is kept: mostly it is everywhere."""
        number = self.vm_class[vm]
        if number not in self._open:
            example = dict(zip(reversed(self.host_class), reversed(range(len(self.hosts))), strict=True))
            shut = {kind for kind, host in example.items() if not self.runs(vm, host)}
            if None not in self._open:
                self._open[None] = self._by_way(range(len(self.hosts)))
            kept = (host for host, kind in enumerate(self.host_class) if kind not in shut)
            self._open[number] = self._by_way(kept) if shut else self._open[None]
        found = self._open[number]
        return (None if found is self._open[None] else number), found

    def _by_way(self, hosts: Iterable[int]) -> list[list[int]]:
        found: dict[int, list[int]] = {}
        classes = self.way_class
        for host in hosts:
            found.setdefault(classes[host], []).append(host)
        return list(found.values())

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


def asks_about_migrations(rule: Filter) -> bool:
    """Tell whether a filter may refuse a single migration, beyond where a VM may run."""
    return getattr(rule.refuses_move, "__func__", None) is not Filter.refuses_move


def _numbered(keys: Iterable[object]) -> list[int]:
    """Give each key the number of the first that is like it, from 0."""
    numbers: dict[object, int] = {}
    return [numbers.setdefault(key, len(numbers)) for key in keys]
