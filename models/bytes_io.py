"""Bytes in and out: plain files, gzipped ones, standard input and output."""

from __future__ import annotations

import gzip
import sys
import zlib
from pathlib import Path

STANDARD = "-"


def read_bytes(path: str | Path) -> bytes:
    """Read a file, ``-`` for standard input; gunzip what is gzipped.

    Raises
    ------
    OSError
        It cannot be read.
    """
    data = sys.stdin.buffer.read() if str(path) == STANDARD else _read(path)
    if data[:2] == b"\x1f\x8b":
        try:
            return gzip.decompress(data)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise OSError(f"{path}: damaged gzip file: {error}") from error
    return data


def _read(path: str | Path) -> bytes:
    # Not by Path, to which a path that is empty is the folder it stands in.
    with open(path, "rb") as file:
        return file.read()


def write_bytes(path: str | Path, data: bytes) -> None:
    """Write a file, ``-`` for standard output; gzip it where the name ends in ``.gz``.

    Raises
    ------
    OSError
        It cannot be written; the error names it, also where only the disk is full.
    """
    try:
        _write(str(path), data)
    except OSError as error:
        if error.filename is None and error.errno is not None:
            error.filename = "standard output" if str(path) == STANDARD else str(path)
        raise


def _write(path: str, data: bytes) -> None:
    if path == STANDARD:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    # Level 6 is a third of the time of 9 at nearly its size; no time stamp: same plan, same bytes.
    packed = gzip.compress(data, 6, mtime=0) if path.endswith(".gz") else data
    Path(path).write_bytes(packed)
