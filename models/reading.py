"""Reading and writing pool, plan and proof files, with errors that name the place, the value and the rule."""

from __future__ import annotations

import json
import re
from codecs import BOM_UTF8
from collections import Counter
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from models.bytes_io import read_bytes, write_bytes
from models.errors import PlanError, PoolError, ProofError
from models.mistakes import check_kind, mistakes
from models.plan_file import PlanFile
from models.pool import Pool
from models.pool_file import PoolFile
from models.proof import Proof
from models.told_apart import another_format, made_otherwise, no_json_document

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from models.state import PoolState
    from models.wanted import Wanted

File = TypeVar("File", PoolFile, PlanFile, Proof)

_decode_pool: Callable[[bytes], PoolFile] = msgspec.json.Decoder(PoolFile).decode
_decode_plan: Callable[[bytes], PlanFile] = msgspec.json.Decoder(PlanFile).decode
_decode_proof: Callable[[bytes], Proof] = msgspec.json.Decoder(Proof).decode

FORMATS: dict[type, str] = {PoolFile: "vm-pool/1", PlanFile: "vm-plan/1", Proof: "vm-proof/1"}
"""What each file calls itself."""


def read_pool(path: str | Path) -> Pool:
    """Read a pool file: ``.json``, ``.json.gz``, or ``-`` for standard input.

    Raises
    ------
    PoolError
        It breaks the contract, or leaves the target open. Whether its target can be meant is asked with
        :meth:`Pool.check`.
    OSError
        It cannot be read.
    """
    return parse_pool(read_bytes(path))


def parse_pool(data: bytes) -> Pool:
    """Give the pool in the bytes of a pool file; see :func:`read_pool`."""
    return _pool_file(data).pool()


def read_state(path: str | Path) -> PoolState:
    """Read the current placement of a pool file; its target, if it has one, is left aside.

    Raises
    ------
    PoolError
        It breaks the contract.
    OSError
        It cannot be read.
    """
    return parse_wanted(read_bytes(path)).current


def parse_wanted(data: bytes) -> Wanted:
    """Give what the bytes of a pool file ask for: its target may be missing, or given in part."""
    wanted = _pool_file(data).wanted()
    wanted.checked()
    return wanted


