"""A wrong password: what a real keystone 30 answered to one, said again by a server of our own."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from planner.cli.main import main

PASSWORD = "pw-leak"

VERSION = {
    "version": {
        "id": "v3.14",
        "status": "stable",
        "updated": "2020-04-07T00:00:00Z",
        "links": [{"rel": "self", "href": "{url}/"}],
        "media-types": [
            {"base": "application/json", "type": "application/vnd.openstack.identity-v3+json"},
        ],
    }
}
"""Its answer to GET /v3."""

NO = {
    "error": {
        "code": 401,
        "message": "The request you have made requires authentication.",
        "title": "Unauthorized",
    }
}
"""Its answer to POST /v3/auth/tokens with a password that is not the user's."""


@pytest.fixture
def keystone():
    """Serve these two; give the URL and what was asked."""
    asked = []

    class Keystone(BaseHTTPRequestHandler):
        def do_GET(self):
            self.answer(200, json.dumps(VERSION).replace("{url}", url))

        def do_POST(self):
            asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.answer(401, json.dumps(NO), **{"WWW-Authenticate": f'Keystone uri="{url}"'})

        def answer(self, status, text, **headers):
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Keystone)
    url = f"http://127.0.0.1:{server.server_address[1]}/v3"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield url, asked
    server.shutdown()
    server.server_close()


def test_a_wrong_password_is_one_line_that_names_the_cloud_and_not_the_password(
    keystone, tmp_path, monkeypatch, capfd
):
    url, asked = keystone
    auth = {"auth_url": url, "username": "admin", "password": PASSWORD, "project_name": "admin"}
    domains = {"user_domain_name": "Default", "project_domain_name": "Default"}
    (tmp_path / "clouds.yaml").write_text(json.dumps({"clouds": {"prod": {"auth": {**auth, **domains}}}}))
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(tmp_path / "clouds.yaml"))
    with pytest.raises(SystemExit) as stopped:
        main(["import", "openstack", "--cloud", "prod", "-o", str(tmp_path / "pool.json")])
    said = capfd.readouterr()
    assert asked[0]["auth"]["identity"]["password"]["user"]["password"] == PASSWORD
    assert stopped.value.code == 2
    assert said.out == ""
    assert said.err.startswith("vmplan: openstack prod: The request you have made requires authentication.")
    assert said.err.count("\n") == 1
    assert PASSWORD not in said.err
