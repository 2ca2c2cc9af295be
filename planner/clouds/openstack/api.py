"""The requests to nova and placement, one method each, with the microversion that each is written for.

Raw JSON through the sessions of openstacksdk, which find credentials, catalogue and certificates as every
OpenStack client does: its objects cost more time than nova's answers, and hide microversions.
"""

from __future__ import annotations

from http import HTTPStatus
from itertools import compress
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from planner.clouds.openstack.helpers import Helpers
from planner.clouds.openstack.silence import Silence
from planner.clouds.protocol import CloudError, SlowError, UnknownError
from planner.clouds.secrets import without_secrets
from planner.clouds.web import is_not_there

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

Json = dict[str, Any]

NOVA = "2.79"
"""What answers are read at (Train, 2019): hypervisors by UUID, flavors inside servers."""

LISTED = "2.68"
"""What lists of servers are read at: with flavors inside.

Later ones cost nova half as much again, and from 2.69 on a list holds stumps of servers whose cell does not
answer; before, these are missing, and what they take is allocated to no server in sight.
"""

PINNED = "2.96"
"""Servers tell the availability zone that they were asked into (2024.1); nova has to look it up for each."""

IMAGED = "2.98"
"""Servers tell the properties of their images (2025.1); it takes half the time again: for imports alone."""

PLACEMENT = "1.31"
"""What placement is asked at (Train, 2019): room in the tree of one provider alone."""

PAGE = 1000
"""Most that nova gives at once."""

LEAST_PAGE = 125
"""A page that takes longer than ``TIMEOUT_S`` is asked for again by halves, down to this."""

PARALLEL = 8
"""Questions at a time, where none needs the answer to another."""

WHERE = (
    "clouds are looked for in clouds.yaml of this folder, of ~/.config/openstack or of /etc/openstack,"
    " and without a name in OS_* of the environment"
)
"""Behind the error about a cloud of which not enough is known."""

TIMEOUT_S = 60
"""Seconds after which an answer counts as lost."""

IN_FLIGHT = ("queued", "accepted", "preparing", "running", "running (post-copy)", "post-migrating")
"""States of a live migration that has not ended."""

COLD = ("migration", "resize")
"""Types of migrations that turn a server off on the way."""

COLD_IN_FLIGHT = ("pre-migrating", "migrating", "post-migrating")
"""States of such a one under way; one that is ``finished`` waits to be confirmed, and copies nothing more."""

NOT_BEGUN = ("queued", "accepted", "preparing")
"""Those of one that nova has taken, and moves nothing yet; its server has the task ``migrating`` by then."""


