"""Hosts and VMs made from Python: every field is validated, one that is added later too."""

from __future__ import annotations

import pytest

from models import VM, Host, PlannerError

PLAIN = {Host: {"name": "h1", "capacity": {"ram_mib": 7}}, VM: {"name": "a", "demand": {"ram_mib": 7}}}
FIELDS = [
    pytest.param(kind, name, id=f"{kind.__name__}.{name}")
    for kind in PLAIN
    for name in kind.__struct_fields__
]


@pytest.mark.parametrize(("kind", "field"), FIELDS)
def test_no_field_takes_a_value_of_a_type_that_is_nobodys(kind, field):
    with pytest.raises(PlannerError, match=field) as caught:
        kind(**PLAIN[kind] | {field: object()})
    assert caught.value.errors == (str(caught.value),)
