"""Plans, written for other tools."""

from planner.clouds.writing.ansible import ansible
from planner.clouds.writing.csv_table import csv_table
from planner.clouds.writing.graphs import dot, mermaid
from planner.clouds.writing.shell import shell

__all__ = ["ansible", "csv_table", "dot", "mermaid", "shell"]
