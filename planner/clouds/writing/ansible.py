"""A plan as an Ansible playbook: a play a wave, each command between two looks.

Values go through the YAML library; what Ansible might take for a template is tagged ``!unsafe``, and what is
compared stands in variables, never in an expression.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from planner.clouds.writing.steps import Recipes, steps, waves
from planner.clouds.writing.tools import TOOLS
from planner.clouds.writing.words import Check, plain, text_of

if TYPE_CHECKING:
    from models.plan_file import PlanFile
    from models.state import PoolState
    from planner.clouds.writing.steps import Recipe
    from planner.clouds.writing.words import Command

RETRIES, DELAY_S = 30, 2
"""How often, and how many seconds apart, a VM is looked for on its new host."""


class Unsafe(str):
    """A text that Ansible must not take for a template."""

    __slots__ = ()


def ansible(state: PoolState, plan: PlanFile, tool: str = "openstack") -> str:
    """Give a plan as a playbook.

    Parameters
    ----------
    tool
        Whose commands: one of ``TOOLS``.

    Raises
    ------
    PlanError
        The file holds no plan, or names what the pool does not have.
    """
    recipes = Recipes(TOOLS[tool], state)
    plays = [
        {
            "name": f"wave {number}",
            "hosts": "localhost",
            "connection": "local",
            "gather_facts": False,
            "any_errors_fatal": True,
            "tasks": [_tasks(recipes.of(step)) for step in wave],
        }
        for number, wave in waves(steps(plan))
    ]
    return _yaml(plays or [{"name": "nothing to do", "hosts": "localhost", "gather_facts": False}])


NOT_DONE = "not (done.rc == 0 and done.stdout == there)"


def _tasks(recipe: Recipe) -> dict[str, Any]:
    """Give the block of one action: is it done, is it ready, do it, has it come about."""
    tasks: list[dict[str, Any]] = []
    if recipe.updated is not None:
        return _update(recipe)
    if recipe.ready:
        wrong = "ready.rc != 0 or ready.stdout != here"
        tasks.append(
            _look("is it where the plan found it", recipe.ready, register="ready", failed_when=wrong)
        )
    tasks += [{"name": "do it", **_command(command), "changed_when": True} for command in recipe.commands]
    if not recipe.commands:
        tasks.append({"name": "do it", "ansible.builtin.fail": {"msg": "by hand, then run this again"}})
    if recipe.done:
        again = "arrived.rc == 0 and arrived.stdout == there"
        last = _look("has it come about", recipe.done, register="arrived", until=again)
        tasks = [
            _look("is it done already", recipe.done, register="done", failed_when=False),
            *({**task, "when": NOT_DONE} for task in tasks),
            {**last, "retries": RETRIES, "delay": DELAY_S},
        ]
    title = _safe(f"{recipe.step.number}. {plain(recipe.step.text)}")
    return {
        "name": title,
        "vars": {"here": _prints(recipe.ready), "there": _prints(recipe.done)},
        "block": tasks,
    }


def _update(recipe: Recipe) -> dict[str, Any]:
    """Give the block of an update: is the host empty, and the command ``update_command``, or a pause."""
    assert recipe.ready is not None
    assert recipe.updated is not None
    wrong = "ready.rc != 0 or ready.stdout | trim != here"
    command = {"ansible.builtin.command": {"argv": ["{{ update_command }}", _safe(recipe.updated.name)]}}
    ask = f"Update {plain(recipe.updated.name)} now, then press Enter"
    tasks = [
        _look("is it empty", recipe.ready, register="ready", failed_when=wrong),
        {"name": "update it", **command, "changed_when": True, "when": "update_command is defined"},
        {
            "name": "update it by hand",
            "ansible.builtin.pause": {"prompt": _safe(ask)},
            "when": "update_command is not defined",
        },
    ]
    title = _safe(f"{recipe.step.number}. {plain(recipe.step.text)}")
    return {"name": title, "vars": {"here": _prints(recipe.ready)}, "block": tasks}


def _look(name: str, check: Check, **keys: Any) -> dict[str, Any]:
    """Give a task that changes nothing."""
    return {"name": name, **_command(check.command), "changed_when": False, **keys}


def _prints(check: Check | None) -> str:
    return _safe("" if check is None or check.prints is None else text_of(check.prints))


def _command(command: Command) -> dict[str, Any]:
    return {"ansible.builtin.command": {"argv": [_safe(text_of(word)) for word in command]}}


def _safe(text: str) -> str:
    return Unsafe(text) if "{" in text else text


def _yaml(plays: list[dict[str, Any]]) -> str:
    import yaml

    class Dumper(yaml.SafeDumper):
        """Writes lists indented below their key, as people do, and no anchors."""

        def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
            return super().increase_indent(flow, False)

        def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002
            return True

    Dumper.add_representer(
        Unsafe, lambda dumper, text: dumper.represent_scalar("!unsafe", str(text), style='"')
    )
    return yaml.dump(plays, Dumper=Dumper, explicit_start=True, sort_keys=False, width=110)
