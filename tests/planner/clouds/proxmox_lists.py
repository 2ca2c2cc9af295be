"""Three nodes and their guests, as Proxmox VE lists them."""

from __future__ import annotations

from typing import Any

GIB = 2**30

NODES = [
    {"id": "node/pve1", "type": "node", "node": "pve1", "status": "online", "maxmem": 64 * GIB, "maxcpu": 16},
    {"id": "node/pve2", "type": "node", "node": "pve2", "status": "online", "maxmem": 64 * GIB, "maxcpu": 16},
    {"id": "node/pve3", "type": "node", "node": "pve3", "status": "offline"},
]


def guest(number: int, node: str = "pve1", kind: str = "qemu", **fields: Any) -> dict[str, Any]:
    """Give an entry about a guest."""
    base = {"id": f"{kind}/{number}", "type": kind, "vmid": number, "name": f"vm{number}", "node": node}
    return {**base, "status": "running", "maxmem": 4 * GIB, "maxcpu": 2, "template": 0, **fields}
