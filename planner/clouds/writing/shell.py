"""A plan as a shell script: one guarded command a line, waves apart.

Any POSIX shell runs it. Each line first looks whether its action has been done, so the script can be run
again after it stopped; then whether the VM is as the plan found it; and after the command whether it has
arrived. Names are data: they are quoted, and one with characters that a terminal might obey is spelled out
by ``printf``.
"""

from __future__ import annotations

import shlex
from itertools import count
from typing import TYPE_CHECKING

from models.errors import PlanError
from planner.clouds.writing.steps import HostUpdate, Recipes, steps, waves
from planner.clouds.writing.tools import TOOLS
from planner.clouds.writing.words import Check, Command, Deed, Need, Word, plain, text_of
from planner.verdict.sentences import number_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.plan_file import PlanFile
    from models.state import PoolState
    from planner.clouds.writing.steps import Recipe

HEAD = """\
#!/bin/sh
# {summary}
# For {tool}. It stops at the first failure, says where to go on, and does nothing twice.
set -u
me() { # this file, as a shell takes it
	case $0 in
	*[!A-Za-z0-9_./+,:@%-]*) printf "'%s'" "$(printf '%s\\n' "$0" | LC_ALL=C sed "s/'/'\\\\\\\\''/g")" ;;
	*) printf '%s' "$0" ;;
	esac
}
from=${1:-1}
case $from in *[!0-9]*)
	printf 'usage: sh %s [LINE TO BEGIN WITH]\\n' "$(me)" >&2
	exit 2
	;;
esac
line=$from
trap 'stop "$line" interrupted' HUP INT TERM

past() { # LINE: is it before the one to begin with?
	line=$1
	[ "$1" -lt "$from" ]
}
stop() { # LINE TEXT
	printf 'stopped: %s\\nto go on: sh %s %s\\n' "$2" "$(me)" "$1" >&2
	exit 5
}
is() { # WANTED COMMAND...: prints the command what is wanted? In any other locale it may print it translated.
	wanted=$1
	shift
	printed=$(LC_ALL=C "$@") && [ "$printed" = "$wanted" ]
}
soon() { # COMMAND...: holds it within a minute? TRIES=1: now?
	tries=${TRIES:-30}
	until "$@"; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return 1
		sleep 2
	done
}
"""

LONG = 120
"""Longer words, in characters, are said once above all lines."""

UPDATE = """\
update() { # LINE HOST: by the command that UPDATE names, or else by hand
	if [ -n "${UPDATE:-}" ]; then
		"$UPDATE" "$2"
		return
	fi
	printf 'now update %s, which is empty\nto go on: sh %s %s\n' "$2" "$(me)" "$(($1 + 1))" >&2
	exit 5
}
"""
"""What a script of a rolling plan has beside."""


def shell(state: PoolState, plan: PlanFile, tool: str = "openstack") -> str:
    """Give a plan as a shell script.

    Parameters
    ----------
    tool
        Whose commands: one of ``TOOLS``.

    Raises
    ------
    PlanError
        The file holds no plan, or names what the pool does not have or no command can name.
    """
    told, quoting, counted = steps(plan), Quoting(), count(1)
    recipes = Recipes(TOOLS[tool], state, told)
    lines = ["", _need(recipes.need, quoting)] if recipes.need else []
    for number, wave in waves(told):
        lines += ["", f"# wave {number}"]
        lines += [_line(next(counted), recipes.of(step), quoting) for step in wave]
    summary = f"{number_of(len(plan.actions), 'action')} of a plan, {plan.status}"
    head = HEAD.replace("{summary}", summary).replace("{tool}", tool) + UPDATE * plan.is_rolling
    return "\n".join([head.rstrip(), *quoting.definitions(), *lines, ""])


class Quoting:
    """Quotes words; what is long, or a terminal might obey, is said once and put into a variable."""

    def __init__(self) -> None:
        self.variables: dict[str, str] = {}

    def words(self, command: Command) -> str:
        """Give a command."""
        return " ".join(map(self.word, command))

    def word(self, word: Word) -> str:
        """Give an argument."""
        text = text_of(word)
        if "\0" in text:
            raise PlanError(f"{text!r}: no command can name what has a NUL in its name")
        if text.isprintable() and len(text) <= LONG:
            return shlex.quote(text)
        printed = text.split("\n")
        if len(text) <= LONG and printed[-1] and all(line.isprintable() for line in printed):
            return f"\"$(printf '%s\\n' {' '.join(map(shlex.quote, printed))})\""
        name = self.variables.setdefault(text, f"text{len(self.variables) + 1}")
        return f'"${name}"'

    def definitions(self) -> Iterator[str]:
        """Give the lines that set the variables."""
        if self.variables:
            yield ""
            yield "# Long texts, and names with characters that a terminal might obey."
        for text, name in self.variables.items():
            if text.isprintable():
                yield f"{name}={shlex.quote(text)}"
                continue
            spelled = "".join(f"\\{byte:03o}" for byte in text.encode())
            # $(...) strips line ends from the end of a text; the point behind them keeps them.
            yield f"{name}=$(printf '{spelled}.') {name}=${{{name}%.}}"


def _need(need: Need, quoting: Quoting) -> str:
    return f'{_check(need.check, quoting)} || stop "$from" {shlex.quote(need.why)}'


def _line(number: int, recipe: Recipe | HostUpdate, quoting: Quoting) -> str:
    text = plain(recipe.step.text)
    if isinstance(recipe, HostUpdate):
        way = f"{{ {_check(recipe.empty, quoting)} && update {number} {quoting.word(recipe.host.name)}; }}"
    else:
        way = _guarded(recipe, quoting)
        text += "" if recipe.deeds else ": do it by hand"
    return f"past {number} || {way} || stop {number} {shlex.quote(text)}"


def _guarded(recipe: Recipe, quoting: Quoting) -> str:
    """Give the commands of a recipe between the looks before and after them."""
    looks = " || ".join(_check(check, quoting) for check in (recipe.done, *recipe.passed))
    if not recipe.deeds:
        return looks
    way = [_deed(deed, quoting) for deed in recipe.deeds]
    return f"{looks} || {{ {' && '.join([*way, f'soon {_check(recipe.done, quoting)}'])}; }}"


def _deed(deed: Deed, quoting: Quoting) -> str:
    way = quoting.words(deed.command)
    if deed.ready is not None:
        way = f"{_check(deed.ready, quoting)} && {way}"
    return way if deed.unless is None else f"{{ {_check(deed.unless, quoting)} || {{ {way}; }}; }}"


def _check(check: Check, quoting: Quoting) -> str:
    command = quoting.words(check.command)
    return command if check.prints is None else f"is {quoting.word(check.prints)} {command}"
