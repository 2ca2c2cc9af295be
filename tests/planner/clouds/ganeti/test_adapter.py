"""Ganeti's jobs as a run follows them, made up where a cluster is seldom seen to do so."""

from __future__ import annotations

import pytest

from models import Migration, Start
from planner.clouds.ganeti.adapter import Ganeti, connect
from planner.clouds.ganeti.instances import FAILS_OVER
from planner.clouds.ganeti.reading import found_vm, jobs_by_instance, moving_to
from planner.clouds.protocol import CloudError, Phase, RefusedError, Running
from planner.clouds.seen import SeenMigration

INSTANCE = {
    "name": "one",
    "uuid": "1",
    "status": "running",
    "disk_template": "diskless",
    "beparams": {"memory": 1, "vcpus": 1},
    "pnode": "node1",
    "snodes": [],
    "tags": [],
}


def test_a_cluster_without_a_url_is_told_where_one_goes():
    with pytest.raises(CloudError, match="behind a colon, such as ganeti:https://cluster:5080"):
        connect("", None)


@pytest.mark.parametrize(
    ("operation", "handle"),
    [
        ("OP_INSTANCE_SHUTDOWN", "99"),
        ("OP_INSTANCE_STARTUP", "99"),
        ("OP_INSTANCE_MIGRATE", "99"),
        ("OP_BACKUP_EXPORT", None),
    ],
)
def test_a_job_has_a_handle_only_where_a_run_may_have_asked_for_it(operation, handle):
    job = {"id": 99, "status": "running", "ops": [{"OP_ID": operation, "instance_name": "one"}]}
    seen = found_vm(INSTANCE, "default", jobs_by_instance([job]))
    assert (seen.busy, seen.handle) == (f"job 99 ({operation})", handle)


MOVING = {"OP_ID": "OP_INSTANCE_MIGRATE", "instance_name": "one", "target_node": "node2"}
TAGGING, MIRRORING = (
    {"OP_ID": f"OP_{it}", "instance_name": "one"} for it in ("TAGS_SET", "INSTANCE_REPLACE_DISKS")
)


@pytest.mark.parametrize(
    "jobs",
    [
        [
            {"id": 7, "status": "running", "ops": [MOVING], "opstatus": ["running"]},
            {"id": 8, "status": "waiting", "ops": [TAGGING], "opstatus": ["waiting"]},
        ],
        [{"id": 7, "status": "running", "ops": [MOVING, MIRRORING], "opstatus": ["running", "queued"]}],
    ],
)
def test_what_waits_behind_a_migration_does_not_hide_where_that_goes(jobs):
    """A migration and the replacing of disks that follows it are one job of hbal."""
    seen = found_vm(INSTANCE, "default", jobs_by_instance(jobs))
    assert (seen.busy, seen.goes_to, seen.handle) == ("job 7 (OP_INSTANCE_MIGRATE)", "node2", "7")
    assert moving_to(jobs) == {"one": "node2"}


def test_an_operation_that_has_ended_moves_nothing_though_its_job_goes_on():
    job = {"id": 7, "status": "running", "ops": [MOVING, MIRRORING], "opstatus": ["success", "running"]}
    seen = found_vm({**INSTANCE, "pnode": "node2"}, "default", jobs_by_instance([job]))
    assert (seen.busy, seen.goes_to, seen.handle) == ("job 7 (OP_INSTANCE_REPLACE_DISKS)", None, None)
    assert moving_to([job]) == {}


def test_an_instance_that_a_migration_would_restart_is_not_movable_and_not_asked_for():
    """As Ganeti does with one whose beparam always_failover is set; a file of htools does not tell."""
    cluster = Cluster()
    cluster.one = {**INSTANCE, "beparams": {**INSTANCE["beparams"], "always_failover": True}}
    (vm,) = Ganeti(cluster).observe().vms
    assert (vm.vm.movable, vm.vm.labels["why"]) == (False, FAILS_OVER)
    with pytest.raises(RefusedError, match="would restart it"):
        Ganeti(cluster).start(Migration("one", "node1", "node2"))
    assert cluster.jobs == []


