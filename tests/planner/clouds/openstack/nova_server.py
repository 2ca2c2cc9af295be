"""A real nova and placement in one process, served over HTTP on this machine.

Real are the API and its policies, conductor, scheduler, placement, a compute manager a host, server groups
and records of migrations. Not real are the hypervisor (nova's own fake driver; how long a migration takes
and whether it fails is told by the server's metadata ``secs`` and ``fail``), network, images and identity.
All is in memory.

It stands on nova's own functional fixtures, which are no public API: this file is the only place that knows
them, and ``nova.lock`` pins them. It runs in the environment ``.venv-nova``, never in ours.

usage: nova_server.py FOLDER HOSTS PORT

Writes FOLDER/clouds.yaml (cloud ``test``), prints ``ready``, and then obeys lines on standard input, each
answered with ``ok`` or ``error``: ``down HOST``, ``up HOST`` (forced), ``disable HOST``, ``enable HOST``,
``hold`` (no migration ends from now on, live or cold, whatever its ``secs``), ``land`` (those held end now),
``parallel N``, ``image SERVER PROPERTY VALUE`` (the image that it was booted from had that), ``lose`` (the
next migration that a compute service is sent gets lost on its way), ``patience SECS`` (so long a lost one is
left as it is), ``quit``.

What nova's own log calls an error goes to standard error. Migrations that nova has lost are ended, and named
in FOLDER/lost: see :class:`Losses`.
"""

import contextlib
import faulthandler
import functools
import importlib
import logging
import os
import sys
import threading
import time
import traceback
import unittest
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref import simple_server

os.environ["OS_NOVA_DISABLE_EVENTLET_PATCHING"] = "true"
import nova.tests.functional  # noqa: F401  (first: it chooses threads or green threads)
from nova import objects
from nova.compute.manager import ComputeManager
from nova.context import get_admin_context
from nova.tests.fixtures.nova import PROJECT_ID, CellDatabases
from nova.tests.functional import integrated_helpers
from nova.virt import fake

CLOUDS = """\
clouds:
  test:
    auth_type: admin_token
    auth: {{endpoint: "http://127.0.0.1:{nova}/v2.1", token: admin}}
    compute_endpoint_override: http://127.0.0.1:{nova}/v2.1
    placement_endpoint_override: http://127.0.0.1:{placement}
    region_name: here
"""

TICK_S = 0.02

MAX_IDLE_S = 60.0
"""How long a thread of a pool waits for work before it looks whether its pool is gone.

Nova's tests set 0.01, to end quickly; its hundred idle threads then keep a core busy by waking up.
"""

LOCKED_S = 60
"""How long a locked database is waited for, in whole seconds."""

LOST_AFTER_S = 60.0
"""Seconds that a migration may be accepted or queued while no compute service is at work on it."""

LOOK_S = 1.0
"""Seconds between two looks for such migrations."""

MAY_LAND = threading.Event()
MAY_LAND.set()

LOSE_ONE = threading.Event()


class TimedDriver(fake.FakeLiveMigrateDriver):
    """A hypervisor whose migrations take as long as the server's metadata say, and fail where they say so."""

    vcpus, memory_mb, local_gb = 16, 8192, 1000

    def __init__(self, virtapi, read_only=False):
        super().__init__(virtapi, read_only)
        self._aborted = set()

    def live_migration(
        self, context, instance, dest, post_method, recover_method, block_migration=False, migrate_data=None
    ):
        if instance.metadata.get("fail"):
            recover_method(context, instance, dest, migrate_data)
            raise RuntimeError("the hypervisor says no")
        end = time.monotonic() + float(instance.metadata.get("secs", 0.3))
        while instance.uuid not in self._aborted and not (time.monotonic() >= end and MAY_LAND.is_set()):
            time.sleep(TICK_S)
        if instance.uuid in self._aborted:
            self._aborted.discard(instance.uuid)
            recover_method(context, instance, dest, migrate_data, migration_status="cancelled")
        else:
            post_method(context, instance, dest, block_migration, migrate_data)

    def migrate_disk_and_power_off(self, *args, **kwargs):
        while not MAY_LAND.is_set():
            time.sleep(TICK_S)

    def live_migration_abort(self, instance):
        # Of this one alone; and nova calls a migration running, and lets it be aborted, before it gets here.
        self._aborted.add(instance.uuid)


