"""What path finders and list scheduling can be told: how often, how many, how dear.

The defaults are what came out best on the pools of the benchmarks; ``--set finders.squeaky.sample=10`` of
``python -m benchmarks`` varies them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from models.parameters import Parameters, count, number, numbers


@dataclass(frozen=True, slots=True)
class AspiersParameters(Parameters):
    """The origin's path finder.

    Parameters
    ----------
    deepest
        How deep displacements may nest; far below what Python's stack takes.
    tries
        Displacements tried to bring one VM home, before the next VM of the list has its turn.
    backtracks, backtracks_a_vm
        Choices of who goes next that are tried in all: so many, and so many for each displaced VM.
    """

    deepest: int = count(60)
    tries: int = count(400)
    backtracks: int = count(2_000, 0)
    backtracks_a_vm: int = count(4, 0)


@dataclass(frozen=True, slots=True)
class DijkstraParameters(Parameters):
    """The search of all placements.

    Parameters
    ----------
    most_vms, most_hosts
        What it takes on.
    most_placements
        Placements seen before it gives up.
    """

    most_vms: int = count(32)
    most_hosts: int = count(12)
    most_placements: int = count(400_000)


@dataclass(frozen=True, slots=True)
class BothEndsParameters(Parameters):
    """Placements that few detours lead to, from both ends.

    Parameters
    ----------
    most_straight
        Placements that are listed without a detour: where there are more, those with one are too many.
    few_placements, most_placements
        The same with detours, and those that are to be listed next: at first, and where one migration less is
        all that has yet to be refuted.
    most_looked
        Placements that take as many detours, up to which all migrations aside are noted: some forty of each,
        at forty bytes.
    """

    most_straight: int = count(5_000)
    few_placements: int = count(20_000)
    most_placements: int = count(1_000_000)
    most_looked: int = count(100_000)


@dataclass(frozen=True, slots=True)
class ShelterParameters(Parameters):
    """Where VMs may step aside.

    Parameters
    ----------
    asked
        Shelters with just enough room that are asked for more than room, before a VM is given up on.
    full
        Shelters without room in which room is made, before an eviction is given up on.
    depth
        How many times over room is made for who makes room: each asks of many shelters for each guest.
    few_hosts
        Hosts up to which looking at one after the other is quicker than at all of them at once.
    most_kept, most_changes
        Different needs for which it is kept where there is room, and changes of hosts that are counted: then
        all is forgotten, for the sake of memory.
    """

    asked: int = count(64)
    full: int = count(8, 0)
    depth: int = count(1, 0)
    few_hosts: int = count(40, 0)
    most_kept: int = count(4_096)
    most_changes: int = count(100_000)


@dataclass(frozen=True, slots=True)
class SqueakyParameters(Parameters):
    """The squeaky wheel.

    Parameters
    ----------
    sample
        Stuck hosts looked at for one detour; more find little better and take longer.
    times_aside
        How often one VM steps aside in a pass, so that a pass ends.
    home_again
        Migrations charged for sending aside a VM that has come home already in the same pass.
    scarce
        Room is scarce where the first pass costs more than so much above the bound, as a part of it.
    large, drawn
        First priorities then: what the largest VM has for its size, others in proportion, and up to what is
        drawn beside it.
    gain
        What a stuck VM gains in priority; first priorities are drawn from 0 to 1 where room is not scarce.
    alternating
        Passes in which the two directions take turns.
    weaker_every
        Thereafter one pass in so many goes on taking turns; the others go to the better direction.
    most_moves, most_moves_a_vm
        Moves after which a pass is given up: so many, and so many for each displaced VM.
    patience
        Passes without a better plan, in both directions together, before it stops where it runs alone.
    shelters
        Where VMs step aside.
    """

    sample: int = count(30)
    times_aside: int = count(3, 0)
    home_again: float = number(1.5)
    scarce: float = number(0.02)
    large: float = number(3.0)
    drawn: float = number(0.3)
    gain: float = number(0.25)
    alternating: int = count(8, 0)
    weaker_every: int = count(5)
    most_moves: int = count(100, 0)
    most_moves_a_vm: int = count(3, 0)
    patience: int = count(40)
    shelters: ShelterParameters = field(default_factory=ShelterParameters)


@dataclass(frozen=True, slots=True)
class ShiftParameters(Parameters):
    """Walks of shifts in time.

    Parameters
    ----------
    breadth
        Instants tried for a VM that shall go straight.
    steps
        Shifts of one walk.
    widest
        Hosts that may be over a limit at a time.
    shaken
        Legs shifted at random before each try.
    drawn
        Hosts drawn for a VM that shall wait elsewhere.
    above, above_a_vm
        Migrations that the plan may cost more than the best so far: so many, or so many for each VM that does
        not go straight, whatever is more.
    rise
        Migrations that it may cost more after one try.
    patience, patience_a_vm
        Tries in a row without a shorter plan after which it ends: so many, and so many for each VM that does
        not go straight.
    told_every
        Tries after which the best plan so far is told.
    detours_each
        Detours for each process from which on it is worth the while to have several.
    worth_s
        Seconds that must be left for that.
    round_s, round_a_move_s
        Seconds after which the plan is cut elsewhere: so many, and so many for each migration.
    off_cut
        By which part of a piece at most each cut is off where all pieces were alike; below a half, so that
        cuts stay in order.
    late_s
        Seconds that another process may be late after a round.
    least_gain
        The part of the detours that a round must take out; else one process goes on alone, with the whole.
    patience_compiled
        How many times as many that may be where tries are compiled.
    many, slow, slow_rounds
        From so many VMs on that do not go straight it ends, compiled, where so many rounds took out less than
        this part of them.
    tries
        Compiled tries between looks at the clock.
    load_s
        Seconds that must be left for compiled shifts to be worth while.
    meanwhile_s
        Seconds after which it looks whether they have been compiled meanwhile.
    """

    breadth: int = count(3)
    steps: int = count(25)
    widest: int = count(2)
    shaken: int = count(4, 0)
    drawn: int = count(5, 0)
    above: float = number(5.0)
    above_a_vm: float = number(0.1)
    rise: float = number(2.0)
    patience: int = count(500)
    patience_a_vm: int = count(600, 0)
    told_every: int = count(5_000)
    detours_each: int = count(20)
    worth_s: float = number(10.0)
    round_s: float = number(2.0)
    round_a_move_s: float = number(0.0003)
    off_cut: float = number(0.25, 0, 0.5)
    late_s: float = number(1.0)
    least_gain: float = number(0.06, 0, 1)
    patience_compiled: int = count(20)
    many: int = count(100)
    slow: float = number(0.01, 0, 1)
    slow_rounds: int = count(3)
    tries: int = count(100)
    load_s: float = number(4.0)
    meanwhile_s: float = number(3.0)


@dataclass(frozen=True, slots=True)
class BeamParameters(Parameters):
    """Beams of placements.

    Parameters
    ----------
    narrowest
        Placements that go on at each step of the first beam.
    large_pairs
        Pairs of VM and host beyond which all widths are less by as much, so that a step takes no longer.
    most_mib
        Memory of a beam at the most, about: it is no wider.
    growth
        What the width is multiplied by after a beam each way.
    other_width
        Placements that go on at each step where another plan is looked for.
    in_time
        The part of the time that is left for which a beam is made as wide as it will last.
    least_together, most_together
        The range from which it is drawn what room that is together is worth, in migrations for an empty host.
    least_gain, most_gain
        The range from which it is drawn what VMs that go home at once add to the squares of the room, at the
        least: 1 is a host that was full and is empty.
    few_pairs
        Pairs of VM and host up to which nobody goes home at once.
    yet_to_come
        What a VM that is not home will cost beyond its way home, in migrations.
    drawn
        What is drawn and added to each score, at the most, in migrations.
    spare
        Placements that are looked at closer for each that goes on.
    most_steps
        Steps of a beam for each VM, at the most: who migrates for nothing, or next to nothing, could wander
        for ever.
    load_s
        Seconds that must be left for them to be worth while.
    part_width, least_part, most_part
        Placements that go on at each step where a part of a plan is made anew, and the range from which it is
        drawn what part.
    """

    narrowest: int = count(100)
    large_pairs: int = count(40_000)
    most_mib: int = count(500)
    growth: float = number(4.0, 1)
    other_width: int = count(1_000)
    in_time: float = number(0.8, 0, 1)
    least_together: float = number(2.0)
    most_together: float = number(4.0)
    least_gain: float = number(-0.04, -1e9)
    most_gain: float = number(0.0, -1e9)
    few_pairs: int = count(7_000, 0)
    yet_to_come: float = number(0.04)
    drawn: float = number(0.1)
    spare: int = count(2)
    most_steps: int = count(4)
    load_s: float = number(3.0)
    part_width: int = count(300)
    least_part: float = number(0.15, 0, 1)
    most_part: float = number(0.5, 0, 1)


@dataclass(frozen=True, slots=True)
class HalfwayParameters(Parameters):
    """A placement halfway: what is short of room, and how long it is shaken about.

    Parameters
    ----------
    steps_a_vm, most_steps
        Changes that are looked at: so many for each displaced VM, so many at the most.
    warmest, coldest
        How much worse a change may be, about, at first and in the end.
    least
        The part of a share that each host should have left, at the least.
    low, over
        How dear a share is by which a host has less than that; and by which it is over a limit, or a place
        of a group.
    aside
        Part of the changes that send a VM to any host.
    dear
        How dear a VM is that is on neither its source nor its target.
    look_steps
        Changes between two looks at the clock.
    """

    steps_a_vm: int = count(2_500)
    most_steps: int = count(5_000_000)
    warmest: float = number(300.0, 1e-6)
    coldest: float = number(0.01, 1e-6)
    least: float = number(0.1, 0, 1)
    low: float = number(30.0)
    over: float = number(300.0)
    aside: float = number(0.3, 0, 1)
    dear: float = number(3.0)
    look_steps: int = count(100_000)


@dataclass(frozen=True, slots=True)
class FinderParameters(Parameters):
    """The parameters of the path finders that come with the planner."""

    aspiers: AspiersParameters = field(default_factory=AspiersParameters)
    dijkstra: DijkstraParameters = field(default_factory=DijkstraParameters)
    both_ends: BothEndsParameters = field(default_factory=BothEndsParameters)
    squeaky: SqueakyParameters = field(default_factory=SqueakyParameters)
    shifts: ShiftParameters = field(default_factory=ShiftParameters)
    beam: BeamParameters = field(default_factory=BeamParameters)
    halfway: HalfwayParameters = field(default_factory=HalfwayParameters)


@dataclass(frozen=True, slots=True)
class ListParameters(Parameters):
    """List schedules, pushed to the end of time and back, and shaken.

    Parameters
    ----------
    widths
        Parts of the makespan by which the starts of a good schedule are shaken, one after another, to begin
        anew from there.
    shaken
        The part of the tasks that a shake moves.
    idle
        Rounds there and back without a shorter schedule after which it ends.
    always_back
        Tasks up to which the first schedule is pushed there and back once even when time is up.
    few_tasks
        Tasks up to which compiled passes are not worth their while.
    compile_s, load_s
        Seconds that must be left for it to be worth while to have passes compiled, or to load them.
    """

    widths: tuple[float, ...] = numbers((0.02, 0.05, 0.1, 0.2), 0, 1)
    shaken: float = number(0.5, 0, 1)
    idle: int = count(2)
    always_back: int = count(4_000, 0)
    few_tasks: int = count(400, 0)
    compile_s: float = number(8.0)
    load_s: float = number(1.5)


DEFAULT = FinderParameters()
LISTS = ListParameters()
