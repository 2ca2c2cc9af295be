"""Commands as words, before any shell or playbook quotes them, and names as a terminal may show them."""

from __future__ import annotations

from dataclasses import dataclass

Word = str | tuple[str, ...]
"""One argument; a tuple is one argument made of parts, such as ``("--domain=", name)``."""

Command = tuple[Word, ...]


def text_of(word: Word) -> str:
    """Give the argument that a word is."""
    return word if isinstance(word, str) else "".join(word)


def plain(text: str) -> str:
    """Give a text of which no character moves a cursor, hides or breaks a line: those are spelled out."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


@dataclass(frozen=True, slots=True)
class Check:
    """A command that holds or not.

    Parameters
    ----------
    command
        What to run.
    prints
        What it must print; None: it must succeed, and prints nothing.
    """

    command: Command
    prints: Word | None = None


@dataclass(frozen=True, slots=True)
class Deed:
    """A command that changes something.

    Parameters
    ----------
    ready
        Must hold before it runs; None: nothing to ask.
    unless
        Holds where it is done already, though what it is part of is not; None: it never is.
    """

    command: Command
    ready: Check | None = None
    unless: Check | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """What must hold before anything is done.

    Parameters
    ----------
    why
        What is said where it does not.
    """

    check: Check
    why: str


@dataclass(frozen=True, slots=True)
class Thing:
    """A VM or host as a tool wants it named.

    Parameters
    ----------
    name
        What the pool calls it.
    id
        The cloud's own id, the name where it has none.
    uri
        Where the host is asked, for tools that ask each host by itself.
    service
        The compute service of the host, for a cloud that is asked by it and not by the host's name.
    """

    name: str
    id: str
    uri: str = ""
    service: str = ""
