"""A host that says nothing is not waited for for ever, by a libvirt that only pretends."""

from __future__ import annotations

import sys
from contextlib import suppress
from threading import Event
from types import SimpleNamespace

import pytest

from planner.clouds.libvirt.hosts import Hosts
from planner.clouds.protocol import SlowError, UnknownError
from tests.planner.clouds.libvirt.pretending import library
from tests.waiting import PATIENCE_S, until

URI = "qemu+ssh://h1/system"


class Connection(SimpleNamespace):
    """Notes what sign of life is asked for."""

    asked = None

    def setKeepAlive(self, interval, count):  # noqa: N802
        self.asked = interval, count


def opened_by(monkeypatch, take_connection):
    """Give the hosts of a libvirt that opens connections in this way."""
    monkeypatch.setitem(sys.modules, "libvirt", library(SimpleNamespace(), open=take_connection))
    return Hosts([URI])


def test_a_connection_asks_for_signs_of_life(monkeypatch):
    connection = Connection()
    assert opened_by(monkeypatch, lambda _: connection).at(URI) is connection
    assert connection.asked is not None


def test_one_within_this_process_has_none_to_give(monkeypatch):
    def refuse(*_):
        raise OSError("this function is not supported by the connection driver")

    connection = SimpleNamespace(setKeepAlive=refuse)
    assert opened_by(monkeypatch, lambda _: connection).at(URI) is connection


def test_a_host_that_takes_no_connection_in_time_has_not_answered_and_is_asked_once(monkeypatch):
    answers, asked, connection = Event(), [], Connection()

    def take(uri):
        asked.append(uri)
        answers.wait(PATIENCE_S)
        return connection

    hosts = opened_by(monkeypatch, take)
    monkeypatch.setattr("planner.clouds.libvirt.hosts.OPEN_S", 0.05)
    for _ in range(2):
        with pytest.raises(SlowError, match="no connection within"):
            hosts.at(URI)
    answers.set()

    def there():
        with suppress(SlowError):
            return hosts.at(URI)

    assert until(there, "a connection", 0.0) is connection
    assert asked == [URI]


def test_a_host_that_could_not_be_reached_is_asked_again(monkeypatch):
    answers = iter([OSError("connection refused"), Connection()])

    def take(_):
        if isinstance(answer := next(answers), Exception):
            raise answer
        return answer

    hosts = opened_by(monkeypatch, take)
    with pytest.raises(UnknownError, match="connection refused"):
        hosts.at(URI)
    assert isinstance(hosts.at(URI), Connection)
