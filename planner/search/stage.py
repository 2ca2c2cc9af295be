"""A stage of a search, and the walk through a table of them."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from heuristics.other_process import Others
from heuristics.squeaky import Wheels
from planner.cp.solve import Effort
from planner.cp.variables import OutOfTimeError, TooLargeToCountError
from planner.search.parameters import DEFAULT, StageParameters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from heuristics import Deadline, PathFinder
    from models.parameters import Share
    from models.problem import Problem
    from planner.search.incumbent import Incumbent
    from planner.search.stopping import Stopping


log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Search:
    """One search: what all of its stages are given.

    Parameters
    ----------
    incumbent
        What is known; they improve it.
    effort
        How hard CP-SAT works.
    parameters
        Of all stages.
    finder
        The path finder that goes first: ``auto``, its name, or itself.

    Attributes
    ----------
    wheels
        The squeaky wheel, which several stages turn: each goes on with what the one before has learnt.
    others
        Processes beside this one, one less than there are workers, for the stages that have use for them.
    begun
        The sections whose stages have had a turn.
    stoppings
        The searches for plans that stop certain VMs; the first stops only those who have no other way.
    """

    incumbent: Incumbent
    effort: Effort = Effort()
    parameters: StageParameters = DEFAULT
    finder: str | PathFinder = "auto"

    wheels: Wheels = field(init=False)
    others: Others = field(init=False)
    begun: set[str] = field(init=False, default_factory=set)
    stoppings: list[Stopping] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        """Set up the wheels and the processes, which cost nothing until they turn, or are asked."""
        wheels = Wheels(self.problem, self.effort.seed, self.parameters.finders.squeaky)
        object.__setattr__(self, "wheels", wheels)
        object.__setattr__(self, "others", Others(self.problem, self.effort.workers - 1))

    @property
    def problem(self) -> Problem:
        """What is planned."""
        return self.incumbent.problem

    @property
    def has_plan(self) -> bool:
        """Tell whether there is a plan to be improved."""
        return self.incumbent.moves is not None


@dataclass(frozen=True, slots=True)
class Stage:
    """A row of the table that a search goes through.

    Parameters
    ----------
    name
        What it is called in the progress and in the seconds of the result.
    section
        The heading under which the mathematics says what it does and why that is right.
    wanted
        Whether it is of use, as things stand when its turn comes.
    share
        How much of the time that is left it may take.
    run
        Does it, until nothing is left to find or its own deadline is over.
    at_once
        It takes no time, and is done even where none is left.
    """

    name: str
    section: str
    wanted: Callable[[Search], bool]
    share: Callable[[Search], Share]
    run: Callable[[Search, Deadline], None]
    at_once: bool = False


def walk_through(stages: Iterable[Stage], search: Search) -> None:
    """Run the stages that are wanted, in order, until nothing is left to find or the time is up."""
    incumbent = search.incumbent
    with search.others:
        for stage in stages:
            if incumbent.settled:
                return
            if (stage.at_once or not incumbent.deadline.over) and stage.wanted(search):
                search.begun.add(stage.section)
                with incumbent.during(stage.name):
                    try:
                        stage.run(search, incumbent.deadline.share(stage.share(search)))
                    except TooLargeToCountError:
                        log.info("%s: amounts add up to more than a model counts", stage.section)
                    except OutOfTimeError:
                        log.info("%s: the time was up before a model was made", stage.section)
                if incumbent.impossible is not None:
                    log.info("%s: no plan exists", stage.section)
                else:
                    log.info("%s: cost %s, bound %s", stage.section, incumbent.cost, incumbent.bound)
