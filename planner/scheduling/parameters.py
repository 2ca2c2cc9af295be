"""What finding a short schedule can be told: how much of the time, how many, how far.

The defaults are what came out best on the pools of the benchmarks. Seconds are of the clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from heuristics.parameters import ListParameters
from models.parameters import Parameters, RoomParameters, Share, count, number, time_share


@dataclass(frozen=True, slots=True)
class Shares(Parameters):
    """How much of the time that is left each of the stages may take, in the order in which they go.

    Parameters
    ----------
    lists, lists_of_few
        List schedules; the same where a small model of all tasks comes next, which finds more in the time.
    lists_of_many
        The same with ``--schedule`` where tasks are too many for a model of all of them: neighbourhoods alone
        gain less in the time.
    kept_for_bound
        What they leave to the bounds in a pool that is too large for models: they are all that is left then.
    bound
        The bounds of idle room and of single hosts.
    aside_first
        Steps aside that nobody needs, where they cost nothing, the end waits for room and the pool is too
        large for a model of all ways.
    room_first
        Other orders, and other hosts to step aside to, where no plan shall cost more, the end waits for room
        and comes far above the bound.
    same_cost, same_cost_work
        In a small pool in which the end waits for room: neighbourhoods of the tasks at hand, until so much of
        the time has passed, but no more than that part of the limit on a machine like any other.
    same_cost_first
        The same before further migrations are made: some more of the clock, for no more work.
    aside_of_few
        Then steps aside that nobody needs.
    these_ways
        Neighbourhoods again, after these steps aside.
    refuting
        Horizons that are too short, where every plan asked for has the tasks at hand.
    all_at_once
        The first try of the model of all tasks, everywhere else.
    lists_again
        List schedules again from the best, where wires decide and all tasks are many for that model.
    first
        Neighbourhoods, before the model of all ways.
    ways
        The model of all ways.
    other_ways
        Other orders, and steps aside that nobody needs, where the end waits for room, everywhere else.
    proof
        What the last neighbourhoods leave to the model of all tasks, where its bound counts.
    loosening
        What all of these leave to making the schedule bear other durations.
    early_loosening
        What that takes, of what is left, where the schedule was found early.
    """

    lists: Share = time_share(0.15)
    lists_of_few: Share = time_share(0.15)
    lists_of_many: Share = time_share(0.4)
    kept_for_bound: Share = time_share(0.2)
    bound: Share = time_share(0.1)
    aside_first: Share = time_share(0.85)
    room_first: Share = time_share(0.8)
    same_cost: Share = time_share(0.55)
    same_cost_work: Share = time_share(0.45)
    same_cost_first: Share = time_share(0.8)
    aside_of_few: Share = time_share(0.75)
    these_ways: Share = time_share(0.2)
    refuting: Share = time_share(0.15)
    all_at_once: Share = time_share(0.2)
    lists_again: Share = time_share(0.3)
    first: Share = time_share(0.3)
    ways: Share = time_share(0.6)
    other_ways: Share = time_share(0.6)
    proof: Share = time_share(0.3)
    loosening: Share = time_share(0.2)
    early_loosening: Share = time_share(0.1)


@dataclass(frozen=True, slots=True)
class ModelSizes(Parameters):
    """How large the models get.

    Parameters
    ----------
    short_of_room
        Part of the bound by which a schedule is longer, from which on room may be what the end waits for, and
        not the wires.
    far_short_of_room
        The same part, from which on no model of all tasks at hand is tried, where the end waits for room.
    few_ways, most_ways
        Ways of all VMs together, up to which a model of all of them comes first, or there is one at all.
    most_at_once, most_in_part
        Tasks up to which a model holds all of them, freely or most of them in order.
    most_tried_widely
        Tasks up to which they are few.
    strategies
        Threads for each worker, of several, in a model of all tasks: each follows another strategy, and where
        room is short it is one that happens to suit that finds it, not more time for the same.
    most_pairs
        Arrivals of a host times its arrivals and departures, up to which a model of given routes asks of any
        two which comes first.
    """

    short_of_room: float = number(0.05)
    far_short_of_room: float = number(0.5)
    few_ways: int = count(120, 0)
    most_ways: int = count(2_500, 0)
    most_at_once: int = count(2_000, 0)
    most_in_part: int = count(5_000, 0)
    most_tried_widely: int = count(200, 0)
    strategies: int = count(4)
    most_pairs: int = count(1_000, 0)


@dataclass(frozen=True, slots=True)
class MakespanBound(Parameters):
    """The bounds of the makespan that look at one host after another.

    Parameters
    ----------
    most_modes
        Rates of a migration up to which each is looked at by itself.
    most_states
        Sets of VMs that have come and gone up to which the idle room of a host is known; it counts 0 beyond.
    most_vms
        VMs that come or go up to which a model looks into a host.
    host_s
        Seconds for the model of one host.
    most_looks
        Looks for a host that has room at first for a VM which may step aside; beyond, nobody waits for one.
    """

    most_modes: int = count(4)
    most_states: int = count(5_000, 0)
    most_vms: int = count(24, 0)
    host_s: float = number(0.3)
    most_looks: int = count(200_000, 0)


@dataclass(frozen=True, slots=True)
class Horizons(Parameters):
    """Horizons by which all tasks shall have ended, as long as it is soon proven that they cannot.

    Parameters
    ----------
    patience_s, patience_a_task_s, patience
        Seconds for each, at the least: so many, and so many for each task; and so many times as long as one
        before took.
    patience_for_few
        The same in a small pool in which the end waits for room, where nothing else is left to do.
    """

    patience_s: float = number(0.1)
    patience_a_task_s: float = number(3e-4)
    patience: float = number(5.0)
    patience_for_few: Share = time_share(0.35)


@dataclass(frozen=True, slots=True)
class Reordering(Parameters):
    """Neighbourhoods of a schedule, in which some tasks are free and the others keep their order.

    Parameters
    ----------
    first_size, smallest
        Free tasks in the first neighbourhoods, and at the least.
    growth, shrinkage
        By what the size changes where nothing shorter was there, and where time ran out before an answer.
    patience_s, patience_a_task_s
        Seconds for one neighbourhood: so many, and so many for each task of the pool, since so long it takes
        to build the model and to look through it.
    work_s, least_work_s
        Where it is measured in work and not by the clock: seconds for one neighbourhood on a machine like any
        other, and what one counts at the least.
    """

    first_size: float = number(40, 1)
    smallest: float = number(5, 1)
    growth: float = number(1.2, 1)
    shrinkage: float = number(0.8, 0, 1)
    patience_s: float = number(2.0)
    patience_a_task_s: float = number(0.002)
    work_s: float = number(0.3, 1e-3)
    least_work_s: float = number(0.02, 1e-3)


@dataclass(frozen=True, slots=True)
class SameCostParts(Parameters):
    """Which part of its work a search at no more cost gives to what, where VMs step aside.

    Parameters
    ----------
    reordering
        Neighbourhoods of the tasks at hand.
    rerouting
        Other orders, and other hosts to step aside to.
    aside
        The model in which others step aside.
    again
        Neighbourhoods of what that came to.
    """

    reordering: float = number(0.4, 0, 1)
    rerouting: float = number(0.2, 0, 1)
    aside: float = number(0.2, 0, 1)
    again: float = number(0.2, 0, 1)


@dataclass(frozen=True, slots=True)
class OtherWays(Parameters):
    """The local search over where VMs step aside.

    Parameters
    ----------
    patience, patience_a_task
        Steps without anything better, after which a pool has been seen from all sides: so many, and so many
        for each task.
    aim
        VMs that are home after this part of the shortest makespan count as late.
    price
        What a migration more costs: this part of the makespan, in seconds that VMs are late.
    warmth
        The part of the makespan by which a step may be worse, in seconds that VMs are late, for about every
        third such step to be taken at first; it sinks to nothing.
    few_tasks, most_warmth
        Fewer tasks than that are looked at from all sides in the time: the fewer they are, the less a
        migration more costs, and the warmer it begins, up to so warm.
    warmer, warmest
        Where steps are compiled, how many times as warm half of the threads begin as the others, up to which
        warmth; and so do all, in the next cooling, if the warmer ones found more, or nobody anything.
    cycles
        How often it sinks so, in all of the time.
    most_whole
        Tasks up to which a changed order is placed as a whole, and not only where the change reaches.
    most_shelters
        Hosts that are looked at, drawn anew each time, for one where a VM can step aside.
    tasks_a_second
        About how many tasks are placed in a second, where steps are counted and not timed.
    steps_a_film
        Steps in one direction of time before it goes on in the other.
    late
        How often a chain is looked at that ends with somebody late, rather than one that ends last.
    shift
        How often any task takes another turn in the order.
    width
        By about which part of the order.
    swap
        How often one that waits for a wire or a slot goes before the other.
    first_in
        How often one that waits for room arrives before one that took room there.
    resident
        How often a settled VM steps aside for one that waits for room there.
    just_before
        How often one that goes before another takes the very turn of that, and not any turn up to it.
    straight
        How often a VM that steps aside goes straight, and not to another host.
    once_free
        How often a VM that shall step aside does so as soon as its host has sent whoever left it last before;
        else at any turn up to its own.
    others_wait
        How often room at the second it comes is enough for a VM that steps aside, though others will have to
        wait for its way home.
    any_shelter
        How often a VM steps aside to any host that has room, rather than to the one where least goes on.
    scatter_s
        Up to so many seconds are drawn on top of what goes on at each of them.
    searching
        The part of the time after which what it came to is pushed together and spared what it does not need.
    first_aim, last_aim
        Where steps are compiled, in place of ``aim``: what it is at the beginning and the end of a cooling.
    patience_compiled
        Where they are, in place of ``patience``: so many times the square of the number of tasks.
    tasks_a_turn
        Where they are, tasks that are placed before the clock is looked at.
    compile_s, load_s
        Seconds that must be left for it to be worth while to have them compiled, or to load them.
    meanwhile_s
        Seconds of steps here before it is looked whether they have been compiled.
    """

    patience: int = count(500, 0)
    patience_a_task: int = count(200, 0)
    aim: float = number(0.7, 0, 1)
    price: float = number(0.1, 0)
    warmth: float = number(0.1, 0)
    few_tasks: int = count(200)
    most_warmth: float = number(0.6, 0)
    warmer: float = number(3.0, 1)
    warmest: float = number(1.0, 0)
    cycles: int = count(10)
    most_whole: int = count(400, 0)
    most_shelters: int = count(60)
    tasks_a_second: float = number(150_000, 1)
    steps_a_film: int = count(100)
    late: float = number(0.6, 0, 1)
    shift: float = number(0.1, 0, 1)
    width: float = number(0.1, 0, 1)
    swap: float = number(0.7, 0, 1)
    first_in: float = number(0.3, 0, 1)
    resident: float = number(0.15, 0, 1)
    just_before: float = number(0.5, 0, 1)
    straight: float = number(0.5, 0, 1)
    once_free: float = number(0.6, 0, 1)
    others_wait: float = number(0.1, 0, 1)
    any_shelter: float = number(0.5, 0, 1)
    scatter_s: float = number(10.0)
    searching: float = number(0.95, 0, 1)
    first_aim: float = number(0.6, 0, 1)
    last_aim: float = number(0.95, 0, 1)
    patience_compiled: int = count(3_000)
    tasks_a_turn: int = count(100_000)
    compile_s: float = number(8.0)
    load_s: float = number(1.5)
    meanwhile_s: float = number(2.0)

    def suited_to(self, num_tasks: int) -> OtherWays:
        """Give the same with the price and the warmth that suit so many tasks."""
        few = min(1.0, max(1, num_tasks) / self.few_tasks)
        warmth = min(self.warmth / few, max(self.warmth, self.most_warmth))
        return replace(self, price=few * self.price, warmth=warmth)


@dataclass(frozen=True, slots=True)
class Loosening(Parameters):
    """Of schedules that are as short, one that bears bad luck.

    Parameters
    ----------
    draws
        Draws of all durations by which schedules are compared in the end, the same for each.
    drawn
        Draws of all durations for each search, others for each.
    spread
        A duration is drawn from this part of the estimate to so many times it.
    first_aim, last_aim
        VMs that are home after this part of the end, on average, count as late: at first, and at last.
    warmth
        As that of the search for other ways, of the end on average.
    fewest_tasks
        Tasks from which on it is worth while.
    steps, steps_a_task
        Steps of each search at most: so many, and so many for each task.
    tasks_a_turn
        Tasks that are placed before the clock is looked at.
    tasks_a_second
        About how many tasks a second are placed, with all draws: more time than its steps take is not kept.
    judging
        What is left for the comparison in the end: so many times what it took for the first.
    load_s
        Seconds that must be left for it to be worth while to load compiled steps.
    """

    draws: int = count(32)
    drawn: int = count(48)
    spread: float = number(2.0, 1)
    first_aim: float = number(0.6, 0, 1)
    last_aim: float = number(0.9, 0, 1)
    warmth: float = number(0.1, 0)
    fewest_tasks: int = count(20)
    steps: int = count(1000)
    steps_a_task: int = count(200, 0)
    tasks_a_turn: int = count(20_000)
    tasks_a_second: float = number(800_000, 1)
    judging: float = number(1.5, 0)
    load_s: float = number(0.5)


@dataclass(frozen=True, slots=True)
class Waiting(Parameters):
    """Which arrivals on a host wait for which departures.

    Parameters
    ----------
    most_pairs
        Pairs of a departure and a later arrival up to which all are the start, instead of chains of units.
    most_reached
        Tasks looked at, before and behind one that other hosts may make needless; it is kept beyond.
    """

    most_pairs: int = count(400, 0)
    most_reached: int = count(20_000, 0)


@dataclass(frozen=True, slots=True)
class FewWaves(Parameters):
    """The search for few waves.

    Parameters
    ----------
    calm
        Rounds, each there and back, before the order is shaken: at first, and after each that came to
        something.
    patience
        Rounds without fewer or shorter waves, after which it ends.
    most_placed
        Tasks put into waves, all rounds together, after which no other round begins; of more than eight
        precedences a task, eight count as one.
    most_noise
        Waves by which the order is shaken at most; one at least, each power as likely.
    """

    calm: int = count(2, 0)
    patience: int = count(50)
    most_placed: int = count(120_000, 0)
    most_noise: float = number(16.0, 1)


@dataclass(frozen=True, slots=True)
class ScheduleParameters(RoomParameters):
    """The parameters of everything that makes a schedule.

    Parameters
    ----------
    shakes, shakes_of_few
        How often the best list schedule is shaken, if time allows; and where a small model comes next.
    write_s_an_action, write_a_reading, write_most
        What is kept for the precedences and their replay: seconds an action or, where tasks are more than few
        and if that is more, so many times what reading them took; and the part of the time that it never
        exceeds.
    """

    shakes: int = count(200, 0)
    shakes_of_few: int = count(20, 0)
    write_s_an_action: float = number(3e-4)
    write_a_reading: float = number(10.0)
    write_most: float = number(0.5, 0, 1)
    shares: Shares = field(default_factory=Shares)
    sizes: ModelSizes = field(default_factory=ModelSizes)
    lists: ListParameters = field(default_factory=ListParameters)
    bound: MakespanBound = field(default_factory=MakespanBound)
    horizons: Horizons = field(default_factory=Horizons)
    reordering: Reordering = field(default_factory=Reordering)
    same_cost: SameCostParts = field(default_factory=SameCostParts)
    other_ways: OtherWays = field(default_factory=OtherWays)
    loosening: Loosening = field(default_factory=Loosening)
    waiting: Waiting = field(default_factory=Waiting)
    waves: FewWaves = field(default_factory=FewWaves)


DEFAULT = ScheduleParameters()
