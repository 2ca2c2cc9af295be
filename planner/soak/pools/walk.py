"""Walks of legal migrations: where one ends can be reached from where it began, and the steps show how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from models import Migration, Pool

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.random import Generator

    from models import PoolState


@dataclass(frozen=True, slots=True)
class Walk:
    """A planted pool, and a plan for it.

    Parameters
    ----------
    pool
        From where the walk began to where it ended.
    steps
        The walk: a plan, though seldom a short one.
    """

    pool: Pool
    steps: tuple[Migration, ...]


def walk(
    rng: Generator,
    start: PoolState,
    tries: int,
    *,
    among: Sequence[str] | None = None,
    once: Collection[str] = (),
) -> Walk:
    """Walk from a placement by random legal migrations.

    Parameters
    ----------
    tries
        Migrations drawn; those that a rule forbids are passed over.
    among
        The VMs that walk. Default: all that run.
    once
        VMs that migrate once at most, so that they go straight to where they end.
    """
    ledger, placement = start.ledger(), dict(start.placement)
    walkers = list(placement) if among is None else list(among)
    hosts = [host.name for host in start.hosts]
    steps: list[Migration] = []
    rested = set(once)
    gone: set[str] = set()
    draws = rng.integers((len(walkers), len(hosts)), size=(tries if walkers else 0, 2)).tolist()
    for vm_number, host_number in draws:
        vm, host = walkers[vm_number], hosts[host_number]
        source = placement[vm]
        if host == source or (vm in rested and vm in gone) or ledger.refusals(vm, source, host, host):
            continue
        ledger.take(vm, source)
        ledger.put(vm, host)
        placement[vm] = host
        gone.add(vm)
        steps.append(Migration(vm, source, host))
    return Walk(Pool(start, start.placed(placement)), tuple(steps))
