"""Why a VM steps aside, in a sentence, from nothing but the state before it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.actions import Migration, Provision, Start
from models.sizes import size, title

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.actions import Action
    from models.ledger import Ledger, Violation
    from models.pool import Pool


class DetourReasons:
    """Says of a detour what stood in the way, as the replay comes to it.

    Parameters
    ----------
    actions
        The whole plan: who comes to the host afterwards is often the reason.
    """

    def __init__(self, pool: Pool, actions: Sequence[Action]) -> None:
        self._targets = pool.target.placement
        self._known = {host.name for host in pool.hosts}
        self._steps_to: dict[str, list[tuple[int, str]]] = {}
        self._steps_of: dict[str, list[tuple[int, str]]] = {}
        for step, action in enumerate(actions, 1):
            if isinstance(action, Migration | Provision | Start):
                host = action.destination if isinstance(action, Migration) else action.host
                self._steps_to.setdefault(host, []).append((step, action.vm))
                self._steps_of.setdefault(action.vm, []).append((step, host))

    def why(self, step: int, action: Migration, ledger: Ledger) -> str:
        """Give the sentence; ``ledger`` is as it was just before the action."""
        vm, source, target = action.vm, action.source, self._targets.get(action.vm)
        start = f"{vm} steps aside from {source} to {action.destination}"
        if target is None or target not in self._known:
            return f"{start}: the target placement does not keep it."
        if target == source:
            return f"{start}, though {source} is its home: {self._guest(step, source, vm, ledger)}."
        blocks = ledger.refusals(vm, source, target, target)
        reasons = "; ".join(dict.fromkeys(self._block(block, vm, target, ledger) for block in blocks))
        if not reasons:
            reasons = f"its target {target} has room, but {self._guest(step, source, vm, ledger)}"
        return f"{start}: {reasons}.{self._home(step, vm, target)}"

    def _block(self, block: Violation, vm: str, target: str, ledger: Ledger) -> str:
        if block.resource is None or block.resource not in ledger.resource_names:
            return f"its target would refuse it now ({block.text})"
        place = ledger.resource_names.index(block.resource)
        usable, load = ledger.usable(target)[place], ledger.load[target][place]
        name = block.resource
        return (
            f"its target {target} has {size(usable - load, name)} {title(name)} free "
            f"of {size(usable, name)}, {vm} takes {size(ledger.demand(vm)[place], name)}"
        )

    def _guest(self, step: int, host: str, vm: str, ledger: Ledger) -> str:
        """Say who needs the room on the host it leaves: the next to come that would not fit beside it."""
        coming = [(at, guest) for at, guest in self._steps_to.get(host, ()) if at > step and guest != vm]
        for at, guest in coming:
            if guest not in ledger.vms:
                continue
            for place, amount in enumerate(ledger.demand(guest)):
                free = ledger.usable(host)[place] - ledger.load[host][place]
                if amount > free:
                    name = ledger.resource_names[place]
                    return (
                        f"it makes way for {guest} (action {at}), which takes {size(amount, name)} "
                        f"{title(name)} where {host} has {size(free, name)} free"
                    )
        if coming:
            at, guest = coming[0]
            return f"it makes way for {guest} (action {at})"
        return "nothing comes there afterwards, so the detour may be one too many"

    def _home(self, step: int, vm: str, target: str) -> str:
        later = [at for at, host in self._steps_of.get(vm, ()) if at > step and host == target]
        return f" It gets there with action {later[0]}." if later else ""
