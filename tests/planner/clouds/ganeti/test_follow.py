"""What runs is followed one by one: the trouble of one job says nothing of the others."""

from __future__ import annotations

import pytest

from models import Migration, Stop
from planner.clouds.ganeti.adapter import Ganeti
from planner.clouds.protocol import CloudError, Phase, Running, SlowError, UnknownError


class Rapi:
    """Stands in for the remote API: jobs 1 to 4 run; a test says what comes in place of an answer."""

    url = "https://cluster:5080"

    def __init__(self, **silent):
        self.silent, self.status, self.asked = silent, "running", []

    def get(self, path):
        last = path.rpartition("/")[2]
        self.asked.append(last)
        if error := self.silent.get(f"of_{last}"):
            raise error
        if path.startswith("/2/jobs/"):
            return {"id": int(last), "status": self.status, "ops": [{"OP_ID": "OP_INSTANCE_MIGRATE"}]}
        if path in LISTS:
            return LISTS[path]
        return {
            "name": last,
            "uuid": last,
            "pnode": "node2",
            "snodes": [],
            "tags": [],
            "status": "running",
            "disk_template": "diskless",
            "beparams": {"memory": 1, "vcpus": 1},
        }


NODES = ("node1", "node2")
LISTS = {
    "/2/info": {"tags": [], "ipolicy": {"vcpu-ratio": 4}},
    "/2/groups?bulk=1": [{"uuid": "g", "name": "default"}],
    "/2/nodes?bulk=1": [
        {"name": name, "group.uuid": "g", "offline": False, "drained": False} for name in NODES
    ],
    "/2/instances?bulk=1": [],
    "/2/jobs?bulk=1": [],
}
RUNNING = [Running(Migration(vm, *NODES), str(number)) for number, vm in enumerate("abcd", 1)]
LOST = UnknownError("502 bad gateway")
SLOW = SlowError("no byte for a minute")


def phases(cloud):
    return {handle: it.phase for handle, it in cloud.follow(RUNNING).items()}


def told_of(handles, phase=Phase.RUNNING):
    return dict.fromkeys(handles, phase)


@pytest.mark.parametrize("job", "1234")
@pytest.mark.parametrize("error", [LOST, SLOW])
def test_no_answer_about_one_job_says_nothing_of_the_others(job, error):
    assert phases(Ganeti(Rapi(**{f"of_{job}": error}))) == told_of(set("1234") - {job})


def test_no_answer_about_an_instance_whose_job_has_ended_says_nothing_of_the_others():
    api = Rapi(of_b=LOST)
    api.status = "success"
    cloud = Ganeti(api)
    assert phases(cloud) == told_of("134", Phase.DONE)
    api.silent.clear()
    assert phases(cloud) == told_of("1234", Phase.DONE)


@pytest.mark.parametrize("error", [LOST, SLOW, CloudError("wrong user or password")])
def test_no_answer_about_any_is_no_answer(error):
    with pytest.raises(CloudError) as raised:
        Ganeti(Rapi(**{f"of_{job}": error for job in "1234"})).follow(RUNNING)
    assert raised.value is error


def test_errors_that_come_at_once_keep_nobody_from_being_asked_about():
    api = Rapi(**{f"of_{job}": LOST for job in "123"})
    assert phases(Ganeti(api)) == told_of("4")


def test_a_cluster_that_takes_its_time_twice_is_asked_for_no_more_and_for_the_others_first_next_time():
    api = Rapi(of_2=SLOW, of_3=SLOW)
    cloud = Ganeti(api)
    assert phases(cloud) == told_of("1")
    assert api.asked == ["1", "2", "3"]
    api.asked.clear()
    assert phases(cloud) == told_of("14")
    assert api.asked == ["4", "1", "2", "3"]


def test_a_stop_that_nobody_answers_about_does_not_keep_a_migration_from_its_end():
    api = Rapi(of_9=LOST)
    api.status = "success"
    told = Ganeti(api).follow([Running(Stop("e", "node1"), "9"), RUNNING[0]])
    assert {handle: it.phase for handle, it in told.items()} == {"1": Phase.DONE}
