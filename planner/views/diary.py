"""The decisions of a path finder as they are made, indented by depth, with bars where the state changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from heuristics.trace import Trace
from models.actions import Action, Migration, Start, Stop
from models.problem import OFF, Problem
from planner.views.bars import bars
from planner.views.casting import cast, rest
from planner.views.names import shown, squeezed
from planner.views.palette import DONE, QUIET, WRONG
from planner.views.screen import rows, wrapped

if TYPE_CHECKING:
    from planner.views.scene import Scene
    from planner.views.screen import Paper

INDENT = 2

DEEPEST_INDENT = 20
"""Columns of indentation at most, so that there is space left for bars."""

LONGEST_NAME = 32


class TooManyError(Exception):
    """Internal: as many decisions were told as somebody wanted to read."""


class Diary(Trace):
    """Prints what a path finder tells.

    Parameters
    ----------
    problem
        What it works on; indices are those of this problem.
    scene, console
        What the bars show, and where they go.
    most
        Decisions told before ``TooManyError`` is raised; None: all.

    Attributes
    ----------
    told
        How many decisions were told.
    changes
        How many of them changed the placement.
    """

    def __init__(self, problem: Problem, scene: Scene, console: Paper, most: int | None = None) -> None:
        self.problem = problem
        self.scene = scene
        self.console = console
        self.told = 0
        self.changes = 0
        self._most = most
        self._placement = {
            vm.name: problem.hosts[src].name for vm, src in zip(problem.vms, problem.src, strict=True)
        }
        self._waiting: list[tuple[int, str]] = []
        self._depths: list[tuple[int, int]] = []

    def tries(self, depth: int, vm: int, host: int) -> None:
        """Tell that the VM shall get to that host."""
        self._say(depth, f"{self._vm(vm)} to {self._host(host)}?")

    def displaces(self, depth: int, vm: int, host: int, for_vm: int) -> None:
        """Tell who has to make way for whom, who is locked from now on."""
        self._forget(depth)
        self._waiting.append((depth, self.problem.vms[for_vm].name))
        self._say(depth, f"make way on {self._host(host)} for {self._vm(for_vm)}: {self._vm(vm)} leaves?")

    def moves(self, depth: int, vm: int, source: int, host: int) -> None:
        """Tell a move, and show it: the VM is on both its hosts."""
        self._forget(depth + 1)
        self._depths.append((vm, depth))
        action = self._action(vm, source, host)
        words = f"{self._vm(vm)} moves: {self._host(source)} -> {self._host(host)}"
        self._say(depth, words, DONE)
        self._draw(depth, action)
        self._put(vm, host)

    def undoes(self, depth: int, vm: int, host: int) -> None:
        """Tell that a move is taken back, and show where its VM is again."""
        if self._depths and self._depths[-1][0] == vm:
            depth = self._depths.pop()[1]  # as deep as the move was, which a finder need not remember
        self._put(vm, host)
        self._say(depth, f"taken back: {self._vm(vm)} is on {self._host(host)} again", WRONG)
        self._draw(depth, self._action(vm, host, host))

    def fails(self, depth: int, text: str) -> None:
        """Tell why a decision is given up."""
        self._say(depth, f"no: {text}", WRONG)

    def note(self, depth: int, text: str) -> None:
        """Tell a remark."""
        self._say(depth, text, QUIET)

    def _say(self, depth: int, words: str, style: str = "") -> None:
        self.told += 1
        if self._most is not None and self.told > self._most:
            raise TooManyError
        indent = " " * self._indent(depth)
        line, room = Text(words, style), self.console.width - len(indent)
        lines = [line] if line.cell_len <= room else wrapped(line, room)
        self.console.picture(Text(indent) + line for line in lines)

    def _draw(self, depth: int, action: Action) -> None:
        self.changes += 1
        indent = self._indent(depth)
        pool = self.scene.pool
        hosts = cast(pool, self._placement, [action], 0, max(2, rows(self.console) // 3))
        moving = () if isinstance(action, Migration) and action.source == action.destination else (action,)
        locked = {vm for _, vm in self._waiting}
        picture = bars(
            self.scene.now(self._placement, *moving, hosts=hosts, locked=locked),
            self.scene.scale,
            self.console.width - indent,
            largest=self.scene.largest,
        )
        more = rest(pool, self._placement, hosts)
        for line in [*picture, *([] if more is None else [more])]:
            self.console.picture([Text(" " * indent).append_text(line)])

    def _forget(self, depth: int) -> None:
        """Forget who waits at that depth or deeper: these decisions are over."""
        self._waiting = [entry for entry in self._waiting if entry[0] < depth]

    def _put(self, vm: int, host: int) -> None:
        if host == OFF:
            self._placement.pop(self.problem.vms[vm].name, None)
        else:
            self._placement[self.problem.vms[vm].name] = self.problem.hosts[host].name

    def _action(self, vm: int, source: int, host: int) -> Action:
        name, hosts = self.problem.vms[vm].name, self.problem.hosts
        if host == OFF:
            return Stop(name, hosts[source].name)
        return (
            Start(name, hosts[host].name)
            if source == OFF
            else Migration(name, hosts[source].name, hosts[host].name)
        )

    def _indent(self, depth: int) -> int:
        return min(INDENT * depth, DEEPEST_INDENT)

    def _vm(self, vm: int) -> str:
        return squeezed(shown(self.problem.vms[vm].name), LONGEST_NAME)

    def _host(self, host: int) -> str:
        return "off" if host == OFF else squeezed(shown(self.problem.hosts[host].name), LONGEST_NAME)
