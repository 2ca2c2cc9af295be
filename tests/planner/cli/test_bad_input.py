"""Bad input and bad usage: exit 2, one clear line on stderr, nothing on stdout, never a traceback."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from tests.models.bad_files import NAMES, SMALL, UNREACHABLE, WRONG_TYPES, changed
from tests.places import EXAMPLES
from tests.strategies import encoded, malformed_files, put

SWAP = str(EXAMPLES / "swap.json")


def is_one_clear_line(ran, *words):
    """Hold what every bad input comes to."""
    assert (ran.code, ran.out) == (2, "")
    (line,) = ran.err.splitlines()
    assert line.startswith("vmplan: ")
    assert all(word in line for word in words), line


@pytest.mark.parametrize(("path", "value", "words"), WRONG_TYPES.values(), ids=WRONG_TYPES)
def test_a_wrong_value_is_one_line(vmplan, path, value, words):
    file = vmplan.file("pool.json", encoded(put(SMALL, path, value)))
    is_one_clear_line(vmplan("plan", file, "--json"), file, *words)


@pytest.mark.parametrize(
    ("change", "words"), [*NAMES.values(), *UNREACHABLE.values()], ids=[*NAMES, *UNREACHABLE]
)
def test_a_pool_that_cannot_be_meant_is_one_line(vmplan, change, words):
    file = vmplan.file("pool.json", changed(change))
    is_one_clear_line(vmplan("plan", file, "--json"), file, *words)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b"[]", "expected an object"),
        (b"\xff", "UTF-8"),
        (b"{", "not JSON"),
        (b"[" * 100_000, "nested too deep"),
        (b"\x1f\x8bnonsense", "gzip"),
    ],
    ids=range(6),
)
def test_bytes_that_are_no_pool_are_one_line(vmplan, content, word):
    is_one_clear_line(vmplan("plan", vmplan.file("pool.json", content)), word)


def test_further_mistakes_are_counted(vmplan):
    is_one_clear_line(vmplan("plan", vmplan.file("pool.json", {"format": "vm-pool/1"})), "(and 2 more)")


def test_a_name_with_a_line_break_stays_on_one_line(vmplan):
    pool = put(SMALL, ("target", "a"), "h\n9\r\u2028\x1b[31m")
    ran = vmplan("plan", vmplan.file("pool.json", pool))
    is_one_clear_line(ran, "target.a")


@pytest.mark.parametrize(
    "args",
    [
        ("plan",),
        ("plan", "/nonexistent/pool.json"),
        ("plan", "/"),
        ("plan", SWAP, "--objective", "x"),
        ("plan", SWAP, "--time-limit", "-3"),
        ("plan", SWAP, "--time-limit", "0"),
        ("plan", SWAP, "--time-limit", "nan"),
        ("plan", SWAP, "--time-limit", "soon"),
        ("plan", SWAP, "--workers", "0"),
        ("plan", SWAP, "--workers", "10001"),
        ("plan", SWAP, "--workers", "1" + 30 * "0"),
        ("plan", SWAP, "--seed", "-1"),
        ("plan", SWAP, "--method", "magic"),
        ("plan", SWAP, "--nonsense"),
        ("plan", SWAP, "extra"),
        ("plan", SWAP, "-o", "/nonexistent/plan.json"),
        ("check", SWAP),
        ("check", SWAP, "/nonexistent/plan.json"),
        ("nonsense",),
    ],
    ids=" ".join,
)
def test_bad_usage_is_one_line(vmplan, args):
    is_one_clear_line(vmplan(*args))


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("imprt", "No such command 'imprt'; alike: import; vmplan --help lists them."),
        ("help", "No such command 'help'; vmplan --help lists them."),
    ],
)
def test_a_command_that_is_not_there_is_told_where_they_are_listed(vmplan, word, said):
    ran = vmplan(word)
    assert (ran.code, ran.out, ran.err) == (2, "", f"vmplan: {said}\n")


def test_no_command_shows_the_help_and_exits_with_2(vmplan):
    ran = vmplan()
    assert (ran.code, ran.out) == (2, "")
    assert "Usage: vmplan" in ran.err


def test_objective_ram_without_ram_is_one_line(vmplan):
    pool = put(SMALL, ("vms", 0, "demand"), {"vcpus": 1})
    pool["hosts"] = [host | {"capacity": {"vcpus": 1}} for host in pool["hosts"]]
    ran = vmplan("plan", vmplan.file("pool.json", pool), "--objective", "ram")
    is_one_clear_line(ran, "objective", "ram_mib")


def test_a_pool_too_large_for_dijkstra_is_one_line(vmplan):
    pool = {
        "format": "vm-pool/1",
        "hosts": [{"name": f"h{n}", "capacity": {"ram_mib": 99}} for n in range(40)],
        "vms": [{"name": f"v{n}", "demand": {"ram_mib": 1}} for n in range(40)],
        "current": {f"v{n}": f"h{n}" for n in range(40)},
        "target": {f"v{n}": f"h{(n + 1) % 40}" for n in range(40)},
    }
    ran = vmplan("plan", vmplan.file("pool.json", pool), "--method", "dijkstra")
    is_one_clear_line(ran, "dijkstra", "40")


@settings(suppress_health_check=[*settings().suppress_health_check, HealthCheck.function_scoped_fixture])
@given(malformed_files())
def test_a_malformed_file_is_always_one_line(vmplan, data):
    is_one_clear_line(vmplan("plan", vmplan.file("pool.json", data), "--json"))


@pytest.mark.parametrize("command", ["check", "report", "run", "export csv", "animate"])
def test_two_files_from_standard_input_are_refused_in_the_same_words(vmplan, command):
    options = {"report": ["-o", "x.html"], "run": ["--cloud", "simulated"]}.get(command, [])
    ran = vmplan(*command.split(), "-", "-", *options, stdin=b"")
    is_one_clear_line(ran, "only one of POOL and PLAN can be standard input")


def test_a_proof_and_a_plan_are_not_both_standard_input(vmplan):
    ran = vmplan("check", SWAP, "-", "--proof", "-", stdin=b"")
    is_one_clear_line(ran, "only one of PLAN and --proof can be standard input")


def test_files_that_change_places_are_told_by_their_format(vmplan):
    plan = vmplan.folder / "plan.json"
    vmplan("plan", SWAP, "-o", plan, "--workers", 1)
    is_one_clear_line(vmplan("check", plan, SWAP), f"{plan}: format: is a vm-plan/1, expected vm-pool/1")
    is_one_clear_line(vmplan("check", SWAP, SWAP), f"{SWAP}: format: is a vm-pool/1, expected vm-plan/1")
    is_one_clear_line(
        vmplan("check", SWAP, plan, "--proof", plan), f"{plan}: format: is a vm-plan/1, expected vm-proof/1"
    )


@pytest.mark.parametrize("method", ["auto", "magic"])
def test_debug_names_the_path_finders_there_are(vmplan, method):
    ran = vmplan("debug", SWAP, "--method", method)
    is_one_clear_line(ran, f"method: '{method}', must be one of aspiers, dijkstra, squeaky")


@pytest.mark.parametrize("value", ["5m", "", "0", "-3", "nan", "inf", "1e400"])
def test_a_time_that_is_none_is_told_with_the_unit(vmplan, value):
    words = f"'--time-limit': {value!r}, must be a number of seconds above 0, such as 2.5"
    is_one_clear_line(vmplan("plan", SWAP, "--time-limit", value), words)


def test_a_delay_that_is_none_is_told_with_the_unit(vmplan):
    is_one_clear_line(vmplan("demo", "--delay", "1s"), "'1s', must be a number of seconds >= 0")


@pytest.mark.parametrize("command", ["run", "check"])
def test_a_file_that_holds_no_plan_is_named(vmplan, command):
    plan = vmplan.file("plan.json", {"format": "vm-plan/1", "status": "infeasible", "objective": "moves"})
    more = ("--cloud", "simulated", "--dry-run") * (command == "run")
    words = "the plan file holds no plan: its status is infeasible"
    is_one_clear_line(vmplan(command, SWAP, plan, *more), f"vmplan: {plan}: {words}")


def test_a_plan_that_cannot_be_run_is_named(vmplan):
    action = {"id": 1, "action": "update", "host": "host1"}
    file = {"format": "vm-plan/1", "status": "feasible", "objective": "moves", "cost": 0, "bound": 0}
    plan = vmplan.file("plan.json", {**file, "actions": [action]})
    ran = vmplan("run", SWAP, plan, "--cloud", "simulated", "--dry-run")
    is_one_clear_line(ran, f"vmplan: {plan}: actions: it updates hosts")
