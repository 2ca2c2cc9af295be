"""OpenStack, asked for live migrations while a plan runs.

What nova was seen to do shapes this: it refuses at once (400) or takes a request and fails a minute later; a
server is ACTIVE and idle on its source while its migration still runs; room is given back shortly after a
migration has completed; an administrator may move what is locked. So done means: on its target, idle, and the
migration ``completed``; and locks are honoured here.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import compress
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple

from models.actions import Migration, Provision, Shutdown, Start, Stop
from planner.clouds.found import named, seen_host, seen_vm
from planner.clouds.openstack.api import NOT_BEGUN, NOVA, Api
from planner.clouds.openstack.reading import Cached, find, find_host
from planner.clouds.openstack.servers import POWER, found_vm, resource
from planner.clouds.protocol import (
    Cloud,
    CloudError,
    Phase,
    Progress,
    RefusedError,
    UnknownError,
    answer_of,
)
from planner.clouds.seen import Power, SeenMigration

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from models.actions import Action
    from models.state import PoolState
    from planner.clouds.openstack.api import Json
    from planner.clouds.protocol import Running
    from planner.clouds.seen import Seen, SeenHost, SeenVM

    Held = Mapping[str, Mapping[str, int]]
    """Resource provider -> resource class -> amount that is allocated there."""

MIGRATE = "2.30"
"""The last version at which nova checks a live migration before it answers, and says no at once."""

UNSHELVE = "2.91"
"""A server is unshelved to a host of one's choice."""

POLL_S = 2.0
"""See :class:`Cloud`."""

SETTLE_S = 15.0
"""How long a request whose answer was lost may wait in front of nova.

Once nova has it the server is busy, and is seen to be; one that comes later still is refused, since the
server moves already or is on that host.
"""

AT_A_TIME = 8
"""See :class:`Cloud`.

Nova answers a request to migrate when it has checked it with both hosts, which takes it seconds.
"""

MIB = 2**20
"""Bytes."""

ENDED = {"error", "failed", "cancelled", "accepted-error"}
"""States of a migration that has ended otherwise than well."""


RESIZE = "resize_"
"""What the tasks of a server begin with that migrates cold, until it waits for that to be confirmed."""

FRESH_S = 20.0
"""Seconds for which a look at a server tells, right before a request, that it is not locked."""


class ServerSeen(NamedTuple):
    """A look at a server.

    Parameters
    ----------
    at_s
        When, by the monotonic clock.
    server
        As nova gave it.
    migrations
        The UUIDs of all its migrations until then.
    """

    at_s: float
    server: Json
    migrations: frozenset[str]


def connect(name: str, pool: PoolState | None) -> OpenStack:  # noqa: ARG001
    """Open the cloud of that name in ``clouds.yaml``; without a name the one of ``OS_*``."""
    return OpenStack(Api(name))


