"""What a path finder tells of its decisions as it makes them; the base class hears nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models.problem import Move, Problem


class Trace:
    """Listens to a path finder; subclass it and override what you want to hear.

    VMs and hosts are indices of the :class:`~models.problem.Problem` that is searched; a host may be
    ``OFF``. ``depth`` counts the decisions that a decision is part of, from 0.

    ``moves`` and ``undoes`` alone change the placement: a listener that follows these two always knows
    where every VM is. A finder that searches placements out of order, as shortest paths do, says so with
    ``note`` and tells its moves when it has a plan.

    What a method raises ends the search and reaches the caller: that is how a listener stops a finder.
    """

    def tries(self, depth: int, vm: int, host: int) -> None:
        """Look whether the VM can get to that host."""

    def displaces(self, depth: int, vm: int, host: int, for_vm: int) -> None:
        """Make the VM leave that host, on which ``for_vm`` needs its room."""

    def moves(self, depth: int, vm: int, source: int, host: int) -> None:
        """Migrate the VM; it is on ``host`` from now on."""

    def undoes(self, depth: int, vm: int, host: int) -> None:
        """Take a move back; the VM is on ``host`` again."""

    def fails(self, depth: int, text: str) -> None:
        """Give a decision up, for the reason in ``text``."""

    def note(self, depth: int, text: str) -> None:
        """Remark on anything else worth knowing."""


def tell_plan(trace: Trace | None, problem: Problem, moves: list[Move] | None) -> None:
    """Tell the moves of a plan that was found as a whole."""
    if trace is None or moves is None:
        return
    at = list(problem.src)
    for vm, host in moves:
        trace.moves(0, vm, at[vm], host)
        at[vm] = host


SILENT = Trace()
"""The trace of a finder that nobody listens to."""
