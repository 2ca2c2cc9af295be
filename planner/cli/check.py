"""``vmplan check``: replay a plan."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from models.errors import PlanError
from models.ledger import Violation
from models.objective import counted_by
from models.proof_check import flaw_of
from models.reading import read_proof
from models.rolling_plan import plan_in
from planner.cli.common import errors_of_plan, one_input, open_pool_and_plan, pool_argument
from planner.cli.exit_codes import ExitCode
from planner.cli.view_options import as_planned_option
from planner.scheduling.judging import judge_plan, judge_schedule
from planner.verdict.claims import untrue_claims
from planner.verdict.sentences import number_of
from planner.views.names import shown

if TYPE_CHECKING:
    from models.plan import Plan
    from models.plan_file import PlanFile
    from models.pool import Pool
    from models.proof import Proof
    from models.rolling_plan import RollingPlan

EPILOG = """\b
Examples:
  vmplan plan examples/swap.json -o plan.json
  vmplan check examples/swap.json plan.json
  vmplan check examples/swap.json plan.json --solver
  vmplan plan examples/chain6.json -o plan.json --proof proof.json
  vmplan check examples/chain6.json plan.json --proof proof.json
"""


@click.command(epilog=EPILOG)
@pool_argument
@click.argument("plan", metavar="PLAN", type=click.Path(allow_dash=True))
@click.option("--solver", is_flag=True, help="Ask CP-SAT's step model too, a second witness.")
@click.option(
    "--proof", "proof_path", metavar="PROOF", help="Verify a proof of the bound, or that no plan exists."
)
@as_planned_option
def check(pool: str, plan: str, solver: bool, proof_path: str | None, allow_offline: bool) -> int:
    """Replay PLAN on POOL; print every violation, or that there is none."""
    one_input({"POOL": pool, "PLAN": plan, "--proof": proof_path})
    problem, file = open_pool_and_plan(pool, plan, allow_offline=allow_offline)
    if solver and file.is_rolling:
        raise click.UsageError("--solver: the step model knows no updates of hosts; the replay does, alone")
    proof = None if proof_path is None else read_proof(proof_path)
    if proof is not None and file.status == "infeasible":
        return _judge_impossible(problem, proof)
    with errors_of_plan(plan):
        violations = judge(problem, file)
    if proof is not None:
        violations += judge_proof(problem, file, proof)
    for violation in violations:
        click.echo(shown(str(violation)))
    counted = f"{number_of(len(file.actions), 'action')}, {number_of(len(violations), 'violation')}"
    if solver:
        counted += f"; step model: {_ask_solver(problem, file)}"
    if proof is not None and not any(violation.rule == "proof" for violation in violations):
        counted += f"; {stands_for(proof)}"
    click.echo(counted)
    return ExitCode.VIOLATIONS if violations or counted.endswith("rejected") else ExitCode.DONE


def judge(pool: Pool, file: PlanFile) -> list[Violation]:
    """Give every violation of a plan file: of its actions, and of what it says of them."""
    if file.status in ("infeasible", "no_plan_found"):
        raise PlanError(f"the plan file holds no plan: its status is {file.status}")
    file.check_ids()
    plan = plan_in(pool, file)
    found = judge_plan(pool, plan)
    if not found and (schedule := file.schedule()) is not None:
        found += judge_schedule(pool, plan, schedule)
    return found + _claims(file, plan, safe=not found)


def _claims(file: PlanFile, plan: Plan | RollingPlan, *, safe: bool) -> list[Violation]:
    """Give what the file says of itself and is not so, behind the name of each claim."""
    return [
        replace(claim, text=f"{claim.rule}: {claim.text}") for claim in untrue_claims(file, plan, safe=safe)
    ]


def judge_proof(pool: Pool, file: PlanFile, proof: Proof) -> list[Violation]:
    """Give what is wrong with a proof of the bound of a plan file."""
    if proof.claim != "bound":
        return [Violation("proof", "proof: it says that no plan exists, and there is one")]
    if counted_by(proof.objective) != counted_by(file.objective):
        return [Violation("proof", f"proof: its objective is {proof.objective}, the plan's {file.objective}")]
    if flaw := flaw_of(pool, proof):
        return [Violation("proof", f"proof: {flaw}")]
    if proof.bound != file.bound:
        return [Violation("proof", f"proof: it stands for {proof.bound}, the plan says {file.bound}")]
    return []


def _judge_impossible(pool: Pool, proof: Proof) -> int:
    """Verify the proof of a plan file that holds no plan, since none exists."""
    wrong = "it proves a bound" if proof.claim != "impossible" else flaw_of(pool, proof)
    click.echo(stands_for(proof) if wrong is None else shown(f"proof: {wrong}"))
    return ExitCode.DONE if wrong is None else ExitCode.VIOLATIONS


def stands_for(proof: Proof) -> str:
    """Say what a proof that holds proves, and by what."""
    claim = f"no plan costs less than {proof.bound}" if proof.claim == "bound" else "no plan exists"
    by = {
        "mandatory": "the mandatory moves",
        "conflicts": number_of(max(1, len(proof.conflicts)), "conflict"),
        "stuck": number_of(len(proof.stuck), "stuck VM"),
        "exhaustive": "looking at every placement",
        "none": "nothing",
    }
    return f"verified: {claim}, by {by[proof.by]}"


def _ask_solver(pool: Pool, file: PlanFile) -> str:
    from planner.search.witness import accepts  # the solver: only who asks for it waits until it is loaded

    answer = accepts(pool, file.steps())
    return {True: "accepted", False: "rejected", None: "out of time"}[answer]
