"""``vmplan schema``: the JSON Schema of the files."""

from __future__ import annotations

import importlib
import json

import click

EPILOG = """\b
Examples:
  vmplan schema pool
  vmplan schema plan
  vmplan schema proof
"""


KINDS = {
    "pool": ("models.pool_file", "PoolFile"),
    "plan": ("models.plan_file", "PlanFile"),
    "proof": ("models.proof", "Proof"),
    "journal": ("planner.execution.events", ""),
    "explanation": ("planner.explaining.explanation", "Explanation"),
}
"""File -> the module of its type, loaded when asked for: no solver is needed. A journal has two types."""


@click.command(epilog=EPILOG)
@click.argument("file", metavar="|".join(KINDS), type=click.Choice(list(KINDS)))
def schema(file: str) -> None:
    """Print the JSON Schema of pool, plan, proof or journal files, or of what explain --json prints."""
    import msgspec

    module, kind = KINDS[file]
    loaded = importlib.import_module(module)
    told = msgspec.json.schema(getattr(loaded, kind)) if kind else loaded.journal_schema()
    click.echo(json.dumps(told, indent=2))
