"""A placement of VMs on hosts, under the rules of a pool."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING
from weakref import ref

from models.amounts import LARGEST
from models.errors import ActionError, PoolError, WrongKindError
from models.host import Host
from models.ledger import Ledger, Violation
from models.mistakes import check_kind, shown
from models.rules import BUILT_IN, AntiAffinity, Convergence, Rule, convergence_of
from models.rules.base import KINDS
from models.timing import UNSAID, Timing
from models.vm import VM

if TYPE_CHECKING:
    from collections.abc import Sequence

OFFLINE_COST_FACTOR = 10
"""What a stop/start pair costs, in migrations of that VM, unless the pool says otherwise."""


class PoolState:
    """Who is where, never changed in place: what is done to a VM gives a new state.

    Parameters
    ----------
    hosts
        All hosts of the pool, names unique.
    vms
        VMs of the pool, names unique; those not in ``placement`` are off.
    placement
        VM name -> host name.
    anti_affinity
        Groups of VM names; no two of a group on one host, ever.
    offline_cost_factor
        What a stop/start pair costs, in migrations of that VM, >= 0.
    rules
        Rules of one's own, beside the built-in ones.
    timing
        How long actions take, and how many run at once.

    Raises
    ------
    PoolError
        A name twice, or one that is not of the pool; a rule that is none. What a placement breaks is no
        error: ask :meth:`violations`.
    WrongKindError
        A host, VM or timing that is none, or a group that is a string.
    """

    def __init__(
        self,
        hosts: Iterable[Host],
        vms: Iterable[VM],
        placement: Mapping[str, str],
        *,
        anti_affinity: Sequence[Sequence[str]] = (),
        offline_cost_factor: int = OFFLINE_COST_FACTOR,
        rules: Sequence[Rule] = (),
        timing: Timing = UNSAID,
    ) -> None:
        for what, things in (("hosts", hosts), ("vms", vms), ("rules", rules)):
            check_kind(what, things, Iterable)
        check_kind("rules.anti_affinity", anti_affinity, Iterable)
        self.hosts = tuple(hosts)
        self.vms = tuple(vms)
        anti_affinity = tuple(anti_affinity)
        _check_kinds(self.hosts, self.vms, anti_affinity, timing)
        self.placement = _kept_placement(placement)
        self.anti_affinity = tuple(tuple(group) for group in anti_affinity)
        self.offline_cost_factor = offline_cost_factor
        self.extra_rules = tuple(rules)
        self.timing = timing
        self._hosts = {host.name: host for host in self.hosts}
        self._vms = {vm.name: vm for vm in self.vms}
        self._ledger: Ledger | None = None
        self._meant_from: ref[PoolState] | None = None
        self._asks_time = False
        if errors := list(self._name_errors()):
            raise PoolError(errors)

    def _name_errors(self) -> Iterable[str]:
        if len(self._hosts) < len(self.hosts):
            yield from _given_twice("hosts", [host.name for host in self.hosts])
        if len(self._vms) < len(self.vms):
            yield from _given_twice("vms", [vm.name for vm in self.vms])
        yield from self._placement_errors()
        for number, group in enumerate(self.anti_affinity):
            for place, vm in enumerate(group):
                if vm not in self._vms:
                    yield f"rules.anti_affinity[{number}][{place}]: {vm!r} is no VM of the pool"
        for number, rule in enumerate(self.extra_rules):
            yield from (f"rules[{number}]: {wrong}" for wrong in _wrong_with(rule))
        yield from self._link_errors()
        factor = self.offline_cost_factor
        if type(factor) is not int or not 0 <= factor <= LARGEST:
            yield f"rules.offline_cost_factor: {shown(factor)}, must be an integer from 0 to 2^53 - 1"

    def _placement_errors(self) -> Iterable[str]:
        with suppress(TypeError):  # what cannot be hashed is no name, and is named below
            if self.placement.keys() <= self._vms.keys() and self._hosts.keys() >= {*self.placement.values()}:
                return
        for vm, host in self.placement.items():
            if vm not in self._vms:
                yield f"placement.{vm}: {vm!r} is no VM of the pool"
            if not isinstance(host, str) or host not in self._hosts:
                yield f"placement.{vm}: {host!r} is no host of the pool"

    def _link_errors(self) -> Iterable[str]:
        links = self.timing.links
        yield from _given_twice("timing.links", [link.name for link in links])
        for number, link in enumerate(links):
            for place, host in enumerate(link.hosts):
                if link.hosts.index(host) < place:
                    yield f"timing.links[{number}].hosts[{place}]: {host!r} is there twice"
                if host not in self._hosts:
                    yield f"timing.links[{number}].hosts[{place}]: {host!r} is no host of the pool"

    def placed(self, placement: Mapping[str, str]) -> PoolState:
        """Give the same pool with another placement, names checked, arrivals not judged."""
        state = self._with(placement)
        if errors := list(state._placement_errors()):
            raise PoolError(errors)
        return state

    def timed(self) -> PoolState:
        """Give the same for whoever asks how long it takes: no migration may take more than can be counted.

        Where nobody asks, and the pool says nothing of time, that is no reason to refuse one.
        """
        asked = convergence_of(self.timing, self.hosts, self.vms, asked=True)
        if asked is None or any(isinstance(rule, Convergence) for rule in self.rules):
            return self  # as good: who has checked it need not look again
        state = self._with(self.placement)
        state._asks_time = True
        state.__dict__.pop("rules", None)
        return state

    def changed(
        self,
        *,
        hosts: Iterable[Host] | None = None,
        vms: Iterable[VM] | None = None,
        placement: Mapping[str, str] | None = None,
        anti_affinity: Sequence[Sequence[str]] | None = None,
        offline_cost_factor: int | None = None,
        rules: Sequence[Rule] | None = None,
        timing: Timing | None = None,
    ) -> PoolState:
        """Give the same with something else in its place, checked as any other."""
        state = PoolState(
            self.hosts if hosts is None else hosts,
            self.vms if vms is None else vms,
            self.placement if placement is None else placement,
            anti_affinity=self.anti_affinity if anti_affinity is None else anti_affinity,
            offline_cost_factor=self.offline_cost_factor
            if offline_cost_factor is None
            else offline_cost_factor,
            rules=self.extra_rules if rules is None else rules,
            timing=self.timing if timing is None else timing,
        )
        state._asks_time = self._asks_time
        return state

    def __eq__(self, other: object) -> bool:
        """Tell whether hosts, VMs, placement and rules are the same."""
        if not isinstance(other, PoolState):
            return NotImplemented
        return self.placement == other.placement and self._frame() == other._frame()

    __hash__ = None  # type: ignore[assignment]

    def __getstate__(self) -> dict[str, object]:
        """Pickle without caches."""
        state = {**self.__dict__, "placement": dict(self.placement), "_ledger": None, "_meant_from": None}
        state.pop("rules", None)
        return state

    def __setstate__(self, state: dict[str, object]) -> None:
        """Restore what :meth:`__getstate__` gave."""
        self.__dict__.update(state)
        self.placement = MappingProxyType(state["placement"])  # type: ignore[arg-type]

    def _frame(self) -> tuple[object, ...]:
        rules = self.anti_affinity, self.offline_cost_factor, self.extra_rules
        return self.hosts, self.vms, *rules, self.timing

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """Every rule in force; the same whatever the placement."""
        own: list[Rule] = [AntiAffinity(self.anti_affinity)] if self.anti_affinity else []
        asked = self._asks_time
        if convergence := convergence_of(self.timing, self.hosts, self.vms, asked=asked):
            own.append(convergence)
        return (*BUILT_IN, *own, *self.extra_rules)

    def host(self, name: str) -> Host:
        """Give the host of that name; ``KeyError`` where there is none."""
        return self._hosts[name]

    def vm(self, name: str) -> VM:
        """Give the VM of that name; ``KeyError`` where there is none."""
        return self._vms[name]

    def has_host(self, name: str) -> bool:
        """Tell whether the pool has such a host."""
        return name in self._hosts

    def has_vm(self, name: str) -> bool:
        """Tell whether the pool has such a VM."""
        return name in self._vms

    @property
    def runs_all(self) -> bool:
        """Tell whether no VM is off."""
        return len(self.placement) == len(self.vms)

    def running_on(self, host: str) -> tuple[VM, ...]:
        """Give the VMs on a host, in pool order."""
        return tuple(vm for vm in self.vms if self.placement.get(vm.name) == host)

    @property
    def resources(self) -> tuple[str, ...]:
        """The names of all that is counted."""
        return self._counted().resource_names

    def load(self, host: str) -> dict[str, int]:
        """Give what the VMs on a host take of each resource."""
        ledger = self._counted()
        return dict(zip(ledger.resource_names, ledger.load[host], strict=True))

    def free(self, host: str) -> dict[str, int]:
        """Give what is left on a host of each resource; negative where it is overloaded."""
        ledger = self._counted()
        rows = zip(ledger.resource_names, ledger.usable(host), ledger.load[host], strict=True)
        return {name: usable - load for name, usable, load in rows}

    def ledger(self, placement: Mapping[str, str] | None = None) -> Ledger:
        """Give a fresh ledger of this placement, or of another one, for the caller to change."""
        return self._counted().placed(self.placement if placement is None else placement)

    def _counted(self) -> Ledger:
        if self._ledger is None:
            self._ledger = Ledger(self.hosts, self.vms, self.rules, self.placement)
        return self._ledger

    def is_meant_from(self, current: PoolState) -> bool:
        """Tell whether :meth:`Pool.check` has passed this placement as the target of that very one."""
        return self._meant_from is not None and self._meant_from() is current

    def mean_from(self, current: PoolState) -> None:
        """Note that it has: states never change, so it need not look again."""
        self._meant_from = ref(current)

    def violations(self) -> list[Violation]:
        """Give all that this placement breaks, apart from how VMs came here."""
        ledger = self._counted()
        found = list(ledger.broken(self.placement))
        if not ledger.is_open():
            for vm, host in self.placement.items():
                found += ledger.unfit(vm, host)
        return found

    def refusals(self, vm: str, host: str, target: str | None = None) -> list[Violation]:
        """Give every rule that a migration (of a VM that is off: a start) to ``host`` breaks now.

        Parameters
        ----------
        target
            Where it shall be in the end, which rules on detours ask; None: there.
        """
        return self._counted().refusals(vm, self.placement.get(vm), host, target or host)

    def migrate(self, vm: str, host: str) -> PoolState:
        """Give the state after a live migration; ``ActionError`` where a rule forbids it."""
        here = self.placement.get(vm)
        self._known(vm, host)
        if here is None:
            raise ActionError(f"{vm} is off, only a running VM migrates")
        if here == host:
            raise ActionError(f"{vm} is on {host} already")
        # The target is not known here: a rule on detours is the business of a plan.
        self._allow(vm, here, host)
        return self._with({**self.placement, vm: host})

    def shutdown(self, vm: str) -> PoolState:
        """Give the state without the VM; ``ActionError`` where it is off."""
        if vm not in self.placement:
            raise ActionError(f"{vm} is off already" if vm in self._vms else f"{vm!r} is no VM of the pool")
        return self._with({name: host for name, host in self.placement.items() if name != vm})

    def provision(self, vm: str, host: str) -> PoolState:
        """Give the state with the VM on ``host`` too; ``ActionError`` where a rule forbids it."""
        self._known(vm, host)
        if vm in self.placement:
            raise ActionError(f"{vm} is on {self.placement[vm]} already")
        self._allow(vm, None, host)
        return self._with({**self.placement, vm: host})

    def _known(self, vm: str, host: str) -> None:
        if vm not in self._vms:
            raise ActionError(f"{vm!r} is no VM of the pool")
        if host not in self._hosts:
            raise ActionError(f"{host!r} is no host of the pool")

    def _allow(self, vm: str, source: str | None, host: str) -> None:
        if refusals := self._counted().refusals(vm, source, host, host):
            raise ActionError(refusals[0].text)

    def _with(self, placement: Mapping[str, str]) -> PoolState:
        state = object.__new__(PoolState)
        state.__dict__.update(
            self.__dict__, placement=_kept_placement(placement), _ledger=None, _meant_from=None
        )
        return state

    def __repr__(self) -> str:
        """Say how large it is."""
        return f"PoolState({len(self.hosts)} hosts, {len(self.placement)} of {len(self.vms)} VMs running)"


def check_state(what: str, state: object) -> None:
    """Raise ``WrongKindError`` unless it is a :class:`PoolState`."""
    if not isinstance(state, PoolState):
        by = "; placed() of another one makes it of VM name -> host name" if isinstance(state, dict) else ""
        raise WrongKindError(f"{what}: {shown(state)}, must be a PoolState{by}")


def _kept_placement(placement: Mapping[str, str]) -> Mapping[str, str]:
    """Give a placement that nobody changes; ``WrongKindError`` where it is no mapping."""
    check_kind("placement", placement, Mapping)
    return MappingProxyType(dict(placement))


def _check_kinds(
    hosts: Sequence[object], vms: Sequence[object], groups: Sequence[object], timing: object
) -> None:
    for kind, expected, things in (("hosts", Host, hosts), ("vms", VM, vms)):
        for number, thing in enumerate(things):
            check_kind(f"{kind}[{number}]", thing, expected)
    for number, group in enumerate(groups):
        # Each letter would be taken for a VM.
        if isinstance(group, str) or not isinstance(group, Iterable):
            place = f"rules.anti_affinity[{number}]"
            raise WrongKindError(f"{place}: {group!r}, must be a list of names of VMs, which form a group")
    check_kind("timing", timing, Timing)


def _wrong_with(rule: object) -> Iterable[str]:
    """Say why something is no rule."""
    kinds, its_class = [kind.__name__ for kind in KINDS if isinstance(rule, kind)], type(rule).__name__
    if not kinds:
        yield f"{rule!r}, must be a Filter, ResourceRule or GroupLimit, and no class"
    elif len(kinds) > 1:
        yield f"{its_class} is a {' and a '.join(kinds)}, must be one of them"
    elif not isinstance(getattr(rule, "name", None), str):
        yield f"{its_class} has no name, by which violations call it"


def _given_twice(kind: str, names: Sequence[str]) -> Iterable[str]:
    if len(set(names)) == len(names):
        return
    seen: set[str] = set()
    for number, name in enumerate(names):
        if name in seen:
            yield f"{kind}[{number}].name: {name!r} is there twice, names are unique"
        seen.add(name)
