"""Ganeti's balancer ``hbal`` by its text backend: what it proposes, and its score of any placement.

The file has five sections with an empty line between them: groups, nodes, instances, tags of the cluster and
policies (htools(1), ``--text-data``; the fields are those of Ganeti 3.0). Each host counts its vCPUs once
(a ratio of 1), disks are shared and take no room, so that both tools see the same pool.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING

from benchmarks.peers.proposal import Proposal

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from models import PoolState

COMMAND = "hbal"
MISSING = "hbal is not installed (Debian package ganeti-htools)"

GROUP = "cluster"
DISK_MIB = 1_000_000
NO_LIMIT = "0,1,0,0,0,1|0,1,0,0,0,1;999999999,9999,999999999,999,999,9999|ext|1.0|32.0"
"""Sizes of instances, least and most; disk templates; the ratio of vCPUs; that of spindles."""

MOVE = re.compile(r"^\s*\d+\.\s+(\S+)\s+(\S+)\s+=>\s+(\S+)\s")
SCORE = re.compile(r"^Initial score: (\S+)", re.MULTILINE)
PERFECT = "Cluster is already well balanced"


def is_installed() -> bool:
    """Tell whether there is an ``hbal`` to ask."""
    return shutil.which(COMMAND) is not None


def text_of(state: PoolState, at: Mapping[str, str], offline: Collection[str] = ()) -> str:
    """Write a placement as hbal reads it.

    Parameters
    ----------
    at
        VM name -> host name.
    offline
        Hosts to be emptied.
    """
    placed = state.placed(at)
    nodes = []
    for host in state.hosts:
        total, used = host.usable("ram_mib"), placed.load(host.name).get("ram_mib", 0)
        role = "Y" if host.name in offline or not host.accepts else "N"
        amounts = f"{total}|0|{total - used}|{DISK_MIB}|{DISK_MIB}|{host.usable('vcpus')}"
        nodes.append(f"{host.name}|{amounts}|{role}|{GROUP}-id|1")
    instances = [
        f"{vm.name}|{vm.demand.get('ram_mib', 0)}|0|{vm.demand.get('vcpus', 0)}"
        f"|running|Y|{at[vm.name]}||ext||1"
        for vm in state.vms
        if vm.name in at
    ]
    groups, policies = [f"{GROUP}|{GROUP}-id|preferred||"], [f"|{NO_LIMIT}", f"{GROUP}|{NO_LIMIT}"]
    no_tags: list[str] = []
    sections = [groups, nodes, instances, no_tags, policies]
    return "\n".join("".join(f"{line}\n" for line in section) for section in sections)


def asked(
    state: PoolState, *options: str, drained: Collection[str] = (), limit_s: float | None = None
) -> Proposal | None:
    """Ask hbal what to move: to even out, or with hosts to drain off these alone.

    Parameters
    ----------
    options
        Further options of it.
    limit_s
        How long it may take.

    Returns
    -------
    Proposal or None
        None where it has not answered by then.
    """
    mode = ["--evac-mode", "--restricted-migration"] if drained else []
    began = perf_counter()
    try:
        output = _output(text_of(state, state.placement, drained), *mode, *options, limit_s=limit_s)
    except subprocess.TimeoutExpired:
        return None
    seconds = perf_counter() - began
    found = [match.groups() for line in output.splitlines() if (match := MOVE.match(line))]
    return Proposal(tuple((vm, host) for vm, _, host in found), seconds)


def score(state: PoolState, at: Mapping[str, str]) -> float | None:
    """Give hbal's score of a placement, smaller is better; None where it has none."""
    output = _output(text_of(state, at), "--max-length=0")
    found = SCORE.search(output)
    return float(found[1]) if found else (0.0 if PERFECT in output else None)


def _output(text: str, *options: str, limit_s: float | None = None) -> str:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "cluster.data"
        path.write_text(text)
        command = [COMMAND, f"--text-data={path}", *options]
        # It exits with 1 where hosts are fuller than they may be, and answers all the same.
        ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=limit_s)
    if ended.returncode not in (0, 1):
        raise RuntimeError(f"hbal: exit code {ended.returncode}: {ended.stderr.strip()[-300:]}")
    return ended.stdout
