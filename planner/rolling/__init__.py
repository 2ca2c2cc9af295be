"""Rolling: hosts are emptied and updated one batch after another, each VM moving as rarely as can be."""

from planner.rolling.batches import Batch, batches
from planner.rolling.roll import RollingResult, roll

__all__ = ["Batch", "RollingResult", "batches", "roll"]
