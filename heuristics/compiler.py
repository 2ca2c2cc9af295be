"""Whether compiled shifts are at hand: to load them takes a second, to compile them many.

So another process compiles them, and Numba keeps that on disk, beside the source or among the user's files.
Without Numba, or on a machine that it does not know, all goes on in Python.
"""

from __future__ import annotations

import logging
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future

    from heuristics.compiled_shifts import CompiledShifts
    from heuristics.other_process import Others
    from heuristics.parameters import ShiftParameters
    from models.problem import Move, Problem

log = logging.getLogger(__name__)


def is_kept() -> bool:
    """Tell whether they have been compiled before, for the source as it is."""
    if find_spec("numba") is None:
        return False
    try:
        from heuristics import compiled_walks
    except Exception as error:  # What a compiler says on a machine it does not know may be anything.
        log.info("going on without compiled code: %s", error)
        return False
    turns: Any = compiled_walks.turns
    place = turns.stats.cache_path
    since = Path(compiled_walks.__file__).stat().st_mtime
    return place is not None and any(
        file.stat().st_mtime >= since for file in Path(place).glob("compiled_walks.turns-*.nbc")
    )


def compile_shifts(_: Problem) -> bool:
    """Compile them, here and now; tell whether another process can load them then."""
    if find_spec("numba") is None:
        return False
    from heuristics.compiled_shifts import warm_up

    warm_up()
    return is_kept()


def asked_to_compile(others: Others) -> Future[bool | None] | None:
    """Have another process compile them, where there is one and it is of use."""
    if find_spec("numba") is None:
        return None
    for one in others.hired():
        return one.ask(compile_shifts)
    return None


def compiled_shifts(
    problem: Problem, moves: Sequence[Move], seed: int, parameters: ShiftParameters
) -> CompiledShifts | None:
    """Give compiled shifts of a plan, loaded where they are not yet.

    Returns
    -------
    CompiledShifts or None
        None where amounts are beyond what they count in, or a VM that moves may not go everywhere: they ask
        nobody whether it may.
    """
    if not all(problem.filters.unbound[vm] for vm, _ in moves):
        return None
    from heuristics.compiled_shifts import CompiledShifts

    try:
        return CompiledShifts(problem, moves, seed, parameters)
    except OverflowError as error:
        log.info("shifting without compiled code: %s", error)
        return None
