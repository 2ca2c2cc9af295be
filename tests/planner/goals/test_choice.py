"""What VMs pay to end elsewhere, asked of one host of each class and of every host."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from models.reading import parse_wanted
from planner.goals.choice import Choice
from tests.goal_oracle import open_pool
from tests.strategies import RULES, random_pools


@given(random_pools(RULES - {"provisions", "shutdowns"}, max_hosts=6, max_vms=6), st.data())
def test_the_cheapest_fare_away_is_that_to_any_other_host(drawn, data):
    choice = Choice(parse_wanted(json.dumps(open_pool(drawn)).encode()), "custom")
    hosts = range(choice.problem.num_hosts)
    shut = data.draw(st.sets(st.sampled_from(hosts)))
    for vm, home in enumerate(choice.src):
        fares = [choice.fare(vm, host) for host in hosts if host != home and host not in shut]
        if fares:
            assert choice.fare_away(vm, shut) == min((fare.cost for fare in fares if fare), default=None)


def test_the_fare_away_asks_of_hosts_of_one_class_but_once(monkeypatch):
    """Forty hosts of two versions, and a VM that may not go to the older one."""
    hosts = [{"name": f"h{n}", "capacity": {"ram_mib": 9}, "version": n % 2} for n in range(40)]
    vms = [{"name": "a", "demand": {"ram_mib": 1}}]
    pool = {"format": "vm-pool/1", "hosts": hosts, "vms": vms, "current": {"a": "h1"}}
    choice, asked = Choice(parse_wanted(json.dumps(pool).encode())), []
    fare = choice.fare
    monkeypatch.setattr(choice, "fare", lambda vm, host: asked.append(host) or fare(vm, host))
    assert choice.fare_away(0) == 1
    assert len(asked) == 2
