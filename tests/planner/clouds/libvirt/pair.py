"""Two libvirtd with QEMU on one machine, and guests whose memory takes long to copy where it shall."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import time
import uuid
from pathlib import Path
from typing import Any

from tests.waiting import PATIENCE_S, kill

NAMES = ("host-a", "host-b")
SCRIPT = Path(__file__).with_name("host.sh")
GUEST_MIB = 64
FILLED_MIB = 40
"""How much of its memory a guest fills with what is not zero, and so must be copied."""

FILLING = b"\x01" * 4

FILL_S = 120
"""A guest without KVM on a busy machine takes its time."""

SLOW = {"bandwidth": 1}
"""Parameters of a migration that takes as many seconds as the guest has filled MiB."""

UNHURRIED = {"bandwidth": 16}
"""Parameters of one that takes a few seconds."""

CODE = 0x7C00
GDT, GDT_POINTER = CODE + 57, CODE + 81
BOOT = bytes.fromhex(
    # 16 bits: no interrupts, address line 20 on, into protected mode.
    "fa 31c0 8ed8 e492 0c02 e692"
    f"0f0116 {GDT_POINTER.to_bytes(2, 'little').hex()}"
    "0f20c0 0c01 0f22c0"
    f"ea {(CODE + 29).to_bytes(2, 'little').hex()} 0800"
    # 32 bits: fill memory from 1 MiB on, then sleep for ever.
    "66b81000 8ed8 8ec0 bf00001000"
    f"b9 {(FILLED_MIB * 2**20 // 4).to_bytes(4, 'little').hex()}"
    "b801010101 f3ab f4 ebfd"
    # Three segments (none, code, data), and where they are.
    "0000000000000000 ffff0000009acf00 ffff00000092cf00"
    f"1700 {GDT.to_bytes(4, 'little').hex()}"
)
"""A boot sector: the whole system of a guest."""

FLOPPY_BYTES = 1_474_560


def why_not() -> str:
    """Say why no such pair can be run here; nothing where it can."""
    missing = [name for name in ("libvirtd", "qemu-system-x86_64", "unshare") if shutil.which(name) is None]
    missing += ["libvirt-python"] if importlib.util.find_spec("libvirt") is None else []
    if missing:
        return f"two libvirtd need {', '.join(missing)}"
    probe = ["unshare", "-m", "--uts", "--pid", "--fork", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    if os.geteuid() != 0 or subprocess.run(probe, capture_output=True, timeout=PATIENCE_S).returncode:
        return "two libvirtd need root with CAP_SYS_ADMIN"
    return ""


class Pair:
    """Two hosts.

    Parameters
    ----------
    folder
        An empty folder with a short path: UNIX sockets are in it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.uris = [
            f"qemu+unix:///system?socket={folder / name / 'sock' / 'libvirt-sock'}" for name in NAMES
        ]
        boot = BOOT.ljust(510, b"\0") + b"\x55\xaa"
        (folder / "boot.img").write_bytes(boot.ljust(FLOPPY_BYTES, b"\0"))
        self._processes = [self._start(name) for name in NAMES]

    def _start(self, name: str) -> subprocess.Popen[bytes]:
        home = self.folder / name
        home.mkdir()
        spaces = ["unshare", "-m", "--uts", "--pid", "--fork", "--kill-child=KILL"]
        with (home / "log").open("w") as log:
            return subprocess.Popen(
                [*spaces, "sh", str(SCRIPT), str(home), name, str(uuid.uuid4())], stdout=log, stderr=log
            )

    def parameters(self, **more: Any) -> dict[str, dict[str, Any]]:
        """Give the parameters of migrations to each URI: over a UNIX socket, and more."""
        return {
            uri: {"migrate_uri": f"unix://{self.folder / name}.migration", **more}
            for uri, name in zip(self.uris, NAMES, strict=True)
        }

    def wait(self, hosts: Any) -> None:
        """Wait until both answer."""
        deadline = time.monotonic() + 60
        for uri in self.uris:
            while True:
                try:
                    hosts.at(uri)
                    break
                except ValueError:
                    assert time.monotonic() < deadline, "libvirtd did not start"
                    time.sleep(0.2)

    def boot(self, hosts: Any, uri: str, name: str) -> str:
        """Define and start a guest; give its UUID."""
        ident = str(uuid.uuid4())
        domain = hosts.at(uri).defineXML(
            f"<domain type='qemu'><name>{name}</name><uuid>{ident}</uuid>"
            f"<memory unit='MiB'>{GUEST_MIB}</memory><vcpu>1</vcpu>"
            "<os><type arch='x86_64' machine='pc'>hvm</type><boot dev='fd'/></os><devices>"
            "<emulator>/usr/bin/qemu-system-x86_64</emulator><disk type='file' device='floppy'>"
            f"<driver name='qemu' type='raw'/><source file='{self.folder / 'boot.img'}'/>"
            "<target dev='fda' bus='fdc'/><readonly/></disk></devices></domain>"
        )
        domain.create()
        # Memory that is not written yet moves in no time.
        deadline = time.monotonic() + FILL_S
        while domain.memoryPeek(2**20 + FILLED_MIB * 2**20 - 4, 4, hosts.lib.VIR_MEMORY_PHYSICAL) != FILLING:
            assert time.monotonic() < deadline, "the guest does not fill its memory"
            time.sleep(0.1)
        return ident

    def migrate(self, lib: Any, vm: str) -> None:
        """Migrate a guest from the first host to the second, as somebody else would; come back at its end."""
        source, destination = self.uris
        flags = lib.VIR_MIGRATE_LIVE | lib.VIR_MIGRATE_PEER2PEER
        flags |= lib.VIR_MIGRATE_PERSIST_DEST | lib.VIR_MIGRATE_UNDEFINE_SOURCE
        with contextlib.closing(lib.open(source)) as own:
            parameters = self.parameters(**UNHURRIED)[destination]
            own.lookupByUUIDString(vm).migrateToURI3(destination, parameters, flags)

    def kill_libvirtd(self, host: int) -> None:
        """Kill a libvirtd with -9; its guests run on, and it is started again in a moment."""
        self.signal_libvirtd(host, signal.SIGKILL)

    def signal_libvirtd(self, host: int, number: signal.Signals) -> None:
        """Send a signal to a libvirtd."""
        (shell,) = _children(self._processes[host].pid)
        # Its guests are children of the shell too, now that who started them has turned into a daemon.
        for child in _children(shell):
            if Path(f"/proc/{child}/comm").read_text().strip() == "libvirtd":
                os.kill(child, number)

    def close(self) -> None:
        """End both, and all that they run."""
        for process in self._processes:
            kill(process)


def _children(process: int) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
