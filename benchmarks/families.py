"""The families of pools, and the studies: what there is to run, by name."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

from benchmarks.case import Case
from benchmarks.jobs import FormulaJob, Job, LuckJob, PlainJob, PlanJob, RulesJob, TimesJob
from models.errors import PlannerError
from planner.cli.common import all_offline
from planner.soak.pools.brimful import brimful
from planner.soak.pools.knots import knots
from planner.soak.pools.origin import origin
from planner.soak.pools.rival import rival
from planner.soak.pools.ruled import ruled
from planner.soak.pools.shuffles import shuffled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.options import Options
    from models import Pool

CASES = Path(__file__).parent / "cases"
"""The origin's fixed cases, as pool files."""

SHUFFLES: dict[int, tuple[tuple[int, float], ...]] = {
    80: ((50, 5.0), (200, 10.0), (1000, 30.0), (5000, 60.0), (10_000, 120.0)),
    85: ((5000, 10.0),),
    90: ((50, 5.0), (200, 10.0), (1000, 60.0), (5000, 120.0), (10_000, 180.0)),
    95: ((50, 30.0), (200, 60.0), (1000, 120.0)),
}
"""Load in percent -> (hosts, seconds) of each size of the full shuffles."""

SCARCE = (20, 95, 30.0, 3)
"""(hosts, load in percent, seconds, pools) of the full shuffles that are small and scarce of room."""

BRIMFUL = ((10, 10.0, 5), (100, 60.0, 3))
"""(hosts, seconds, pools) of each size of the planted pools at 97% load."""

STOPS = ((6, 97, 10.0, 3), (12, 97, 20.0, 3), (20, 99, 30.0, 2), (50, 99, 30.0, 1))
"""(hosts, load in percent, seconds, pools) of the full shuffles in which any VM may be stopped."""

KNOTS = ((12, 20.0), (100, 60.0))
"""(knots of 6 hosts, seconds) of each size of the pools of knots."""

LUCK = ((50, 10.0, 20), (200, 30.0, 8))
"""(hosts, seconds, draws) of the shuffles at 80% load whose schedules meet other durations than planned."""

ORACLE = 0.5
"""The part of these seconds that the oracle has for each draw: all that it adds to the best run."""

TIMES: dict[int, tuple[tuple[int, float], ...]] = {
    70: ((50, 10.0), (200, 30.0), (1000, 60.0)),
    80: ((12, 10.0), (50, 10.0), (200, 30.0), (1000, 60.0)),
    90: ((12, 10.0), (50, 60.0), (200, 60.0), (1000, 60.0), (10_000, 120.0)),
}
"""Load in percent -> (hosts, seconds) of the shuffles that are scheduled."""

PLAIN_SIZES = (500, 1000, 2000, 4000, 8000, 10_000, 16_000)
"""Hosts: doubling, and the size for which the manual names figures."""


@dataclass(frozen=True, slots=True)
class Family:
    """Some kinds of pools, or a study.

    Parameters
    ----------
    name, what
        What it is called, and what it is, in a line.
    tasks
        Gives what there is to run.
    in_quick
        False: ``--quick`` leaves it out, unless it is named.
    """

    name: str
    what: str
    tasks: Callable[[Options], Iterator[Case | Job]]
    in_quick: bool = True


def fixed(options: Options, objective: str, family: str) -> Iterator[Case]:
    """Give the origin's fixed cases."""
    for path in sorted(CASES.glob("*.json")):
        yield from file_cases(path, family, options, objective, 5.0)


def file_cases(
    path: Path, family: str, options: Options, objective: str, own_s: float = 30.0
) -> Iterator[Case]:
    """Give a pool file by every method and seed."""
    name = path.name.removesuffix(".gz").removesuffix(".json")
    for seed in range(options.count(1, 1)):
        yield from _cases(path, family, name, name, options, own_s, objective, seed)


def _cases(
    source: Path | Callable[[], Pool],
    family: str,
    kind: str,
    pool: str,
    options: Options,
    own_s: float,
    objective: str = "moves",
    seed: int = 0,
    methods: tuple[str, ...] | None = None,
) -> Iterator[Case]:
    digest = f"{crc32(source.read_bytes()):08x}" if isinstance(source, Path) else ""
    for method in methods or options.methods:
        job = PlanJob(
            family=family,
            kind=kind,
            pool=pool,
            method=method,
            objective=objective,
            seed=seed,
            time_limit_s=options.limit_s(own_s),
            workers=options.workers,
            digest=digest,
            settings=options.settings,
        )
        yield Case(job, source)


def origins(options: Options) -> Iterator[Case]:
    """Give the origin's own random pools."""
    for num_hosts in (50,) if options.quick else (10, 50, 100):
        for seed in range(options.count(10, 2)):
            make = partial(origin_pool, num_hosts, seed)
            yield from _cases(make, "origin", f"{num_hosts:,} hosts", f"{num_hosts}-{seed}", options, 5.0)


