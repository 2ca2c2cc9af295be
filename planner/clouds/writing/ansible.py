"""A plan as an Ansible playbook: a play a wave, each command between two looks.

Values go through the YAML library; what Ansible might take for a template is tagged ``!unsafe``, and what is
compared stands in variables, never in an expression.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from planner.clouds.writing.steps import HostUpdate, Recipes, steps, waves
from planner.clouds.writing.tools import TOOLS
from planner.clouds.writing.words import Check, plain, text_of

if TYPE_CHECKING:
    from models.plan_file import PlanFile
    from models.state import PoolState
    from planner.clouds.writing.steps import Recipe, StepTold
    from planner.clouds.writing.words import Command, Deed

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
    told = steps(plan)
    recipes = Recipes(TOOLS[tool], state, told)
    plays = [_play("before all", [_look(need.why, need.check)])] if (need := recipes.need) else []
    plays += [
        _play(f"wave {number}", [_tasks(recipes.of(step)) for step in wave]) for number, wave in waves(told)
    ]
    return _yaml(plays or [{"name": "nothing to do", "hosts": "localhost", "gather_facts": False}])


def _play(name: str, tasks: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "name": name,
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "any_errors_fatal": True,
        "tasks": tasks,
    }


def _tasks(recipe: Recipe | HostUpdate) -> dict[str, Any]:
    """Give the block of one action: is it done, is it ready, do it, has it come about."""
    if isinstance(recipe, HostUpdate):
        return _update(recipe)
    block = TaskBlock()
    undone = [block.is_not(recipe.done, "is it done already", "done", "there", [])]
    for place, check in enumerate(recipe.passed, 1):
        name, wanted = f"further{place}", f"further{place}_there"
        undone.append(block.is_not(check, "is a later step of it done", name, wanted, undone))
    for place, deed in enumerate(recipe.deeds, 1):
        block.add_deed(deed, str(place) if place > 1 else "", undone)
    if not recipe.deeds:
        by_hand = {"ansible.builtin.fail": {"msg": "by hand, then run this again"}}
        block.tasks.append({"name": "do it", **by_hand, "when": _when(undone)})
    again = "arrived.rc == 0 and arrived.stdout == there"
    last = _look("has it come about", recipe.done, register="arrived", until=again)
    block.tasks.append({**last, "when": _when(undone), "retries": RETRIES, "delay": DELAY_S})
    return block.of(recipe.step)


class TaskBlock:
    """Tasks of one action, and what the looks among them must find."""

    def __init__(self) -> None:
        self.tasks: list[dict[str, Any]] = []
        self.vars: dict[str, str] = {}

    def is_not(self, check: Check, title: str, name: str, wanted: str, when: list[str]) -> str:
        """Look whether a check holds; give the condition that it does not."""
        self.vars[wanted] = _prints(check)
        look = _look(title, check, register=name, failed_when=False)
        self.tasks.append({**look, "when": _when(when)} if when else look)
        return f"not ({name}.rc == 0 and {name}.stdout == {wanted})"

    def add_deed(self, deed: Deed, place: str, undone: list[str]) -> None:
        """Add the looks before a command, and the command."""
        when = list(undone)
        if deed.unless is not None:
            name = f"made{place}"
            when.append(self.is_not(deed.unless, "is this half done", name, f"{name}_there", undone))
        if deed.ready is not None:
            ready, here = f"ready{place}", f"here{place}"
            self.vars[here] = _prints(deed.ready)
            wrong = f"{ready}.rc != 0 or {ready}.stdout != {here}"
            look = _look("is it as the plan found it", deed.ready, register=ready, failed_when=wrong)
            self.tasks.append({**look, "when": _when(when)})
        self.tasks.append(
            {"name": "do it", **_command(deed.command), "changed_when": True, "when": _when(when)}
        )

    def of(self, step: StepTold) -> dict[str, Any]:
        """Give the block of a step."""
        title = _safe(f"{step.number}. {plain(step.text)}")
        return {"name": title, "vars": self.vars, "block": self.tasks}


def _when(conditions: list[str]) -> str | list[str]:
    """Give conditions that must all hold; the first that does not ends the looking."""
    return conditions[0] if len(conditions) == 1 else list(conditions)


def _update(recipe: HostUpdate) -> dict[str, Any]:
    """Give the block of an update: is the host empty, and the command ``update_command``, or a pause."""
    block = TaskBlock()
    block.vars["here"] = _prints(recipe.empty)
    wrong = "ready.rc != 0 or ready.stdout | trim != here"
    command = {"ansible.builtin.command": {"argv": ["{{ update_command }}", _safe(recipe.host.name)]}}
    ask = f"Update {plain(recipe.host.name)} now, then press Enter"
    block.tasks = [
        _look("is it empty", recipe.empty, register="ready", failed_when=wrong),
        {"name": "update it", **command, "changed_when": True, "when": "update_command is defined"},
        {
            "name": "update it by hand",
            "ansible.builtin.pause": {"prompt": _safe(ask)},
            "when": "update_command is not defined",
        },
    ]
    return block.of(recipe.step)


def _look(name: str, check: Check, **keys: Any) -> dict[str, Any]:
    """Give a task that changes nothing, and whose output no locale translates."""
    plainly = {"environment": {"LC_ALL": "C"}}
    return {"name": name, **_command(check.command), **plainly, "changed_when": False, **keys}


def _prints(check: Check) -> str:
    return _safe("" if check.prints is None else text_of(check.prints))


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
