"""Command lines of clouds that keep in files where each VM is, and can kill who calls them.

They answer as the manuals say, to what the scripts ask and no more; nothing here was held against a real one.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.waiting import PATIENCE_S

if TYPE_CHECKING:
    from pathlib import Path

FAKE = r"""#!/bin/sh
# at/VM: its host; is/VM: running, off, or a word of Ganeti's own; defined/HOST/VM: libvirt knows it there;
# locked/VM: nova has locked it, and obeys all the same; nova: N of the last version that it speaks, 2.N.
cd "${0%/*}/.." || exit 99
say() { printf '%s\n' "$1"; }
fail() { say "$*" >&2; exit 1; }
at() { IFS= read -r line < "at/$1" && say "$line"; }
is() { IFS= read -r line < "is/$1" && say "$line"; }
put() { say "$3" > "$1/$2"; }
value() { # NAME WORDS...: of NAME=value
	wanted=$1
	shift
	for word; do case $word in "$wanted="*) say "${word#*=}"; return;; esac; done
}
change() { # COMMAND...: do it, unless whoever calls dies before; it may die after
	count=$(($(cat changes) + 1))
	put . changes "$count"
	[ "${DIE:-}" != "$count before" ] || { kill -9 "${SCRIPT:-$PPID}"; exit 9; }
	say "$what" >> log
	"$@"
	[ "${DIE:-}" != "$count after" ] || kill -9 "${SCRIPT:-$PPID}"
	[ "${DIE:-}" != "$count asked" ] || kill -TERM "${SCRIPT:-$PPID}"
}
move() { # VM HOST
	rm -f "defined/$(at "$1")/$1" "pve/nodes/$(at "$1")/qemu-server/$1.conf"
	put at "$1" "$2"
	: > "defined/$2/$1"
	: > "pve/nodes/$2/qemu-server/$1.conf"
}
elsewhere() { [ "$(at "$1")" != "$2" ] || fail "$1 is there already"; move "$@"; }
carry() { [ "$(is "$1")" = off ] || fail "$1 runs"; elsewhere "$@"; }
live() { [ "$(is "$1")" = running ] || fail "$1 is off"; elsewhere "$@"; }
begin() { [ "$(is "$1")" != running ] || fail "$1 runs already"; put is "$1" running; }
end() { put is "$1" off; }

tool=${0##*/}
what="$tool $*"
for last; do :; done
[ ! -e unreachable ] || fail "nobody answers"

all() { for it in at/*; do [ ! -e "$it" ] || "$1" "${it#at/}"; done; }
here() { [ "$(at "$1")" = "$host" ] && [ "$(is "$1")" = running ]; }
resident() { ! here "$1" || say "$1"; }
ganeti_status() { case $(is "$1") in off) say ADMIN_down;; *) is "$1";; esac; }
row() { # VM
	case $columns in
	pnode) at "$1";;
	pnode,status) say "$(at "$1"):$(ganeti_status "$1")";;
	*) exit 98;;
	esac
}
case $tool in
gnt-node) say "$last";;
gnt-instance)
	case $1 in
	list)
		[ "$2 $3 $4" = "--no-headers --separator=: -o" ] || exit 97
		columns=$5
		if [ "${6:-}" = -- ]; then row "$7"; else all row; fi;;
	migrate) change live "$last" "$(value --target-node "$@")";;
	failover) change carry "$last" "$(value --target-node "$@")";;
	shutdown) change end "$last";;
	startup) change begin "$last";;
	*) exit 98;;
	esac;;
virsh)
	[ "$1" = --connect ] || exit 97
	host=${2#qemu+ssh://} host=${host%/system}
	vm=$(value --domain "$@")
	[ -z "$vm" ] || [ -e "defined/$host/$vm" ] || fail "failed to get domain '$vm'"
	domains() { for it in "defined/$host"/*; do [ ! -e "$it" ] || say "${it##*/}"; done; }
	case $3 in
	domstate) # in the language of whoever asks
		case ${LC_ALL:-} in C) on=running off="shut off";; *) on=laufend off=ausgeschaltet;; esac
		if here "$vm"; then say "$on"; else say "$off"; fi
		say "";;
	list)
		case $* in
		*--autostart*|*--with-managed-save*) ;; # none starts with its host, or is saved
		*--all*--name) domains;;
		*--name) all resident;;
		esac
		say "";;
	migrate)
		to=$(value --desturi "$@") to=${to#qemu+ssh://} to=${to%/system}
		case $* in *--offline*) change carry "$vm" "$to";; *) change live "$vm" "$to";; esac;;
	shutdown) here "$vm" || fail "it is off"; change end "$vm";;
	start) change begin "$vm";;
	*) exit 98;;
	esac;;
pvesh)
	rest=${2#/nodes/} host=${rest%%/*} rest=${rest#*/}
	kind=${rest%%/*} rest=${rest#*/}
	vm=${rest%%/*} rest=${rest#*/}
	state() { if [ "$(is "$1")" = off ]; then say stopped; else is "$1"; fi; }
	case "$1 $rest" in
	"get $kind")
		printf '['
		guest() { [ "$(at "$1")" != "$host" ] || printf '{"status":"%s"},' "$(state "$1")"; }
		[ "$kind" = lxc ] || all guest
		say '{}]'
		exit;;
	esac
	[ "$(at "$vm")" = "$host" ] || fail "Configuration file 'nodes/$host/qemu-server/$vm.conf' does not exist"
	case "$1 $rest" in
	"get status/current") printf '{"qmpstatus":"paused","status":"%s"}\n' "$(state "$vm")";;
	"create migrate") if [ "${4:-}" = --online=1 ]; then how=live; else how=carry; fi
		change $how "$vm" "$(value --target "$@")";;
	"create status/shutdown") change end "$vm";;
	"create status/start") change begin "$vm";;
	*) exit 98;;
	esac;;
