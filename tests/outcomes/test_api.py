"""A survey scored through the API: computed alone, or kept for a patient."""

import uuid

import pytest
import time_machine
from rest_framework.test import APIClient

from core.accounts.services import issue_token
from outcomes.models import Measurement
from tests.cast import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(cast):
    """`api("ruiz", "peg", items=[…])` asks for a score."""

    def ask(name, metric, key="", **body):
        client = APIClient()
        token = issue_token(user=getattr(cast, name), label="test", by=None, now=NOW)
        client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
        headers = {"Idempotency-Key": key} if key else {}
        with time_machine.travel(NOW, tick=False):
            address = f"/api/v1/surveys/{metric}/score"
            return client.post(address, body, format="json", headers=headers)

    return ask


def test_a_score_is_only_computed(api):
    answer = api("ruiz", "odi", items=[2] * 9 + [None])
    body = answer.json()
    assert answer.status_code == 200 and not Measurement.objects.exists()
    assert (body["score"], body["band"]) == (40.0, "moderate disability")
    assert body["protocol"] == "metrics v1" and "1 not answered" in body["reasons"][0]
    few = api("ruiz", "odi", items=[2] * 7 + [None] * 3).json()
    assert few["score"] is None and "7 of 10" in few["reasons"][0]


def test_with_a_patient_it_is_kept_and_compared(cast, api):
    okafor = str(cast.okafor.pk)
    first = api("ruiz", "peg", items=[8, 8, 8], patient=okafor, measured_at="2026-11-01T15:00Z")
    assert first.status_code == 201 and first.json()["verdict"] is None
    second = api("ruiz", "peg", items=[6, 6, 7], patient=okafor)
    body = second.json()
    assert (body["score"], body["verdict"]) == (6.3, "improved")
    assert "Changed by 1.7" in body["reasons"][0]
    row = Measurement.objects.get(pk=body["measurement"])
    assert second.headers["Location"] == f"/measures/{row.pk}/" and row.clinician == cast.ruiz


def test_sent_twice_it_is_kept_once(cast, api):
    key, okafor = str(uuid.uuid4()), str(cast.okafor.pk)
    for _ in range(2):
        assert api("ruiz", "peg", key, items=[8, 8, 8], patient=okafor).status_code == 201
    assert Measurement.objects.count() == 1


def test_own_activities(cast, api):
    body = {"items": [3, 5], "activities": ["Stairs", "Garden"], "patient": str(cast.okafor.pk)}
    assert api("ruiz", "psfs", **body).json()["score"] == 4.0
    assert Measurement.objects.get().variant == "garden; stairs"
    assert api("ruiz", "psfs", items=[3], activities=["a", "b"]).status_code == 422


@pytest.mark.parametrize(
    ("who", "metric", "body", "code"),
    [
        ("ana", "peg", {"items": [1, 1, 1]}, 403),
        ("ruiz", "mood", {"items": [1]}, 404),
        ("ruiz", "sleep_hours", {"score": "5"}, 404),
        ("ruiz", "peg", {"items": [1, 1]}, 422),
        ("ruiz", "peg", {"items": [1, 1, 11]}, 400),
        ("ruiz", "peg", {"items": [1, 1, 1], "score": 3}, 422),
        ("ruiz", "odi", {"score": 101}, 422),
        ("ruiz", "peg", {}, 422),
    ],
)
def test_what_is_refused(api, who, metric, body, code):
    assert api("ruiz", "peg", items=[1, 1, 1]).status_code == 200
    assert api(who, metric, **body).status_code == code


def test_no_chart_of_another_clinic(cast, api):
    body = {"items": [1, 1, 1], "patient": str(cast.okafor.pk)}
    assert api("quist", "peg", **body).status_code == 404
    assert not Measurement.objects.exists()
    assert api("amin", "peg", **body).status_code == 201


def test_kept_scores_need_what_makes_their_series(cast, api):
    body = {"score": "38", "patient": str(cast.okafor.pk)}
    assert api("ruiz", "odi", **body).status_code == 422
    assert api("ruiz", "odi", version="2.1a", **body).status_code == 201
