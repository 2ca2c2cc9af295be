"""``plan --proof`` and ``check --proof``: what is written is verified, what was changed is rejected."""

from __future__ import annotations

import json

import pytest

from tests.strategies import names

SWAP = {
    "format": "vm-pool/1",
    "hosts": [{"name": name, "capacity": {"ram_mib": 10}} for name in ("h1", "h2", "h3")],
    "vms": [{"name": "a", "demand": {"ram_mib": 7}}, {"name": "b", "demand": {"ram_mib": 6}}],
    "current": {"a": "h1", "b": "h2"},
    "target": {"a": "h2", "b": "h1"},
}
DEADLOCK = {**SWAP, "hosts": SWAP["hosts"][:2]}


@pytest.fixture
def files(vmplan):
    return vmplan.file("pool.json", SWAP), *(
        str(vmplan.folder / name) for name in ("plan.json", "proof.json")
    )


def test_a_plan_comes_with_a_proof_that_is_verified(vmplan, files):
    pool, plan, proof = files
    assert vmplan("plan", pool, "-o", plan, "--proof", proof).code == 0
    written = json.loads((vmplan.folder / "proof.json").read_text())
    assert (written["format"], written["claim"], written["by"], written["bound"]) == (
        "vm-proof/1",
        "bound",
        "conflicts",
        3,
    )
    assert sorted(written["conflicts"][0]["vms"]) == names(SWAP["vms"])
    ran = vmplan("check", pool, plan, "--proof", proof)
    assert (ran.code, ran.out) == (
        0,
        "3 actions, 0 violations; verified: no plan costs less than 3, by 1 conflict\n",
    )


@pytest.mark.parametrize("of", [SWAP, DEADLOCK], ids=["bound", "impossible"])
def test_a_proof_counts_migrations_where_the_end_is_the_objective(vmplan, of):
    """A stranger knows the objectives of the contract: what cost and bound count is ``moves``."""
    pool = vmplan.file("pool.json", of)
    plan, proof = (str(vmplan.folder / name) for name in ("plan.json", "proof.json"))
    code = vmplan("plan", pool, "--objective", "time", "-o", plan, "--proof", proof).code
    assert code == (0 if of is SWAP else 3)
    assert json.loads((vmplan.folder / "proof.json").read_text())["objective"] == "moves"
    ran = vmplan("check", pool, plan, "--proof", proof)
    assert (ran.code, "verified: no plan" in ran.out) == (0, True)


def test_a_proof_of_less_than_the_plan_says_is_rejected(vmplan, files):
    pool, plan, proof = files
    vmplan("plan", pool, "-o", plan, "--proof", proof)
    weak = {"format": "vm-proof/1", "claim": "bound", "by": "mandatory", "bound": 2}
    ran = vmplan("check", pool, plan, "--proof", vmplan.file("weak.json", weak))
    assert ran.code == 1
    assert "proof: it stands for 2, the plan says 3" in ran.out


def test_a_proof_for_another_objective_is_rejected(vmplan, files):
    pool, plan, proof = files
    vmplan("plan", pool, "-o", plan)
    vmplan("plan", pool, "--objective", "ram", "--proof", proof)
    ran = vmplan("check", pool, plan, "--proof", proof)
    assert ran.code == 1
    assert "its objective is ram" in ran.out


def test_that_no_plan_exists_is_written_and_verified(vmplan):
    pool = vmplan.file("pool.json", DEADLOCK)
    plan, proof = (str(vmplan.folder / name) for name in ("plan.json", "proof.json"))
    assert vmplan("plan", pool, "-o", plan, "--proof", proof).code == 3
    ran = vmplan("check", pool, plan, "--proof", proof)
    assert ran.code == 0
    assert "verified: no plan exists, by" in ran.out
    bound = {"format": "vm-proof/1", "claim": "bound", "by": "mandatory", "bound": 2}
    assert vmplan("check", pool, plan, "--proof", vmplan.file("bound.json", bound)).code == 1


@pytest.mark.parametrize(
    ("content", "place"),
    [
        pytest.param("{", "not JSON", id="truncated"),
        pytest.param({"format": "vm-proof/1", "claim": "bound"}, "by", id="a field is missing"),
        pytest.param({"format": "vm-proof/1", "claim": "bound", "by": "magic"}, "by", id="an unknown kind"),
        pytest.param(
            {
                "format": "vm-proof/1",
                "claim": "bound",
                "by": "conflicts",
                "conflicts": [{"vms": ["a"], "weight": "1/0"}],
            },
            "weight",
            id="a division by zero",
        ),
        pytest.param(
            {
                "format": "vm-proof/1",
                "claim": "bound",
                "by": "conflicts",
                "conflicts": [{"vms": ["a"], "weight": "9" * 5_000}],
            },
            "weight",
            id="a weight too long for a number",
        ),
    ],
)
def test_a_file_that_is_no_proof_is_bad_input(vmplan, files, content, place):
    pool, plan, _ = files
    vmplan("plan", pool, "-o", plan)
    ran = vmplan("check", pool, plan, "--proof", vmplan.file("bad.json", content))
    assert ran.code == 2
    assert place in ran.err
    assert "bad.json" in ran.err


def test_a_path_finder_alone_proves_nothing(vmplan, files):
    pool, _, proof = files
    ran = vmplan("plan", pool, "--method", "aspiers", "--proof", proof)
    assert ran.code == 2
    assert "--proof" in ran.err
