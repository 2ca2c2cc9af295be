"""What a rolling update is about: each host twice, as it is and as it is once updated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from models.errors import PlannerError, PoolError
from models.filters import asks_about_migrations
from models.moves import OFF
from models.pool import Pool
from models.problem import Problem
from models.replay_rolling import updated, with_versions
from models.rules.base import Filter
from planner.goals.named_hosts import wrong_names
from planner.rolling.twins import seen_by_name, twin_of, with_twins
from planner.rolling.way_back import WayBack

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from models.host import Host
    from models.objective import Objective
    from models.state import PoolState


class Upgrade:
    """A placement, and the hosts to update.

    Parameters
    ----------
    state
        Who is where.
    hosts
        The names of the hosts to update, in any order; none: all.
    objective
        What a migration costs.

    Attributes
    ----------
    problem
        The same VMs on twice the hosts: host number n as it is, and number n + ``num_hosts`` as it is once it
        is updated. Nobody is displaced in it: it is there for room, groups and filters.
    todo
        The numbers of the hosts to update, in pool order.
    stop_cost
        What a stop of each VM costs, with its start on any host; None where it may not be stopped, or no host
        could start it. That of ``problem`` speaks of a start where the VM is: None on a cordoned host.
    ends_matter
        A rule of one's own may look at where a VM goes in the end, which nobody knows yet: what ``problem``
        says of migrations is said of VMs that end where they are.
    """

    def __init__(self, state: PoolState, hosts: Sequence[str], objective: Objective) -> None:
        if errors := list(wrong_names("rolling", state, hosts)):
            raise PoolError(errors)
        self.state = state
        self.objective = objective
        self.before = with_versions(state.hosts)
        self.num_hosts = len(self.before)
        wanted = set(hosts)
        self.todo = [n for n, host in enumerate(self.before) if not wanted or host.name in wanted]
        hosts_twice = [*self.before, *(twin_of(host) for host in self.before)]
        # Whether a VM may take detours is asked of its end, which is not known yet: see ``moves_once``.
        free = [replace(vm, detours=True) for vm in state.vms]
        own = [rule for rule in state.extra_rules if isinstance(rule, Filter)]
        self.ends_matter = any(map(asks_about_migrations, own))
        rules = [seen_by_name(rule) for rule in state.extra_rules]
        timing = with_twins(state.timing, [host.name for host in self.before])
        doubled = state.changed(hosts=hosts_twice, vms=free, rules=rules, timing=timing)
        self.problem = Problem(Pool(doubled, doubled), objective)
        self.moves_once = [not state.vm(vm.name).detours for vm in self.problem.vms]
        self.stop_cost = [self._stop_cost(vm) for vm in range(self.problem.num_vms)]
        # In the plan that empties one host, and no more, it would count as its only migration.
        self._held = [vm if vm.detours else replace(vm, movable=False) for vm in state.vms]

    def is_stopped(self, vm: int, *, home: bool) -> bool:
        """Tell whether the VM is stopped while its host is updated: it cannot move, and may be stopped."""
        moves = self.problem.vms[vm].movable and not (home and self.moves_once[vm])
        return not moves and self.stop_cost[vm] is not None

    def places(self) -> Iterator[int]:
        """Yield every host as VMs may find it: all as they are, those to update also as they are then."""
        yield from range(self.num_hosts)
        yield from map(self.twin, self.todo)

    def could_take(self, vm: int, host: int) -> bool:
        """Tell whether a host could take the VM were it empty, and no filter forbids it to run there."""
        usable, needs = self.problem.usable[host], self.problem.needs[vm]
        return self.problem.may_run(vm, host) and all(amount <= usable[number] for number, amount in needs)

    def could_go(self, vm: int, source: int, host: int, *, home: bool = False) -> bool:
        """Tell whether the filters let the VM go there (from ``OFF``: start there), wherever it may end.

        Parameters
        ----------
        home
            It ends where it is.
        """
        problem, here = self.problem, self.problem.src[vm]
        if not self.ends_matter:
            return problem.may_go(vm, source, host)
        ends = (here, self.twin(here)) if home else self.places()
        return any(problem.filters.goes(vm, source, host, end) for end in ends)

    def _stop_cost(self, vm: int) -> int | None:
        problem = self.problem
        if not problem.vms[vm].offline:
            return None
        starts = (self.could_take(vm, host) and self.could_go(vm, OFF, host) for host in self.places())
        return problem.cost[vm] * self.state.offline_cost_factor if any(starts) else None

    def name(self, host: int) -> str:
        """Give the name of a host, updated or not."""
        return self.before[host % self.num_hosts].name

    def twin(self, host: int) -> int:
        """Give the host as it is once it is updated."""
        return host + self.num_hosts

    def placement(self, at: Sequence[int]) -> dict[str, str]:
        """Give a placement by name."""
        return {vm.name: self.name(host) for vm, host in zip(self.problem.vms, at, strict=True)}

    def state_now(
        self,
        at: Sequence[int],
        done: Iterable[int],
        *,
        moved: Collection[str] = (),
        back_to: int | None = None,
    ) -> PoolState:
        """Give the pool as it stands when some hosts are updated; who moves only once does not move in it.

        Parameters
        ----------
        moved
            VMs that have migrated. One that moves only once has come to its end with that, and is not stopped
            to be started elsewhere.
        back_to
            A host to empty and update next, after which everybody goes back by the same way.
        """
        newer = set(done)
        hosts: list[Host] = [
            updated(host) if number in newer else host for number, host in enumerate(self.before)
        ]
        rules = [] if back_to is None else [WayBack(self.name(back_to))]
        return self.state.changed(
            hosts=hosts,
            vms=[
                vm if vm.movable or vm.name not in moved else replace(vm, offline=False) for vm in self._held
            ],
            placement=self.placement(at),
            rules=[*self.state.extra_rules, *rules],
        )

    def numbers(self, placement: Mapping[str, str], done: Iterable[int]) -> list[int]:
        """Give a placement by number, when some hosts are updated."""
        newer = set(done)
        return [self.number(placement[vm.name], newer) for vm in self.problem.vms]

    def number(self, name: str, done: Collection[int]) -> int:
        """Give the number of a host, that of its twin when it is updated."""
        host = self.problem.host_index[name]
        return self.twin(host) if host in done else host


def checked_at_once(at_once: int) -> int:
    """Give the number of hosts at once; raise ``PlannerError`` unless it is an integer above 0."""
    if type(at_once) is not int or at_once < 1:
        raise PlannerError(f"at_once={at_once!r}, must be an integer >= 1")
    return at_once
