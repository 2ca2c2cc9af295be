"""What goes wrong in a simulated cloud: by seed, so that it goes wrong in the same way again."""

from __future__ import annotations

from enum import StrEnum
from random import Random
from typing import Annotated

from msgspec import Meta, Struct

Share = Annotated[float, Meta(ge=0, le=1)]


class Strike(StrEnum):
    """One thing that goes wrong."""

    REFUSED = "refused"
    """The cloud says no, for good."""
    BUSY = "busy"
    """The cloud says no, for a moment."""
    FAILED = "failed"
    """It says yes, and fails later; the VM is on its source."""
    HUNG = "hung"
    """It says yes, and never comes to an end unless it is aborted."""
    NOT_TAKEN = "not_taken"
    """No answer; nothing was done."""
    TAKEN = "taken"
    """No answer; it was done all the same."""
    TAKEN_LATE = "taken_late"
    """No answer; it is begun a little later."""
    MOVED = "moved"
    """Somebody else moves a VM."""
    DOWN = "down"
    """A host stops answering."""
    CORDONED = "cordoned"
    """A host accepts nothing any more."""
    DELETED = "deleted"
    """A VM is deleted."""
    GROWN = "grown"
    """A VM takes more than it did."""
    SHUT_OFF = "shut_off"
    """A VM is shut off."""
    LOCKED = "locked"
    """A VM is locked."""
    BOOTED = "booted"
    """Somebody else boots a VM."""
    PAUSED = "paused"
    """A VM is paused, be it in flight or not."""

    @property
    def is_by_others(self) -> bool:
        """Tell whether it happens to the cloud, and not to the request."""
        return self in BY_OTHERS


BY_OTHERS = frozenset(list(Strike)[list(Strike).index(Strike.MOVED) :])


class Faults(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How often what goes wrong, as a share of the requests, and how time goes.

    Parameters
    ----------
    seed
        The same seed, and the same requests in the same order: the same faults.
    speed
        Seconds of the cloud in a real second. A run goes by them: what hangs is given up so much sooner.
    spread
        Durations differ from the estimate by up to this share, either way.
    lost
        Answers lost; a third of them each never taken, taken, and begun late.
    """

    seed: int = 0
    speed: Annotated[float, Meta(ge=1e-6, le=1e6)] = 1.0
    spread: Share = 0.2
    refused: Share = 0.0
    busy: Share = 0.0
    failed: Share = 0.0
    hung: Share = 0.0
    lost: Share = 0.0
    moved: Share = 0.0
    down: Share = 0.0
    cordoned: Share = 0.0
    deleted: Share = 0.0
    grown: Share = 0.0
    shut_off: Share = 0.0
    locked: Share = 0.0
    booted: Share = 0.0
    paused: Share = 0.0

    def of_request(self, number: int) -> Strike | None:
        """Give what goes wrong with a request, by its number; most often nothing does."""
        chance = self.chance(number)
        drawn = chance.random()
        for strike in Strike:
            drawn -= self._share(strike)
            if drawn < 0:
                return strike
        return None

    def _share(self, strike: Strike) -> float:
        if strike in (Strike.NOT_TAKEN, Strike.TAKEN, Strike.TAKEN_LATE):
            return self.lost / 3
        share: float = getattr(self, strike.value)
        return share

    def stretch(self, number: int) -> float:
        """Give by what its duration differs from the estimate."""
        return 1 + self.spread * (2 * self.chance(number + 10**9).random() - 1)

    def chance(self, number: int) -> Random:
        """Give the randomness of one request: it does not depend on those before."""
        return Random(f"{self.seed}:{number}")
