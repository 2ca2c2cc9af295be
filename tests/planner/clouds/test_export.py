"""Plans for other tools: true to the plan, and no name of a cloud is ever more than a name."""

from __future__ import annotations

import csv
import html
import io
import json
import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
import yaml

from models import VM, Host, Migration, PlanError, PoolState, Provision, Shutdown, Start, Stop
from models.actions import Update
from models.plan import Plan
from models.plan_file import PlanFile
from models.pool import Pool
from models.rolling_plan import RollingPlan
from planner.cli import export
from planner.clouds.writing import ansible, csv_table, dot, mermaid, shell
from planner.clouds.writing.tools import TOOLS
from planner.clouds.writing.words import plain
from tests.planner.clouds.hostile import NAMES
from tests.waiting import PATIENCE_S


def a_pool(names=NAMES) -> PoolState:
    """A host of each name, and a VM of each on the host of the one before."""
    hosts = [Host(name, {"ram_mib": 100}) for name in names]
    vms = [VM(name, {"ram_mib": 1}) for name in names]
    return PoolState(hosts, vms, {name: names[place - 1] for place, name in enumerate(names)})


def plan_of(state: PoolState, *actions) -> PlanFile:
    plan = Plan.of(Pool(state, state), actions)
    return PlanFile(status="feasible", cost=plan.cost, bound=0, gap=1.0, actions=plan.entries())


@pytest.fixture
def hostile():
    state = a_pool()
    moves = [Migration(vm, state.placement[vm], vm) for vm in NAMES]
    return state, plan_of(state, *moves)


STUB = """#!{python} -IS
import json, sys
with open({where!r}) as file:
    at = json.load(file)
args = sys.argv[1:]
with open({log!r}, "a") as out:
    print(json.dumps(args), file=out)
if "show" in args:
    columns = [args[place + 1] for place, arg in enumerate(args) if arg == "-c"]
    said = {{"OS-EXT-SRV-ATTR:hypervisor_hostname": at[args[-1]], "locked": False, "status": "ACTIVE"}}
    print(*(said[column] for column in sorted(columns)), sep="\\n")
elif "migrate" in args:
    at[args[-1]] = next(arg for arg in args if arg.startswith("--host=")).removeprefix("--host=")
    with open({where!r}, "w") as file:
        json.dump(at, file)
elif "service" in args:
    print(next(arg for arg in args if arg.startswith("--host=")).removeprefix("--host="))
"""


class Stubbed:
    """A folder with a stub ``openstack`` on PATH that keeps who is where."""

    def __init__(self, folder: Path, placement: dict[str, str]) -> None:
        self.folder, self.log, self.where = folder, folder / "log", folder / "where"
        (folder / "bin").mkdir()
        stub = folder / "bin" / "openstack"
        stub.write_text(STUB.format(python=sys.executable, log=str(self.log), where=str(self.where)))
        stub.chmod(0o755)
        self.where.write_text(json.dumps(placement))
        self.log.touch()

    def sh(self, script: str, *args: str, name: str = "plan.sh") -> subprocess.CompletedProcess[str]:
        (self.folder / name).write_text(script)
        env = {"PATH": f"{self.folder / 'bin'}:/usr/bin:/bin", "TRIES": "1", "HOME": str(self.folder)}
        command = ["sh", name, *args]
        return subprocess.run(
            command, cwd=self.folder, env=env, capture_output=True, text=True, timeout=PATIENCE_S
        )

    @property
    def placement(self) -> dict[str, str]:
        return json.loads(self.where.read_text())

    @property
    def migrated(self) -> list[str]:
        calls = [json.loads(line) for line in self.log.read_text().splitlines()]
        return [args[-1] for args in calls if "migrate" in args]


def test_sh_carries_a_plan_of_hostile_names_out_word_for_word(hostile, tmp_path):
    state, plan = hostile
    stub = Stubbed(tmp_path, dict(state.placement))
    ran = stub.sh(shell(state, plan))
    # A command's output loses its last line ends in any shell: a host of such a name cannot be told from
    # another.
    assert ran.returncode in (0, 5), ran.stderr
    assert not list(tmp_path.rglob("pwned"))
    broken = {vm: host for vm, host in stub.placement.items() if host != vm}
    assert stub.migrated == list(NAMES)[: len(stub.migrated)]
    assert set(broken) <= set(NAMES[NAMES.index("line\nbreak\n") :])


