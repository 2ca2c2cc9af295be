"""What rolling an update through a cluster can be told."""

from __future__ import annotations

from dataclasses import dataclass, field

from models.parameters import RoomParameters, Share, count, number, numbers, time_share
from planner.goals.parameters import GoalParameters


@dataclass(frozen=True, slots=True)
class RollingParameters(RoomParameters):
    """The parameters of a rolling update, and of the goals that it reaches on the way.

    Parameters
    ----------
    schedule
        What is kept for the schedule, where one is wanted.
    schedule_s_a_step
        Seconds a step that finding it takes; where fewer are left, one step waits for another.
    every_way
        The share of looking at every way, in a small cluster.
    most_ways
        Placements and sets of hosts up to which that is begun at all.
    most_states
        States that are looked at, before it is left to others.
    drain
        The share of one host that cannot be emptied directly.
    drains
        Hosts that are tried so before a batch is given up.
    looked_at
        Hosts that are looked at for each batch.
    noise
        How far luck may change the order of the hosts, as parts of a host; one after another.
    idle
        Attempts in a row without a better plan after which nothing more is expected.
    way_home
        The share of the plan that brings all home once every host is updated.
    order_s
        Seconds for what may run at the same time in one batch, where a plan is cut into batches.
    """

    schedule: Share = time_share(0.3)
    schedule_s_a_step: float = number(5e-4)
    every_way: Share = time_share(0.5)
    most_ways: int = count(2_000_000, 0)
    most_states: int = count(60_000)
    drain: Share = time_share(0.15)
    drains: int = count(3, 0)
    looked_at: int = count(24)
    noise: tuple[float, ...] = numbers((0.02, 0.1, 0.3))
    idle: int = count(40)
    way_home: Share = time_share(0.5)
    order_s: float = number(0.2)
    goal: GoalParameters = field(default_factory=GoalParameters)


DEFAULT = RollingParameters()
