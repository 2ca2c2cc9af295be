"""VMs: what a migration costs, and what no VM may be."""

from __future__ import annotations

import pytest

from models import VM
from tests.strategies import NOT_BOOLS


@pytest.mark.parametrize(
    ("vm", "ram_mib", "custom"),
    [
        (VM("a", {"ram_mib": 7}), 7, 7),
        (VM("a", {"vcpus": 7}), 0, 1),
        (VM("a", {}), 0, 1),
        (VM("a", {"ram_mib": 0}), 0, 0),
        (VM("a", {"ram_mib": 7}, cost=3), 7, 3),
        (VM("a", {"ram_mib": 7}, cost=0), 7, 0),
    ],
)
def test_cost_is_by_default_the_demand_of_ram_and_1_without_any(vm, ram_mib, custom):
    assert (vm.ram_mib, vm.custom_cost) == (ram_mib, custom)


@pytest.mark.parametrize("amount", [-1, 7.5, "7", True, None, [], 2**53, 10**30])
def test_a_demand_is_an_integer_from_0_to_2_to_the_53(amount):
    with pytest.raises(ValueError, match=r"vm 'a7': demand\.ram_mib=.*must be an integer"):
        VM("a7", {"ram_mib": amount})


@pytest.mark.parametrize("cost", [-1, 7.5, "7", True, [], 2**53])
def test_a_cost_is_an_integer_from_0(cost):
    with pytest.raises(ValueError, match=r"vm 'a': cost=.*must be an integer"):
        VM("a", {}, cost=cost)


@pytest.mark.parametrize("name", ["", 7, None])
def test_a_name_is_a_non_empty_string(name):
    with pytest.raises(ValueError, match=r"name=.*must be a non-empty string"):
        VM(name, {})


@pytest.mark.parametrize("arch", ["", 7, None])
def test_an_architecture_is_a_non_empty_string(arch):
    with pytest.raises(ValueError, match=r"vm 'a': arch=.*must be a non-empty string"):
        VM("a", {}, arch=arch)


@pytest.mark.parametrize("field", ["demand", "labels"])
@pytest.mark.parametrize("value", [None, 7, [1], "x"])
def test_a_mapping_is_a_mapping(field, value):
    with pytest.raises(ValueError, match=rf"vm 'a': {field}=.*must be a dict"):
        VM("a", **({"demand": {}} | {field: value}))


@pytest.mark.parametrize("requires", ["avx2", 7, None, [7]])
def test_required_traits_are_strings(requires):
    with pytest.raises(ValueError, match=r"vm 'a': requires=.*must be a list of strings"):
        VM("a", {}, requires=requires)


@pytest.mark.parametrize("field", ["movable", "detours", "offline"])
@pytest.mark.parametrize("value", NOT_BOOLS)
def test_a_flag_is_a_bool(field, value):
    with pytest.raises(ValueError, match=rf"vm 'a': {field}=.*must be true or false"):
        VM("a", {}, **{field: value})


def test_labels_are_strings():
    with pytest.raises(ValueError, match=r"vm 'a': labels\.role=None, must be a string"):
        VM("a", {}, labels={"role": None})


def test_a_list_of_required_traits_becomes_a_tuple():
    assert VM("a", {}, requires=["gpu"]).requires == ("gpu",)


def test_resources_have_names():
    with pytest.raises(ValueError, match="resources must be strings"):
        VM("a", {1: 5})


@pytest.mark.parametrize(("movable", "detours"), [(True, True), (True, False), (False, True), (False, False)])
def test_who_is_pinned_or_goes_straight_never_steps_aside(movable, detours):
    assert VM("a", {}, movable=movable, detours=detours).may_step_aside is (movable and detours)
