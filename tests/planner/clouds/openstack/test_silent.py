"""A keystone that takes a connection and says nothing is not waited for for ever."""

from __future__ import annotations

import json
import socket

import pytest

from planner.clouds.openstack.api import Api
from planner.clouds.protocol import CloudError


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