class Api:
    """Nova and placement of one cloud.

    Parameters
    ----------
    name
        The cloud's name in ``clouds.yaml``; empty: ``OS_*`` as every OpenStack client reads them.

    Raises
    ------
    UnknownError
        Keystone, nova or placement does not answer.
    CloudError
        No such cloud, no such user, or a missing extra.
    """

    def __init__(self, name: str = "") -> None:
        self.name = name
        self.requests = 0
        self._counting = Lock()
        self._silence = Silence(PARALLEL)
        self._askers = Helpers(PARALLEL, "vmplan-openstack")
        try:
            import openstack
            from keystoneauth1.exceptions import ConnectTimeout, MissingRequiredOptions
            from openstack.exceptions import ConfigException
        except ImportError:
            raise CloudError(
                "this needs openstacksdk: pip install 'vm-migration-planner[openstack]'"
            ) from None
        # What a session raises for any answer that does not come in time, not for connections alone.
        self._time_out: type[Exception] = ConnectTimeout
        try:
            # Of all that is sent below, a new token on the way for one, which no request of ours sets.
            self._cloud = openstack.connect(cloud=name or None, api_timeout=TIMEOUT_S)
            self._nova, self._placement = self._cloud.compute, self._cloud.placement
            endpoint: Any = self._nova.get_endpoint_data()
            latest: tuple[int, int] | None = endpoint.max_microversion
            url = "" if latest else endpoint.url
        except Exception as error:  # the SDK has no common class for what goes wrong here
            why = told(error)
            if isinstance(error, (ConfigException, MissingRequiredOptions)):
                why = f"{why.rstrip('.')}; {WHERE}"
            kind = UnknownError if _may_pass(error) else CloudError
            raise kind(f"openstack{f' {name}' if name else ''}: {why}") from None
        self._latest = latest or self._oldest(url)

    def _oldest(self, url: str) -> tuple[int, int]:
        """Give what any nova speaks, where this one does not tell more.

        Where it does not answer for a moment the SDK says no more of it than of one of old.

        Raises
        ------
        UnknownError
            It does not answer, or only now.
        """
        answer = self._got(self._nova, url, NOVA)
        if answer.ok or answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise UnknownError(
                f"{without_secrets(url)}: nova did not say what it speaks: {answer.status_code}"
            )
        return 2, 1

    def close(self) -> None:
        """Close the connections."""
        self._askers.close()
        self._cloud.close()

    def together(self, questions: Iterable[Callable[[], Any]]) -> list[Any]:
        """Give the answers to questions that are asked at a time; none of them may ask others so in turn.

        Raises
        ------
        CloudError
            What the first of them raises that raises anything.
        """
        return [answer.result() for answer in [self._askers.ask(question) for question in questions]]

    def speaks(self, version: str) -> bool:
        """Tell whether nova speaks a microversion."""
        return tuple(self._latest) >= tuple(map(int, version.split(".")))

    def hypervisors(self) -> list[Json]:
        """Give all hypervisors, with state and status of their compute services."""
        return list(self._pages("/os-hypervisors/detail", "hypervisors", {}, NOVA))

    def hypervisor(self, uuid: str) -> Json | None:
        """Give one hypervisor; None where it is gone."""
        answer = self._get(self._nova, f"/os-hypervisors/{quote(uuid, safe='')}", NOVA, missing=True)
        return None if answer is None else answer["hypervisor"]

    def servers(self, host: str | None = None, *, pinned: bool = False, imaged: bool = False) -> list[Json]:
        """Give all servers of all projects, or those of a compute host, with their flavors.

        Parameters
        ----------
        pinned
            With the availability zone that each was asked into, where nova tells.
        imaged
            With the properties of the image of each, where nova tells, and that too.
        """
        query = {"all_tenants": "1", **({"host": host} if host else {})}
        version = PINNED if pinned and self.speaks(PINNED) else LISTED
        version = IMAGED if imaged and self.speaks(IMAGED) else version
        found = self._pages("/servers/detail", "servers", query, version)
        return [server for server in found if "flavor" in server]  # the others are stumps, see LISTED

    def server(self, server: str, *, pinned: bool = False) -> Json | None:
        """Give one server; None where there is no such one. ``pinned`` as of :meth:`servers`.

        Raises
        ------
        UnknownError
            Nova has a stump of it: its cell does not answer.
        """
        version = PINNED if pinned and self.speaks(PINNED) else NOVA
        answer = self._get(self._nova, f"/servers/{quote(server, safe='')}", version, missing=True)
        if answer is None:
            return None
        found: Json = answer["server"]
        if "name" not in found:
            raise UnknownError(f"/servers/{server}: nova knows no more than its id: its cell does not answer")
        return found

    def migrating(self) -> frozenset[str]:
        """Give the ids of the servers that have the task ``migrating``."""
        found = self._pages("/servers", "servers", {"all_tenants": "1", "task_state": "migrating"}, NOVA)
        return frozenset(server["id"] for server in found)

    def server_groups(self) -> list[Json]:
        """Give the server groups of all projects."""
        found: list[Json] = []
        # Paged by offset and without links, unlike the others; how long a page may be is the cloud's secret.
        while True:
            query = urlencode({"all_projects": "1", "limit": PAGE, "offset": len(found)})
            page = self._get(self._nova, f"/os-server-groups?{query}", NOVA)["server_groups"]
            found += page
            if not page:
                return found

    def aggregates(self) -> list[Json]:
        """Give the host aggregates, which availability zones are made of."""
        answer: Json = self._get(self._nova, "/os-aggregates", NOVA)
        return list(answer["aggregates"])

    def migrations(self, server: str | None = None) -> list[Json]:
        """Give migrations: all of a server, oldest first, or without one the live ones that have not ended.

        The latter are asked for state by state, in the order of the states and one after the other, so that
        one that passes on from state to state in the meantime is met in one of them.
        """
        if server is not None:
            query = {"instance_uuid": server}
            found = self._pages("/os-migrations", "migrations", query, NOVA, is_short=True)
            return sorted(found, key=lambda it: int(it["id"]))
        queries = ({"status": status, "migration_type": "live-migration"} for status in IN_FLIGHT)
        return [
            found for query in queries for found in self._pages("/os-migrations", "migrations", query, NOVA)
        ]

    def cold_migrations(self) -> list[Json]:
        """Give cold migrations and resizes under way from host to host, in the order of their states."""
        found = [
            it
            for status in COLD_IN_FLIGHT
            for it in self._pages("/os-migrations", "migrations", {"status": status}, NOVA)
        ]
        return [
            it for it in found if it["migration_type"] in COLD and it["source_compute"] != it["dest_compute"]
        ]

    def history(self, server: str) -> tuple[frozenset[str], list[Json]]:
        """Give the UUIDs of all migrations of a server, and those that are live and have not ended."""
        found = self.migrations(server)
        is_live = [it["migration_type"] == "live-migration" and it["status"] in IN_FLIGHT for it in found]
        return frozenset(it["uuid"] for it in found), list(compress(found, is_live))

    def server_migrations(self, server: str) -> list[Json]:
        """Give the live migrations of a server that have not ended, oldest first, and how far they are."""
        path = f"/servers/{quote(server, safe='')}/migrations"
        answer = self._get(self._nova, path, NOVA, missing=True)
        found = [] if answer is None else answer["migrations"]
        return sorted(found, key=lambda it: int(it["id"]))

    def allocation(self, consumer: str) -> dict[str, dict[str, int]]:
        """Give resource provider -> resource class -> amount that placement has allocated to a server."""
        answer = self._get(self._placement, f"/allocations/{quote(consumer, safe='')}", PLACEMENT)
        return {provider: dict(held["resources"]) for provider, held in answer["allocations"].items()}

    def provider(self, what: str, provider: str) -> Json:
        """Give ``inventories``, ``traits`` or ``allocations`` of a resource provider; nothing of one gone."""
        path = f"/resource_providers/{quote(provider, safe='')}/{what}"
        return self._get(self._placement, path, PLACEMENT, missing=True) or {}

    def with_room(self, resource_class: str, provider: str | None = None) -> dict[str, Json]:
        """Give what is used and the traits of every resource provider in whose tree one unit is left.

        Parameters
        ----------
        provider
            In the tree of this one alone.
        """
        tree = {} if provider is None else {"in_tree": provider}
        query = urlencode({"resources": f"{resource_class}:1", **tree})
        answer: Json = self._get(self._placement, f"/allocation_candidates?{query}", PLACEMENT)
        return dict(answer["provider_summaries"])

    def provider_tree(self) -> list[Json]:
        """Give all resource providers."""
        answer: Json = self._get(self._placement, "/resource_providers", PLACEMENT)
        return list(answer["resource_providers"])

    def act(self, server: str, body: Json, version: str) -> tuple[int, str]:
        """Ask for an action on a server; give the status code and what nova says.

        Raises
        ------
        UnknownError
            No answer came; nova may have taken the request.
        """
        return self._send("POST", f"/servers/{quote(server, safe='')}/action", version, body)

    def abort(self, server: str, migration: str) -> tuple[int, str]:
        """Ask to abort a live migration; give the status code and what nova says."""
        path = f"/servers/{quote(server, safe='')}/migrations/{quote(migration, safe='')}"
        return self._send("DELETE", path, NOVA, None)

    def _count(self) -> None:
        with self._counting:
            self.requests += 1

    def _send(self, method: str, path: str, version: str, body: Json | None) -> tuple[int, str]:
        self._count()
        try:
            # Nothing below may send it twice: no retries on connections, on status codes or on a new token.
            answer = self._nova.request(
                path,
                method,
                json=body,
                microversion=version,
                raise_exc=False,
                connect_retries=0,
                status_code_retries=0,
                timeout=TIMEOUT_S,
            )
        except Exception as error:
            raise UnknownError(told(error)) from None
        self._silence.heard()
        if answer.status_code == HTTPStatus.NOT_FOUND and not is_not_there(answer):
            raise UnknownError(f"{path}: {answer.status_code}, and no word of nova's")
        return answer.status_code, message(answer)

    def _pages(
        self, path: str, key: str, query: Mapping[str, str], version: str, *, is_short: bool = False
    ) -> Iterator[Json]:
        """Give all of a list; of one that is short, halves would be no quicker."""
        marker: dict[str, str] = {}
        limit = PAGE
        while True:
            asked = urlencode({**query, "limit": str(limit), **marker})
            try:
                answer = self._get(self._nova, f"{path}?{asked}", version)
            except SlowError:
                if is_short or limit <= LEAST_PAGE:
                    raise
                limit //= 2
                continue
            page = answer[key]
            yield from page
            if not page or f"{key}_links" not in answer:
                return
            marker = {"marker": str(page[-1].get("uuid") or page[-1]["id"])}

    def _get(self, adapter: Any, path: str, version: str, *, missing: bool = False) -> Any:
        """Read; None where there is no such thing and ``missing`` allows that."""
        with self._silence.asking():
            answer = self._got(adapter, path, version)
        if missing and is_not_there(answer):
            return None
        if answer.status_code in (401, 403):
            # With 401 it is the token that is not taken, be it for a moment and whosever it is.
            hint = "; an administrator may ask this" if answer.status_code == 403 else ""
            raise CloudError(f"{path.partition('?')[0]}: {answer.status_code} {message(answer)}{hint}")
        if not answer.ok:
            raise UnknownError(f"{path.partition('?')[0]}: {answer.status_code} {message(answer)}")
        try:
            return answer.json()
        except ValueError:
            raise UnknownError(f"{path.partition('?')[0]}: {answer.status_code}, and no JSON") from None

    def _got(self, adapter: Any, path: str, version: str) -> Any:
        self._count()
        try:
            return adapter.get(path, microversion=version, raise_exc=False, timeout=TIMEOUT_S)
        except self._time_out as error:
            raise SlowError(told(error)) from None
        except Exception as error:
            raise UnknownError(told(error)) from None