class OpenStack(Cloud):
    """A cloud of nova and placement.

    Parameters
    ----------
    api
        Its requests.
    """

    def __init__(self, api: Api) -> None:
        self.api = api
        self.name = f"openstack:{api.name}" if api.name else "openstack"
        self.poll_s, self.settle_s, self.at_a_time = POLL_S, SETTLE_S, AT_A_TIME
        self._cached: Cached | None = None
        self._looks: dict[str, ServerSeen] = {}
        self._allocated: dict[str, Held] = {}
        self._over: set[str] = set()

    def observe(self) -> Seen:
        """See :class:`Cloud`; about ten requests, and one for each kind of host."""
        found, cached = find(self.api)
        seen = named(found)
        self._cached = replace(
            cached,
            host_names={host.host.labels["id"]: host.name for host in seen.hosts},
            vm_names={vm.ref: vm.name for vm in seen.vms},
        )
        return seen

    def cannot(self, action: Action) -> str:
        """See :class:`Cloud`; a VM that is stopped is to start again on a host of the plan's choice."""
        if isinstance(action, Stop) and not self.api.speaks(UNSHELVE):
            return f"it would be shelved, and this nova cannot unshelve to a host (microversion {UNSHELVE})"
        return ""

    def look(self, vm: str) -> SeenVM | None:
        """See :class:`Cloud`; three requests."""
        # The migrations first: see planner.clouds.openstack.reading.
        before, flying = self.api.history(vm)
        server, allocated = self.api.together([self._asking(vm), partial(self.api.allocation, vm)])
        if server is None:
            return None
        self._looks[vm] = ServerSeen(monotonic(), server, before)
        self._allocated[vm] = allocated
        return self._seen_vm(server, allocated, flying)

    def look_at_host(self, host: str) -> tuple[SeenHost, tuple[SeenVM, ...]] | None:
        """See :class:`Cloud`; four requests, more where it is full or something may be in flight."""
        cached = self._known()
        uuid = cached.id_of(host)
        found = None if uuid is None else find_host(self.api, uuid, cached)
        if found is None:
            return None
        machine, vms = found
        seen = (
            seen_vm(vm, cached.vm_names.get(vm.id, vm.name), self._host_names(cached, vm.host)) for vm in vms
        )
        return seen_host(machine, host), tuple(vm for vm in seen if host in (vm.host, vm.goes_to))

    def migrations(self) -> Sequence[SeenMigration]:
        """See :class:`Cloud`; live and cold ones, a request for each state that one may be in.

        Where some live ones have not begun one more is asked, and one for each cold one that was not found
        to be over: nova may have lost them, and never ends their records.
        """
        cached = self._known()
        live, cold = self.api.together([self.api.migrations, self.api.cold_migrations])
        # One that passes on from state to state meanwhile is met twice.
        found = {it["uuid"]: it for it in live}
        if any(it["status"] in NOT_BEGUN for it in found.values()):
            alive = self.api.migrating()
            is_alive = [
                it["status"] not in NOT_BEGUN or it["instance_uuid"] in alive for it in found.values()
            ]
            found = dict(compress(found.items(), is_alive))
        found |= self._resizing(cold)

        def named(node: str | None) -> str | None:
            ident = cached.context.hosts.get(node or "")
            return node or None if ident is None else cached.host_names[ident]

        return [
            SeenMigration(
                it["instance_uuid"],
                named(it["source_node"] or it["source_compute"]),
                named(it["dest_node"] or it["dest_compute"]),
            )
            for it in found.values()
        ]

    def _resizing(self, cold: Sequence[Json]) -> dict[str, Json]:
        """Give UUID -> cold migration, of those whose servers are in the middle of one."""
        asked = {it["uuid"]: it for it in cold if it["uuid"] not in self._over}
        servers = self.api.together(self._asking(it["instance_uuid"]) for it in asked.values())
        tasks = [(server or {}).get("OS-EXT-STS:task_state") or "" for server in servers]
        found = dict(compress(asked.items(), (task.startswith(RESIZE) for task in tasks)))
        self._over |= asked.keys() - found.keys()
        return found

    def start(self, action: Action) -> str:
        """See :class:`Cloud`; the handle of a live migration is its UUID, of all else what was asked for."""
        if why := self.cannot(action):
            raise RefusedError(why)
        look = self._looks.pop(action.vm, None)
        if look is None or monotonic() - look.at_s > FRESH_S:
            server, (before, _) = self.api.together(
                [self._asking(action.vm), partial(self.api.history, action.vm)]
            )
        else:
            server, before = look.server, look.migrations
        if server is None:
            raise RefusedError(f"nova has no server {action.vm}")
        if server.get("locked"):
            reason = server.get("locked_reason")
            raise RefusedError(f"it is locked{f': {reason}' if reason else ''}")
        match action:
            case Migration(_, _, destination):
                return self._migrate(server, destination, before)
            case Shutdown() | Stop():
                self._act(server, {"shelve": None}, NOVA)
                return f"shelve {action.vm}"
            case Start(_, host) | Provision(_, host):
                return self._power_on(server, host)

    def follow(self, running: Sequence[Running]) -> Mapping[str, Progress]:
        """See :class:`Cloud`; a request for each that runs, two more for each migration that has ended.

        What nova does not answer about is left out, and says nothing of the others.
        """
        heard = self._heard([partial(self._ask_of, it.action) for it in running])
        found: dict[str, Progress | None] = {}
        landed = []
        for it, answer in zip(running, heard, strict=True):
            if not isinstance(it.action, Migration):
                found[it.handle] = _told(partial(self._turn_progress, it.action), answer)
            elif isinstance(answer, CloudError):
                found[it.handle] = None
            elif flying := next((other for other in answer if other["uuid"] == it.handle), None):
                found[it.handle] = _flight(flying)
            else:
                landed.append(it)
        found |= self._ends(landed)
        return {handle: progress for handle, progress in found.items() if progress is not None}

    def abort(self, running: Running) -> None:
        """See :class:`Cloud`."""
        record = self._record(running.action.vm, running.handle)
        if record is None:
            raise RefusedError(f"nova has no migration {running.handle}")
        code, why = self.api.abort(running.action.vm, str(record["id"]))
        if 400 <= code < 500 and record["status"] in NOT_BEGUN:
            raise RefusedError(f"{why} {_if_lost(record)}")
        _judge(code, why)

    def close(self) -> None:
        """See :class:`Cloud`."""
        self.api.close()

    def _known(self) -> Cached:
        """Give what does not change from minute to minute."""
        if self._cached is None:
            self.observe()
        assert self._cached is not None
        return self._cached

    def _seen_vm(self, server: Json, allocated: Held, flying: Sequence[Json] = ()) -> SeenVM:
        cached, uuid = self._known(), server["id"]
        demand = _taken(allocated, cached.context.hosts, server.get("OS-EXT-SRV-ATTR:hypervisor_hostname"))
        migrations = {uuid: flying[-1]} if flying else {}
        vm = found_vm(server, replace(cached.context, demands={uuid: demand}, migrations=migrations))
        name = cached.vm_names.get(vm.id, vm.name)
        return seen_vm(vm, name, self._host_names(cached, vm.host))

    @staticmethod
    def _host_names(cached: Cached, host: str | None) -> Mapping[str, str]:
        """Give id -> name of hosts; of a host that has come since, what nova calls it."""
        return cached.host_names if host is None else {host: host, **cached.host_names}

    def _service(self, host: str) -> str:
        """Give the compute service of a host, which is what nova is asked by."""
        cached = self._known()
        uuid = cached.id_of(host)
        if uuid is None:
            raise RefusedError(f"nova has no host {host}")
        return cached.services[uuid]

    def _migrate(self, server: Json, destination: str, before: frozenset[str]) -> str:
        body = {"os-migrateLive": {"host": self._service(destination), "block_migration": "auto"}}
        self._act(server, body, MIGRATE)
        after = [it for it in self.api.migrations(server["id"]) if it["uuid"] not in before]
        if not after:
            raise UnknownError(f"nova took the migration of {server['name']} and shows none")
        return str(after[-1]["uuid"])

    def _power_on(self, server: Json, host: str) -> str:
        service = self._service(host)
        if server["status"] == "SHELVED_OFFLOADED":
            if not self.api.speaks(UNSHELVE):
                raise RefusedError(f"this nova cannot unshelve to a host (microversion {UNSHELVE})")
            self._act(server, {"unshelve": {"host": service}}, UNSHELVE)
        elif server["status"] == "SHUTOFF" and server["OS-EXT-SRV-ATTR:host"] == service:
            self._act(server, {"os-start": None}, NOVA)
        else:
            raise RefusedError(f"a server that is {server['status']} cannot be started on {host}")
        return f"start {server['id']}"

    def _act(self, server: Json, body: Json, version: str) -> None:
        code, why = self.api.act(server["id"], body, version)
        _judge(code, why)

    def _asking(self, vm: str) -> Callable[[], Json | None]:
        """Give the question for a server."""
        return partial(self.api.server, vm, pinned=bool(self._known().context.zones))

    def _heard(self, questions: Sequence[Callable[[], Any]]) -> list[Any]:
        """Give the answers to questions that are asked at a time, or the errors that some of them raise.

        Raises
        ------
        CloudError
            There is no answer to any of them.
        """
        heard = self.api.together(partial(answer_of, question) for question in questions)
        errors = [it for it in heard if isinstance(it, CloudError)]
        if errors and len(errors) == len(heard):
            raise errors[0]
        return heard

    def _ask_of(self, action: Action) -> Any:
        """Ask how an action stands: for the migrations of its server, or where it is none for the server."""
        if isinstance(action, Migration):
            return self.api.server_migrations(action.vm)
        return self.api.server(action.vm)

    def _turn_progress(self, action: Shutdown | Stop | Start | Provision, server: Json | None) -> Progress:
        """Say how far a server has come that is being turned off or on."""
        if server is None:
            return Progress(Phase.FAILED, why="nova has no such server any more")
        if server.get("OS-EXT-STS:task_state"):
            return Progress(Phase.RUNNING)
        if isinstance(action, Shutdown | Stop):
            return self._shelving(server)
        there = server["OS-EXT-SRV-ATTR:host"] == self._service(action.host)
        if there and server["status"] == "ACTIVE":
            return Progress(Phase.DONE)
        # Whether there is room is looked at only after the answer: a lack of it leaves all as it was.
        return _failed(server, "start", is_transient=server["status"] == "SHELVED_OFFLOADED")

    def _shelving(self, server: Json) -> Progress:
        if server["status"] == "SHELVED_OFFLOADED":
            # For a moment it says so and is on its host still.
            gone = server["OS-EXT-SRV-ATTR:host"] is None
            return Progress(Phase.DONE if gone else Phase.RUNNING)
        if server["status"] != "SHELVED":
            return _failed(server, "shelve")
        # A cloud that keeps shelved servers on their hosts for a while is asked to let go now.
        self._act(server, {"shelveOffload": None}, NOVA)
        return Progress(Phase.RUNNING)

    def _ends(self, landed: Sequence[Running]) -> dict[str, Progress | None]:
        """Say how migrations have ended that are under way no more, all asked for at a time."""
        answers = self.api.together(
            partial(answer_of, question)
            for it in landed
            for question in (
                partial(self._record, it.action.vm, it.handle),
                self._asking(it.action.vm),
                partial(self._allocation, it.action.vm),
            )
        )
        triples = zip(answers[::3], answers[1::3], answers[2::3], strict=True)
        return {
            it.handle: _told(partial(self._end, it.action), *told)
            for it, told in zip(landed, triples, strict=True)
        }

    def _allocation(self, vm: str) -> Held:
        """Give what is allocated to a server: as before it migrated, since that does not change it."""
        return self._allocated.get(vm) or self.api.allocation(vm)

    def _end(self, action: Action, record: Json | None, server: Json | None, allocated: Held) -> Progress:
        """Say how a migration has ended."""
        assert isinstance(action, Migration)
        if record is None or server is None:
            return Progress(Phase.UNKNOWN)
        if record["status"] in NOT_BEGUN and not server.get("OS-EXT-STS:task_state"):
            what = f"nova has lost the migration, and calls it {record['status']} {_since(record)}"
            return _failed(server, what, is_transient=True)
        if record["status"] not in {*ENDED, "completed"}:
            return _flight(record)
        if server.get("OS-EXT-STS:task_state"):
            return Progress(Phase.RUNNING)
        there = server["OS-EXT-SRV-ATTR:host"] == self._service(action.destination)
        is_well = POWER.get(server["status"]) in (Power.ON, Power.PAUSED)
        if record["status"] == "completed" and there and is_well:
            return Progress(Phase.DONE, seen=self._seen_vm(server, allocated))
        if record["status"] == "completed" and not there and server["status"] != "ERROR":
            # Nova says that it has arrived, and gave a server as it was before: nothing has failed by that.
            return Progress(Phase.UNKNOWN)
        failed = _failed(server, f"migration ended as {record['status']}")
        return replace(failed, seen=self._seen_vm(server, allocated))

    def _record(self, server: str, handle: str) -> Json | None:
        return next((it for it in self.api.migrations(server) if it["uuid"] == handle), None)


