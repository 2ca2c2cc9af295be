"""Parts of one pool that go to an executor, while the one who waits for them keeps the deadline."""

from __future__ import annotations

import logging
from concurrent.futures import Executor, Future, as_completed
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from heuristics.deadline import Deadline

log = logging.getLogger(__name__)

Job = TypeVar("Job", bound="tuple[Any, ...]")
Part = TypeVar("Part")

BATCHES = 8
"""So many batches at most: each carries the whole pool."""

_EXECUTOR: ContextVar[Executor | None] = ContextVar("parts_executor", default=None)


@contextmanager
def parts_go_to(executor: Executor | None) -> Iterator[None]:
    """Let parts go there for a while; the stages in between need not hand it through."""
    token = _EXECUTOR.set(executor)
    try:
        yield
    finally:
        _EXECUTOR.reset(token)


def parts_executor() -> Executor | None:
    """Give where parts go; None: nowhere."""
    return _EXECUTOR.get()


def dealt(parts: Sequence[Part], batches: int = BATCHES) -> list[tuple[Part, ...]]:
    """Deal parts, sorted by size, into batches of like size; in each the small ones come first."""
    return [tuple(parts[first::batches]) for first in range(min(batches, len(parts)))]


def each_part(
    executor: Executor, run: Callable[..., Part], jobs: Sequence[Job], deadline: Deadline
) -> Iterator[tuple[Job, Part | None]]:
    """Run jobs elsewhere; give each with what came of it, as they end.

    None comes of a job whose worker died, or which cannot be sent. Jobs that are not done when the time
    is up are not given at all.
    """
    futures: dict[Future[Part], Job] = {}
    try:
        for job in jobs:
            futures[executor.submit(run, *job)] = job
        for future in as_completed(futures, timeout=deadline.left_s):
            yield futures[future], _outcome(future)
    except TimeoutError:
        log.info("the time was up before every part was done")
    finally:
        for future in futures:
            future.cancel()


def _outcome(future: Future[Part]) -> Part | None:
    try:
        return future.result()
    except Exception as error:
        log.warning("a part is done here, not on the executor: %s", error)
        return None
