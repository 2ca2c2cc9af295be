"""Verifying a proof: whether a bound holds, or no plan exists, by looking at placements alone.

This judges what the solver claims, so it knows none: it counts by name in a
:class:`~models.ledger.Ledger` and asks the rules themselves. ALGORITHM.md, "Certificates".
"""

from __future__ import annotations

from collections import defaultdict, deque
from fractions import Fraction
from heapq import heappop, heappush
from itertools import count
from math import ceil
from typing import TYPE_CHECKING

from models.ledger import Ledger
from models.mistakes import check_kind
from models.objective import Objective, price_of
from models.pool import Pool
from models.proof import Proof

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MOST_DISPLACED = 20
"""Displaced VMs of a conflict in ``vm-proof/1``: their subsets are all looked at."""

MOST_PLACEMENTS = 300_000
"""Placements that are looked at for a proof by exhaustion: what anybody who checks one must put up with."""


class Verifier:
    """A pool, and what can be verified of it.

    Parameters
    ----------
    pool
        A pool that has passed :meth:`Pool.check`.
    objective
        What a migration costs.
    """

    def __init__(self, pool: Pool, objective: Objective = "moves") -> None:
        self.pool = pool
        here, there = pool.current.placement, pool.target.placement
        self.src = {vm: host for vm, host in here.items() if vm in there}
        self.dst = {vm: there[vm] for vm in self.src}
        self.vms = {vm.name: vm for vm in pool.vms}
        price = price_of(objective, pool.vms)
        self.cost = {vm: price(self.vms[vm]) for vm in self.src}
        self._filters = self._with(())
        self._allowed: dict[tuple[str, str, str], bool] = {}
        self._least: dict[str, int | None] = {}
        self._excess: dict[str, int | None] = {}
        self.fixed = {vm for vm, host in self.src.items() if host == self.dst[vm] and self.excess(vm) is None}

    def flaw(self, proof: Proof) -> str | None:
        """Say why a proof does not hold; None where it does."""
        match proof.by:
            case "none":
                return "nothing stands behind it that can be checked"
            case "exhaustive":
                return self._exhaustive(proof)
            case "mandatory" | "conflicts" if proof.claim == "bound":
                return self._bound(proof)
            case "stuck" if proof.claim == "impossible":
                return self._stuck(proof.stuck)
            case "conflicts" if proof.claim == "impossible":
                return self._hopeless(proof.conflict)
            case _:
                return f"{proof.by} proves nothing of the kind: {proof.claim}"

    def goes(self, vm: str, source: str | None, host: str) -> bool:
        """Tell whether the filters allow that single migration (source None: that start), room aside."""
        filters = self._filters
        if source == host or filters.unfit(vm, host):
            return False
        return not filters.unmovable(vm, source, host, self.dst[vm])

    def fewest_migrations(self, vm: str) -> int | None:
        """Give the fewest migrations from source to target that the filters allow; None: there is no way."""
        source, target = self.src[vm], self.dst[vm]
        if self.goes(vm, source, target):
            return 1
        seen, queue = {source: 0}, deque([source])
        while queue:
            here = queue.popleft()
            for host in self._filters.hosts:
                if host not in seen and self.goes(vm, here, host):
                    seen[host] = seen[here] + 1
                    if host == target:
                        return seen[host]
                    queue.append(host)
        return None

    def stop_cost(self, vm: str) -> int | None:
        """Give what a stop, and a start on its target, cost; None where it may not be stopped."""
        if not self.vms[vm].offline or not self.goes(vm, None, self.dst[vm]):
            return None
        return self.cost[vm] * self.pool.current.offline_cost_factor

    def least(self, vm: str) -> int | None:
        """Give what a VM costs at least in any plan; None: it has no way to its target."""
        if vm not in self._least:
            if self.src[vm] == self.dst[vm]:
                self._least[vm] = 0
            else:
                hops, stop = self.fewest_migrations(vm), self.stop_cost(vm)
                live = None if hops is None else hops * self.cost[vm]
                self._least[vm] = min((cost for cost in (live, stop) if cost is not None), default=None)
        return self._least[vm]

    def excess(self, vm: str) -> int | None:
        """Give what a VM pays beyond its least, at least, where it is not straight; None: it always is."""
        if vm not in self._excess:
            ways, guest, stop = [], self.vms[vm], self.stop_cost(vm)
            if guest.may_step_aside:
                settled = self.src[vm] == self.dst[vm]
                ways.append(max(2, (not settled and self.fewest_migrations(vm)) or 2) * self.cost[vm])
            if stop is not None:
                ways.append(stop)
            self._excess[vm] = min(ways) - (self.least(vm) or 0) if ways else None
        return self._excess[vm]

    def conflict_flaw(self, vms: Sequence[str]) -> str | None:
        """Say why these VMs are no conflict; None where they cannot all be straight."""
        if unknown := [vm for vm in vms if vm not in self.src]:
            return f"{unknown[0]!r} is not in both placements"
        if len(set(vms)) != len(vms):
            return "a VM is named twice"
        displaced = [vm for vm in vms if self.src[vm] != self.dst[vm]]
        if len(displaced) > MOST_DISPLACED:
            return f"{len(displaced)} displaced VMs, at most {MOST_DISPLACED} can be looked at"
        if any(not self.goes(vm, self.src[vm], self.dst[vm]) for vm in displaced):
            return None
        order = _Orders(self, self._with({*vms, *self.fixed}), displaced).find()
        return None if order is None else f"they can go in this order: {', '.join(order)}"

    def _with(self, vms: Iterable[str]) -> Ledger:
        """Give a ledger in which these VMs, and no others, are on their sources."""
        pool = self.pool
        return Ledger(pool.hosts, pool.vms, pool.current.rules, {vm: self.src[vm] for vm in sorted(vms)})

    def _bound(self, proof: Proof) -> str | None:
        if proof.bound is None:
            return "it claims no bound"
        mandatory, total = 0, Fraction(0)
        for vm in self.src:
            least = self.least(vm)
            if least is None:
                return f"{vm} has no way to its target: no plan exists, and no bound is needed"
            mandatory += least
        paid: dict[str, Fraction] = defaultdict(Fraction)
        for number, conflict in enumerate(proof.conflicts, 1):
            if flaw := self.conflict_flaw(conflict.vms):
                return f"conflict {number}: {flaw}"
            total += conflict.share
            for vm in conflict.vms:
                paid[vm] += conflict.share
        for vm, share in paid.items():
            excess = self.excess(vm)
            if excess is not None and share > excess:
                return f"{vm}: its conflicts weigh {share}, more than the {excess} that it pays"
        proven = mandatory + ceil(total)
        return None if proven >= proof.bound else f"it proves {proven}, and claims {proof.bound}"

    def _hopeless(self, vms: Sequence[str]) -> str | None:
        if not vms:
            return "it names no conflict"
        if flaw := self.conflict_flaw(vms):
            return flaw
        free = [vm for vm in vms if self.excess(vm) is not None]
        return f"{free[0]} may step aside or be stopped" if free else None

    def _stuck(self, vms: Sequence[str]) -> str | None:
        if unknown := [vm for vm in vms if vm not in self.src]:
            return f"{unknown[0]!r} is not in both placements"
        stuck, ledger, spare = set(vms), self._with(vms), self._spare()
        for vm in stuck:
            if self.stop_cost(vm) is not None:
                return f"{vm} may be stopped"
            if spare is not None and any(n > free for n, free in zip(ledger.demand(vm), spare, strict=True)):
                continue  # in flight it counts twice, and the whole pool has not that much free
            source = self.src[vm]
            ledger.take(vm, source)
            open_to = [host for host in ledger.hosts if host != source and self._fits(ledger, vm, host)]
            ledger.put(vm, source)
            if open_to:
                return f"{vm} could go to {open_to[0]}"
        if any(self.src[vm] != self.dst[vm] for vm in stuck):
            return None
        for vm, source in self.src.items():
            target = self.dst[vm]
            if source != target and self.stop_cost(vm) is None and ledger.is_full(vm, target):
                return None
        return "every displaced VM might still get home"

    def _fits(self, ledger: Ledger, vm: str, host: str) -> bool:
        return not ledger.refusals(vm, self.src[vm], host, self.dst[vm])

    def _spare(self) -> list[int] | None:
        """Give what the whole pool has free of each resource, which no migration changes; None: stops may."""
        if any(self.vms[vm].offline and self.stop_cost(vm) is not None for vm in self.src):
            return None
        ledger = self._with(self.src)
        spare = [0] * len(ledger.resource_names)
        for host, loads in ledger.load.items():
            for number, (usable, load) in enumerate(zip(ledger.usable(host), loads, strict=True)):
                spare[number] += max(0, usable - load)
        return spare

    def _exhaustive(self, proof: Proof) -> str | None:
        """Look at every placement that can be reached, of a bound for less than that, cheapest first."""
        if any(self.stop_cost(vm) is not None for vm in self.src):
            return "some VMs may be stopped, which is not looked at"
        if (proof.claim == "bound") != (proof.bound is not None):
            return "it claims no bound" if proof.bound is None else "it claims a bound where there is no plan"
        names = sorted(self.src)
        first, end = (tuple(place[vm] for vm in names) for place in (self.src, self.dst))
        best, queue, tie, ledger = {first: 0}, [(0, 0, first)], count(1), self._with(())
        while queue:
            cost, _, at = heappop(queue)
            if cost > best[at]:
                continue
            if proof.bound is not None and cost >= proof.bound:
                return None
            if at == end:
                return f"there is a plan of cost {cost}"
            if len(best) > MOST_PLACEMENTS:
                return "too many placements to look at"
            for number, host in self._single_moves(ledger, names, at):
                then, price = (*at[:number], host, *at[number + 1 :]), cost + self.cost[names[number]]
                if price < best.get(then, price + 1):
                    best[then] = price
                    heappush(queue, (price, next(tie), then))
        return None

    def _single_moves(self, ledger: Ledger, names: Sequence[str], at: Sequence[str]) -> list[tuple[int, str]]:
        """Give every legal migration from a placement, on an empty ledger: who, by number, goes where."""
        for vm, host in zip(names, at, strict=True):
            ledger.put(vm, host)
        found = [
            (number, host)
            for number, vm in enumerate(names)
            for host in ledger.hosts
            if host != at[number] and not ledger.is_full(vm, host) and self._may_go(vm, at[number], host)
        ]
        for vm, host in zip(names, at, strict=True):
            ledger.take(vm, host)
        return found

    def _may_go(self, vm: str, source: str, host: str) -> bool:
        """Ask :meth:`goes` once for each single migration."""
        key = vm, source, host
        if key not in self._allowed:
            self._allowed[key] = self.goes(vm, source, host)
        return self._allowed[key]