# Nova finds drivers as names in nova.virt.
fake.TimedDriver = TimedDriver


def give_each_thread_its_cell():
    """Let each thread have its own idea of which cell's database is meant.

    The fixture keeps it in one global behind a lock, which deadlocks with other locks once requests come in
    several threads. A thread that has said nothing means the default cell.
    """
    mine = threading.local()

    def get(self):
        return getattr(mine, "manager", None) or self._default_ctxt_mgr

    def put(self, manager):
        mine.manager = manager

    @contextlib.contextmanager
    def target_cell(self, context, mapping):
        before = get(self)
        mine.manager = self._ctxt_mgrs[mapping.database_connection] if mapping else self._default_ctxt_mgr
        try:
            with self._real_target_cell(context, mapping) as targeted:
                yield targeted
        finally:
            mine.manager = before

    CellDatabases._last_ctxt_mgr = property(get, put)
    CellDatabases._wrap_target_cell = target_cell


def wait_for_locked_databases():
    """Let who finds a database locked wait for it longer than SQLite's five seconds.

    On a busy machine the thread that has it may not run for so long; and where a compute service meets that
    before it has noted anything of a migration, nova has lost the migration.
    """
    fixtures = importlib.import_module("nova.tests.fixtures.nova")
    make = fixtures._use_file_backed_sqlite_with_wal

    def made(name):
        url, path = make(name)
        return f"{url}?timeout={LOCKED_S}", path

    for name in ("nova.tests.fixtures.nova", "nova.tests.functional.fixtures"):
        importlib.import_module(name)._use_file_backed_sqlite_with_wal = made


def let_migrations_get_lost():
    """Let the next migration that a compute service is sent come to nothing where ``lose`` was said."""
    live_migration = ComputeManager.live_migration

    @functools.wraps(live_migration)
    def lost_or_not(*args, **kwargs):
        if LOSE_ONE.is_set():
            LOSE_ONE.clear()
            return
        live_migration(*args, **kwargs)

    ComputeManager.live_migration = lost_or_not


class Losses:
    """Ends the live migrations that this nova has taken and then lost, as it was seen to do now and then.

    Lost is one that nova's records call accepted or queued for ``after_s`` seconds without a change, while no
    compute service is at work on it. Its server would be in the task ``migrating`` for good, and whoever
    waits for it would wait until his time is up. It is ended as an error of nova's; which it was is told in
    the file, and what every thread was at on standard error.

    Parameters
    ----------
    computes
        The compute services.
    file
        Gets a line for each that was lost.
    """

    def __init__(self, computes, file):
        self._computes, self._file = computes, file
        self._since = {}
        self.after_s = LOST_AFTER_S

    def watch(self):
        """Look again and again."""
        while True:
            time.sleep(LOOK_S)
            try:
                self.look(time.monotonic())
            except Exception:
                traceback.print_exc()

    def look(self, now):
        """End those that are lost."""
        waiting = {"migration_type": "live-migration", "status": ["accepted", "queued"]}
        found = objects.MigrationList.get_by_filters(get_admin_context(), waiting)
        at_work = set(self._at_work())
        marks = {(it.uuid, it.status, it.updated_at): it for it in found if it.instance_uuid not in at_work}
        self._since = {mark: self._since.get(mark, now) for mark in marks}
        for mark, since in self._since.items():
            if now - since >= self.after_s:
                self._end(marks[mark])

    def _at_work(self):
        """Give the ids of the servers that a compute service does something for."""
        for service in self._computes.values():
            with service.manager._in_progress_task_cond:
                tasks = list(service.manager._in_progress_tasks.values())
            yield from (task["instance_uuid"] for task in tasks)

    def _end(self, migration):
        text = (
            f"nova has lost migration {migration.uuid} of server {migration.instance_uuid}: "
            f"{migration.status} since {migration.updated_at or migration.created_at}, "
            "and no compute service is at work on it\n"
        )
        sys.stderr.write(text)
        faulthandler.dump_traceback()
        # Before it is ended: who sees it end finds it here.
        with self._file.open("a") as file:
            file.write(text)
        instance = objects.Instance.get_by_uuid(get_admin_context(), migration.instance_uuid)
        migration.status, instance.task_state = "error", None
        migration.save()
        instance.save()


