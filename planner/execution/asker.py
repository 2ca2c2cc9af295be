"""Questions put to a cloud: in turn, or several at a time where its adapter can bear that."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, TypeVar, cast

from planner.clouds.protocol import answer_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from planner.clouds.protocol import CloudError

Answer = TypeVar("Answer")
Other = TypeVar("Other")


class Asker:
    """Asks one by one, in the thread of the caller, or several at a time in threads.

    Parameters
    ----------
    most
        Questions at a time; see :attr:`planner.clouds.protocol.Cloud.at_a_time`.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._threads = ThreadPoolExecutor(most, "vmplan-ask") if most > 1 else None
        self._requests: dict[int, Future[str | CloudError]] = {}

    # Answers that are waited for

    def all(self, questions: Sequence[Callable[[], Answer]]) -> list[Answer | CloudError]:
        """Give the answers, or the errors raised, in the order of the questions."""
        return [answer.result() for answer in [self._asked(question) for question in questions]]

    def pairs(
        self, questions: Sequence[tuple[Callable[[], Answer], Callable[[], Other]]]
    ) -> list[tuple[Answer | CloudError, Other | CloudError]]:
        """Give the answers to pairs of questions, which are all asked at a time."""
        flat: list[Callable[[], Answer | Other]] = [question for pair in questions for question in pair]
        found = self.all(flat)
        return cast(
            "list[tuple[Answer | CloudError, Other | CloudError]]",
            list(zip(found[::2], found[1::2], strict=True)),
        )

    # Answers that come when they come

    def request(self, number: int, question: Callable[[], str]) -> None:
        """Ask for something that may take the cloud a while to say yes or no to."""
        self._requests[number] = self._asked(question)

    @property
    def awaited(self) -> list[Future[str | CloudError]]:
        """Give the requests whose answers were not heard yet, in the order in which they were made."""
        return list(self._requests.values())

    def heard(self) -> list[tuple[int, str | CloudError]]:
        """Give (number of a request, its answer or the error raised) of those answered by now, each once."""
        answered = [number for number, request in self._requests.items() if request.done()]
        return [(number, self._requests.pop(number).result()) for number in answered]

    def wait(self) -> None:
        """Wait until every request is answered."""
        wait(self._requests.values())

    def close(self) -> None:
        """Return when the last request is answered, and let the threads go."""
        if self._threads is not None:
            self._threads.shutdown()

    def _asked(self, question: Callable[[], Answer]) -> Future[Answer | CloudError]:
        if self._threads is not None:
            return self._threads.submit(answer_of, question)
        now: Future[Answer | CloudError] = Future()
        now.set_result(answer_of(question))
        return now
