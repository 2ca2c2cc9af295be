"""Pool files: what is written is read back the same, plain, gzipped, and through pipes."""

from __future__ import annotations

import errno
import gzip
import io
import json
import os
import random
import re
import sys
from codecs import BOM_UTF8
from types import SimpleNamespace

import msgspec
import numpy as np
import pytest
from hypothesis import given

from models import (
    VM,
    Host,
    Migration,
    Plan,
    Pool,
    PoolError,
    PoolState,
    WrongKindError,
    read_plan,
    read_pool,
    read_state,
    write_plan,
    write_pool,
)
from models.bytes_io import write_bytes
from models.plan_file import PlanFile
from models.pool_file import PoolFile
from models.proof import Proof
from models.reading import parse_pool, read_proof, write_proof
from tests.conftest import FULL
from tests.places import EXAMPLES
from tests.seed_cases import SEED_CASES
from tests.strategies import GOOD, encoded, parsed, planted_pools, random_pools

FILES = [*(case.path for case in SEED_CASES), *sorted(EXAMPLES.glob("*.json"))]


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
@pytest.mark.parametrize("suffix", [".json", ".json.gz"])
def test_a_file_survives_a_round_trip(tmp_path, path, suffix):
    pool = read_pool(path)
    pool.check()
    write_pool(tmp_path / f"copy{suffix}", pool)
    assert read_pool(tmp_path / f"copy{suffix}") == pool


def test_names_and_numbers_of_numpy_are_written_as_what_they_are(tmp_path):
    """They are strings and floats of classes of their own, which the encoder takes for none."""
    hosts = [
        Host(name, {"ram_mib": 100}, overcommit={name: np.float64(1.5)}, labels={name: name}, traits=(name,))
        for name in np.array(["h1", "h2"])
    ]
    state = PoolState(hosts, [VM(np.str_("vm"), {"ram_mib": 1}, dirty_mib_s=np.float64(2))], {"vm": "h1"})
    pool = Pool(state, state.placed({"vm": "h2"}))
    write_pool(tmp_path / "pool.json", pool)
    assert read_pool(tmp_path / "pool.json") == pool
    entries = Plan.of(pool, [Migration(state.vms[0].name, "h1", hosts[1].name)]).entries()
    plan = PlanFile(status="optimal", objective=np.str_("moves"), gap=np.float64(0), actions=entries)
    write_plan(tmp_path / "plan.json", plan)
    assert read_plan(tmp_path / "plan.json") == plan
    with pytest.raises(TypeError):
        write_plan(tmp_path / "plan.json", msgspec.structs.replace(plan, reason=object()))


def test_what_is_written_is_of_the_kind_of_its_file(tmp_path):
    pool, path = parsed(FULL), tmp_path / "file.json"
    for write, thing, words in [
        (write_pool, pool.current, "pool: PoolState.*, must be a Pool"),
        (write_pool, None, "pool: None, must be a Pool"),
        (write_plan, Plan.of(pool, []), "plan: Plan.*, must be a PlanFile"),
        (write_proof, pool, "proof: .*, must be a Proof"),
    ]:
        with pytest.raises(WrongKindError, match=f"^{words}$"):
            write(path, thing)
    assert not path.exists()


def test_a_gzipped_file_is_known_by_its_bytes_not_its_name(tmp_path):
    path = tmp_path / "pool.json"
    path.write_bytes(gzip.compress(encoded(FULL)))
    assert read_pool(path) == parsed(FULL)


@pytest.mark.parametrize("packed", [False, True])
def test_a_pool_comes_from_standard_input(monkeypatch, packed):
    data = gzip.compress(encoded(FULL)) if packed else encoded(FULL)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data)))
    assert read_pool("-") == parsed(FULL)


def test_a_pool_goes_to_standard_output(capfdbinary):
    write_pool("-", parsed(FULL))
    assert parse_pool(capfdbinary.readouterr().out) == parsed(FULL)


