"""The reference of the files has a row for every field that a file may have, and for no other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
import pytest
from msgspec import Struct, inspect

from models.plan_file import PlanFile
from models.pool_file import PoolFile
from models.proof import Proof
from planner.execution.events import Event, Head
from planner.explaining.explanation import Explanation
from tests.docs.pages import ROOT, Page, first_cells

if TYPE_CHECKING:
    from collections.abc import Iterator

FILES: dict[str, tuple[type[Struct], ...]] = {
    "pool-file": (PoolFile,),
    "plan-file": (PlanFile,),
    "proof-file": (Proof,),
    "journal-file": (Head, Event),
    "explanation-file": (Explanation,),
}
"""Page -> the objects of the file. A file inside another is described on its own page."""

WHOLE = (PoolFile, PlanFile)


def fields(kind: inspect.Type, path: str) -> Iterator[str]:
    """Walk the type of a file; give each field as ``hosts[].name``."""
    match kind:
        case inspect.StructType() if path and kind.cls in WHOLE:
            return
        case inspect.StructType():
            prefix = f"{path}." if path else ""
            if kind.tag_field is not None:
                yield prefix + kind.tag_field
            for field in kind.fields:
                name = prefix + field.encode_name
                yield name
                yield from fields(field.type, name)
        case inspect.VarTupleType() | inspect.ListType():
            yield from fields(kind.item_type, f"{path}[]")
        case inspect.UnionType():
            for one in kind.types:
                yield from fields(one, path)


def all_fields(*objects: type[Struct]) -> set[str]:
    """Give every field of a file."""
    return {name for one in objects for name in fields(msgspec.inspect.type_info(one), "")}


@pytest.mark.parametrize("name", FILES)
def test_every_field_of_a_file_has_a_row_and_no_other_has(name: str) -> None:
    page = Page(ROOT / "docs" / "reference" / f"{name}.md")
    rows = {cell for cell in first_cells(page.prose) if re.fullmatch(r"[a-z_]+(\[\]|\.|[a-z_])*", cell)}
    wanted = all_fields(*FILES[name])
    assert not wanted - rows, f"{page.name}: add a row for {sorted(wanted - rows)}"
    assert not rows - wanted, f"{page.name}: no such field: {sorted(rows - wanted)}"


def test_the_walk_finds_nested_and_renamed_fields_and_tags() -> None:
    found = all_fields(PlanFile)
    assert {"format", "actions", "actions[].action", "actions[].from", "heuristic.name"} <= found
    assert not {"actions[].source", "name"} & found
