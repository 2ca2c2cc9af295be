"""Amounts as a person reads them: MiB, GiB, plain numbers, and spans of time."""

from __future__ import annotations

from dataclasses import dataclass

BINARY = ("kib", "mib", "gib", "tib", "pib")
"""Units that a resource's name may end in, each 1024 of the one before."""

TITLES = {"ram_mib": "RAM", "vcpus": "vCPUs", "cpu": "CPU", "disk_gib": "disk", "gpus": "GPUs"}
"""Resource -> its name for people, where the name in the file is not it."""

MANY = 64 * 1024
"""From this many MiB (or the like) on, a picture counts in the next larger unit."""


def unit_of(resource: str) -> str | None:
    """Give the binary unit that a resource's name ends in (``ram_mib``: ``mib``), None for a plain count."""
    unit = resource.rpartition("_")[2].lower()
    return unit if unit in BINARY else None


def title(resource: str) -> str:
    """Name a resource for people, without its unit: ``ram_mib`` is RAM."""
    if resource in TITLES:
        return TITLES[resource]
    return resource.rpartition("_")[0] or resource if unit_of(resource) else resource


def size(amount: float, resource: str = "ram_mib") -> str:
    """Write an amount with its unit, to three digits: ``512 MiB``, ``2.75 GiB``, ``1,024``."""
    unit = unit_of(resource)
    if unit is None:
        return f"{amount:,}"
    step = BINARY.index(unit)
    while abs(amount) >= 1024 and step + 1 < len(BINARY):
        amount, step = amount / 1024, step + 1
    return f"{_short(amount)} {_symbol(BINARY[step])}"


def exact(amount: int, resource: str = "ram_mib") -> str:
    """Write an amount with its unit, to the last digit: ``2560 MiB``, ``4``."""
    unit = unit_of(resource)
    return str(amount) if unit is None else f"{amount} {_symbol(unit)}"


def span(seconds: int) -> str:
    """Write a span of time: ``45 s``, ``7 min 30 s``, ``2 h 5 min 0 s``."""
    if seconds < 60:
        return f"{seconds} s"
    minutes, rest = divmod(seconds, 60)
    if seconds < 3600:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min {rest} s"


@dataclass(frozen=True, slots=True)
class Scale:
    """The unit of one picture: every number in it is written without, and its heading says which.

    Parameters
    ----------
    resource
        The resource that is drawn.
    unit
        The unit in words, empty for a plain count.
    divisor
        What an amount is divided by.
    """

    resource: str
    unit: str = ""
    divisor: int = 1

    @classmethod
    def of(cls, resource: str, largest: int) -> Scale:
        """Choose the unit in which the largest amount of a picture is easily read."""
        unit = unit_of(resource)
        if unit is None:
            return cls(resource)
        step, divisor = BINARY.index(unit), 1
        while largest // divisor >= MANY and step + 1 < len(BINARY):
            step, divisor = step + 1, divisor * 1024
        return cls(resource, _symbol(BINARY[step]), divisor)

    @property
    def heading(self) -> str:
        """What the numbers are: ``RAM in MiB``."""
        return f"{title(self.resource)} in {self.unit}" if self.unit else title(self.resource)

    def number(self, amount: int) -> str:
        """Write an amount, exactly where the unit is the resource's own."""
        return str(amount) if self.divisor == 1 else _short(amount / self.divisor)


def _short(amount: float) -> str:
    """Write three digits, and no zeros behind the point."""
    if abs(amount) >= 100 or amount == int(amount):
        return f"{amount:,.0f}"
    return f"{amount:.{1 if abs(amount) >= 10 else 2}f}".rstrip("0").rstrip(".")


def _symbol(unit: str) -> str:
    return unit[0].upper() + "iB"