def test_sh_carries_a_plan_of_printable_names_out_to_the_end(tmp_path):
    names = [name.strip("\n") for name in NAMES]
    state = a_pool(names)
    stub = Stubbed(tmp_path, dict(state.placement))
    ran = stub.sh(shell(state, plan_of(state, *(Migration(vm, state.placement[vm], vm) for vm in names))))
    assert (ran.returncode, ran.stderr) == (0, "")
    assert stub.placement == {vm: vm for vm in names}
    assert stub.migrated == names


def test_a_script_that_is_run_again_does_nothing_twice(tmp_path):
    state = a_pool(["a", "b", "c"])
    stub = Stubbed(tmp_path, dict(state.placement))
    script = shell(state, plan_of(state, *(Migration(vm, state.placement[vm], vm) for vm in "abc")))
    assert [stub.sh(script).returncode for _ in range(2)] == [0, 0]
    assert stub.migrated == ["a", "b", "c"]


@pytest.mark.parametrize("word", ["--help", "-n", "a", "2x"])
def test_a_script_that_is_told_to_begin_with_what_is_no_line_does_nothing(word, tmp_path):
    state = a_pool(["a", "b"])
    stub = Stubbed(tmp_path, dict(state.placement))
    ran = stub.sh(shell(state, plan_of(state, Migration("a", "b", "a"))), word)
    assert (ran.returncode, ran.stderr) == (2, "usage: sh plan.sh [LINE TO BEGIN WITH]\n")
    assert stub.migrated == []


def test_a_script_stops_at_a_vm_that_is_not_where_the_plan_found_it_and_goes_on_from_there(tmp_path):
    state = a_pool(["a", "b", "c"])
    stub = Stubbed(tmp_path, {**state.placement, "b": "elsewhere"})
    script = shell(state, plan_of(state, *(Migration(vm, state.placement[vm], vm) for vm in "abc")))
    ran = stub.sh(script)
    assert ran.returncode == 5
    assert "migrate b: a -> b" in ran.stderr
    assert "sh plan.sh 2" in ran.stderr
    assert stub.migrated == ["a"]
    assert stub.sh(script, "3").returncode == 0
    assert stub.migrated == ["a", "c"]


def test_the_command_takes_every_tool_there_is():
    assert set(export.TOOLS) == set(TOOLS)


@pytest.mark.parametrize("tool", TOOLS)
def test_every_line_of_a_script_is_one_guarded_command_that_a_terminal_can_show(hostile, tool):
    state, plan = hostile
    script = shell(state, plan, tool)
    assert all(char.isprintable() or char in "\n\t" for char in script)
    assert len([line for line in script.splitlines() if line.startswith("past ")]) == len(NAMES)
    assert script.count("\n# wave ") == len(NAMES)


@pytest.mark.parametrize("tool", TOOLS)
def test_sh_accepts_every_action_of_every_tool(tool):
    state = a_pool(["a", "b", "c"])
    ways = [Shutdown("a", "c"), Stop("b", "a"), Start("b", "c"), Migration("c", "b", "a")]
    script = shell(state, plan_of(state, *ways, Provision("a", "b")), tool)
    ran = subprocess.run(["sh", "-n"], input=script, text=True, capture_output=True, timeout=PATIENCE_S)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "by hand" in script


def test_a_stopped_vm_is_carried_from_where_it_was_stopped():
    state = a_pool(["a", "b", "c"])
    script = shell(state, plan_of(state, Stop("b", "a"), Start("b", "c")), "virsh")
    line = script.splitlines()[-1]
    assert "qemu+ssh://a/system qemu+ssh://c/system b --offline" in line
    assert "--connect qemu+ssh://c/system start" in line


def test_the_playbook_passes_the_syntax_check_and_reads_back_as_written(hostile, tmp_path):
    state, plan = hostile
    (tmp_path / "plan.yaml").write_text(ansible(state, plan))
    command = [Path(sys.executable).with_name("ansible-playbook"), "--syntax-check", "plan.yaml"]
    env = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"}
    ran = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=PATIENCE_S)
    assert ran.returncode == 0, ran.stderr

    class Loader(yaml.SafeLoader):
        """Reads what is tagged as unsafe as the text that it is."""

    Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))
    plays = yaml.load((tmp_path / "plan.yaml").read_text(), Loader)
    assert [play["name"] for play in plays] == [f"wave {n}" for n in range(1, len(NAMES) + 1)]
    argv = [play["tasks"][0]["block"][2]["ansible.builtin.command"]["argv"] for play in plays]
    assert [words[-1] for words in argv] == list(NAMES)
    assert [words[-3] for words in argv] == [f"--host={name}" for name in NAMES]


