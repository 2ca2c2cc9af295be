"""A cluster of Proxmox VE by its API: the same two lists that ``pvesh`` prints, in two requests.

Who asks is an API token with the role PVEAuditor on ``/``: ``PROXMOX_TOKEN_ID`` as Proxmox shows it,
``USER@REALM!NAME``, and ``PROXMOX_TOKEN_SECRET`` (https://pve.proxmox.com/pve-docs/api-viewer/).
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

from planner.clouds.found import named
from planner.clouds.imported import Imported, imported
from planner.clouds.protocol import CloudError, UnknownError
from planner.clouds.reading.proxmox import found
from planner.clouds.secrets import without_secrets
from planner.clouds.web import Web, address

EXAMPLE = "https://pve1:8006"

NOT_THERE = (404, 501)
"""How an API answers that has no HA rules yet: they came with Proxmox VE 9."""

HA_GROUPS = (
    "this Proxmox VE has no HA rules, which came with 9; where its HA groups keep VMs is not in the pool"
)
"""The warning about one that is older."""


def read_proxmox_api(
    url: str, *, cpu_ratio: float | None = None, reserved_mib: int = 0, stopped: bool = True
) -> Imported:
    """Read a cluster; see :func:`planner.clouds.reading.proxmox.read_proxmox` for what has no word here.

    Parameters
    ----------
    url
        Of any node, such as ``https://pve1:8006``.

    Raises
    ------
    CloudError
        It cannot be read.
    """
    token, secret = (os.environ.get(f"PROXMOX_TOKEN_{part}", "") for part in ("ID", "SECRET"))
    if "!" not in token or not secret:
        raise CloudError("PROXMOX_TOKEN_ID (USER@REALM!NAME) and PROXMOX_TOKEN_SECRET must hold an API token")
    web = Web(
        address(url, EXAMPLE).url,
        extra="proxmox",
        headers={"Authorization": f"PVEAPIToken={token}={secret}"},
        certificate=("PROXMOX_CERT", os.environ.get("PROXMOX_CERT", "")),
    )
    try:
        resources = _list(web, "/cluster/resources")
        if resources is None:
            raise UnknownError(f"{web.url}: no cluster/resources there; is this the API of Proxmox VE?")
        rules = _list(web, "/cluster/ha/rules")
    finally:
        web.close()
    said = found(resources, rules or (), cpu_ratio, reserved_mib)
    if rules is None:
        said = replace(said, warnings=(*said.warnings, HA_GROUPS))
    return imported(named(said), stopped=stopped)


def _list(web: Web, path: str) -> list[dict[str, Any]] | None:
    """Ask for a list; None where there is no such thing."""
    answer = web.send("GET", f"/api2/json{path}")
    if answer.status_code in NOT_THERE:
        return None
    if answer.status_code in (401, 403):
        raise CloudError(f"{web.url}: {answer.status_code}, wrong token, or no right to ask")
    if not answer.ok:
        raise UnknownError(f"{web.url}{path}: {answer.status_code} {without_secrets(answer.text[:200])}")
    try:
        listed = answer.json()["data"]
    except (ValueError, KeyError, TypeError):
        listed = None
    if not isinstance(listed, list) or not all(isinstance(it, dict) for it in listed):
        raise UnknownError(f"{web.url}{path}: no list; is this the API of Proxmox VE?")
    return listed