def test_standard_streams_of_text_alone_will_do(monkeypatch, full):
    """As in a notebook, or where a test catches what is printed."""
    written = io.StringIO()
    monkeypatch.setattr(sys, "stdout", written)
    write_pool("-", full)
    monkeypatch.setattr(sys, "stdin", io.StringIO(written.getvalue()))
    assert read_pool("-") == full


def test_what_was_printed_before_stands_before_a_pool(monkeypatch, full):
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written))
    print("the pool:")
    write_pool("-", full)
    assert written.getvalue().startswith(b"the pool:\n{")


def test_standard_streams_that_are_closed_are_an_error_of_the_system(monkeypatch, full):
    monkeypatch.setattr(sys, "stdin", None)
    monkeypatch.setattr(sys, "stdout", None)
    with pytest.raises(OSError, match="standard input"):
        read_pool("-")
    with pytest.raises(OSError, match="standard output"):
        write_pool("-", full)


def test_a_byte_order_mark_is_no_part_of_a_pool(tmp_path):
    (tmp_path / "pool.json").write_bytes(BOM_UTF8 + encoded(FULL))
    assert read_pool(tmp_path / "pool.json") == parsed(FULL)


@pytest.mark.parametrize("text", [b"", b" ", b"{", b'{"format": "vm-pool/9"}', b'{"format": 1, "format": 2}'])
def test_behind_a_byte_order_mark_mistakes_are_named_as_ever(text):
    said = []
    for data in (text, BOM_UTF8 + text):
        with pytest.raises(PoolError) as caught:
            parse_pool(data)
        said.append(caught.value.errors)
    assert said[0] == said[1]


def test_a_byte_order_mark_is_no_part_of_a_plan_or_a_proof(tmp_path):
    plan = PlanFile(status="no_plan_found", reason="none")
    proof = Proof(objective="moves", claim="bound", by="mandatory", bound=0)
    write_plan(tmp_path / "plan.json", plan)
    write_proof(tmp_path / "proof.json", proof)
    for path in tmp_path.iterdir():
        path.write_bytes(BOM_UTF8 + path.read_bytes())
    assert read_plan(tmp_path / "plan.json") == plan
    assert read_proof(tmp_path / "proof.json") == proof


@pytest.mark.parametrize("given", [None, 3, ["pool.json"], {}, io.BytesIO()], ids=range(5))
def test_what_is_no_path_is_neither_read_nor_written(tmp_path, monkeypatch, full, given):
    """As text each has a name, such as ``None``; and a number is a file that somebody else has open."""
    monkeypatch.chdir(tmp_path)
    for call in (
        lambda: read_pool(given),
        lambda: read_state(given),
        lambda: read_plan(given),
        lambda: read_proof(given),
        lambda: write_pool(given, full),
        lambda: write_plan(given, PlanFile(status="no_plan_found", reason="none")),
        lambda: write_proof(given, Proof(objective="moves", claim="bound", by="mandatory", bound=0)),
    ):
        with pytest.raises(WrongKindError, match=r"^path: .*, must be the name of a file, or a Path"):
            call()
    assert not list(tmp_path.iterdir())


def test_a_path_of_bytes_names_what_it_names_as_text(tmp_path, full):
    path = os.fsencode(tmp_path / "pool.json.gz")
    write_pool(path, full)
    assert read_pool(path) == read_pool(tmp_path / "pool.json.gz") == full


def test_what_says_nothing_is_not_written(tmp_path):
    small = {
        "format": "vm-pool/1",
        "hosts": [{"name": "h", "capacity": {}, "traits": [], "accepts": True}],
        "vms": [{"name": "v", "demand": {}, "detours": True, "offline": False}],
        "current": {"v": "h"},
        "target": {"v": "h"},
    }
    write_pool(tmp_path / "pool.json", parsed(small))
    written = json.loads((tmp_path / "pool.json").read_text())
    assert written["hosts"] == [{"name": "h", "capacity": {}}]
    assert written["vms"] == [{"name": "v", "demand": {}}]
    assert not written.get("rules")


