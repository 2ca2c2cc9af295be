"""How tight a pool is: what can deadlock, and the room that its hosts lack."""

from __future__ import annotations

from tests.planner.explaining.telling import told
from tests.planner.small_pools import rivals


def test_roomy_hosts_and_components_are_told(tiny):
    of = told(tiny)
    assert (of.status, of.cost, of.bound) == ("optimal", 3, 3)
    assert [(move.vm, move.source, move.destination) for move in of.moves] == [
        ("a", "h1", "h2"),
        ("b", "h2", "h1"),
    ]
    assert of.roomy == ("h3",)
    (component,) = of.components
    assert (component.vms, component.fits_now) == (("a", "b"), 0)
    rooms = {tight.host: tight.room[0] for tight in component.hosts}
    assert [(room.resource, room.free, room.need, room.leaving) for room in rooms.values()] == [
        ("ram_mib", 3, 6, 7),
        ("ram_mib", 4, 7, 6),
    ]
    (detour,) = of.detours
    assert (detour.step, detour.vm, detour.source, detour.shelter) == (1, "b", "h2", "h3")
    assert (detour.waits_for, detour.makes_way_for.vm, detour.arrives) == ("a", "a", 3)
    assert of.unlock is None


def test_a_group_is_room_too():
    (component,) = told(rivals()).components
    assert {room.resource for tight in component.hosts for room in tight.room[:1]} == {
        "rules.anti_affinity[0]"
    }
