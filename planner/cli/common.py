"""What the commands share: options, reading a pool, printing to people."""

from __future__ import annotations

import gc
import shlex
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from math import isfinite, nan
from typing import TYPE_CHECKING, Any, TypeVar

import click
from msgspec.structs import replace

from models.bytes_io import STANDARD
from models.errors import NoTargetError, PlanError, PlannerError, PoolError
from models.reading import read_plan, read_pool
from planner.views.names import shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from models.plan_file import PlanFile
    from models.pool import Pool
    from models.vm import VM

Command = TypeVar("Command", bound=Callable[..., Any])


class Seconds(click.FloatRange):
    """A finite number of seconds in a range; click's own lets ``nan`` through, and names no unit."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read it, or fail in words."""
        try:
            number: float = super().convert(value, param, ctx)
        except click.BadParameter:
            number = nan
        if not isfinite(number):
            least = f"above {self.min}" if self.min_open else f">= {self.min}"
            self.fail(f"{value!r}, must be a number of seconds {least}, such as 2.5", param, ctx)
        return number


SECONDS = Seconds(min=0, min_open=True)


def as_typed(*names: str) -> str:
    """Give names as a shell takes them behind a command, and none for an option."""
    return "-- " * any(name.startswith("-") for name in names) + shlex.join(names)


POOL_OUT = "their --pool-out writes the pool that goes with a plan"
"""For whoever holds the plan of a goal beside the pool that the goal was for."""


def open_pool(
    path: str, *, allow_offline: bool = False, to_plan: bool = False, plan: str | None = None
) -> Pool:
    """Read and check a pool; errors name the file, warnings go to stderr.

    Parameters
    ----------
    path
        A pool file, ``-`` for standard input.
    allow_offline
        Make every VM ``offline``.
    to_plan
        It is to be planned; else there may be a plan of a goal already, and a pool that goes with it.
    plan
        The file of that plan, if it is given.

    Raises
    ------
    PoolError
        The pool breaks the contract.
    PlanError
        It has no target, and the plan is none: no pool goes with it.
    """
    with _errors_of(path, to_plan=to_plan, plan=plan):
        pool = _read_pool(path, allow_offline=allow_offline)
        pool.check()
    return _kept(pool)


def open_pool_and_plan(pool: str, plan: str, *, allow_offline: bool) -> tuple[Pool, PlanFile]:
    """Read a plan of any kind and the pool that goes with it; errors name the file, warnings go to stderr."""
    with _errors_of(pool, plan=plan):
        read = _read_pool(pool, allow_offline=allow_offline)
    with errors_of_plan(plan):
        file = read_plan(plan)
    with _errors_of(pool):
        read.check(rolling=file.is_rolling)
    return _kept(read), file


@contextmanager
def errors_of_plan(path: str) -> Iterator[None]:
    """Let errors of a plan name its file."""
    try:
        yield
    except PlanError as error:
        raise PlanError(f"{path}: {error}") from None


@contextmanager
def _errors_of(path: str, *, to_plan: bool = False, plan: str | None = None) -> Iterator[None]:
    """Let errors of a pool name its file."""
    try:
        yield
    except PoolError as error:
        if plan is not None and isinstance(error, NoTargetError):
            _refuse_no_plan(plan)
        goes_with = "" if to_plan or not isinstance(error, NoTargetError) else f"; {POOL_OUT}"
        raise PoolError([f"{path}: {error.errors[0]}{goes_with}", *error.errors[1:]]) from None


def _refuse_no_plan(path: str) -> None:
    """Name a plan file that holds no plan: a goal that nothing reaches leaves no pool with a target."""
    try:
        status = read_plan(path).status
    except (PlannerError, OSError):
        return
    if status in ("infeasible", "no_plan_found"):
        raise PlanError(f"{path}: the plan file holds no plan: its status is {status}") from None


def _read_pool(path: str, *, allow_offline: bool) -> Pool:
    pool = read_pool(path)
    return all_offline(pool) if allow_offline else pool


def _kept(pool: Pool) -> Pool:
    warn_of(pool.warnings())
    # It stays until the end: no collection need look for garbage in it.
    gc.freeze()
    return pool


def warn_of(warnings: Sequence[str]) -> None:
    """Print the first few warnings to stderr, and count the others."""
    say_warnings(warnings[:5])
    if len(warnings) > 5:
        say_warnings([f"and {len(warnings) - 5} more"])


def say_warnings(texts: Iterable[str]) -> None:
    """Print warnings to stderr, a line each."""
    for text in texts:
        click.echo(shown(f"vmplan: warning: {text}"), err=True)


def all_offline(pool: Pool) -> Pool:
    """Give the pool with every VM ``offline``."""
    return pool.rebuilt(vms=stoppable(pool.vms))


def stoppable(vms: Iterable[VM]) -> list[VM]:
    """Give the VMs, each ``offline``: it may be stopped as a last resort."""
    return [replace(vm, offline=True) for vm in vms]


def pool_argument(command: Command) -> Command:
    """Add the POOL argument."""
    return click.argument("pool", metavar="POOL", type=click.Path(allow_dash=True))(command)


def one_input(files: Mapping[str, str | None]) -> None:
    """Refuse to read two files from standard input, which only one can have.

    Parameters
    ----------
    files
        What the help calls it -> its path.
    """
    found = [name for name, path in files.items() if path == STANDARD]
    if len(found) > 1:
        raise click.UsageError(f"only one of {' and '.join(found)} can be standard input")


def one_document(outputs: Mapping[str, str | None], *, as_json: bool) -> bool:
    """Tell whether standard output holds a document, and so no summary.

    Parameters
    ----------
    outputs
        Option -> where it writes.
    as_json
        The plan file is printed: the same document as ``-o -`` writes.

    Raises
    ------
    click.UsageError
        It would hold two: whoever reads it could not tell where one ends.
    """
    found = [option for option, path in outputs.items() if path == STANDARD]
    if as_json:
        found = ["--json", *(option for option in found if option != "-o")]
    if len(found) > 1:
        raise click.UsageError(f"only one of {' and '.join(found)} can be standard output")
    return bool(found)
