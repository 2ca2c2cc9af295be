"""Scripts of virsh, run against two real libvirtd."""

from __future__ import annotations

import os
import subprocess

import pytest

from models import Migration, Start, Stop
from models.plan import Plan
from models.plan_file import PlanFile
from models.pool import Pool
from planner.clouds.libvirt import read
from planner.clouds.writing import shell
from tests.planner.clouds.libvirt.pair import NAMES
from tests.waiting import PATIENCE_S

pytestmark = pytest.mark.libvirt

A, B = NAMES


@pytest.fixture
def run(pair, tmp_path):
    """Run actions as a script; give its exit code, and whether it has told a VM to turn off."""

    def run(state, *actions):
        plan = Plan.of(Pool(state, state), actions)
        file = PlanFile(status="feasible", cost=plan.cost, bound=0, gap=1.0, actions=plan.entries())
        (tmp_path / "plan.sh").write_text(shell(state, file, "virsh"))
        env = {**os.environ, "TRIES": "2", "LC_ALL": "C"}
        command = ["sh", str(tmp_path / "plan.sh")]
        ran = subprocess.run(command, env=env, capture_output=True, text=True, timeout=PATIENCE_S)
        return ran.returncode, "is being shutdown" in ran.stdout

    return run


def test_a_script_moves_a_vm_once_and_leaves_what_is_off_or_elsewhere_alone(pair, opened, run):
    cloud = opened()
    vm = pair.boot(cloud.hosts, pair.uris[0], "one")
    here, there = (cloud.hosts.at(uri) for uri in pair.uris)
    state = read(pair.uris).state
    move, back = Migration("one", A, B), Migration("one", B, A)
    here.lookupByUUIDString(vm).suspend()
    assert run(state, move) == (5, False)
    here.lookupByUUIDString(vm).resume()
    assert run(state, back) == (0, False)  # it is there
    assert [run(state, move) for _ in range(2)] == [(0, False)] * 2
    assert cloud.look(vm).host == B
    there.lookupByUUIDString(vm).destroy()
    assert run(state, back) == (5, False)
    assert cloud.look(vm).host == B


def test_a_script_does_not_turn_off_what_libvirt_would_forget(pair, opened, run):
    cloud = opened()
    vm = pair.boot(cloud.hosts, pair.uris[0], "one")
    domain = cloud.hosts.at(pair.uris[0]).lookupByUUIDString(vm)
    state = read(pair.uris).state
    xml = domain.XMLDesc()
    domain.undefine()  # it runs on, and is transient
    assert run(state, Stop("one", A)) == (5, False)
    cloud.hosts.at(pair.uris[0]).defineXML(xml)
    # The guest has no system that would obey: it is told, and waited for.
    assert run(state, Stop("one", A)) == (5, True)


@pytest.mark.parametrize("persists", [True, False])
def test_a_moved_vm_starts_with_its_host_and_persists_as_before(persists, pair, opened, run):
    cloud = opened()
    vm = pair.boot(cloud.hosts, pair.uris[0], "one")
    here, there = (cloud.hosts.at(uri) for uri in pair.uris)
    state = read(pair.uris).state
    if persists:
        here.lookupByUUIDString(vm).setAutostart(1)
    else:
        here.lookupByUUIDString(vm).undefine()
    assert run(state, Migration("one", A, B)) == (0, False)
    moved = there.lookupByUUIDString(vm)
    assert (moved.isPersistent(), moved.autostart()) == (persists, persists)
    assert run(state, Migration("one", B, A)) == (0, False)
    assert here.lookupByUUIDString(vm).autostart() == persists


def test_a_vm_that_is_off_is_carried_and_starts_with_its_new_host_as_before(pair, opened, run):
    cloud = opened()
    vm = pair.boot(cloud.hosts, pair.uris[0], "one")
    here, there = (cloud.hosts.at(uri) for uri in pair.uris)
    state = read(pair.uris).state
    here.lookupByUUIDString(vm).setAutostart(1)
    here.lookupByUUIDString(vm).destroy()
    assert [run(state, Stop("one", A), Start("one", B)) for _ in range(2)] == [(0, False)] * 2
    started = there.lookupByUUIDString(vm)
    assert (started.isActive(), started.isPersistent(), started.autostart()) == (True, True, True)
    assert vm not in [domain.UUIDString() for domain in here.listAllDomains()]


def test_a_vm_whose_memory_is_saved_is_carried_by_no_script_without_it(pair, opened, run):
    cloud = opened()
    vm = pair.boot(cloud.hosts, pair.uris[0], "one")
    domain = cloud.hosts.at(pair.uris[0]).lookupByUUIDString(vm)
    state = read(pair.uris).state
    domain.managedSave()
    try:
        assert run(state, Stop("one", A), Start("one", B)) == (5, False)
        assert (cloud.look(vm).host, domain.hasManagedSaveImage()) == (A, True)
    finally:
        domain.managedSaveRemove()
