"""A test whose nova has lost a migration fails by no fault of ours: it is run again, once, on another nova.

Only what nova's own records show counts as that, see ``Losses`` in ``nova_server.py``; a test that fails for
any other reason fails, and so does one that fails twice.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import pytest
from _pytest.runner import runtestprotocol

if TYPE_CHECKING:
    from collections.abc import Sequence

LOST = pytest.StashKey[str]()
"""On a test: what its nova has lost meanwhile, in words."""


class LostMigrationWarning(UserWarning):
    """A nova has lost a migration while a test ran."""


LOSES_ONE = f"ignore::{__name__}.LostMigrationWarning"
"""For ``pytest.mark.filterwarnings``: a test that has a nova lose a migration on purpose."""


def run_again_where_lost(item: pytest.Item, nextitem: pytest.Item | None) -> bool:
    """Run a test, and once more where it fails and its nova has lost a migration; it has been dealt with.

    To be called by the hook ``pytest_runtest_protocol``.
    """
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    reports = runtestprotocol(item, log=False, nextitem=nextitem)
    if _has_lost(item, reports) and any(report.failed for report in reports):
        reports = runtestprotocol(item, log=False, nextitem=nextitem)
        _has_lost(item, reports)
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def _has_lost(item: pytest.Item, reports: Sequence[pytest.TestReport]) -> bool:
    """Tell whether the nova of a test has lost a migration; warn of it, and of how the test failed."""
    lost = item.stash.get(LOST, "")
    if lost:
        del item.stash[LOST]
        after = "".join(f"; {report.when}: {_message(report)}" for report in reports if report.failed)
        warnings.warn(LostMigrationWarning(f"{item.nodeid}: {lost.strip()}{after}"), stacklevel=2)
    return bool(lost)


def _message(report: pytest.TestReport) -> str:
    """Give the line that says what a test has failed by."""
    crash = getattr(report.longrepr, "reprcrash", None)
    lines = (report.longreprtext if crash is None else crash.message).strip().splitlines()
    return str(lines[0]) if lines else "a failure"
