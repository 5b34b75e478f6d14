"""The API beside the screens: the same services, the same refusals, in JSON."""

import datetime as dt
import uuid

import pytest
import time_machine
from rest_framework.test import APIClient

from core.accounts.services import issue_token
from core.audit.models import AuditEvent
from intake.models import Call
from messaging.models import Message
from messaging.services.threads import start_thread
from messaging.services.work import open_item
from tests.cast import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def afternoon():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def api(cast):
    """`api("ana")`: a program that acts for Ana; `api("")`: one without a token."""

    def sign_in(name):
        client = APIClient()
        if name:
            token = issue_token(user=getattr(cast, name), label="test", by=None, now=NOW)
            client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
        return client

    return sign_in


def post(client, path, **body):
    return client.post(f"/api/v1/{path}", body, format="json")


NO = {f"Q{n}": {"answer": "no"} for n in range(1, 13)}


def test_where_a_call_would_go(api):
    answers = NO | {"Q3": {"answer": "yes", "flag": "RF03b"}}
    found = post(api("ana"), "triage/evaluate", answers=answers, age=52, region="knee")
    assert found.status_code == 200
    body = found.json()
    assert (body["disposition"], body["complete"], body["hold_pt"]) == (
        "same_day_physician",
        True,
        True,
    )
    assert body["reasons"][0]["flags"] == ["RF03b"] and body["protocol"] == "red_flags v1"
    assert not Call.objects.exists()


def test_nothing_answered_is_never_routine(api):
    body = post(api("ana"), "triage/evaluate", answers={}).json()
    assert (body["disposition"], len(body["unanswered"])) == ("urgent_24_72h", 12)


def test_unknown_ids_are_named(api):
    answers = {"Q99": {"answer": "no"}, "Q3": {"answer": "yes", "flag": "RF77"}}
    found = post(api("ana"), "triage/evaluate", answers=answers, region="soul", colour="red")
    assert found.status_code == 400
    for word in ("Q99", "RF77", "region", "colour"):
        assert word in found.json()["detail"]


@pytest.mark.parametrize("answers", [None, [], "no", {"Q1": "no"}, {"Q1": {"answer": 1}}])
def test_what_is_no_answers_at_all_is_a_400(api, answers):
    assert post(api("ana"), "triage/evaluate", answers=answers).status_code == 400


@pytest.mark.parametrize(
    ("name", "code"),
    [("", 401), ("daniel", 403), ("ana", 200), ("ruiz", 200), ("cole", 200), ("quist", 200)],
)
def test_who_may_ask(api, name, code):
    assert post(api(name), "triage/evaluate", answers={}).status_code == code


def test_a_token_that_is_wrong_ended_revoked_or_of_somebody_gone(cast, api):
    ended = issue_token(user=cast.ana, label="old", by=None, now=NOW - dt.timedelta(days=91))
    for header in ("Token nonsense", "Token", "Token a b", f"Token {ended}"):
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=header)
        assert post(client, "triage/evaluate", answers={}).status_code == 401
    client = api("ben")
    assert post(client, "triage/evaluate", answers={}).status_code == 200
    cast.ben.is_active = False
    cast.ben.save()
    assert post(client, "triage/evaluate", answers={}).status_code == 401


def start(client, **more):
    return post(
        client, "calls", **({"form_key": str(uuid.uuid4()), "phone": "312 555 0188"} | more)
    )


def test_a_call_from_its_start_to_its_end(api):
    ana, key = api("ana"), str(uuid.uuid4())
    call = start(ana, form_key=key).json()
    assert start(ana, form_key=key).json()["id"] == call["id"]
    path = f"calls/{call['id']}"
    for question in NO:
        answer = {"question": question, "answer": "yes" if question == "Q7" else "no"}
        assert post(ana, f"{path}/answers", **answer).status_code == 200
    fields = ana.patch(f"/api/v1/{path}", {"family_name": "Stone"}, format="json")
    assert fields.json()["disposition"] == "urgent_24_72h"
    refused = post(ana, f"{path}/close")
    assert refused.status_code == 422 and "Record what was done" in refused.json()["detail"]
    assert post(ana, f"{path}/actions", kind="visit_promised").status_code == 200
    ended = post(ana, f"{path}/close").json()
    assert (ended["state"], ended["todo"], ended["flag"]) == ("closed", [], None)
    assert post(ana, f"{path}/answers", question="Q2", answer="yes").status_code == 409


