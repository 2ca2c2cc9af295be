"""From what is seen to a pool that can be planned: who still gets to its target, and who stays, and why."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from models.ledger import Ledger
from models.pool import Pool, unreachable
from models.rules.anti_affinity import AntiAffinity
from models.rules.capacity import Capacity
from planner.clouds.seen import Power
from planner.execution.as_it_is import Held, as_it_is
from planner.execution.looking import KEEPS_ROOM, gone_with
from planner.execution.outcome import not_well

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from models.host import Host
    from models.rules.base import Rule
    from models.state import PoolState
    from models.vm import VM
    from planner.clouds.seen import SeenVM
    from planner.execution.picture import Picture


class Retargeted(NamedTuple):
    """A pool as it is now, with as much of the target as can still be meant.

    Parameters
    ----------
    left
        VM -> why it does not get to its target, or is not well there.
    """

    pool: Pool
    left: dict[str, str]


def retarget(picture: Picture, *, given_up: Mapping[str, str] | None = None) -> Retargeted:
    """Give the pool as it is seen.

    VMs that cannot be touched stay where they are; so do, one after the other, those that there is then no
    room for at their targets. What they break where they are is how it is: such a host takes nothing.

    Parameters
    ----------
    given_up
        VM -> why it is not tried any more.
    """
    return _Retarget(picture, given_up or {}).run()


class _Retarget:
    def __init__(self, picture: Picture, given_up: Mapping[str, str]) -> None:
        self.picture, self.off_by_us, self.given_up = picture, picture.off_by_us, given_up
        self.left: dict[str, str] = {}
        self.current: dict[str, str] = {}
        self.target: dict[str, str] = {}
        self.vms: dict[str, VM] = {}
        self.hosts: dict[str, Host] = {host.name: host for host in picture.merged_hosts()}
        self.apart = [list(group) for group in picture.apart]
        self.rules: Sequence[Rule] = picture.pool.current.extra_rules

    def run(self) -> Retargeted:
        for vm in self.picture.pool.vms:
            self._place(vm.name)
        for name in self.picture.vms:
            if self.picture.is_stranger(name):
                self._place_stranger(name)
        self._keep_room_for_arrivals()
        self._settle()
        self._accept_what_is_broken()
        current = self._state(self.current)
        return Retargeted(Pool(current, current.placed(self.target)), self.left)

    def _place(self, name: str) -> None:
        pool, picture = self.picture.pool, self.picture
        wanted, here = pool.target.placement.get(name), self._counts_on(name)
        vm = picture.merged_vm(name)
        why = self._stays(name, wanted, here)
        # Not by where it counts: one that is to be off may run on a host that is none of the pool.
        if why and (picture.is_off_target(name) or picture.is_in_error_on_target(name)):
            self.left[name] = why
        if here is None and (why or wanted is None):
            return
        self.vms[name] = replace(vm, movable=False) if why else vm
        if here is not None:
            self.current[name] = here
        if why and here is not None:
            self.target[name] = here
        elif wanted is not None:
            self.target[name] = wanted

    def _counts_on(self, name: str) -> str | None:
        """Give the host of the pool that the VM takes room on."""
        host = self.picture.where(name)
        return host if host in self.hosts else None

    def _stays(self, name: str, wanted: str | None, here: str | None) -> str:
        """Say why a VM cannot be brought to its target; empty where it can, or is there."""
        seen = self.picture.vms.get(name)
        if seen is None:
            return self._is_gone(name, wanted)
        if name in self.given_up:
            return self.given_up[name]
        why = self._untouchable(seen, name, here) or self._does_not_run(seen, name, wanted, here)
        return why or (self._closed(wanted) if wanted not in (None, here) else "")

    def _is_gone(self, name: str, wanted: str | None) -> str:
        """Say why the cloud has no such VM, where that is amiss."""
        if lost_host := self.picture.gone_with(name):
            return gone_with(lost_host)
        if wanted is None:
            return ""
        if name in self.picture.pool.current.placement:
            other = " (another has its name)" if self.picture.has_namesake(name) else ""
            return f"is gone: the cloud has no such VM{other}"
        return self.given_up.get(name, "")

    def _untouchable(self, seen: SeenVM, name: str, here: str | None) -> str:
        """Say why nothing may be done with a VM now, wherever it shall be."""
        if self.picture.is_in_error_on_target(name):
            return not_well(seen)
        host = self.picture.where(name)
        if host is not None and here is None:
            return f"is on {host}, which is no host of the pool"
        if seen.busy:
            return f"is in the middle of something: {seen.busy}"
        if seen.locked:
            return "is locked"
        trouble = "" if here is None else self._trouble(here)
        return f"its host {here} {trouble}" if trouble else ""

    def _does_not_run(self, seen: SeenVM, name: str, wanted: str | None, here: str | None) -> str:
        """Say why a VM that does not run stays so, and where it is."""
        picture = self.picture
        if wanted is None and picture.keeps_room_off(name):
            return KEEPS_ROOM
        # One that is off is shut down already; one that is paused is neither moved nor shut down.
        is_done = wanted is None and seen.power is Power.OFF
        if here is not None and seen.power is not Power.ON and not is_done:
            return seen.why_not
        was_on = name in picture.pool.current.placement and name not in self.off_by_us
        return "is shut off" if here is None and was_on and wanted is not None else ""

    def _trouble(self, host: str) -> str:
        """Say why nobody can be moved off a host, nor to it; a cloud may tell of VMs on one that is gone."""
        seen = self.picture.hosts.get(host)
        if seen is None:
            return "is gone"
        return "" if seen.up else "is down"

    def _closed(self, host: str) -> str:
        if trouble := self._trouble(host):
            return f"its target {host} {trouble}"
        return "" if self.hosts[host].accepts else f"its target {host} accepts nothing any more"

    def _place_stranger(self, name: str) -> None:
        host = self.picture.where(name)
        if host is not None and host in self.hosts:
            self.vms[name] = self.picture.merged_vm(name)
            self.current[name] = self.target[name] = host

    def _keep_room_for_arrivals(self) -> None:
        """Count those that others are bringing to a host as room that it lacks; they are where they were."""
        picture = self.picture
        for name, seen in picture.vms.items():
            host = None if seen.goes_to is None else picture.names.host(seen.goes_to)
            if not seen.busy or host not in self.hosts or host == self.current.get(name):
                continue
            takes, before = picture.merged_vm(name).demand, self.hosts[host]
            left = {it: max(0, amount - takes.get(it, 0)) for it, amount in before.capacity.items()}
            self.hosts[host] = replace(before, capacity=left)

    def _state(self, placement: Mapping[str, str]) -> PoolState:
        state = self.picture.pool.current
        groups = [kept for group in self.apart if len(kept := [vm for vm in group if vm in self.vms]) > 1]
        return state.changed(
            hosts=self.hosts.values(),
            vms=self.vms.values(),
            placement=placement,
            anti_affinity=groups,
            rules=self.rules,
        )

    def _settle(self) -> None:
        """Let VMs stay, one at a time, until all who go have room where they go."""
        frame = self._state({})
        ledger = Ledger(frame.hosts, frame.vms, frame.rules, self.target)
        for vm in [vm for vm, host in self.target.items() if self.current.get(vm) != host]:
            if why := self._cannot_get_there(ledger, vm):
                self._let_stay(ledger, vm, why)
        going: dict[str, dict[str, tuple[int, int]]] = defaultdict(dict)
        for number, (vm, host) in enumerate(self.target.items()):
            if self.current.get(vm) != host:
                going[host][vm] = sum(ledger.demand(vm)), number
        # Who stays changes two hosts alone; to look at all of them each time would take large pools minutes.
        broken = {found.host for found in ledger.broken()}
        while crowding := {vm: size for host in broken for vm, size in going.get(host or "", {}).items()}:
            vm = min(crowding, key=crowding.__getitem__)
            host, here = self.target[vm], self.current.get(vm)
            del going[host][vm]
            self._let_stay(ledger, vm, next(ledger.broken(hosts=[host])).text)
            changed = [host] if here is None else [host, here]
            broken = broken.difference(changed) | {found.host for found in ledger.broken(hosts=changed)}

    def _let_stay(self, ledger: Ledger, vm: str, why: str) -> None:
        """Leave a VM where it is, since there is no place for it at its target."""
        self.left[vm] = f"there is no place for it on {self.target[vm]}: {why}"
        ledger.take(vm, self.target.pop(vm))
        if (here := self.current.get(vm)) is not None:
            self.target[vm] = here
            ledger.put(vm, here)
        else:
            del self.vms[vm]

    def _cannot_get_there(self, ledger: Ledger, vm: str) -> str:
        host = self.target[vm]
        unfit = [found.text for found in ledger.unfit(vm, host)]
        return next(iter(unfit or unreachable(ledger, vm, self.current.get(vm), host)), "")

    def _accept_what_is_broken(self) -> None:
        """Close the hosts on which those who stay break a rule, and count what is there as their room.

        A target that breaks a rule cannot be planned to. Nothing arrives on such a host, so it is safe to say
        that it may hold what it does, and to count one VM of a group that is to be apart. One that does not
        fit any more on the host where it stays is left in peace, and so requires nothing.
        """
        frame = self._state({})
        ledger = Ledger(frame.hosts, frame.vms, frame.rules, self.target)
        own = {rule.name: Held() for rule in self.rules}
        for found in list(ledger.broken()):
            assert found.host is not None
            assert found.resource is not None
            assert found.amount is not None
            host = self.hosts[found.host]
            self.hosts[found.host] = replace(host, accepts=False)
            if found.rule == Capacity.name:
                room = {**host.capacity, found.resource: found.amount}
                self.hosts[found.host] = replace(host, capacity=room, accepts=False)
            elif found.rule in own:
                own[found.rule][found.resource, found.host] = found.amount
            else:
                assert found.rule == AntiAffinity.name, f"{found.rule}: nobody lets be what breaks it"
                self._thin_out(found.host)
        misplaced = {
            vm: here
            for vm, here in self.target.items()
            if self.current.get(vm) == here and ledger.unfit(vm, here)
        }
        for vm, here in misplaced.items():
            arch = self.hosts[here].arch
            self.vms[vm] = replace(self.vms[vm], movable=False, requires=(), arch=arch)
        self.rules = [as_it_is(rule, own[rule.name], misplaced) for rule in self.rules]

    def _thin_out(self, host: str) -> None:
        for group in self.apart:
            here = [vm for vm in group if self.target.get(vm) == host]
            for vm in here[1:]:
                group.remove(vm)
                self.vms[vm] = replace(self.vms[vm], movable=False)
