"""Moving VMs by hand: what is still wanted from there on."""

from __future__ import annotations

import pytest

from models import Shutdown
from planner.game import Game
from tests.builders import host, pool, vm
from tests.models.said import PARAMETERS, SAID
from tests.planner.stand_in import exact


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_who_is_done_with_is_gone_from_all_that_the_pool_says(parameter):
    hosts, vms = [host("h1"), host("h2")], [vm("a"), vm("b"), vm("c")]
    of = pool(hosts, vms, "h1: a c, h2: b", "h1: c b", **{parameter: SAID[parameter]})
    game = Game(of, exact)
    assert game.take(Shutdown("a", "h1")) == []
    left = game.from_here()
    left.check()
    assert [it.name for it in left.vms] == ["b", "c"]
