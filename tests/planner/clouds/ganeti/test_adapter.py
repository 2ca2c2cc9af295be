"""Ganeti's jobs as a run follows them, made up where a cluster is seldom seen to do so."""

from __future__ import annotations

import pytest

from planner.clouds.ganeti.reading import found_vm, jobs_by_instance

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
