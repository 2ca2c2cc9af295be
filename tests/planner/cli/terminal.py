"""A pseudo-terminal with a shell in it, in which a command runs as a person runs it."""

from __future__ import annotations

import os
import shlex
import sys
from time import monotonic

import pexpect

from tests.places import ROOT
from tests.planner.cli.screens import Screen
from tests.waiting import PATIENCE_S

LEFT, UP, END = "\x1b[D", "\x1b[A", "\x1b[F"
CTRL_C, CTRL_D = "\x03", "\x04"


class Terminal:
    """One command in a terminal of its own.

    The shell notes the settings of the terminal before and after, so that a test can tell whether the
    command left it as it was.

    Parameters
    ----------
    args
        Of ``vmplan``.
    piped
        A file that is its standard input; None: the terminal is.
    env
        Variables to set.
    """

    def __init__(
        self, *args: str, rows: int = 24, columns: int = 80, piped: str | None = None, **env: str
    ) -> None:
        command = shlex.join([sys.executable, "-m", "planner", *args])
        command += f" < {shlex.quote(piped)}" if piped else ""
        settings = '"[settings $(stty -g < /dev/tty)]"'
        self.screen = Screen(rows, columns)
        self.written = ""
        # Monitor mode, so that Ctrl-C ends the command and not the shell, as in a person's shell.
        self.child = pexpect.spawn(
            "/bin/sh",
            ["-mc", f'echo {settings}; {command}; echo "[left $?]"; echo {settings}'],
            cwd=str(ROOT),
            env={**_environment(), "TERM": "xterm-256color", **env},
            dimensions=(rows, columns),
            encoding="utf-8",
            echo=True,
        )

    def shows(self, text: str) -> str:
        """Wait until the text is on the screen; give the whole screen."""
        until = monotonic() + PATIENCE_S
        while text not in self.screen.text:
            assert monotonic() < until, f"{text!r} did not appear on\n{self.screen.text}"
            assert self._read(), f"{text!r} did not appear before the end of\n{self.screen.text}"
        return self.screen.text

    def types(self, keys: str) -> None:
        """Press keys."""
        self.child.send(keys)

    def resize(self, rows: int, columns: int) -> None:
        """Change the size, as dragging a window does."""
        self.screen.resize(rows, columns)
        self.child.setwinsize(rows, columns)

    def ends(self) -> int:
        """Wait for the end; give the exit code. The terminal must be as it was."""
        until = monotonic() + PATIENCE_S
        while self._read():
            assert monotonic() < until, f"no end of\n{self.screen.text}"
        self.child.close()
        before, _, rest = self.written.partition("[left ")
        settings = [part.split("]")[0] for part in self.written.split("[settings ")[1:]]
        assert len(settings) == 2, self.screen.text
        assert settings[0] == settings[1], "the terminal is not as it was"
        assert not self.screen.modes & {"?1049", "?2004", "?7"}, self.screen.modes
        assert "Traceback" not in before
        return int(rest.split("]")[0])

    def _read(self) -> bool:
        """Read what there is; tell whether there may be more."""
        try:
            data = self.child.read_nonblocking(4096, timeout=PATIENCE_S)
        except pexpect.EOF:
            return False
        self.written += data
        self.screen.feed(data)
        return True


def _environment() -> dict[str, str]:
    unwanted = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "PROMPT_TOOLKIT_COLOR_DEPTH")
    kept = {key: value for key, value in os.environ.items() if key not in unwanted}
    # This screen answers no question about where the cursor is.
    return {**kept, "PROMPT_TOOLKIT_NO_CPR": "1"}
