"""Every tool asked for the same thing, and every answer judged by the same judge."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.peers import hbal, ours, proxlb
from benchmarks.peers.proposal import Judged, Proposal, highest_share, judged
from planner.goals import Balance, Drain
from planner.goals.parameters import GoalParameters

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from models import PoolState

NO_ANSWER = Proposal((), 0.0, "no answer within its limit")


@dataclass(frozen=True, slots=True)
class Asked:
    """How the tools are asked.

    Parameters
    ----------
    resources
        What counts for the highest share; the first of them is what ProxLB goes by.
    at_most
        Migrations for evening out, of tools that can be held to a number.
    drained
        The share of the hosts that is emptied, one at least.
    limit_s
        Seconds for this project.
    peer_limit_s
        Seconds for another tool.
    workers, seed
        Threads of this project; which hosts are emptied.
    parameters
        Of this project.
    """

    resources: tuple[str, ...] = ("vcpus", "ram_mib")
    at_most: int = 50
    drained: float = 0.05
    limit_s: float = 10.0
    peer_limit_s: float = 120.0
    workers: int = 1
    seed: int = 0
    parameters: GoalParameters = field(default_factory=GoalParameters)


@dataclass(frozen=True, slots=True)
class Row:
    """One tool on one pool.

    Parameters
    ----------
    goal
        What was asked for.
    before, score_before
        The highest share, and hbal's score, before anything moves; the score None without hbal.
    """

    pool: str
    goal: str
    tool: str
    proposal: Proposal
    outcome: Judged
    before: float
    score_before: float | None = None
    score_after: float | None = None


def rows(name: str, state: PoolState, asked: Asked) -> Iterator[Row]:
    """Ask every tool that is there, for each goal."""
    rng = np.random.default_rng(asked.seed)
    used = sorted(set(state.placement.values()))
    count = max(1, round(asked.drained * len(state.hosts)))
    gone = [used[number] for number in sorted(rng.permutation(len(used))[:count].tolist())]
    evened, emptied = f"balance, {asked.at_most} moves", f"drain {count} of {len(state.hosts)} hosts"
    for tool, proposal in _balanced(state, asked):
        yield _row(name, state, evened, tool, proposal, asked, ())
    for tool, proposal in _drained(state, gone, asked):
        yield _row(name, state, emptied, tool, proposal, asked, gone)


def _balanced(state: PoolState, asked: Asked) -> Iterator[tuple[str, Proposal]]:
    if hbal.is_installed():
        most = f"--max-length={asked.at_most}"
        for options in ((), ("--ignore-dynu",)):
            found = hbal.asked(state, most, *options, limit_s=asked.peer_limit_s)
            yield " ".join(("hbal", *options)), found or NO_ANSWER
    yield "ProxLB's rules", proxlb.balanced(state, asked.resources[0])
    goal = Balance(*asked.resources, at_most=asked.at_most)
    yield "vmplan", ours.proposed(state, goal, asked.limit_s, asked.workers, asked.parameters)


def _drained(state: PoolState, gone: Sequence[str], asked: Asked) -> Iterator[tuple[str, Proposal]]:
    if hbal.is_installed():
        yield "hbal", hbal.asked(state, drained=gone, limit_s=asked.peer_limit_s) or NO_ANSWER
    yield "ProxLB's rules", proxlb.drained(state, gone, asked.resources[0])
    yield "vmplan", ours.proposed(state, Drain(*gone), asked.limit_s, asked.workers, asked.parameters)


def _row(
    name: str,
    state: PoolState,
    goal: str,
    tool: str,
    proposal: Proposal,
    asked: Asked,
    gone: Sequence[str],
) -> Row:
    outcome = judged(state, proposal, asked.resources, gone)
    before = highest_share(state, asked.resources, gone)
    scores = (None, None)
    if hbal.is_installed() and not gone:
        scores = hbal.score(state, state.placement), hbal.score(state, outcome.placement)  # type: ignore[assignment]
    return Row(name, goal, tool, proposal, outcome, before, *scores)
