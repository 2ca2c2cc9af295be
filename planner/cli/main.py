"""The ``vmplan`` command: finds the subcommands, and turns every error into one line and an exit code."""

from __future__ import annotations

import _thread
import errno
import gc
import importlib
import io
import logging
import os
import signal
import sys
import threading
import time
from contextlib import contextmanager, suppress
from keyword import iskeyword
from typing import TYPE_CHECKING, Any, NoReturn

import click

from planner.cli.exit_codes import ExitCode
from planner.cp.thread import THREAD
from planner.views.saying import write_nowhere

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import FrameType

GROUPS: dict[str, dict[str, str]] = {
    "Plan and check": {
        "plan": "find a plan, and prove how short it could be at best",
        "check": "replay a plan; print every violation, or that there is none",
        "explain": "say what must move, what can deadlock, and who waits for whom",
        "schema": "the JSON Schema of a pool, plan, proof, journal or explanation",
    },
    # A placement that is chosen, not given; an error in models/wanted.py names them too.
    "Goals": {
        "drain": "empty some hosts",
        "consolidate": "empty hosts, whichever are cheapest",
        "balance": "even the load out",
        "repair": "mend every rule that the current placement breaks",
        "make-room": "so that VMs of some size fit",
        "rolling": "roll an update through the hosts, batch by batch",
    },
    # A cloud read, written for, asked for migrations.
    "Clouds": {
        "import": "read a cloud or another tool's file as a pool",
        "export": "write a plan for another tool: a script, a playbook, a picture",
        "run": "carry a plan out in a cloud",
        "resume": "go on with a run, whatever ended it",
        "status": "what a run has done, what is left, what went wrong",
    },
    "See": {
        "animate": "play a plan as bars, a key press an action",
        "report": "one self-contained page to send to a colleague",
        "debug": "the decisions of a path finder, indented by depth",
    },
    "Many": {
        "plan-many": "plan every pool of a folder",
        "soak": "random pools, every method, every plan replayed",
    },
    "Play": {
        "demo": "random pools, planned and played",
        "repl": "move VMs yourself, with undo and hints",
    },
}
"""Group -> its commands -> what each does, in the order of the help. A new command is one row here."""

COMMANDS = {command: does for commands in GROUPS.values() for command, does in commands.items()}
"""Command -> what it does. Each lives in ``planner.cli.<command>``, read only when it is called."""


class Commands(click.Group):
    """The subcommands, imported when called: one command need not wait for the views of the others."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Give the names, in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a command by its name."""
        if cmd_name not in COMMANDS:
            return None
        module = cmd_name.replace("-", "_") + ("_" if iskeyword(cmd_name) else "")
        command: click.Command = getattr(importlib.import_module(f"planner.cli.{module}"), module)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command; of one that is not there say which may be meant."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-") and not ctx.resilient_parsing:
            from models.names_alike import alike  # not before: --version and --help need no pool

            ctx.fail(f"No such command {name!r}{alike(name, COMMANDS)}; vmplan --help lists them.")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands by group, without importing them, what they do in one column."""
        width = max(map(len, COMMANDS))
        for title, commands in GROUPS.items():
            if commands:
                with formatter.section(title):
                    formatter.write_dl([(name.ljust(width), does) for name, does in commands.items()])


FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS})
"""What writing fails with where there is no room, or no more."""

MOST_DIGITS = 5
"""Of the size of a terminal; what is drawn as wide as more of them say fits into no memory."""

AGAIN_S = 0.05
"""Seconds until a Ctrl-C that was lost is pressed again: whoever lost it has returned by then."""

FEW_COLLECTIONS = 200_000, 20, 50
"""Thresholds of the garbage collector."""

EPILOG = """\b
Examples:
  vmplan plan examples/swap.json
  vmplan plan examples/drain.json --json -o plan.json
  vmplan check examples/drain.json plan.json

Exit codes: 0 done; 1 check found violations; 2 bad usage or bad input; 3 proven that no
plan exists; 4 no plan found within the limit; 5 a run stopped safely before its end;
130 interrupted.
"""


@click.command(cls=Commands, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="vm-migration-planner", prog_name="vmplan")
@click.option("-v", "--verbose", is_flag=True, help="Log what the stages do, to stderr.")
def vmplan(verbose: bool) -> None:
    """Plan VM migrations: the shortest safe sequence, and the proof of how short it could be."""
    # A large pool is millions of objects, none of them garbage: looking through them often is time lost.
    gc.set_threshold(*FEW_COLLECTIONS)
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO if verbose else logging.WARNING, format="%(name)s: %(message)s"
    )


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit by its code; never a traceback for what a user can cause."""
    _open_streams()
    _forget_no_sizes()
    code = _code_of(args)
    if code == ExitCode.INTERRUPTED and any(thread.name == THREAD for thread in threading.enumerate()):
        # A solver that has not stopped yet would abort the interpreter on its way out.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(ExitCode.INTERRUPTED)
    _let_go_of_what_is_left()
    sys.exit(int(code or 0))


