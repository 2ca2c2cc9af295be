"""Several questions put to a cloud at a time, where its adapter can bear that."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TYPE_CHECKING, TypeVar, cast

from planner.clouds.protocol import CloudError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

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

    def answers(self, questions: Sequence[Callable[[], Answer]]) -> Iterator[tuple[int, Answer | CloudError]]:
        """Give (position of a question, its answer or the error it raised), each as soon as it is there."""
        if self._threads is None or len(questions) == 1:
            for position, question in enumerate(questions):
                yield position, _answer(question)
            return
        asked = {self._threads.submit(_answer, question): it for it, question in enumerate(questions)}
        for answer in as_completed(asked):
            yield asked[answer], answer.result()

    def all(self, questions: Sequence[Callable[[], Answer]]) -> list[Answer | CloudError]:
        """Give the answers in the order of the questions."""
        found = dict(self.answers(questions))
        return [found[position] for position in range(len(questions))]

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


def _answer(question: Callable[[], Answer]) -> Answer | CloudError:
    try:
        return question()
    except CloudError as error:
        return error
