"""What filters let VMs do, as arrays: host by host for one VM, or by kinds for all VMs that they treat alike.

Filters tell hosts apart by their class, and from the two ends of a VM's way: of all others of a class one is
asked about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from models.problem import Problem

MOST_ASKED = 200_000
"""Pairs of kinds, for all VMs that differ, up to which each is asked about: about a quarter of a second."""


class HostKinds:
    """The hosts of a problem, by what filters tell apart.

    Attributes
    ----------
    kind
        ``kind[host]``, for a VM that neither comes from there nor goes there: for who comes from there it is
        the last but one, for who goes there the last.
    count
        How many there are, with these two.
    """

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self.kind = _numbered(problem.filters.host_class)
        self._some = _some_of_each(problem.filters.host_class)
        self.count = len(self._some) + 2

    def may_go(self, vm: int) -> NDArray[np.bool_]:
        """Tell for each two kinds whether the VM may go from a host of one to one of the other."""
        problem = self._problem
        ends = problem.src[vm], problem.dst[vm]
        others = [next((host for host in hosts if host not in ends), None) for hosts in self._some]
        hosts = [*others, *ends]
        return np.array(
            [
                [
                    here is not None and there is not None and problem.may_go(vm, here, there)
                    for there in hosts
                ]
                for here in hosts
            ],
            dtype=np.bool_,
        )

    def ways_of(self, vm: int) -> NDArray[np.bool_]:
        """Tell for each two hosts whether the VM may go from the one to the other."""
        kind = np.array(self.kind)
        kind[self._problem.src[vm]], kind[self._problem.dst[vm]] = self.count - 2, self.count - 1
        ways: NDArray[np.bool_] = self.may_go(vm)[np.ix_(kind, kind)]
        return ways


class Permits:
    """Who may go from where to where.

    Parameters
    ----------
    problem
        Whose filters.
    vms
        Who moves; of all others nothing is known.

    Attributes
    ----------
    row
        ``row[vm]``; 0: it may go everywhere.
    kind
        ``kind[host]``, as :class:`HostKinds` has it.
    may
        ``may[row, kind, kind]``: whether a VM may go from a host of one kind to one of another.

    Raises
    ------
    OverflowError
        There are too many kinds.
    """

    def __init__(self, problem: Problem, vms: Iterable[int]) -> None:
        kinds = HostKinds(problem)
        self.kind = kinds.kind
        self.row = [0] * problem.num_vms
        tables = [np.ones((kinds.count, kinds.count), dtype=np.bool_)]
        rows: dict[tuple[int, int, int, bool], int] = {}
        for vm in vms:
            if problem.filters.unbound[vm]:
                continue
            source, target = problem.src[vm], problem.dst[vm]
            alike = problem.filters.vm_class[vm], self.kind[source], self.kind[target], source == target
            if alike not in rows:
                rows[alike] = len(tables)
                if len(rows) * kinds.count**2 > MOST_ASKED:
                    raise OverflowError(len(rows))
                tables.append(kinds.may_go(vm))
            self.row[vm] = rows[alike]
        self.may = np.stack(tables)


def _numbered(classes: Sequence[int]) -> list[int]:
    """Count from 0 what may be any numbers."""
    number: dict[int, int] = {}
    return [number.setdefault(one, len(number)) for one in classes]


def _some_of_each(classes: Sequence[int]) -> list[list[int]]:
    """Give up to three hosts of each class, in the order of :func:`_numbered`: one is neither end of a VM."""
    found: dict[int, list[int]] = {}
    for host, one in enumerate(classes):
        of_class = found.setdefault(one, [])
        if len(of_class) < 3:
            of_class.append(host)
    return list(found.values())