def _told(judge: Callable[..., Progress], *answers: Any) -> Progress | None:
    """Say by some answers what one action has come to; a refusal is its end, and no answer says nothing."""
    if any(isinstance(it, CloudError) for it in answers):
        return None
    try:
        return judge(*answers)
    except RefusedError as error:
        return Progress(Phase.FAILED, why=error.why, is_transient=error.transient)
    except CloudError:
        return None


def _taken(held: Held, hosts: Mapping[str, str], own: str | None) -> dict[str, int]:
    """Give what a server takes of the host that it is on, or else goes to.

    One that was evacuated is allocated the same on its old host too, until that comes back.
    """
    here = hosts.get(own or "", "")
    if here not in held:  # nested providers are none of a pool
        here = next((uuid for uuid in hosts.values() if uuid in held), "")
    return {resource(kind): amount for kind, amount in held.get(here, {}).items()}


def _flight(migration: Json) -> Progress:
    if migration["status"] in ("queued", "accepted"):
        return Progress(Phase.QUEUED, why=f"nova calls it {migration['status']} {_since(migration)}")
    total, left = _bytes(migration, "total"), _bytes(migration, "remaining")
    return Progress(
        Phase.RUNNING,
        share=1 - left / total if total and left is not None else None,
        copied_mib=total / MIB if total and migration.get("disk_total_bytes") else None,
    )


