"""What the commands of goals share: options, reading a pool whose target is open, writing what was found."""

from __future__ import annotations

from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

import planner
from models.bytes_io import STANDARD, read_bytes, write_bytes
from models.errors import PoolError
from models.kept import kept_for_nothing
from models.reading import parse_wanted, plan_bytes, with_target, write_plan
from models.wanted import Wanted
from planner.cli.common import Command, one_document, pool_argument, stoppable, warn_of
from planner.cli.exit_codes import ExitCode
from planner.cli.outputs import check_outputs
from planner.cli.plan import exit_code, look_closer, schedule_option, timeline_option, warn_above_option
from planner.cli.progress import progress_line
from planner.cli.search_options import rolling_search_options, search_options
from planner.cli.shares import parse_shares
from planner.views.names import shown
from planner.views.summary import print_goal

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.cli.search_options import SearchOptions
    from planner.goals import Goal
    from planner.result import Planned


@dataclass(frozen=True, slots=True)
class Asked:
    """A pool file whose target is open.

    Parameters
    ----------
    data
        Its bytes: what is written with a target is the same file otherwise.
    wanted
        What it says.
    """

    data: bytes
    wanted: Wanted


NO_PROOF = (
    "a proof file speaks of one target, not of all that a goal could choose; plan proves that of --pool-out"
)
NO_PROOF_OF_UPDATES = (
    "a proof file speaks of plans to one target, not of updates; plan proves those of --batches"
)
NO_UPDATES = "a plan with updates in it is not for this; --batches writes ordinary plans"


def goal_options(command: Command) -> Command:
    """Add the options of every command of a goal."""
    with_output = _with_output(command, search_options)
    return warn_above_option(timeline_option(refused("--proof", NO_PROOF)(with_output)))


def rolling_options(command: Command) -> Command:
    """Add those of them that a rolling update takes."""
    taken = refused("--proof", NO_PROOF_OF_UPDATES)(_with_output(command, rolling_search_options))
    return refused("--timeline", NO_UPDATES, is_flag=True)(refused("--warn-above", NO_UPDATES)(taken))


def refused(name: str, why: str, *, is_flag: bool = False) -> Callable[[Command], Command]:
    """Give an option of ``plan`` that a command does not take: whoever asks for it is told why."""

    def refuse(ctx: click.Context, param: click.Parameter, value: object) -> None:  # noqa: ARG001
        if value not in (None, False):
            raise click.UsageError(f"{name}: {why}", ctx)

    return click.option(
        name, is_flag=is_flag, hidden=True, expose_value=False, is_eager=True, callback=refuse
    )


def _with_output(command: Command, searching: Callable[[Any], Any]) -> Command:

    @wraps(command)
    def checked(*, pool: str, output: str | None, as_json: bool, pool_out: str | None, **others: Any) -> Any:
        outputs = {"-o": output, "--pool-out": pool_out}
        one_document(outputs, as_json=as_json)
        check_outputs(outputs, {"POOL": pool})
        return command(pool=pool, output=output, as_json=as_json, pool_out=pool_out, **others)

    for option in (
        searching,
        click.option(
            "--pool-out", metavar="POOL", help="Also write the pool with the placement found as its target."
        ),
        schedule_option,
        click.option("--json", "as_json", is_flag=True, help="Print the plan file instead of the summary."),
        click.option(
            "-o", "--output", metavar="PLAN", help="Also write the plan file there (.json, .json.gz, -)."
        ),
    ):
        checked = option(checked)
    return checked  # type: ignore[return-value]


def at_most_option(command: Command) -> Command:
    """Add ``--at-most``."""
    return click.option(
        "--at-most", type=click.IntRange(min=0), metavar="M", help="Take at most so many migrations."
    )(command)


def explain_option(command: Command) -> Command:
    """Add ``--explain``."""
    return click.option(
        "--explain",
        is_flag=True,
        help="Also say why these VMs move and not others, and what would save migrations.",
    )(command)


def open_wanted(path: str, *, allow_offline: bool, in_part: bool = True) -> Asked:
    """Read a pool that a goal is for; errors name the file, warnings go to stderr.

    Parameters
    ----------
    in_part
        A target that is given in part is taken.

    Raises
    ------
    PoolError
        It breaks the contract, its target leaves nothing to choose, or there is one where none is taken.
    """
    data = read_bytes(path)
    try:
        wanted = parse_wanted(data)
        if wanted.is_full:
            raise PoolError(["target: given in full, a goal has nothing to choose; vmplan plan plans to it"])
        if wanted.target is not None and not in_part:
            raise PoolError(["target: given in part, an update is rolled through a pool without a target"])
    except PoolError as error:
        raise PoolError([f"{path}: {error.errors[0]}", *error.errors[1:]]) from None
    if allow_offline:
        wanted = Wanted(wanted.current.changed(vms=stoppable(wanted.current.vms)), wanted.target)
    broken = [f"current placement: {violation.text}" for violation in wanted.current.violations()]
    warn_of([*kept_for_nothing(wanted.current.hosts), *broken])
    return Asked(data, wanted)


@dataclass(frozen=True, slots=True)
class Output:
    """Where to write what was found, as the options say."""

    output: str | None
    as_json: bool
    pool_out: str | None

    @property
    def prints_summary(self) -> bool:
        """Tell whether standard output is for people."""
        return not self.as_json and STANDARD not in (self.output, self.pool_out)

    def write(self, asked: Asked, result: Planned[Any], summary: Callable[[], None]) -> ExitCode:
        """Write it, or call what prints a summary; give the exit code."""
        if self.output is not None and self.output != STANDARD:
            write_plan(self.output, result.file())
        if self.pool_out is not None and result.target is not None:
            write_bytes(self.pool_out, with_target(asked.data, result.target.placement))
        if self.as_json or self.output == STANDARD:
            write_bytes(STANDARD, plan_bytes(result.file()))
        if self.prints_summary:
            summary()
        return exit_code(result)


def pursue(
    goal: Goal,
    pool: str,
    *,
    search: SearchOptions,
    schedule: bool,
    timeline: bool,
    thresholds: tuple[str, ...],
    explain: bool = False,
    else_ask: str | None = None,
    **output: Any,
) -> ExitCode:
    """Reach a goal and write what was found, as the options say.

    Parameters
    ----------
    else_ask
        Said to people where there is no plan, and no target either: what to ask for in its place.
    """
    find = planner.explain_goal if explain else planner.reach
    asked = open_wanted(pool, allow_offline=search.allow_offline)
    current, to = asked.wanted.current, Output(**output)
    shares = parse_shares(current, thresholds)
    with progress_line() as on_progress:
        result = find(
            current,
            goal,
            target=asked.wanted.target,
            method=None if search.method == "auto" else search.method,
            schedule=schedule or timeline,
            **search.of_search(on_progress),
        )
    outcome = None if result.target is None else goal.outcome(result.target)
    code = to.write(asked, result, lambda: print_goal(current, goal.words(), result, outcome))
    if else_ask and code == ExitCode.INFEASIBLE and asked.wanted.target is None and to.prints_summary:
        click.echo(shown(else_ask))  # whole, to be copied
    look_closer(current, result, shares, timeline=timeline, err=not to.prints_summary)
    return code


__all__ = [
    "Asked",
    "Output",
    "at_most_option",
    "explain_option",
    "goal_options",
    "open_wanted",
    "pool_argument",
    "pursue",
    "rolling_options",
]
