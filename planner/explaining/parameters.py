"""What explaining a plan can be told: how much of the time, and how much is tried."""

from __future__ import annotations

from dataclasses import dataclass, field

from models.parameters import RoomParameters, Share, count, number, time_share
from planner.goals.parameters import GoalParameters


@dataclass(frozen=True, slots=True)
class ExplainParameters(RoomParameters):
    """The parameters of what is said of a plan, all of it tried by planning again.

    Parameters
    ----------
    plan
        The share of the plan itself; the rest is for what is said of it.
    conflicts
        The share of the conflicts behind its detours.
    room
        What would unlock a pool without a plan: the share of extra room; the rest is for VMs to stop.
    asking
        The share of asking what is proven useless.
    attempt
        The share of one try, however much time there is: others may be easier.
    patience
        What a try may take, in times of the slowest so far that came to a plan: most come to one quickly or
        not at all.
    patient_s
        Seconds that a try may take in any case, as far as its share goes.
    coarse
        The least room of a host is found to this part of it, before other hosts are looked at.
    together
        The share of room of several resources at once on one host, where more of one alone did nothing.
    most_together, halvings
        Hosts of which the least is taken, once they do; how often half of what did is tried.
    for_good
        The share of planning for good what a try has found.
    most_stops
        Single VMs named, of those that would each do if stopped.
    most_quicker
        Changes tried that may shorten a schedule: those that the end waits for longest.
    others
        Of a plan to a goal, the share of who could have moved instead.
    most_others
        VMs that are tried in the place of each that moves.
    most_saved
        Hosts of which more room is tried.
    """

    plan: Share = time_share(0.6)
    conflicts: Share = time_share(0.5)
    room: Share = time_share(0.6)
    asking: Share = time_share(0.25)
    attempt: Share = time_share(0.2, 0.05, 5.0)
    patience: float = number(3.0)
    patient_s: float = number(0.5)
    coarse: float = number(0.03)
    together: Share = time_share(0.5)
    most_together: int = count(5)
    halvings: int = count(6, 0)
    for_good: Share = time_share(0.3, 1.0)
    most_stops: int = count(3, 0)
    most_quicker: int = count(6, 0)
    others: Share = time_share(0.3)
    most_others: int = count(3, 0)
    most_saved: int = count(5)
    goal: GoalParameters = field(default_factory=GoalParameters)


DEFAULT = ExplainParameters()
