"""Values over the API: one more with its unit, kept once; a patient’s, listed."""

import uuid

import pytest
import time_machine
from rest_framework.test import APIClient

from core.accounts.services import issue_token
from core.people.services import open_episode
from outcomes.models import Measurement
from outcomes.rules import Entry
from outcomes.services import mark_in_error, record_measurement
from tests.cast import NOW

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/measurements"


@pytest.fixture
def api(cast):
    """`api("ruiz").get(…)`, `api("ruiz").post(…)`"""

    def of(name):
        client = APIClient()
        token = issue_token(user=getattr(cast, name), label="test", by=None, now=NOW)
        client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
        return client

    with time_machine.travel(NOW, tick=False):
        yield of


def slept(cast, **more):
    return {"patient": str(cast.okafor.pk), "metric": "sleep_hours", "value": 5.5,
            "unit": "h"} | more  # fmt: skip


def test_a_value_is_recorded(cast, api):
    answer = api("ruiz").post(ADDRESS, slept(cast), format="json")
    body, row = answer.json(), Measurement.objects.get()
    assert answer.status_code == 201 and answer.headers["Location"] == f"/measures/{row.pk}/"
    assert (body["id"], body["value"], body["unit"]) == (str(row.pk), "5.500", "h")
    assert row.clinician == cast.ruiz and body["protocol"] == row.metrics.label


def test_sent_twice_it_is_kept_once(cast, api):
    key = {"Idempotency-Key": str(uuid.uuid4())}
    for _ in range(2):
        answer = api("ruiz").post(ADDRESS, slept(cast), format="json", headers=key)
        assert answer.status_code == 201
    assert Measurement.objects.count() == 1
    other = api("ruiz").post(ADDRESS, slept(cast, value=6), format="json", headers=key)
    assert other.status_code == 409 and Measurement.objects.count() == 1


@pytest.mark.parametrize(
    ("more", "code", "words"),
    [
        ({"unit": "min"}, 422, "recorded in “h”"),
        ({"unit": ""}, 422, "no unit"),
        ({"value": 30}, 422, "from 0 to 24"),
        ({"value": "abc"}, 400, ""),
        ({"metric": "mood"}, 422, "what was measured"),
        ({"metric": "peg", "unit": ""}, 422, ""),
        ({"measured_at": "2026-11-25T12:00Z"}, 422, "future"),
        ({"episode": str(uuid.uuid4())}, 422, "problems"),
        ({"patient": str(uuid.uuid4())}, 404, ""),
    ],
)
def test_what_is_refused(cast, api, more, code, words):
    answer = api("ruiz").post(ADDRESS, slept(cast, **more), format="json")
    assert answer.status_code == code and words in answer.text, answer.text
    assert not Measurement.objects.exists()
    assert api("ruiz").post(ADDRESS, slept(cast), format="json").status_code == 201


def test_a_reason_stands_for_a_value(cast, api):
    body = {"patient": str(cast.okafor.pk), "metric": "sleep_hours", "missing_reason": "was away"}
    assert api("ruiz").post(ADDRESS, body, format="json").json()["value"] is None


def test_the_problem_it_is_about(cast, api):
    episode = open_episode(
        patient=cast.okafor, problem="Back", region="low_back", by=cast.ana, now=NOW
    )
    body = slept(cast, episode=str(episode.pk))
    assert api("ruiz").post(ADDRESS, body, format="json").json()["episode"] == str(episode.pk)


@pytest.mark.parametrize(
    ("who", "write", "read"),
    [("ana", 403, 403), ("cole", 403, 403), ("daniel", 403, 403), ("quist", 404, 404),
     ("park", 201, 200), ("lang", 201, 200)],
)  # fmt: skip
def test_who_writes_and_reads(cast, api, who, write, read):
    answer = api(who).post(ADDRESS, slept(cast), format="json")
    assert answer.status_code == write and Measurement.objects.count() == (write == 201)
    assert api(who).get(ADDRESS, {"patient": str(cast.okafor.pk)}).status_code == read


def test_a_patients_values_the_newest_first(cast, api):
    for number in range(52):
        record_measurement(patient=cast.okafor, metric="sleep_hours",
                           entry=Entry(value=str(number % 10)), by=cast.ruiz, now=NOW)  # fmt: skip
    wrong = Measurement.objects.first()
    mark_in_error(measurement=wrong, reason="typed twice", by=cast.ruiz, now=NOW, version=1)
    about = {"patient": str(cast.okafor.pk), "metric": "sleep_hours"}
    first = api("lang").get(ADDRESS, about).json()
    second = api("lang").get(ADDRESS, about | {"after": first["next"]}).json()
    rows = first["results"] + second["results"]
    assert len(first["results"]) == 50 and len({row["id"] for row in rows}) == 52
    assert second["next"] is None
    marked = [row for row in rows if row["marked_wrong"]]
    assert [row["wrong_reason"] for row in marked] == ["typed twice"]
    none = api("lang").get(ADDRESS, about | {"metric": "peg"}).json()
    assert none == {"results": [], "next": None}
    assert api("lang").get(ADDRESS).status_code == 400
