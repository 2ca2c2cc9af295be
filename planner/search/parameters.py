"""What the stages of a search can be told: how much of the time, how large, how often.

The defaults are what came out best on the pools of the benchmarks; ``--set`` of ``python -m benchmarks``
varies them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from heuristics.parameters import FinderParameters
from models.parameters import Parameters, RoomParameters, Share, count, number, numbers, time_share
from planner.cp.parameters import HittingSets, Solver, WayPrices


@dataclass(frozen=True, slots=True)
class FirstPlan(Parameters):
    """The path finders, until one has a plan.

    Parameters
    ----------
    aspiers_most
        Displaced VMs up to which aspiers goes first; beyond, the squeaky wheel is there sooner.
    aspiers, other
        The shares of aspiers, which is quick where it is any good, and of another finder.
    one_pass
        The share of the wheel's first pass. It is stuck early or it comes through: one that takes long is
        nearer to a plan than whoever begins after it.
    one_pass_first
        The same where, without a plan, the pool is halved next.
    reroute
        The share of re-routing what they found.
    passes
        Of the wheel, where the first found none, before what is slower has a try.
    later_seed
        Added to the seed where the wheel is tried once more: other priorities, other luck.
    """

    aspiers_most: int = count(400, 0)
    aspiers: Share = time_share(0.3, most_s=1.5)
    other: Share = time_share(0.4)
    one_pass: Share = time_share(0.75)
    one_pass_first: Share = time_share(0.35)
    reroute: Share = time_share(0.3)
    passes: int = count(4, 0)
    later_seed: int = count(1_000)


@dataclass(frozen=True, slots=True)
class WheelPatience(Parameters):
    """The squeaky wheel, once there is a plan: how long it may go on without a better one.

    Near the bound it mostly gets there in the end; far from it, where room is scarce, neighbourhoods do
    better.

    Parameters
    ----------
    share
        Of the stage.
    patient_passes, fewest_passes
        Passes without a better plan before it may stop at all, in small pools or with one worker, and in
        others.
    near
        A plan is near the bound up to this part above it.
    near_part, far_part
        Part of the stage without a better plan after which it stops, near the bound and far from it.
    patience_s, patience_a_move_s
        Seconds of patience at the most: so many, and so many for each displaced VM.
    """

    share: Share = time_share(0.35)
    patient_passes: int = count(30, 0)
    fewest_passes: int = count(10, 0)
    near: float = number(0.02)
    near_part: float = number(0.4, 0, 1)
    far_part: float = number(0.1, 0, 1)
    patience_s: float = number(1.0)
    patience_a_move_s: float = number(0.002)


@dataclass(frozen=True, slots=True)
class Halves(Parameters):
    """A plan in two halves, by way of a placement with more room, where several resources are short.

    Parameters
    ----------
    fewest_resources, fewest_displaced, most_displaced
        Resources that there must be; the VMs to move, from so many up to so many.
    most_places
        Pairs of a host and a group: each try counts the places of all.
    enough_s
        Seconds that must be left for it.
    far
        A plan of more than so many times the bound is made anew this way.
    share
        Of the stage.
    placements, straight
        Placements halfway that are looked for, and how many of these without anybody who steps aside.
    tilts
        How they are drawn to the current or target placement, one after another: which end is the harder one
        is not known.
    first_plans
        The share of the first plans of both halves.
    late_s
        Seconds by which another process may be late, here and at the turn.
    """

    fewest_resources: int = count(2)
    fewest_displaced: int = count(40)
    most_displaced: int = count(5_000)
    most_places: int = count(1_000_000, 0)
    enough_s: float = number(2.0)
    far: float = number(1.25)
    share: Share = time_share(0.6)
    placements: int = count(40)
    straight: int = count(14, 0)
    tilts: tuple[float, ...] = numbers((0.0, 0.3, -0.3, 0.1, -0.1, 1.0, -1.0), -9, 9)
    first_plans: Share = time_share(0.25, least_s=1.5)
    late_s: float = number(0.5)


@dataclass(frozen=True, slots=True)
class LastResort(Parameters):
    """Who is stopped, where VMs may be: first nobody, then as few as need be, set by set.

    Parameters
    ----------
    most_displaced
        VMs to move, up to which sets of them are drawn; of more only the set is looked at that the best plan
        stops.
    few_displaced
        VMs to move, up to which they are few.
    nobody, nobody_of_many
        The share of a plan without stops, where one with stops may cost less: of few VMs, and of more, where
        there is one.
    share
        Of the stage that looks at sets of VMs to be stopped.
    at_once, far
        Sets drawn in a round; 1 where the best plan costs more than so many times what those not drawn do at
        least.
    again, best
        Of the sets that came to least, so many are searched again in a round, and so many joined with each
        other.
    a_try
        The share of the first try of a set.
    longer
        Each later try of a set is so many times as long as the one before.
    drawing
        Times as long, at the most, sets are drawn in a round.
    """

    most_displaced: int = count(1_000, 0)
    few_displaced: int = count(150, 0)
    nobody: Share = time_share(0.25)
    nobody_of_many: Share = time_share(0.8)
    share: Share = time_share(0.8)
    at_once: int = count(4)
    far: float = number(1.06)
    again: int = count(2, 0)
    best: int = count(4, 0)
    a_try: Share = time_share(0.04, least_s=0.25)
    longer: float = number(3.0, 1)
    drawing: int = count(3)


@dataclass(frozen=True, slots=True)
class AtTheTurn(Parameters):
    """A plan by way of the placement in which a VM goes that needs much of all free room.

    Parameters
    ----------
    large
        The part of all free room of a resource that such a VM needs.
    most_displaced
        VMs to move, up to which it is tried.
    far
        A plan of more than so many times the bound is made anew this way.
    enough_s
        Seconds that must be left for it.
    share
        Of the stage.
    placement, longer, halves
        The shares of making a placement better, of going on where all lack something yet, and of the plans to
        it and on from it.
    one
        The share of one model.
    hosts, growth, shrinkage
        Hosts in the first one, how many more after one that is solved to the end, how many fewer after
        another.
    free, free_growth, free_shrinkage
        VMs in the first one that are placed anew, and what their number is multiplied by after such models.
    dear, price
        What a VM on neither of its ends is charged on average, twice that if both are the same; and a
        thousandth of what is lacking.
    patience
        Models without less that is lacking after which the price is doubled.
    enough
        Models without anything better after which a placement in which nothing is lacking is good enough.
    target, elsewhere, displaced
        How often the VM's target is among the hosts when nothing is lacking, those of a VM that is elsewhere,
        and those of one that has to move.
    """

    large: float = number(0.1)
    most_displaced: int = count(200)
    far: float = number(1.25)
    enough_s: float = number(4.0)
    share: Share = time_share(0.7)
    placement: Share = time_share(0.35)
    longer: Share = time_share(0.4)
    halves: Share = time_share(0.6)
    one: Share = time_share(0.03, 0.2, 0.6)
    hosts: int = count(8, 2)
    growth: float = number(0.2)
    shrinkage: float = number(0.5)
    free: int = count(40)
    free_growth: float = number(1.005, 1)
    free_shrinkage: float = number(0.8, 0, 1)
    dear: int = count(10)
    price: int = count(2)
    patience: int = count(6)
    enough: int = count(150)
    target: float = number(0.5, 0, 1)
    elsewhere: float = number(0.7, 0, 1)
    displaced: float = number(0.5, 0, 1)


@dataclass(frozen=True, slots=True)
class MakingWay(Parameters):
    """Making way, where the wheel found no plan.

    Parameters
    ----------
    share, small
        Of the stage; and where the whole is small enough for one exact model.
    one
        The share of making way for one VM; twice as much after each round in which none got home.
    in_vain
        Such rounds in a row that it puts up with; after one more it begins anew.
    choices
        Pairs of a VM and a host in one model; twice as many after such a round.
    most_hosts
        Hosts in one model.
    least_drawn
        Hosts with most room are in it, each counted at what is drawn from this part of its room to all.
    prices
        What its moves are charged.
    """

    share: Share = time_share(0.7)
    small: Share = time_share(0.2)
    one: Share = time_share(0.06, 0.3, 1.5)
    in_vain: int = count(3, 0)
    choices: int = count(6_000)
    most_hosts: int = count(100)
    least_drawn: float = number(0.3, 0, 1)
    prices: WayPrices = field(default_factory=WayPrices)


@dataclass(frozen=True, slots=True)
class Shifting(Parameters):
    """Walks of shifts in time, where a plan is too large for the exact model.

    Parameters
    ----------
    fewest_pairs
        (VM, host) pairs from which on they do more with a first plan than the wheel and neighbourhoods.
    fewest_pairs_compiled
        The same where they are compiled.
    compile_pairs, compile_s
        Pairs that there must be, and seconds that must be left, for another process to compile what is not
        compiled yet.
    far_off
        Where they are compiled, a plan of more than so many times the bound is re-routed first.
    few
        A plan up to this part above the bound is shifted at once.
    passes
        Of the wheel before others are, where room is scarce.
    left
        Detours up to which it begins anew, from another pass, where it finds no more.
    share, turning, scarce, small, anew, again
        Of the stage; of the passes before; where beams are to follow; where there are fewer pairs: there
        neighbourhoods do more in the same time; of beginning anew; and between neighbourhoods.
    """

    fewest_pairs: int = count(80_000, 0)
    fewest_pairs_compiled: int = count(8_000, 0)
    compile_pairs: int = count(1_000, 0)
    compile_s: float = number(8.0)
    far_off: float = number(2.0, 1)
    few: float = number(0.002)
    passes: int = count(4, 0)
    left: int = count(6, 0)
    share: Share = time_share(0.9)
    turning: Share = time_share(0.15)
    scarce: Share = time_share(0.08)
    small: Share = time_share(0.1)
    anew: Share = time_share(0.4)
    again: Share = time_share(0.6)


@dataclass(frozen=True, slots=True)
class Sending(Parameters):
    """Beams, where room is scarce.

    Parameters
    ----------
    fewest_vms, many_vms
        Displaced VMs from which on it is worth the while, once the exact model has had its first try, and
        before that.
    most
        VMs times hosts times limits of a host up to which it is quick enough.
    far, very_far_of_few
        The plan costs more than so many times the bound; where few VMs move, before that first try.
    in_vain
        Beams in a row without a better plan after which others should have a try.
    windows, shifts_s
        How often parts of the plan are made anew after the whole has been shifted, and for how many seconds.
    rounds
        So often both, before another plan has its turn.
    small, share, before_windows, again
        Of the stage where it can be asked who steps aside; elsewhere; where parts are made anew afterwards;
        and of that.
    very_far, most_narrow
        Without a plan, or with one of more than so many times the bound, a few narrow beams are sent before
        all other stages, up to so many VMs times hosts times limits.
    first, dearest, narrow
        How many of them, until two in a row find nothing better; for plans of up to so many times the bound;
        and in which share of the time.
    """

    fewest_vms: int = count(15)
    many_vms: int = count(40)
    most: int = count(60_000)
    far: float = number(1.02, 1)
    very_far_of_few: float = number(1.3, 1)
    in_vain: int = count(8)
    windows: int = count(3)
    shifts_s: float = number(2.0)
    rounds: int = count(2)
    small: Share = time_share(0.25)
    share: Share = time_share(0.4)
    before_windows: Share = time_share(0.6)
    again: Share = time_share(0.95)
    very_far: float = number(1.1, 1)
    most_narrow: int = count(5_000_000)
    first: int = count(4)
    dearest: float = number(3.0, 1)
    narrow: Share = time_share(0.2)


@dataclass(frozen=True, slots=True)
class Exhaustive(Parameters):
    """The search of all placements.

    Parameters
    ----------
    tiny
        Placements up to which it settles a pool at once.
    share
        Of the stage.
    most_pairs
        VMs times hosts up to which it is tried from both ends.
    both_ends, both_ends_at_last
        The shares of that: by few placements, and by many.
    """

    tiny: int = count(30_000, 0)
    share: Share = time_share(0.5)
    most_pairs: int = count(600, 0)
    both_ends: Share = time_share(0.25)
    both_ends_at_last: Share = time_share(0.9)


@dataclass(frozen=True, slots=True)
class DetourBound(Parameters):
    """The bound of the relaxation. From 150 moving VMs on it is hardly ever above the mandatory moves.

    Parameters
    ----------
    small_most, medium_most
        Moving VMs of the largest component up to which the pool counts as small, and as medium.
    small, medium, large
        The share of the stage then.
    asking
        The share of asking, before, whether all VMs of a small component can go straight.
    conflicts
        The share of conflicts of others, which count where the limbo of a component is not known exactly.
    one_detour, two_detours
        The shares of asking whether a single detour is enough, or two.
    """

    small_most: int = count(40, 0)
    medium_most: int = count(150, 0)
    small: Share = time_share(0.25)
    medium: Share = time_share(0.1)
    large: Share = time_share(0.04)
    asking: Share = time_share(0.1, least_s=1.5)
    conflicts: Share = time_share(0.02, least_s=1.0)
    one_detour: Share = time_share(0.7)
    two_detours: Share = time_share(0.7)


@dataclass(frozen=True, slots=True)
class ConflictSearch(Parameters):
    """Conflicts: who cannot all go straight home.

    Parameters
    ----------
    longest_ring, most_rings
        Hosts of a ring of moves that is looked at by itself, and such rings for one question.
    few_states
        Subsets that are looked at for the VMs of one ring, and for more of them each way before more are.
    most_whole, most_here
        VMs of a component up to which the search asks about all of them, and, without compiled code, up to
        which it looks at more than a few subsets.
    most_states
        Subsets of VMs that have moved which are looked at for one question; beyond, it stays open.
    most_looks
        The same in looks at a VM, of which a subset takes as many as there are VMs: a second or two.
    load_s, compile_s
        Seconds that must be left for compiled code to be loaded, and for it to be compiled beside the search
        rather than after it.
    most_compiled
        The same where compiled code looks at them, each way: some ten seconds, and 100 MB.
    first_room
        Nogoods that compiled code has room for at first.
    first_looks, looks_at_once
        Looks at a VM that compiled code takes before it goes on from the other end, times the VMs, twice as
        many each time, and how many it takes at most: some tenths of a second.
    most_pairs
        Moving VMs times hosts up to which it is asked whether a single detour is enough.
    most_pairs_of_two
        The same for two detours.
    least_pace
        How far a walk goes from the end that tells less often, at least, as a part of what the other does.
    most_learnt, most_learnt_of_one
        Nogoods that one question about a step aside hands on to the next, and keeps until it is asked again.
    first_aside, more_aside
        Subsets that compiled code looks at first for one VM that steps aside to one host, and how many times
        as many it looks at next for those of which that tells nothing.
    few_shelters
        Hosts left to be asked about of a VM, below which it is not asked whether it would help in the limbo.
    """

    longest_ring: int = count(3)
    most_rings: int = count(20_000, 0)
    few_states: int = count(300)
    most_whole: int = count(150, 0)
    most_here: int = count(40, 0)
    most_states: int = count(20_000)
    most_looks: int = count(4_000_000)
    load_s: float = number(2.0)
    compile_s: float = number(15.0)
    most_compiled: int = count(500_000)
    first_room: int = count(1_000)
    first_looks: int = count(100)
    looks_at_once: int = count(2_000_000)
    most_pairs: int = count(3_000, 0)
    most_pairs_of_two: int = count(300, 0)
    least_pace: float = number(0.2, 0.01, 1)
    most_learnt: int = count(10_000)
    most_learnt_of_one: int = count(1_000)
    first_aside: int = count(1_000)
    more_aside: int = count(4, 2)
    few_shelters: int = count(5)
    hitting_sets: HittingSets = field(default_factory=HittingSets)


@dataclass(frozen=True, slots=True)
class Certificates(Parameters):
    """Proofs for a stranger to check.

    Parameters
    ----------
    stuck, conflicts
        The shares of VMs that are stuck, and of conflicts.
    most_shrunk
        VMs that are stuck up to which one after the other is tried to be left out.
    """

    stuck: Share = time_share(0.3)
    conflicts: Share = time_share(0.5)
    most_shrunk: int = count(400, 0)


@dataclass(frozen=True, slots=True)
class Exact(Parameters):
    """The interval model over everything.

    Parameters
    ----------
    most_pairs
        (VM, host) pairs up to which the model is whole; above, neighbourhoods do better in the same time.
    most_pairs_at_all
        The same where no plan is known: there is nothing to open a neighbourhood in.
    most_slots
        The largest K.
    first
        The share of K = 1, the quickest class: one that is not finished is no proof for the next.
    beyond
        The share of the bound of all plans that K leaves out.
    quick
        The share of the first try.
    far
        A plan of more than so many times the bound is far: then neighbourhoods come first.
    near_share, far_share
        The share of neighbourhoods before the model is asked again, from a plan near the bound and far.
    """

    most_pairs: int = count(3_000, 0)
    most_pairs_at_all: int = count(150_000, 0)
    most_slots: int = count(4)
    first: Share = time_share(0.7)
    beyond: Share = time_share(0.5)
    quick: Share = time_share(0.15, least_s=1.0)
    far: float = number(1.1, 1)
    near_share: Share = time_share(0.5)
    far_share: Share = time_share(0.8)


@dataclass(frozen=True, slots=True)
class Apart(Parameters):
    """Components apart.

    Parameters
    ----------
    few_outside, more_outside, most_outside
        Hosts outside that a component may use: few at first, more where that was not enough.
    most_hosts
        Hosts of a component up to which it is worth being solved apart; larger ones are for neighbourhoods.
    share
        Of the stage where a plan is known: neighbourhoods win little more.
    share_of_a_round
        The same where none is known, and more hosts outside may be wanted.
    first_try
        The share of a first try of every component.
    late_s
        Seconds that a thread may be late.
    look_s
        Seconds after which what the threads have so far is put together.
    later_seed
        Added to the seed where a component is tried once more.
    batches_unsaid
        Batches for an executor that does not say how many workers it has; each carries the whole pool.
    """

    few_outside: int = count(8, 0)
    more_outside: int = count(32, 0)
    most_outside: int = count(128, 0)
    most_hosts: int = count(60)
    share: Share = time_share(0.7)
    share_of_a_round: Share = time_share(0.4)
    first_try: Share = time_share(0.1)
    late_s: float = number(1.0)
    look_s: float = number(0.5)
    later_seed: int = count(100)
    batches_unsaid: int = count(8)


@dataclass(frozen=True, slots=True)
class FromLimbo(Parameters):
    """The start from the limbo. Prices are in migrations of the VM.

    Parameters
    ----------
    dear
        What a VM is first taken to need beyond the least, for each thousandth of a host that it takes.
    stuck
        Added to twice of what a VM was taken to need, when it found no way.
    most
        What no VM is taken to need more than: the prices of all stay within what CP-SAT can add up.
    first, later
        The shares of the first order and of each later one.
    idle
        Rounds in which nothing changes, neither order nor prices, after which others should have a try.
    patience
        The share in which a better plan must come; else others should have a try as well.
    hosts_drawn
        Hosts at which a VM looks on its way home, drawn where there are more: so it takes no longer in a
        larger pool.
    """

    dear: float = number(0.06)
    stuck: int = count(4, 0)
    most: int = count(200)
    first: Share = time_share(0.07, least_s=0.7)
    later: Share = time_share(0.025, least_s=0.4)
    idle: int = count(3)
    patience: Share = time_share(0.06)
    hosts_drawn: int = count(400)


@dataclass(frozen=True, slots=True)
class Neighbourhoods(Parameters):
    """Large neighbourhoods, re-ordering and their shelters.

    Parameters
    ----------
    first_size, smallest
        Hosts in the first neighbourhood, and at the least.
    growth, shrinkage
        What the size is multiplied by after a round that was quick, and after one that was not done.
    patience_s
        Seconds for one neighbourhood: many small ones win more than few large ones.
    quick
        A round is quick where it took less than this part of its time.
    first_free, least_free
        VMs that are free in the first neighbourhood at the most, where one resource counts, and in any at the
        least. So many over the square root of the number of resources where there are more: each is a limit
        of its own on every host.
    free_shrinkage
        What their number is multiplied by after a round that was not done.
    moves_a_neighbourhood, most_neighbourhoods
        Moves in the plan for each neighbourhood of a round, and how many a round has at the most.
    outside
        Hosts outside the neighbourhood that are offered to each VM, in half of the windows: those with the
        most room. Where all are full they only make the model larger.
    drawn
        Further hosts, drawn, that are offered to all.
    most_at_once
        Displaced VMs up to which all of them together are ordered too, with a limbo and without.
    shelters, shelters_from
        Shelters offered to each VM that steps aside when all are re-ordered, drawn from so many of the best.
    reorder
        The share of one re-ordering of all.
    idle
        Rounds without success after which all VMs are re-ordered once more; half as many each time in vain.
    ranked
        Hosts ranked for VMs of one size; a filter may leave few of them.
    gap
        Instants between two moves of the plan as it is, so that others can happen in between.
    """

    first_size: float = number(5, 1)
    smallest: float = number(3, 1)
    growth: float = number(1.1, 1)
    shrinkage: float = number(0.95, 0, 1)
    patience_s: float = number(0.7)
    quick: float = number(0.6, 0, 1)
    first_free: int = count(60)
    least_free: int = count(8)
    free_shrinkage: float = number(0.7, 0, 1)
    moves_a_neighbourhood: int = count(500)
    most_neighbourhoods: int = count(48)
    outside: int = count(3, 0)
    drawn: int = count(2, 0)
    most_at_once: int = count(6_000, 0)
    shelters: int = count(6, 0)
    shelters_from: int = count(60)
    reorder: Share = time_share(0.2, least_s=1.4)
    idle: int = count(8)
    ranked: int = count(200)
    gap: int = count(4)


@dataclass(frozen=True, slots=True)
class Witness(Parameters):
    """The step model, which judges small plans beside the replay.

    Parameters
    ----------
    most_moves
        Moves up to which every plan is put before it; larger ones on request.
    moves_at_once
        Moves of one model; a longer plan is asked about in stretches.
    enough_s
        Seconds that must be left for it: it never makes a plan late.
    most_s
        Seconds that it gets.
    check_s
        Seconds after which a check on request is given up without a verdict; what it says is true whatever
        they are.
    """

    most_moves: int = count(120, 0)
    moves_at_once: int = count(40)
    enough_s: float = number(0.3)
    most_s: float = number(2.0)
    check_s: float = number(600.0)


@dataclass(frozen=True, slots=True)
class Asking(Parameters):
    """What the proof that there is no plan would come to with more room, or with a VM stopped.

    Parameters
    ----------
    few_steps
        How often the next amount that changes anything is tried; after that bisection is quicker.
    most_pairs
        Pairs of a VM that waits and a host up to which questions are answered.
    """

    few_steps: int = count(6, 0)
    most_pairs: int = count(5_000_000, 0)


@dataclass(frozen=True, slots=True)
class StageParameters(RoomParameters):
    """The parameters of all stages of a search, and of the path finders."""

    finders: FinderParameters = field(default_factory=FinderParameters)
    first_plan: FirstPlan = field(default_factory=FirstPlan)
    wheel: WheelPatience = field(default_factory=WheelPatience)
    halves: Halves = field(default_factory=Halves)
    last_resort: LastResort = field(default_factory=LastResort)
    turn: AtTheTurn = field(default_factory=AtTheTurn)
    way: MakingWay = field(default_factory=MakingWay)
    shifting: Shifting = field(default_factory=Shifting)
    sending: Sending = field(default_factory=Sending)
    exhaustive: Exhaustive = field(default_factory=Exhaustive)
    bound: DetourBound = field(default_factory=DetourBound)
    conflicts: ConflictSearch = field(default_factory=ConflictSearch)
    exact: Exact = field(default_factory=Exact)
    apart: Apart = field(default_factory=Apart)
    start: FromLimbo = field(default_factory=FromLimbo)
    neighbourhoods: Neighbourhoods = field(default_factory=Neighbourhoods)
    solver: Solver = field(default_factory=Solver)
    witness: Witness = field(default_factory=Witness)
    what_if: Asking = field(default_factory=Asking)
    certificates: Certificates = field(default_factory=Certificates)


DEFAULT = StageParameters()
