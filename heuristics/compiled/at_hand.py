"""Whether compiled code is at hand: to load it takes a second, to compile it many.

So it is compiled once, by a process that nobody waits for, and Numba keeps that on disk, beside the source or
among the user's files. Without Numba, or on a machine that it does not know, all goes on in Python.
"""

from __future__ import annotations

import logging
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from subprocess import DEVNULL, Popen
from time import time
from typing import Any

from heuristics.compiled.sources import key_of_sources

log = logging.getLogger(__name__)

PROGRAM = """\
import sys
sys.path[:] = {path!r}
from heuristics.compiled.at_hand import compile_all
compile_all()
"""
"""Goes on when the caller has ended: what it leaves is for the next one."""

MARK = "vm-migration-planner.compiling"
"""The file beside what is kept that tells that it is being compiled."""

KEPT = "vm-migration-planner.compiled"
"""The file that tells what has been compiled."""

WARM_UPS = (("shifts.compiled_shifts", "beams.steps"), ("orders.tables",))
"""The modules that have it compiled, for each of two processes; either takes about as long."""

TOO_LONG_S = 300.0
"""Whoever has compiled for so many seconds has come to grief."""


def is_kept() -> bool:
    """Tell whether all of it has been compiled before: from these sources, for this machine."""
    place = _place()
    try:
        return place is not None and (place / KEPT).read_text() == _key()
    except OSError:
        return False


def is_being_compiled() -> bool:
    """Tell whether some process does so now."""
    mark = _mark()
    try:
        return mark is not None and time() - mark.stat().st_mtime < TOO_LONG_S
    except OSError:
        return False


def begin_to_compile() -> None:
    """Have it compiled by another process, unless one does so already, or there is no place to keep it."""
    mark = _mark()
    # A program that has Python in it would start itself once more.
    if mark is None or is_being_compiled() or getattr(sys, "frozen", False) or not sys.executable:
        return
    program = PROGRAM.format(path=[str(place) for place in sys.path])
    try:
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()
        _begun.append(
            Popen(
                [sys.executable, "-c", program],
                stdin=DEVNULL,
                stdout=DEVNULL,
                stderr=DEVNULL,
                start_new_session=True,
            )
        )
    except OSError as error:
        log.info("going on without compiled code: %s", error)


def compile_all() -> bool:
    """Compile it, here and now; tell whether it can be loaded from then on."""
    mark = _mark()
    if mark is None:
        return False
    try:
        with ProcessPoolExecutor(len(WARM_UPS), get_context("spawn")) as processes:
            list(processes.map(_warm_up, WARM_UPS))
        (mark.parent / KEPT).write_text(_key())
    finally:
        mark.unlink(missing_ok=True)
    return True


def _warm_up(modules: tuple[str, ...]) -> None:
    """Have everything compiled that some modules call."""
    for name in modules:
        import_module(f"heuristics.compiled.{name}").warm_up()


_begun: list[Popen[bytes]] = []
"""Processes that were begun here, and may go on when this one has ended."""


def _place() -> Path | None:
    """Give the directory where it is kept; None where nobody can compile, or nothing can be kept."""
    if find_spec("numba") is None:
        return None
    try:
        from heuristics.compiled.shifts import walks
    except Exception as error:  # What a compiler says on a machine it does not know may be anything.
        log.info("going on without compiled code: %s", error)
        return None
    turns: Any = walks.turns
    return None if turns.stats.cache_path is None else Path(turns.stats.cache_path)


@cache
def _key() -> str:
    """Give what has to be the same for it to be of use: sources, compiler, interpreter, processor."""
    import numba
    from llvmlite.binding import get_host_cpu_name

    return f"{key_of_sources()} {numba.__version__} {sys.version} {get_host_cpu_name()}"


def _mark() -> Path | None:
    """Give the file that tells that it is being compiled; None where nothing can be kept."""
    place = _place()
    return None if place is None else place / MARK
