"""The talk of ``vmplan repl``: a line typed, and what is said to it."""

from __future__ import annotations

import shlex
from difflib import get_close_matches
from typing import TYPE_CHECKING

from rich.text import Text

from models.actions import Stop
from models.errors import PlannerError
from models.reading import write_plan, write_pool
from planner.verdict.sentences import counted, exactly
from planner.views.bars import bars
from planner.views.casting import cast, rest
from planner.views.film import Film, tally, told
from planner.views.names import shown
from planner.views.palette import DONE, HEADING, QUIET, WRONG
from planner.views.scene import Scene
from planner.views.screen import rows, wrapped

if TYPE_CHECKING:
    from collections.abc import Callable

    from models.ledger import Violation
    from models.plan import Plan
    from planner.asking import Reply
    from planner.game import Game
    from planner.views.screen import Paper

HELP = """\
VM HOST         migrate it there; provision it, where it does not run yet
VM off          shut it down; where the target keeps it, stop it for a while
undo            take the last action back
hint            the next action of the best plan from here
plan            the whole plan from here
bars            draw the bars again
save FILE       your actions as a plan file: vmplan check POOL FILE
save-pool FILE  the pool from here, target as before: vmplan plan FILE
help            this list
quit            leave
Names with spaces go in quotes.
"""

OFF = "off"


