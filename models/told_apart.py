"""What a file is that was given in place of another, and which command takes it; for errors alone."""

from __future__ import annotations

import json
import re

TAKEN_BY = {
    "vm-pool/1": "vmplan plan takes it, as POOL",
    "vm-plan/1": "vmplan check takes it, as PLAN behind its POOL",
    "vm-proof/1": "vmplan check takes it, behind --proof",
    "vm-journal/1": "vmplan status and vmplan resume take it",
    "vm-explanation/1": "no command takes it, it is for programs to read",
}
"""What a file calls itself -> who takes such a file."""

_CELL = r"\w[\w. -]*"
_HEADER = re.compile(rf'\s*"?{_CELL}"?(?:[,;\t](?:"?{_CELL}"?)?)+\s*')
"""Cells may be empty: a spreadsheet adds such columns."""

_YAML = re.compile(
    r"(?:\s*(?:#[^\n]*|---[ \t]*)\n)*(?:format|hosts|vms|current|target)[ \t]*:(?:[ \t]|\r?\n)"
)


def another_format(value: object, expected: str) -> str | None:
    """Say which file it is by its own word, where that is another one; None: it may be the expected one.

    Parameters
    ----------
    value
        The JSON document of the file.
    expected
        What such a file calls itself, such as ``vm-pool/1``.
    """
    said = value.get("format") if isinstance(value, dict) else None
    if not isinstance(said, str) or said == expected or said not in TAKEN_BY:
        return None
    return f"format: is a {said}, expected {expected}; {TAKEN_BY[said]}"


def no_json_document(text: str, expected: str) -> str | None:
    """Say what a text that is no JSON document looks like: a journal, YAML, or a table in place of a pool."""
    first = text.partition("\n")[0]
    try:
        return another_format(json.loads(first), expected)
    except (ValueError, RecursionError):
        pass
    if expected == "vm-pool/1" and _HEADER.fullmatch(first):
        return "not JSON: looks like a table; vmplan import csv HOSTS VMS -o POOL makes a pool of two"
    if _YAML.match(text):
        return f"not JSON: looks like YAML; a {expected} is JSON, with the same names"
    return None


def made_otherwise(text: str, expected: str) -> str:
    """Give a hint, behind what is wrong with it, for a text that does not even begin as a pool file does."""
    if expected != "vm-pool/1" or text.lstrip().startswith("{"):
        return ""
    return "; vmplan import makes a pool of a cloud or of two tables"
