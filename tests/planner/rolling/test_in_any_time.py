"""Precedences of rolling plans, held against draws of what every step takes by a judge of its own."""

from __future__ import annotations

import json
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import VM, Host, Pool, PoolState
from models.actions import Update, ends_of
from models.reading import parse_wanted
from models.replay_in_any_time import replay_in_any_time
from planner import roll
from planner.rolling.parameters import RollingParameters
from tests.builders import broken, moves
from tests.goal_oracle import open_pool
from tests.strategies import RULES, random_pools

QUICK = RollingParameters(idle=2, most_ways=0)
FOREVER = 1 << 40


def stays_of(pool, steps, starts, ends):
    """Give (VM, host, second it comes, second it has gone) of all; who is there at first comes at -1."""
    at = {vm: (host, -1) for vm, host in pool.current.placement.items()}
    found = []
    for step, start, end in zip(steps, starts, ends, strict=True):
        if not isinstance(step, Update):
            source, destination = ends_of(step)
            if source is not None:
                found.append((step.vm, source, at[step.vm][1], end))
            at[step.vm] = destination, start
    return found + [(vm, host, start, FOREVER) for vm, (host, start) in at.items()]


def goes_wrong(pool, steps, starts, ends):
    """Tell whether anybody is on a host during its update, or comes to one that has no room."""
    stays = stays_of(pool, steps, starts, ends)
    for step, start, end in zip(steps, starts, ends, strict=True):
        if isinstance(step, Update) and any(
            host == step.host and comes < end and goes > start for _, host, comes, goes in stays
        ):
            return True
    hosts, vms = ({it.name: it for it in group} for group in (pool.hosts, pool.vms))
    for vm, host, second, _ in stays:
        there = [vms[who] for who, where, comes, goes in stays if where == host and comes <= second < goes]
        for resource, amount in vms[vm].demand.items():
            load = sum(it.demand.get(resource, 0) for it in there)
            if second >= 0 and amount and load > hosts[host].usable(resource):
                return True
    return False


def drawn_times(rng, after):
    """Draw starts and ends: as soon as all waited for have ended or later, short or very long."""
    starts, ends = [], []
    for waits in after:
        starts.append(
            max((ends[it - 1] for it in waits), default=0) + rng.choice([0, 0, rng.randint(1, 900)])
        )
        ends.append(starts[-1] + rng.choice([1, 1000, rng.randint(1, 50)]))
    return starts, ends


@settings(max_examples=40)
@given(
    random_pools(RULES - {"provisions", "shutdowns"}, max_hosts=4, max_vms=8),
    st.integers(1, 3),
    st.integers(0, 2**32 - 1),
    st.booleans(),
)
def test_what_the_judge_lets_pass_goes_well_whatever_the_durations(drawn, at_once, seed, spoil):
    """Also where one step waits for one other less than it was planned to."""
    state = parse_wanted(json.dumps(open_pool(drawn)).encode()).current
    result = roll(
        state, at_once=at_once, schedule=True, seed=0, workers=1, time_limit_s=1.0, parameters=QUICK
    )
    if result.plan is None:
        return
    rng, pool, steps, after = (
        Random(seed),
        Pool(state, result.target),
        result.plan.steps,
        result.schedule.after,
    )
    waiting = [number for number, waits in enumerate(after) if waits]
    if spoil and waiting:
        one = rng.choice(waiting)
        left = rng.choice(after[one])
        after = (*after[:one], tuple(it for it in after[one] if it != left), *after[one + 1 :])
    found = broken(replay_in_any_time(pool, steps, replace(result.schedule, after=after)))
    passes = not {"after", "precedence"} & set(found)
    assert passes or spoil
    assert not passes or not any(goes_wrong(pool, steps, *drawn_times(rng, after)) for _ in range(20))


@pytest.mark.parametrize(("starts", "wrong"), [((0, 5, 10), False), ((0, 4, 10), True), ((0, 5, 9), True)])
def test_what_begins_before_a_vm_has_left_is_seen_to_go_wrong(starts, wrong):
    """B comes to h1 while a is still there, or h2 is updated while b is; the judge above must see it."""
    hosts, vms = [Host(f"h{n}", {"ram_mib": 10}) for n in (1, 2, 3)], [VM(n, {"ram_mib": 6}) for n in "ab"]
    here = PoolState(hosts, vms, {"a": "h1", "b": "h2"})
    of = Pool(here, here.placed({"a": "h3", "b": "h1"}))
    steps = [*moves("a: h1 -> h3", "b: h2 -> h1"), Update("h2")]
    assert goes_wrong(of, steps, starts, [start + 5 for start in starts]) == wrong
