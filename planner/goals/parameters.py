"""What reaching a goal can be told: how large the models get, how much of the time, how often.

The defaults are what came out best on pools of 5 to 1,000 hosts. Seconds are of the clock, for turns also
those of the solver.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from models.parameters import Parameters, RoomParameters, Share, count, counts, number, time_share
from planner.parameters import SearchParameters


@dataclass(frozen=True, slots=True)
class GoalShares(Parameters):
    """How much of the time that is left each step to a goal may take, in the order in which they go.

    Parameters
    ----------
    schedule
        What is kept for the schedule, where one is wanted.
    best
        The best placement by the goal's own measure; the rest is for the plan to it.
    whole_measure
        Of this, in a small pool, one question to the model of everything for a better measure.
    placement
        The cheapest placement.
    first, later
        The plan to one placement, while there is none, and once there is.
    cheap
        Of this, where migrations are limited, the cheapest plan; the rest is for the one with the fewest.
    shut
        Of this, the plan that leaves alone the hosts that are being emptied.
    every
        The search of all placements.
    cut
        One question for a placement with what is known of orders.
    spend
        What is kept for using what is left of the migrations.
    instead
        Where a wish cannot be met, how well it can be: the placement, and then again the plan to it.
    interrupted
        After Ctrl-C, the plan to the best placement so far, where there is no plan yet.
    """

    schedule: Share = time_share(0.3)
    best: Share = time_share(0.5)
    whole_measure: Share = time_share(0.5)
    placement: Share = time_share(0.5)
    first: Share = time_share(0.7)
    later: Share = time_share(0.25)
    cheap: Share = time_share(0.5)
    shut: Share = time_share(0.7)
    every: Share = time_share(0.8)
    cut: Share = time_share(0.5)
    spend: Share = time_share(0.25, most_s=5.0)
    instead: Share = time_share(0.3, most_s=2.0)
    interrupted: Share = time_share(0.1, most_s=2.0)


@dataclass(frozen=True, slots=True)
class Cheapest(Parameters):
    """The cheapest placement, order aside.

    Parameters
    ----------
    most_pairs
        (VM, host) pairs up to which the model of everything comes first, and alone.
    most_pairs_at_all
        (kind, host) pairs up to which everything is one model at all, or the better of equals is asked for.
    start
        The share of a placement found without a solver.
    by_host
        The share of the bound host by host.
    whole_first, whole_last
        The share of the model of everything, where it comes first, and where it comes last.
    must_hosts, must
        Hosts open where only those move that must, and the share of that.
    near_hosts, near
        Hosts open with all VMs on them, one model after another, and the share of each.
    tie
        The better of placements of the same cost.
    """

    most_pairs: int = count(3_000, 0)
    most_pairs_at_all: int = count(60_000, 0)
    start: Share = time_share(0.5)
    by_host: Share = time_share(0.2)
    whole_first: Share = time_share(0.5)
    whole_last: Share = time_share(0.6)
    must_hosts: int = count(60, 0)
    must: Share = time_share(0.2)
    near_hosts: tuple[int, ...] = counts((24, 80, 200))
    near: Share = time_share(0.3)
    tie: Share = time_share(0.2, most_s=1.0)


@dataclass(frozen=True, slots=True)
class Turns(Parameters):
    """Some hosts opened at a time, where not everything is one model: for a lower cost, or a better measure.

    Parameters
    ----------
    hosts
        How many at first, and how many after some turns that brought nothing, again and again.
    widened_after
        Turns that brought nothing, after which there are more.
    idle
        Turns that brought nothing, after which it stops.
    share
        The share of one turn; the solver's own seconds are no more than its most either.
    """

    hosts: tuple[int, ...] = counts((24, 40, 64))
    widened_after: int = count(4)
    idle: int = count(16, 0)
    share: Share = time_share(1.0, most_s=1.0)

    def size(self, idle: int) -> int:
        """Give how many hosts to open, after so many turns in vain."""
        return self.hosts[min(idle // self.widened_after, len(self.hosts) - 1)]


@dataclass(frozen=True, slots=True)
class HostPrices(Parameters):
    """The bound of what placements cost, host by host, by prices of the VMs.

    Parameters
    ----------
    grid
        Most cells of a knapsack: finer amounts are rounded, down for VMs and up for hosts.
    most_kinds
        Kinds of VMs up to which prices are looked for.
    parts
        Prices are whole multiples of a cost of 1 divided by this, so that the bound is exact.
    dearest
        No kind is priced above so many times the dearest migration.
    rounds
        Prices that are asked for.
    slot_cells
        Cells of the table of what slots for VMs that are expected cost; beyond, fewer slots are asked for.
    """

    grid: int = count(512)
    most_kinds: int = count(60, 0)
    parts: int = count(720)
    dearest: int = count(2_048)
    rounds: int = count(400)
    slot_cells: int = count(100_000_000, 0)


@dataclass(frozen=True, slots=True)
class EveryPlacement(Parameters):
    """The search of all placements.

    Parameters
    ----------
    tiny
        Placements up to which it is asked at once.
    most_placements
        Placements up to which it is asked at all.
    """

    tiny: int = count(30_000, 0)
    most_placements: int = count(400_000)


@dataclass(frozen=True, slots=True)
class Cutting(Parameters):
    """Placements with what is known of orders, one after another until bound and plan meet.

    Parameters
    ----------
    most_single
        (VM, host) pairs up to which every VM is a kind of its own in the model with cuts.
    rounds
        Placements that are planned to.
    most_states
        Sets of moved VMs looked at for who cannot all go straight, before that is given up.
    """

    most_single: int = count(20_000, 0)
    rounds: int = count(300, 0)
    most_states: int = count(20_000)


@dataclass(frozen=True, slots=True)
class Early(Parameters):
    """The placement whose plan ends earliest, once the cheapest plan is found.

    Parameters
    ----------
    kept
        What is kept for all of this, where the end comes first.
    first
        Of this, making the cheapest plan end as early as can be.
    question
        One question for a placement whose plan may end earlier.
    order, later
        The cheapest plan to it, and making that end as early as can be.
    most_pairs
        (VM, host) pairs up to which all placements are asked for; beyond, those near the cheapest.
    rounds
        Placements that are planned to.
    """

    kept: Share = time_share(0.6)
    first: Share = time_share(0.5)
    question: Share = time_share(0.3)
    order: Share = time_share(0.3)
    later: Share = time_share(0.5)
    most_pairs: int = count(6_000, 0)
    rounds: int = count(40, 0)


@dataclass(frozen=True, slots=True)
class ByHand(Parameters):
    """Placements found without a solver, for it to start from, and what is missing where there are none.

    Parameters
    ----------
    most_steps
        Moves that even out where their number has no limit.
    targets
        Emptiest hosts that each VM is tried on.
    looks
        Pairs of a VM and a host that are looked at for one move, for each of the targets; and hosts whose VMs
        are looked at: the fullest and the emptiest where loads are brought within limits, those furthest from
        the rest where two VMs change places.
    exchanged
        VMs on these hosts of which any two are looked at; where they are more, so many of all sizes.
    widened
        How often there are four times as many of these, where fewer than half of the loads come within them.
    emptied
        Numbers of hosts that are tried to be emptied at once, from the most that is possible downwards.
    one_by_one
        The share of the time that is kept to empty one host after another, where these all fail.
    cleared
        Sets of hosts that are tried to be cleared for newcomers.
    noise
        By how much of itself what a host costs may be off in these, but for the first two.
    most_sets
        Sets of hosts that are looked at for what is missing there.
    """

    most_steps: int = count(2_000)
    targets: int = count(24)
    looks: int = count(50)
    exchanged: int = count(2_000)
    widened: int = count(3, 0)
    emptied: int = count(12, 0)
    one_by_one: Share = time_share(0.5)
    cleared: int = count(8)
    noise: float = number(0.15, 0, 1)
    most_sets: int = count(30, 0)


@dataclass(frozen=True, slots=True)
class GoalParameters(RoomParameters):
    """The parameters of everything that reaches a goal, and of the plans to the placements it looks at."""

    shares: GoalShares = field(default_factory=GoalShares)
    cheapest: Cheapest = field(default_factory=Cheapest)
    turns: Turns = field(default_factory=Turns)
    best_turns: Turns = field(
        default_factory=lambda: Turns((24, 40, 60), widened_after=2, idle=6, share=Share(0.3, most_s=2.0))
    )
    prices: HostPrices = field(default_factory=HostPrices)
    every: EveryPlacement = field(default_factory=EveryPlacement)
    cutting: Cutting = field(default_factory=Cutting)
    earliest: Early = field(default_factory=Early)
    by_hand: ByHand = field(default_factory=ByHand)
    plan: SearchParameters = field(default_factory=SearchParameters)


DEFAULT = GoalParameters()
