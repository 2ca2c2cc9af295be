"""The most memory this process has held."""

from __future__ import annotations

from pathlib import Path


def peak_mib() -> float | None:
    """Give the peak of the resident memory in MiB; None where the system does not tell.

    Linux is asked in /proc: ``getrusage`` there starts a child at what its parent held when it forked.
    """
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return _by_rusage()


def _by_rusage() -> float | None:
    try:
        import resource
        import sys
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)
