"""Where commands write: no input is overwritten, and what cannot be written is told before planning."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys

import pytest

import planner
from tests.places import EXAMPLES, ROOT
from tests.waiting import PATIENCE_S

SWAP = (EXAMPLES / "swap.json").read_bytes()
CLUSTER = (EXAMPLES / "goals" / "cluster.json").read_bytes()
TABLES = {"h.csv": b"name,ram_mib\nn1,8\n", "v.csv": b"name,host,ram_mib\na,n1,1\n"}


@pytest.fixture
def files(vmplan):
    """Give files by name, in the working folder."""
    vmplan.go_home()
    plan = vmplan("plan", EXAMPLES / "swap.json", "--json", "--workers", 1).out.encode()
    contents = {"pool.json": SWAP, "plan.json": plan, "cluster.json": CLUSTER, **TABLES}
    for name, content in contents.items():
        vmplan.file(name, content)
    return contents


@pytest.fixture
def no_search(files, monkeypatch):
    """Give the files, and let any search fail the test."""

    def fail(*args, **named):
        raise AssertionError("it planned")

    for name in ("plan", "find", "reach", "explain_goal"):
        monkeypatch.setattr(planner, name, fail)
    monkeypatch.setattr("planner.rolling.roll", fail)
    monkeypatch.setattr(importlib.import_module("planner.cli.report"), "build_report", fail)
    return files


SAME = [
    ("plan pool.json -o pool.json", "-o pool.json: would overwrite POOL"),
    ("plan pool.json -o ./pool.json", "-o ./pool.json: would overwrite POOL"),
    ("plan pool.json -o link.json", "-o link.json: would overwrite POOL"),
    ("plan pool.json -o hard.json", "-o hard.json: would overwrite POOL"),
    ("plan pool.json --proof pool.json", "--proof pool.json: would overwrite POOL"),
    ("plan pool.json -o new.json --proof new.json", "--proof new.json: would overwrite that of -o"),
    ("drain cluster.json node1 --pool-out cluster.json", "--pool-out cluster.json: would overwrite POOL"),
    (
        "drain cluster.json node1 -o x.json --pool-out ./x.json",
        "--pool-out ./x.json: would overwrite that of",
    ),
    ("rolling cluster.json -o cluster.json", "-o cluster.json: would overwrite POOL"),
    ("report pool.json plan.json -o pool.json", "-o pool.json: would overwrite POOL"),
    ("report pool.json plan.json -o plan.json", "-o plan.json: would overwrite PLAN"),
    ("import csv h.csv v.csv -o v.csv", "-o v.csv: would overwrite VMS"),
    ("import csv h.csv v.csv -o h.csv", "-o h.csv: would overwrite HOSTS"),
    ("import btrplace pool.json -o pool.json", "-o pool.json: would overwrite INSTANCE"),
    ("import proxmox plan.json --rules pool.json -o pool.json", "-o pool.json: would overwrite --rules"),
    ("import ganeti pool.json -o pool.json", "-o pool.json: would overwrite FILE"),
]


@pytest.mark.parametrize(("line", "words"), SAME, ids=[line for line, _ in SAME])
def test_an_output_that_is_an_input_or_another_output_is_refused(vmplan, no_search, line, words):
    os.symlink("pool.json", "link.json")
    os.link("pool.json", "hard.json")
    ran = vmplan(*line.split())
    assert (ran.code, ran.out) == (2, "")
    assert words in ran.err
    assert ran.err.count("\n") == 1
    assert all((vmplan.folder / name).read_bytes() == content for name, content in no_search.items())
    assert not (vmplan.folder / "new.json").exists()


def test_batches_do_not_overwrite_the_pool_they_are_of(vmplan, files):
    (vmplan.folder / "b").mkdir()
    (vmplan.folder / "b" / "1.pool.json").write_bytes(files["cluster.json"])
    ran = vmplan("rolling", "b/1.pool.json", "node1", "--batches", "b")
    assert (ran.code, ran.out) == (2, "")
    assert "--batches b: would overwrite POOL b/1.pool.json" in ran.err


def test_files_of_more_batches_that_were_there_before_are_told(vmplan, files):
    line = ("rolling", "cluster.json", "--batches", "b")
    assert vmplan(*line, "node1", "node2").err == ""
    (vmplan.folder / "b" / "notes.json").touch()
    ran = vmplan(*line, "node1")
    assert ran.code == 0
    assert ran.err.splitlines() == [
        f"vmplan: warning: b/2.{kind}.json: was there before, and is no part of this plan"
        for kind in ("plan", "pool")
    ]


NOWHERE = [
    ("plan pool.json -o none/p.json", "none/p.json: No such file or directory"),
    ("plan pool.json --proof none/p.json", "none/p.json: No such file or directory"),
    ("plan pool.json -o folder", "folder: Is a directory"),
    ("plan pool.json -o plan.json/p.json", "plan.json/p.json: Not a directory"),
    ("drain cluster.json node1 -o none/p.json", "none/p.json: No such file or directory"),
    ("drain cluster.json node1 --pool-out none/p.json", "none/p.json: No such file or directory"),
    ("rolling cluster.json -o none/p.json", "none/p.json: No such file or directory"),
    ("rolling cluster.json --pool-out none/q.json", "none/q.json: No such file or directory"),
    ("rolling cluster.json --batches plan.json", "plan.json"),
    ("rolling cluster.json --batches plan.json/b", "plan.json/b: Not a directory"),
    ("report pool.json plan.json -o none/x.html", "none/x.html: No such file or directory"),
    ("export csv pool.json plan.json -o none/x.csv", "none/x.csv: No such file or directory"),
    ("import csv missing.csv v.csv -o none/p.json", "none/p.json: No such file or directory"),
    ("plan-many . -o plan.json/out", "plan.json/out: Not a directory"),
    ("soak --rounds 1 --out plan.json/out", "plan.json/out: Not a directory"),
]


@pytest.mark.usefixtures("no_search")
@pytest.mark.parametrize(("line", "words"), NOWHERE, ids=[line for line, _ in NOWHERE])
def test_a_place_that_cannot_be_written_is_told_before_planning(vmplan, line, words):
    (vmplan.folder / "folder").mkdir()
    ran = vmplan(*line.split())
    assert (ran.code, ran.out) == (2, "")
    assert words in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.usefixtures("no_search")
def test_a_place_that_may_not_be_written_is_told_before_planning(vmplan, monkeypatch):
    monkeypatch.setattr(os, "access", lambda at, mode: not mode & os.W_OK)  # noqa: ARG005
    ran = vmplan("plan", "pool.json", "-o", "p.json")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "vmplan: p.json: Permission denied\n"


@pytest.mark.usefixtures("files")
def test_a_file_that_is_there_is_kept_until_there_is_another(vmplan):
    vmplan.file("old.json", b"old")
    assert vmplan("plan", "pool.json", "-o", "old.json", "--method", "unknown").code == 2
    assert (vmplan.folder / "old.json").read_bytes() == b"old"
    assert vmplan("plan", "pool.json", "-o", "old.json", "--workers", 1).code == 0
    assert (vmplan.folder / "old.json").read_bytes() != b"old"


@pytest.mark.usefixtures("files")
def test_what_keeps_nothing_may_be_written_twice(vmplan):
    ran = vmplan("plan", "pool.json", "-o", os.devnull, "--proof", os.devnull, "--workers", 1)
    assert ran.code == 0


needs_full = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is full")


@needs_full
@pytest.mark.usefixtures("files")
def test_a_full_disk_is_named(vmplan):
    ran = vmplan("plan", "pool.json", "-o", "/dev/full", "--workers", 1)
    assert (ran.code, ran.err) == (2, "vmplan: /dev/full: No space left on device\n")


@needs_full
@pytest.mark.parametrize(
    "line",
    ["schema pool", "plan examples/swap.json --json --workers 1", "plan examples/swap.json", "--help"],
)
def test_standard_output_that_can_take_no_more_is_named(line):
    with open("/dev/full", "wb") as full:
        command = [sys.executable, "-m", "planner", *line.split()]
        told = {"stderr": subprocess.PIPE, "text": True, "cwd": ROOT, "check": False, "timeout": PATIENCE_S}
        ran = subprocess.run(command, stdout=full, **told)
    assert (ran.returncode, ran.stderr) == (2, "vmplan: standard output: No space left on device\n")


@needs_full
def test_an_error_that_nobody_can_be_told_has_its_exit_code():
    with open("/dev/full", "wb") as full:
        command = [sys.executable, "-m", "planner", "plan", "none.json"]
        ran = subprocess.run(command, stderr=full, cwd=ROOT, check=False, timeout=PATIENCE_S)
    assert ran.returncode == 2


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (("plan", "pool.json", "-o", ""), "vmplan: -o: names no file, it is empty"),
        (
            ("drain", "cluster.json", "node6", "--pool-out", ""),
            "vmplan: --pool-out: names no file, it is empty",
        ),
        (("plan", ""), "vmplan: '': No such file or directory"),
        (("check", "pool.json", ""), "vmplan: '': No such file or directory"),
        (
            ("rolling", "cluster.json", "--batches", ""),
            "vmplan: Invalid value for '--batches': names no folder, it is empty",
        ),
        (
            ("plan-many", ".", "-o", ""),
            "vmplan: Invalid value for '-o' / '--output': names no folder, it is empty",
        ),
        (("soak", "--out", ""), "vmplan: Invalid value for '--out': names no folder, it is empty"),
    ],
    ids=range(7),
)
def test_an_empty_path_names_no_file_and_no_folder(vmplan, no_search, line, words):
    """As a shell gives it where a variable is not set."""
    ran = vmplan(*line)
    assert (ran.code, ran.out, ran.err) == (2, "", words + "\n")