def test_every_field_is_written(tmp_path):
    write_pool(tmp_path / "pool.json", parsed(FULL))
    written = json.loads((tmp_path / "pool.json").read_text())
    assert written["vms"] == FULL["vms"]
    assert written["rules"] == FULL["rules"]
    assert written["hosts"] == FULL["hosts"]
    assert (written["current"], written["target"]) == (FULL["current"], FULL["target"])


def test_a_vm_that_one_placement_lacks_survives_a_round_trip(full, tmp_path):
    write_pool(tmp_path / "pool.json", full)
    back = read_pool(tmp_path / "pool.json")
    assert (back.shut_down, back.provisioned) == (["gone"], ["fresh"])


def test_names_of_any_script_survive(tmp_path):
    host_name, vm_name = "Höst-ü 主机", 'a "quoted" \\ 🚚'
    pool = GOOD | {
        "hosts": [GOOD["hosts"][0] | {"name": host_name}],
        "vms": [GOOD["vms"][0] | {"name": vm_name}],
        "rules": {},
        "current": {vm_name: host_name},
        "target": {vm_name: host_name},
    }
    write_pool(tmp_path / "pool.json", parsed(pool))
    assert read_pool(tmp_path / "pool.json") == parsed(pool)


@given(planted_pools())
def test_a_planted_pool_survives_a_round_trip(planted):
    pool = parsed(planted.pool)
    assert parsed(json.loads(json.dumps(planted.pool))) == pool


@given(random_pools())
def test_a_random_pool_survives_a_round_trip(made):
    pool = parsed(made)
    assert parse_pool(msgspec.json.encode(PoolFile.of(pool))) == pool


def test_the_schema_names_every_field():
    schema = json.dumps(msgspec.json.schema(PoolFile))
    used = {key for part in (FULL["hosts"], FULL["vms"]) for entry in part for key in entry}
    assert all(f'"{field}"' in schema for field in (*used, *FULL, *FULL["rules"]))


@pytest.mark.skipif(os.name != "posix", reason="limits of POSIX")
@pytest.mark.parametrize("name", ["plan.json", "plan.json.gz"])
def test_a_disk_that_is_full_leaves_the_file_that_was_there(tmp_path, name):
    resource = pytest.importorskip("resource")
    path, data = tmp_path / name, random.Random(1).randbytes(5000)
    write_bytes(path, b"old")
    before, limits = path.read_bytes(), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(OSError, match=re.escape(name)):
            write_bytes(path, data)
        with pytest.raises(OSError, match="new"):
            write_bytes(tmp_path / "new", data)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_bytes() == before
    assert [it.name for it in tmp_path.iterdir()] == [name]


@pytest.mark.skipif(os.name != "posix", reason="modes and links of POSIX")
def test_a_file_that_is_written_again_keeps_its_mode_and_its_names(tmp_path):
    plain, link, hard = (tmp_path / name for name in ("plain", "link", "hard"))
    plain.write_bytes(b"old")
    plain.chmod(0o640)
    write_bytes(plain, b"new")
    assert (plain.read_bytes(), plain.stat().st_mode & 0o777) == (b"new", 0o640)
    link.symlink_to(plain)
    write_bytes(link, b"newer")
    assert (link.is_symlink(), plain.read_bytes()) == (True, b"newer")
    hard.hardlink_to(plain)
    write_bytes(hard, b"newest")
    assert (plain.read_bytes(), plain.samefile(hard)) == (b"newest", True)


def test_a_file_that_nothing_may_take_the_place_of_is_written_where_it_is(tmp_path, monkeypatch):
    """As one that is mounted by itself, in a container."""

    def busy(*_):
        raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))

    path = tmp_path / "plan.json"
    path.write_bytes(b"old and longer")
    monkeypatch.setattr(os, "replace", busy)
    write_bytes(path, b"new")
    assert path.read_bytes() == b"new"
    assert [it.name for it in tmp_path.iterdir()] == ["plan.json"]