def test_a_playbook_runs_to_the_end_and_templates_no_name(tmp_path):
    names = ["{{ lookup('pipe', 'touch pwned') }}", "-rf; touch pwned"]
    state = a_pool(names)
    stub = Stubbed(tmp_path, dict(state.placement))
    plan = plan_of(state, *(Migration(vm, state.placement[vm], vm) for vm in names))
    (tmp_path / "plan.yaml").write_text(ansible(state, plan))
    command = [Path(sys.executable).with_name("ansible-playbook"), "plan.yaml"]
    env = {
        "PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin",
        "HOME": str(tmp_path),
        "LC_ALL": "C.UTF-8",
        "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
        "ANSIBLE_PIPELINING": "1",
    }
    ran = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=PATIENCE_S)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert stub.placement == {vm: vm for vm in names}
    assert not list(tmp_path.rglob("pwned"))


def test_a_graph_has_every_action_and_every_precedence(hostile):
    _, plan = hostile
    labels = re.findall(r'^  \d+ \[label="((?:[^"\\]|\\.)*)"\];$', dot(plan), re.MULTILINE)
    # Graphviz reads entities of HTML in any label.
    texts = [html.unescape(re.sub(r"\\(.)", r"\1", text)) for text in labels]
    moves = [f"{n}. migrate {vm}: {NAMES[n - 2]} -> {vm}" for n, vm in enumerate(NAMES, 1)]
    assert texts == [plain(text) for text in moves]
    arrows = [(str(n), str(n + 1)) for n in range(1, len(NAMES))]
    assert re.findall(r"^  (\d+) -> (\d+);$", dot(plan), re.MULTILINE) == arrows
    assert re.findall(r"^  a(\d+) --> a(\d+)$", mermaid(plan), re.MULTILINE) == arrows


def test_an_entity_in_a_name_is_no_entity_in_a_graph():
    state = a_pool(["&lt;", "h2"])
    text = dot(plan_of(state, Migration("&lt;", "h2", "&lt;")))
    assert 'label="1. migrate &amp;lt;: h2 -> &amp;lt;"' in text


def test_a_label_of_mermaid_holds_no_markup_and_reads_back_as_the_name(hostile):
    _, plan = hostile
    labels = re.findall(r'^  a\d+\["([^"]*)"\]$', mermaid(plan), re.MULTILINE)
    assert len(labels) == len(NAMES)
    for number, (vm, label) in enumerate(zip(NAMES, labels, strict=True), 1):
        assert not set(label) & set("<&\"'`*_[]{}\\\n")
        # Some Mermaid 11 draws "Unsupported markdown: list" for "1. text", and "link" for "www.example.com".
        assert "." not in label
        assert html.unescape(re.sub(r"#(\d+);", r"&#\1;", label)) == plain(
            f"{number}. migrate {vm}: {NAMES[number - 2]} -> {vm}"
        )


def test_the_table_reads_back_and_holds_no_formula(hostile):
    _, plan = hostile
    rows = list(csv.DictReader(io.StringIO(csv_table(plan), newline="")))
    assert [row["vm"].removeprefix("'") for row in rows] == list(NAMES)
    assert [row["after"] for row in rows] == ["", *map(str, range(1, len(NAMES)))]
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())


def test_a_file_without_a_plan_is_no_script():
    state = a_pool(["a", "b"])
    plan = msgspec.structs.replace(plan_of(state), status="infeasible")
    with pytest.raises(PlanError, match="infeasible"):
        shell(state, plan)


def test_a_plan_of_another_pool_names_what_is_missing():
    state = a_pool(["a", "b"])
    with pytest.raises(PlanError, match="'z'"):
        shell(state, plan_of(state, Migration("a", "b", "z")))


def test_openstack_is_asked_by_the_id_of_a_server():
    hosts = [Host("h1", {}), Host("h2", {})]
    state = PoolState(hosts, [VM("web (1a2b)", {}, labels={"id": "1a2b-3c"})], {"web (1a2b)": "h1"})
    script = shell(state, plan_of(state, Migration("web (1a2b)", "h1", "h2")))
    assert "--host=h2 -- 1a2b-3c" in script


def a_pool_of_services() -> PoolState:
    """Hosts whose compute services go by other names than their hypervisors."""
    hosts = [Host(f"{name}.example.org", {"ram_mib": 100}, labels={"host": name}) for name in ("c1", "c2")]
    return PoolState(hosts, [VM("a", {"ram_mib": 1})], {"a": "c1.example.org"})


