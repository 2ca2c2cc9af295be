"""What a journal says has been: the plan in force, what is done, what was begun."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from models.actions import Provision, Shutdown, Start, Stop, ends_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.actions import Action
    from models.plan_file import PlanFile
    from planner.execution.events import Event
    from planner.execution.journal import Read


@dataclass(frozen=True, slots=True)
class Past:
    """What became of the actions of a plan.

    Parameters
    ----------
    done
        Numbers of those that are done.
    open
        Number -> handle of those that were asked for and whose outcome is not known; the handle is empty
        where the cloud's answer is not known either.
    asked
        Those of them that have an intent: the others were under way when they were looked at.
    off_by_us
        VMs that were turned off and not on again.
    foretold
        Number -> what the cloud would call it, of those of which that was known before they were asked for.
    """

    done: frozenset[int] = frozenset()
    open: Mapping[int, str] = field(default_factory=dict)
    asked: frozenset[int] = frozenset()
    off_by_us: frozenset[str] = frozenset()
    foretold: Mapping[int, str] = field(default_factory=dict)


NOTHING_YET = Past()


@dataclass(slots=True)
class Story:
    """A journal, summed up.

    Attributes
    ----------
    plan
        The plan in force: the first, or the last one made anew.
    actions
        Number -> action, of all plans.
    last
        Number -> the last event about it.
    done
        The numbers of those that are done, of all plans.
    tried
        The numbers of those that were asked for, of all plans, whatever came of it.
    foretold
        Number -> what the cloud would call it, as far as an intent says so.
    given_up
        VM -> why the plan in force leaves it where it is.
    end
        The last event if it ended the run; None where the run goes on, or was killed.
    held_up_by
        What was said last of a migration of others that the run waits for; None where it has gone on since.
    """

    plan: PlanFile
    actions: dict[int, Action]
    last: dict[int, Event] = field(default_factory=dict)
    done: set[int] = field(default_factory=set)
    open: dict[int, str] = field(default_factory=dict)
    asked: set[int] = field(default_factory=set)
    tried: set[int] = field(default_factory=set)
    foretold: dict[int, str] = field(default_factory=dict)
    replans: int = 0
    given_up: Mapping[str, str] = field(default_factory=dict)
    end: Event | None = None
    held_up_by: Event | None = None

    @property
    def past(self) -> Past:
        """Give what a resume goes on from."""
        numbers = {entry.id for entry in self.plan.actions}
        off: set[str] = set()
        for number in sorted(self.done):
            action = self.actions[number]
            if isinstance(action, Stop | Shutdown):
                off.add(action.vm)
            elif isinstance(action, Start | Provision):
                off.discard(action.vm)
        left_open = {number: handle for number, handle in self.open.items() if number in numbers}
        return Past(
            frozenset(self.done & numbers),
            left_open,
            frozenset(self.asked & numbers),
            frozenset(off),
            dict(self.foretold),
        )

    @property
    def hosts(self) -> dict[str, tuple[str, ...]]:
        """Give where VMs may be, by what was done or asked for, or by the plan in force; some may be missing.

        One that was asked for and did not come to its end may have left the VM at either.
        """
        numbers = {entry.id for entry in self.plan.actions}
        found: dict[str, tuple[str, ...]] = {}
        waiting: set[str] = set()
        for number, action in sorted(self.actions.items()):
            leaves, arrives = ends_of(action)
            if number in self.done:
                ends = [arrives]
            elif number in self.tried:
                ends = [leaves, arrives]
            elif number in numbers and action.vm not in waiting:
                ends = [leaves]
            else:
                continue
            if number not in self.done:
                waiting.add(action.vm)
            if hosts := tuple(host for host in ends if host is not None):
                found[action.vm] = hosts
        return found


def story_of(read: Read) -> Story:
    """Sum a journal up."""
    story = Story(read.head.plan, _numbered(read.head.plan))
    for event in read.events:
        _take_in(story, event)
    return story


def _numbered(plan: PlanFile) -> dict[int, Action]:
    return {entry.id: action for entry, action in zip(plan.actions, plan.steps(), strict=True)}


def _take_in(story: Story, event: Event) -> None:
    story.end = event if event.event in ("finished", "stopped") else None
    if event.plan is not None:
        story.plan = event.plan
        story.actions |= _numbered(event.plan)
        story.replans += 1
        story.given_up = event.left
        story.open.clear()  # a new plan is made when nothing flies
    if event.action is None:
        story.held_up_by = event if event.event == "observed" else None
        return
    if event.event == "intent":
        story.held_up_by = None
    number = event.action
    story.last[number] = event
    match event.event:
        case "intent":
            story.open[number] = ""
            story.asked.add(number)
            story.tried.add(number)
            if event.handle:
                story.foretold[number] = event.handle
        case "accepted":
            story.open[number] = event.handle
        case "observed" if event.handle:
            story.open[number] = event.handle
        case "observed":  # there already, not asked for by us, or a request that came to nothing
            _close(story, number)
        case "done":
            _close(story, number)
            story.done.add(number)
        case "failed" | "held":
            _close(story, number)


def _close(story: Story, number: int) -> None:
    story.open.pop(number, None)
    story.asked.discard(number)