def test_a_yes_raises_the_flag_here_too(api):
    ana = api("ana")
    call = start(ana).json()
    body = post(ana, f"calls/{call['id']}/answers", question="Q12", answer="yes",
                flag=["RX01", "RX03"]).json()  # fmt: skip
    assert body["flag"] and body["disposition"] == "emergency_now"
    bad = post(ana, f"calls/{call['id']}/answers", question="Q12", answer="yes", flag={"a": 1})
    assert bad.status_code in {400, 422}


def test_a_field_that_cannot_be_read_is_a_400(api):
    ana = api("ana")
    call = start(ana).json()
    found = ana.patch(f"/api/v1/calls/{call['id']}", {"birth_date": "never"}, format="json")
    assert found.status_code == 400 and "birth_date" in found.json()["problems"]


def test_the_outsider_finds_nothing(cast, api):
    call = start(api("ana")).json()
    talk = start_thread(clinic=cast.riverside, patient=cast.okafor, title="Plan", body="Text",
                        to=[cast.ana], by=cast.ruiz, now=NOW, dedupe_key="form:1")  # fmt: skip
    item = open_item(kind="initial_visit", subject_id=cast.okafor.pk, clinic=cast.riverside,
                     patient=cast.okafor, reason="r", by=None, now=NOW)  # fmt: skip
    ana, zoe = api("ana"), api("zoe")
    for path in (f"calls/{call['id']}", f"patients/{cast.okafor.pk}", f"threads/{talk.pk}"):
        assert ana.get(f"/api/v1/{path}").status_code == 200
        answer = zoe.get(f"/api/v1/{path}")
        assert answer.status_code == 404 and "Okafor" not in answer.content.decode()
    assert post(zoe, f"work-items/{item.pk}/close", reason="mine").status_code == 404
    assert post(ana, f"work-items/{item.pk}/close", reason="Booked").status_code == 200
    assert start(zoe, patient=str(cast.okafor.pk)).status_code == 404
    assert start(ana, patient=str(cast.okafor.pk)).json()["patient"] == str(cast.okafor.pk)


def test_search_words_are_posted_and_every_chart_shown_is_on_the_trail(cast, api):
    found = post(api("ana"), "patients/search", q="okafor").json()["results"]
    assert [r["mrn"] for r in found] == ["1042"]
    assert AuditEvent.objects.get(action="search").patient_id == cast.okafor.pk
    assert post(api("zoe"), "patients/search", q="okafor").json()["results"] == []
    assert api("ana").get("/api/v1/patients/search?q=okafor").status_code in {403, 405}


def test_work_items_page_by_their_last_key(cast, api):
    for _ in range(3):
        open_item(kind="initial_visit", subject_id=uuid.uuid4(), clinic=cast.riverside,
                  patient=cast.okafor, reason="r", by=None, now=NOW)  # fmt: skip
    body = api("ana").get("/api/v1/work-items").json()
    assert (len(body["results"]), body["next"]) == (3, None)
    assert api("zoe").get("/api/v1/work-items").json()["results"] == []


def test_a_reply_reaches_only_who_may_know(cast, api):
    talk = start_thread(clinic=cast.riverside, patient=cast.okafor, title="Plan", body="Text",
                        to=[cast.amin], by=cast.ruiz, now=NOW, dedupe_key="form:1")  # fmt: skip
    amin, key = api("amin"), str(uuid.uuid4())
    for _ in range(2):
        sent = post(amin, f"threads/{talk.pk}", key=key, body="Yes", to=[str(cast.ruiz.pk)])
        assert sent.status_code == 201
    assert Message.objects.filter(thread=talk).count() == 2
    to_outsider = post(amin, f"threads/{talk.pk}", key=str(uuid.uuid4()), body="Psst",
                       to=[str(cast.zoe.pk)])  # fmt: skip
    assert to_outsider.status_code == 422
    assert [t["title"] for t in amin.get("/api/v1/threads").json()["results"]] == ["Plan"]
    assert api("quist").get("/api/v1/threads").json()["results"] == []


def test_the_schema_is_for_people_who_work_here(api):
    found = api("ana").get("/api/schema", HTTP_ACCEPT="application/vnd.oai.openapi+json")
    assert found.status_code == 200
    assert "/api/v1/triage/evaluate" in found.content.decode()
    assert api("").get("/api/schema").status_code == 401
    assert api("daniel").get("/api/schema").status_code == 403
