"""A test is run again where its nova has lost a migration, and only there, and once."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]

CONFTEST = """
import pytest
from tests.planner.clouds.openstack.again import LOST, run_again_where_lost

@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item, nextitem):
    return run_again_where_lost(item, nextitem)

@pytest.fixture
def nova(request):
    yield
    if lost := {lost!r}:
        request.node.stash[LOST] = lost
"""

TEST = """
tries = []

def test_it(nova, tmp_path):
    tries.append(tmp_path)
    assert not list(tmp_path.iterdir())
    (tmp_path / "file").touch()
    assert len(tries) > {fails}, "a fault"
"""


@pytest.mark.parametrize(
    ("lost", "fails", "passed"), [("m1", 0, 1), ("m1", 1, 1), ("m1", 2, 0), ("", 0, 1), ("", 1, 0)]
)
def test_a_test_is_run_again_once_and_only_where_its_nova_has_lost_a_migration(
    pytester, monkeypatch, lost, fails, passed
):
    monkeypatch.setenv("PYTEST_ADDOPTS", "")
    pytester.makeconftest(CONFTEST.format(lost=lost))
    pytester.makepyfile(TEST.format(fails=fails))
    ran = pytester.runpytest_inprocess("-p", "no:cacheprovider")
    ran.assert_outcomes(passed=passed, failed=1 - passed, warnings=1 + (fails > 0) if lost else 0)
    if lost:
        after = "; call: AssertionError: a fault*" if fails else ""
        ran.stdout.fnmatch_lines([f"*LostMigrationWarning: *test_it: m1{after}"])
