"""How a command line of the benchmarks ends: by its code, without a traceback for what a user can cause."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NoReturn

import click

from models.errors import PlannerError

if TYPE_CHECKING:
    from click import Command


def leave(command: Command, module: str) -> NoReturn:
    """Run a command, and exit by its code: 2 on bad usage, 130 where it was interrupted, else its own.

    Parameters
    ----------
    module
        What it is run as: ``python -m MODULE``.
    """
    try:
        code = command.main(prog_name=f"python -m {module}", standalone_mode=False)
    except click.exceptions.Exit as stop:
        code = stop.exit_code
    except click.ClickException as error:
        code = _complain(module, error.format_message())
    except (KeyboardInterrupt, click.Abort):
        code = 130
    except (PlannerError, OSError) as error:
        code = _complain(module, str(error))
    sys.exit(int(code or 0))


def _complain(module: str, message: str) -> int:
    click.echo(f"{module}: {' '.join(message.split())}", err=True)
    return 2
