"""A cloud whose adapter may break: what it raises unasked is no answer, and nothing more is known."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from traceback import extract_tb
from typing import TYPE_CHECKING, TypeVar

from models.mistakes import shown
from planner.clouds.protocol import Cloud, CloudError, Progress, UnknownError, name_of
from planner.clouds.seen import Seen, SeenHost, SeenMigration, SeenVM

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from models.actions import Action
    from planner.clouds.protocol import Running

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")


class CarefulCloud(Cloud):
    """Passes everything on, and turns what an adapter did not foresee into :class:`UnknownError`.

    A connection that breaks in the middle of a request raises whatever the client below calls it. To take it
    for a refusal would mean to send the request again. Nor is it an answer where a method gives what it must
    not, such as a start without a handle.
    """

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self.name, self.keeps_room = name_of(cloud), cloud.keeps_room
        self.poll_s, self.settle_s, self.at_a_time = cloud.poll_s, cloud.settle_s, cloud.at_a_time
        self.speed = cloud.speed

    def observe(self) -> Seen:
        """Look at everything."""
        seen = _asked(self._cloud.observe)
        if not isinstance(seen, Seen):
            raise _no_answer("observe", seen, "a Seen")
        for kind, each in ((SeenHost, seen.hosts), (SeenVM, seen.vms)):
            for one in each:
                if not isinstance(one, kind):
                    raise _no_answer("observe", one, f"a {kind.__name__} each")
        return seen

    def cannot(self, action: Action) -> str:
        """Say why it can never do an action."""
        return _asked(lambda: self._cloud.cannot(action))

    def look(self, vm: str) -> SeenVM | None:
        """Look at one VM."""
        seen = _asked(lambda: self._cloud.look(vm))
        if seen is not None and not isinstance(seen, SeenVM):
            raise _no_answer("look", seen, "a SeenVM or None")
        return seen

    def look_at_host(self, host: str) -> tuple[SeenHost, tuple[SeenVM, ...]] | None:
        """Look at one host."""
        seen = _asked(lambda: self._cloud.look_at_host(host))
        if seen is not None and not _is_look_at_host(seen):
            raise _no_answer("look_at_host", seen, "(a SeenHost, its SeenVMs) or None")
        return seen

    def start(self, action: Action) -> str:
        """Ask for one action."""
        handle = _asked(lambda: self._cloud.start(action))
        if not isinstance(handle, str) or not handle:
            raise _no_answer("start", handle, "a handle, a text that is not empty")
        return handle

    def follow(self, running: Sequence[Running]) -> Mapping[str, Progress]:
        """Say how far each has come."""
        heard = _asked(lambda: self._cloud.follow(running))
        if not isinstance(heard, Mapping):
            raise _no_answer("follow", heard, "handle -> Progress")
        for progress in heard.values():
            if not isinstance(progress, Progress):
                raise _no_answer("follow", progress, "a Progress of each")
        return heard

    def migrations(self) -> Sequence[SeenMigration]:
        """Give all that migrates."""
        seen = _asked(lambda: tuple(self._cloud.migrations()))
        for migration in seen:
            if not isinstance(migration, SeenMigration):
                raise _no_answer("migrations", migration, "a SeenMigration each")
        return seen

    def abort(self, running: Running) -> None:
        """Ask to give one up."""
        _asked(lambda: self._cloud.abort(running))

    def close(self) -> None:
        """Let go of it."""
        self._cloud.close()


def _is_look_at_host(seen: object) -> bool:
    match seen:
        case (SeenHost(), [*vms]):
            return all(isinstance(vm, SeenVM) for vm in vms)
    return False


def _no_answer(method: str, answer: object, must_be: str) -> UnknownError:
    """Give the error where a method gave what is no answer: what was asked for may have happened."""
    return UnknownError(f"{method}() of the adapter gave {shown(answer)}, must be {must_be}")


def _asked(question: Callable[[], Answer]) -> Answer:
    try:
        return question()
    except CloudError:
        raise
    except Exception as error:
        # Its text may hold what a client sent, a token among it: only its kind and its place are passed on.
        log.debug("the adapter raised", exc_info=True)
        raise UnknownError(f"{type(error).__name__} in the adapter, {_place_of(error)}") from None


def _place_of(error: Exception) -> str:
    """Say which line raised it."""
    line = extract_tb(error.__traceback__)[-1]
    return f"{Path(line.filename).name} line {line.lineno}"