xe)
	vm=$(value uuid "$@")
	case "$1 ${3:-}" in
	*resident-on) if [ "$(is "$vm")" = running ]; then at "$vm"; else say "<not in database>"; fi;;
	*power-state) if [ "$(is "$vm")" = off ]; then say halted; else is "$vm"; fi;;
	vm-list*) host=$(value resident-on "$@"); all resident;;
	vm-migrate*) change live "$vm" "$(value host-uuid "$@")";;
	vm-shutdown*) change end "$vm";;
	vm-start*) put at "$vm" "$(value on "$@")"; change begin "$vm";;
	*) exit 98;;
	esac;;
openstack)
	state() { if [ "$(is "$1")" = off ]; then say SHELVED_OFFLOADED; else say ACTIVE; fi; }
	unshelve() { put at "$1" "$2"; begin "$1"; }
	version=1
	[ "$1" != --os-compute-api-version ] || version=${2#2.}
	[ "$version" -le "$(cat nova)" ] || fail "Version 2.$version is not supported by the API."
	locked() {
		[ "$version" -ge 9 ] || { say None; return; }
		if [ -e "locked/$1" ]; then say True; else say False; fi
	}
	case $* in
	*" show "*)
		case $* in *hypervisor*) if [ "$(is "$last")" = running ]; then at "$last"; else say None; fi;; esac
		case $* in *"-c locked"*) locked "$last";; esac
		case $* in *"-c status"*) state "$last";; esac;;
	*" service list "*) host=$(value --host "$@"); [ ! -d "defined/$host" ] || say "$host";;
	*" list "*) host=$(value --host "$@"); all resident;;
	*" migrate "*) change live "$last" "$(value --host "$@")";;
	*" shelve "*) change end "$last";;
	*" unshelve "*) change unshelve "$last" "$(value --host "$@")";;
	*) exit 98;;
	esac;;
esac
"""
COMMANDS = ("openstack", "virsh", "pvesh", "gnt-instance", "gnt-node", "xe")


def octal(text: str) -> str:
    """Spell a text as ``printf`` reads it."""
    return "".join(f"\\{byte:03o}" for byte in text.encode())


class FakeCloud:
    """A folder with these command lines and what they keep.

    Parameters
    ----------
    placement
        VM -> host; all run. No name has a slash.
    """

    def __init__(self, folder: Path, hosts: list[str], placement: dict[str, str]) -> None:
        self.folder = folder
        for part in ("bin", "at", "is", "locked", "home"):
            (folder / part).mkdir()
        for host in hosts:
            (folder / "defined" / host).mkdir(parents=True)
            (folder / "pve" / "nodes" / host / "qemu-server").mkdir(parents=True)
        for command in COMMANDS:
            (folder / "bin" / command).write_text(FAKE)
            (folder / "bin" / command).chmod(0o755)
        (folder / "log").touch()
        (folder / "changes").write_text("0\n")
        (folder / "nova").write_text("96\n")
        for vm, host in placement.items():
            self.put(vm, host)

    def put(self, vm: str, host: str, state: str = "running") -> None:
        """Have a VM on a host."""
        (self.folder / "at" / vm).write_text(f"{host}\n")
        (self.folder / "is" / vm).write_text(f"{state}\n")
        self.define(vm, host)
        (self.folder / "pve" / "nodes" / host / "qemu-server" / f"{vm}.conf").touch()

    def define(self, vm: str, host: str) -> None:
        """Have libvirt of a host know a VM, wherever it is."""
        (self.folder / "defined" / host / vm).touch()

    def environment(self, die: str = "") -> dict[str, str]:
        """Give the environment in which they are found; DIE="2 after" (before, asked) kills the script."""
        return {
            "PATH": f"{self.folder / 'bin'}:/usr/bin:/bin",
            "HOME": str(self.folder / "home"),
            "LC_ALL": "C.UTF-8",
            "TRIES": "1",
            "UPDATE": "true",
            "DIE": die,
            "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
            "ANSIBLE_PIPELINING": "1",
        }

    def here(self, text: str) -> str:
        """Have a script look for Proxmox's files here; it spells some names in octal."""
        theirs, ours = "/etc/pve", str(self.folder / "pve")
        return text.replace(theirs, ours).replace(octal(theirs), octal(ours))

    def sh(self, script: str, *args: str, die: str = "") -> subprocess.CompletedProcess[str]:
        """Run a script."""
        (self.folder / "home" / "plan.sh").write_text(self.here(script))
        return subprocess.run(
            ["sh", "-c", 'export SCRIPT=$$; exec sh plan.sh "$@"', "sh", *args],
            cwd=self.folder / "home",
            env=self.environment(die),
            capture_output=True,
            text=True,
            timeout=2 * PATIENCE_S,  # of hundreds of processes
        )

    def running(self) -> dict[str, str]:
        """Give the host of each VM that runs."""
        return {
            vm: (self.folder / "at" / vm).read_text().removesuffix("\n")
            for vm in os.listdir(self.folder / "at")
            if (self.folder / "is" / vm).read_text() == "running\n"
        }

    @property
    def log(self) -> list[str]:
        """Give the commands that changed something."""
        return (self.folder / "log").read_text().splitlines()
