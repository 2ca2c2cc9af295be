"""A server over TLS with a certificate that it made for itself, as a cluster does."""

from __future__ import annotations

import socket
import ssl
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from planner.clouds.protocol import CloudError, SlowError
from planner.clouds.web import Web

VARIABLE = "SOME_CERT"


def self_signed(path):
    """Write a certificate that names no host, and its key, into one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "cluster.example.com")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path.write_bytes(
        made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, *plain)
    )
    return path


class Yes(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"true")

    def log_message(self, *_):
        """Keep quiet."""


@pytest.fixture
def server(tmp_path):
    """Give its URL and its certificate."""
    certificate = self_signed(tmp_path / "server.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with ThreadingHTTPServer(("127.0.0.1", 0), Yes) as served:
        served.socket = context.wrap_socket(served.socket, server_side=True)
        Thread(target=served.serve_forever, daemon=True).start()
        yield f"https://127.0.0.1:{served.server_port}", certificate
        served.shutdown()


def test_a_certificate_of_its_own_is_refused_unless_it_is_named(server):
    url, certificate = server
    web = Web(url, extra="ganeti", certificate=(VARIABLE, ""))
    with pytest.raises(CloudError, match=rf"not trusted: .*{VARIABLE} may name a copy of it"):
        web.send("GET", "/")
    web.close()
    trusting = Web(url, extra="ganeti", certificate=(VARIABLE, str(certificate)))
    assert trusting.send("GET", "/").json() is True
    trusting.close()


def test_where_one_certificate_is_named_no_other_is_trusted(server, tmp_path, monkeypatch):
    url, certificate = server
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    web = Web(url, extra="ganeti", certificate=(VARIABLE, str(self_signed(tmp_path / "other.pem"))))
    with pytest.raises(CloudError, match="not trusted"):
        web.send("GET", "/")
    web.close()


def test_who_says_nothing_in_time_is_slow(monkeypatch):
    monkeypatch.setattr("planner.clouds.web.TIMEOUT_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        web = Web(f"http://127.0.0.1:{silent.getsockname()[1]}", extra="ganeti")
        with pytest.raises(SlowError):
            web.send("GET", "/")
        web.close()
