"""Bytes in and out: plain files, gzipped ones, standard input and output."""

from __future__ import annotations

import gzip
import os
import stat
import sys
import zlib
from contextlib import suppress
from errno import EBADF
from pathlib import Path
from threading import get_ident
from typing import TYPE_CHECKING

from models.errors import WrongKindError
from models.mistakes import shown

if TYPE_CHECKING:
    from typing import BinaryIO, TextIO

STANDARD = "-"


def read_bytes(path: str | Path) -> bytes:
    """Read a file, ``-`` for standard input; gunzip what is gzipped.

    Raises
    ------
    WrongKindError
        What names it is no path.
    OSError
        It cannot be read.
    """
    name = _name(path)
    data = _read_standard() if name == STANDARD else _read(name)
    if data[:2] == b"\x1f\x8b":
        try:
            return gzip.decompress(data)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise OSError(f"{path}: damaged gzip file: {error}") from error
    return data


def _name(path: object) -> str:
    """Give a path as text; an open file, None or a number is none, though each has words for itself."""
    try:
        return os.fsdecode(path)  # type: ignore[arg-type]  # it says itself what is no path
    except TypeError:
        raise WrongKindError(f"path: {shown(path)}, must be the name of a file, or a Path") from None


def _read_standard() -> bytes:
    """Read standard input; what stands for it in Python may be closed, or hold text alone."""
    stream: TextIO | None = sys.stdin
    if stream is None:
        raise OSError(EBADF, os.strerror(EBADF), "standard input")
    bare: BinaryIO | None = getattr(stream, "buffer", None)
    return stream.read().encode() if bare is None else bare.read()


def _write_standard(data: bytes) -> None:
    """Write to standard output; what stands for it, in a notebook for one, may take text alone."""
    stream: TextIO | None = sys.stdout
    if stream is None:
        raise OSError(EBADF, os.strerror(EBADF))
    bare: BinaryIO | None = getattr(stream, "buffer", None)
    if bare is None:
        stream.write(data.decode())
        return
    stream.flush()  # What was printed before stands before it.
    bare.write(data)
    bare.flush()


def _read(path: str) -> bytes:
    # Not by Path, to which a path that is empty is the folder it stands in.
    with open(path, "rb") as file:
        return file.read()


def write_bytes(path: str | Path, data: bytes) -> None:
    """Write a file, ``-`` for standard output; gzip it where the name ends in ``.gz``.

    Raises
    ------
    WrongKindError
        What names it is no path.
    OSError
        It cannot be written; the error names it, also where only the disk is full.
    """
    name = _name(path)
    try:
        _write(name, data)
    except OSError as error:
        if error.filename is None and error.errno is not None:
            error.filename = "standard output" if name == STANDARD else name
        raise


def _write(path: str, data: bytes) -> None:
    if path == STANDARD:
        _write_standard(data)
        return
    # Level 6 is a third of the time of 9 at nearly its size; no time stamp: same plan, same bytes.
    packed = gzip.compress(data, 6, mtime=0) if path.endswith(".gz") else data
    if _may_be_replaced(path):
        _replace(path, packed)
    else:
        Path(path).write_bytes(packed)


def _may_be_replaced(path: str) -> bool:
    """Tell whether another file may take its place: none is there, or one of ours that has no other name.

    What is behind a link, a device or a pipe is written where it is, and so is what belongs to others.
    """
    try:
        there = os.lstat(path)
    except OSError:
        return bool(os.path.basename(path))
    ours = hasattr(os, "geteuid") and there.st_uid == os.geteuid()
    return stat.S_ISREG(there.st_mode) and there.st_nlink == 1 and ours and os.access(path, os.W_OK)


def _replace(path: str, data: bytes) -> None:
    """Write a file whole or not at all: a full disk, or Ctrl-C amid it, leaves what was there before."""
    part = os.path.join(os.path.dirname(path), f".vmplan-{os.getpid()}-{get_ident()}.part")
    try:
        file = open(part, "xb")  # noqa: SIM115 - where none can be made beside it, it is written as it is
    except OSError:
        Path(path).write_bytes(data)
        return
    try:
        with file:
            file.write(data)
        with suppress(FileNotFoundError):
            os.chmod(part, stat.S_IMODE(os.stat(path).st_mode))
        try:
            os.replace(part, path)
        except OSError:
            # A container may have the file mounted by itself: nothing takes its place.
            Path(path).write_bytes(data)
            os.unlink(part)
    except BaseException:
        with suppress(OSError):
            os.unlink(part)
        raise
