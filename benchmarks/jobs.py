"""Jobs: what is measured, each in a process of its own, and by what key its result is found again.

A job says all that its figures depend on but the code and the machine: a job of the same key is not run
again. Nothing here imports the planner, which the process of the job does, and is timed doing it.
"""

from __future__ import annotations

from msgspec import Struct


class PlanJob(Struct, frozen=True, kw_only=True, tag="plan", tag_field="job"):
    """Plan one pool.

    Parameters
    ----------
    family, kind
        Where it counts in the table: a family has some kinds of pools, a kind some pools.
    pool
        Its name, unique in its family; a random one ends in its seed.
    method
        ``auto`` for :func:`planner.plan`, or the name of a path finder that runs alone.
    objective
        ``moves``, ``ram``, ``custom`` or ``time``.
    seed
        Of the planner.
    time_limit_s, workers
        For all stages, reading included; threads of the solver.
    digest
        Of the pool file, so that a file that was changed is planned again; empty for a random pool.
    settings
        Parameters of the planner that are not the default.
    """

    family: str
    kind: str
    pool: str
    method: str = "auto"
    objective: str = "moves"
    seed: int = 0
    time_limit_s: float
    workers: int
    digest: str = ""
    settings: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Tell it from all others."""
        what = "plan", self.family, self.pool, self.method, self.objective, str(self.seed)
        limits = f"{self.time_limit_s:g}s", f"{self.workers}w", self.digest
        return "|".join((*what, *limits, *sorted(self.settings)))


class PlainJob(Struct, frozen=True, kw_only=True, tag="plain", tag_field="job"):
    """Read, check, write, replay and so on a pool of that size.

    Parameters
    ----------
    num_hosts
        There are five VMs a host.
    seed
        Of the pool.
    repeats
        How often each step runs; the fastest counts.
    """

    num_hosts: int
    seed: int = 0
    repeats: int = 3

    @property
    def key(self) -> str:
        """Tell it from all others."""
        return f"plain|{self.num_hosts}|{self.seed}|{self.repeats}"


class RulesJob(Struct, frozen=True, kw_only=True, tag="rules", tag_field="job"):
    """Plan the same pool with and without slack rules, in turn.

    Parameters
    ----------
    num_hosts, load
        Of the pool, a full shuffle.
    rounds
        How often each of the two is planned, by different seeds.
    time_limit_s, workers
        Of each plan.
    """

    num_hosts: int = 1000
    load: float = 0.8
    rounds: int = 5
    seed: int = 0
    time_limit_s: float = 30.0
    workers: int

    @property
    def key(self) -> str:
        """Tell it from all others."""
        limits = f"{self.time_limit_s:g}s", f"{self.workers}w"
        return "|".join(
            ("rules", f"{self.num_hosts}", f"{self.load:g}", f"{self.rounds}", f"{self.seed}", *limits)
        )


class LuckJob(Struct, frozen=True, kw_only=True, tag="luck", tag_field="job"):
    """Carry a schedule out with durations drawn around their estimates.

    Parameters
    ----------
    num_hosts, load, seed
        Of the pool, a full shuffle; migrations go at 93 Mb/s, 1 in and 1 out of a host.
    draws
        How often all durations are drawn, those of each VM from half to twice the estimate.
    time_limit_s, workers
        Of the schedule.
    oracle_s
        Of each schedule by one who knows the durations drawn.
    settings
        Parameters of the planner that are not the default; the draws are the same with all of them.
    """

    num_hosts: int
    load: float
    seed: int = 0
    draws: int = 30
    time_limit_s: float = 30.0
    oracle_s: float = 5.0
    workers: int
    settings: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Tell it from all others."""
        limits = f"{self.time_limit_s:g}s", f"{self.oracle_s:g}s", f"{self.workers}w"
        return "|".join((self.luck, f"{self.draws} draws", *limits, *sorted(self.settings)))

    @property
    def luck(self) -> str:
        """Tell its draws from all others: they are the same whatever the limits, more begin with fewer."""
        return "|".join(("luck", f"{self.num_hosts}", f"{self.load:g}", f"{self.seed}"))


class FormulaJob(Struct, frozen=True, kw_only=True, tag="formula", tag_field="job"):
    """Hold the formula for the seconds of a migration against measured ones.

    Parameters
    ----------
    path
        A CSV file with the columns copied_mib, hot_mib, dirty_mib_s, rate_mbps, seconds.
    digest
        Of the file.
    """

    path: str
    digest: str

    @property
    def key(self) -> str:
        """Tell it from all others."""
        return f"formula|{self.digest}"


class TimesJob(Struct, frozen=True, kw_only=True, tag="times", tag_field="job"):
    """Plan a full shuffle with a schedule.

    Parameters
    ----------
    num_hosts, load, seed
        Of the pool.
    objective
        ``moves``, the cost first, or ``time``, the end first.
    time_limit_s, workers
        Of the plan.
    settings
        Parameters of the planner that are not the default.
    """

    num_hosts: int
    load: float
    seed: int = 0
    objective: str = "moves"
    time_limit_s: float
    workers: int
    settings: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Tell it from all others."""
        what = "times", f"{self.num_hosts}", f"{self.load:g}", f"{self.seed}", self.objective
        limits = f"{self.time_limit_s:g}s", f"{self.workers}w"
        return "|".join((*what, *limits, *sorted(self.settings)))


Job = PlanJob | PlainJob | RulesJob | LuckJob | FormulaJob | TimesJob
