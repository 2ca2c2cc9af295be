"""Who is where, counted by name: what judges every arrival in a state or a replay.

It asks the rules themselves and shares nothing with the arrays that path finders and solvers work on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable
from copy import copy
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from models.errors import WrongKindError
from models.few_alike import FewAlike
from models.mistakes import check_kind
from models.rules.base import Filter, Rule, groups_of, resources_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from models.host import Host
    from models.vm import VM

FEW_KINDS = 10_000
"""Up to so many questions, each about a VM and two hosts, are asked to know that none is refused."""

MOST_NAMED = 3
"""Of the VMs of a group that are too many on a host."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule broken in one place.

    Parameters
    ----------
    rule
        The name of the rule, or of the duty of a plan: see :mod:`models.replay`.
    text
        The whole sentence, for people.
    vm, host
        Whom it concerns; None where it concerns no one in particular.
    resource
        The resource or group, where the rule counts one.
    amount, limit
        What it would come to, and what is allowed.
    step
        The number of the action from 1; 0 for a placement.
    """

    rule: str
    text: str
    vm: str | None = None
    host: str | None = None
    resource: str | None = None
    amount: int | None = None
    limit: int | None = None
    step: int = 0

    def __str__(self) -> str:
        """Give the sentence, behind the number of its action."""
        return f"action {self.step}: {self.text}" if self.step else self.text


class Ledger:
    """Loads and group counts of every host, kept as VMs come and go.

    Parameters
    ----------
    hosts, vms
        All of the pool.
    rules
        All that are in force.
    placement
        Who is where at first; not judged.

    Attributes
    ----------
    load
        ``load[host]``: what the VMs there take of each resource.
    """

    def __init__(
        self, hosts: Sequence[Host], vms: Sequence[VM], rules: Sequence[Rule], placement: Mapping[str, str]
    ) -> None:
        self.hosts = {host.name: host for host in hosts}
        self.vms = {vm.name: vm for vm in vms}
        self._filters = filters = [rule for rule in rules if isinstance(rule, Filter)]
        self._running = [f for f in filters if type(f).refuses is not Filter.refuses]
        self._arriving = [f for f in filters if type(f).refuses_move is not Filter.refuses_move]
        self._resources = [*resources_of(rules, hosts, vms)]
        self._groups = [*groups_of(rules, hosts, vms)]
        self._groups_of: dict[str, list[int]] = defaultdict(list)
        for number, (_, group) in enumerate(self._groups):
            for member in dict.fromkeys(group.members):
                self._groups_of[member].append(number)
        self._usable: dict[str, list[int]] = {}
        self._demand: dict[str, Sequence[int]] = {}
        self._open: list[bool] = []
        self._few: list[FewAlike[str]] = []
        self._count(placement)

    def _count(self, placement: Mapping[str, str]) -> None:
        self.load: dict[str, list[int]] = {name: [0] * len(self._resources) for name in self.hosts}
        self._held: dict[str, dict[int, int]] = defaultdict(dict)
        # For words alone: who is counted there, each once.
        self._members_on: dict[str, dict[str, None]] = defaultdict(dict)
        put = self.put
        for vm_name, host_name in placement.items():
            put(vm_name, host_name)

    def placed(self, placement: Mapping[str, str]) -> Ledger:
        """Give a ledger of the same pool with another placement; what rules were asked is not asked again."""
        ledger = copy(self)
        ledger._count(placement)
        return ledger

    @property
    def resource_names(self) -> tuple[str, ...]:
        """The resources, in the order of the amounts in ``load``."""
        return tuple(resource.name for _, resource in self._resources)

    def usable(self, host: str) -> list[int]:
        """What VMs may take of each resource of a host."""
        found = self._usable.get(host)
        if found is None:
            found = self._usable[host] = [r.usable_on(self.hosts[host]) for _, r in self._resources]
        return found

    def renew(self, host: Host) -> None:
        """Have a host as it is from now on: what it may hold is asked anew, by its name it is the same."""
        self.hosts[host.name] = host
        self._usable.pop(host.name, None)

    def demand(self, vm: str) -> Sequence[int]:
        """What a VM takes of each resource."""
        found = self._demand.get(vm)
        if found is None:
            guest = self.vms[vm]
            found = self._demand[vm] = tuple([r.taken_by(guest) for _, r in self._resources])
        return found

    def put(self, vm: str, host: str) -> None:
        """Count the VM on the host too."""
        load = self.load[host]
        for number, amount in enumerate(self._demand.get(vm) or self.demand(vm)):
            load[number] += amount
        if vm in self._groups_of:
            held = self._held[host]
            self._members_on[host][vm] = None
            for group in self._groups_of[vm]:
                held[group] = held.get(group, 0) + 1

    def take(self, vm: str, host: str) -> None:
        """Count the VM on the host no longer."""
        load = self.load[host]
        for number, amount in enumerate(self._demand.get(vm) or self.demand(vm)):
            load[number] -= amount
        if vm in self._groups_of:
            self._members_on[host].pop(vm, None)
            for group in self._groups_of[vm]:
                self._held[host][group] -= 1

    def refusals(self, vm: str, source: str | None, host: str, target: str | None) -> list[Violation]:
        """Every rule that an arrival breaks, before it is counted there.

        Parameters
        ----------
        source
            The host it comes from; None where it is provisioned or started.
        target
            Its host in the target placement, None where it has none.
        """
        found = self.unfit(vm, host)
        found += self.unmovable(vm, source, host, target)
        load, usable = self.load[host], self._usable.get(host) or self.usable(host)
        for number, amount in enumerate(self._demand.get(vm) or self.demand(vm)):
            if amount and load[number] + amount > usable[number]:
                found.append(self._overfull(number, vm, host, load[number], amount))
        if vm not in self._groups_of:
            return found
        for group in self._groups_of[vm]:
            count = self._held[host].get(group, 0) + 1
            if count > self._groups[group][1].limit_on(self.hosts[host]):
                found.append(self._crowded(group, vm, host, count))
        return found

    def unfit(self, vm: str, host: str) -> list[Violation]:
        """Every filter by which the VM may never run on the host."""
        found: list[Violation] = []
        guest, there = self.vms[vm], self.hosts[host]
        for rule in self._running:
            if why := rule.refuses(guest, there):
                found.append(_refusal(rule, f"{vm} on {host}", why, vm, host))
        return found

    def unmovable(self, vm: str, source: str | None, host: str, target: str | None) -> list[Violation]:
        """Every filter by which the VM may not come from ``source`` to the host."""
        found: list[Violation] = []
        guest, there = self.vms[vm], self.hosts[host]
        come_from = None if source is None else self.hosts[source]
        goes_to = None if target is None else self.hosts[target]
        for rule in self._arriving:
            if why := rule.refuses_move(guest, come_from, there, goes_to):
                found.append(_refusal(rule, f"{vm} to {host}", why, vm, host))
        return found

    def is_open(self) -> bool:
        """Tell whether no filter has anything against any VM on any host, nor against any direct way there.

        VMs and hosts that no filter can tell apart are asked about once, see :meth:`Filter.vm_key
        <models.rules.base.Filter.vm_key>`; where they are of many kinds it stays open: False.
        """
        if not self._open:
            self._open.append(self._asked_about_all())
        return self._open[0]

    def _asked_about_all(self) -> bool:
        vms = _one_of_each(self.vms, self._filters, attrgetter("vm_key"))
        hosts = _one_of_each(self.hosts, self._filters, attrgetter("host_key"))
        if len(vms) * len(hosts) * len(hosts) > FEW_KINDS:
            return False
        return not any(
            self.unfit(vm, host)
            or self.unmovable(vm, None, host, host)
            or any(self.unmovable(vm, source, host, host) for source in hosts)
            for vm in vms
            for host in hosts
        )

    def one_of_each(self, but: str, nor: str) -> list[str]:
        """Give a host of each kind that the keys tell apart, beside two asked about by themselves, if any."""
        if not self._few:
            keys = (tuple([rule.host_key(host) for rule in self._filters]) for host in self.hosts.values())
            self._few.append(FewAlike(zip(self.hosts, keys, strict=True)))
        return self._few[0].one_of_each(but, nor)

    def is_full(self, vm: str, host: str) -> bool:
        """Tell whether the host lacks room for the VM, of a resource or in a group, filters aside."""
        rows = zip(self.demand(vm), self.load[host], self.usable(host), strict=True)
        if any(amount and load + amount > usable for amount, load, usable in rows):
            return True
        held, there = self._held[host], self.hosts[host]
        groups = self._groups_of.get(vm, ())
        return any(held.get(group, 0) >= self._groups[group][1].limit_on(there) for group in groups)

    def broken(
        self, placement: Mapping[str, str] | None = None, *, hosts: Iterable[str] | None = None
    ) -> Iterator[Violation]:
        """Every resource or group that is above its limit as things stand.

        Parameters
        ----------
        placement
            Who is where, to name those of a group that are too many; None: they are only counted.
        hosts
            On these alone; None: on all.
        """
        on = self.hosts if hosts is None else dict.fromkeys(hosts)
        for host in on:
            usable = self.usable(host)
            for number, amount in enumerate(self.load[host]):
                if amount > usable[number]:
                    yield self._overfull(number, None, host, amount, 0)
        groups = (
            self._held if hosts is None else {host: self._held[host] for host in on if host in self._held}
        )
        for host, held in groups.items():
            for group, count in held.items():
                if count > self._groups[group][1].limit_on(self.hosts[host]):
                    yield self._too_many(group, host, count, placement or {})

    def _overfull(self, number: int, vm: str | None, host: str, load: int, amount: int) -> Violation:
        rule, resource = self._resources[number]
        limit = self.usable(host)[number]
        text = (
            f"{host} holds {load} of {limit} {resource.name} ({rule})"
            if vm is None
            else f"{host} has {limit - load} {resource.name} free of {limit}, {vm} takes {amount} ({rule})"
        )
        return Violation(rule, text, vm, host, resource.name, load + amount, limit)

    def _crowded(self, number: int, vm: str, host: str, count: int) -> Violation:
        rule, group = self._groups[number]
        limit = group.limit_on(self.hosts[host])
        here = [it for it in self._members_on[host] if it != vm and number in self._groups_of[it]]
        with_whom = f"{vm} beside {_some(here)}" if here else vm
        text = f"{host} would hold {count} of {group.name}, with {with_whom}; {limit} allowed ({rule})"
        return Violation(rule, text, vm, host, group.name, count, limit)

    def _too_many(self, number: int, host: str, count: int, placement: Mapping[str, str]) -> Violation:
        rule, group = self._groups[number]
        limit = group.limit_on(self.hosts[host])
        there = [vm for vm in dict.fromkeys(group.members) if placement.get(vm) == host]
        who = f" ({_some(there)})" if there else ""
        text = f"{host} holds {count} of {group.name}{who}; {limit} allowed ({rule})"
        return Violation(rule, text, None, host, group.name, count, limit)


def _some(vms: Sequence[str]) -> str:
    """Name some VMs, and say how many more there are."""
    more = f" and {len(vms) - MOST_NAMED} more" if len(vms) > MOST_NAMED else ""
    return ", ".join(vms[:MOST_NAMED]) + more


def _refusal(rule: Filter, what: str, why: object, vm: str, host: str) -> Violation:
    if not isinstance(why, str):
        raise WrongKindError(f"rule {rule.name}: {what}: {why!r}, must be a text that says why not, or None")
    return Violation(rule.name, f"{what}: {why}", vm, host)


def _one_of_each(
    things: Mapping[str, Any],
    filters: Sequence[Filter],
    key_of: Callable[[Filter], Callable[[Any], Hashable]],
) -> list[str]:
    """Give the name of one VM or host of each kind that the keys tell apart.

    Raises
    ------
    WrongKindError
        A key that cannot be hashed, such as the labels as they are.
    """
    if not filters:
        return list(things)[:1]
    kinds = list(zip(*(map(key_of(one), things.values()) for one in filters), strict=True))
    try:
        return list(dict(zip(kinds, things, strict=True)).values())
    except TypeError:
        for rule, key in ((rule, key) for kind in kinds for rule, key in zip(filters, kind, strict=True)):
            check_kind(f"rule {rule.name}: {key_of(rule).__name__}", key, Hashable)
        raise
