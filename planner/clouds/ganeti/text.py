"""The text file that ``hbal -S`` and other htools write (``--save-cluster``) and read (``--text-data``).

Sections of lines with ``|`` between fields, an empty line between sections: groups, nodes, instances, tags
of the cluster, policies (htools(1); the fields are those that Ganeti 2.x and 3.0 share).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from models.bytes_io import read_bytes
from models.errors import PoolError
from planner.clouds.found import FoundHost, FoundVM, SourceFound, named
from planner.clouds.ganeti.instances import (
    DRBD,
    apart,
    fixed,
    group_trait,
    mirror_trait,
    requires,
    with_spare,
)
from planner.clouds.imported import Imported, imported
from planner.clouds.seen import Power

if TYPE_CHECKING:
    from collections.abc import Sequence

GROUP = ("name", "uuid")
NODE = ("name", "tm", "nm", "fm", "td", "fd", "tc", "role", "group")
INSTANCE = ("name", "mem", "disk", "vcpus", "status", "balance", "pnode", "snode", "template", "tags")
"""The first fields of a line, in order; newer versions add some behind them."""

RATIO_FIELD = -2
"""Where a policy has its vCPU ratio, from the end."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the file and its fields."""

    place: str
    fields: dict[str, str]

    def number(self, name: str) -> int:
        """Give a field that is an amount."""
        try:
            return int(float(self.fields[name]))
        except (ValueError, OverflowError):
            text = f"{self.place}: {name} is {self.fields[name]!r}, must be a number"
            raise PoolError([text]) from None


def read_text(path: str, *, stopped: bool = True) -> Imported:
    """Read a file of htools.

    Raises
    ------
    PoolError
        It is no such file.
    """
    try:
        text = read_bytes(path).decode()
    except UnicodeDecodeError as error:
        raise PoolError([f"{path}: not UTF-8 at byte {error.start}"]) from None
    seen = found(text, path)
    hosts = [replace(host, reserved=with_spare(host.reserved)) for host in seen.hosts]
    return imported(named(replace(seen, hosts=hosts)), stopped=stopped)


def found(text: str, path: str = "file") -> SourceFound:
    """Give what a file of htools says."""
    sections = _sections(text)
    if not 4 <= len(sections) <= 5:
        raise PoolError([f"{path}: {len(sections)} sections, a file of htools has 4 or 5"])
    groups = {line.fields["uuid"]: line.fields["name"] for line in _lines(path, sections[0], GROUP)}
    nodes = _lines(path, sections[1], NODE)
    instances = _lines(path, sections[2], INSTANCE)
    tags = [line for _, line in sections[3]]
    ratio = _ratio(path, sections[4]) if len(sections) == 5 else None
    group_of = {node.fields["name"]: groups.get(node.fields["group"], node.fields["group"]) for node in nodes}
    mirrored = any(it.fields["template"] == "drbd" for it in instances)
    return SourceFound(
        [_host(node, group_of, instances, ratio) for node in nodes],
        [_vm(instance, group_of, ratio) for instance in instances],
        apart(tags, ((it.fields["name"], it.fields["tags"].split(",")) for it in instances)),
        (DRBD,) if mirrored else (),
    )


def _sections(text: str) -> list[list[tuple[int, str]]]:
    """Give the numbered lines of each section."""
    sections: list[list[tuple[int, str]]] = [[]]
    for number, line in enumerate(text.splitlines(), 1):
        if line:
            sections[-1].append((number, line))
        else:
            sections.append([])
    return sections


def _lines(path: str, section: Sequence[tuple[int, str]], names: Sequence[str]) -> list[Line]:
    lines = []
    for number, line in section:
        fields = line.split("|")
        if len(fields) < len(names):
            text = f"{path} line {number}: {len(fields)} fields, needs {', '.join(names)}"
            raise PoolError([text])
        lines.append(Line(f"{path} line {number}", dict(zip(names, fields, strict=False))))
    return lines


def _float(text: str, place: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise PoolError([f"{place}: its vCPU ratio is {text!r}, must be a number"]) from None


def _ratio(path: str, policies: Sequence[tuple[int, str]]) -> float | None:
    """Give the vCPU ratio of the cluster's own policy, the one without an owner."""
    for number, line in policies:
        owner, *fields = line.split("|")
        if not owner and len(fields) >= -RATIO_FIELD:
            return _float(fields[RATIO_FIELD], f"{path} line {number}")
    return None


def _host(node: Line, group_of: dict[str, str], instances: Sequence[Line], ratio: float | None) -> FoundHost:
    name, offline = node.fields["name"], node.fields["role"] == "Y"
    known = not offline and "?" not in node.fields.values()
    amounts = ("tm", "nm", "tc") if known else ()
    total = {field: node.number(field) for field in amounts}
    ours = {it.fields["name"] for it in instances if name in (it.fields["pnode"], it.fields["snode"])}
    mirrors = [it.fields["name"] for it in instances if it.fields["template"] == "drbd"]
    return FoundHost(
        name,
        name,
        {"ram_mib": total.get("tm", 0), **({} if ratio is None else {"vcpus": total.get("tc", 0)})},
        reserved={"ram_mib": total.get("nm", 0)},
        overcommit={} if ratio is None else {"vcpus": ratio},
        traits=[group_trait(group_of[name]), *(mirror_trait(it) for it in mirrors if it in ours)],
        closed=() if known else ("offline" if offline else "its amounts are not known",),
        up=not offline,
    )


def _vm(instance: Line, group_of: dict[str, str], ratio: float | None) -> FoundVM:
    fields, status = instance.fields, instance.fields["status"]
    power = Power.ON if status == "running" else Power.OFF if status in _OFF else Power.OTHER
    demand = {"ram_mib": instance.number("mem")}
    if ratio is not None:
        demand["vcpus"] = instance.number("vcpus")
    group = group_of.get(fields["pnode"], "")
    return FoundVM(
        fields["name"],
        fields["name"],
        fields["pnode"],
        demand,
        requires=requires(fields["name"], fields["template"], group),
        fixed=fixed(fields["template"]),
        power=power,
        state="" if power is Power.ON else status,
        labels={"tags": fields["tags"]} if fields["tags"] else {},
    )


_OFF = ("ADMIN_down", "ADMIN_offline", "USER_down")
