"""Ganeti: clusters read from their remote API or from files of ``hbal``."""
