"""``python -m planner``: the command line, as ``vmplan``."""

from __future__ import annotations

try:
    import os
    import signal
    from contextlib import suppress

    def _leave(*_heard: object) -> None:
        """Exit at once: nothing has begun."""
        os._exit(130)

    # Before there is anybody to catch it. Not by an exception: that is lost where it comes amid what Python
    # calls by the way, as it does at each import.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        with suppress(ValueError):  # it is not the main thread, and hears of nothing
            signal.signal(signal.SIGINT, _leave)
    try:
        from planner.cli.main import main
    finally:
        if signal.getsignal(signal.SIGINT) is _leave:
            signal.signal(signal.SIGINT, signal.default_int_handler)
except KeyboardInterrupt:
    raise SystemExit(130) from None

if __name__ == "__main__":
    main()
