"""A dask cluster as the executor: two worker processes, one of them killed in the midst of a pool."""

from __future__ import annotations

import logging

import pytest

from planner import Status, plan, plan_many
from tests.planner import killers
from tests.planner.executors import costs
from tests.planner.killers import Killer
from tests.planner.small_pools import swaps
from tests.planner.solving import LIMIT_S

dask = pytest.importorskip("dask")
distributed = pytest.importorskip("distributed")

# A worker that dies, and a cluster that ends, are noted as warnings and worse.
pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.xdist_group("dask")]


@pytest.fixture(scope="module")
def cluster():
    """Two worker processes of one thread, which wait for no other cluster's port and restart when killed."""
    import cloudpickle

    # The workers cannot import the tests.
    cloudpickle.register_pickle_by_value(killers)
    settings = {
        "distributed.scheduler.allowed-failures": 0,
        "distributed.admin.system-monitor.gil.enabled": 0,
    }
    with (
        dask.config.set(settings),
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            silence_logs=logging.CRITICAL,
        ) as made,
    ):
        yield made
    cloudpickle.unregister_pickle_by_value(killers)


@pytest.fixture
def executor(cluster):
    """The executor of a client, as a user gets it."""
    with distributed.Client(cluster) as client:
        yield client.get_executor()


def test_pools_are_planned_on_the_cluster(executor):
    outcomes = plan_many([swaps(1), swaps(3), swaps(2)], executor=executor, time_limit_s=LIMIT_S)
    assert costs(outcomes) == [3, 9, 6]


def test_a_worker_that_is_killed_loses_nothing(executor, tmp_path):
    """With no failures allowed, dask calls the pool lost with its worker at once, so we plan it again."""
    killer = Killer(str(tmp_path), "k0", 1)
    pools = [swaps(1), swaps(2, "k"), swaps(2), swaps(1), swaps(3)]
    outcomes = plan_many(pools, executor=executor, heuristic=killer, time_limit_s=LIMIT_S)
    assert costs(outcomes) == [3, 6, 6, 3, 9]
    assert len(list(tmp_path.iterdir())) == 1


def test_the_components_of_one_pool_go_to_the_cluster(executor):
    of = swaps(4)
    result = plan(of.current, of.target, workers=1, time_limit_s=LIMIT_S, executor=executor)
    assert (result.status, result.cost, result.bound) == (Status.OPTIMAL, 12, 12)
