"""What an answer is taken for: nova's own word, or that of something in front of it."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from planner.clouds.openstack.adapter import OpenStack
from planner.clouds.openstack.api import Api
from planner.clouds.protocol import CloudError, RefusedError, SlowError, UnknownError

HTML = "<html>default backend - 404</html>"


def answering(monkeypatch, status, text):
    """Give the requests to a nova that answers all of them so."""
    answer = SimpleNamespace(
        status_code=status, ok=status < 400, text=text, json=lambda: json.loads(text), headers={}
    )
    service = SimpleNamespace(
        get=lambda *_, **__: answer,
        request=lambda *_, **__: answer,
        get_endpoint_data=lambda: SimpleNamespace(max_microversion=(2, 90)),
    )
    cloud = SimpleNamespace(compute=service, placement=service, close=lambda: None)
    monkeypatch.setattr("openstack.connect", lambda **_: cloud)
    return Api("test")


def test_a_server_of_which_nova_says_that_it_is_not_there_is_gone(monkeypatch):
    nova = answering(monkeypatch, 404, '{"itemNotFound": {"code": 404, "message": "no such instance"}}')
    assert nova.server("one") is None


@pytest.mark.parametrize(
    ("status", "text"), [(404, HTML), (200, HTML), (200, '{"server": {"id'), (503, HTML)]
)
def test_what_is_no_word_of_nova_says_nothing_of_a_server(monkeypatch, status, text):
    with pytest.raises(UnknownError, match=rf"^/servers/one: {status}"):
        answering(monkeypatch, status, text).server("one")


def test_a_server_whose_cell_does_not_answer_is_not_known(monkeypatch):
    """What nova 2.69 and later gives then, and 200 with it."""
    stump = {
        "id": "one",
        "status": "UNKNOWN",
        "tenant_id": "p",
        "created": "2026-01-31T04:00:00Z",
        "links": [],
    }
    with pytest.raises(UnknownError, match="its cell does not answer"):
        answering(monkeypatch, 200, json.dumps({"server": stump})).server("one")


def test_a_request_to_which_something_in_front_of_nova_says_404_was_not_refused_by_nova(monkeypatch):
    with pytest.raises(UnknownError, match="404, and no word of nova"):
        answering(monkeypatch, 404, HTML).act("one", {"os-migrateLive": {}}, "2.30")
    told = '{"itemNotFound": {"code": 404, "message": "no such instance"}}'
    assert answering(monkeypatch, 404, told).act("one", {}, "2.30") == (404, "no such instance")


def test_a_token_that_is_not_taken_is_no_lack_of_rights_and_may_be_taken_in_a_moment(monkeypatch):
    """Nova has done nothing then; a session has asked keystone for another token, and sent it once more."""
    told = '{"error": {"code": 401, "message": "The request requires authentication."}}'
    with pytest.raises(CloudError, match=r"^/servers/one: 401 The request requires authentication\.$"):
        answering(monkeypatch, 401, told).server("one")
    with pytest.raises(CloudError, match=r"403 .*an administrator may ask this"):
        answering(monkeypatch, 403, told).server("one")
    for status, is_transient in ((401, True), (403, False)):
        with pytest.raises(RefusedError) as refused:
            OpenStack(answering(monkeypatch, status, told))._act({"id": "one"}, {}, "2.30")
        assert refused.value.transient is is_transient


def test_for_the_migrations_of_one_server_no_answer_is_waited_for_once(monkeypatch):
    from keystoneauth1.exceptions import ConnectTimeout

    nova, asked = answering(monkeypatch, 200, "{}"), []

    def silent(path, **_):
        asked.append(path)
        raise ConnectTimeout("timed out")

    monkeypatch.setattr(nova._nova, "get", silent)
    with pytest.raises(SlowError, match="timed out"):
        nova.history("one")
    assert len(asked) == 1
