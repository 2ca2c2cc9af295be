"""Hypothesis strategies: pools planted solvable, pools that may be impossible, files that are not pools.

All give plain JSON (``vm-pool/1`` as dicts, or bytes); :func:`parsed` makes a ``Pool`` of it.
"""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from models.reading import parse_pool
from tests import slow_replay, slow_time

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hypothesis.strategies import DrawFn, SearchStrategy

    from models import Pool
    from tests.slow_replay import Json, Where

RULES = frozenset(
    {
        "reserved",
        "overcommit",
        "resources",
        "arch",
        "traits",
        "cordoned",
        "pinned",
        "no_detours",
        "versions",
        "anti_affinity",
        "offline",
        "labels",
        "costs",
        "shutdowns",
        "provisions",
        "overloaded",
    }
)
"""Every feature a drawn pool may have. ``overloaded``: the current placement breaks rules."""

PLAIN = frozenset({"resources", "reserved", "overcommit"})
"""Capacity alone."""

REVERSIBLE = RULES - {"versions", "cordoned", "no_detours", "overloaded", "shutdowns", "provisions"}
"""What means the same with current and target exchanged."""

FAMILIES = {
    "x86_64": ("x86_64", "i386"),
    "i386": ("i386",),
    "aarch64": ("aarch64", "armv7l"),
    "riscv64": ("riscv64",),
}
"""Host architecture -> the guests it runs."""

TRAITS = ("avx2", "gpu", "ssd")
RATIOS = (1.0, 0.29, 0.5, 1.1, 1.5, 2.0, 4.0)
FINE = (1, 2, 3, 4, 5, 6, 7, 8)
COARSE = (1, 1, 2, 2, 3, 4)


@dataclass(frozen=True, slots=True)
class Planted:
    """A pool, and the legal walk from its current to its target placement: a plan that witnesses it."""

    pool: Json
    walk: list[Json]


def parsed(pool: Json) -> Pool:
    """Make a pool of its JSON, checked."""
    made = parse_pool(json.dumps(pool).encode())
    made.check()
    return made


def names(things: Iterable[Json]) -> list[str]:
    """Give the names."""
    return [thing["name"] for thing in things]


