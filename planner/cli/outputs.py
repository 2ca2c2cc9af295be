"""Where a command writes: looked at before it begins, so that no file is overwritten, and no plan lost."""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from models.bytes_io import STANDARD

if TYPE_CHECKING:
    from collections.abc import Mapping

OF_BATCHES = re.compile(r"\d+\.(pool|plan)\.json")
"""The names of the files in the folder of ``--batches``."""


class NewFolder(click.Path):
    """A folder that is made where it is not there; an empty name, which would be this one, is refused."""

    def __init__(self) -> None:
        super().__init__(file_okay=False, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Give the path."""
        if value == "":
            self.fail("names no folder, it is empty", param, ctx)
        return super().convert(value, param, ctx)


def check_outputs(outputs: Mapping[str, str | None], inputs: Mapping[str, str | None]) -> None:
    """Refuse outputs that cannot be written, or would overwrite an input or each other; touch nothing.

    Parameters
    ----------
    outputs
        Option -> where it writes, ``-`` for standard output.
    inputs
        What the help calls it -> the file that is read.

    Raises
    ------
    click.UsageError
        Two of them are one file.
    OSError
        There is no such folder, or nothing may be written there.
    """
    taken = [(name, path) for name, path in inputs.items() if _is_kept(path)]
    for option, path in outputs.items():
        if path is None or path == STANDARD:
            continue
        if not path:
            raise click.UsageError(f"{option}: names no file, it is empty")
        for name, other in taken:
            if other is not None and _is_same(path, other):
                raise click.UsageError(f"{option} {path}: would overwrite {name}, which is the same file")
        if _is_kept(path):
            taken.append((f"that of {option}", path))
        check_writable(path)


def check_writable(path: str) -> None:
    """Raise ``OSError`` where a file cannot be written; neither make it nor change it."""
    if os.path.isdir(path):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    # A path that ends in a slash is no file, whatever is in front.
    folder = os.path.dirname(path) or os.curdir
    if not os.path.isdir(folder) or not os.path.basename(path):
        code = errno.ENOTDIR if os.path.exists(folder) else errno.ENOENT
        raise OSError(code, os.strerror(code), path)
    _may_write(path if os.path.exists(path) else folder, path)


def check_folder(folder: Path, inputs: Mapping[str, str | None] | None = None) -> None:
    """Raise ``OSError`` where no file can be written in a folder that is made where it is not there.

    Parameters
    ----------
    inputs
        Files that are read: none may be one of those that ``--batches`` writes there.
    """
    there = folder.absolute()
    while not there.exists() and there != there.parent:
        there = there.parent
    if not there.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))
    _may_write(str(there), str(folder))
    for name, path in (inputs or {}).items():
        if path is not None and _is_of_batches(path, folder):
            raise click.UsageError(f"--batches {folder}: would overwrite {name} {path}, which is in it")


def _is_of_batches(path: str, folder: Path) -> bool:
    there = os.path.realpath(os.path.dirname(path)) == os.path.realpath(folder)
    return there and OF_BATCHES.fullmatch(os.path.basename(path)) is not None


def _may_write(at: str, path: str) -> None:
    if not os.access(at, os.W_OK | (os.X_OK if os.path.isdir(at) else 0)):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)


def _is_kept(path: str | None) -> bool:
    """Tell whether a path names a file that keeps what is written: a device or a pipe does not."""
    return path is not None and path != STANDARD and (os.path.isfile(path) or not os.path.exists(path))


def _is_same(one: str, other: str) -> bool:
    if os.path.exists(one) and os.path.exists(other):
        return os.path.samefile(one, other)
    return os.path.realpath(one) == os.path.realpath(other)
