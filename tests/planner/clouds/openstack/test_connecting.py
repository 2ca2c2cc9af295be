"""Connecting while keystone or nova does not answer for a moment: no answer, and no nova of old."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from planner.clouds.openstack.api import Api
from planner.clouds.protocol import CloudError, UnknownError

BUSY = 503, {"error": {"code": 503, "message": "busy", "title": "Service Unavailable"}}
NOT_HIM = 401, {"error": {"code": 401, "message": "not him", "title": "Unauthorized"}}
NOT_SHOWN = 404, {"error": {"code": 404, "message": "no such page", "title": "Not Found"}}

COMPUTE, PLACEMENT, IDENTITY, TOKENS = "/compute/v2.1", "/placement", "/v3", "/v3/auth/tokens"


class Services:
    """Keystone, nova and placement at one port, for who connects; ``wrong`` is what they say instead."""

    def __init__(self):
        self.wrong = {}
        services = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.answer(200)

            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                self.answer(201)

            def answer(self, code):
                path = self.path.rstrip("/")
                code, body = services.wrong.get(path, (code, services.says(path)))
                self.send_response(code)
                self.send_header("Content-Type", "application/json")
                self.send_header("X-Subject-Token", "token")
                self.end_headers()
                self.wfile.write(json.dumps(body).encode())

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def says(self, path):
        """Give the answer to a path."""
        if path == TOKENS:
            ends = {"compute": COMPUTE, "placement": PLACEMENT}
            catalog = [self.service(kind, path) for kind, path in ends.items()]
            who = {"id": "d", "name": "d", "domain": {"id": "d", "name": "d"}}
            times = dict.fromkeys(("issued_at", "expires_at"), "2100-01-01T00:00:00.000000Z")
            roles = [{"id": "admin", "name": "admin"}]
            return {"token": {"catalog": catalog, "user": who, "project": who, "roles": roles, **times}}
        version = {"status": "CURRENT", "links": [{"rel": "self", "href": f"{self.url}{path}/"}]}
        if path == IDENTITY:
            return {"version": {"id": "v3.14", **version, "status": "stable"}}
        if path == COMPUTE:
            return {"version": {"id": "v2.1", "version": "2.96", "min_version": "2.1", **version}}
        return {"versions": [{"id": "v1.0", "max_version": "1.39", "min_version": "1.0", **version}]}

    def service(self, kind, path):
        """Give an entry of the catalogue."""
        end = {"interface": "public", "region": "here", "region_id": "here", "id": kind}
        return {"type": kind, "name": kind, "id": kind, "endpoints": [{**end, "url": self.url + path}]}


@pytest.fixture
def services(tmp_path, monkeypatch):
    """Serve them, as the cloud ``test`` of ``clouds.yaml``."""
    made = Services()
    auth = {"auth_url": f"{made.url}/v3", "username": "u", "password": "p", "project_name": "p"}
    auth |= {"user_domain_name": "d", "project_domain_name": "d"}
    config = tmp_path / "clouds.yaml"
    config.write_text(json.dumps({"clouds": {"test": {"auth": auth, "region_name": "here"}}}))
    for variable in ("OS_CLOUD", "OS_AUTH_URL"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(config))
    yield made
    made.server.shutdown()
    made.server.server_close()


def test_a_nova_says_what_it_speaks(services):
    api = Api("test")
    assert (api.speaks("2.96"), api.speaks("2.97")) == (True, False)


@pytest.mark.parametrize("silent", [COMPUTE, PLACEMENT, TOKENS])
def test_who_does_not_answer_for_a_moment_may_do_so_in_the_next(services, silent):
    services.wrong = {silent: BUSY}
    with pytest.raises(UnknownError):
        Api("test")


def test_a_nova_that_answers_only_when_it_is_asked_why_not_is_asked_once_more(services):
    says = services.says
    answers = [{"error": "not yet"}] * 2  # neither of them is a version
    services.says = lambda path: answers.pop() if path == COMPUTE and answers else says(path)
    with pytest.raises(UnknownError, match="did not say what it speaks"):
        Api("test")
    assert Api("test").speaks("2.96")


def test_a_nova_that_tells_nobody_what_it_speaks_is_asked_for_what_any_speaks(services):
    services.wrong = {COMPUTE: NOT_SHOWN}
    assert not Api("test").speaks("2.2")


def test_a_wrong_password_is_wrong_in_a_moment_too(services):
    services.wrong = {TOKENS: NOT_HIM}
    with pytest.raises(CloudError, match="not him") as refused:
        Api("test")
    assert not isinstance(refused.value, UnknownError)


def test_a_cloud_without_a_nova_is_told_once(services):
    services.service = lambda *_: {"type": "image", "name": "i", "id": "i", "endpoints": []}
    with pytest.raises(CloudError, match="openstack test: ") as refused:
        Api("test")
    assert not isinstance(refused.value, UnknownError)
