"""ProxLB's rules of thumb (gyptazy/ProxLB, ``proxlb/models/calculations.py``), by the amounts assigned.

Where the fullest and the emptiest host are more than ten points apart, every guest in turn is given to the
host that is emptiest at that moment; guests of hosts in maintenance go there likewise. Room is not looked at,
nor is the order in which the moves are made. These are the rules in words of our own, and no code of theirs.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from benchmarks.peers.proposal import Proposal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from models import PoolState

BALANCINESS = 0.10
"""How far apart the fullest and the emptiest host may be: the default of theirs."""


def balanced(state: PoolState, resource: str) -> Proposal:
    """Even out by one resource."""
    began = perf_counter()
    shares = _Shares(state, resource)
    some = shares.of.values()
    moves = shares.given(state.placement) if max(some) - min(some) > BALANCINESS else ()
    return Proposal(tuple(moves), perf_counter() - began)


def drained(state: PoolState, hosts: Collection[str], resource: str) -> Proposal:
    """Empty hosts in maintenance."""
    began = perf_counter()
    shares = _Shares(state, resource, hosts)
    moves = shares.given(vm for vm, host in state.placement.items() if host in hosts)
    return Proposal(tuple(moves), perf_counter() - began)


class _Shares:
    """The share of each host that takes guests, while they are given away one by one."""

    def __init__(self, state: PoolState, resource: str, maintenance: Collection[str] = ()) -> None:
        self.state, self.resource = state, resource
        self.at = dict(state.placement)
        self.usable = {host.name: host.usable(resource) or 1 for host in state.hosts}
        self.of = {
            host.name: state.load(host.name)[resource] / self.usable[host.name]
            for host in state.hosts
            if host.name not in maintenance
        }

    def given(self, vms: Iterable[str]) -> list[tuple[str, str]]:
        """Give each guest to the emptiest host; those that are there already do not move."""
        moves = []
        for vm in vms:
            emptiest = min(self.of, key=self.of.__getitem__)
            if emptiest != self.at[vm]:
                self._move(vm, emptiest)
                moves.append((vm, emptiest))
        return moves

    def _move(self, vm: str, host: str) -> None:
        amount = self.state.vm(vm).demand.get(self.resource, 0)
        for name, sign in ((self.at[vm], -1), (host, 1)):
            if name in self.of:
                self.of[name] += sign * amount / self.usable[name]
        self.at[vm] = host
