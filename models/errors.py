"""The errors of the library: every one a ``ValueError``, so that one ``except`` catches bad input."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class PlannerError(ValueError):
    """Base of every error that bad input or a bad request raises.

    Its ``errors`` are all that was found wrong: here one, what the error says itself.
    """

    def __init__(self, *args: object) -> None:
        super().__init__(*args)
        self.errors: tuple[str, ...] = (str(self),)


class PoolError(PlannerError):
    """A pool that breaks the contract.

    Parameters
    ----------
    errors
        Every mistake found, each naming its place, the value and the rule. At least one.
    """

    def __init__(self, errors: Iterable[str]) -> None:
        found = tuple(errors)
        more = len(found) - 1
        super().__init__(found[0] + (f" (and {more} more)" if more else ""))
        self.errors = found

    def __reduce__(self) -> tuple[type[PoolError], tuple[tuple[str, ...]]]:
        """Pickle by the errors, so that a worker process can raise it."""
        return type(self), (self.errors,)


class NoTargetError(PoolError):
    """A pool that names no target, where one is needed."""


class PlanError(PlannerError):
    """A plan file that cannot be read, or names what the pool does not have."""


class ProofError(PlannerError):
    """A proof file that cannot be read."""


class WrongKindError(PlannerError, TypeError):
    """A thing of another kind than is asked for, such as a dict in place of a placement."""


class ActionError(PlannerError):
    """An action that breaks a rule in the state it is applied to."""


class TooLargeError(PlannerError):
    """A pool beyond the size that an exact method can search."""
