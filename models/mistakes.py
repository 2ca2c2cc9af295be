"""What is wrong with decoded JSON, held against a typed file: every place, its value and the rule.

Only bad input comes here, so it may take its time; good input goes straight through the decoder.
"""

from __future__ import annotations

from math import isfinite
from types import UnionType
from typing import TYPE_CHECKING, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from models.errors import WrongKindError

if TYPE_CHECKING:
    from collections.abc import Iterator

Thing = TypeVar("Thing")

SHOWN = 60
"""Characters of a value that an error shows."""


def mistakes(expected: Any, value: object, place: str = "") -> Iterator[str]:
    """Give each mistake as ``place: value, rule``; none where ``value`` fits ``expected``.

    Parameters
    ----------
    expected
        A ``Struct`` class, or the type of one of its fields.
    place
        Where the value stands, such as ``vms[17].demand.ram_mib``; empty for the whole file.
    """
    if isinstance(expected, type) and issubclass(expected, msgspec.Struct):
        yield from _object(expected, value, place)
        return
    origin, args = get_origin(expected), get_args(expected)
    if origin is dict and isinstance(value, dict):
        for key, item in value.items():
            yield from mistakes(args[1], item, f"{place}.{key}")
    elif origin is tuple and isinstance(value, list):
        for number, item in enumerate(value):
            yield from mistakes(args[0], item, f"{place}[{number}]")
    elif origin in (Union, UnionType) and isinstance(value, dict):
        mapping = next((kind for kind in args if get_origin(kind) is dict), None)
        yield from _tagged(args, value, place) if mapping is None else mistakes(mapping, value, place)
    elif origin in (Union, UnionType) and isinstance(value, list) and (lists := _lists(args)):
        yield from mistakes(lists[0], value, place)
    else:
        yield from _leaf(expected, value, place)


def _lists(kinds: tuple[Any, ...]) -> list[Any]:
    return [kind for kind in kinds if get_origin(kind) is tuple]


def _object(expected: type[msgspec.Struct], value: object, place: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{place or 'the file'}: {shown(value)}, expected an object"
        return
    dot = f"{place}." if place else ""
    hints = get_type_hints(expected, include_extras=True)
    fields = {field.encode_name: field for field in msgspec.structs.fields(expected)}
    tag = expected.__struct_config__.tag_field
    for key in value:
        if key not in fields and key != tag and expected.__struct_config__.forbid_unknown_fields:
            yield f"{dot}{key}: unknown field, known are {', '.join(fields)}"
    found = False
    for key, field in fields.items():
        if key in value:
            for mistake in mistakes(hints[field.name], value[key], f"{dot}{key}"):
                found = True
                yield mistake
        elif field.required:
            yield f"{dot}{key}: missing, this field is required"
    if not found and place:
        yield from _whole(expected, value, place)


def _whole(expected: type[msgspec.Struct], value: dict[str, object], place: str) -> Iterator[str]:
    """Give what only the object itself objects to, once its fields are right one by one."""
    try:
        msgspec.convert(value, expected)
    except msgspec.ValidationError as error:
        message = str(error)
        if "unknown field" not in message and "missing required" not in message:
            yield f"{place}: {message}"


def _tagged(kinds: tuple[Any, ...], value: dict[str, object], place: str) -> Iterator[str]:
    structs = [kind for kind in kinds if hasattr(kind, "__struct_config__")]
    tags = {kind.__struct_config__.tag: kind for kind in structs}
    if not structs:
        yield f"{place}: {shown(value)}, expected no object"
        return
    field = structs[0].__struct_config__.tag_field
    if field is None:
        yield from _object(structs[0], value, place)
        return
    tag = value.get(field)
    if not isinstance(tag, str) or tag not in tags:
        yield f"{place}.{field}: {shown(tag)}, must be one of {', '.join(map(str, tags))}"
    else:
        yield from _object(tags[tag], value, place)


def _leaf(expected: Any, value: object, place: str) -> Iterator[str]:
    try:
        msgspec.convert(value, expected)
    except msgspec.ValidationError as error:
        words = get_args(expected) if get_origin(expected) is Literal and isinstance(value, str) else ()
        one_of = "one of " if len(words) > 1 else ""
        rule = f", must be {one_of}{', '.join(words)}" if words else f": {str(error).replace('`', '')}"
        yield f"{place}: {shown(value)}{rule}"
    except UnicodeEncodeError:
        yield f"{place}: {shown(value)}: half of a surrogate pair is no character"
    else:
        if isinstance(value, float) and not isfinite(value):
            yield f"{place}: {value}, must be a finite number"


def shown(value: object) -> str:
    """Give a value as an error shows it: short, on one line."""
    text = repr(value) if not isinstance(value, int) or abs(value) < 10**40 else "a number of over 40 digits"
    return text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."


def check_kind(what: str, value: object, kind: type) -> None:
    """Raise ``WrongKindError`` unless a value is of a kind."""
    if not isinstance(value, kind):
        article = "an" if kind.__name__[0] in "AEIOU" else "a"
        raise WrongKindError(f"{what}: {shown(value)}, must be {article} {kind.__name__}")


def check_kind_if_given(what: str, value: object, kind: type) -> None:
    """Raise ``WrongKindError`` unless a value is None or of a kind."""
    if value is not None:
        check_kind(what, value, kind)


def check_callable_if_given(what: str, value: object) -> None:
    """Raise ``WrongKindError`` unless a value is None or can be called."""
    if value is not None and not callable(value):
        raise WrongKindError(f"{what}: {shown(value)}, must be a callable")


def given_or(default: Thing, what: str, value: Thing | None) -> Thing:
    """Give a value, or for None the default; ``WrongKindError`` unless it is of the kind of that."""
    if value is None:
        return default
    check_kind(what, value, type(default))
    return value
