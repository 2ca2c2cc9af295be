"""``python -m planner``: the command line, as ``vmplan``."""

from __future__ import annotations

try:
    from planner.cli.main import main
except KeyboardInterrupt:
    # Before there is anybody to catch it.
    raise SystemExit(130) from None

if __name__ == "__main__":
    main()