def _code_of(args: Sequence[str] | None) -> Any:
    """Run the command line and give its exit code; what a user can cause is said in one line."""
    pressed: list[int] = []
    try:
        with _noting_interrupts(pressed):
            return vmplan.main(args, prog_name="vmplan", standalone_mode=False)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return ExitCode.BAD_INPUT
    except click.MissingParameter as error:
        command = error.ctx.command_path if error.ctx else "vmplan"
        return _complain(f"{error.format_message().rstrip('.')}; {command} --help has examples")
    except click.ClickException as error:
        return _complain(error.format_message())
    except (KeyboardInterrupt, click.Abort):
        return ExitCode.INTERRUPTED
    except ImportError:
        # What comes of Ctrl-C while a library of C++ is loaded: it says "initialization failed", and no more.
        if not pressed:
            raise
        return ExitCode.INTERRUPTED
    except SystemExit as stop:
        # click exits with 1 where the reader has gone (``vmplan plan ... | head``), and only there: nothing
        # is left to say, and nowhere to say it.
        write_nowhere(sys.stdout.fileno())
        return ExitCode.DONE if stop.code == 1 else stop.code
    except OSError as error:
        # What is written to a file names it; a stream that can take no more does not.
        where = error.filename or ("standard output" if error.errno in FULL else None)
        where = "''" if error.filename == "" else where
        return _complain(f"{where}: {error.strerror}" if where else str(error))
    except ValueError as error:
        from models.errors import PlannerError  # not before: --version and --help need no pool

        if not isinstance(error, PlannerError):
            raise
        return _complain(str(error))


def _let_go_of_what_is_left() -> None:
    """Drop what a stream could not take: Python would try once more at its end, and exit by its own code.

    So it is with what waits for somebody to read until there is a Ctrl-C.
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, KeyboardInterrupt):
            write_nowhere(stream.fileno())


@contextmanager
def _noting_interrupts(pressed: list[int]) -> Iterator[None]:
    """Note each Ctrl-C, beside what Python does of it."""
    before = signal.getsignal(signal.SIGINT)
    if before is not signal.default_int_handler or threading.current_thread() is not threading.main_thread():
        yield
        return

    def note(number: int, frame: FrameType | None) -> None:
        pressed.append(number)
        signal.default_int_handler(number, frame)

    signal.signal(signal.SIGINT, note)
    try:
        with _pressing_again(note):
            yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _pressing_again(note: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Press Ctrl-C again where it was lost, as long as ``note`` is who hears of it.

    No exception leaves what Python calls by the way, such as a callback of compiled code that is loaded, or a
    ``__del__``: it tells of it in a traceback and goes on.
    """
    before, main_thread = sys.unraisablehook, threading.get_ident()

    def press() -> None:
        time.sleep(AGAIN_S)
        if signal.getsignal(signal.SIGINT) is note:
            signal.pthread_kill(main_thread, signal.SIGINT)

    def hear(lost: sys.UnraisableHookArgs) -> None:
        if lost.exc_type is KeyboardInterrupt:
            # Not a ``Thread``: that takes locks, and what is being called may have come amid any of them.
            _thread.start_new_thread(press, ())
        else:
            before(lost)

    if hasattr(signal, "pthread_kill"):
        sys.unraisablehook = hear
    try:
        yield
    finally:
        sys.unraisablehook = before


def _open_streams() -> None:
    """Give each standard stream that was closed (``vmplan plan POOL >&-``) a file that holds nothing.

    One that cannot say every name, as where the locale is of ISO 8859, says ``?``: an error would end a run
    in the midst. What programs read is written as bytes.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 - until the end
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def _forget_no_sizes() -> None:
    """Take a size of 0, as a terminal that cannot tell its own may say it, or of six digits for none."""
    for name in ("COLUMNS", "LINES"):
        value = os.environ.get(name, "").lstrip("0")
        if name in os.environ and (not value or (value.isdecimal() and len(value) > MOST_DIGITS)):
            del os.environ[name]


def _complain(message: str) -> ExitCode:
    """Say what is wrong in one line on stderr."""
    from planner.views.names import shown

    line = " ".join(message.encode("utf-8", "backslashreplace").decode().split())
    with suppress(OSError):  # there may be nowhere to say it
        click.echo(shown(f"vmplan: {line}"), err=True)
    return ExitCode.BAD_INPUT
