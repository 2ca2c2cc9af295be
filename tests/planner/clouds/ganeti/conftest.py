"""A Ganeti to talk to: what a real one said, or with ``GANETI=1`` a real one, whose answers are then kept.

``GANETI=1 make test PYTEST_ARGS="-n 0 tests/planner/clouds/ganeti"`` makes a cluster of three nodes (which
takes a minute, root and Debian's ganeti), holds the same tests against it, and records what is said again
without it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from planner.clouds.ganeti import connect
from planner.execution.clock import FakeClock, WallClock
from tests.planner.clouds.ganeti.cluster import PASSWORD, URL, USER, Cluster, an_instance, why_not
from tests.planner.clouds.ganeti.transcript import Transcript
from tests.waiting import until

RECORDED = Path(__file__).with_name("recorded")
IS_REAL = os.environ.get("GANETI") == "1"
INSTANCES = {"one": ("node1", 256), "two": ("node1", 512), "three": ("node2", 256), "four": ("node3", 256)}


@pytest.fixture(scope="session")
def cluster():
    """Start a cluster; None where a recorded one will do."""
    if not IS_REAL:
        yield None
        return
    if why := why_not():
        pytest.fail(why)
    folder = Path(tempfile.mkdtemp(prefix="gnt-"))
    folder.chmod(0o755)  # its daemons are users of their own
    made = Cluster(folder)
    yield made
    made.close()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def ganeti(cluster, request, monkeypatch):
    """Give a cluster with the four of ``INSTANCES``, commands on its master (``run``), and a clock."""
    monkeypatch.setenv("GANETI_RAPI_USER", USER)
    monkeypatch.setenv("GANETI_RAPI_PASSWORD", PASSWORD)
    monkeypatch.delenv("GANETI_RAPI_CERT", raising=False)
    path = RECORDED / f"{request.node.name.removeprefix('test_')}.json"
    with ExitStack() as held:
        yield (Recorded if cluster is None else Real)(cluster, path, monkeypatch, held)


class Recorded:
    """What a real cluster said."""

    def __init__(self, _cluster, path, monkeypatch, held):
        transcript = Transcript.read(path)
        monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", lambda _, it, **__: transcript.answer(it))
        held.callback(lambda: self._is_through(transcript))
        self.clock = FakeClock()

    @staticmethod
    def _is_through(transcript):
        assert transcript.said == len(transcript.exchanges), "more was asked when this was recorded"

    def run(self, *_command):
        """It has been run."""

    def add(self, _name, _node, _ram_mib):
        """It has been added."""

    def sleep(self, _seconds):
        """They have passed."""


class Real:
    """A cluster that is really there."""

    def __init__(self, cluster, path, monkeypatch, held):
        monkeypatch.setenv("GANETI_RAPI_CERT", str(cluster.certificate))
        held.enter_context(cluster.network())
        self.run, self.sleep, self.clock = cluster.run, time.sleep, WallClock()
        self._as_it_was()
        cluster.run("gnt-job", "autoarchive", "0")
        transcript, send = Transcript(path, str(cluster.folder)), requests.adapters.HTTPAdapter.send

        def send_and_note(self, request, **more):
            answer = send(self, request, **more)
            transcript.take_down(request, answer)
            return answer

        monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", send_and_note)
        held.callback(transcript.write)

    def add(self, name, node, ram_mib):
        """Add an instance."""
        what = ["-t", "diskless", "-o", "noop+default", "--no-nics", "--no-name-check", "--no-ip-check"]
        size = f"minmem={ram_mib},maxmem={ram_mib},vcpus=1"
        self.run("gnt-instance", "add", *what, "-B", size, "-n", node, name)

    def _as_it_was(self):
        """Bring nodes and instances back to where a test expects them."""
        api = connect(URL, None).api
        for node in api.get("/2/nodes?bulk=1"):
            for word in ("offline", "drained"):
                if node[word]:
                    self.run("gnt-node", "modify", "--force", f"--{word}=no", node["name"])
        there = {it["name"] for it in api.get("/2/instances?bulk=1")}
        jobs = [api.ask("DELETE", f"/2/instances/{name}") for name in there]
        _wait(api, jobs)
        jobs = [api.ask("POST", "/2/instances", an_instance(name, *it)) for name, it in INSTANCES.items()]
        _wait(api, jobs)
        api.close()


def _wait(api, jobs):
    for job in jobs:
        found = until(lambda path=f"/2/jobs/{job}": _ended(api.get(path)), "the end of a job", 0.2)
        assert found["status"] == "success", found


def _ended(found):
    return found if found["status"] in ("success", "error", "canceled") else None
