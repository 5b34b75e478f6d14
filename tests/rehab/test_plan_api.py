"""Restrictions and plans over the API: read by clinicians of the chart, by nobody else."""

import uuid

import pytest
import time_machine
from rest_framework.test import APIClient

from core.accounts.services import issue_token
from core.audit.models import AuditEvent
from rehab.services.limits import lift
from tests.cast import NOW
from tests.rehab.limit_stories import DAY, TODAY, lift_limit, limited, planned

pytestmark = pytest.mark.django_db


@pytest.fixture
def ask(cast):
    """`ask("ruiz", "plans", patient=…)`"""

    def get(name, path, **query):
        client = APIClient()
        token = issue_token(user=getattr(cast, name), label="test", by=None, now=NOW)
        client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
        with time_machine.travel(NOW, tick=False):
            return client.get(f"/api/v1/{path}", query)

    return get


def test_what_holds_on_a_day(cast, ask):
    row = limited(cast, lift_limit(to_on=TODAY + 3 * DAY))[0]
    okafor = str(cast.okafor.pk)
    body = ask("ruiz", "restrictions", patient=okafor).json()
    assert body["on"] == "2026-11-24" and body["next"] is None
    found = body["results"][0]
    assert found["id"] == str(row.pk) and found["in_doubt"] is False
    assert (found["activity"], found["value"], found["unit"]) == ("lift", "15.0", "lb")
    assert (found["from_on"], found["to_on"]) == ("2026-11-24", "2026-11-27")
    days = {
        shift: len(
            ask("ruiz", "restrictions", patient=okafor, on=str(TODAY + shift * DAY)).json()[
                "results"
            ]
        )
        for shift in (-1, 3, 4)
    }
    assert days == {-1: 0, 3: 1, 4: 0}
    lift(restriction=row, reason="cleared", by=cast.amin, now=NOW, version=1)
    assert ask("ruiz", "restrictions", patient=okafor).json()["results"] == []
    seen = AuditEvent.objects.filter(object_kind="restriction", action="list", actor=cast.ruiz)
    assert seen.exists()


def test_pages_follow_each_other(cast, ask):
    for _ in range(3):
        limited(cast, *[lift_limit(f"No {n}", value=n + 1) for n in range(20)])
    okafor = str(cast.okafor.pk)
    first = ask("ruiz", "restrictions", patient=okafor).json()
    second = ask("ruiz", "restrictions", patient=okafor, after=first["next"]).json()
    assert (len(first["results"]), len(second["results"]), second["next"]) == (50, 10, None)
    assert len({row["id"] for row in first["results"] + second["results"]}) == 60


def test_a_plan_as_it_is_now(cast, ask):
    plan = planned(cast)
    limited(cast)
    row = ask("lang", "plans", patient=str(cast.okafor.pk)).json()
    assert [each["id"] for each in row["results"]] == [str(plan.pk)] and row["next"] is None
    assert row["results"][0]["number"] == 2
    body = ask("lang", f"plans/{plan.pk}").json()
    assert body["version"]["number"] == 2 and body["version"]["waits_for_cosign"] is False
    assert body["version"]["body"]["hypothesis"]["words"] == "L5-S1 radicular pain"
    assert body["goal"]["words"] == "" and body["pathway"] == []
    read = {each["name"]: bool(each["acknowledged_at"]) for each in body["acknowledgements"]}
    assert read == {"Leila Amin": True, "Lena Ruiz": False}
    assert [each["sentence"] for each in body["limits"]] == ["Lift at most 15 lb"]


@pytest.mark.parametrize(
    ("who", "code"), [("ana", 403), ("cole", 403), ("daniel", 403), ("quist", 404), ("amin", 200)]
)
def test_who_reads_them(cast, ask, who, code):
    plan, okafor = planned(cast), str(cast.okafor.pk)
    assert ask(who, "restrictions", patient=okafor).status_code == code
    assert ask(who, "plans", patient=okafor).status_code == code
    assert ask(who, f"plans/{plan.pk}").status_code == code


@pytest.mark.parametrize(
    ("query", "code"),
    [({}, 400), ({"patient": "x"}, 400), ({"on": "2026-02-30"}, 400), ({"after": "x"}, 200)],
)
def test_what_is_asked_wrongly(cast, ask, query, code):
    known = {"patient": str(cast.okafor.pk)} if "patient" not in query and query else {}
    assert ask("ruiz", "restrictions", **(known | query)).status_code == code
    unknown = ask("ruiz", "plans", patient=str(uuid.uuid4()))
    assert unknown.status_code == 404
