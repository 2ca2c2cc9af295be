"""What the commands share: exit codes, options, reading a pool, printing to people."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import IntEnum
from math import isfinite
from typing import TYPE_CHECKING, Any, TypeVar

import click
from msgspec.structs import replace

from models.errors import PoolError
from models.reading import read_pool

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.pool import Pool

Command = TypeVar("Command", bound=Callable[..., Any])


class ExitCode(IntEnum):
    """What the exit codes mean."""

    DONE = 0
    VIOLATIONS = 1
    BAD_INPUT = 2
    INFEASIBLE = 3
    NO_PLAN_FOUND = 4
    STOPPED = 5
    INTERRUPTED = 130


class Seconds(click.FloatRange):
    """A finite number of seconds above 0; click's own range lets ``nan`` through."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read it, or fail in words."""
        number: float = super().convert(value, param, ctx)
        if not isfinite(number):
            self.fail(f"{value!r} is not a finite number.", param, ctx)
        return number


SECONDS = Seconds(min=0, min_open=True)


def open_pool(path: str, *, allow_offline: bool = False) -> Pool:
    """Read and check a pool; errors name the file, warnings go to stderr.

    Parameters
    ----------
    path
        A pool file, ``-`` for standard input.
    allow_offline
        Make every VM ``offline``.
    """
    try:
        pool = read_pool(path)
        if allow_offline:
            pool = all_offline(pool)
        pool.check()
    except PoolError as error:
        raise PoolError([f"{path}: {error.errors[0]}", *error.errors[1:]]) from None
    warn_of(pool.warnings())
    return pool


def warn_of(warnings: Sequence[str]) -> None:
    """Print the first few warnings to stderr, and count the others."""
    say_warnings(warnings[:5])
    if len(warnings) > 5:
        say_warnings([f"and {len(warnings) - 5} more"])


def say_warnings(texts: Iterable[str]) -> None:
    """Print warnings to stderr, a line each."""
    for text in texts:
        click.echo(f"vmplan: warning: {text}", err=True)


def all_offline(pool: Pool) -> Pool:
    """Give the pool with every VM ``offline``."""
    return pool.rebuilt(vms=[replace(vm, offline=True) for vm in pool.vms])


def pool_argument(command: Command) -> Command:
    """Add the POOL argument."""
    return click.argument("pool", metavar="POOL", type=click.Path(allow_dash=True))(command)


def search_options(command: Command) -> Command:
    """Add the options of every command that plans."""
    for option in reversed(
        (
            click.option(
                "--objective",
                type=click.Choice(["moves", "ram", "custom", "time"]),
                default="moves",
                show_default=True,
                help="What a migration costs: 1, the VM's RAM, or its own cost; or time: what ends earliest.",
            ),
            click.option(
                "--time-limit",
                type=SECONDS,
                default=30.0,
                show_default=True,
                metavar="S",
                help="Seconds for all stages together.",
            ),
            click.option(
                "--seed",
                type=click.IntRange(min=0, max=2**31 - 1),
                default=0,
                show_default=True,
                metavar="N",
                help="With one worker the same seed gives the same answer.",
            ),
            click.option(
                "--workers",
                type=click.IntRange(min=1),
                default=None,
                metavar="N",
                help="Threads of the solver  [default: one a core]",
            ),
            click.option(
                "--method",
                default="auto",
                show_default=True,
                metavar="NAME",
                help="auto, or a path finder alone: aspiers, dijkstra, squeaky, ...",
            ),
            click.option("--allow-offline", is_flag=True, help="Any VM may be stopped, as a last resort."),
        )
    ):
        command = option(command)
    return command
