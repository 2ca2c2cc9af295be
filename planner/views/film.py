"""A plan as frames: the challenge, a frame for each action, and the end.

A frame is drawn when it is asked for, at the width and height of that moment, so that a terminal may
change its size and a plan of thousands of actions starts at once.
"""

from __future__ import annotations

from dataclasses import astuple
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

from models.actions import Action, Migration
from models.plan import Plan, describe
from models.replay import Replay
from models.replay import replay as replayed
from planner.verdict.sentences import astray, number_of
from planner.views.bars import bars, legend
from planner.views.casting import cast, rest
from planner.views.names import shared_out, shown, squeezed
from planner.views.palette import DETOUR_WORDS, DONE, HEADING, QUIET, WRONG, BlockKind
from planner.views.scene import HostBar, Scene
from planner.views.screen import wrapped

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from models.pool import Pool

Picture = list[Text]

LEAST_HOSTS = 2

LONGEST_NAME = 32
"""Cells of a name in a sentence, so that three of them leave a sentence readable."""

SHORTEST_NAME = 4
"""Cells that a name gets in a line, however narrow it is."""


class Film:
    """The frames of a plan.

    Parameters
    ----------
    pool, plan
        What is wanted, and the actions; what a plan breaks is said in its frames.
    verdict
        What was proven, in a sentence; it closes the first and the last frame.
    resource
        What the bars measure; see :class:`~planner.views.scene.Scene`.
    title
        The heading of the first frame.
    impossible
        There is no plan: the challenge is all there is to see.
    """

    def __init__(
        self,
        pool: Pool,
        plan: Plan,
        *,
        verdict: str = "",
        resource: str | None = None,
        title: str = "The challenge!",
        impossible: bool = False,
    ) -> None:
        self.pool = pool
        self.plan = plan
        self.scene = Scene(pool, resource)
        self._verdict = verdict
        self._title = title
        self._impossible = impossible
        self._run = Replay(pool)
        self._done = 0
        self._broken: dict[int, list[Text]] = {}
        for found in replayed(pool, plan):
            self._broken.setdefault(found.step, []).append(Text(f"breaks: {shown(found.text)}", WRONG))

    def __len__(self) -> int:
        """The challenge, each action, the end."""
        return 1 if self._impossible else len(self.plan.actions) + 2

    def frame(self, number: int, width: int, height: int) -> Picture:
        """Draw a frame.

        Parameters
        ----------
        number
            0 is the challenge, the last is the end.
        width, height
            Cells; at least two hosts are drawn however low it is.
        """
        if number == 0:
            return self._challenge(width, height)
        step = number - 1
        self._rewind(step)
        if step == len(self.plan.actions):
            return self._end(width, height)
        return self._step(step, width, height)

    def _rewind(self, step: int) -> None:
        """Bring the placement to where it is before the action of that step."""
        if step < self._done:
            self._run, self._done = Replay(self.pool), 0
        for action in self.plan.actions[self._done : step]:
            self._run.act(action)
        self._done = step

    def _challenge(self, width: int, height: int) -> Picture:
        here = self.pool.current.placement
        tail = [*self._legend(width), *self._sum(width)]
        hosts = self._hosts(0, here, height, lines=3 + len(tail))
        before, after = self.scene.now(here, hosts=hosts), self.scene.goal(here, hosts=hosts)
        return [
            Text.assemble((self._title, HEADING), (f"  ({self.scene.scale.heading})", QUIET)),
            Text("From:"),
            *self._bars(before, hosts, width),
            Text("To:"),
            *self._bars(after, hosts, width),
            *self._rest(here, hosts),
            *tail,
        ]

    def _step(self, step: int, width: int, height: int) -> Picture:
        action, here = self.plan.actions[step], self._run.placement
        broken = [line for text in self._broken.get(step + 1, ()) for line in wrapped(text, width)]
        hosts = self._hosts(step, here, height, lines=4 + len(broken))
        now, goal = self.scene.now(here, action, hosts=hosts), self.scene.goal(here, hosts=hosts)
        return [
            self._headline(step, action, width),
            *broken,
            Text("Current:"),
            *self._bars(now, hosts, width),
            Text("Target:"),
            *self._bars(goal, hosts, width),
            *self._rest(here, hosts),
        ]

    def _end(self, width: int, height: int) -> Picture:
        here = self._run.placement
        tail = self._sum(width)
        # Only one picture is drawn, so there is space for twice the hosts.
        hosts = self._hosts(len(self.plan.actions), here, 2 * height, lines=2 * (2 + len(tail)))
        strays = sum(here.get(vm) != host for vm, host in self.pool.target.placement.items())
        strays += sum(vm not in self.pool.target.placement for vm in here)
        words = Text(f"The end: {astray(strays)}.", WRONG)
        home = Text("The end: every VM is home.", DONE)
        rows = self._bars(self.scene.now(here, hosts=hosts), hosts, width)
        return [words if strays else home, *rows, *self._rest(here, hosts), *tail]

    def _headline(self, step: int, action: Action, width: int) -> Text:
        first = f"Action {step + 1} of {len(self.plan.actions)}: "
        last = "  (detour)" if self.plan.is_detour(action) else ""
        words = told(action, width - len(first) - len(last))
        return Text.assemble((first, HEADING), words, (last, DETOUR_WORDS))

    def _hosts(self, step: int, here: Mapping[str, str], height: int, *, lines: int) -> list[str]:
        """Choose the hosts; ``lines`` are those of a frame that show no host."""
        return cast(self.pool, here, self.plan.actions, step, self._rows(height, lines))

    def _hosts_of(
        self, actions: Sequence[Action], here: Mapping[str, str], height: int, *, lines: int
    ) -> list[str]:
        """Choose the hosts of the first of these actions."""
        return cast(self.pool, here, actions, 0, self._rows(height, lines))

    def _rows(self, height: int, lines: int) -> int:
        """Give how many hosts there is space for twice, with a line that says how many there are more."""
        total = len(self.pool.hosts)
        rows = max(LEAST_HOSTS, (height - lines) // 2)
        return rows if total <= rows else max(LEAST_HOSTS, (height - lines - 1) // 2)

    def _bars(self, rows: Sequence[HostBar], hosts: Sequence[str], width: int) -> Picture:
        return bars(rows, self.scene.scale, width, largest=self.scene.largest, names=hosts)

    def _rest(self, here: Mapping[str, str], hosts: Sequence[str]) -> Picture:
        words = rest(self.pool, here, hosts)
        return [] if words is None else [words]

    def _legend(self, width: int) -> Picture:
        here = self.pool.current.placement
        rows = [*self.scene.now(here), *self.scene.goal(here)]
        kinds = {block.kind for row in rows for block in row.blocks}
        extra = {BlockKind.ARRIVING} if self.plan.migrations else set()
        return legend(kinds | extra | ({BlockKind.DETOUR} if self.plan.detours else set()), width)

    def _sum(self, width: int) -> Picture:
        """Count the actions, and say what was proven."""
        words = [] if self._impossible else wrapped(Text(tally(self.plan)), width)
        style = WRONG if self._impossible else QUIET
        return words + (wrapped(Text(shown(self._verdict), style), width) if self._verdict else [])


def told(action: Action, cells: int | None = None) -> str:
    """Say what an action does, with long names cut so that they can still be told apart.

    Parameters
    ----------
    cells
        What there is space for, shared out among the names; None: ``LONGEST_NAME`` for each.
    """
    names = [shown(name) for name in astuple(action)]
    given = [LONGEST_NAME] * len(names)
    if cells is not None:
        others = cell_len(describe(type(action)(*[""] * len(names))))
        given = shared_out(
            [cell_len(name) for name in names], max(cells - others, SHORTEST_NAME * len(names))
        )
    cut: Action = type(action)(*map(squeezed, names, given))
    return describe(cut)


def tally(plan: Plan) -> str:
    """Count the actions of a plan in words: ``5 migrations, 1 of them a detour; 2 shutdowns``."""
    if not plan.actions:
        return "Nothing to do."
    moves, detours = len(plan.migrations), plan.detours
    parts = [number_of(moves, "migration")] if moves else []
    if detours:
        parts[0] += f", {number_of(detours, 'of them a detour', 'of them detours')}"
    others: dict[str, int] = {}
    for action in plan.actions:
        if not isinstance(action, Migration):
            word = type(action).__name__.lower()
            others[word] = others.get(word, 0) + 1
    return "; ".join(parts + [number_of(count, word) for word, count in others.items()]) + "."