def aspiers(options: Options) -> Iterator[Case]:
    """Give the same pools, for aspiers alone."""
    for num_hosts in (50, 100):
        for seed in range(options.count(10, 3)):
            make = partial(origin_pool, num_hosts, seed)
            kind, pool = f"{num_hosts:,} hosts", f"{num_hosts}-{seed}"
            yield from _cases(make, "aspiers", kind, pool, options, 60.0, methods=("aspiers",))


def rivals(options: Options) -> Iterator[Case]:
    """Give the small pools in which room is scarce."""
    for load in (60, 70, 80, 90, 95):
        for share in (100,) if options.quick else (25, 100):
            for seed in range(options.count(10, 1)):
                kind, make = f"{load}% load, {share}% walk", partial(rival_pool, load, share, seed)
                yield from _cases(make, "rival", kind, f"{load}-{share}-{seed}", options, 5.0)


def every_rule(options: Options) -> Iterator[Case]:
    """Give the pools with all rules at once."""
    for seed in range(options.count(50, 3)):
        yield from _cases(
            partial(ruled_pool, seed), "every_rule", "8 hosts, 75% load", f"{seed}", options, 5.0
        )


def shuffles(options: Options, load: int) -> Iterator[Case]:
    """Give the full shuffles of one load."""
    for num_hosts, own_s in SHUFFLES[load]:
        if not (options.quick and num_hosts > 200):
            for seed in range(options.count(1, 1)):
                make = partial(shuffled_pool, num_hosts, load, seed)
                name = f"{num_hosts}-{seed}"
                yield from _cases(make, f"shuffle{load}", f"{num_hosts:,} hosts", name, options, own_s)


def scarce(options: Options) -> Iterator[Case]:
    """Give small full shuffles, and planted pools, that are full nearly to the brim."""
    num_hosts, load, own_s, pools = SCARCE
    for seed in range(options.count(pools, 1)):
        make, kind = partial(shuffled_pool, num_hosts, load, seed), f"{num_hosts} hosts, {load}%"
        yield from _cases(make, "scarce", kind, f"{num_hosts}-{seed}", options, own_s)
    for num_hosts, own_s, pools in BRIMFUL:
        if not (options.quick and num_hosts > BRIMFUL[0][0]):
            for seed in range(options.count(pools, 1)):
                make, kind = partial(brimful_pool, num_hosts, seed), f"{num_hosts} hosts, 97%, planted"
                yield from _cases(make, "scarce", kind, f"brimful-{num_hosts}-{seed}", options, own_s)


def stops(options: Options) -> Iterator[Case]:
    """Give full shuffles of which most have no plan unless somebody is stopped."""
    for num_hosts, load, own_s, pools in STOPS:
        if not (options.quick and num_hosts > STOPS[0][0]):
            for seed in range(options.count(pools, 1)):
                make, kind = partial(stoppable_pool, num_hosts, load, seed), f"{num_hosts} hosts, {load}%"
                yield from _cases(make, "stops", kind, f"{num_hosts}-{load}-{seed}", options, own_s)


def knotted(options: Options) -> Iterator[Case]:
    """Give the pools of many small knots."""
    for count, own_s in KNOTS:
        if not (options.quick and count > KNOTS[0][0]):
            for seed in range(options.count(1, 1)):
                make = partial(knots_pool, count, seed)
                kind = f"{6 * count:,} hosts"
                yield from _cases(make, "knots", kind, f"{count}-{seed}", options, own_s)


def plain(options: Options) -> Iterator[Job]:
    """Give the sizes at which the plain things are timed."""
    for num_hosts in PLAIN_SIZES:
        if not (options.quick and num_hosts > 2000):
            yield PlainJob(num_hosts=num_hosts)


def rules(options: Options) -> Iterator[Job]:
    """Give the pool that is planned with and without slack rules."""
    limit_s = options.limit_s(30.0)
    yield RulesJob(rounds=options.count(7, 3), time_limit_s=limit_s, workers=options.workers)


def durations(options: Options) -> Iterator[Job]:
    """Give the shuffles whose schedules meet other durations than planned."""
    for num_hosts, own_s, draws in LUCK:
        if not (options.quick and num_hosts > 50):
            for seed in range(options.count(3, 1)):
                limit_s = options.limit_s(own_s)
                yield LuckJob(
                    num_hosts=num_hosts,
                    load=0.8,
                    seed=seed,
                    draws=3 if options.quick else draws,
                    time_limit_s=limit_s,
                    oracle_s=ORACLE * limit_s,
                    workers=options.workers,
                    settings=options.settings,
                )


