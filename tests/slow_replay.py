"""A slow and simple replay: the second opinion on the replay of ``models``, sharing nothing with it.

It works on the plain JSON of a pool file. Before every action the placement is worked out anew from the
very first action, and every load is summed anew: nothing is carried along that could go stale.
"""

from __future__ import annotations

from decimal import ROUND_FLOOR, Context, Decimal
from typing import Any, NamedTuple

from tests import slow_time

Json = dict[str, Any]
Where = dict[str, str]

EXACT = Context(prec=500)
ALSO = {"x86_64": ["i386"], "aarch64": ["armv7l"]}


class Fault(NamedTuple):
    """One rule broken by one action; ``step`` is 0 for where the VMs are in the end."""

    step: int
    rule: str
    vm: str
    host: str | None
    what: str | None = None


def usable(host: Json, resource: str) -> int:
    """Work out floor((capacity - reserved) x overcommit) on the decimal digits as written, 0 at least."""
    room = host["capacity"].get(resource, 0) - host.get("reserved", {}).get(resource, 0)
    ratio = Decimal(str(host.get("overcommit", {}).get(resource, 1)))
    product = EXACT.multiply(Decimal(room), ratio)
    return max(0, int(product.to_integral_value(ROUND_FLOOR, context=EXACT)))


def load(pool: Json, where: Where, host: str, resource: str) -> int:
    """Sum what the VMs on a host take."""
    return sum(v["demand"].get(resource, 0) for v in pool["vms"] if where.get(v["name"]) == host)


def named(things: list[Json], name: str) -> Json | None:
    """Find by name."""
    return next((thing for thing in things if thing["name"] == name), None)


def runs(vm: Json, host: Json) -> bool:
    """Tell whether arch and traits let the VM run there."""
    arch = host.get("arch", "x86_64")
    return vm.get("arch", "x86_64") in [arch, *ALSO.get(arch, [])] and all(
        trait in host.get("traits", []) for trait in vm.get("requires", [])
    )


def arrival_faults(
    pool: Json, where: Where, vm: Json, source: Json | None, host: Json
) -> list[tuple[str, Any]]:
    """Give (rule, resource or group) for each rule that the arrival breaks, ``where`` being that before it.

    ``source`` is None for a VM that is started or provisioned.
    """
    name, faults = host["name"], []
    arch = host.get("arch", "x86_64")
    if vm.get("arch", "x86_64") not in [arch, *ALSO.get(arch, [])]:
        faults.append(("arch", None))
    if not set(vm.get("requires", [])) <= set(host.get("traits", [])):
        faults.append(("traits", None))
    if host.get("accepts", True) is False:
        faults.append(("accepts", None))
    if source is not None:
        if vm.get("movable", True) is False:
            faults.append(("movable", None))
        if vm.get("detours", True) is False and pool["target"].get(vm["name"]) != name:
            faults.append(("detours", None))
        old, new = source.get("version"), host.get("version")
        if old is not None and new is not None and new < old:
            faults.append(("version", None))
        if not slow_time.converges(pool, vm, source, host):
            faults.append(("convergence", None))
    for resource, amount in vm["demand"].items():
        if amount > 0 and load(pool, where, name, resource) + amount > usable(host, resource):
            faults.append(("capacity", resource))
    for number, group in enumerate(pool.get("rules", {}).get("anti_affinity", [])):
        others = {other for other in group if other != vm["name"] and where.get(other) == name}
        if vm["name"] in group and others:
            faults.append(("anti_affinity", f"rules.anti_affinity[{number}]"))
    return faults


def carried_out(pool: Json, actions: list[Json]) -> tuple[Where, set[str]]:
    """Give who is where, and who is stopped, after some actions; the impossible ones are passed over."""
    where, stopped = dict(pool["current"]), set()
    hosts, vms = {h["name"] for h in pool["hosts"]}, {v["name"] for v in pool["vms"]}
    for action in actions:
        kind, vm = action["action"], action["vm"]
        if vm not in vms or not {action[key] for key in ("host", "from", "to") if key in action} <= hosts:
            continue
        if kind in ("shutdown", "stop") and where.get(vm) == action["host"]:
            del where[vm]
            if kind == "stop":
                stopped.add(vm)
        elif kind == "migrate" and where.get(vm) == action["from"]:
            where[vm] = action["to"]
        elif kind == "start" and vm in stopped:
            stopped.remove(vm)
            where[vm] = action["host"]
        elif kind == "provision" and vm not in where and vm not in stopped:
            where[vm] = action["host"]
    return where, stopped


def judge_one(pool: Json, before: list[Json], action: Json) -> list[tuple[str, str | None, Any]]:
    """Give (rule, host, resource or group) for each rule that an action breaks after those before it."""
    where, stopped = carried_out(pool, before)
    kind, name = action["action"], action["vm"]
    vm = named(pool["vms"], name)
    if vm is None:
        return [("unknown_vm", None, None)]
    for key in ("from", "to", "host"):
        if key in action and named(pool["hosts"], action[key]) is None:
            return [("unknown_host", action[key], None)]
    source, faults = None, []
    if kind == "migrate":
        source, to = named(pool["hosts"], action["from"]), action["to"]
        if where.get(name) != action["from"] or action["from"] == to:
            return [("position", action["from"], None)]
    else:
        to = action["host"]
        possible = {
            "shutdown": where.get(name) == to,
            "stop": where.get(name) == to,
            "start": name in stopped,
            "provision": name not in where and name not in stopped,
        }
        if not possible[kind]:
            return [("position", to, None)]
        if kind == "shutdown":
            return [("shutdown", to, None)] if name in pool["target"] else []
        if kind == "stop":
            return [] if vm.get("offline", False) else [("offline", to, None)]
        if kind == "provision" and pool["target"].get(name) != to:
            faults.append(("provision", to, None))
    arrival = arrival_faults(pool, where, vm, source, named(pool["hosts"], to))
    return faults + [(rule, to, what) for rule, what in arrival]


def judge(pool: Json, actions: list[Json]) -> list[Fault]:
    """Give every fault of a plan, in order of the actions; none: it is safe and complete."""
    faults = [
        Fault(number + 1, rule, action["vm"], host, what)
        for number, action in enumerate(actions)
        for rule, host, what in judge_one(pool, actions[:number], action)
    ]
    end, _ = carried_out(pool, actions)
    for vm in sorted({*end, *pool["target"]}):
        if end.get(vm) != pool["target"].get(vm):
            faults.append(Fault(0, "end", vm, pool["target"].get(vm, end.get(vm))))
    return faults


def price(pool: Json, vm: str, objective: str) -> int:
    """Give what one migration of a VM costs."""
    it = named(pool["vms"], vm)
    if objective == "moves":
        return 1
    return (
        it["demand"].get("ram_mib", 0)
        if objective == "ram"
        else it.get("cost", it["demand"].get("ram_mib", 1))
    )


def cost(pool: Json, actions: list[Json], objective: str = "moves") -> int:
    """Add up what a plan costs."""
    factor = {"migrate": 1, "stop": pool.get("rules", {}).get("offline_cost_factor", 10)}
    return sum(factor.get(a["action"], 0) * price(pool, a["vm"], objective) for a in actions)
