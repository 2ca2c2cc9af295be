"""Rules of one's own: a filter, a resource and a group limit, none of which the packages know."""

from __future__ import annotations

from models import Filter, Group, GroupLimit, Resource, ResourceRule
from tests.builders import host, vm


class Licences(GroupLimit):
    """At most two database VMs a host; as many as it says on hosts with the label ``licences``."""

    name = "licences"

    def groups(self, hosts, vms):
        databases = tuple(it.name for it in vms if it.labels.get("role") == "db")
        yield Group("databases", databases, lambda there: int(there.labels.get("licences", "2")))


class Racks(Filter):
    """A VM with a rack label stays in that rack."""

    name = "racks"

    def refuses(self, vm, host):
        wanted = vm.labels.get("rack")
        if wanted in (None, host.labels.get("rack")):
            return None
        return f"belongs to rack {wanted}, host '{host.name}' does not"


class NoReturn(Filter):
    """Nothing migrates to a host of an earlier name; a rule on single moves."""

    name = "no_return"

    def refuses_move(self, vm, source, host, target):
        return "backwards" if source is not None and host.name < source.name else None


class Sockets(ResourceRule):
    """Every VM takes a licence socket by its label, of four on each host."""

    name = "sockets"

    def resources(self, hosts, vms):
        yield Resource("sockets", lambda it: int(it.labels.get("sockets", "0")), lambda _: 4)


ONE_OF_EACH = {Filter: Racks(), ResourceRule: Sockets(), GroupLimit: Licences()}
"""Kind -> a rule of it."""

HOSTS = [host("h1", labels={"rack": "A"}), host("h2", labels={"rack": "A"}), host("h3", labels={"rack": "B"})]


def databases(count: int):
    """Give database VMs d0, d1, ..."""
    return [vm(f"d{number}", labels={"role": "db"}) for number in range(count)]