class Drawing:
    """Draws the parts of a pool.

    Hypothesis draws how large the pool may be and which rules may be in force; a generator that it seeds
    draws the rest. Were each part its own draw, most pools would be too plain to be worth a plan.
    """

    def __init__(self, draw: DrawFn, rules: frozenset[str]) -> None:
        everything = not rules or draw(st.booleans())
        self.rules = rules if everything else frozenset(draw(st.sets(st.sampled_from(sorted(rules)))))
        # Hypothesis likes small numbers, and here they make pools in which nothing has to move.
        self.scale = min(1.0, draw(st.integers(1, 20)) / 5)
        seed = draw(st.integers(0, 2**32 - 1))
        self.rng = Random(f"{seed} {self.scale} {sorted(self.rules)}")

    def size(self, low: int, high: int) -> int:
        """Give a number of things, more of them in a larger pool."""
        top = low + round((high - low) * self.scale)
        return self.rng.randint((low + 2 * top) // 3, top)

    def odds(self, rule: str, one_in: int) -> bool:
        """Tell whether a rule takes effect here: never where it is not asked for."""
        return rule in self.rules and self.rng.randrange(one_in) == 0

    def frame(self, num_hosts: int) -> list[Json]:
        """Give hosts, as yet without capacity."""
        rng, hosts = self.rng, []
        home = rng.choice(("x86_64", "x86_64", "aarch64")) if "arch" in self.rules else "x86_64"
        for number in range(num_hosts):
            host: Json = {"name": f"h{number}", "capacity": {}}
            if self.odds("arch", 4):
                host["arch"] = rng.choice(sorted(FAMILIES))
            elif home != "x86_64":
                host["arch"] = home
            if "traits" in self.rules:
                host["traits"] = rng.sample(TRAITS, rng.randint(0, 3))
            if self.odds("versions", 2):
                host["version"] = rng.randint(7, 9)
            if self.odds("labels", 3):
                host["labels"] = {"rack": rng.choice("AB")}
            hosts.append(host)
        return hosts

    def vm(self, number: int, host: Json, sizes: tuple[int, ...]) -> Json:
        """Give a VM that may run on ``host``."""
        rng = self.rng
        vm: Json = {"name": f"v{number}", "demand": {"ram_mib": rng.choice(sizes)}}
        if "resources" in self.rules:
            for resource in ("vcpus", "disk_gib"):
                if rng.random() < 0.5:
                    vm["demand"][resource] = rng.randint(0, 4)
        if (guest := rng.choice(FAMILIES[host.get("arch", "x86_64")])) != "x86_64":
            vm["arch"] = guest
        if host.get("traits") and self.odds("traits", 3):
            vm["requires"] = [rng.choice(host["traits"])]
        if self.odds("costs", 3):
            vm["cost"] = rng.randint(0, 5)
        if self.odds("offline", 5):
            vm["offline"] = True
        if self.odds("labels", 3):
            vm["labels"] = {"role": rng.choice(("db", "web"))}
        return vm

    def size_host(self, host: Json, room: dict[str, int]) -> None:
        """Give a host the capacity of which at least ``room`` is usable, often exactly that."""
        for resource, amount in room.items():
            ratio = self.rng.choice(RATIOS) if "overcommit" in self.rules else 1.0
            reserved = self.rng.randint(0, 3) if "reserved" in self.rules else 0
            enough = reserved + -(-amount // Fraction(str(ratio)))
            if enough or self.rng.random() < 0.5:
                host["capacity"][resource] = enough
            if ratio != 1.0:
                host.setdefault("overcommit", {})[resource] = ratio
            if reserved:
                host.setdefault("reserved", {})[resource] = reserved


def loads(vms: list[Json], where: Where, host: str) -> dict[str, int]:
    """Sum the demands on a host."""
    total: dict[str, int] = {}
    for vm in vms:
        for resource, amount in vm["demand"].items():
            total[resource] = total.get(resource, 0) + amount * (where.get(vm["name"]) == host)
    return total


def raise_capacity(host: Json, room: dict[str, int]) -> None:
    """Raise the capacity of a host until ``room`` is usable; a walk that was legal stays so."""
    for resource, amount in room.items():
        if slow_replay.usable(host, resource) < amount:
            ratio = Fraction(str(host.get("overcommit", {}).get(resource, 1)))
            reserved = host.get("reserved", {}).get(resource, 0)
            host["capacity"][resource] = int(reserved + -(-amount // ratio))


class Walk:
    """A legal walk: what it does to a pool, an action at a time."""

    def __init__(self, pool: Json, target: Where) -> None:
        self.pool, self.target = pool, target
        self.hosts = {host["name"]: host for host in pool["hosts"]}
        self.where = dict(pool["current"])
        self.actions: list[Json] = []
        self.fixed: set[str] = set()

    def legal(self, vm: Json, source: str | None, host: str) -> bool:
        """Tell whether an arrival breaks no rule; detours are looked after by ``fixed``."""
        come_from = None if source is None else self.hosts[source]
        found = slow_replay.arrival_faults(self.pool, self.where, vm, come_from, self.hosts[host])
        return not any(rule != "detours" for rule, _ in found)

    def migrate(self, vm: Json, host: str) -> None:
        """Migrate a VM where that is legal."""
        name, source = vm["name"], self.where.get(vm["name"])
        if source is None or source == host or name in self.fixed or not self.legal(vm, source, host):
            return
        self.actions.append({"action": "migrate", "vm": name, "from": source, "to": host})
        self.where[name] = host
        if not vm.get("detours", True):
            self.fixed.add(name)

    def restart(self, vm: Json, host: str) -> None:
        """Stop a VM and start it elsewhere where that is legal."""
        name, source = vm["name"], self.where.get(vm["name"])
        if source is None or name in self.fixed or not vm.get("offline", False):
            return
        del self.where[name]
        if self.legal(vm, None, host):
            self.actions.append({"action": "stop", "vm": name, "host": source})
            self.actions.append({"action": "start", "vm": name, "host": host})
            self.where[name] = host
            if not vm.get("detours", True):
                self.fixed.add(name)
        else:
            self.where[name] = source

    def shutdown(self, vm: Json) -> None:
        """Shut a VM down."""
        if host := self.where.pop(vm["name"], None):
            self.actions.append({"action": "shutdown", "vm": vm["name"], "host": host})

    def provision(self, vm: Json, host: str) -> None:
        """Provision a VM where that is legal; it stays there."""
        if vm["name"] not in self.where and self.legal(vm, None, host):
            self.actions.append({"action": "provision", "vm": vm["name"], "host": host})
            self.where[vm["name"]] = host
            self.fixed.add(vm["name"])


@st.composite
def planted_pools(
    draw: DrawFn,
    rules: frozenset[str] = RULES,
    *,
    max_hosts: int = 5,
    max_vms: int = 12,
    max_slack: int = 6,
    max_walk: int = 80,
) -> Planted:
    """Pools whose target is the end of a legal walk from their current placement.

    Parameters
    ----------
    rules
        The features they may have, of ``RULES``.
    max_slack
        How much room a host may have during the walk beyond what is on it at first. Afterwards hosts often
        keep no more than the walk took.
    max_walk
        The number of tries to walk a step.
    """
    part = Drawing(draw, rules)
    rng = part.rng
    hosts = part.frame(part.size(2, max_hosts))
    slack = rng.randint(0, max_slack)
    sizes = rng.choice((FINE, COARSE))
    vms: list[Json] = []
    current: Where = {}
    doomed, fresh = [], []
    for number in range(part.size(1, max_vms)):
        host = rng.choice(hosts)
        vm = part.vm(number, host, sizes)
        if part.odds("pinned", 6):
            vm["movable"] = False
        elif part.odds("no_detours", 5):
            vm["detours"] = False
        vms.append(vm)
        if part.odds("provisions", 7):
            fresh.append(vm)
            continue
        current[vm["name"]] = host["name"]
        if part.odds("shutdowns", 7):
            doomed.append(vm)
    overloaded = [host["name"] for host in hosts if part.odds("overloaded", 5)]
    for host in hosts:
        low = -slack - 1 if host["name"] in overloaded else 0
        here = loads(vms, current, host["name"])
        most = loads(vms, current, rng.choice(hosts)["name"])
        host["capacity"] = {
            r: max(0, (x if low else max(x, most[r])) + rng.randint(low, slack)) for r, x in here.items()
        }
        if part.odds("cordoned", 6):
            host["accepts"] = False
        if part.odds("overloaded", 8) and host.get("traits"):
            host["traits"] = host["traits"][1:]
    groups = _groups(part, vms, current)
    pool: Json = {"format": "vm-pool/1", "hosts": hosts, "vms": vms, "current": current, "target": {}}
    pool["rules"] = {"anti_affinity": groups}
    if part.odds("offline", 3):
        pool["rules"]["offline_cost_factor"] = rng.randint(0, 4)

    walk = Walk(pool, pool["target"])
    for _ in range(part.size(0, max_walk)):
        vm, host_name = rng.choice(vms), rng.choice(hosts)["name"]
        if vm in fresh:
            walk.provision(vm, host_name)
        elif vm in doomed:
            walk.shutdown(vm)
        elif rng.random() < 0.1:
            walk.restart(vm, host_name)
        else:
            walk.migrate(vm, host_name)
    for vm in doomed:
        walk.shutdown(vm)
    pool["target"] = dict(walk.where)
    _forget(pool, [vm for vm in fresh if vm["name"] not in walk.where])
    rooms = {host["name"]: host["capacity"] for host in hosts}
    if rng.random() < 0.7:
        rooms = _peaks(pool, walk.actions, overloaded)
    for host in hosts:
        host["capacity"] = {}
        part.size_host(host, rooms[host["name"]])
    _make_sane(pool)
    return Planted(_tidy(pool), walk.actions)


def _peaks(pool: Json, walk: list[Json], overloaded: list[str]) -> dict[str, dict[str, int]]:
    """Give the least room on each host with which the walk is still legal: as tight as can be."""
    where = dict(pool["current"])
    peaks = {
        host["name"]: loads(pool["vms"], {} if host["name"] in overloaded else where, host["name"])
        for host in pool["hosts"]
    }
    for action in walk:
        host = action["host"] if "host" in action else action["to"]
        if action["action"] in ("shutdown", "stop"):
            del where[action["vm"]]
            continue
        where[action["vm"]] = host
        peaks[host] = {r: max(x, peaks[host][r]) for r, x in loads(pool["vms"], where, host).items()}
    return peaks


def _groups(part: Drawing, vms: list[Json], current: Where) -> list[list[str]]:
    """Give anti-affinity groups that the current placement keeps, or, where it may, breaks."""
    if "anti_affinity" not in part.rules or len(vms) < 2:
        return []
    groups = []
    for _ in range(part.rng.randint(0, 2)):
        members = part.rng.sample(names(vms), min(len(vms), part.rng.randint(2, 3)))
        at = [current[name] for name in members if name in current]
        if len(set(at)) == len(at) or part.odds("overloaded", 2):
            groups.append(members)
    return groups


def _forget(pool: Json, vms: list[Json]) -> None:
    """Take VMs out of a pool."""
    gone = set(names(vms))
    pool["vms"] = [vm for vm in pool["vms"] if vm["name"] not in gone]
    groups = pool["rules"]["anti_affinity"]
    pool["rules"]["anti_affinity"] = [[name for name in group if name not in gone] for group in groups]


def _make_sane(pool: Json) -> None:
    """Loosen what the target placement breaks. Only rules get weaker, so no plan becomes illegal."""
    target, rules = pool["target"], pool["rules"]
    for host in pool["hosts"]:
        raise_capacity(host, loads(pool["vms"], target, host["name"]))
    by_name = {host["name"]: host for host in pool["hosts"]}
    for vm in pool["vms"]:
        # A target that cannot run it is where it has always been: no arrival there would have been legal.
        offered = by_name[target.get(vm["name"], pool["current"].get(vm["name"]))].get("traits", [])
        vm["requires"] = [trait for trait in vm.get("requires", []) if trait in offered]
    rules["anti_affinity"] = [
        group
        for group in rules["anti_affinity"]
        if len(at := [target[name] for name in group if name in target]) == len(set(at))
    ]


def _tidy(pool: Json) -> Json:
    """Leave out what says nothing."""
    for vm in pool["vms"]:
        if not vm.get("requires", True):
            del vm["requires"]
    pool["rules"] = {
        key: value for key, value in pool["rules"].items() if value or key == "offline_cost_factor"
    }
    if not pool["rules"]:
        del pool["rules"]
    return pool


@st.composite
def random_pools(
    draw: DrawFn, rules: frozenset[str] = RULES, *, max_hosts: int = 4, max_vms: int = 8, max_slack: int = 4
) -> Json:
    """Pools of two placements that both fit, often those of a shuffle: there may be a plan or none."""
    part = Drawing(draw, rules)
    rng = part.rng
    hosts = part.frame(part.size(2, max_hosts))
    slack = rng.randint(0, max_slack)
    sizes = rng.choice((FINE, COARSE))
    vms: list[Json] = []
    current: Where = {}
    target: Where = {}
    by_name = {host["name"]: host for host in hosts}
    for number in range(part.size(1, max_vms)):
        host = rng.choice(hosts)
        vm = part.vm(number, host, sizes)
        name = vm["name"]
        current[name] = host["name"]
        target[name] = rng.choice([h["name"] for h in hosts if slow_replay.runs(vm, h)])
        vms.append(vm)
        if part.odds("pinned", 6) and current[name] == target[name]:
            vm["movable"] = False
        elif part.odds("no_detours", 5):
            vm["detours"] = False
        if part.odds("provisions", 8):
            del current[name]
        elif part.odds("shutdowns", 8):
            del target[name]
    if rng.random() < 0.7:
        slack = min(slack, 1)
        places = list(current.values())
        rng.shuffle(places)
        for vm, place in zip([vm for vm in vms if vm["name"] in current], places, strict=True):
            if vm["name"] in target and vm.get("movable", True) and slow_replay.runs(vm, by_name[place]):
                target[vm["name"]] = place
    for name in current.keys() & target.keys():
        old, new = (by_name[where[name]].get("version") for where in (current, target))
        if old is not None and new is not None and new < old:
            del by_name[target[name]]["version"]
    arrived = {host for name, host in target.items() if current.get(name) != host}
    shelter = rng.choice(hosts)
    for host in hosts:
        here, there = (loads(vms, where, host["name"]) for where in (current, target))
        over = part.odds("overloaded", 5)
        extra = rng.randint(0, 8) if host is shelter else rng.randint(0, slack)
        room = {r: (there[r] if over else max(here[r], there[r])) + extra for r in here}
        part.size_host(host, room)
        if host["name"] not in arrived and part.odds("cordoned", 3):
            host["accepts"] = False
    pool: Json = {"format": "vm-pool/1", "hosts": hosts, "vms": vms, "current": current, "target": target}
    pool["rules"] = {"anti_affinity": _groups(part, vms, current)}
    if part.odds("offline", 3):
        pool["rules"]["offline_cost_factor"] = rng.randint(0, 4)
    _make_sane(pool)
    return _tidy(pool)


@st.composite
def writing_pools(draw: DrawFn, pools: SearchStrategy[Json]) -> Json:
    """Pools in which VMs write faster than some NICs or a link carry: they cannot get past these.

    Whose way home is one of those writes nothing; some migrations were measured, and end all the same.
    """
    pool = draw(pools)
    rng = draw(st.randoms(use_true_random=False))
    target = pool.get("target", pool["current"])
    ends = {
        vm["name"]: {at[vm["name"]] for at in (pool["current"], target) if vm["name"] in at}
        for vm in pool["vms"]
    }
    # The fewer VMs must leave a slow host or get there, the more may write: so it is shelters that are slow.
    passed = sorted(
        names(pool["hosts"]), key=lambda host: sum(host in of for of in ends.values() if len(of) > 1)
    )
    slow = set(passed[: rng.randint(1, 2)])
    timing: Json = {}
    if rng.random() < 0.5:
        for host in pool["hosts"]:
            if host["name"] in slow:
                host["bandwidth_mbps"] = rng.choice((50, 90))
    else:
        # Between those behind the link all is quick.
        timing["links"] = [{"name": "uplink", "hosts": sorted(slow), "mbps": rng.choice((50, 90))}]
    if rng.random() < 0.3:
        timing["efficiency"] = rng.choice((0.5, 1))
    if rng.random() < 0.2:
        timing["rate_mbps"] = rng.choice((500, 5000))
    if timing:
        pool["timing"] = timing
    hosts = {host["name"]: host for host in pool["hosts"]}
    for vm in pool["vms"]:
        name = vm["name"]
        if rng.random() < 0.1:
            vm["migration_s"] = rng.randint(1, 5)
        if (len(ends[name]) < 2 or not ends[name] & slow) and rng.random() < 0.9:
            writes = {"dirty_mib_s": rng.choice((11, 40)), "hot_mib": rng.randint(0, 3)}
            way = [hosts[at[name]] for at in (pool["current"], target) if name in at]
            if len(way) < 2 or way[0] == way[1] or slow_time.converges(pool, {**vm, **writes}, *way):
                vm.update(writes)
    return pool


@st.composite
def knotted_pools(draw: DrawFn) -> Json:
    """Full hosts of 12 whose VMs are repacked, and one that is half empty: without detours hardly a plan."""
    part = Drawing(draw, frozenset())
    rng, places = part.rng, []
    count = part.size(2, 4)
    sizes: list[int] = []
    for host in range(count):
        left = 12 - rng.randint(0, 2)
        while left > 1:
            size = min(left, rng.randint(2, 8))
            sizes.append(size)
            places.append(host)
            left -= size
    order = sorted(range(len(sizes)), key=lambda vm: (-sizes[vm], rng.random()))
    target, free = dict(enumerate(places)), [12] * count
    for vm in order:
        fitting = [host for host in range(count) if free[host] >= sizes[vm]]
        if not fitting:
            target = dict(enumerate(places))
            break
        target[vm] = rng.choice(fitting)
        free[target[vm]] -= sizes[vm]
    capacities = [*([12] * count), rng.randint(2, 9)]
    return {
        "format": "vm-pool/1",
        "hosts": [{"name": f"h{n}", "capacity": {"ram_mib": ram}} for n, ram in enumerate(capacities)],
        "vms": [{"name": f"v{n}", "demand": {"ram_mib": size}} for n, size in enumerate(sizes)],
        "current": {f"v{vm}": f"h{host}" for vm, host in enumerate(places)},
        "target": {f"v{vm}": f"h{host}" for vm, host in target.items()},
    }


HUGE = "a number of 5000 digits"
DEEP = "brackets 100000 deep"
NOT_AMOUNTS: tuple[Any, ...] = (-1, 7.5, "7", True, None, [], {}, 10**30, HUGE, 2**53, float("nan"))
NOT_STRINGS: tuple[Any, ...] = (7, None, True, [], {"a": 1}, 1.5)
NOT_LISTS: tuple[Any, ...] = (7, "x", {}, None, True)
NOT_OBJECTS: tuple[Any, ...] = (7, "x", [], None, True)
NOT_BOOLS: tuple[Any, ...] = (0, 1, "true", None, [])
NOT_RATIOS: tuple[Any, ...] = (-0.5, "1", None, True, [], float("nan"), float("inf"), -float("inf"))

WRONG: dict[str, tuple[Any, ...]] = {
    "format": ("vm-pool/2", "", *NOT_STRINGS),
    "hosts": NOT_LISTS,
    "vms": NOT_LISTS,
    "rules": NOT_OBJECTS,
    "current": NOT_OBJECTS,
    "target": NOT_OBJECTS,
    "name": ("", *NOT_STRINGS),
    "arch": ("", *NOT_STRINGS),
    "capacity": NOT_OBJECTS,
    "demand": NOT_OBJECTS,
    "reserved": NOT_OBJECTS,
    "overcommit": NOT_OBJECTS,
    "traits": (*NOT_LISTS, [7], [None]),
    "requires": (*NOT_LISTS, [7], [None]),
    "version": (7.5, "7", True, [], HUGE),
    "accepts": NOT_BOOLS,
    "movable": NOT_BOOLS,
    "detours": NOT_BOOLS,
    "offline": NOT_BOOLS,
    "cost": (-1, 7.5, "7", True, [], 10**30),
    "labels": (*NOT_OBJECTS, {"a": 1}, {"a": None}),
    "anti_affinity": (*NOT_LISTS, ["v0"], [7], [["no such VM"]], [[7]]),
    "offline_cost_factor": NOT_AMOUNTS,
}
"""Field -> values that it may not have."""

GOOD: Json = {
    "format": "vm-pool/1",
    "hosts": [
        {
            "name": "h0",
            "arch": "x86_64",
            "capacity": {"ram_mib": 64, "vcpus": 8},
            "reserved": {"ram_mib": 1},
            "overcommit": {"vcpus": 1.5},
            "traits": ["avx2"],
            "version": 7,
            "accepts": True,
            "labels": {"rack": "A"},
        },
        {"name": "h1", "capacity": {"ram_mib": 64, "vcpus": 8}},
    ],
    "vms": [
        {
            "name": "v0",
            "arch": "x86_64",
            "demand": {"ram_mib": 7, "vcpus": 1},
            "requires": ["avx2"],
            "movable": True,
            "detours": True,
            "cost": 3,
            "labels": {"role": "db"},
            "offline": False,
        },
        {"name": "v1", "demand": {"ram_mib": 7}},
    ],
    "rules": {"anti_affinity": [["v0", "v1"]], "offline_cost_factor": 5},
    "current": {"v0": "h0", "v1": "h1"},
    "target": {"v0": "h0", "v1": "h1"},
}
"""A good pool file in which every field is named, for files that go wrong in one place."""


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Give the path of every value inside a JSON value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [deeper for key, item in inside for deeper in ((*path, key), *places(item, (*path, key)))]


def put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """Give a copy of a JSON value with another value in one place."""
    value = copy.deepcopy(value)
    inner = value
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = new
    return value


def without(value: Any, path: tuple[Any, ...]) -> Any:
    """Give a copy of a JSON value without one field."""
    value = copy.deepcopy(value)
    inner = value
    for key in path[:-1]:
        inner = inner[key]
    del inner[path[-1]]
    return value


def encoded(value: Any) -> bytes:
    """Give JSON bytes; NaN as it is, the number and the brackets that Python would not write as well."""
    text = json.dumps(value)
    return text.replace(f'"{HUGE}"', "9" * 5000).replace(f'"{DEEP}"', "[" * 10**5 + "]" * 10**5).encode()


PLACES = tuple(places(GOOD))
OBJECTS = ((), ("hosts", 0), ("hosts", 1), ("vms", 0), ("vms", 1), ("rules",))
REQUIRED = (
    *((key,) for key in ("format", "hosts", "vms", "current", "target")),
    *(("hosts", number, key) for number in (0, 1) for key in ("name", "capacity")),
    *(("vms", number, key) for number in (0, 1) for key in ("name", "demand")),
)


def wrong_values(path: tuple[Any, ...]) -> tuple[Any, ...]:
    """Give what may not stand in one place of ``GOOD``."""
    if path[-1] in WRONG:
        return WRONG[path[-1]]
    if path[0] in ("current", "target"):
        return ("h9", "", *NOT_STRINGS)
    match path:
        case (_, _, "overcommit", _):
            return NOT_RATIOS
        case (_, _, "capacity" | "reserved" | "demand", _):
            return NOT_AMOUNTS
        case ("rules", "anti_affinity", _):
            return NOT_LISTS
        case ("hosts" | "vms", int()):
            return NOT_OBJECTS
        case _:
            return NOT_STRINGS


@st.composite
def wrong_value_files(draw: DrawFn) -> bytes:
    """Files with a value that its field may not have."""
    path = draw(st.sampled_from(PLACES))
    value = draw(st.sampled_from((*wrong_values(path), DEEP)))
    return encoded(put(GOOD, path, value))


def _with_name(kind: str, name: str) -> Json:
    pool = copy.deepcopy(GOOD)
    pool[kind].append(pool[kind][1] | {"name": name})
    return pool


def _twice(text: str) -> bytes:
    data = json.dumps(GOOD)
    assert text in data
    return data.replace(text, f"{text}, {text}", 1).encode()


WRONG_NAMES = (
    _with_name("hosts", "h0"),
    _with_name("vms", "v0"),
    _with_name("vms", "in neither placement"),
    put(GOOD, ("current", "v9"), "h0"),
    put(GOOD, ("target", "v9"), "h0"),
    put(GOOD, ("rules", "anti_affinity"), [["v0", "v9"]]),
)
NO_OBJECTS = (
    b"",
    b" \n",
    b"\0\0\0",
    b"[]",
    b"7",
    b"null",
    b'"x"',
    b"NaN",
    b"{}",
    b"{",
    b"[" * 10**5,
    b'{"a":' * 10**5,
)


def malformed_files() -> SearchStrategy[bytes]:
    """Bytes that are no pool file, most of them nearly one."""
    good = encoded(GOOD)
    end = len(good) - 1
    unknown = st.builds(
        lambda path, key: put(GOOD, (*path, key), 1), st.sampled_from(OBJECTS), st.just("ramm")
    )
    return st.one_of(
        wrong_value_files(),
        unknown.map(encoded),
        st.sampled_from(REQUIRED).map(lambda path: without(GOOD, path)).map(encoded),
        st.sampled_from(WRONG_NAMES).map(encoded),
        st.sampled_from(('"name": "h0"', '"ram_mib": 64', '"v0": "h0"', '"format": "vm-pool/1"')).map(_twice),
        st.sampled_from(NO_OBJECTS),
        st.integers(0, end).map(lambda length: good[:length]),
        st.integers(0, end).map(lambda at: good[:at] + b"\xff" + good[at:]),
        st.sampled_from(("utf-16", "utf-32")).map(good.decode().encode),
        st.sampled_from((b"x", b"{}", b",", b"\0", good)).map(lambda more: good + more),
    )


@st.composite
def scrambled_files(draw: DrawFn) -> bytes:
    """Bytes of a pool file with a few changed: no pool file any more, or still one."""
    data = bytearray(encoded(GOOD))
    for at, byte in draw(st.lists(st.tuples(st.integers(0, len(data) - 1), st.integers(0, 255)), max_size=4)):
        data[at] = byte
    return bytes(data)
