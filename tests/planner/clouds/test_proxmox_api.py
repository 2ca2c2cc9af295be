"""The API of Proxmox VE, answered by a server of our own after its documentation: no cluster was at hand."""

from __future__ import annotations

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from planner.clouds.protocol import CloudError, UnknownError
from planner.clouds.reading.proxmox_api import HA_GROUPS, read_proxmox_api
from tests.planner.clouds.proxmox_lists import NODES, guest

TOKEN = "PVEAPIToken=audit@pve!planner=s3cret"
RULES = [{"rule": "apart", "type": "resource-affinity", "affinity": "negative", "resources": "vm:1,vm:2"}]


@pytest.fixture
def api(monkeypatch):
    """Serve the two lists; what is put into ``answers`` is answered instead."""
    answers = {
        "/api2/json/cluster/resources": (200, {"data": [*NODES, guest(1), guest(2, "pve2")]}),
        "/api2/json/cluster/ha/rules": (200, {"data": RULES}),
    }

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            status, body = answers.get(self.path, (404, {}))
            if self.headers["Authorization"] != TOKEN:
                status, body = 401, {"data": None}
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body if isinstance(body, bytes) else json.dumps(body).encode())

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("PROXMOX_TOKEN_ID", "audit@pve!planner")
    monkeypatch.setenv("PROXMOX_TOKEN_SECRET", "s3cret")
    monkeypatch.delenv("PROXMOX_CERT", raising=False)
    answers["url"] = f"http://127.0.0.1:{server.server_address[1]}"
    yield answers
    server.shutdown()
    server.server_close()


def test_the_api_says_what_pvesh_prints(api):
    read = read_proxmox_api(api["url"], reserved_mib=2048)
    assert read.state.placement == {"vm1": "pve1", "vm2": "pve2"}
    assert read.state.host("pve1").reserved == {"ram_mib": 2048}
    assert read.state.anti_affinity == (("vm1", "vm2"),)
    assert not any("no HA rules" in text for text in read.warnings)


def test_a_cluster_that_has_no_rules_yet_is_read_all_the_same(api):
    del api["/api2/json/cluster/ha/rules"]
    read = read_proxmox_api(api["url"])
    assert read.state.anti_affinity == ()
    assert HA_GROUPS in read.warnings
    assert not any("--rules" in text for text in read.warnings)  # which does not go with the API


def test_a_wrong_token_is_one_line_without_it(api, monkeypatch):
    monkeypatch.setenv("PROXMOX_TOKEN_SECRET", "token-leak")
    with pytest.raises(CloudError, match="401, wrong token") as error:
        read_proxmox_api(api["url"])
    assert "token-leak" not in str(error.value)


@pytest.mark.parametrize("secret", ["", "two\nlines-leak"])
def test_a_token_that_is_none_is_said_so_and_not_shown(api, monkeypatch, secret):
    monkeypatch.setenv("PROXMOX_TOKEN_SECRET", secret)
    with pytest.raises(CloudError) as error:
        read_proxmox_api(api["url"])
    assert "leak" not in str(error.value)


@pytest.mark.parametrize(
    "answer", [(200, b"<html>"), (200, {"data": {}}), (200, {}), (200, []), (404, {}), (500, b"oops")]
)
def test_what_is_no_proxmox_is_an_error_that_names_the_url(api, answer):
    api["/api2/json/cluster/resources"] = answer
    with pytest.raises(UnknownError, match=api["url"]):
        read_proxmox_api(api["url"])


@pytest.mark.parametrize("url", ["pve1:8006", "ftp://pve1", "", "https://"])
def test_what_is_no_url_is_said_so(api, url):
    with pytest.raises(CloudError, match="no URL, such as https://pve1:8006"):
        read_proxmox_api(url)


def test_a_missing_extra_is_one_line_with_the_command_that_installs_it(api, monkeypatch):
    monkeypatch.setitem(sys.modules, "requests", None)
    with pytest.raises(CloudError, match=r"pip install 'vm-migration-planner\[proxmox\]'"):
        read_proxmox_api(api["url"])
