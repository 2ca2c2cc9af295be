"""Lines said beside work that must not end because nobody listens any more."""

from __future__ import annotations

import os
import sys

import click


def say(line: str, *, err: bool = False) -> None:
    """Print a line, and no more from then on if it cannot be: its reader has gone, or its disk is full.

    To go on printing would fail again, at the latest when the interpreter ends, and with an exit code that
    says nothing of the work. A signal handler that comes upon a line half written to the same stream says
    nothing.
    """
    try:
        click.echo(line, err=err)
    except RuntimeError:  # a write that waits for its reader lets no other in
        return
    except OSError:
        write_nowhere((sys.stderr if err else sys.stdout).fileno())


def write_nowhere(*files: int) -> None:
    """Let nothing come of what is written to these files, by their numbers, from now on."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for file in files:
        os.dup2(nowhere, file)
    os.close(nowhere)
