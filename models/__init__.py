"""What is planned: hosts, VMs, placements, actions, plans, the rules a state obeys, replay, files."""

from models.actions import Action, Migration, Provision, Shutdown, Start, Stop
from models.durations import Durations
from models.errors import (
    ActionError,
    PlanError,
    PlannerError,
    PoolError,
    ProofError,
    TooLargeError,
    WrongKindError,
)
from models.host import Host
from models.ledger import Violation
from models.objective import Objective
from models.plan import Plan
from models.pool import Pool
from models.proof import Conflict, Proof
from models.proof_check import flaw_of
from models.reading import (
    read_plan,
    read_pool,
    read_proof,
    read_state,
    write_plan,
    write_pool,
    write_proof,
)
from models.replay import Replay, replay
from models.rules import Filter, Group, GroupLimit, Resource, ResourceRule, Rule
from models.schedule import Schedule
from models.state import PoolState
from models.timing import Link, Timing
from models.vm import VM
from models.wanted import Wanted

__all__ = [
    "VM",
    "Action",
    "ActionError",
    "Conflict",
    "Durations",
    "Filter",
    "Group",
    "GroupLimit",
    "Host",
    "Link",
    "Migration",
    "Objective",
    "Plan",
    "PlanError",
    "PlannerError",
    "Pool",
    "PoolError",
    "PoolState",
    "Proof",
    "ProofError",
    "Provision",
    "Replay",
    "Resource",
    "ResourceRule",
    "Rule",
    "Schedule",
    "Shutdown",
    "Start",
    "Stop",
    "Timing",
    "TooLargeError",
    "Violation",
    "Wanted",
    "WrongKindError",
    "flaw_of",
    "read_plan",
    "read_pool",
    "read_proof",
    "read_state",
    "replay",
    "write_plan",
    "write_pool",
    "write_proof",
]
