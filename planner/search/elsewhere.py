"""Work on the components of one pool that goes to an executor, while the one who waits keeps the deadline."""

from __future__ import annotations

import logging
from concurrent.futures import Executor, Future, as_completed
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from planner.search.parameters import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from heuristics.deadline import Deadline
    from planner.cp.solve import Effort

log = logging.getLogger(__name__)

Call = TypeVar("Call", bound="tuple[Any, ...]")
Item = TypeVar("Item")
Came = TypeVar("Came")

_EXECUTOR: ContextVar[Executor | None] = ContextVar("components_executor", default=None)


@contextmanager
def components_go_to(executor: Executor | None) -> Iterator[None]:
    """Let components go there for a while; the stages in between need not hand it through."""
    token = _EXECUTOR.set(executor)
    try:
        yield
    finally:
        _EXECUTOR.reset(token)


def executor_for_components() -> Executor | None:
    """Give where components go; None: nowhere."""
    return _EXECUTOR.get()


def workers_of(executor: Executor) -> int | None:
    """Give how many calls the executor runs at once; None where it does not say.

    Pools of the standard library know; of dask's the cluster behind it is asked.
    """
    found: int | None = getattr(executor, "_max_workers", None)
    client = getattr(executor, "_client", None)
    if found is None and client is not None:
        found = sum(client.nthreads().values()) or None
    return found


def dealt_for(
    executor: Executor,
    items: Sequence[Item],
    effort: Effort,
    batches_unsaid: int = DEFAULT.apart.batches_unsaid,
) -> tuple[list[tuple[Item, ...]], Effort]:
    """Deal items into a batch a worker, so that all begin at once; give what each may use of the solver.

    A batch that waits for another one would find no time left, and batches that all take every core would
    take it from each other.

    Parameters
    ----------
    batches_unsaid
        Batches for an executor that does not say how many workers it has.
    """
    batches = dealt(items, workers_of(executor) or batches_unsaid)
    return batches, replace(effort, workers=max(1, effort.workers // max(1, len(batches))))


def dealt(items: Sequence[Item], batches: int) -> list[tuple[Item, ...]]:
    """Deal items, sorted by size, into batches of like size; in each the small ones come first."""
    return [tuple(items[first::batches]) for first in range(min(batches, len(items)))]


def done_elsewhere(
    executor: Executor, run: Callable[..., Came], calls: Sequence[Call], deadline: Deadline
) -> Iterator[tuple[Call, Came | None]]:
    """Make calls elsewhere; give each with what came of it, as they end.

    None comes of a call whose worker died, or which cannot be sent. Calls that are not done when the time
    is up are not given at all.
    """
    futures: dict[Future[Came], Call] = {}
    try:
        for call in calls:
            futures[executor.submit(run, *call)] = call
        for future in as_completed(futures, timeout=deadline.left_s):
            yield futures[future], _outcome(future)
    except TimeoutError:
        log.info("the time was up before every component was done")
    finally:
        for future in futures:
            future.cancel()


def _outcome(future: Future[Came]) -> Came | None:
    try:
        return future.result()
    except Exception as error:
        log.warning("components are worked on here, not on the executor: %s", error)
        return None