def _pool_file(data: bytes) -> PoolFile:
    data = _without_mark(data)
    try:
        file = _decode_pool(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise PoolError(_diagnose(data, PoolFile, error)) from None
    if not _has_as_many_keys(data, file) and (twice := _keys_given_twice(data)):
        raise PoolError(twice)
    return file


def with_target(data: bytes, target: Mapping[str, str]) -> bytes:
    """Give the bytes of a pool file with that target, and all else as it stands in it."""
    document = json.loads(data)
    document["target"] = dict(target)
    return msgspec.json.format(json.dumps(document, ensure_ascii=False).encode(), indent=1) + b"\n"


def _plain(value: object) -> str | float:
    """Give a name or a number as it is written that is of a class of its own, as those of numpy are."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, float):
        return float(value)
    raise TypeError(f"{value!r} cannot be written")


_encoder = msgspec.json.Encoder(enc_hook=_plain)


def write_pool(path: str | Path, pool: Pool) -> None:
    """Write a pool file; rules of one's own are not in it."""
    check_kind("pool", pool, Pool)
    write_bytes(path, msgspec.json.format(_encoder.encode(PoolFile.of(pool)), indent=1) + b"\n")


def read_plan(path: str | Path) -> PlanFile:
    """Read a plan file: ``.json``, ``.json.gz``, or ``-`` for standard input.

    Raises
    ------
    PlanError
        It breaks the contract.
    OSError
        It cannot be read.
    """
    return parse_plan(read_bytes(path))


def parse_plan(data: bytes) -> PlanFile:
    """Give the plan in the bytes of a plan file; see :func:`read_plan`."""
    data = _without_mark(data)
    try:
        file = _decode_plan(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise PlanError(_diagnose(data, PlanFile, error)[0]) from None
    if twice := _keys_given_twice(data):
        raise PlanError(twice[0])
    return file


def write_plan(path: str | Path, plan: PlanFile) -> None:
    """Write a plan file."""
    check_kind("plan", plan, PlanFile)
    write_bytes(path, plan_bytes(plan))


def plan_bytes(plan: PlanFile) -> bytes:
    """Give the bytes of a plan file, an action a line."""
    head = _encoder.encode(msgspec.structs.replace(plan, actions=()))
    # No string of JSON holds a line break as it is: those are between the actions.
    lines = _encoder.encode_lines(plan.actions)
    body = lines.removesuffix(b"\n").replace(b"\n", b",\n  ")
    return head.removesuffix(b"[]}") + (b"[\n  " + body + b"\n]}\n" if body else b"[]}\n")


def read_proof(path: str | Path) -> Proof:
    """Read a proof file: ``.json``, ``.json.gz``, or ``-`` for standard input.

    Raises
    ------
    ProofError
        It breaks the contract. Whether it proves anything is asked with :func:`models.proof_check.flaw_of`.
    OSError
        It cannot be read.
    """
    data = _without_mark(read_bytes(path))
    try:
        proof = _decode_proof(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ProofError(f"{path}: {_diagnose(data, Proof, error)[0]}") from None
    if twice := _keys_given_twice(data):
        raise ProofError(f"{path}: {twice[0]}")
    return proof


def write_proof(path: str | Path, proof: Proof) -> None:
    """Write a proof file."""
    check_kind("proof", proof, Proof)
    write_bytes(path, msgspec.json.format(_encoder.encode(proof), indent=1) + b"\n")


def _without_mark(data: bytes) -> bytes:
    """Leave out the byte order mark that some editors write in front of UTF-8, as RFC 8259 allows."""
    return data.removeprefix(BOM_UTF8)


def _diagnose(data: bytes, file: type[File], error: Exception) -> list[str]:
    """Find the places that broke a decode; the decoder itself names no key of a mapping."""
    if not data.strip():
        return ["empty file, expected a JSON object"]
    try:
        text = data.decode("utf-8")
        # Unlike the decoder it takes NaN and long numbers, whose place can then be named.
        value: Any = json.loads(text, parse_int=_shortened)
    except UnicodeDecodeError as bad:
        return [f"not UTF-8: byte {bad.start} is 0x{data[bad.start]:02x}"]
    except RecursionError:
        return ["brackets nested too deep for a JSON file of this kind"]
    except json.JSONDecodeError as bad:
        if other := no_json_document(text, FORMATS[file]):
            return [other]
        said = bad.msg.removesuffix(" starting at")
        hint = made_otherwise(text, FORMATS[file])
        return [f"not JSON: {said} at line {bad.lineno} column {bad.colno}{hint}"]
    if other := another_format(value, FORMATS[file]):
        return [other]
    if not isinstance(value, dict):
        return [f"{next(mistakes(file, value))}{made_otherwise(text, FORMATS[file])}"]
    # Of a key that stands twice the decoder has seen the first, and here is the last.
    return list(mistakes(file, value)) or _keys_given_twice(data) or [str(error)]


def _shortened(digits: str) -> int:
    """Give an integer, of one too long for Python to read another that is too large for any field."""
    return int(digits[:100])


def _keys_given_twice(data: bytes) -> list[str]:
    """Give the keys that stand twice in one object: the last would win, silently."""
    errors: list[str] = []

    def note(pairs: list[tuple[str, Any]]) -> None:
        if len(pairs) > 1 and len(dict(pairs)) < len(pairs):
            doubles = [key for key, count in Counter(key for key, _ in pairs).items() if count > 1]
            errors.extend(f"{key}: given twice in one object, names are unique" for key in doubles)

    json.loads(data, object_pairs_hook=note, parse_int=_shortened)
    return errors


_KEY_ENDS = b'":'
_LOOSE_COLON = re.compile(rb'"[ \t\r\n]+:')


def _has_as_many_keys(data: bytes, file: PoolFile) -> bool:
    """Tell whether the bytes hold no more keys than what came of them: then none can have been lost.

    A quote and a colon end a key, or begin a string with a colon, which stands on both sides alike; and what
    was not given is not written. Where keys end otherwise, or defaults are given, it stays open: False.
    Reading a large pool once more in Python, as :func:`_keys_given_twice` does, takes as long as all else.
    """
    if b"\\" in data or _LOOSE_COLON.search(data):
        return False
    return data.count(_KEY_ENDS) == msgspec.json.encode(file).count(_KEY_ENDS)
