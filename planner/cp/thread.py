"""What the thread is called in which CP-SAT works; here, since who looks for it need not load the solver."""

from __future__ import annotations

THREAD = "cp-sat"
"""The name of the thread that the solver runs in."""
