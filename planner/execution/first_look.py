"""What a run begins with: a cloud that gives no answer is asked again, as it is by every later look."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, TypeVar

from planner.clouds.protocol import UnknownError

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.execution.clock import Timekeeper

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")


def first_answer(
    question: Callable[[], Answer], clock: Timekeeper, *, max_tries: int, poll_s: float
) -> Answer:
    """Give the answer to a question; after growing pauses it is asked again where none comes.

    What will never be answered, as with a wrong password, is asked once.

    Parameters
    ----------
    clock
        Lets the pauses pass.
    max_tries
        How often it is asked, >= 1.
    poll_s
        Seconds of the first pause; each is twice as long as the one before.

    Raises
    ------
    CloudError
        There is no answer.
    """
    for tries in range(1, max_tries):
        try:
            return question()
        except UnknownError as error:
            pause = poll_s * 2.0 ** (tries - 1)
            log.warning("no answer from the cloud: %s; asked again in %.0f s", error, pause)
        clock.sleep(pause)
    return question()
