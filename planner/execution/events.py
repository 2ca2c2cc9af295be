"""What a journal holds, ``vm-journal/1``: its first line, and the events that follow."""

from __future__ import annotations

from typing import Literal, get_args

import msgspec
from msgspec import Struct, field

from models.amounts import check_amount, check_count
from models.errors import PlannerError
from models.plan_file import PlanFile
from models.pool_file import PoolFile

EventName = Literal[
    "intent",
    "accepted",
    "done",
    "failed",
    "unknown",
    "observed",
    "replanned",
    "held",
    "stopped",
    "finished",
]

OnFailure = Literal["stop", "replan"]
ON_FAILURE: tuple[OnFailure, ...] = get_args(OnFailure)


class Owner(Struct, frozen=True):
    """Who runs a plan: a process."""

    user: str
    machine: str
    pid: int


class Options(Struct, frozen=True, omit_defaults=True):
    """How a plan is run; a journal keeps it, so that a resume goes on in the same way.

    Parameters
    ----------
    max_parallel
        Actions at a time, >= 1, beside the limits of the pool. None: those alone.
    on_failure
        ``stop``: what runs is let settle, and that is all. ``replan``: then it is planned anew.
    max_replans
        How often it may be planned anew, >= 0.
    max_tries
        How often one action may be asked for, >= 1: refused for a moment, or a request that came to nothing.

    Raises
    ------
    PlannerError
        Naming the option, the value and the rule.
    """

    max_parallel: int | None = None
    on_failure: OnFailure = "stop"
    max_replans: int = 5
    max_tries: int = 6

    def __post_init__(self) -> None:
        """Validate: a run that may do nothing would end in words about something else."""
        if self.max_parallel is not None:
            check_count("options", "max_parallel", self.max_parallel)
        if self.on_failure not in ON_FAILURE:
            words = ", ".join(ON_FAILURE)
            raise PlannerError(f"options: on_failure={self.on_failure!r}, must be one of {words}")
        check_amount("options", "max_replans", self.max_replans)
        check_count("options", "max_tries", self.max_tries)


class Head(Struct, frozen=True, kw_only=True):
    """The first line of a journal. It holds pool and plan themselves, so that a resume needs no other file.

    Parameters
    ----------
    cloud
        As the command line says it; no secrets.
    fingerprint
        Of the pool; a resume refuses one that was changed since.
    rules
        The names of the pool's rules of one's own: they are code, which no file holds.
    """

    format: Literal["vm-journal/1"] = "vm-journal/1"
    pool: PoolFile
    plan: PlanFile
    cloud: str
    fingerprint: str
    owner: Owner
    at: str
    options: Options = field(default_factory=Options)
    rules: tuple[str, ...] = ()


class Event(Struct, frozen=True, omit_defaults=True):
    """One line of a journal behind the first.

    Parameters
    ----------
    at
        Date and time, UTC.
    event
        What happened; ``intent`` is written before the request, everything else after it.
    action
        The number of the action: the id of the plan, going on from there in plans made anew.
    vm
        Its VM; None where the event is about no one in particular.
    text
        What was done or seen, for people.
    handle
        Of ``accepted``: what the cloud calls it. Of ``intent``: what it would, where that is known by then.
    tries
        Of ``intent``: how often it has been asked for, this one included.
    again_in_s
        Of ``failed``: it was a refusal that may pass; so many seconds later it is looked at again.
    plan
        Of ``replanned``: the new plan, its ids going on.
    left
        VM -> why it is not on its target, or not well there: of ``replanned`` those that it gives up, of
        ``stopped`` all.
    running
        Of ``stopped``: the actions that still run.
    """

    at: str
    event: EventName
    action: int | None
    vm: str | None
    text: str = ""
    handle: str = ""
    tries: int = 0
    again_in_s: float | None = None
    plan: PlanFile | None = None
    left: dict[str, str] = field(default_factory=dict)
    running: tuple[int, ...] = ()


def journal_schema() -> dict[str, object]:
    """Give the JSON Schemas of the first line and of the others."""
    (first, event), definitions = msgspec.json.schema_components((Head, Event))
    return {"first": first, "others": event, "$defs": definitions}
