"""A nova for tests: started, filled with servers, told what to do, and stopped."""

from __future__ import annotations

import os
import socket
import subprocess
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING, Any

from planner.clouds.openstack.api import Api
from tests.waiting import PATIENCE_S, kill, until

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

ROOT = Path(__file__).parents[4]
PYTHON = ROOT / ".venv-nova" / "bin" / "python"
SERVER = Path(__file__).with_name("nova_server.py")
IMAGE = "155d900f-4e14-4e4c-a73d-069cbf4541e6"
"""An image of nova's own fixture."""


LOSS = "nova has lost migration"
"""What ``nova_server.py`` says where that is so."""

LAST_ERRORS = 3
"""How many of nova's errors are told with what it has lost."""

PORT_TRIES = 3
"""A port that was free may be somebody else's when nova has come to where it takes it."""


def free_ports() -> int:
    """Give a port that is free, and so is the next."""
    while True:
        with socket.socket() as one, socket.socket() as two:
            one.bind(("127.0.0.1", 0))
            port = one.getsockname()[1]
            try:
                two.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return int(port)


class Nova:
    """A running nova.

    Parameters
    ----------
    folder
        An empty folder; ``clouds.yaml`` is written there.
    hosts
        How many; they are called h0, h1, ...

    Attributes
    ----------
    is_spoilt
        It is not fit for another test.
    """

    def __init__(self, folder: Path, hosts: int) -> None:
        self.folder, self.config, self.hosts = folder, folder / "clouds.yaml", hosts
        self.is_spoilt = False
        self._start()

    def _start(self) -> None:
        log = self.folder / "nova.log"
        for _ in range(PORT_TRIES):
            if self._starts(log):
                return
            if "Address already in use" not in log.read_text():
                break
        raise RuntimeError(f"nova did not start: {log.read_text()[-2000:]}")

    def _starts(self, log: Path) -> bool:
        """Start it; False where it has ended at once, as when somebody took one of its ports meanwhile."""
        command = [str(PYTHON), "-P", str(SERVER), str(self.folder), str(self.hosts), str(free_ports())]
        self._log = log.open("w")
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            env={**os.environ, "TMPDIR": str(self.folder)},  # it leaves its databases behind
        )
        if self._answer(2 * PATIENCE_S) == "ready":  # it loads for a while
            return True
        kill(self._process)
        self._log.close()
        return False

    def connect(self) -> None:
        """Connect; ``OS_CLIENT_CONFIG_FILE`` must name ``clouds.yaml`` by now."""
        self.api = Api("test")
        flavors = self.get("/flavors/detail?is_public=None")["flavors"]
        self._flavors = {it["ram"]: it["id"] for it in flavors if ".specs" not in it["name"]}

    def _answer(self, patience_s: float = PATIENCE_S) -> str:
        """Give the next line that it says; one that says none is killed, and nothing is what it has said."""
        assert self._process.stdout is not None
        late = Timer(patience_s, self._process.kill)
        late.start()
        try:
            return self._process.stdout.readline().strip()
        finally:
            late.cancel()

    def tell(self, line: str) -> None:
        """Give an order; see ``nova_server.py``."""
        assert self._process.stdin is not None
        print(line, file=self._process.stdin, flush=True)
        answer = self._answer()
        assert answer == "ok", answer

    def get(self, path: str) -> Any:
        """Read from nova."""
        return self.api._get(self.api._nova, path, "2.79")

    def send(self, method: str, path: str, body: Any = None, version: str = "2.79") -> Any:
        """Send to nova; give what it answers."""
        answer = self.api._nova.request(path, method, json=body, microversion=version, raise_exc=False)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def act(self, server: str, body: Mapping[str, Any]) -> None:
        """Ask for an action on a server."""
        self.send("POST", f"/servers/{server}/action", body)

    def allocate(self, consumer: str, resources: Mapping[str, Mapping[str, int]]) -> None:
        """Let placement say that a consumer takes resources of hosts, by their ids; nothing: it is gone."""
        path, version = f"/allocations/{consumer}", "1.30"
        placement = self.api._placement
        held = placement.get(path, microversion=version).json()
        body = {
            "allocations": {host: {"resources": amounts} for host, amounts in resources.items()},
            "project_id": held.get("project_id", "p"),
            "user_id": held.get("user_id", "u"),
            "consumer_generation": held.get("consumer_generation"),
        }
        answer = placement.put(path, json=body, microversion=version, raise_exc=False)
        assert answer.ok, answer.text

    @contextmanager
    def overcommitting(self, host: str, resource_class: str, ratio: float) -> Iterator[None]:
        """Let placement say so much of a host, by its id, in the meantime."""
        with self.changing(host, resource_class, allocation_ratio=ratio):
            yield

    @contextmanager
    def changing(self, host: str, resource_class: str, **to: float) -> Iterator[None]:
        """Let placement say something else of a resource of a host, by its id, in the meantime."""
        before = self._change(host, resource_class, to)
        try:
            yield
        finally:
            self._change(host, resource_class, before)

    def _change(self, host: str, resource_class: str, to: Mapping[str, float]) -> dict[str, float]:
        """Change an inventory; give what it was."""
        path, version = f"/resource_providers/{host}/inventories", "1.30"
        placement = self.api._placement
        said = placement.get(path, microversion=version).json()
        before = said["inventories"][resource_class]
        generation = said["resource_provider_generation"]
        body = {**before, **to, "resource_provider_generation": generation}
        answer = placement.put(f"{path}/{resource_class}", json=body, microversion=version, raise_exc=False)
        assert answer.ok, answer.text
        return dict(before)

    def group(self, policy: str, name: str = "group") -> str:
        """Make a server group; give its id."""
        body = {"server_group": {"name": name, "policy": policy}}
        return str(self.send("POST", "/os-server-groups", body)["server_group"]["id"])

    @contextmanager
    def flavor(self, ram_mib: int, extra_specs: Mapping[str, str]) -> Iterator[str]:
        """Give the id of a flavor that asks for more than room, in the meantime."""
        body = {"flavor": {"name": "special", "ram": ram_mib, "vcpus": 1, "disk": 1}}
        flavor = str(self.send("POST", "/flavors", body)["flavor"]["id"])
        self.send("POST", f"/flavors/{flavor}/os-extra_specs", {"extra_specs": extra_specs})
        try:
            yield flavor
        finally:
            self.send("DELETE", f"/flavors/{flavor}")

    def boot(
        self,
        name: str,
        host: str,
        ram_mib: int = 512,
        *,
        flavor: str | None = None,
        group: str | None = None,
        secs: float = 0.2,
    ) -> str:
        """Boot a server on a host, without waiting for it; give its id."""
        server = {
            "name": name,
            "imageRef": IMAGE,
            "flavorRef": flavor or self._flavors[ram_mib],
            "networks": "none",
            "availability_zone": f"nova:{host}",
            "metadata": {"secs": str(secs)},
        }
        hints = {"os:scheduler_hints": {"group": group}} if group else {}
        return str(self.send("POST", "/servers", {"server": server, **hints})["server"]["id"])

    def wait_active(self, servers: Iterable[str]) -> None:
        """Wait until servers run."""
        for server in servers:
            found = until(lambda built=server: self._built(built), "a server is built", 0.2)
            assert found["status"] == "ACTIVE", found.get("fault")

    def _built(self, server: str) -> Any:
        found = self.api.server(server)
        assert found is not None
        return None if found["status"] == "BUILD" else found

    def wait_status(self, server: str, status: str) -> None:
        """Wait until a server has a status, and is idle."""

        def is_idle() -> bool:
            found = self.api.server(server)
            assert found is not None
            return (found["status"], found["OS-EXT-STS:task_state"]) == (status, None)

        until(is_idle, f"a server is {status}")

    def placement(self) -> dict[str, str]:
        """Give name of a server -> name of its host."""
        return {it["name"]: it["OS-EXT-SRV-ATTR:hypervisor_hostname"] for it in self.api.servers()}

    def migrations(self, *statuses: str) -> list[Any]:
        """Give the records of live migrations in some states, or in all."""
        found = self.api._pages("/os-migrations", "migrations", {}, "2.79")
        return [it for it in found if not statuses or it["status"] in statuses]

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Let no migration end in the meantime, so that what is seen of one in flight hangs on no clock."""
        self.tell("hold")
        try:
            yield
        finally:
            self.tell("land")

    @contextmanager
    def losing(self) -> Iterator[None]:
        """Lose the next migration that is asked for, and leave it as it is in the meantime."""
        self.tell("patience 100000")
        self.tell("lose")
        try:
            yield
        finally:
            self.tell("patience 0")
            until(lambda: self.lost, "nova has ended what it has lost")

    def send_off(self, server: str, host: str) -> None:
        """Ask for a live migration until one runs: a busy nova may take a request, and refuse it later."""
        status = ""
        while status != "running":
            before, status = len(self.api.migrations(server)), ""
            self.act(server, {"os-migrateLive": {"host": host, "block_migration": "auto"}})
            status = until(lambda first=before: self._begun(server, first), "a migration runs, or is refused")

    def _begun(self, server: str, first: int) -> str:
        status = next((it["status"] for it in self.api.migrations(server)[first:]), "")
        return status if status in ("running", "error") else ""

    def refuses(self, server: str, host: str) -> bool:
        """Ask for a live migration; tell whether nova says no at once."""
        body = {"os-migrateLive": {"host": host, "block_migration": "auto"}}
        path = f"/servers/{server}/action"
        return not self.api._nova.request(path, "POST", json=body, microversion="2.30", raise_exc=False).ok

    def settle(self) -> None:
        """Wait until nothing migrates; a server says so at once, the record comes later."""
        until(self._is_settled, "nothing migrates", 0.2)

    def _is_settled(self) -> bool:
        return not (self.api.migrations() or any(it["OS-EXT-STS:task_state"] for it in self.api.servers()))

    def tidy(self) -> None:
        """Leave it as it was found: all hosts up and enabled, and no server."""
        for host in range(self.hosts):
            self.tell(f"up h{host}")
            self.tell(f"enable h{host}")
        self.clear()

    def clear(self) -> None:
        """Leave no server behind, nor the room that placement keeps for one that is being deleted."""
        self.settle()
        for server in self.api.servers():
            self.send("DELETE", f"/servers/{server['id']}")
        until(lambda: not (self.api.servers() or self._allocated()), "all servers are gone", 0.2)
        for group in self.api.server_groups():
            self.send("DELETE", f"/os-server-groups/{group['id']}")

    def _allocated(self) -> bool:
        hosts = [it["uuid"] for it in self.api.provider_tree()]
        return any(self.api.provider("allocations", host).get("allocations") for host in hosts)

    @property
    def lost(self) -> str:
        """Say which migrations it has lost since it was started, and what it called errors before that."""
        file = self.folder / "lost"
        if not file.exists():
            return ""
        log = (self.folder / "nova.log").read_text().partition(LOSS)[0]
        errors = [line for line in log.splitlines() if line[:2] == "20"]  # lines that begin with the year
        return "; ".join(
            [*file.read_text().splitlines(), *(f"its log: {it}" for it in errors[-LAST_ERRORS:])]
        )

    def renew(self) -> None:
        """Put another in its place, of which nothing is known yet; what it wrote is kept beside."""
        self.close()
        old = self.folder / f"before{len(list(self.folder.glob('before*')))}"
        old.mkdir()
        for name in ("nova.log", "lost"):
            if (self.folder / name).exists():
                (self.folder / name).rename(old / name)
        self._start()
        self.is_spoilt = False

    def close(self) -> None:
        """Stop it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            print("quit", file=self._process.stdin, flush=True)
            self._process.wait(10)
        except (BrokenPipeError, subprocess.TimeoutExpired):
            kill(self._process)
        for file in (self._process.stdout, self._log):
            file.close()
