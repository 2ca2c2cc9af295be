"""``vmplan schema``: the JSON Schema of the files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable

EPILOG = """\b
Examples:
  vmplan schema pool
  vmplan schema plan
  vmplan schema proof
"""


FILES = ["pool", "plan", "proof", "journal", "explanation"]


@click.command(epilog=EPILOG)
@click.argument("file", metavar="|".join(FILES), type=click.Choice(FILES))
def schema(file: str) -> None:
    """Print the JSON Schema of pool, plan, proof or journal files, or of what explain --json prints."""
    click.echo(json.dumps(_schema_of(file)(), indent=2))


def _schema_of(file: str) -> Callable[[], dict[str, object]]:
    """Read only what is asked for: the schema of a file needs no solver."""
    if file == "pool":
        from models.pool_file import pool_schema

        return pool_schema
    if file == "plan":
        from models.plan_file import plan_schema

        return plan_schema
    if file == "proof":
        from models.proof import proof_schema

        return proof_schema
    if file == "journal":
        from planner.execution.events import journal_schema

        return journal_schema
    from planner.explaining.explanation import explanation_schema

    return explanation_schema
