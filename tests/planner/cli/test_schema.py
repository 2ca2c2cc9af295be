"""``vmplan schema``: what it prints is the JSON Schema of the files that the other commands take and make."""

from __future__ import annotations

import pytest

from tests.places import EXAMPLES
from tests.seed_cases import SEED_CASES

TEMP = next(case.path for case in SEED_CASES if case.name == "swap_with_one_temp")


def named(schema, name):
    """Give the properties of a structure, and which of them are required."""
    found = schema["$defs"][name]
    return set(found["properties"]), set(found.get("required", ()))


def holds(schema, name, thing):
    """Tell whether an object has only known fields, and all that are required."""
    properties, required = named(schema, name)
    return required <= set(thing) <= properties


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_the_schema_of_pools_holds_for_the_examples(vmplan, path):
    import json

    ran = vmplan("schema", "pool")
    schema, pool = ran.json(), json.loads(path.read_text())
    assert (ran.code, ran.err) == (0, "")
    assert schema["$ref"] == "#/$defs/PoolFile"
    assert holds(schema, "PoolFile", pool)
    assert all(holds(schema, "Host", host) for host in pool["hosts"])
    assert all(holds(schema, "VM", vm) for vm in pool["vms"])


def test_the_schema_of_plans_holds_for_a_plan(vmplan):
    schema = vmplan("schema", "plan").json()
    plan = vmplan("plan", TEMP, "--json", "--workers", 1).json()
    assert holds(schema, "PlanFile", plan)
    assert all(holds(schema, "MigrateEntry", action) for action in plan["actions"])


def test_the_schema_of_explanations_holds_for_one(vmplan):
    schema = vmplan("schema", "explanation").json()
    told = vmplan("explain", TEMP, "--json", "--workers", 1).json()
    assert holds(schema, "Explanation", told)
    assert all(holds(schema, "Detour", detour) for detour in told["detours"])
    assert all(holds(schema, "TightComponent", component) for component in told["components"])


def test_another_file_is_bad_usage(vmplan):
    ran = vmplan("schema", "report")
    assert (ran.code, ran.out) == (2, "")
    assert "pool" in ran.err


def test_the_schema_of_journals_names_what_the_contract_does(vmplan):
    schema = vmplan("schema", "journal").json()
    assert {"pool", "plan", "cloud", "fingerprint", "owner", "at"} <= named(schema, "Head")[1]
    assert {"at", "event", "action", "vm"} <= named(schema, "Event")[1]
