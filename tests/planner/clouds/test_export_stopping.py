"""Scripts that stop VMs and start them: what is off does not count as started, however often they are run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from models import VM, Host, Migration, PoolState, Shutdown, Start, Stop
from models.actions import Update
from models.plan_file import PlanFile
from models.rolling_plan import RollingPlan
from planner.clouds.writing import ansible, shell
from planner.clouds.writing.tools import TOOLS
from tests.planner.clouds.fake_tools import FakeCloud
from tests.planner.clouds.hostile import NAMES
from tests.waiting import PATIENCE_S

HOSTS = ["a", "b", "c"]
CARRIED = ("virsh", "proxmox", "ganeti")
"""The tools whose stopped VMs stay on a host."""

ODD = [name for name in NAMES if "/" not in name and "\n" not in name]
"""Names that a file may have."""


def a_pool(vms: dict[str, str], hosts=HOSTS) -> PoolState:
    return PoolState(
        [Host(name, {"ram_mib": 100}) for name in hosts],
        [VM(name, {"ram_mib": 1}, offline=True) for name in vms],
        vms,
    )


def a_script(tool: str, state: PoolState, *steps, to=shell) -> str:
    plan = RollingPlan.of(state, steps)
    return to(state, PlanFile(status="optimal", cost=0, bound=0, gap=0.0, actions=plan.entries()), tool)


def play(cloud: FakeCloud) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).with_name("ansible-playbook"), "plan.yaml", "-e", "update_command=true"],
        cwd=cloud.folder,
        env=cloud.environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )


@pytest.fixture
def cloud(tmp_path):
    return FakeCloud(tmp_path, HOSTS, {"7": "a"})


@pytest.fixture
def state():
    return a_pool({"7": "a"})


@pytest.mark.parametrize("tool", TOOLS)
class TestEveryTool:
    def test_a_vm_that_is_off_on_its_host_is_started_and_carried_nowhere(self, tool, cloud, state):
        ran = cloud.sh(a_script(tool, state, Stop("7", "a"), Start("7", "a")))
        assert (ran.returncode, ran.stderr, cloud.running()) == (0, "", {"7": "a"})
        assert len(cloud.log) == 2
        assert not [line for line in cloud.log if "migrate" in line or "failover" in line]

    def test_a_vm_starts_on_another_host(self, tool, cloud, state):
        ran = cloud.sh(a_script(tool, state, Stop("7", "a"), Start("7", "b")))
        assert (ran.returncode, cloud.running()) == (0, {"7": "b"}), ran.stderr
        assert len(cloud.log) == 2 + (tool in CARRIED)

    def test_a_host_where_a_stopped_vm_is_left_is_empty(self, tool, cloud, state):
        ran = cloud.sh(a_script(tool, state, Stop("7", "a"), Update("a"), Start("7", "a")))
        assert (ran.returncode, cloud.running()) == (0, {"7": "a"}), ran.stderr

    def test_a_host_where_another_vm_runs_is_not_empty(self, tool, cloud, state):
        cloud.put("8", "a")
        ran = cloud.sh(a_script(tool, state, Stop("7", "a"), Update("a"), Start("7", "a")))
        assert (ran.returncode, cloud.running()) == (5, {"8": "a"})
        assert "stopped: update a" in ran.stderr

    def test_a_host_that_cannot_be_asked_is_not_empty(self, tool, cloud):
        (cloud.folder / "unreachable").touch()
        ran = cloud.sh(a_script(tool, a_pool({}), Update("a")))
        assert ran.returncode == 5
        assert "stopped: update a" in ran.stderr

    @pytest.mark.parametrize("target", ["a", "b"])
    def test_a_script_that_is_killed_anywhere_is_run_again_to_the_end(self, tool, target, tmp_path, state):
        script = a_script(tool, state, Stop("7", "a"), Update("a"), Start("7", target))
        changes = 2 + (tool in CARRIED and target == "b")
        for place, moment in enumerate(
            f"{n} {when}" for n in range(1, changes + 1) for when in ("before", "after")
        ):
            (tmp_path / str(place)).mkdir()
            cloud = FakeCloud(tmp_path / str(place), HOSTS, {"7": "a"})
            assert cloud.sh(script, die=moment).returncode == -9
            ran = cloud.sh(script)
            assert (ran.returncode, cloud.running()) == (0, {"7": target}), (moment, ran.stderr)
            if target == "b":
                assert len(cloud.log) == changes, moment

    def test_a_script_that_is_run_again_leaves_a_vm_that_has_gone_on_alone(self, tool, cloud, state):
        steps = Migration("7", "a", "b"), Stop("7", "b"), Start("7", "c")
        script = a_script(tool, state, *steps)
        assert [cloud.sh(script).returncode for _ in range(2)] == [0, 0]
        assert cloud.running() == {"7": "c"}
        assert len(cloud.log) == 3 + (tool in CARRIED)

    def test_a_migration_that_is_killed_is_run_again_to_the_end(self, tool, tmp_path, state):
        script = a_script(tool, state, Migration("7", "a", "b"), Migration("7", "b", "c"))
        for place, moment in enumerate(("1 before", "1 after", "2 before", "2 after")):
            (tmp_path / str(place)).mkdir()
            cloud = FakeCloud(tmp_path / str(place), HOSTS, {"7": "a"})
            assert cloud.sh(script, die=moment).returncode == -9
            ran = cloud.sh(script)
            assert (ran.returncode, cloud.running()) == (0, {"7": "c"}), (moment, ran.stderr)
            assert len(cloud.log) == 2

    def test_odd_names_are_names_in_every_command(self, tool, tmp_path):
        cloud = FakeCloud(tmp_path, ODD, {name: ODD[place - 1] for place, name in enumerate(ODD)})
        placement = cloud.running()
        pairs = [(Stop(vm, host), Update(host), Start(vm, vm)) for vm, host in placement.items()]
        apart = [step for stop, _, start in pairs for step in (stop, start)]
        ran = cloud.sh(a_script(tool, a_pool(placement, ODD), *apart))
        assert (ran.returncode, cloud.running()) == (0, {name: name for name in ODD}), ran.stderr
        updates = a_script(tool, a_pool({}, ODD), *(Update(host) for host in ODD))
        for name in ODD:
            (cloud.folder / "is" / name).write_text("off\n")
        assert cloud.sh(updates).returncode == 0
        assert not list(tmp_path.rglob("pwned"))


@pytest.mark.parametrize("tool", CARRIED)
class TestCarrying:
    def test_a_vm_that_somebody_has_started_is_not_carried(self, tool, cloud, state):
        ran = cloud.sh(a_script(tool, state, Stop("7", "a"), Start("7", "b")), "2")
        assert (ran.returncode, cloud.log, cloud.running()) == (5, [], {"7": "a"})
        assert "stopped: start 7 on b" in ran.stderr


class TestOpenStack:
    STOPPING = (Migration("7", "a", "b"), Stop("7", "b"), Start("7", "c"))

    def test_a_plan_with_stops_is_not_begun_on_a_nova_that_unshelves_to_no_host_of_ones_choice(
        self, cloud, state
    ):
        (cloud.folder / "nova").write_text("90\n")
        for to_begin in ("1", "3"):
            ran = cloud.sh(a_script("openstack", state, *self.STOPPING), to_begin)
            assert (ran.returncode, cloud.log, cloud.running()) == (5, [], {"7": "a"})
            assert "only at microversion 2.91 (Zed)" in ran.stderr
            assert f"sh plan.sh {to_begin}" in ran.stderr

    def test_migrations_and_shutdowns_need_no_such_nova(self, cloud, state):
        (cloud.folder / "nova").write_text("79\n")
        ran = cloud.sh(a_script("openstack", state, Migration("7", "a", "b"), Shutdown("7", "b")))
        assert (ran.returncode, cloud.running()) == (0, {}), ran.stderr

    @pytest.mark.parametrize("done", range(3))
    def test_a_server_that_is_locked_is_not_touched(self, done, cloud, state):
        """Locked before the first, the second or the third of its steps."""
        script = a_script("openstack", state, *self.STOPPING)
        if done:
            assert cloud.sh(script, die=f"{done} after").returncode == -9
        (cloud.folder / "locked" / "7").touch()
        ran = cloud.sh(script)
        assert (ran.returncode, len(cloud.log)) == (5, done)
        (cloud.folder / "locked" / "7").unlink()
        assert (cloud.sh(script).returncode, cloud.running()) == (0, {"7": "c"})

    def test_one_that_is_locked_where_it_shall_be_is_done(self, cloud, state):
        script = a_script("openstack", state, Migration("7", "a", "b"))
        cloud.put("7", "b")
        (cloud.folder / "locked" / "7").touch()
        assert (cloud.sh(script).returncode, cloud.log) == (0, [])

    @pytest.mark.parametrize("trouble", ["old", "locked"])
    def test_nor_does_a_playbook_touch_it_or_begin(self, trouble, cloud, state):
        (cloud.folder / "plan.yaml").write_text(a_script("openstack", state, *self.STOPPING, to=ansible))
        if trouble == "old":
            (cloud.folder / "nova").write_text("90\n")
        else:
            (cloud.folder / "locked" / "7").touch()
        ran = play(cloud)
        assert (ran.returncode, cloud.log) == (2, [])


def test_a_playbook_carries_and_starts_and_does_nothing_twice(cloud, state):
    text = a_script("proxmox", state, Stop("7", "a"), Update("a"), Start("7", "b"), to=ansible)
    (cloud.folder / "plan.yaml").write_text(cloud.here(text))
    for _ in range(2):
        ran = play(cloud)
        assert (ran.returncode, cloud.running()) == (0, {"7": "b"}), ran.stdout + ran.stderr
    assert len(cloud.log) == 3


def test_a_script_that_is_interrupted_names_the_line_to_go_on_from(cloud, state):
    """From its beginning it would do all of it again: the VM is where it was."""
    script = a_script("ganeti", state, Stop("7", "a"), Update("a"), Start("7", "a"), Migration("7", "a", "b"))
    ran = cloud.sh(script, die="2 asked")
    assert (ran.returncode, ran.stderr) == (5, "stopped: interrupted\nto go on: sh plan.sh 3\n")
    assert cloud.sh(script, "3").returncode == 0
    assert (cloud.running(), len(cloud.log)) == ({"7": "b"}, 3)


def test_what_libvirt_still_knows_on_another_host_does_not_count_as_carried(cloud, state):
    """Whoever migrates without ``--undefinesource`` leaves such a domain, shut off."""
    cloud.define("7", "b")
    ran = cloud.sh(a_script("virsh", state, Stop("7", "a"), Start("7", "b")))
    assert (ran.returncode, cloud.running(), len(cloud.log)) == (0, {"7": "b"}, 3), ran.stderr


def test_virsh_that_speaks_the_language_of_whoever_asks_is_understood(cloud, state):
    steps = (Migration("7", "a", "b"), Stop("7", "b"), Start("7", "c"))
    asked = ["virsh", "--connect", "qemu+ssh://a/system", "domstate", "--domain=7"]
    environment = {**cloud.environment(), "LC_ALL": "de_DE.UTF-8"}
    ran = subprocess.run(asked, env=environment, capture_output=True, text=True, timeout=PATIENCE_S)
    assert ran.stdout.split() == ["laufend"]
    for _ in range(2):
        ran = cloud.sh(a_script("virsh", state, *steps))
        assert (ran.returncode, cloud.running(), len(cloud.log)) == (0, {"7": "c"}, 4), ran.stderr
    cloud.put("7", "a")
    (cloud.folder / "plan.yaml").write_text(a_script("virsh", state, Migration("7", "a", "b"), to=ansible))
    ran = play(cloud)
    assert (ran.returncode, cloud.running()) == (0, {"7": "b"}), ran.stdout + ran.stderr


def test_an_instance_that_ganeti_has_marked_down_and_that_runs_is_shut_down(cloud, state):
    cloud.put("7", "a", "ERROR_up")
    ran = cloud.sh(a_script("ganeti", state, Stop("7", "a"), Update("a"), Start("7", "a")))
    assert (ran.returncode, cloud.running(), len(cloud.log)) == (0, {"7": "a"}, 2), ran.stderr


def test_an_instance_that_failed_to_start_is_started_by_the_same_line(cloud, state):
    cloud.put("7", "b", "ERROR_down")
    ran = cloud.sh(a_script("ganeti", state, Stop("7", "a"), Start("7", "b")), "2")
    assert (ran.returncode, cloud.running(), len(cloud.log)) == (0, {"7": "b"}, 1), ran.stderr


def test_containers_of_proxmox_are_asked_as_such():
    hosts = [Host("a", {}), Host("b", {})]
    state = PoolState(hosts, [VM("box", {}, offline=True, labels={"id": "lxc/101"})], {"box": "a"})
    script = a_script("proxmox", state, Stop("box", "a"), Start("box", "b"))
    assert "pvesh create /nodes/a/lxc/101/status/shutdown" in script
    assert "/etc/pve/nodes/b/lxc/101.conf" in script
