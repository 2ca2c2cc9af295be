"""What a block of a bar stands for, its colour, and the mark that says the same without colour."""

from __future__ import annotations

from enum import Enum, unique


@unique
class BlockKind(Enum):
    """Why a block is there: (mark, style, words for the legend)."""

    RESERVED = ("", "dim", "")
    SETTLED = ("", "", "")
    MIGRATE = (">", "black on yellow", "to be migrated")
    DETOUR = ("~", "black on cyan", "on a detour")
    SHUTDOWN = ("-", "bold white on red", "to be shut down")
    PROVISION = ("+", "bold white on green", "to be provisioned")
    ARRIVING = ("*", "bold white on green", "arriving")
    STOPPED = ("=", "black on cyan", "off for now")
    LOCKED = ("#", "bold magenta", "locked")
    MORE = ("", "italic", "")
    FREE = ("", "bright_black", "")
    OVER = ("!", "bold red", "over what is usable")

    @property
    def mark(self) -> str:
        """The character that stands before the name."""
        return str(self.value[0])

    @property
    def style(self) -> str:
        """How ``rich`` paints it."""
        return str(self.value[1])

    @property
    def words(self) -> str:
        """What the legend says of it; empty for what needs no legend."""
        return str(self.value[2])

    @property
    def matters(self) -> bool:
        """Tell whether the block must be seen even where there is little space."""
        return bool(self.words)


DESTINATION = "bold white on green"
"""The name of the host that is moved to."""

HEADING = "bold"
DETOUR_WORDS = "cyan"
WRONG = "bold red"
DONE = "bold green"
QUIET = "bright_black"
