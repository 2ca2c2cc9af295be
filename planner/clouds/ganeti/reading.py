"""A cluster of Ganeti, read through its remote API: five requests, however large it is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from planner.clouds.found import FoundHost, FoundVM, SourceFound, named
from planner.clouds.ganeti.api import PENDING, Rapi
from planner.clouds.ganeti.instances import (
    DRBD,
    apart,
    fixed,
    group_trait,
    mirror_trait,
    requires,
    with_spare,
)
from planner.clouds.imported import Imported, imported
from planner.clouds.protocol import UnknownError
from planner.clouds.seen import Power

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from planner.clouds.ganeti.api import Json

CLOSED = ("offline", "drained")

JOBS, INSTANCES = "/2/jobs?bulk=1", "/2/instances?bulk=1"

LIVE = "OP_INSTANCE_MIGRATE"
"""What copies memory from node to node; a failover starts an instance anew."""

MIGRATE = (LIVE, "OP_INSTANCE_FAILOVER")

ASKED_FOR = (*MIGRATE, "OP_INSTANCE_SHUTDOWN", "OP_INSTANCE_STARTUP")
"""What a run asks for; any other job on an instance is somebody else's."""


def read(url: str, *, stopped: bool = True) -> Imported:
    """Read a cluster as a pool.

    Parameters
    ----------
    url
        Of its remote API.

    Raises
    ------
    CloudError
        It cannot be read.
    """
    api = Rapi(url)
    try:
        found, _ = find(api)
        hosts = [replace(host, reserved=with_spare(host.reserved)) for host in found.hosts]
        return imported(named(replace(found, hosts=hosts)), stopped=stopped)
    finally:
        api.close()


def find(api: Rapi) -> tuple[SourceFound, dict[str, str]]:
    """Ask for everything; give it, and node -> name of its group."""
    info, groups = _some(api, "/2/info"), _some(api, "/2/groups?bulk=1")
    # Jobs before instances: one that ends in between is then seen as running, never as idle too early.
    jobs = jobs_by_instance(_some(api, JOBS))
    nodes, instances = _some(api, "/2/nodes?bulk=1"), _some(api, INSTANCES)
    group_names = {group["uuid"]: group["name"] for group in groups}
    group_of = {node["name"]: group_names.get(node["group.uuid"], node["group.uuid"]) for node in nodes}
    ratio = float(info["ipolicy"]["vcpu-ratio"])
    mirrored = any(it["disk_template"] == "drbd" for it in instances)
    found = SourceFound(
        [_host(node, group_of, instances, ratio) for node in nodes],
        [found_vm(it, group_of.get(it["pnode"], ""), jobs) for it in instances],
        apart(info["tags"], ((it["name"], it["tags"]) for it in instances)),
        (DRBD,) if mirrored else (),
    )
    return found, group_of


def _some(api: Rapi, path: str) -> Any:
    answer = api.get(path)
    if answer is None:
        raise UnknownError(f"{api.url}{path}: not found; is this Ganeti's remote API?")
    return answer


def jobs_by_instance(jobs: Sequence[Json]) -> dict[str, tuple[Json, Json]]:
    """Give instance -> the job that works on it and has not ended, and the operation.

    Of several it is the first, or the first that takes the instance elsewhere: what waits behind that, in the
    same job or in another, must not hide where it goes.
    """
    found: dict[str, tuple[Json, Json]] = {}
    for job in jobs:
        if job["status"] not in PENDING:
            continue
        states = job.get("opstatus") or [job["status"]] * len(job["ops"])
        for op, status in zip(job["ops"], states, strict=True):
            name = op.get("instance_name")
            if not name or status not in PENDING:
                continue
            if name not in found or (moves(op) and not moves(found[name][1])):
                found[str(name)] = job, op
    return found


def moves(op: Json) -> bool:
    """Tell whether an operation takes its instance to another node."""
    return op.get("OP_ID") in MIGRATE


def moving_to(jobs: Sequence[Json]) -> dict[str, str | None]:
    """Give instance -> the node that a job migrates it to, or will; None where the job does not say."""
    working = jobs_by_instance(jobs)
    return {name: op.get("target_node") for name, (_, op) in working.items() if op.get("OP_ID") == LIVE}


def mirror_of(instance: Json) -> str | None:
    """Give the other node of an instance with mirrored disks, the only one that it migrates to."""
    return next(iter(instance["snodes"]), None)


def _host(node: Json, group_of: Mapping[str, str], instances: Sequence[Json], ratio: float) -> FoundHost:
    name = node["name"]
    closed = [word for word in CLOSED if node[word]]
    closed += [] if node.get("vm_capable", True) else ["not vm_capable"]
    # Of a node that does not answer nothing is known: it has no room.
    known = {key: int(node[key]) for key in ("mtotal", "mnode", "ctotal") if node.get(key) is not None}
    if "mtotal" not in known and not closed:
        closed.append("its amounts are not known")
    mirrors = (
        it["name"]
        for it in instances
        if it["disk_template"] == "drbd" and name in (it["pnode"], *it["snodes"])
    )
    return FoundHost(
        name,
        name,
        {"ram_mib": known.get("mtotal", 0), "vcpus": known.get("ctotal", 0)},
        reserved={"ram_mib": min(known.get("mnode", 0), known.get("mtotal", 0))},
        overcommit={"vcpus": ratio},
        traits=[group_trait(group_of[name]), *map(mirror_trait, mirrors)],
        closed=tuple(closed),
        up=not node["offline"],
    )


def found_vm(instance: Json, group: str, jobs: Mapping[str, tuple[Json, Json]]) -> FoundVM:
    """Give an instance as it is now."""
    name, status, template = instance["name"], instance["status"], instance["disk_template"]
    parameters = instance["beparams"]
    job, op = jobs.get(name, ({}, {}))
    target = op.get("target_node") or mirror_of(instance)
    return FoundVM(
        # Ganeti asks by name; its UUIDs are for people.
        name,
        name,
        instance["pnode"],
        {
            "ram_mib": int(parameters.get("maxmem", parameters.get("memory", 0))),
            "vcpus": int(parameters["vcpus"]),
        },
        requires=requires(name, template, group),
        fixed=fixed(template, fails_over=bool(parameters.get("always_failover"))),
        power=_power(status),
        state="" if _power(status) is Power.ON else status,
        busy=f"job {job['id']} ({op.get('OP_ID')})" if job else "",
        goes_to=target if moves(op) else None,
        handle=str(job["id"]) if op.get("OP_ID") in ASKED_FOR else None,
        labels=dict(_labels(instance)),
    )


def _power(status: str) -> Power:
    """Give whether an instance runs; Ganeti has no word for one that is paused in its hypervisor."""
    if status == "running":
        return Power.ON
    return Power.OFF if status in ("ADMIN_down", "ADMIN_offline", "USER_down") else Power.OTHER


def _labels(instance: Json) -> Iterator[tuple[str, str]]:
    yield "uuid", instance["uuid"]
    yield "template", instance["disk_template"]
    if instance["tags"]:
        yield "tags", ",".join(instance["tags"])
