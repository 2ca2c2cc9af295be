"""A JSON file of another tool, and errors that name the place in it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NoReturn

import msgspec

from models.bytes_io import read_bytes
from models.errors import PoolError
from models.mistakes import shown

if TYPE_CHECKING:
    from collections.abc import Mapping


def read_json(path: str) -> Any:
    """Read a JSON file, ``-`` for standard input.

    Raises
    ------
    PoolError
        It is no JSON.
    OSError
        It cannot be read.
    """
    data = read_bytes(path)
    try:
        # Strictly: Python's own decoder takes NaN, and names that no file can hold.
        return msgspec.json.decode(data.decode(json.detect_encoding(data)))
    except (ValueError, msgspec.MsgspecError, RecursionError) as error:
        raise PoolError([f"{path}: not JSON: {error}"]) from None


def wrong(place: str, value: object, rule: str) -> NoReturn:
    """Raise the error of a place."""
    raise PoolError([f"{place}: {shown(value)}, {rule}"])


def optional(of: Mapping[str, Any], key: str, kind: type, place: str) -> Any:
    """Give a field of an object that need not be there: then an empty one."""
    return kind() if isinstance(of, dict) and key not in of else field(of, key, kind, place)


def field(of: Mapping[str, Any], key: str, kind: type | tuple[type, ...], place: str) -> Any:
    """Give a field of an object; an error names what is missing or of another kind."""
    if not isinstance(of, dict):
        wrong(place, of, "must be an object")
    if key not in of:
        wrong(f"{place}.{key}", None, "is required")
    value = of[key]
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is int):
        names = kind if isinstance(kind, tuple) else (kind,)
        wrong(f"{place}.{key}", value, f"must be {' or '.join(it.__name__ for it in names)}")
    return value