def message(answer: Any) -> str:
    """Give what nova or placement says in an answer that is no success."""
    if answer.ok:
        return ""
    try:
        body = answer.json()
        inner = next(iter(body.values()))
        if isinstance(inner, list):
            inner = inner[0]
        text = str(inner.get("message") or inner.get("detail") or body)
    except (ValueError, AttributeError, StopIteration, IndexError):
        text = answer.text[:200]
    return without_secrets(" ".join(text.split()))


def _may_pass(error: BaseException | None) -> bool:
    """Tell whether an error of the SDK, while it connects, says that there was no answer.

    It calls a service whose versions it cannot ask for one that is "unavailable or misconfigured".
    """
    from keystoneauth1 import exceptions
    from openstack.exceptions import NotSupported

    silent = (
        exceptions.RetriableConnectionFailure,
        exceptions.UnknownConnectionError,
        exceptions.HttpServerError,
        exceptions.DiscoveryFailure,
        NotSupported,
    )
    found = False
    while error is not None:
        if isinstance(error, (exceptions.HTTPClientError, exceptions.SSLError)):
            return False
        found = found or isinstance(error, silent)
        error = error.__cause__ or error.__context__
    return found


def told(error: Exception) -> str:
    """Give the first line of an error of the SDK, without secrets."""
    return without_secrets(" ".join(str(error).split()) or type(error).__name__)[:300]
