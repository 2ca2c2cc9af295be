"""Clouds: what is asked of one, and which there are."""

from planner.clouds.imported import imported
from planner.clouds.protocol import Cloud, CloudError, Phase, Progress, RefusedError, Running, UnknownError
from planner.clouds.registry import open_cloud
from planner.clouds.seen import Power, Seen, SeenHost, SeenMigration, SeenVM

__all__ = [
    "Cloud",
    "CloudError",
    "Phase",
    "Power",
    "Progress",
    "RefusedError",
    "Running",
    "Seen",
    "SeenHost",
    "SeenMigration",
    "SeenVM",
    "UnknownError",
    "imported",
    "open_cloud",
]
