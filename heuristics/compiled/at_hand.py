"""Whether compiled code is at hand: to load it takes a second, to compile it many.

So each part is compiled once, when it is first of use, by a process that nobody waits for, and Numba keeps it
on disk, beside the source or among the user's files. Without Numba, or on a machine that it does not know,
all goes on in Python, but for beams, of which there are none then.
"""

from __future__ import annotations

import logging
import sys
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from enum import StrEnum
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from subprocess import DEVNULL, Popen
from threading import Thread
from time import time
from typing import Any

from heuristics.compiled.sources import key_of_sources

log = logging.getLogger(__name__)

PROGRAM = """\
import sys
sys.path[:] = {path!r}
from heuristics.compiled.at_hand import CompiledPart, compile_part
for part in {parts!r}:
    compile_part(CompiledPart(part))
"""
"""Goes on when the caller has ended: what it leaves is for the next one."""


class CompiledPart(StrEnum):
    """What is compiled, and of use, by itself: two at a time would take twice as long on two cores."""

    SHIFTS = "shifts"
    """Shifts, beams and placements halfway: plans that are to cost less."""
    SUBSETS = "subsets"
    """Subsets of VMs that can go: bounds, and plans without a detour."""
    ORDERS = "orders"
    """Orders: schedules that are to be shorter, or to bear more."""


WARM_UPS = {
    CompiledPart.SHIFTS: ("shifts.compiled_shifts", "beams.steps", "halfway.annealing"),
    CompiledPart.SUBSETS: ("subsets.walk",),
    CompiledPart.ORDERS: ("orders.tables", "lists.one_pass"),
}
"""The modules that have a part compiled, which takes about as long for each."""

FOLLOWED_BY = {CompiledPart.SHIFTS: CompiledPart.SUBSETS}
"""What is compiled right after a part, which is of use by then."""

MARK = "vm-migration-planner.compiling"
"""The file beside what is kept, named after a part, that tells that it is being compiled."""

KEPT = "vm-migration-planner.compiled"
"""The file, named after a part, that tells from what it has been compiled."""

TOO_LONG_S = 300.0
"""Whoever has compiled for so many seconds has come to grief."""


def is_kept(part: CompiledPart) -> bool:
    """Tell whether a part has been compiled before: from these sources, for this machine."""
    _ended()  # Of one that has, the system keeps a trace until somebody asks.
    place = _place()
    try:
        return place is not None and _kept(place, part).read_text() == _key()
    except OSError:
        return False


def is_loaded(part: CompiledPart) -> bool:
    """Tell whether this process has loaded a part already, so that it takes no time any more."""
    return f"heuristics.compiled.{WARM_UPS[part][-1]}" in sys.modules


def is_being_compiled(part: CompiledPart) -> bool:
    """Tell whether some process does so now."""
    place = _place()
    try:
        return place is not None and time() - _mark(place, part).stat().st_mtime < TOO_LONG_S
    except OSError:
        return False


def begin_to_compile(part: CompiledPart) -> None:
    """Have another process compile a part, unless one does or will do so, or there is no place to keep it.

    One that was begun here and has ended is not followed by another: had it come to anything, the part would
    be kept, and nobody would ask. A disk that is full, for one, stays so for longer than a plan takes.
    """
    if part in _ended():
        return
    place = _place()
    is_coming = any(is_being_compiled(one) for one in CompiledPart if part in (one, FOLLOWED_BY.get(one)))
    # A program that has Python in it would start itself once more.
    if place is None or is_coming or getattr(sys, "frozen", False) or not sys.executable:
        return
    parts = [one.value for one in (part, FOLLOWED_BY.get(part)) if one is not None]
    program = PROGRAM.format(path=[str(one) for one in sys.path], parts=parts)
    try:
        place.mkdir(parents=True, exist_ok=True)
        _mark(place, part).touch()
        _begun[part] = Popen(
            [sys.executable, "-c", program],
            stdin=DEVNULL,
            stdout=DEVNULL,
            stderr=DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        log.info("going on without compiled code: %s", error)


def compile_part(part: CompiledPart) -> bool:
    """Compile a part, here and now; tell whether it can be loaded from then on."""
    place = _place()
    if place is None:
        return False
    try:
        for name in WARM_UPS[part]:
            import_module(f"heuristics.compiled.{name}").warm_up()
        _kept(place, part).write_text(_key())
    finally:
        _mark(place, part).unlink(missing_ok=True)
    return True


def compile_all() -> bool:
    """Compile all parts, side by side; tell whether they can be loaded from then on."""
    if _place() is None:
        return False
    with ProcessPoolExecutor(len(CompiledPart), get_context("spawn")) as processes:
        return all(processes.map(compile_part, CompiledPart))


_begun: dict[CompiledPart, Popen[bytes]] = {}
"""Processes that were begun here, by what each compiles first; they may go on when this one has ended."""


def _ended() -> set[CompiledPart]:
    """Give the parts for which a process was begun here that has ended."""
    return {part for part, process in tuple(_begun.items()) if process.poll() is not None}


def has_numba() -> bool:
    """Tell whether there is something to compile with; what it knows of this machine is another question."""
    return find_spec("numba") is not None


def _place() -> Path | None:
    """Give the directory where it is kept; None where nobody can compile, or nothing can be kept."""
    if not has_numba():
        return None
    loading = Thread(target=_load, daemon=True)
    loading.start()
    loading.join()
    try:
        from heuristics.compiled.shifts import walks
    except Exception as error:  # What a compiler says on a machine it does not know may be anything.
        log.info("going on without compiled code: %s", error)
        return None
    turns: Any = walks.turns
    return None if turns.stats.cache_path is None else Path(turns.stats.cache_path)


def _load() -> None:
    """Load Numba, in a thread that no Ctrl-C reaches: half loaded it is of no more use to this process."""
    with suppress(Exception):
        import_module("heuristics.compiled.shifts.walks")


@cache
def _key() -> str:
    """Give what has to be the same for it to be of use: sources, compiler, interpreter, processor."""
    import numba
    from llvmlite.binding import get_host_cpu_name

    return f"{key_of_sources()} {numba.__version__} {sys.version} {get_host_cpu_name()}"


def _mark(place: Path, part: CompiledPart) -> Path:
    return place / f"{MARK}.{part}"


def _kept(place: Path, part: CompiledPart) -> Path:
    return place / f"{KEPT}.{part}"
