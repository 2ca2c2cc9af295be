"""A plan with a schedule as frames: one for each second at which an action begins or ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from models.actions import Migration, Provision, Start
from models.sizes import span
from planner.views.film import Film, Picture, told
from planner.views.palette import HEADING, QUIET

if TYPE_CHECKING:
    from models.actions import Action
    from models.plan import Plan
    from models.pool import Pool
    from models.schedule import Schedule

MOST_TOLD = 4
"""Actions in flight that are named."""


class FilmInTime(Film):
    """The frames of a plan as its schedule runs: the challenge, every change, the end.

    Parameters
    ----------
    pool, plan, verdict, resource
        See :class:`~planner.views.film.Film`.
    schedule
        When each action of the plan runs.
    """

    def __init__(
        self, pool: Pool, plan: Plan, schedule: Schedule, *, verdict: str = "", resource: str | None = None
    ) -> None:
        super().__init__(pool, plan, verdict=verdict, resource=resource)
        self._schedule = schedule
        self.moments = sorted({*schedule.start_s, *schedule.end_s})
        """Seconds at which something begins or ends, the end of all the last."""

    def __len__(self) -> int:
        """The challenge, each moment before the end, the end."""
        return max(len(self.moments), 1) + 1

    def stays_s(self, number: int) -> float:
        """Give the seconds from what a frame shows to what the next one does."""
        if 0 < number < len(self.moments):
            return float(self.moments[number] - self.moments[number - 1])
        return 0.0

    def frame(self, number: int, width: int, height: int) -> Picture:
        """Draw a frame; see :meth:`Film.frame`."""
        if number == 0:
            return self._challenge(width, height)
        if number >= len(self.moments):
            self._rewind(len(self.plan.actions))
            return self._end(width, height)
        return self._moment(self.moments[number - 1], width, height)

    def _moment(self, second: int, width: int, height: int) -> Picture:
        times = list(zip(self.plan.actions, self._schedule.start_s, self._schedule.end_s, strict=True))
        flying = [(end, action) for action, start, end in times if start <= second < end]
        head = Text.assemble(
            (f"{span(second)} of {span(self._schedule.makespan_s)}", HEADING), f": {len(flying)} in flight"
        )
        first = sorted(flying, key=lambda it: it[0])[:MOST_TOLD]
        lines = [Text(_told_until(action, end, width), QUIET) for end, action in first]
        if len(flying) > MOST_TOLD:
            lines.append(Text(f"and {len(flying) - MOST_TOLD} more", QUIET))
        lines += [Text("")] * max(0, MOST_TOLD + 1 - len(lines))  # so that the bars stay where they are
        here = self._placement(second)
        # Who is told of is where the eye goes: the hosts of those in flight come first.
        order = [action for _, action in flying] + [action for action, start, _ in times if start > second]
        hosts = self._hosts_of(order, here, height, lines=3 + len(lines))
        now = self.scene.now(here, *(action for _, action in flying), hosts=hosts)
        goal = self.scene.goal(here, hosts=hosts)
        return [
            head,
            *lines,
            Text("Current:"),
            *self._bars(now, hosts, width),
            Text("Target:"),
            *self._bars(goal, hosts, width),
            *self._rest(here, hosts),
        ]

    def _placement(self, second: int) -> dict[str, str]:
        """Give where everyone is once all that has ended by then has; in flight means still on the source."""
        here = dict(self.pool.current.placement)
        ended = sorted(
            (start, number)
            for number, (start, end) in enumerate(
                zip(self._schedule.start_s, self._schedule.end_s, strict=True)
            )
            if end <= second
        )
        for _, number in ended:
            match self.plan.actions[number]:
                case Migration(vm, _, host) | Start(vm, host) | Provision(vm, host):
                    here[vm] = host
                case gone:
                    here.pop(gone.vm, None)
        return here


def _told_until(action: Action, end: int, width: int) -> str:
    """Say in one line what an action does, and when it ends."""
    until = f" (until {span(end)})"
    return told(action, width - len(until)) + until
