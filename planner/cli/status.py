"""``vmplan status``: what a journal says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from models.plan import describe
from planner.cli.exit_codes import ExitCode
from planner.execution.journal import read_journal, resumed_by
from planner.execution.lock import is_running
from planner.execution.past import Story, story_of
from planner.verdict.sentences import number_of
from planner.views.left import left_lines
from planner.views.names import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.execution.events import Event, Head

EPILOG = """\b
Examples:
  vmplan plan examples/swap.json -o plan.json
  vmplan run examples/swap.json plan.json --cloud simulated --yes
  vmplan status plan.journal
"""


@click.command(epilog=EPILOG)
@click.argument("journal", metavar="JOURNAL", type=click.Path(dir_okay=False))
def status(journal: str) -> int:
    """Say what is done, what runs, what is left, and what went wrong."""
    read = read_journal(journal)
    story = story_of(read)
    for line in lines(journal, read.head, story):
        click.echo(shown(line))
    return ExitCode.DONE


def lines(journal: str, head: Head, story: Story) -> Iterator[str]:
    """Give the status, a line at a time."""
    ids = [entry.id for entry in story.plan.actions]
    done = sum(number in story.done for number in ids)
    owner = head.owner
    yield f"{head.cloud}, since {head.at}, begun by {owner.user} on {owner.machine} (process {owner.pid})"
    if story.replans:
        before = number_of(len(story.done) - done, "action of plans before is", "actions of plans before are")
        yield f"planned anew {number_of(story.replans, 'time')}; {before} done"
    left = len(ids) - done - len(story.open)
    yield f"{done} of {number_of(len(ids), 'action')} done, {len(story.open)} begun, {left} left"
    for number in story.open:
        yield f"  begun: {describe(story.actions[number])}{_last(story.last[number])}"
    for number in ids:
        event = story.last.get(number)
        if event is not None and event.event in ("failed", "held"):
            word = event.event if event.again_in_s is None else "refused"  # it is asked for again
            yield f"  {word}: {describe(story.actions[number])}: {event.text}"
    if story.held_up_by is not None:
        yield f"  waits: {story.held_up_by.vm} {story.held_up_by.text}"
    yield from _end(journal, head, story)


def _last(event: Event) -> str:
    return f" ({event.event}: {event.text})" if event.event in ("unknown", "observed") else ""


def _end(journal: str, head: Head, story: Story) -> Iterator[str]:
    end = story.end
    if end is None:
        for line in left_lines(story.given_up):
            yield f"  given up: {line}"
        if is_running(head.cloud, journal):
            yield "it runs"
        else:
            yield f"it was killed; {resumed_by(journal)} goes on"
        return
    for line in left_lines(end.left):
        yield f"  left: {line}"
    if end.event == "finished":
        yield f"finished at {end.at}: every VM is on its target"
    else:
        yield f"stopped at {end.at}: {end.text}; {resumed_by(journal)} goes on"
