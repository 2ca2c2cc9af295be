"""What a state is told is kept, compared and written: each parameter, one that is added later too."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

import pytest

from models import Pool, PoolError, PoolState
from models.pool_file import RulesEntry
from models.reading import parse_pool, write_pool
from tests.builders import host, vm, where
from tests.models.said import PARAMETERS, SAID

if TYPE_CHECKING:
    from collections.abc import Mapping

IN_FILES = [parameter for parameter in PARAMETERS if parameter != "rules"]
"""Rules of one's own are objects of Python: no file holds them, and a copy is another one."""

HERE, THERE = where("h1: a, h2: b"), where("h2: a, h1: b")
HOSTS, VMS = [host("h1"), host("h2")], [vm("a"), vm("b")]
PLAIN = PoolState(HOSTS, VMS, HERE)


def told(parameter: str, at: Mapping[str, str] = HERE) -> PoolState:
    """Give the plain state that is told one thing more."""
    return PoolState(HOSTS, VMS, at, **{parameter: SAID[parameter]})


def test_there_is_an_example_of_each():
    assert set(SAID) == set(PARAMETERS)


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_it_tells_one_state_from_another(parameter):
    assert told(parameter) != PLAIN
    assert told(parameter) == told(parameter)


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_it_stays_where_something_else_is_changed(parameter):
    assert told(parameter).changed(placement=THERE) == told(parameter, THERE)
    assert told(parameter).placed(THERE) == told(parameter, THERE)


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_it_can_be_changed(parameter):
    assert PLAIN.changed(**{parameter: SAID[parameter]}) == told(parameter)


@pytest.mark.parametrize("parameter", IN_FILES)
def test_it_survives_pickling(parameter):
    assert pickle.loads(pickle.dumps(told(parameter))) == told(parameter)


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_it_is_the_same_in_both_placements(parameter):
    with pytest.raises(PoolError, match=rf"target: its {parameter} (is|are) not"):
        Pool(PLAIN, told(parameter)).check()


@pytest.mark.parametrize("parameter", IN_FILES)
def test_a_pool_file_holds_it(parameter, tmp_path):
    of = Pool(told(parameter), told(parameter, THERE))
    write_pool(tmp_path / "pool.json", of)
    assert parse_pool((tmp_path / "pool.json").read_bytes()) == of


@pytest.mark.parametrize("field", RulesEntry.__struct_fields__)
def test_a_rule_that_a_pool_file_holds_is_told_to_the_state(field):
    """What a file says and nobody listens to would be a rule that is not kept."""
    assert field in PARAMETERS
