"""Where the lines of ``vmplan repl`` come from: a prompt with history and completion, or a pipe."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion, PathCompleter
from prompt_toolkit.document import Document
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.input import create_input

from planner.views.names import shown
from planner.views.repl import OFF, Talk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PROMPT = "> "


def talk(session: Talk, *, keys: bool) -> None:
    """Greet, and answer lines until somebody quits or the lines end.

    Parameters
    ----------
    keys
        Somebody sits before a screen: see :func:`~planner.views.screen.has_keys`.
    """
    session.greet()
    for line in typed(session) if keys else piped(session):
        if not session.obey(line):
            return


def piped(session: Talk) -> Iterator[str]:
    """Give the lines of standard input, each shown as if it was typed."""
    for line in sys.stdin:
        session.console.print(PROMPT + shown(line.rstrip("\n")), soft_wrap=True)
        yield line


def typed(session: Talk) -> Iterator[str]:
    """Give what is typed. Ctrl-C clears the line, and on an empty one it ends; Ctrl-D ends."""
    prompt: PromptSession[str] = PromptSession(
        history=InMemoryHistory(),
        completer=NameCompleter(session),
        complete_while_typing=False,
        input=create_input(always_prefer_tty=True),
    )
    while True:
        try:
            yield prompt.prompt(PROMPT)
        except KeyboardInterrupt:
            if not prompt.default_buffer.text:
                raise
        except EOFError:
            return


class NameCompleter(Completer):
    """Completes commands, VMs, the hosts to bring them to, and files to save to."""

    def __init__(self, session: Talk) -> None:
        self._session = session
        self._files = PathCompleter(expanduser=True)

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Give what may stand where the cursor is."""
        word = document.get_word_before_cursor(WORD=True)
        before = document.text_before_cursor[: len(document.text_before_cursor) - len(word)].split()
        if not before:
            vms = [vm.name for vm in self._session.game.pool.vms]
            yield from _starting(word, [*self._session.commands, *self._session.file_commands, "quit", *vms])
        elif before[0] in self._session.file_commands:
            yield from self._files.get_completions(Document(word), complete_event)
        else:
            yield from _starting(word, [*(host.name for host in self._session.game.pool.hosts), OFF])


def _starting(word: str, names: Iterable[str]) -> Iterator[Completion]:
    for name in names:
        quoted = shlex.quote(name)
        if name.startswith(word) or quoted.startswith(word):
            yield Completion(quoted, start_position=-len(word), display=shown(name))