def _since(migration: Json) -> str:
    """Say since when a migration is what it is."""
    at = migration.get("updated_at") or migration.get("created_at")
    return f"since {at.partition('.')[0]} UTC" if at else "and does not say since when"


def _if_lost(migration: Json) -> str:
    """Say what to do about a migration that nova may have lost."""
    return (
        f"If nova-compute on {migration['source_compute']} does nothing for it any more, nova has lost it: "
        f"openstack server set --state active {migration['instance_uuid']} frees the server"
    )


def _bytes(migration: Json, which: str) -> int | None:
    """Give what there is to copy, or left of it: memory, and disks where nova copies these too."""
    memory: int | None = migration.get(f"memory_{which}_bytes")
    return None if memory is None else memory + (migration.get(f"disk_{which}_bytes") or 0)


def _failed(server: Json, what: str, *, is_transient: bool = False) -> Progress:
    fault: Any = (server.get("fault") or {}).get("message")
    where = f"it is {server['status']} on {server['OS-EXT-SRV-ATTR:hypervisor_hostname']}"
    return Progress(Phase.FAILED, why=f"{what}: {fault or where}", is_transient=is_transient)


def _judge(code: int, why: str) -> None:
    """Raise what an answer means.

    Room that is not given back yet, a task that has not quite ended, and trouble with a token may be gone in
    a moment.
    """
    if code < 300:
        return
    if code >= 500:
        raise UnknownError(f"nova says {code}: {why}")
    transient = code in (401, 413, 429) or "No valid host" in why or "task_state" in why
    raise RefusedError(why or f"nova says {code}", transient=transient)
