"""What is free where, while VMs are put on hosts and taken off them by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from heuristics.spare import Spare, SpareArrays

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from planner.goals.choice import Choice


class FreeRoom(SpareArrays):
    """What is free where, while VMs are put on hosts and taken off them in no order that a plan could have.

    Parameters
    ----------
    at
        Where all are.
    shut
        Hosts that take nobody.
    """

    def __init__(self, choice: Choice, at: Sequence[int], shut: Iterable[int]) -> None:
        problem = choice.problem
        self.choice, self.spare = choice, Spare(problem, at)
        super().__init__(self.spare)
        shape = problem.num_hosts, len(problem.resources)
        self.usable = np.array(problem.usable, dtype=np.float64).reshape(shape)
        self.scale = np.maximum(self.usable.max(axis=0, initial=0), 1)
        self.open = np.ones(problem.num_hosts, dtype=bool)
        self.open[list(shut)] = False

    def put(self, vm: int, host: int) -> None:
        """Count the VM on the host too."""
        super().put(vm, host)
        self.spare.put(vm, host)

    def take(self, vm: int, host: int) -> None:
        """Count the VM on the host no longer."""
        super().take(vm, host)
        self.spare.take(vm, host)

    def keep(self, host: int, amounts: Mapping[int, int]) -> None:
        """Keep some of each resource of a host for VMs that are yet to come."""
        for resource, amount in amounts.items():
            self._free[resource, host] -= amount
            self.spare.free[host][resource] -= amount

    def loads(self) -> NDArray[np.float64]:
        """Give ``[host, resource]``: what is taken."""
        return np.ascontiguousarray(self.usable - self.free.T)

    def size(self, vm: int) -> float:
        """Give how large the VM is against the largest host."""
        return max(
            (amount / self.scale[resource] for resource, amount in self.choice.problem.needs[vm]), default=0
        )

    def best_host(self, vm: int, home: int, *, even: bool) -> int | None:
        """Give the best host that has room; None where none has."""
        choice, problem = self.choice, self.choice.problem
        demand = np.array(problem.demand[vm], dtype=np.float64)
        fits = self.open & (self.free >= demand[:, None]).all(axis=0)
        if home >= 0:
            fits[home] = False
        hosts = np.flatnonzero(fits)
        if not len(hosts):
            return None
        with np.errstate(divide="ignore", invalid="ignore"):
            shares = 1 - (self.free[:, hosts].T - demand) / np.where(
                self.usable[hosts] > 0, self.usable[hosts], np.inf
            )
        score = shares.max(axis=1, initial=0) if even else -shares.max(axis=1, initial=0)
        cheapest: tuple[int, int] | None = None
        for host in hosts[np.argsort(score, kind="stable")].tolist():
            if not self.spare.fits(vm, host):
                continue  # its groups
            fare = choice.fare(vm, host)
            if fare is not None and fare.cost == problem.cost[vm]:
                return int(host)
            if fare is not None and (cheapest is None or fare.cost < cheapest[0]):
                cheapest = fare.cost, host
        return None if cheapest is None else cheapest[1]

    def fits(self, vm: int, host: int) -> bool:
        """Tell whether the VM has room on a host now."""
        return bool(self.open[host]) and self.spare.fits(vm, host)

    def rivals(self, vm: int, host: int, able: Sequence[int]) -> list[int] | None:
        """Give who must leave a host for the groups of a VM; None where one who must is not able to."""
        problem, found = self.choice.problem, []
        for group in problem.groups_of[vm]:
            if self.spare.held[host].get(group, 0) >= problem.limit(group, host):
                rival = next((other for other in able if group in problem.groups_of[other]), None)
                if rival is None:
                    return None
                found.append(rival)
        return list(dict.fromkeys(found))

    def homes_for(self, vms: Iterable[int], host: int) -> list[tuple[int, int]] | None:
        """Give (VM, host) for all VMs of a host, as tight as can be; None where one finds no room."""
        guests, found = sorted(vms, key=lambda vm: (-self.size(vm), vm)), list[tuple[int, int]]()
        for vm in guests:
            home = self.best_host(vm, host, even=False)
            if home is None:
                break
            self.put(vm, home)
            found.append((vm, home))
        for vm, home in found:
            self.take(vm, home)
        return found if len(found) == len(guests) else None

    def shut(self, host: int) -> None:
        """Let nobody come to a host any more."""
        self.open[host] = False
