"""A cloud that takes a connection and says nothing is not waited for for ever, nor once for each question."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from types import SimpleNamespace

import pytest

from models import Migration
from planner.clouds.openstack.adapter import OpenStack
from planner.clouds.openstack.api import PARALLEL, Api
from planner.clouds.openstack.helpers import Helpers
from planner.clouds.openstack.silence import AGAIN_S, Silence
from planner.clouds.protocol import CloudError, Running, SlowError
from tests.waiting import PATIENCE_S


def test_a_keystone_that_says_nothing_has_not_answered_in_time(monkeypatch, tmp_path):
    monkeypatch.setattr("planner.clouds.openstack.api.TIMEOUT_S", 0.2)
    for variable in ("OS_CLOUD", "OS_AUTH_URL"):
        monkeypatch.delenv(variable, raising=False)
    config = tmp_path / "clouds.yaml"
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(config))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        who = dict.fromkeys(
            ("username", "password", "project_name", "user_domain_id", "project_domain_id"), "x"
        )
        auth = {"auth_url": f"http://127.0.0.1:{silent.getsockname()[1]}/v3", **who}
        config.write_text(json.dumps({"clouds": {"test": {"auth_type": "v3password", "auth": auth}}}))
        with pytest.raises(CloudError, match="timed out"):
            Api("test")


def test_a_nova_that_says_nothing_is_not_waited_for_for_each_migration_under_way(monkeypatch):
    from keystoneauth1.exceptions import ConnectTimeout

    asked = []

    def silent(path, **_):
        asked.append(path)
        raise ConnectTimeout("timed out")

    endpoint = SimpleNamespace(max_microversion=(2, 90))
    service = SimpleNamespace(get=silent, get_endpoint_data=lambda: endpoint)
    cloud = SimpleNamespace(compute=service, placement=service, close=lambda: None)
    monkeypatch.setattr("openstack.connect", lambda **_: cloud)
    running = [Running(Migration(f"v{number}", "h1", "h2"), f"m{number}") for number in range(10 * PARALLEL)]
    with pytest.raises(SlowError):
        OpenStack(Api("test")).follow(running)
    assert len(asked) < 2 * PARALLEL  # those that were under way when it was plain


def test_a_process_ends_though_a_question_is_not_answered():
    """Else whoever has pressed Ctrl-C would wait for it for a minute and more, and not be told for what."""
    ask = "Helpers(1, 'x').ask(lambda: time.sleep(10**6))"
    code = f"import time; from planner.clouds.openstack.helpers import Helpers; {ask}"
    subprocess.run([sys.executable, "-c", code], timeout=PATIENCE_S, check=True)


def test_questions_are_answered_each_by_itself_until_they_are_closed():
    helpers, answers = Helpers(2, "x"), []
    answers += [helpers.ask(lambda it=it: 6 // it) for it in (3, 0, 2)]
    assert [answers[0].result(PATIENCE_S), answers[2].result(PATIENCE_S)] == [2, 3]
    with pytest.raises(ZeroDivisionError):
        answers[1].result(PATIENCE_S)
    helpers.close()
    with pytest.raises(RuntimeError, match="closed"):
        helpers.ask(lambda: 1)


class Questions:
    """Questions put to a silence of two, by a clock of their own."""

    def __init__(self):
        self.now = 0.0
        self.silence = Silence(2, lambda: self.now)
        self.asked = 0

    def ask(self, *, answered, besides=lambda: False):
        """Ask, and something else beside it; tell whether there was an answer."""
        try:
            with self.silence.asking():
                self.asked += 1
                assert not besides()
                if not answered:
                    raise SlowError("timed out")
        except SlowError:
            return False
        return True


def test_one_question_at_a_time_is_let_through_until_one_is_answered():
    it = Questions()
    for _ in range(5):
        assert not it.ask(answered=False)
    assert it.asked == 2
    it.now += AGAIN_S
    assert not it.ask(answered=False, besides=lambda: it.ask(answered=True))  # one alone
    assert it.asked == 3
    it.now += AGAIN_S
    assert it.ask(answered=True)
    assert it.ask(answered=True)


def test_an_answer_in_between_is_no_silence():
    it = Questions()
    for _ in range(3):
        assert not it.ask(answered=False)
        assert it.ask(answered=True)
    it.ask(answered=False)
    it.silence.heard()  # to what was asked otherwise
    it.ask(answered=False)
    assert it.ask(answered=True)