class Talk:
    """Answers lines until somebody quits.

    Parameters
    ----------
    game
        What is played.
    console
        Where answers go.
    resource
        What the bars measure.
    """

    def __init__(self, game: Game, console: Paper, resource: str | None = None) -> None:
        self.game = game
        self.console = console
        self.scene = Scene(game.pool, resource)
        self._resource = resource
        self._praised = False
        self.commands: dict[str, Callable[[], None]] = {
            "undo": self._undo,
            "hint": self._hint,
            "plan": self._plan,
            "bars": self._bars,
            "help": self._help,
        }
        self.file_commands: dict[str, Callable[[str], None]] = {
            "save": self._save,
            "save-pool": self._save_pool,
        }

    def greet(self) -> None:
        """Show the challenge, and how to begin."""
        pool, console = self.game.pool, self.console
        film = Film(pool, self.game.plan, resource=self._resource, impossible=True)
        console.picture(film.frame(0, console.width, rows(console) - 1))
        self._say("Type VM HOST to migrate a VM; help lists the rest.", QUIET)
        self._tell_home()

    def obey(self, line: str) -> bool:
        """Do what a line says; tell whether to go on."""
        try:
            words = shlex.split(line)
        except ValueError as error:
            self._say(f"{error}: names with spaces or quotes go in quotes", WRONG)
            return True
        match words:
            case []:
                pass
            case [vm, host] if self.game.pool.current.has_vm(vm) and self._is_place(host):
                self._move(vm, host)
            case ["quit" | "exit" | "q"]:
                return False
            case [command] if command in self.commands:
                self.commands[command]()
            case [command, path] if command in self.file_commands:
                self._to_file(command, path)
            case [command] if command in self.file_commands:
                self._say(f"{command} what? Type {command} FILE", WRONG)
            case [vm, host]:
                self._unknown(vm, host)
            case _:
                self._say(f"{line.strip()!r}: type VM HOST, or help", WRONG)
        return True

    def _is_place(self, host: str) -> bool:
        return host == OFF or self.game.pool.current.has_host(host)

    def _unknown(self, vm: str, host: str) -> None:
        state = self.game.pool.current
        if not state.has_vm(vm):
            self._say(f"no VM {vm!r}{_like(vm, [v.name for v in state.vms])}", WRONG)
        else:
            self._say(f"no host {host!r}{_like(host, [h.name for h in state.hosts])}", WRONG)

    def _move(self, vm: str, host: str) -> None:
        game = self.game
        # A host may be called "off" too; then it is meant.
        off = host == OFF and not game.pool.current.has_host(host)
        if off and vm not in game.placement:
            self._say(f"{vm} is off already", WRONG)
            return
        action = game.leaving(vm) if off else game.moving(vm, host)
        if broken := game.take(action):
            self._refuse(broken)
            return
        self._say(f"{len(game.actions)}. {told(action)}", HEADING)
        self._bars()
        self._tell_home()

    def _refuse(self, broken: list[Violation]) -> None:
        for violation in broken:
            rule = f"({violation.rule})"
            named = violation.text.endswith(rule)
            self._say(f"no: {violation.text}{'' if named else f' {rule}'}", WRONG)

    def _undo(self) -> None:
        action = self.game.undo()
        if action is None:
            self._say("nothing to take back", WRONG)
            return
        self._say(f"taken back: {told(action)}")
        self._praised = False
        self._bars()

    def _bars(self) -> None:
        game, console = self.game, self.console
        here, done = game.placement, len(game.actions)
        hosts = cast(game.pool, here, game.actions, max(done - 1, 0), max(2, (rows(console) - 6) // 2))
        more = rest(game.pool, here, hosts)
        for words, picture in (
            ("Current:", self.scene.now(here, hosts=hosts)),
            ("Target:", self.scene.goal(here, hosts=hosts)),
        ):
            lines = bars(picture, self.scene.scale, console.width, largest=self.scene.largest, names=hosts)
            console.picture([Text(words), *lines])
        if more is not None:
            console.picture([more])

    def _tell_home(self) -> None:
        """Say how far it is; at home, how well it was done."""
        if self.game.astray:
            self._say(f"{_not_home(len(self.game.astray))} yet.", QUIET)
        elif not self._praised:
            self._praised = True
            self._say("Every VM is home! " + self._compared(), DONE)

    def _compared(self) -> str:
        plan = self.game.plan
        objective = plan.objective
        yours = f"You took {_what_it_costs(plan)}; "
        try:
            answer = self.game.best()
        except KeyboardInterrupt:
            return yours + "what the planner would take was not to be waited for."
        if answer.plan is None or answer.cost is None:
            return yours + f"the planner found no plan ({answer.reason or answer.status})."
        best = _what_it_costs(answer.plan)
        if answer.status == "optimal":
            return yours + f"the optimum is {best}, proven."
        bound = (
            "" if answer.bound is None else f", no plan costs less than {exactly(answer.bound, objective)}"
        )
        return yours + f"the planner's best is {best}{bound}."

    def _ask(self) -> Reply | None:
        if not self.game.astray:
            self._say("every VM is home already", DONE)
            return None
        nowhere = f"no way leads home from here{', try undo' if self.game.actions else ''}"
        try:
            answer = self.game.ways_home()
        except KeyboardInterrupt:
            self._say("interrupted", WRONG)
            return None
        except PlannerError as error:
            self._say(f"{nowhere}: {error}", WRONG)
            return None
        if answer.plan is None:
            way = nowhere if answer.status == "infeasible" else "no way found"
            self._say(f"{way}: {answer.reason or answer.status}", WRONG)
            return None
        return answer

    def _hint(self) -> None:
        answer = self._ask()
        if answer is None or answer.plan is None:
            return
        left = _what_it_costs(answer.plan)
        proof = "optimal" if answer.status == "optimal" else "not proven optimal"
        self._say(f"hint: {told(self.game.as_played(answer.plan).actions[0])}  ({left} from here, {proof})")

    def _plan(self) -> None:
        answer = self._ask()
        if answer is None or answer.plan is None:
            return
        plan = self.game.as_played(answer.plan)
        for line in plan.lines():
            self._say(shown(line))
        self._say(tally(plan), QUIET)

    def _help(self) -> None:
        self._say(HELP.rstrip())

    def _to_file(self, command: str, path: str) -> None:
        try:
            self.file_commands[command](path)
        except OSError as error:
            self._say(f"{path}: {error.strerror or error}", WRONG)
        except ValueError as error:  # of a name that no file can have, with a null in it
            self._say(f"{path}: {error}", WRONG)

    def _save(self, path: str) -> None:
        write_plan(path, self.game.plan_file())
        unfinished = f", unfinished: {_not_home(len(self.game.astray))}" if self.game.astray else ""
        what = tally(self.game.plan).rstrip(".").lower() if self.game.actions else "a plan without actions"
        self._say(f"wrote {what} to {path}{unfinished}")

    def _save_pool(self, path: str) -> None:
        write_pool(path, self.game.from_here())
        self._say(f"wrote the pool as it is now to {path}")

    def _say(self, words: str, style: str = "") -> None:
        for line in words.split("\n"):
            self.console.picture(wrapped(Text(shown(line) if line else "", style), self.console.width))


def _what_it_costs(plan: Plan) -> str:
    stops = sum(isinstance(action, Stop) for action in plan.actions)
    return counted(plan.cost, plan.objective, stops=stops)


def _not_home(count: int) -> str:
    return f"{count:,} {'VM is' if count == 1 else 'VMs are'} not home"


def _like(name: str, known: list[str]) -> str:
    close = get_close_matches(name, known, n=1)
    return f", did you mean {close[0]}?" if close else ""