class Cluster:
    """Stands in for the remote API: instance one is off on node1, and a job does what a test lets it do."""

    url = "https://cluster:5080"

    def __init__(self):
        self.one = {**INSTANCE, "status": "ADMIN_down"}
        self.jobs, self.refuses = [], {}

    def get(self, path):
        nodes = [
            {"name": name, "group.uuid": "g", "offline": False, "drained": False}
            for name in ("node1", "node2")
        ]
        return {
            "/2/info": {"tags": [], "ipolicy": {"vcpu-ratio": 4}},
            "/2/groups?bulk=1": [{"uuid": "g", "name": "default"}],
            "/2/nodes?bulk=1": nodes,
            "/2/instances?bulk=1": [self.one],
            "/2/jobs?bulk=1": self.jobs,
            "/2/instances/one": self.one,
            **{f"/2/jobs/{job['id']}": job for job in self.jobs},
        }.get(path)

    def ask(self, method, path, body=None):
        does = path.rpartition("/")[2]
        if method == "DELETE":
            return [True, f"job {does} canceled"]
        if does in self.refuses:
            raise self.refuses[does]
        operation = {"OP_ID": f"OP_INSTANCE_{does.upper()}", "instance_name": "one", **(body or {})}
        self.jobs.append({"id": len(self.jobs) + 1, "status": "waiting", "ops": [operation]})
        return len(self.jobs)

    @property
    def asked(self):
        return [job["ops"][0]["OP_ID"] for job in self.jobs]

    def carried(self):
        self.jobs[0]["status"], self.one["pnode"] = "success", "node2"

    def started(self):
        self.jobs[1]["status"], self.one["status"] = "success", "running"


START = Start("one", "node2")


def phase_of(cloud):
    return cloud.follow([Running(START, "1")])["1"].phase


def test_a_start_on_another_node_waits_for_no_job_and_is_followed():
    cluster = Cluster()
    cloud = Ganeti(cluster)
    assert cloud.start(START) == "1"
    assert phase_of(cloud) is Phase.QUEUED
    assert cluster.asked == ["OP_INSTANCE_FAILOVER"]
    cluster.carried()
    assert [phase_of(cloud), phase_of(cloud)] == [Phase.RUNNING, Phase.QUEUED]
    cluster.started()
    assert phase_of(cloud) is Phase.DONE
    assert cluster.asked == ["OP_INSTANCE_FAILOVER", "OP_INSTANCE_STARTUP"]


def test_a_start_that_fails_on_the_other_node_has_failed_and_is_not_asked_for_again():
    cluster = Cluster()
    cloud = Ganeti(cluster)
    cloud.start(START)
    cluster.carried()
    phase_of(cloud)
    cluster.jobs[1]["status"] = "error"
    assert [phase_of(cloud), phase_of(cloud)] == [Phase.FAILED, Phase.FAILED]
    assert len(cluster.asked) == 2


def test_a_start_that_is_refused_on_the_other_node_has_failed_alone():
    cluster = Cluster()
    cluster.refuses["startup"] = RefusedError("the queue is drained", transient=True)
    cloud = Ganeti(cluster)
    cloud.start(START)
    cluster.carried()
    told = cloud.follow([Running(START, "1")])["1"]
    assert (told.phase, told.why, told.is_transient) == (Phase.FAILED, "the queue is drained", True)


@pytest.mark.parametrize("comes_to", ["carried", "starting", "started"])
def test_another_process_goes_on_with_a_start_on_another_node(comes_to):
    cluster = Cluster()
    first = Ganeti(cluster)
    first.start(START)
    cluster.carried()
    if comes_to != "carried":
        phase_of(first)
    if comes_to == "started":
        cluster.started()
    assert phase_of(Ganeti(cluster)) is (Phase.DONE if comes_to == "started" else Phase.RUNNING)
    assert cluster.asked == ["OP_INSTANCE_FAILOVER", "OP_INSTANCE_STARTUP"]


@pytest.mark.parametrize(
    ("operation", "snodes", "seen"),
    [
        ({"OP_ID": "OP_INSTANCE_MIGRATE", "target_node": "node2"}, [], ("node1", "node2")),
        ({"OP_ID": "OP_INSTANCE_MIGRATE"}, ["node3"], ("node1", "node3")),
        ({"OP_ID": "OP_INSTANCE_MIGRATE"}, [], ("node1", None)),
        ({"OP_ID": "OP_INSTANCE_FAILOVER", "target_node": "node2"}, [], None),
        ({"OP_ID": "OP_INSTANCE_STARTUP"}, [], None),
    ],
)
@pytest.mark.parametrize("status", ["waiting", "running", "success"])
def test_every_job_that_migrates_is_seen_be_it_that_it_waits(operation, snodes, seen, status):
    """An instance with mirrored disks goes to the other node of its disks, which nobody says."""
    api = Cluster()
    api.one["snodes"] = snodes
    api.jobs = [{"id": 7, "status": status, "ops": [{"instance_name": "one", **operation}]}]
    expected = () if seen is None or status == "success" else (SeenMigration("one", *seen),)
    assert Ganeti(api).migrations() == expected


def test_one_that_is_gone_since_its_job_was_listed_migrates_no_more():
    api = Cluster()
    operation = {"OP_ID": "OP_INSTANCE_MIGRATE", "instance_name": "gone", "target_node": "node2"}
    api.jobs = [{"id": 7, "status": "running", "ops": [operation]}]
    assert Ganeti(api).migrations() == ()
