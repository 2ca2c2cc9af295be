"""What an answer is taken for: Ganeti's own word, or that of something in front of it."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from planner.clouds.ganeti.api import Rapi
from planner.clouds.protocol import RefusedError, UnknownError

HTML = b"<html>no such site</html>"
NO_SUCH = b'{"code": 404, "message": "Not Found", "explain": "Nothing matches the given URI"}'


@pytest.fixture
def answering():
    """Give what starts an API that answers every request in one way; it has ended in the end."""
    served = []

    def answering(status, body):
        class Answer(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(status)
                self.end_headers()
                self.wfile.write(body)

            def do_PUT(self):
                self.do_GET()

            def log_message(self, *_):
                """Keep quiet."""

        served.append(ThreadingHTTPServer(("127.0.0.1", 0), Answer))
        Thread(target=served[-1].serve_forever, daemon=True).start()
        return Rapi(f"http://127.0.0.1:{served[-1].server_port}")

    yield answering
    for server in served:
        server.shutdown()
        server.server_close()


def test_an_instance_of_which_ganeti_says_that_it_is_not_there_is_gone(answering):
    assert answering(404, NO_SUCH).get("/2/instances/one") is None


@pytest.mark.parametrize(("status", "body"), [(404, HTML), (200, HTML), (502, HTML)])
def test_what_is_no_word_of_ganeti_says_nothing_of_an_instance(answering, status, body):
    with pytest.raises(UnknownError):
        answering(status, body).get("/2/instances/one")


def test_a_job_whose_number_cannot_be_read_may_have_been_taken(answering):
    with pytest.raises(UnknownError):
        answering(200, HTML).ask("PUT", "/2/instances/one/migrate", {})


def test_a_request_to_which_something_in_front_of_ganeti_says_404_was_not_refused_by_it(answering):
    with pytest.raises(UnknownError, match="404"):
        answering(404, HTML).ask("PUT", "/2/instances/one/migrate", {})
    with pytest.raises(RefusedError):
        answering(404, NO_SUCH).ask("PUT", "/2/instances/one/migrate", {})