class _Orders:
    """All orders in which displaced VMs could go straight home; no subset is tried twice."""

    def __init__(self, verifier: Verifier, ledger: Ledger, displaced: Sequence[str]) -> None:
        self.verifier = verifier
        self.ledger = ledger
        self.displaced = displaced
        self._tried: set[frozenset[str]] = set()

    def find(self, done: frozenset[str] = frozenset()) -> list[str] | None:
        """Give an order in which those that are left can go; None where there is none."""
        if len(done) == len(self.displaced):
            return []
        src, dst, ledger = self.verifier.src, self.verifier.dst, self.ledger
        for vm in self.displaced:
            then = done | {vm}
            if vm in done or then in self._tried or ledger.refusals(vm, src[vm], dst[vm], dst[vm]):
                continue
            self._tried.add(then)
            ledger.put(vm, dst[vm])
            ledger.take(vm, src[vm])
            rest = self.find(then)
            ledger.put(vm, src[vm])
            ledger.take(vm, dst[vm])
            if rest is not None:
                return [vm, *rest]
        return None


def flaw_of(pool: Pool, proof: Proof) -> str | None:
    """Say why a proof does not hold in a pool; None where it does."""
    check_kind("pool", pool, Pool)
    check_kind("proof", proof, Proof)
    return Verifier(pool, proof.objective).flaw(proof)
