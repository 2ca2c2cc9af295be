"""A real Ganeti of three virtual nodes, and what this process needs to talk to it."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.waiting import PATIENCE_S, kill

if TYPE_CHECKING:
    from collections.abc import Iterator

SCRIPT = Path(__file__).with_name("cluster.sh")
SETUP = Path("/usr/lib/ganeti/tools/vcluster-setup")
URL = "https://192.0.2.10:5080"
USER, PASSWORD = "planner", "right-password"
UP_S = 180
NEW_NETWORK = 0x40000000
"""CLONE_NEWNET of setns(2)."""


def why_not() -> str:
    """Say why no such cluster can be run here; nothing where it can."""
    missing = [name for name in ("sshd", "unshare", "ip") if shutil.which(name, path=_PATH) is None]
    missing += [] if SETUP.exists() else ["ganeti-3.0 with vcluster-setup"]
    if missing:
        return f"a cluster of Ganeti needs {', '.join(missing)}"
    probe = ["unshare", "-m", "--uts", "-n", "--pid", "--fork", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    if os.geteuid() != 0 or subprocess.run(probe, capture_output=True, timeout=PATIENCE_S).returncode:
        return "a cluster of Ganeti needs root with CAP_SYS_ADMIN"
    return ""


_PATH = os.environ.get("PATH", "") + os.pathsep + "/usr/sbin"


class Cluster:
    """A running cluster.

    Parameters
    ----------
    folder
        An empty folder with a short path: UNIX sockets are in it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.certificate = folder, folder / "rapi.pem"
        spaces = ["unshare", "-m", "--uts", "-n", "--pid", "--fork", "--kill-child=KILL"]
        with (folder / "log").open("w") as log:
            self._process = subprocess.Popen(
                [*spaces, "sh", str(SCRIPT), str(folder)], stdout=log, stderr=log
            )
        deadline = time.monotonic() + UP_S
        while not (folder / "ready").exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"Ganeti did not start: {(folder / 'log').read_text()[-2000:]}")
            time.sleep(0.2)

    @property
    def _init(self) -> int:
        pid = self._process.pid
        return int(Path(f"/proc/{pid}/task/{pid}/children").read_text())

    @contextmanager
    def network(self) -> Iterator[None]:
        """Let this thread, and what it starts, be in the network of the cluster."""
        setns = ctypes.CDLL(None, use_errno=True).setns
        with (
            Path("/proc/thread-self/ns/net").open() as ours,
            Path(f"/proc/{self._init}/ns/net").open() as its,
        ):
            assert setns(its.fileno(), NEW_NETWORK) == 0, os.strerror(ctypes.get_errno())
            try:
                yield
            finally:
                setns(ours.fileno(), NEW_NETWORK)

    def run(self, *command: str) -> str:
        """Run a command of Ganeti's on its master; give what it prints."""
        inside = ["nsenter", "-t", str(self._init), "-m", "-u", "-n", "-p"]
        line = [*inside, str(self.folder / "cluster" / "node1" / "cmd"), *command]
        done = subprocess.run(
            line, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=PATIENCE_S
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def close(self) -> None:
        """End it and all that it runs."""
        kill(self._process)


def an_instance(name: str, node: str, ram_mib: int) -> dict[str, Any]:
    """Give the body of the request that makes and starts an instance without disks."""
    return {
        "__version__": 1,
        "mode": "create",
        "instance_name": name,
        "disk_template": "diskless",
        "disks": [],
        "nics": [],
        "os_type": "noop+default",
        "pnode": node,
        "ip_check": False,
        "name_check": False,
        "conflicts_check": False,
        "beparams": {"minmem": ram_mib, "maxmem": ram_mib, "vcpus": 1},
    }
