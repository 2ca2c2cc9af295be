"""What a pool file asks for: the current placement, and as much of a target as it names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.errors import NoTargetError, PoolError
from models.pool import Pool

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.state import PoolState

GOALS = "drain, consolidate, balance, repair, make-room, rolling"
"""The commands that choose a placement where a pool names none."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A placement and what is said about the next one.

    Parameters
    ----------
    current
        Who is where.
    target
        VM name -> host name as far as it is given; None where nothing is.
    """

    current: PoolState
    target: Mapping[str, str] | None = None

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle and copy with a target of its own: a view of one, as a placement is, cannot be."""
        return type(self), (self.current, None if self.target is None else dict(self.target))

    @property
    def free(self) -> list[str]:
        """The running VMs that stay or move as is needed, in pool order.

        Without a target all of them; else those with ``free`` that it does not name.
        """
        here, there = self.current.placement, self.target
        if there is None:
            return [vm.name for vm in self.current.vms if vm.name in here]
        return [vm.name for vm in self.current.vms if vm.free and vm.name in here and vm.name not in there]

    @property
    def is_full(self) -> bool:
        """Tell whether the target leaves nothing to choose."""
        return self.target is not None and not self.free

    def pool(self) -> Pool:
        """Give the pool of a full target.

        Raises
        ------
        PoolError
            There is no target, or it leaves VMs free.
        """
        if self.target is None:
            raise NoTargetError([f"target: missing; without one, a goal says what is wanted: vmplan {GOALS}"])
        if free := self.free:
            count = f"{len(free)} VMs" if len(free) > 1 else "a VM"
            raise PoolError(
                [
                    f"target: leaves {count} free, first {free[0]!r} (free=true); "
                    "vmplan repair finds where they stay or go, --pool-out FILE writes the whole target"
                ]
            )
        return Pool(self.current, self.current.placed(self.target))

    def checked(self) -> None:
        """Raise ``PoolError`` where a VM is in neither placement."""
        here, there = self.current.placement, self.target or {}
        where = "neither current nor target" if self.target is not None else "no placement"
        errors = [
            f"vms[{number}]: {vm.name!r} is in {where}, it must be in one"
            for number, vm in enumerate(self.current.vms)
            if vm.name not in here and vm.name not in there
        ]
        if errors:
            raise PoolError(errors)

    def based(self) -> Pool:
        """Give the pool in which every free VM stays where it is."""
        here = self.current.placement
        stay = {name: here[name] for name in self.free}
        return Pool(self.current, self.current.placed({**stay, **(self.target or {})}))
