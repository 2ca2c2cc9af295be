"""The reference of the commands names every command, option and exit code, and none that is not there."""

from __future__ import annotations

import re

import click
import pytest

from planner.cli.exit_codes import ExitCode
from planner.cli.import_ import import_
from planner.cli.main import COMMANDS, GROUPS, vmplan
from planner.clouds.registry import KINDS
from tests.docs.pages import PAGES, ROOT, Page, first_cells

FOLDER = ROOT / "docs" / "reference" / "commands"
INDEX = Page(FOLDER / "index.md")
SHARED = "Options of all that plan"
GROUP_OF = {command: title for title, commands in GROUPS.items() for command in commands}
OPTION = re.compile(r"(?<![\w-])--?[a-z][a-z-]*")
IMPORT = re.compile(r"vmplan import ([a-z]+)\b")


def options(command: str) -> dict[str, str]:
    """Give the options of a command: every spelling -> its longest."""
    loaded = vmplan.get_command(click.Context(vmplan), command)
    assert loaded is not None, command
    kinds = loaded.commands.values() if isinstance(loaded, click.Group) else []
    params = [param for one in (loaded, *kinds) for param in one.params]
    named = [[*param.opts, *param.secondary_opts] for param in params if isinstance(param, click.Option)]
    return {"--help": "--help", "-h": "--help"} | {opt: max(opts, key=len) for opts in named for opt in opts}


def page_of(command: str) -> Page:
    """Give the page of the group of a command."""
    return Page(FOLDER / f"{GROUP_OF[command].lower().replace(' ', '-')}.md")


@pytest.mark.parametrize("command", COMMANDS)
def test_the_section_of_a_command_names_all_its_options_and_no_other(command: str) -> None:
    page, known = page_of(command), options(command)
    section, intro = page.section(command), page.prose.split("\n## ", 1)[0]
    assert section, f"{page.name}: no section '## {command}'"
    ours = [code for code in re.findall("`(.+?)`", section) if code.startswith(("-", "vmplan "))]
    named = {opt for code in ours for opt in OPTION.findall(code)}
    assert named <= set(known), f"{page.name}, {command}: it has no {sorted(named - set(known))}"
    rows = first_cells(section)
    if re.search(r"\bthe \[options of all that plan\]", section + intro):
        rows |= first_cells(INDEX.section(SHARED))
    rows |= first_cells(intro)
    rows |= named if re.search(r"\[all that plan\]", section) else set()
    documented = {known[opt] for name in rows for opt in OPTION.findall(name) if opt in known} | {"--help"}
    missing = set(known.values()) - documented
    assert not missing, f"{page.name}, section '## {command}': add a row for {sorted(missing)}"


def test_the_index_lists_every_command_below_its_group() -> None:
    rows = dict(re.findall(r"^\| \[([\w ]+)\]\([\w-]+\.md\) \| (.*) \|$", INDEX.prose, re.MULTILINE))
    for title, commands in GROUPS.items():
        if commands:
            assert re.findall("`(.+?)`", rows.get(title, "")) == list(commands), f"{INDEX.name}, row {title}"


def test_everything_that_is_read_or_runs_plans_has_a_row() -> None:
    page = Page(FOLDER / "clouds.md")
    read = {found[1] for cell in first_cells(page.section("import")) if (found := IMPORT.match(cell))}
    assert read == set(import_.commands)
    runs = {re.split(r"\W", cell)[0] for cell in first_cells(page.section("run"))}
    assert runs >= set(KINDS)


def test_every_exit_code_is_listed() -> None:
    listed = {int(code) for code in re.findall(r"^\| (\d+) \|", INDEX.section("Exit codes"), re.MULTILINE)}
    assert listed == {code.value for code in ExitCode}


def inline_commands() -> list[tuple[str, str]]:
    """Give every (page, command line of vmplan) that the prose and the tables name."""
    lines = [(page.name, line) for page in PAGES for line in re.findall(r"`vmplan ([a-z][^`]*)`", page.prose)]
    return sorted(set(lines))


@pytest.mark.parametrize(("page", "line"), inline_commands())
def test_commands_named_in_passing_exist(page: str, line: str) -> None:
    command = line.split()[0]
    assert command in COMMANDS, page
    assert set(OPTION.findall(line)) <= set(options(command)), page
