"""Plays frames: on a screen, driven by keys or by a clock; elsewhere one after the other.

``prompt_toolkit`` owns the terminal while a film plays: raw mode, key parsing, resizing, and putting
everything back however it ends.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from enum import Enum, auto
from typing import TYPE_CHECKING, Protocol

from prompt_toolkit.application import Application
from prompt_toolkit.formatted_text import ANSI
from prompt_toolkit.input import create_input
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import FormattedTextControl, HSplit, Layout, Window
from prompt_toolkit.output import create_output

from planner.views.screen import ansi, paper, rows

if TYPE_CHECKING:
    from prompt_toolkit.formatted_text import StyleAndTextTuples
    from prompt_toolkit.key_binding import KeyPressEvent
    from rich.text import Text


LEAST_DELAY_S = 0.05
"""Seconds a frame stays at least on a screen: nobody sees more."""


class Frames(Protocol):
    """What can be played."""

    def __len__(self) -> int:
        """How many frames there are, at least one."""
        ...

    def frame(self, number: int, width: int, height: int) -> list[Text]:
        """Draw one, at a size in cells."""
        ...


class Ending(Enum):
    """How a film ended."""

    SEEN = auto()
    QUIT = auto()


Delay = float | Callable[[int], float]
"""Seconds a frame stays: the same for all, or given its number."""


def seconds(delay: Delay, number: int) -> float:
    """Give how long a frame stays."""
    return delay(number) if callable(delay) else delay


def print_frames(frames: Frames, delay_s: Delay) -> None:
    """Print every frame, an empty line after each."""
    console = paper()
    for number in range(len(frames)):
        if number and (pause_s := seconds(delay_s, number - 1)):
            time.sleep(pause_s)
        console.picture(frames.frame(number, console.width, rows(console)))
        console.print()


def play(frames: Frames, delay_s: Delay | None, *, keys: bool) -> Ending:
    """Play on the screen where there are keys, and leave the last frame seen behind; else print all.

    Parameters
    ----------
    delay_s
        Seconds a frame stays; None: until a key is pressed.
    keys
        Somebody sits before a screen: see :func:`~planner.views.screen.has_keys`.
    """
    if not keys:
        print_frames(frames, delay_s or 0.0)
        return Ending.SEEN
    player = Player(frames, delay_s)
    ending = player.play()
    console = paper()
    console.picture(frames.frame(player.at, console.width, rows(console)))
    return ending


class Player:
    """Frames on a screen.

    Parameters
    ----------
    frames
        What is played.
    delay_s
        Seconds a frame stays; None: until a key is pressed.
    """

    def __init__(self, frames: Frames, delay_s: Delay | None) -> None:
        self.frames = frames
        self.at = 0
        self._delay_s = delay_s
        self._paused = False
        picture = Window(FormattedTextControl(self._picture), wrap_lines=False, always_hide_cursor=True)
        footer = Window(FormattedTextControl(self._footer), height=1)
        self.app: Application[Ending] = Application(
            layout=Layout(HSplit([picture, footer])),
            key_bindings=self._keys(),
            full_screen=True,
            input=create_input(always_prefer_tty=True),
            output=create_output(),
        )

    def play(self) -> Ending:
        """Play until the last frame was seen, or somebody quits; Ctrl-C raises ``KeyboardInterrupt``."""
        return self.app.run(pre_run=self._start_clock)

    def forward(self) -> None:
        """Show the next frame; behind the last one it is over."""
        if self.at + 1 < len(self.frames):
            self.at += 1
        else:
            self._leave(Ending.SEEN)

    def back(self) -> None:
        """Show the frame before."""
        self.at = max(self.at - 1, 0)

    def _leave(self, ending: Ending) -> None:
        if self.app.is_running and not self.app.is_done:
            self.app.exit(result=ending)

    def _start_clock(self) -> None:
        if self._delay_s is not None:
            self.app.create_background_task(self._tick(self._delay_s))

    async def _tick(self, delay_s: Delay) -> None:
        while True:
            await asyncio.sleep(max(seconds(delay_s, self.at), LEAST_DELAY_S))
            if not self._paused:
                self.forward()
                self.app.invalidate()

    def _picture(self) -> ANSI:
        size = self.app.output.get_size()
        return ANSI(ansi(self.frames.frame(self.at, size.columns, max(size.rows - 1, 1)), size.columns))

    def _footer(self) -> StyleAndTextTuples:
        keys = "any key next" if self._delay_s is None else "space " + ("play" if self._paused else "pause")
        return [("reverse", f" {self.at + 1}/{len(self.frames)}  {keys} · left back · q quit ")]

    def _keys(self) -> KeyBindings:
        """Bind each key to what it does; whatever else a person types is for the next frame."""
        keys = KeyBindings()
        for does, names in (
            (self.forward, ("right", "down", "pagedown", "enter")),
            (self._pause, ("space",)),
            (self.back, ("left", "up", "pageup", "backspace")),
            (self._to_first, ("home",)),
            (self._to_last, ("end",)),
            (self._quit, ("q", "Q")),
        ):
            for name in names:
                keys.add(name)(_whatever_is_pressed(does))
        keys.add("escape", eager=True)(_whatever_is_pressed(self._quit))

        @keys.add(Keys.Any)
        def _(event: KeyPressEvent) -> None:
            if len(event.data) == 1:  # a paste or a mouse report is no key press
                self.forward()

        @keys.add("c-c")
        @keys.add("<sigint>")
        def _(event: KeyPressEvent) -> None:
            event.app.exit(exception=KeyboardInterrupt())

        return keys

    def _pause(self) -> None:
        """Stop the clock or let it go on; without a clock show the next frame."""
        if self._delay_s is None:
            self.forward()
        else:
            self._paused = not self._paused

    def _to_first(self) -> None:
        self.at = 0

    def _to_last(self) -> None:
        self.at = len(self.frames) - 1

    def _quit(self) -> None:
        self._leave(Ending.QUIT)


def _whatever_is_pressed(does: Callable[[], None]) -> Callable[[KeyPressEvent], None]:
    """Give what a key calls, for something that asks for no event."""

    def on_key(_: KeyPressEvent) -> None:
        does()

    return on_key
