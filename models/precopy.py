"""How long a live migration takes at a rate, if it ever ends.

With b = rate x 10^6 / 8 / 2^20 x efficiency, in MiB/s, it takes ``overhead_s + copied_mib / (b - dirty_mib_s)
+ hot_mib / b``, in whole seconds, at least 1: the rounds of pre-copy add up to a geometric series (Clark et
al., NSDI 2005; Akoush et al., MASCOTS 2010), and what is rewritten all the time is sent once more at the end.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from models.amounts import LONGEST_S
from models.errors import PlannerError

if TYPE_CHECKING:
    from models.timing import Timing
    from models.vm import VM

FORGIVEN_S = 1e-9
"""Rounding of the formula that costs no whole second."""

MANY_MIB = 2**30
"""A petabyte in MiB, and a GiB in bytes: so many are most likely bytes."""


def copy_rate(timing: Timing, rate_mbps: float) -> float:
    """Give the MiB of pages that a migration at that rate carries in a second."""
    return rate_mbps * 1e6 / 8 / 2**20 * timing.efficiency


def why_endless(timing: Timing, vm: VM, rate_mbps: float) -> str | None:
    """Say why a live migration at that rate never ends, or not within ``LONGEST_S``; None: it does."""
    if vm.migration_s is not None:
        return None
    if vm.dirty_mib_s >= copy_rate(timing, rate_mbps):
        return _never_converges(timing, vm, rate_mbps)
    seconds = unrounded_seconds(timing, vm, rate_mbps)
    if seconds > LONGEST_S:
        mib = copied_mib(vm)
        unit = ", is it given in bytes?" if mib >= MANY_MIB else ""
        return (
            f"at {rate_mbps:g} Mb/s its migration takes {seconds:.6g} s, must be at most 10^9; "
            f"it copies {mib:.6g} MiB{unit}"
        )
    return None


def migration_seconds(timing: Timing, vm: VM, rate_mbps: float) -> int:
    """Give the whole seconds of a live migration at that rate.

    Raises
    ------
    PlannerError
        It never converges, or takes more than ``LONGEST_S``.
    """
    if vm.migration_s is not None:
        return vm.migration_s
    if why := why_endless(timing, vm, rate_mbps):
        raise PlannerError(f"vm {vm.name!r}: {why}")
    return max(1, ceil(unrounded_seconds(timing, vm, rate_mbps) - FORGIVEN_S))


def unrounded_seconds(timing: Timing, vm: VM, rate_mbps: float) -> float:
    """Give the seconds of a migration that converges, by the formula alone."""
    per_s = copy_rate(timing, rate_mbps)
    return timing.overhead_s + copied_mib(vm) / (per_s - vm.dirty_mib_s) + vm.hot_mib / per_s


def copied_mib(vm: VM) -> float:
    """Give what the first round of a migration copies."""
    return vm.ram_mib if vm.copied_mib is None else vm.copied_mib


def _never_converges(timing: Timing, vm: VM, rate_mbps: float) -> str:
    """Say why a migration at that rate never ends, with the figures."""
    return (
        f"dirty_mib_s={vm.dirty_mib_s:g} is not below the {copy_rate(timing, rate_mbps):.4g} MiB/s that "
        f"{rate_mbps:g} Mb/s at efficiency {timing.efficiency:g} carry, so its migration never converges"
    )
