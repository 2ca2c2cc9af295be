"""A process that has loaded the planner, solver and all, and forks for every command it is asked to run.

Loading takes far longer than most commands: who runs a hundred of them wants to load once. A command still
runs in a process of its own, with its own streams, folder, environment and exit code. Run as
``python tests/forkserver.py SOCKET``; what asks is ``CLIENT``, which any shell can start.
"""

from __future__ import annotations

import atexit
import contextlib
import io
import json
import os
import runpy
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import types
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
PATIENCE_S = 240.0
LARGEST_REQUEST = 1 << 20
"""Bytes: arguments and environment."""

CLIENT = """#!{python} -IS
import json, os, socket, sys
server = socket.socket(socket.AF_UNIX)
server.connect({address!r})
asked = dict(args=sys.argv[1:], folder=os.getcwd(), environment=dict(os.environ))
socket.send_fds(server, [json.dumps(asked).encode()], [0, 1, 2])
sys.exit(int(server.recv(16) or 70))
"""


def load() -> None:
    """Import what commands import."""
    for path in (ROOT / "planner").rglob("*.py"):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        if "__main__" not in module and "adapter" not in module:
            with contextlib.suppress(ImportError):  # an extra that is not installed
                __import__(module.removesuffix(".__init__"))


def serve(address: str) -> None:
    """Fork for every request, until whoever started it has ended, however: that closes the standard input."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(f"{address}.bound")
    listener.listen()
    os.rename(f"{address}.bound", address)  # whoever sees it may connect
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while sys.stdin not in select.select([listener, sys.stdin], [], [])[0]:
        asker, _ = listener.accept()
        data, streams, _, _ = socket.recv_fds(asker, LARGEST_REQUEST, 3)
        if os.fork() == 0:
            listener.close()
            code = run(streams, **json.loads(data))
            asker.send(str(code).encode())
            os._exit(0)
        asker.close()
        for stream in streams:
            os.close(stream)


def run(streams: list[int], args: list[str], folder: str, environment: dict[str, str]) -> int:
    """Be ``python ARGS...``, with ``-c CODE`` or ``-m MODULE``; give the exit code."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    # Not those of the server: what they know of where they lead, such as whether one can seek there, is old.
    sys.stdin = io.TextIOWrapper(io.FileIO(0, closefd=False), "utf-8")
    sys.stdout, sys.stderr = (
        io.TextIOWrapper(io.FileIO(number, "w", closefd=False), "utf-8", write_through=True)
        for number in (1, 2)
    )
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    kind, what, *rest = args
    sys.argv, sys.path[0] = ["-c" if kind == "-c" else what, *rest], ""
    main = sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        if kind == "-c":
            exec(compile(what, "<string>", "exec"), vars(main))
        else:
            runpy.run_module(what, run_name="__main__", alter_sys=False)
        code = 0
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else int(bool(stop.code))
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return code


@cache
def loaded_python() -> str:
    """Give the program that stands for ``python`` on a server that all tests of this process share."""
    folder = Path(tempfile.mkdtemp(prefix="forks-"))
    server, client = start(folder, dict(os.environ))

    @atexit.register
    def end() -> None:
        server.kill()
        server.wait(PATIENCE_S)
        shutil.rmtree(folder)

    return str(client)


def start(folder: Path, environment: dict[str, str]) -> tuple[subprocess.Popen[bytes], Path]:
    """Start a server; give its process, and the program that stands for ``python`` there."""
    address, client = folder / "socket", folder / "python"
    server = subprocess.Popen(
        [sys.executable, __file__, str(address)], env=environment, stdin=subprocess.PIPE
    )
    client.write_text(CLIENT.format(python=sys.executable, address=str(address)))
    client.chmod(0o755)
    end = time.monotonic() + PATIENCE_S
    while not address.exists():
        assert server.poll() is None, "the server ended before it listened"
        assert time.monotonic() < end, f"the server does not listen after {PATIENCE_S:g} s"
        time.sleep(0.05)
    return server, client


if __name__ == "__main__":
    sys.path[0] = str(ROOT)
    load()
    serve(sys.argv[1])
