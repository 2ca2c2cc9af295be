"""What ``run`` and ``resume`` share: asking first, Ctrl-C, the view, the last words, the exit code."""

from __future__ import annotations

import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click
from rich.console import Console

from planner.cli.exit_codes import ExitCode
from planner.cli.unread import going_on_unread
from planner.execution.journal import resumed_by
from planner.execution.outcome import STILL_OFF, End, Outcome
from planner.verdict.sentences import number_of
from planner.views.left import left_lines
from planner.views.names import shown
from planner.views.running import LiveView, PlainView
from planner.views.saying import say, write_nowhere

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from planner.execution.run import Ready

CODES = {
    End.FINISHED: ExitCode.DONE,
    End.STOPPED: ExitCode.STOPPED,
    End.INTERRUPTED: ExitCode.INTERRUPTED,
}


def view(*, from_zero: bool = False) -> LiveView | PlainView:
    """Give a live view where standard output is a terminal, else plain lines.

    Parameters
    ----------
    from_zero
        The clock of the run begins at midnight.
    """
    return LiveView(Console(), from_zero=from_zero) if sys.stdout.isatty() else PlainView(from_zero=from_zero)


def carry_out(
    ready: Ready,
    view: LiveView | PlainView,
    *,
    yes: bool,
    what: str,
    journal: str,
    dry_run: bool = False,
) -> ExitCode:
    """Ask, carry a plan out, and say what it came to.

    Parameters
    ----------
    yes
        Do not ask.
    what
        The question.
    journal
        What to go on with if it ends before its time.
    dry_run
        Nothing is done: there is nothing to ask.

    Raises
    ------
    click.ClickException
        The answer was no, or there was none.
    """
    if not yes and not dry_run and not _says_yes(what):
        hint = "" if sys.stdin.isatty() else "; --yes does not ask"
        raise click.ClickException(f"not confirmed; nothing was touched{hint}")
    try:
        with view, going_on_unread(), _interruptible(ready):
            outcome = ready.go()
    except OSError as error:
        return _not_written(error, ready, journal)
    last_words(outcome, None if dry_run else journal)
    return CODES[outcome.end]


def _says_yes(what: str) -> bool:
    """Ask; an end of the input is a no, and Ctrl-C an interruption."""
    try:
        answer = click.confirm(what, err=True)
    except click.Abort as abort:
        if not isinstance(abort.__context__, EOFError):
            raise
        answer = False
    if not answer and not sys.stdin.isatty():
        click.echo(err=True)  # nobody has pressed Enter behind the question
    return answer


def last_words(outcome: Outcome, journal: str | None) -> None:
    """Say what it came to: on stdout, and what went wrong on stderr as well.

    Parameters
    ----------
    journal
        What to go on with; None: it was a dry run.
    """
    for line in left_lines(outcome.left):
        say(f"  left: {shown(line)}")
    # What a VM is left for is as it was seen last; why its action failed may be another matter.
    more = {vm: why for vm, why in outcome.failed.items() if why not in outcome.left.get(vm, "")}
    for line in left_lines(more):
        say(f"  failed: {shown(line)}")
    for text in outcome.running:
        say(f"  still running: {shown(text)}")
    actions = number_of(outcome.done, "action")
    left = number_of(len(outcome.left), "VM is", "VMs are")
    match outcome.end, journal:
        case End.FINISHED, None:
            say(f"Dry run: {actions} would be done, none was.")
        case End.FINISHED, _:
            say(f"{actions} done; every VM is on its target.")
        case _, None:
            say(f"Dry run: {actions} would be done, {left} left; none was done.")
        case _, str():
            say(f"{actions} done, {left} left.{_how_to_go_on(journal)}")
    if outcome.end is not End.FINISHED:
        say(f"vmplan: stopped: {shown(outcome.why)}", err=True)


def _not_written(error: OSError, ready: Ready, journal: str) -> ExitCode:
    """Say that a journal can be written no more, which ends a run: without it nothing may be asked for."""
    flights = ready.runner.flights
    for line in left_lines(dict.fromkeys(ready.runner.still_off, STILL_OFF)):
        say(f"  left: {shown(line)}")
    for step in (*flights.flying.values(), *flights.lost):
        say(f"  may still run: {shown(step.text)}")
    say(f"{number_of(flights.num_done, 'action')} done.{_how_to_go_on(journal)}")
    cannot = f"the journal cannot be written: {error.filename}: {error.strerror}"
    say(f"vmplan: stopped: {shown(cannot if error.filename else str(error))}", err=True)
    return ExitCode.STOPPED


def _how_to_go_on(journal: str) -> str:
    return f" {shown(resumed_by(journal))} goes on."


@contextmanager
def _interruptible(ready: Ready) -> Iterator[None]:
    """Let the first Ctrl-C start nothing new, and the second leave what runs.

    A terminal that is closed, or an ssh session that is lost, is a first one; with ``nohup`` it is nothing.
    """
    terminals = [stream.fileno() for stream in (sys.stdout, sys.stderr) if stream.isatty()]

    def tell(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - what a handler is given
        if number == signal.SIGHUP:
            signal.signal(number, signal.SIG_IGN)  # the kernel and a shell may both say so
            write_nowhere(*terminals)  # to write to a terminal that is gone would fail
        ready.runner.interrupt()
        again = ready.runner.interrupts > 1
        said = "what runs is left running" if again else "nothing new is started; waiting for what runs"
        say(f"vmplan: interrupted: {said}", err=True)
        if ready.runner.is_at_rest:  # a look or a search would hear of it only at its end
            raise KeyboardInterrupt

    heard = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        heard.append(signal.SIGHUP)
    before = {number: signal.signal(number, tell) for number in heard}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