class Quiet(simple_server.WSGIRequestHandler):
    """Logs no requests."""

    def log_message(self, *_):
        pass


class Server(ThreadingMixIn, simple_server.WSGIServer):
    """A thread a request."""

    daemon_threads = True


def as_admin(app):
    """Let every request be an administrator's: there is no keystone."""

    def call(environ, start):
        environ.update(
            HTTP_X_AUTH_USER="admin", HTTP_X_AUTH_PROJECT_ID=PROJECT_ID, HTTP_X_ROLES="reader,member,admin"
        )
        return app(environ, start)

    return call


def serve(app, port):
    """Serve an application in the background."""
    server = simple_server.make_server("127.0.0.1", port, app, server_class=Server, handler_class=Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()


class Cloud(integrated_helpers.ProviderUsageBaseTestCase):
    """The cloud, dressed as one of nova's tests: their set-up is what builds it."""

    compute_driver = "fake.TimedDriver"
    REQUIRES_LOCKING = True
    folder, hosts, port = Path(), 0, 0

    def setUp(self):
        unlimited = {"instances": -1, "cores": -1, "ram": -1, "server_groups": -1, "server_group_members": -1}
        self.flags(group="quota", **unlimited)
        self.flags(api_paste_config=os.path.join(sys.prefix, "etc/nova/api-paste.ini"), group="wsgi")
        # The scheduler's memory of who is where is kept up to date by periodic tasks, which do not run here.
        self.flags(track_instance_changes=False, group="filter_scheduler")
        super().setUp()
        errors = logging.StreamHandler(sys.stderr)
        errors.setLevel(logging.ERROR)
        errors.setFormatter(logging.Formatter("%(asctime)s %(threadName)s %(name)s: %(message)s"))
        logging.getLogger().addHandler(errors)
        import futurist

        futurist._thread.ThreadWorker.MAX_IDLE_FOR = MAX_IDLE_S

    def runTest(self):  # noqa: N802
        from placement import deploy

        for number in range(self.hosts):
            self._start_compute(f"h{number}")
        self.losses = Losses(self.computes, self.folder / "lost")
        threading.Thread(target=self.losses.watch, daemon=True).start()
        serve(as_admin(self.api_fixture.app()), self.port)
        serve(deploy.loadapp(self.placement.fixture.conf_fixture.conf), self.port + 1)
        text = CLOUDS.format(nova=self.port, placement=self.port + 1)
        (self.folder / "clouds.yaml").write_text(text)
        print("ready", flush=True)
        for line in sys.stdin:
            word, _, rest = line.strip().partition(" ")
            if word == "quit":
                os._exit(0)  # to tidy up would mean to wait for every idle thread, and all is in memory
            try:
                self.obey(word, rest)
                print("ok", flush=True)
            except Exception as error:
                print("error", repr(error), flush=True)

    def obey(self, word, rest):
        """Do what a line of standard input says."""
        if word == "parallel":
            self.flags(max_concurrent_live_migrations=int(rest))
            return
        if word in ("hold", "land"):
            MAY_LAND.clear() if word == "hold" else MAY_LAND.set()
            return
        if word == "image":
            server, name, value = rest.split()
            instance = objects.Instance.get_by_uuid(get_admin_context(), server)
            instance.system_metadata[f"image_{name}"] = value
            instance.save()
            return
        if word == "lose":
            LOSE_ONE.set()
            return
        if word == "patience":
            self.losses.after_s = float(rest)
            return
        service = self.admin_api.get_services(host=rest, binary="nova-compute")[0]["id"]
        if word in ("down", "up"):
            self.admin_api.put_service_force_down(service, word == "down")
        elif word in ("disable", "enable"):
            status = f"{word}d"
            reason = {"disabled_reason": "maintenance"} if word == "disable" else {}
            self.admin_api.put_service(service, {"status": status, **reason})
        else:
            raise ValueError(word)


if __name__ == "__main__":
    Cloud.folder, Cloud.hosts, Cloud.port = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    give_each_thread_its_cell()
    wait_for_locked_databases()
    let_migrations_get_lost()
    result = unittest.TextTestRunner(stream=sys.stderr).run(Cloud())
    os._exit(0 if result.wasSuccessful() else 1)