def formula(options: Options) -> Iterator[Job]:
    """Give the measured migrations, where there are some."""
    if options.measured is not None:
        digest = f"{crc32(options.measured.read_bytes()):08x}"
        yield FormulaJob(path=str(options.measured.resolve()), digest=digest)


def times(options: Options) -> Iterator[Job]:
    """Give the full shuffles that are scheduled, by the cost first and by the end first."""
    for load, sizes in TIMES.items():
        for num_hosts, own_s in sizes:
            if options.quick and not 50 <= num_hosts <= 200:
                continue
            for objective in ("moves", "time"):
                yield TimesJob(
                    num_hosts=num_hosts,
                    load=load / 100,
                    objective=objective,
                    time_limit_s=options.limit_s(own_s),
                    workers=options.workers,
                    settings=options.settings,
                )


def origin_pool(num_hosts: int, seed: int) -> Pool:
    """Draw one of the origin's own pools."""
    return origin(np.random.default_rng([num_hosts, seed]), num_hosts).pool


def rival_pool(load: int, share: int, seed: int) -> Pool:
    """Draw a small pool; ``load`` and ``share`` in percent."""
    return rival(np.random.default_rng([load, share, seed]), load / 100, share / 100).pool


def ruled_pool(seed: int) -> Pool:
    """Draw a pool with all rules."""
    return ruled(np.random.default_rng(seed)).pool


def shuffled_pool(num_hosts: int, load: int, seed: int) -> Pool:
    """Draw a full shuffle; ``load`` in percent."""
    return shuffled(np.random.default_rng([num_hosts, load, seed]), num_hosts, load / 100)


def stoppable_pool(num_hosts: int, load: int, seed: int) -> Pool:
    """Draw a full shuffle in which any VM may be stopped; ``load`` in percent."""
    return all_offline(shuffled_pool(num_hosts, load, seed))


def brimful_pool(num_hosts: int, seed: int) -> Pool:
    """Draw a planted pool at 97% load."""
    return brimful(np.random.default_rng([num_hosts, seed]), num_hosts, 0.97).pool


def knots_pool(count: int, seed: int) -> Pool:
    """Draw a pool of small knots at 95% load."""
    return knots(np.random.default_rng([count, seed]), count, 0.95)


FAMILIES: tuple[Family, ...] = (
    Family("fixed", "the origin's fixed cases", partial(fixed, objective="moves", family="fixed")),
    Family(
        "fixed_ram", "the same, objective ram", partial(fixed, objective="ram", family="fixed_ram"), False
    ),
    Family("origin", "the origin's random pools, 10 to 100 hosts", origins),
    Family("rival", "6 hosts, about 40 VMs, 60-95% load, planted", rivals),
    Family("every_rule", "every rule at once, 8 hosts, planted", every_rule),
    *(
        Family(f"shuffle{load}", f"full shuffles at {load}% load", partial(shuffles, load=load))
        for load in SHUFFLES
    ),
    Family("scarce", "20 hosts shuffled at 95% load, 10 and 100 hosts planted at 97%", scarce, False),
    Family("stops", "6 to 50 hosts shuffled at 97 and 99% load, any VM may be stopped", stops, False),
    Family("knots", "many knots of 6 hosts in one pool, 95% load", knotted),
    Family("aspiers", "study: aspiers alone against the origin's times", aspiers),
    Family("plain", "study: reading, checking, writing, replaying against size", plain),
    Family("rules", "study: slack rules against none, 1,000 hosts", rules),
    Family("time", "study: makespans of full shuffles against waves, lists and the bound", times),
    Family("durations", "study: schedules when migrations take other times than planned", durations),
    Family("formula", "study: the formula for the seconds of a migration, with --measured", formula),
)


def named(patterns: str) -> list[Family]:
    """Give the families that names such as ``fixed,shuffle*`` mean, in their usual order.

    Raises
    ------
    PlannerError
        A name that means none.
    """
    wanted = [pattern.strip() for pattern in patterns.split(",") if pattern.strip()]
    for pattern in wanted:
        if not any(fnmatchcase(family.name, pattern) for family in FAMILIES):
            names = ", ".join(family.name for family in FAMILIES)
            raise PlannerError(f"family: {pattern!r}, must be one of {names}, or a pattern such as shuffle*")
    return [family for family in FAMILIES if any(fnmatchcase(family.name, pattern) for pattern in wanted)]


def folder_cases(folder: Path, options: Options) -> Iterator[Case]:
    """Give the pool files of a folder, ``.json`` and ``.json.gz``; the folder is their family.

    Raises
    ------
    PlannerError
        It holds none.
    """
    paths = sorted(path for path in folder.iterdir() if path.name.endswith((".json", ".json.gz")))
    if not paths:
        raise PlannerError(f"{folder}: no pool file (.json, .json.gz) in it")
    for path in paths:
        yield from file_cases(path, folder.resolve().name, options, options.objective)
