"""What is done after the search: Ctrl-C in any step of it leaves a plan that was replayed."""

from __future__ import annotations

import pytest

from models import Filter, PlannerError, replay
from planner import Status, finishing, plan
from tests.planner.solving import LIMIT_S


def interrupting_once(does, calls):
    """Press Ctrl-C the first time that something is called."""

    def called(*args, **kwargs):
        calls.append(does.__name__)
        if len(calls) == 1:
            raise KeyboardInterrupt
        return does(*args, **kwargs)

    return called


def finished(pool, monkeypatch, name, *, schedule=True):
    """Plan with a proof, and press Ctrl-C in what is called so; give calls and result."""
    calls = []
    monkeypatch.setattr(finishing, name, interrupting_once(getattr(finishing, name), calls))
    options = {"schedule": schedule, "proof": True, "workers": 1, "time_limit_s": LIMIT_S}
    return calls, plan(pool.current, pool.target, **options)


@pytest.mark.parametrize("name", ["shorten_downtime", "replay", "scheduled"])
def test_a_step_that_is_needed_is_begun_again(tiny, monkeypatch, name):
    calls, result = finished(tiny, monkeypatch, name)
    assert len(calls) == 2
    assert (result.cost, result.interrupted) == (3, True)
    assert replay(tiny, result.plan) == []
    assert result.schedule is not None
    assert result.proof is None, "nobody waits for it any more"


@pytest.mark.parametrize(("name", "schedule"), [("second_witness", False), ("certificate", True)])
def test_a_step_that_may_be_spared_is(tiny, monkeypatch, name, schedule):
    """The witness is asked about a plan that no schedule gives another order."""
    calls, result = finished(tiny, monkeypatch, name, schedule=schedule)
    assert len(calls) == 1
    assert (result.cost, result.status, result.interrupted) == (3, Status.OPTIMAL, True)
    assert replay(tiny, result.plan) == []
    assert result.proof is None


def test_a_plan_that_the_replay_rejects_is_not_handed_out(tiny, monkeypatch):
    monkeypatch.setattr(finishing, "replay", lambda *_: ["h1 is full"])
    with pytest.raises(RuntimeError, match="the replay rejects the plan found: h1 is full"):
        plan(tiny.current, tiny.target, workers=1, time_limit_s=LIMIT_S)


class NotThere(Filter):
    """Keeps all VMs off a host by its name, which its keys leave out."""

    name = "not_there"

    def refuses(self, vm, host):
        return "not there" if host.name == "h3" else None

    def host_key(self, host):
        return None


def test_a_rule_whose_keys_leave_something_out_is_named(tiny, monkeypatch):
    """The search asks it about one host for all, so that its plan breaks it; as in a large pool."""
    monkeypatch.setattr("models.pool.wrong_keys", lambda *_: "")
    current = tiny.current.changed(rules=[NotThere()])
    with pytest.raises(PlannerError, match=r"the rule not_there leave out what it looks at$"):
        plan(current, current.placed(tiny.target.placement), workers=1, time_limit_s=LIMIT_S)
