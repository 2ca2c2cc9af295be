"""Plans to be shifted in time: what the tests of that share."""

from __future__ import annotations

from hypothesis import strategies as st

from models.problem import Problem
from tests.builders import host, pool, vm
from tests.strategies import knotted_pools, planted_pools

LIMIT_S = 60.0
"""Far more than any of these takes."""

POOLS = st.one_of(planted_pools(max_hosts=5, max_vms=12).map(lambda it: it.pool), knotted_pools())


def in_the_way() -> tuple[Problem, list[tuple[int, int]]]:
    """Guest a steps aside for c, and could wait for b instead, if only c came later."""
    hosts = [host(name, 6) for name in ("h1", "h2", "h3", "h4", "h5")]
    vms = [vm("a", 4), vm("b", 4), vm("c", 4)]
    of = pool(hosts, vms, "h1: a, h2: b, h5: c", "h1: c, h2: a, h3: b")
    return Problem(of), [(0, 3), (2, 0), (1, 2), (0, 1)]
