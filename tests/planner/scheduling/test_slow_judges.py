"""The judges of schedules held against slow ones that share nothing with them: good and spoilt schedules."""

from __future__ import annotations

from itertools import permutations

from hypothesis import event, given
from hypothesis import strategies as st

from models import Durations, Migration, Plan, Schedule
from models.clock import Clock
from models.problem import Problem
from models.replay_in_any_time import replay_in_any_time
from models.replay_in_time import replay_in_time
from models.replay_in_waves import replay_in_waves
from models.rules import Convergence
from planner import schedule
from tests import slow_replay_in_time, slow_time
from tests.builders import action_of
from tests.in_time import told_times
from tests.strategies import parsed, planted_pools, random_pools

WIRES = {"out": "out of", "in": "into", "up": "up", "down": "down"}
"""Direction of a wire -> as the slow judge has it."""


@st.composite
def told_pools(draw):
    """Pools that say all there is to say of time."""
    return told_times(draw(random_pools(max_vms=4)), draw(st.randoms(use_true_random=False)))


@st.composite
def scheduled_walks(draw):
    """Walks through such pools, and a schedule of each: (JSON, pool, plan, schedule)."""
    planted = draw(planted_pools(max_vms=8, max_walk=40))
    data = told_times(planted.pool, draw(st.randoms(use_true_random=False)), planted.walk)
    of = parsed(data)
    walk = Plan.of(of, [action_of(entry) for entry in planted.walk])
    return data, of, *schedule(of, walk, time_limit_s=0.001, workers=1)


def written(found, times):
    """Give the actions as a plan file has them."""
    plain = []
    for action, start, end, after, wave in zip(
        found.actions, times.start_s, times.end_s, times.after, times.wave, strict=True
    ):
        entry = {"action": type(action).__name__.lower().replace("migration", "migrate"), "vm": action.vm}
        ends = (
            {"from": action.source, "to": action.destination}
            if isinstance(action, Migration)
            else {"host": action.host}
        )
        plain.append({**entry, **ends, "start_s": start, "end_s": end, "after": after, "wave": wave})
    return plain


def told(violations):
    """Give the faults that the judges of ``models`` tell as the slow ones do."""
    return {
        (it.rule, it.vm, (it.host, it.resource) if it.rule == "precedence" else it.host) for it in violations
    }


def spoilt(times, rng):
    """Give a schedule that is nearly the one given."""
    start, end, after, wave = (list(part) for part in (times.start_s, times.end_s, times.after, times.wave))
    for _ in range(rng.randint(1, 3)):
        one = rng.randrange(len(start))
        match rng.choice(("early", "early", "later", "longer", "loose", "loose", "wave", "wave")):
            case "early" | "later" as when:
                # Early, it is most often in somebody's way; what waits for it would be all that is wrong.
                by = rng.randint(1, 9) if when == "later" else -rng.randint(0, start[one])
                start[one], end[one] = start[one] + by, end[one] + by
                after = [()] * len(start) if rng.random() < 0.8 else after
            case "longer":
                end[one] += rng.choice((-1, 1)) if rng.random() < 0.3 else 0
            case "loose":
                after[one] = tuple(it for it in after[one] if rng.random() < 0.5)
            case "wave":
                here = wave[one]
                wave = [it - (it >= here > 1) for it in wave]
    return Schedule(tuple(start), tuple(end), tuple(after), tuple(wave))


@given(told_pools())
def test_durations_and_what_migrations_hold_are_those_of_the_slow_judge(data):
    of = parsed(data)
    times, hosts = Durations(of.current), {host["name"]: host for host in data["hosts"]}
    rule = next((rule for rule in of.current.rules if isinstance(rule, Convergence)), None)
    for (old, source), (new, host) in permutations(hosts.items(), 2):
        way = times.way(old, new)
        assert slow_time.exact(way.rate_mbps) == slow_time.rate_mbps(data, source, host)
        held = {
            *(((WIRES[it.direction], it.name), way.rate_mbps, times.capacity_mbps(it)) for it in way.wires),
            *(((it.field, it.host), 1, most) for it, most in times.slots(old, new)),
        }
        action = {"action": "migrate", "from": old, "to": new}
        assert held == {
            (whose, float(amount), float(most)) for whose, amount, most in slow_time.holds(data, action)
        }
        for guest, vm in zip(of.vms, data["vms"], strict=True):
            ends = slow_time.converges(data, vm, source, host)
            refused = rule is not None and rule.refuses_move(
                guest, of.current.host(old), of.current.host(new), None
            )
            assert bool(refused) is not ends
            if ends:
                event("a migration that ends")
                expected = slow_time.seconds(data, {**action, "vm": guest.name})
                assert times.migration(guest.name, old, new) == expected
            else:
                event("one that does not")


@given(told_pools(), st.data())
def test_the_clock_lets_those_migrate_at_once_whom_the_slow_judge_lets(data, draws):
    """Where rates are rounded it lets nobody who does not fit, and one that proves something all who do."""
    problem = Problem(parsed(data))
    names = [host.name for host in problem.hosts]
    pairs = list(permutations(range(len(names)), 2))
    clock, generous = Clock(problem), Clock(problem, generous=True)
    for _ in range(8 if pairs else 0):
        chosen = draws.draw(st.lists(st.sampled_from(pairs), min_size=1, max_size=5))
        held = [
            entry
            for old, new in chosen
            for entry in slow_time.holds(data, {"action": "migrate", "from": names[old], "to": names[new]})
        ]
        fits = all(sum(amount for it, amount, _ in held if it == whose) <= most for whose, _, most in held)
        assert lets(clock, chosen) <= fits <= lets(generous, chosen)
        assert lets(clock, chosen) is fits or not clock.is_exact
        event(f"fits: {fits}, exact: {clock.is_exact}")


@given(scheduled_walks(), st.randoms(use_true_random=False))
def test_the_judges_find_what_the_slow_ones_find(walk, rng):
    data, of, found, good = walk
    assert judged_alike(data, of, found, good) == set()
    for _ in range(8 if found.actions else 0):
        for rule in judged_alike(data, of, found, spoilt(good, rng)):
            event(rule)


def judged_alike(data, of, found, times):
    """Hold the judges against the slow ones; give the rules that are broken."""
    actions = written(found, times)
    in_time = slow_replay_in_time.judge_in_time(data, actions)
    in_any_time = slow_replay_in_time.judge_in_any_time(data, actions)
    in_waves = slow_replay_in_time.judge_in_waves(data, actions)
    agree(told(replay_in_time(of, found.actions, times)), in_time, "busy")
    agree(told(replay_in_waves(of, found.actions, times)), in_waves, "wave")
    both = told(replay_in_any_time(of, found.actions, times))
    agree({it for it in both if it[0] in ("after", "precedence")}, in_any_time, "after")
    return {rule for rule, *_ in in_time | in_any_time | in_waves}


def lets(clock, pairs):
    """Tell whether a clock lets migrations between these hosts run at once."""
    uses = [use for pair in pairs for use in clock.uses(*pair)]
    return all(
        sum(amount for it, amount in uses if it == channel) <= clock.limits[channel] for channel, _ in uses
    )


def agree(fast, slow, two_at_once):
    """Hold a judge against the slow one; where a VM may be in two actions at once, what else breaks is open.

    Parameters
    ----------
    two_at_once
        The rule that says so.
    """
    assert bool(fast) is bool(slow)
    if two_at_once not in {rule for rule, *_ in slow}:
        assert fast == slow