@pytest.mark.parametrize("write", [shell, ansible])
def test_openstack_is_asked_for_hosts_by_their_services_and_tells_hypervisors(write):
    state, (c1, c2) = a_pool_of_services(), ("c1.example.org", "c2.example.org")
    text = write(state, plan_of(state, Migration("a", c1, c2), Stop("a", c2), Start("a", c1)))
    assert set(re.findall(r"--host=(\S+)", text)) == {"c1", "c2"}
    assert {name for name in (c1, c2) if name in text} == {c1, c2}
    steps = [Migration("a", c1, c2), Update(c1)]
    rolling = RollingPlan.of(state, steps)
    plan = PlanFile(status="optimal", cost=rolling.cost, bound=1, gap=0.0, actions=rolling.entries())
    assert "sh c1 && " in shell(state, plan)


def a_rolling_plan() -> tuple[PoolState, PlanFile]:
    """``a`` leaves h1, which is updated, and comes to it from h2, which is updated then."""
    state = PoolState(
        [Host(name, {"ram_mib": 100}) for name in ("h1", "h2")], [VM("a", {"ram_mib": 1})], {"a": "h1"}
    )
    steps = [Migration("a", "h1", "h2"), Update("h1"), Migration("a", "h2", "h1"), Update("h2")]
    plan = RollingPlan.of(state, steps)
    return state, PlanFile(status="optimal", cost=plan.cost, bound=2, gap=0.0, actions=plan.entries())


UPDATER = """#!/bin/sh
echo "$1" >> {log}
"""


class TestRolling:
    def test_a_script_stops_for_each_update_and_goes_on_behind_it(self, tmp_path):
        state, plan = a_rolling_plan()
        stub = Stubbed(tmp_path, dict(state.placement))
        script = shell(state, plan)
        ran = stub.sh(script)
        assert ran.returncode == 5
        assert ran.stderr == "now update h1, which is empty\nto go on: sh plan.sh 3\n"
        ran = stub.sh(script, "3")
        assert "now update h2" in ran.stderr
        assert stub.sh(script, "5").returncode == 0
        assert stub.placement == {"a": "h1"}

    def test_a_script_updates_by_the_command_that_is_named(self, tmp_path):
        state, plan = a_rolling_plan()
        stub = Stubbed(tmp_path, dict(state.placement))
        updater = tmp_path / "bin" / "updater"
        updater.write_text(UPDATER.format(log=tmp_path / "updated"))
        updater.chmod(0o755)
        ran = stub.sh(f"UPDATE={updater}\n" + shell(state, plan))
        assert (ran.returncode, ran.stderr) == (0, "")
        assert (tmp_path / "updated").read_text().split() == ["h1", "h2"]

    def test_a_host_that_is_not_empty_is_not_updated(self, tmp_path):
        """The stub lists a server on every host that is asked for."""
        state, plan = a_rolling_plan()
        stub = Stubbed(tmp_path, dict(state.placement))
        busy = tmp_path / "bin" / "openstack"
        busy.write_text(busy.read_text() + 'if "server" in args and "list" in args:\n    print("a-server")\n')
        ran = stub.sh(f"UPDATE=true\n{shell(state, plan)}")
        assert (ran.returncode, stub.migrated) == (5, ["a"])
        assert "stopped: update h1" in ran.stderr

    def test_a_host_that_nova_does_not_know_is_not_updated(self, tmp_path):
        """Nova lists no servers on it, whatever runs there."""
        state, plan = a_rolling_plan()
        stub = Stubbed(tmp_path, dict(state.placement))
        stranger = tmp_path / "bin" / "openstack"
        stranger.write_text(stranger.read_text().replace('elif "service" in args', 'elif "never" in args'))
        ran = stub.sh(f"UPDATE=true\n{shell(state, plan)}")
        assert (ran.returncode, stub.migrated) == (5, ["a"])
        assert "stopped: update h1" in ran.stderr

    @pytest.mark.parametrize("tool", TOOLS)
    def test_sh_accepts_the_look_of_every_tool(self, tool):
        script = shell(*a_rolling_plan(), tool)
        ran = subprocess.run(["sh", "-n"], input=script, text=True, capture_output=True, timeout=PATIENCE_S)
        assert (ran.returncode, ran.stderr) == (0, "")

    def test_a_playbook_asks_or_runs_a_command_for_each_update(self):
        plays = yaml.load(ansible(*a_rolling_plan()), Loader=yaml.SafeLoader)
        blocks = [play["tasks"][0]["block"] for play in plays]
        names = [[task["name"] for task in block] for block in blocks]
        assert names[1] == names[3] == ["is it empty", "update it", "update it by hand"]

    def test_graphs_and_tables_have_the_updates(self):
        _, plan = a_rolling_plan()
        assert "2. update h1" in dot(plan)
        assert "2#46; update h1" in mermaid(plan)
        assert "2,2,update,,,h1,,,1" in csv_table(plan)
