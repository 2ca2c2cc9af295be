"""Whether compiled code is at hand: to load it takes a second, to compile it many.

So another process compiles it, and Numba keeps that on disk, beside the source or among the user's files.
Without Numba, or on a machine that it does not know, all goes on in Python.
"""

from __future__ import annotations

import logging
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

    from heuristics.compiled_shifts import CompiledShifts
    from heuristics.other_process import Others
    from heuristics.parameters import ShiftParameters
    from models.problem import Move, Problem

log = logging.getLogger(__name__)


def is_kept() -> bool:
    """Tell whether all of it has been compiled before, for the source as it is."""
    if find_spec("numba") is None:
        return False
    try:
        from heuristics import compiled_branches, compiled_walks
    except Exception as error:  # What a compiler says on a machine it does not know may be anything.
        log.info("going on without compiled code: %s", error)
        return False
    walks, branches = compiled_walks, compiled_branches
    kept = [(walks, walks.turns), (branches, branches.best_branches), (branches, branches.short_of_room)]
    return all(_is_kept(module, function) for module, function in kept)


def _is_kept(module: ModuleType, function: Any) -> bool:
    place, since = function.stats.cache_path, Path(str(module.__file__)).stat().st_mtime
    return place is not None and any(
        file.stat().st_mtime >= since for file in Path(place).glob(f"*{function.__name__}-*.nbc")
    )


def compile_all(_: None = None) -> bool:
    """Compile it, here and now; tell whether another process can load it then."""
    if find_spec("numba") is None:
        return False
    from heuristics.beam_steps import warm_up as warm_up_beams
    from heuristics.compiled_shifts import warm_up as warm_up_shifts

    warm_up_shifts()
    warm_up_beams()
    return is_kept()


def have_it_compiled(others: Others) -> None:
    """Have another process compile it, where there is one."""
    if find_spec("numba") is not None:
        others.compile(compile_all)


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


if __name__ == "__main__":
    print("compiled" if compile_all() else "not compiled: there is no Numba here, or no place to keep it")
