"""Components on an executor: a batch a worker, and for each its share of the solver's threads."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from planner.cp.solve import Effort
from planner.search.elsewhere import dealt_for, workers_of


class Silent:
    """An executor that does not say how many workers it has."""

    def submit(self, run, *args):
        """Run it at once."""
        future = Future()
        future.set_result(run(*args))
        return future


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_each_worker_gets_one_batch_so_that_all_begin_at_once(workers):
    """On 2 processes, five of 8 batches once began with no time left."""
    with ThreadPoolExecutor(workers) as executor:
        batches, _ = dealt_for(executor, range(10), Effort(8))
    assert len(batches) == workers
    assert sorted(item for batch in batches for item in batch) == list(range(10))


def test_the_workers_share_the_threads_of_the_solver():
    """Each once took as many as there are cores."""
    with ThreadPoolExecutor(2) as executor:
        assert dealt_for(executor, range(10), Effort(8, seed=3))[1] == Effort(4, seed=3)
        assert dealt_for(executor, range(10), Effort(1))[1].workers == 1
        assert dealt_for(executor, range(1), Effort(8))[1].workers == 8, "one component, one batch"


def test_of_dask_the_cluster_is_asked():
    executor = SimpleNamespace(_client=SimpleNamespace(nthreads=lambda: {"tcp://one": 2, "tcp://two": 4}))
    assert workers_of(executor) == 6


def test_an_executor_that_does_not_say_gets_some_batches():
    batches, effort = dealt_for(Silent(), range(100), Effort(16), 8)
    assert (workers_of(Silent()), len(batches), effort.workers) == (None, 8, 2)
